#include "ledger/policy.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "ledger/checkpoint.h"
#include "ledger/proof.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ROOT         "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define HEAD         "c2sp.org/tlog-proof@v1\n"

/* The log and the witnesses X1, X2, X3, Y1, Y2. */
#define SIGNERS 6

static struct signer *signers[SIGNERS];
static const char *const names[SIGNERS] = {
    "log.example", "X1", "X2", "X3", "Y1", "Y2"};

static int
set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIGNERS; i++) {
		unsigned char seed[KEY_SEED_LEN] = {(unsigned char)i};

		signers[i] = signer_new(
		    slice_cstr(names[i]), i ? KEY_COSIGNER : KEY_ED25519, seed);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIGNERS; i++)
		signer_free(signers[i]);
	return 0;
}

static void
add_policy(struct buf *out, const char *quorum)
{
	buf_str(out, "# a policy\n\n\tlog ");
	key_print(out, signer_key(signers[0]));
	buf_str(out, " https://log.example/ \n");
	for (size_t i = 1; i < SIGNERS; i++) {
		buf_printf(out, "witness %s\t", names[i]);
		key_print(out, signer_key(signers[i]));
		buf_char(out, '\n');
	}
	buf_str(out, "group X 2 X1 X2 X3\ngroup Y any Y1 Y2\n"
	             "group XY all X Y\n");
	buf_str(out, quorum);
}

/* A checkpoint signed by those whose bit is set. */
static void
add_note(struct buf *out, unsigned who)
{
	struct slice text = SLICE("log.example\n0\n" ROOT "\n");

	note_begin(out, text);
	if (who & 1)
		note_sign(out, text, signers[0]);
	for (size_t i = 1; i < SIGNERS; i++)
		if (who >> i & 1)
			note_cosign(out, text, signers[i], 1000 + i);
}

