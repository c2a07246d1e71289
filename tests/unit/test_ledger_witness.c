/*
 * The witness's answers, each status, and what it keeps; litewitness' cases
 * are in test_ledger_vectors.c, and wrong configuration in
 * tests/e2e/test_witness.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base64.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/witness.h"
#include "json/json.h"

#define NOW 1700000000u

/* A witness in a folder of its own, and a log with two keys. */
struct fixture {
	char dir[40];
	char key[60], logs[60], state[60];
	struct signer *log, *second, *stranger;
	struct key own;
	struct witness *witness;
};

static void
write_file(const char *path, struct slice bytes)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
}

static int
try_open(struct fixture *f, struct err *err)
{
	return witness_open(&f->witness,
	    &(struct witness_files){f->key, f->logs, f->state}, err);
}

static void
open_witness(struct fixture *f)
{
	assert_int_equal(try_open(f, NULL), 0);
}

static void
reopen(struct fixture *f)
{
	witness_close(f->witness);
	open_witness(f);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct buf logs = {0};

	assert_non_null(f);
	snprintf(f->dir, sizeof(f->dir), "/tmp/firn-witness-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->key, sizeof(f->key), "%s/key", f->dir);
	snprintf(f->logs, sizeof(f->logs), "%s/logs", f->dir);
	snprintf(f->state, sizeof(f->state), "%s/a/state", f->dir);
	signer_create(
	    f->key, SLICE("example.com/witness"), KEY_COSIGNER, &f->own, NULL);
	f->log = signer_new(
	    SLICE("log.example"), KEY_ED25519, (unsigned char[32]){1});
	f->second = signer_new(
	    SLICE("log.example"), KEY_ED25519, (unsigned char[32]){2});
	f->stranger = signer_new(
	    SLICE("log.example"), KEY_ED25519, (unsigned char[32]){3});
	buf_str(&logs, "# logs\n\n");
	key_print(&logs, signer_key(f->log));
	buf_str(&logs, "\n  ");
	key_print(&logs, signer_key(f->second));
	buf_char(&logs, '\n');
	write_file(f->logs, buf_slice(&logs));
	buf_release(&logs);
	open_witness(f);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	char command[60];

	witness_close(f->witness);
	signer_free(f->log);
	signer_free(f->second);
	signer_free(f->stranger);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
	free(f);
	return 0;
}

/* --- a log --- */

/* The tree whose leaf i is (i, fork), and all of its nodes by computing. */
struct tree {
	uint64_t size;
	unsigned char fork;
};

static int
read_node(void *ctx, unsigned level, uint64_t index, struct merkle_hash *hash,
    struct err *err)
{
	const struct tree *tree = ctx;
	struct sha256 *sha = sha256_new();
	unsigned char entry[2] = {(unsigned char)index, tree->fork};
	struct merkle_hash left, right;

	if (level) {
		read_node(ctx, level - 1, 2 * index, &left, err);
		read_node(ctx, level - 1, 2 * index + 1, &right, err);
		merkle_node(sha, &left, &right, hash);
	} else {
		merkle_leaf(sha, slice_of(entry, 2), hash);
	}
	sha256_free(sha);
	return 0;
}

static void
root_of(struct tree *tree, struct merkle_hash *root)
{
	const struct merkle_source source = {read_node, tree};
	struct sha256 *sha = sha256_new();

	assert_int_equal(
	    merkle_range_hash(
	        sha, (struct merkle_range){0, tree->size}, &source, root, NULL),
	    0);
	sha256_free(sha);
}

static void
add_text(struct buf *out, const char *origin, struct tree *tree)
{
	struct merkle_head head = {.size = tree->size};

	root_of(tree, &head.root);
	checkpoint_print(out, slice_cstr(origin), &head);
}

/* A request from old to the tree, with the right proof. */
static void
make_request(struct buf *out, uint64_t old, struct tree tree,
    const struct signer *signer)
{
	const struct merkle_source source = {read_node, &tree};
	struct witness_request request = {.old = old};
	struct sha256 *sha = sha256_new();
	struct buf text = {0}, note = {0};
	struct merkle_path path;

	add_text(&text, "log.example", &tree);
	note_begin(&note, buf_slice(&text));
	note_sign(&note, buf_slice(&text), signer);
	if (old <= tree.size) {
		merkle_consistency_path(old, tree.size, &path);
		request.count = path.count;
		merkle_path_hashes(sha, &path, &source, request.proof, NULL);
	}
	request.note = buf_slice(&note);
	buf_clear(out);
	witness_request_print(out, &request);
	buf_release(&text);
	buf_release(&note);
	sha256_free(sha);
}

/* --- answers --- */

/* Whether the line cosigns the request's text. */
static bool
cosigns(const struct fixture *f, struct slice request, struct slice line)
{
	struct witness_request read;
	struct buf whole = {0};
	struct note note;
	struct note_seal seal = {0};
	bool ok;

	if (witness_request_parse(request, &read, NULL) ||
	    note_parse(read.note, &note, NULL))
		return false;
	note_begin(&whole, note.text);
	buf_slice_add(&whole, line);
	ok = !note_parse(buf_slice(&whole), &note, NULL) &&
	     note_verify(&note, &f->own, 1, &seal) == NOTE_OK &&
	     seal.time == NOW && note.count == 1;
	buf_release(&whole);
	return ok;
}

static void
expect_body(struct fixture *f, struct slice request, enum witness_status status,
    const char *body)
{
	struct witness_answer answer = {0};

	witness_add(f->witness, request, NOW, &answer);
	if (answer.status != status)
		fail_msg("%d, not %d: %.*s", answer.status, status,
		    (int)answer.body.len, answer.body.ptr);
	if (body)
		assert_true(
		    slice_eq(buf_slice(&answer.body), slice_cstr(body)));
	assert_int_equal(answer.body.ptr[answer.body.len - 1], '\n');
	assert_int_equal(cosigns(f, request, buf_slice(&answer.body)) ? 1 : 0,
	    status == WITNESS_COSIGNED);
	witness_answer_release(&answer);
}

static void
expect(struct fixture *f, uint64_t old, struct tree tree,
    enum witness_status status, const char *body)
{
	struct buf request = {0};

	make_request(&request, old, tree, f->log);
	expect_body(f, buf_slice(&request), status, body);
	buf_release(&request);
}

#define GROWS(f, old, size)                                                    \
	expect(f, old, (struct tree){size, 0}, WITNESS_COSIGNED, NULL)
#define CONFLICTS(f, old, size, last)                                          \
	expect(f, old, (struct tree){size, 0}, WITNESS_CONFLICT, last "\n")

static void
cosigns_what_grows(void **state)
{
	GROWS(*state, 0, 1);
	GROWS(*state, 1, 5);
	GROWS(*state, 5, 5);
	GROWS(*state, 5, 8);
	GROWS(*state, 8, 200);
}

static void
cosigns_an_empty_log(void **state)
{
	GROWS(*state, 0, 0);
	GROWS(*state, 0, 0);
	GROWS(*state, 0, 3);
	CONFLICTS(*state, 0, 0, "3");
}

static void
answers_another_size_with_the_last(void **state)
{
	CONFLICTS(*state, 1, 2, "0");
	GROWS(*state, 0, 7);
	CONFLICTS(*state, 0, 7, "7");
	CONFLICTS(*state, 0, 9, "7");
	CONFLICTS(*state, 6, 6, "7");
	CONFLICTS(*state, 8, 9, "7");
	GROWS(*state, 7, 9);
}

static void
cosigns_no_fork(void **state)
{
	struct fixture *f = *state;

	GROWS(f, 0, 5);
	for (int i = 0; i < 2; i++) {
		expect(f, 5, (struct tree){5, 1}, WITNESS_INCONSISTENT,
		    "consistency proof does not hold\n");
		expect(f, 5, (struct tree){8, 1}, WITNESS_INCONSISTENT, NULL);
		reopen(f);
	}
	GROWS(f, 5, 8);
}

static void
wants_old_not_above_the_size(void **state)
{
	expect(*state, 4, (struct tree){3, 0}, WITNESS_MALFORMED, NULL);
	GROWS(*state, 0, 4);
	expect(*state, 4, (struct tree){3, 0}, WITNESS_MALFORMED, NULL);
}

/* Adds, behind the first line, a line; or replaces bytes. */
static void
expect_changed(struct fixture *f, const char *from, const char *to,
    enum witness_status status)
{
	struct buf good = {0}, request = {0};
	char *at;

	make_request(&good, 2, (struct tree){4, 0}, f->log);
	buf_char(&good, '\0');
	at = strstr(good.ptr, from);
	assert_non_null(at);
	buf_add(&request, good.ptr, (size_t)(at - good.ptr));
	buf_str(&request, to);
	buf_str(&request, at + strlen(from));
	expect_body(f, buf_slice(&request), status, NULL);
	buf_release(&good);
	buf_release(&request);
}

#define HASH "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"

static void
refuses_each_wrong_part(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *from, *to;
		enum witness_status status;
	} cases[] = {
	    {"old 2\n", "", WITNESS_MALFORMED},
	    {"old 2\n", "old  2\n", WITNESS_MALFORMED},
	    {"old 2\n", "old 02\n", WITNESS_MALFORMED},
	    {"old 2\n", "old \n", WITNESS_MALFORMED},
	    {"old 2\n", "old -2\n", WITNESS_MALFORMED},
	    {"old 2\n", "old 2\r\n", WITNESS_MALFORMED},
	    {"old 2\n", "Old 2\n", WITNESS_MALFORMED},
	    {"old 2\n", "old 2\nx\n", WITNESS_MALFORMED},
	    {"old 2\n", "old 9223372036854775808\n", WITNESS_MALFORMED},
	    {"old 2\n", "old 18446744073709551618\n", WITNESS_MALFORMED},
	    {"old 2\n", "old 2\n\n", WITNESS_MALFORMED},
	    {"old 2\n", "old 2\n" HASH, WITNESS_INCONSISTENT},
	    {"\n\n", "\n", WITNESS_MALFORMED},
	    {"\n4\n", "\n3\n", WITNESS_UNSIGNED},
	    {"\n4\n", "\n04\n", WITNESS_MALFORMED},
	    {"\n\n\xe2", "\nmore\n\n\xe2", WITNESS_UNSIGNED},
	    {"log.example\n4", "\n4", WITNESS_MALFORMED},
	    {"log.example\n4", "log.other\n4", WITNESS_UNKNOWN},
	    {"\xe2\x80\x94 log", "\xe2\x80\x94 log2", WITNESS_UNSIGNED},
	    {"\xe2\x80\x94 log", "- log", WITNESS_MALFORMED},
	};

	GROWS(f, 0, 2);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_changed(f, cases[i].from, cases[i].to, cases[i].status);
	expect_body(f, SLICE("old 2\nx"), WITNESS_MALFORMED,
	    "request: no "
	    "checkpoint behind an empty line\n");
	GROWS(f, 2, 4);
}

