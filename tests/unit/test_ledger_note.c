#include "ledger/note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base64.h"
#include "ledger/checkpoint.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DASH         "\xe2\x80\x94 "
#define FOO_KEY                                                                \
	"example.com/"                                                         \
	"foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define FOO_TEXT "This is an example message.\n"
#define FOO_SIG                                                                \
	"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3" \
	"mFXmRKuwHjG1Yu72IneyaQM="
#define FOO_NOTE FOO_TEXT "\n" DASH "example.com/foo " FOO_SIG "\n"

static struct signer *
signer(const char *name, enum key_type type, unsigned char first)
{
	unsigned char seed[KEY_SEED_LEN] = {first};

	return signer_new(slice_cstr(name), type, seed);
}

/* --- keys --- */

static void
reads_a_key_and_prints_it_again(void **state)
{
	struct buf out = {0};
	struct key key;

	(void)state;
	assert_int_equal(key_parse(SLICE(FOO_KEY), &key, NULL), 0);
	assert_string_equal(key.name, "example.com/foo");
	assert_int_equal(key.id, 0x530d903a);
	assert_int_equal(key.type, KEY_ED25519);
	key_print(&out, &key);
	assert_true(slice_eq(buf_slice(&out), SLICE(FOO_KEY)));
	buf_release(&out);
}

static void
refuses_malformed_keys(void **state)
{
	static const struct {
		struct slice text;
		const char *reason;
	} cases[] = {
	    {SLICE_INIT(""), "no name"},
	    {SLICE_INIT(
	         "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
	        "no name"},
	    {SLICE_INIT("a b+530d903a+AQ=="), "no name"},
	    {SLICE_INIT("a\xc2\xa0"
	                "b+530d903a+AQ=="),
	        "no name"},
	    {SLICE_INIT("a\xe3\x80\x80+530d903a+AQ=="), "no name"},
	    {SLICE_INIT("a\xff+530d903a+AQ=="), "no name"},
	    {SLICE_INIT("a\n+530d903a+AQ=="), "no name"},
	    {SLICE_INIT("a"), "eight digits"},
	    {SLICE_INIT("a+530d903+AQ=="), "eight digits"},
	    {SLICE_INIT("a+530D903A+AQ=="), "eight digits"},
	    {SLICE_INIT("a+530d903a+"), "not base64"},
	    {SLICE_INIT("a+530d903a+AQ"), "not base64"},
	    {SLICE_INIT("a+530d903a+AQ=="), "32 bytes"},
	    {SLICE_INIT(
	         "a+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"),
	        "its id is"},
	    {SLICE_INIT(FOO_KEY "\n"), "not base64"},
	    {SLICE_INIT(
	         "example.com/"
	         "foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l"),
	        "its id is"},
	};
	struct key key;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(key_parse(cases[i].text, &key, &err), -1);
		if (!strstr(err.msg, cases[i].reason))
			fail_msg("case %zu: %s", i, err.msg);
	}
}

static void
a_key_of_an_unknown_type_is_read(void **state)
{
	struct key key;

	(void)state;
	assert_int_equal(key_parse(SLICE("a+00c0ffee+BgAB"), &key, NULL), 0);
	assert_int_equal(key.type, 6);
	assert_int_equal(key.id, 0x00c0ffee);
	assert_false(key_known(&key));
}