static void
wants_log_and_quorum(void **state)
{
	static const struct {
		const char *quorum;
		unsigned who;
		const char *missing; /* NULL: satisfied */
	} cases[] = {
	    {"quorum none", 1, NULL},
	    {"quorum none\n", 2, "no log of the policy"},
	    {"quorum X1\n", 1, "'X1' has not cosigned"},
	    {"quorum X1\n", 3, NULL},
	    {"quorum X\n", 3, "'X' needs 2 of 3 and has 1; missing: X2, X3"},
	    {"quorum X\n", 1 | 2 | 8, NULL},
	    {"quorum Y\n", 1 | 2 | 4 | 8, "needs 1 of 2 and has 0"},
	    {"quorum XY\n", 1 | 2 | 16,
	        "'XY' needs 2 of 2 and has 1; missing: X"},
	    {"quorum XY\n", 1 | 2 | 4 | 32, NULL},
	    {"quorum XY\n", 2 | 4 | 32, "no log of the policy"},
	    {"group Z 3 X1 Y XY\nquorum Z\n", 1 | 4 | 8 | 32, "missing: X1"},
	    {"group Z 3 X1 Y XY\nquorum Z\n", 63, NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf text = {0}, bytes = {0};
		struct note_seal seals[SIGNERS];
		struct policy *policy;
		struct note note;
		struct err err = {0};
		int status;

		add_policy(&text, cases[i].quorum);
		add_note(&bytes, cases[i].who);
		policy = policy_parse("p", buf_slice(&text), &err);
		if (!policy)
			fail_msg("case %zu: %s", i, err.msg);
		assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
		status = policy_check(policy, &note, seals, &err);
		if (status != (cases[i].missing ? -1 : 0) ||
		    (status && !strstr(err.msg, cases[i].missing)))
			fail_msg("case %zu: %d %s", i, status, err.msg);
		for (size_t k = 0; !status && k < SIGNERS - 1; k++) {
			assert_int_equal(
			    seals[k].valid, cases[i].who >> (k + 1) & 1);
			if (seals[k].valid)
				assert_int_equal(seals[k].time, 1001 + k);
		}
		assert_int_equal(policy_log_count(policy), 1);
		assert_int_equal(policy_witness_count(policy), SIGNERS - 1);
		assert_true(slice_eq(
		    policy_log(policy, 0)->url, SLICE("https://log.example/")));
		assert_true(
		    slice_eq(policy_witness(policy, 3)->name, SLICE("Y1")));
		policy_free(policy);
		buf_release(&text);
		buf_release(&bytes);
	}
}

static void
the_origin_is_the_name_of_the_key(void **state)
{
	struct slice other = SLICE("other.example\n0\n" ROOT "\n");
	struct buf text = {0}, bytes = {0};
	struct policy *policy;
	struct note note;
	struct err err;

	(void)state;
	add_policy(&text, "quorum none\n");
	policy = policy_parse("p", buf_slice(&text), NULL);
	assert_non_null(policy);
	note_begin(&bytes, other);
	note_sign(&bytes, other, signers[0]);
	assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
	assert_int_equal(policy_check(policy, &note, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "'other.example'"));
	policy_free(policy);
	buf_release(&text);
	buf_release(&bytes);
}

static void
one_wrong_cosignature_refuses_the_note(void **state)
{
	struct buf text = {0}, bytes = {0};
	struct policy *policy;
	struct note note;
	struct err err;

	(void)state;
	add_policy(&text, "quorum X1\n");
	policy = policy_parse("p", buf_slice(&text), NULL);
	assert_non_null(policy);
	add_note(&bytes, 1 | 2 | 32);
	bytes.ptr[bytes.len - 10] ^= 1;
	assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
	assert_int_equal(policy_check(policy, &note, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "witness 'Y2' is wrong"));
	policy_free(policy);
	buf_release(&text);
	buf_release(&bytes);
}

static void
says_where_a_policy_is_wrong(void **state)
{
	static const struct {
		const char *lines, *reason;
	} cases[] = {
	    {"", "p: no quorum"},
	    {"quorum none\nquorum none\n", "p:13: a second quorum"},
	    {"quorum Z\n", "p:12: the quorum is one name"},
	    {"quorum\n", "p:12: the quorum is one name"},
	    {"quorum X1 X2\n", "p:12: the quorum is one name"},
	    {"group X any X1\n", "p:12: 'X' is defined twice"},
	    {"group none any X1\n", "p:12: the name 'none'"},
	    {"group\n", "p:12: a name is missing"},
	    {"group Z any\n", "p:12: no member"},
	    {"group Z any Z\n", "p:12: 'Z' is defined nowhere above"},
	    {"group Z any none\n", "p:12: 'none' is defined nowhere above"},
	    {"group Z any X1 X1\n", "p:12: 'X1' is a member twice"},
	    {"group Z 0 X1\n", "p:12: '0' is neither all, any nor 1 to 1"},
	    {"group Z 2 X1\n", "p:12: '2' is neither all, any nor 1 to 1"},
	    {"group Z some X1\n", "p:12: 'some' is neither"},
	    {"witness W\n", "p:12: a verifier key is missing"},
	    {"witness W x\n", "p:12: key 'x': its id"},
	    {"witness W x+00000000+AQ==\n", "p:12: key 'x'"},
	    {"log\n", "p:12: a verifier key is missing"},
	    {"log x+00000000+BgAA u v\n", "p:12: 'v' stands behind the URL"},
	    {"nonsense\n", "p:12: 'nonsense' is none of"},
	    {"\n#\x01\n", "p:13: the control character 0x01 in column 2"},
	    {"quorum none\r\n", "p:12: the control character 0x0d"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf text = {0};
		struct err err = {0};

		add_policy(&text, cases[i].lines);
		assert_null(policy_parse("p", buf_slice(&text), &err));
		if (!strstr(err.msg, cases[i].reason))
			fail_msg("case %zu: %s", i, err.msg);
		buf_release(&text);
	}
}

static void
a_key_may_be_listed_once(void **state)
{
	struct buf text = {0};
	struct err err;

	(void)state;
	add_policy(&text, "witness W ");
	key_print(&text, signer_key(signers[2]));
	assert_null(policy_parse("p", buf_slice(&text), &err));
	assert_non_null(strstr(err.msg, "p:12: the key of 'X2' is listed"));
	buf_clear(&text);
	buf_str(&text, "witness W ");
	key_print(&text, signer_key(signers[0]));
	assert_null(policy_parse("p", buf_slice(&text), &err));
	assert_non_null(strstr(err.msg, "of type 1"));
	buf_release(&text);
}

/* --- proofs --- */

static void
a_proof_prints_as_it_was_read(void **state)
{
	static const struct {
		struct slice text;
		uint64_t index;
		size_t count;
		struct slice extra, note;
	} cases[] = {
	    {SLICE_INIT(HEAD "index 0\n\nx\n"), 0, 0, SLICE_INIT(""),
	        SLICE_INIT("x\n")},
	    {SLICE_INIT(HEAD "index 12\n" ROOT "\n" ROOT "\n\na\n\nb"), 12, 2,
	        SLICE_INIT(""), SLICE_INIT("a\n\nb")},
	    {SLICE_INIT(HEAD "extra Zg==\nindex 7\n" ROOT "\n\nx\n"), 7, 1,
	        SLICE_INIT("Zg=="), SLICE_INIT("x\n")},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct proof proof;

		assert_int_equal(proof_parse(cases[i].text, &proof, NULL), 0);
		assert_int_equal(proof.index, cases[i].index);
		assert_int_equal(proof.count, cases[i].count);
		assert_true(slice_eq(proof.extra, cases[i].extra));
		assert_true(slice_eq(proof.note, cases[i].note));
		buf_clear(&out);
		proof_print(&out, &proof);
		assert_true(slice_eq(buf_slice(&out), cases[i].text));
	}
	buf_release(&out);
}

static void
refuses_malformed_proofs(void **state)
{
	static const struct {
		struct slice text;
		const char *reason;
	} cases[] = {
	    {SLICE_INIT(""), "line 1"},
	    {SLICE_INIT("c2sp.org/tlog-proof@v2\nindex 0\n\nx\n"), "line 1"},
	    {SLICE_INIT(HEAD), "line 2 is not 'index"},
	    {SLICE_INIT(HEAD "index 00\n\nx\n"), "line 2 is not 'index"},
	    {SLICE_INIT(HEAD "index  1\n\nx\n"), "line 2 is not 'index"},
	    {SLICE_INIT(HEAD "extra \nindex 1\n\nx\n"), "(extra)"},
	    {SLICE_INIT(HEAD "extra Zh==\nindex 1\n\nx\n"), "(extra)"},
	    {SLICE_INIT(HEAD "extra Zg==\nextra Zg==\nindex 1\n\nx\n"),
	        "line 3 is not 'index"},
	    {SLICE_INIT(HEAD "index 1\nAAAA\n\nx\n"), "line 3 is no hash"},
	    {SLICE_INIT(HEAD "index 1\n" ROOT "\n" ROOT "x\n\nx\n"),
	        "line 4 is no hash"},
	    {SLICE_INIT(HEAD "index 1\n" ROOT "\n"), "no empty line"},
	    {SLICE_INIT(HEAD "index 1\n" ROOT), "no empty line"},
	    {SLICE_INIT(HEAD "index 1\n\n"), "no checkpoint"},
	};
	struct proof proof;
	struct buf text = {0};
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(proof_parse(cases[i].text, &proof, &err), -1);
		if (!strstr(err.msg, cases[i].reason))
			fail_msg("case %zu: %s", i, err.msg);
	}
	buf_str(&text, HEAD "index 1\n");
	for (int i = 0; i <= MERKLE_PROOF_MAX; i++)
		buf_str(&text, ROOT "\n");
	buf_str(&text, "\nx\n");
	assert_int_equal(proof_parse(buf_slice(&text), &proof, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wants_log_and_quorum),
	    cmocka_unit_test(the_origin_is_the_name_of_the_key),
	    cmocka_unit_test(one_wrong_cosignature_refuses_the_note),
	    cmocka_unit_test(says_where_a_policy_is_wrong),
	    cmocka_unit_test(a_key_may_be_listed_once),
	    cmocka_unit_test(a_proof_prints_as_it_was_read),
	    cmocka_unit_test(refuses_malformed_proofs),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