static void
counts_the_hashes(void **state)
{
	struct buf more = {0};

	GROWS(*state, 0, 2);
	buf_str(&more, "old 2\n");
	/* There is one already. */
	for (size_t i = 1; i < WITNESS_PROOF_MAX; i++)
		buf_str(&more, HASH);
	buf_char(&more, '\0');
	expect_changed(*state, "old 2\n", more.ptr, WITNESS_INCONSISTENT);
	more.len--;
	buf_str(&more, HASH);
	buf_char(&more, '\0');
	expect_changed(*state, "old 2\n", more.ptr, WITNESS_MALFORMED);
	buf_release(&more);
}

static void
wants_no_proof_from_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf good = {0}, request = {0};

	make_request(&good, 0, (struct tree){4, 0}, f->log);
	buf_str(&request, "old 0\n" HASH);
	buf_slice_add(&request, slice_skip(buf_slice(&good), 6));
	expect_body(f, buf_slice(&request), WITNESS_INCONSISTENT, NULL);
	buf_release(&good);
	buf_release(&request);
}

static void
knows_the_root_of_nothing(void **state)
{
	struct fixture *f = *state;
	struct buf text = {0}, request = {0};

	buf_str(&text, "log.example\n0\n");
	buf_str(&text, "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
	buf_str(&request, "old 0\n\n");
	note_begin(&request, buf_slice(&text));
	note_sign(&request, buf_slice(&text), f->log);
	expect_body(f, buf_slice(&request), WITNESS_INCONSISTENT, NULL);
	buf_release(&text);
	buf_release(&request);
}

static void
knows_each_key_of_a_log(void **state)
{
	struct fixture *f = *state;
	struct buf request = {0};

	make_request(&request, 0, (struct tree){4, 0}, f->stranger);
	expect_body(f, buf_slice(&request), WITNESS_UNSIGNED, NULL);
	make_request(&request, 0, (struct tree){4, 0}, f->second);
	expect_body(f, buf_slice(&request), WITNESS_COSIGNED, NULL);
	GROWS(f, 4, 5);
	buf_release(&request);
}

static void
limits_a_request(void **state)
{
	struct buf request = {0};

	buf_str(&request, "old 0\n\n");
	while (request.len <= WITNESS_REQUEST_MAX)
		buf_str(&request, "log.example\n");
	expect_body(*state, buf_slice(&request), WITNESS_MALFORMED, NULL);
	buf_release(&request);
}

static struct slice
hex_of(const char *origin, char hex[65])
{
	unsigned char digest[SHA256_LEN];

	sha256(slice_cstr(origin), digest);
	for (size_t i = 0; i < SHA256_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return slice_of(hex, 64);
}

/* Strangers' signatures, which nobody verified, are not kept. */
static void
shows_what_was_cosigned_last(void **state)
{
	struct fixture *f = *state;
	struct buf request = {0}, text = {0}, last = {0};
	struct note note;
	char hex[65];

	assert_false(
	    witness_last(f->witness, hex_of("log.example", hex), &last));
	make_request(&request, 0, (struct tree){4, 0}, f->log);
	add_text(&text, "log.example", &(struct tree){4, 0});
	note_sign(&request, buf_slice(&text), f->stranger);
	note_sign(&request, buf_slice(&text), f->second);
	expect_body(f, buf_slice(&request), WITNESS_COSIGNED, NULL);
	for (int i = 0; i < 2; i++) {
		buf_clear(&last);
		assert_true(witness_last(
		    f->witness, hex_of("log.example", hex), &last));
		assert_int_equal(note_parse(buf_slice(&last), &note, NULL), 0);
		assert_true(slice_eq(note.text, buf_slice(&text)));
		assert_int_equal(note.count, 3);
		assert_int_equal(note_verify(&note, &f->own, 1, NULL), NOTE_OK);
		assert_int_equal(
		    note_verify(&note, signer_key(f->second), 1, NULL),
		    NOTE_OK);
		assert_int_equal(
		    note_verify(&note, signer_key(f->stranger), 1, NULL),
		    NOTE_UNKNOWN);
		reopen(f);
	}
	assert_false(witness_last(f->witness, hex_of("log.other", hex), &last));
	buf_release(&request);
	buf_release(&text);
	buf_release(&last);
}

static void
goes_on_where_it_was(void **state)
{
	struct fixture *f = *state;

	GROWS(f, 0, 4);
	reopen(f);
	CONFLICTS(f, 0, 3, "4");
	expect(f, 4, (struct tree){6, 1}, WITNESS_INCONSISTENT, NULL);
	GROWS(f, 4, 6);
}

static void
state_path(const struct fixture *f, char path[200])
{
	char hex[65];

	hex_of("log.example", hex);
	snprintf(path, 200, "%s/%s", f->state, hex);
}

/* Any byte of the state changed, and it is not believed. */
static void
refuses_damaged_state(void **state)
{
	struct fixture *f = *state;
	struct buf kept = {0};
	struct err err = {0};
	char path[200], hex[65];

	GROWS(f, 0, 4);
	assert_true(
	    witness_last(f->witness, hex_of("log.example", hex), &kept));
	witness_close(f->witness);
	state_path(f, path);
	for (size_t i = 0; i < kept.len; i++) {
		kept.ptr[i] ^= 1;
		write_file(path, buf_slice(&kept));
		if (!try_open(f, &err)) {
			/* The name of a stranger; the rest still verifies. */
			struct buf last = {0};
			struct note note;

			assert_true(witness_last(
			    f->witness, hex_of("log.example", hex), &last));
			assert_int_equal(
			    note_parse(buf_slice(&last), &note, NULL), 0);
			assert_int_equal(note.count, 2);
			CONFLICTS(f, 0, 4, "4");
			witness_close(f->witness);
			buf_release(&last);
		} else {
			assert_int_equal(err.code, ERR_CORRUPT);
		}
		kept.ptr[i] ^= 1;
	}
	for (size_t len = 0; len < kept.len; len++) {
		write_file(path, slice_of(kept.ptr, len));
		if (!try_open(f, NULL)) {
			CONFLICTS(f, 0, 4, "4");
			witness_close(f->witness);
		}
	}
	write_file(path, buf_slice(&kept));
	open_witness(f);
	GROWS(f, 4, 5);
	buf_release(&kept);
}

/* Nothing is given away that could not be kept, then or later. */
static void
fails_for_good(void **state)
{
	struct fixture *f = *state;
	struct buf request = {0};
	char path[200];

	GROWS(f, 0, 4);
	make_request(&request, 4, (struct tree){5, 0}, f->log);
	state_path(f, path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	for (int i = 0; i < 2; i++) {
		expect_body(f, buf_slice(&request), WITNESS_FAILED,
		    "the witness has failed\n");
		rmdir(path);
	}
	buf_release(&request);
}

#define WITH_WITNESS(test)                                                     \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_WITNESS(cosigns_what_grows),
	    WITH_WITNESS(cosigns_an_empty_log),
	    WITH_WITNESS(answers_another_size_with_the_last),
	    WITH_WITNESS(cosigns_no_fork),
	    WITH_WITNESS(wants_old_not_above_the_size),
	    WITH_WITNESS(refuses_each_wrong_part),
	    WITH_WITNESS(counts_the_hashes),
	    WITH_WITNESS(wants_no_proof_from_nothing),
	    WITH_WITNESS(knows_the_root_of_nothing),
	    WITH_WITNESS(knows_each_key_of_a_log),
	    WITH_WITNESS(limits_a_request),
	    WITH_WITNESS(shows_what_was_cosigned_last),
	    WITH_WITNESS(goes_on_where_it_was),
	    WITH_WITNESS(refuses_damaged_state),
	    WITH_WITNESS(fails_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