/* RFC 8032 section 7.1, test 1. */
static void
signs_as_rfc_8032_says(void **state)
{
	static const struct slice
	    seed = SLICE_INIT("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="),
	    public = SLICE_INIT("11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
	    want = SLICE_INIT("5VZDAMNgrHKQhuLMgG6CioSHfx645dl02HPgZSJJAVVfuIIV"
	                      "kKM7rMYeOXAc+bRr"
	                      "0lv18FlbviRlUUFDjnoQCw==");
	struct key key = {.name = "x", .type = KEY_ED25519};
	unsigned char bytes[KEY_SIG_LEN], sig[KEY_SIG_LEN];
	struct signer *s;

	(void)state;
	assert_true(base64_read(seed, bytes, KEY_SEED_LEN));
	s = signer_new(SLICE("x"), KEY_ED25519, bytes);
	assert_true(base64_read(public, key.public, sizeof(key.public)));
	assert_memory_equal(signer_key(s)->public, key.public, KEY_PUBLIC_LEN);
	signer_sign(s, SLICE(""), sig);
	assert_true(base64_read(want, bytes, sizeof(bytes)));
	assert_memory_equal(sig, bytes, sizeof(sig));
	assert_true(key_verify(&key, SLICE(""), sig));
	assert_false(key_verify(&key, SLICE("\0"), sig));
	sig[40] ^= 1;
	assert_false(key_verify(&key, SLICE(""), sig));
	signer_free(s);
}

/* --- notes --- */

static void
verifies_the_example(void **state)
{
	struct note note;
	struct note_seal seal;
	struct key key;

	(void)state;
	assert_int_equal(key_parse(SLICE(FOO_KEY), &key, NULL), 0);
	assert_int_equal(note_parse(SLICE(FOO_NOTE), &note, NULL), 0);
	assert_true(slice_eq(note.text, SLICE(FOO_TEXT)));
	assert_int_equal(note.count, 1);
	assert_int_equal(note_verify(&note, &key, 1, &seal), NOTE_OK);
	assert_true(seal.valid);
	assert_int_equal(note_verify(&note, NULL, 0, NULL), NOTE_UNKNOWN);
}

static void
refuses_malformed_notes(void **state)
{
	static const struct {
		struct slice bytes;
		const char *reason;
	} cases[] = {
	    {SLICE_INIT(""), "no empty line"},
	    {SLICE_INIT("\n"), "no empty line"},
	    {SLICE_INIT(FOO_TEXT), "no empty line"},
	    {SLICE_INIT(FOO_TEXT "\n"), "no line that signs"},
	    {SLICE_INIT(FOO_NOTE "\n"), "no line that signs"},
	    {SLICE_INIT(FOO_TEXT "\n" DASH "example.com/foo " FOO_SIG),
	        "cut short"},
	    {SLICE_INIT("a\tb\n\n" DASH "x " FOO_SIG "\n"), "control"},
	    {SLICE_INIT("a\r\n\n" DASH "x " FOO_SIG "\n"), "control"},
	    {SLICE_INIT("a\xff\n\n" DASH "x " FOO_SIG "\n"), "UTF-8"},
	    {SLICE_INIT("a\n\n- x " FOO_SIG "\n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH "x\n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH " " FOO_SIG "\n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH "x+y " FOO_SIG "\n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH "x y " FOO_SIG "\n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH "x  " FOO_SIG "\n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH "x " FOO_SIG " \n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH "x AAAAAA==\n"), "signature 1"},
	    {SLICE_INIT("a\n\n" DASH "x AAAA\n"), "signature 1"},
	    {SLICE_INIT(FOO_NOTE "more\n"), "signature 2"},
	};
	struct note note;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(note_parse(cases[i].bytes, &note, &err), -1);
		if (!strstr(err.msg, cases[i].reason))
			fail_msg("case %zu: %s", i, err.msg);
	}
}

static void
limits_size_and_signatures(void **state)
{
	struct buf bytes = {0};
	struct note note;
	struct err err;

	(void)state;
	note_begin(&bytes, SLICE("a\n\nb\n"));
	for (int i = 0; i < NOTE_LINES_MAX; i++)
		buf_str(&bytes, DASH "x AAAAAAA=\n");
	assert_int_equal(note_parse(buf_slice(&bytes), &note, &err), 0);
	assert_int_equal(note.count, NOTE_LINES_MAX);
	assert_true(slice_eq(note.text, SLICE("a\n\nb\n")));
	buf_str(&bytes, DASH "x AAAAAAA=\n");
	assert_int_equal(note_parse(buf_slice(&bytes), &note, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	buf_clear(&bytes);
	while (bytes.len < NOTE_MAX)
		buf_str(&bytes, "0123456789abcdef");
	buf_str(&bytes, FOO_NOTE);
	assert_int_equal(note_parse(buf_slice(&bytes), &note, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	bytes.len = 0;
	while (bytes.len < NOTE_MAX - sizeof(FOO_NOTE) + 1)
		buf_char(&bytes, 'x');
	buf_str(&bytes, FOO_NOTE);
	assert_int_equal(bytes.len, NOTE_MAX);
	assert_int_equal(note_parse(buf_slice(&bytes), &note, &err), 0);
	buf_release(&bytes);
}

static void
signs_and_cosigns(void **state)
{
	struct slice text = SLICE("log.example\n0\nx\n");
	struct signer *log = signer("log.example", KEY_ED25519, 1);
	struct signer *witness = signer("w.example", KEY_COSIGNER, 2);
	struct signer *stranger = signer("w.example", KEY_COSIGNER, 3);
	struct key keys[3];
	struct note_seal seals[3];
	struct buf bytes = {0};
	struct note note;

	(void)state;
	keys[0] = *signer_key(stranger);
	keys[1] = *signer_key(witness);
	keys[2] = *signer_key(log);
	note_begin(&bytes, text);
	note_sign(&bytes, text, log);
	note_cosign(&bytes, text, witness, 1700000000);
	note_cosign(&bytes, text, witness, 1700000005);
	note_cosign(&bytes, text, witness, 1700000001);
	assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
	assert_int_equal(note.count, 4);
	assert_int_equal(note_verify(&note, keys, 3, seals), NOTE_OK);
	assert_false(seals[0].valid);
	assert_true(seals[1].valid);
	assert_int_equal(seals[1].time, 1700000005);
	assert_true(seals[2].valid);
	assert_int_equal(seals[2].time, 0);
	assert_int_equal(note_verify(&note, keys, 1, seals), NOTE_UNKNOWN);
	buf_release(&bytes);
	signer_free(log);
	signer_free(witness);
	signer_free(stranger);
}

/* A bit that changes makes the note unreadable, unknown or invalid. */
static void
no_changed_bit_verifies(void **state)
{
	struct slice text = SLICE("log.example\n12\nx\n");
	struct signer *witness = signer("w.example", KEY_COSIGNER, 2);
	const struct key *key = signer_key(witness);
	struct buf bytes = {0};
	size_t unread = 0, verdicts[3] = {0};
	struct note note;

	(void)state;
	note_begin(&bytes, text);
	note_cosign(&bytes, text, witness, NOTE_TIME_MAX);
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.ptr[i / 8] = (char)(bytes.ptr[i / 8] ^ 1 << i % 8);
		if (note_parse(buf_slice(&bytes), &note, NULL))
			unread++;
		else
			verdicts[note_verify(&note, key, 1, NULL)]++;
		bytes.ptr[i / 8] = (char)(bytes.ptr[i / 8] ^ 1 << i % 8);
	}
	assert_int_equal(verdicts[NOTE_OK], 0);
	assert_true(unread && verdicts[NOTE_UNKNOWN] && verdicts[NOTE_INVALID]);
	assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
	assert_int_equal(note_verify(&note, key, 1, NULL), NOTE_OK);
	buf_release(&bytes);
	signer_free(witness);
}

/* A signature of the other type under a key's name and id is no signature. */
static void
a_wrong_length_is_invalid(void **state)
{
	struct signer *log = signer("log.example", KEY_ED25519, 1);
	const struct key *key = signer_key(log);
	unsigned char sig[80] = {0};
	struct buf bytes = {0};
	struct note note;

	(void)state;
	for (int i = 0; i < 4; i++)
		sig[i] = (unsigned char)(key->id >> (24 - 8 * i) & 255);
	for (size_t n = 5; n <= sizeof(sig); n++) {
		buf_clear(&bytes);
		buf_str(&bytes, "a\n\n" DASH "log.example ");
		base64_add(&bytes, sig, n);
		buf_char(&bytes, '\n');
		assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
		assert_int_equal(
		    note_verify(&note, key, 1, NULL), NOTE_INVALID);
	}
	buf_release(&bytes);
	signer_free(log);
}

/* Well signed, but of a second that no clock shows. */
static void
a_time_from_2_63_on_is_invalid(void **state)
{
	struct slice message =
	    SLICE("cosignature/v1\ntime 9223372036854775808\na\n");
	struct signer *witness = signer("w.example", KEY_COSIGNER, 2);
	const struct key *key = signer_key(witness);
	unsigned char sig[4 + 8 + KEY_SIG_LEN] = {0};
	struct buf bytes = {0};
	struct note note;

	(void)state;
	for (int i = 0; i < 4; i++)
		sig[i] = (unsigned char)(key->id >> (24 - 8 * i) & 255);
	sig[4] = 0x80;
	signer_sign(witness, message, sig + 12);
	buf_str(&bytes, "a\n\n" DASH "w.example ");
	base64_add(&bytes, sig, sizeof(sig));
	buf_char(&bytes, '\n');
	assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), 0);
	assert_int_equal(note_verify(&note, key, 1, NULL), NOTE_INVALID);
	buf_release(&bytes);
	signer_free(witness);
}

static void
only_text_can_be_signed(void **state)
{
	(void)state;
	assert_true(note_text_ok(SLICE("a\n")));
	assert_true(note_text_ok(SLICE("\n")));
	assert_true(note_text_ok(SLICE("\xc3\xa9\n")));
	assert_false(note_text_ok(SLICE("")));
	assert_false(note_text_ok(SLICE("a")));
	assert_false(note_text_ok(SLICE("a\t\n")));
	assert_false(note_text_ok(SLICE("a\0\n")));
	assert_false(note_text_ok(SLICE("a\xc3\n")));
}

/* --- checkpoints --- */

#define ROOT "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

static void
a_checkpoint_reads_as_it_was_printed(void **state)
{
	static const struct {
		struct slice origin, text;
		uint64_t size;
	} cases[] = {
	    {SLICE_INIT("a"), SLICE_INIT("a\n0\n" ROOT "\n"), 0},
	    {SLICE_INIT("example.com/a b"),
	        SLICE_INIT("example.com/a b\n10\n" ROOT "\n"), 10},
	    {SLICE_INIT("a"), SLICE_INIT("a\n9223372036854775807\n" ROOT "\n"),
	        CHECKPOINT_SIZE_MAX},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct merkle_head tree = {.size = cases[i].size};
		struct checkpoint got;

		merkle_empty(&tree.root);
		buf_clear(&out);
		checkpoint_print(&out, cases[i].origin, &tree);
		assert_true(slice_eq(buf_slice(&out), cases[i].text));
		assert_int_equal(
		    checkpoint_parse(cases[i].text, &got, NULL), 0);
		assert_true(slice_eq(got.origin, cases[i].origin));
		assert_int_equal(got.tree.size, tree.size);
		assert_true(merkle_eq(&got.tree.root, &tree.root));
		assert_int_equal(got.extensions.len, 0);
	}
	buf_release(&out);
}

static void
refuses_malformed_checkpoints(void **state)
{
	static const struct {
		struct slice text;
		const char *reason;
	} cases[] = {
	    {SLICE_INIT(""), "line feed"},
	    {SLICE_INIT("a\n1\n" ROOT), "line feed"},
	    {SLICE_INIT("\n1\n" ROOT "\n"), "line 1"},
	    {SLICE_INIT("a\n"), "line 2"},
	    {SLICE_INIT("a\n\n" ROOT "\n"), "line 2"},
	    {SLICE_INIT("a\n01\n" ROOT "\n"), "line 2"},
	    {SLICE_INIT("a\n00\n" ROOT "\n"), "line 2"},
	    {SLICE_INIT("a\n-1\n" ROOT "\n"), "line 2"},
	    {SLICE_INIT("a\n+1\n" ROOT "\n"), "line 2"},
	    {SLICE_INIT("a\n1 \n" ROOT "\n"), "line 2"},
	    {SLICE_INIT("a\n9223372036854775808\n" ROOT "\n"), "line 2"},
	    {SLICE_INIT("a\n1\n"), "line 3"},
	    {SLICE_INIT("a\n1\nAAAA\n"), "line 3"},
	    {SLICE_INIT("a\n1\n" ROOT " \n"), "line 3"},
	    {SLICE_INIT("a\n1\n" ROOT "\n\n"), "extension"},
	    {SLICE_INIT("a\n1\n" ROOT "\nx\n\ny\n"), "extension"},
	};
	struct checkpoint got;
	struct err err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(
		    checkpoint_parse(cases[i].text, &got, &err), -1);
		if (!strstr(err.msg, cases[i].reason))
			fail_msg("case %zu: %s", i, err.msg);
	}
	assert_int_equal(
	    checkpoint_parse(SLICE("a\n1\n" ROOT "\nx\ny\n"), &got, NULL), 0);
	assert_true(slice_eq(got.extensions, SLICE("x\ny\n")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_key_and_prints_it_again),
	    cmocka_unit_test(refuses_malformed_keys),
	    cmocka_unit_test(a_key_of_an_unknown_type_is_read),
	    cmocka_unit_test(signs_as_rfc_8032_says),
	    cmocka_unit_test(verifies_the_example),
	    cmocka_unit_test(refuses_malformed_notes),
	    cmocka_unit_test(limits_size_and_signatures),
	    cmocka_unit_test(signs_and_cosigns),
	    cmocka_unit_test(no_changed_bit_verifies),
	    cmocka_unit_test(a_wrong_length_is_invalid),
	    cmocka_unit_test(a_time_from_2_63_on_is_invalid),
	    cmocka_unit_test(only_text_can_be_signed),
	    cmocka_unit_test(a_checkpoint_reads_as_it_was_printed),
	    cmocka_unit_test(refuses_malformed_checkpoints),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
