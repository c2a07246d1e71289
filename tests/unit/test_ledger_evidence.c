#include "ledger/evidence.h"

#include "base/base64.h"
#include "ledger/dir.h"
#include "ledger/proof.h"
#include "ledger/verify.h"
#include "ledger_case.h"

#define RECORDS 20
#define WAL     "wal/00000000000000000000.wal"

/* --- a ledger, of which a record may be erased --- */

static void
make_ledger(struct ledger_case *c)
{
	struct ledger_found found;
	struct ledger *ledger;
	unsigned char name[16];
	uint64_t index;

	case_create(c);
	ledger = case_open(c, &found);
	case_name(name, 1);
	assert_int_equal(ledger_open_delivery(ledger, name, SLICE(""),
	                     SLICE("{}"), &index, NULL),
	    0);
	for (unsigned i = 1; i < RECORDS; i++)
		assert_int_equal(case_add(ledger, 0, i, NULL), 0);
	assert_int_equal(ledger_commit(ledger, NULL), 0);
	assert_int_equal(ledger_checkpoint(ledger, NULL), 0);
	ledger_close(ledger);
}

struct erasing {
	struct wal *wal; /* that is written */
	uint64_t index;
};

/* The same batch, with a leaf text in the place of the record. */
static int
copy_batch(void *ctx, const struct wal_seen *seen, struct err *err)
{
	struct erasing *erasing = ctx;
	struct sha256 *sha = sha256_new();
	struct buf frames = {0}, text = {0};
	struct wal_batch batch = seen->batch;
	int status;

	for (uint32_t i = 0; i < batch.count; i++) {
		struct frame frame = seen->records[i];
		struct merkle_hash leaf;

		if (batch.first + i == erasing->index) {
			assert_int_equal(
			    frame_leaf(sha, &frame,
			        &batch.streams[frame.stream], &text, &leaf),
			    0);
			frame.erased = true;
			frame.text = buf_slice(&text);
		}
		frame_add(&frames, &frame);
	}
	batch.frames = buf_slice(&frames);
	status = wal_append(erasing->wal, &batch, err);
	buf_release(&frames);
	buf_release(&text);
	sha256_free(sha);
	return status;
}

static void
erase(struct ledger_case *c, uint64_t index)
{
	char *path = dir_path(c->root, "old/" WAL);
	char *dir = dir_path(c->dir, "wal");
	struct erasing erasing = {.index = index};
	struct err err = {0};
	enum wal_end end;
	uint64_t good;

	case_shell(c, "mkdir -p old/wal && mv ledger/" WAL " old/wal");
	if (wal_create(&erasing.wal, dir, 0, &err) ||
	    wal_walk(path, true, copy_batch, &erasing, &end, &good, &err))
		fail_msg("%s", err.msg);
	wal_close(erasing.wal);
	free(path);
	free(dir);
}

/* --- proofs --- */

static struct buf
prove(const struct ledger_case *c, uint64_t index)
{
	struct view *view = case_view(c);
	struct changes changes = {0};
	struct buf proof = {0};
	struct err err = {0};

	if (changes_read(&changes, c->dir, &err) ||
	    evidence_make(&proof, view, &changes, index, &err))
		fail_msg("%s", err.msg);
	changes_release(&changes);
	view_close(view);
	return proof;
}

static struct key
key_of(const struct ledger_case *c)
{
	struct signer *signer = signer_open(c->key, NULL);
	struct key key = *signer_key(signer);

	signer_free(signer);
	return key;
}

/* "" if it proves something, else why not. */
static const char *
check(const struct ledger_case *c, struct slice proof, const struct slice *raw)
{
	static struct err err;
	struct key key = key_of(c);
	const struct keys keys = {&key, 1};
	struct evidence evidence;
	int status;

	err = (struct err){0};
	status = evidence_check(&evidence, proof, raw, &keys, &err);
	assert_int_equal(status, err.code ? -1 : 0);
	evidence_release(&evidence);
	return err.msg;
}

static void
proves_every_record(void **state)
{
	struct ledger_case c;
	char room[128];

	(void)state;
	make_ledger(&c);
	for (uint64_t i = 0; i < RECORDS; i++) {
		struct buf proof = prove(&c, i);
		struct slice raw =
		    i ? case_raw(room, sizeof(room), i) : SLICE("{}");
		struct slice less = {raw.ptr, raw.len - 1};

		assert_string_equal(check(&c, buf_slice(&proof), &raw), "");
		assert_string_equal(check(&c, buf_slice(&proof), NULL), "");
		assert_non_null(strstr(
		    check(&c, buf_slice(&proof), &less), "are not those of"));
		buf_release(&proof);
	}
	case_end(&c);
}

/*
 * An erased record leaves its leaf: the ledger still verifies, and a proof says
 * that something was there and not what.
 */
static void
proves_that_an_erased_record_was_there(void **state)
{
	const struct verify_options options = {0};
	struct verify_report report;
	struct ledger_case c;
	struct err err = {0};
	struct buf before, after;
	struct slice raw;
	char room[128];

	(void)state;
	make_ledger(&c);
	before = prove(&c, 7);
	erase(&c, 7);
	if (verify_ledger(c.dir, &options, &report, &err) != VERIFY_FINE)
		fail_msg("%s", err.msg);
	after = prove(&c, 7);
	raw = case_raw(room, sizeof(room), 7);
	assert_string_equal(check(&c, buf_slice(&after), NULL), "");
	assert_non_null(
	    strstr(check(&c, buf_slice(&after), &raw), "was erased"));
	/* Who kept the proof, with the salt, can still show it. */
	assert_string_equal(check(&c, buf_slice(&before), &raw), "");
	buf_release(&before);
	buf_release(&after);
	case_end(&c);
}

/* Every byte of it counts, but for what may follow a base64 or a note. */
static void
refuses_a_proof_that_was_changed(void **state)
{
	struct ledger_case c;
	struct buf proof;
	struct slice raw;
	char room[128];

	(void)state;
	make_ledger(&c);
	proof = prove(&c, 7);
	raw = case_raw(room, sizeof(room), 7);
	for (size_t i = 0; i < proof.len; i++) {
		char change = (char)(1 << i % 7);

		proof.ptr[i] ^= change;
		if (!*check(&c, buf_slice(&proof), &raw))
			fail_msg("byte %zu changed: still a proof", i);
		proof.ptr[i] ^= change;
	}
	for (size_t n = 0; n < proof.len; n++)
		if (!*check(&c, slice_of(proof.ptr, n), &raw))
			fail_msg("cut at %zu: still a proof", n);
	buf_release(&proof);
	case_end(&c);
}

/* A salt and leaf of one's own do not lead to the signed root. */
static void
refuses_what_others_put_into_extra(void **state)
{
	static const char forged[] =
	    "firn-proof/v1\nsalt -\nfirn-record/v1\nsource a/b\ntenant -\n"
	    "available -\nreceived 2026-01-01T00:00:00.000000Z\ndelivery 0\n"
	    "commit 00000000000000000000000000000000"
	    "00000000000000000000000000000000\n";
	static const char *const extras[] = {
	    "",
	    "firn-proof/v1\n",
	    "firn-proof/v2\nsalt -\n",
	    "firn-proof/v1\nsalt 00\n",
	    "firn-proof/v1\nsalt -\nfirn-record/v1\n",
	    forged,
	};
	struct ledger_case c;
	struct buf good;

	(void)state;
	make_ledger(&c);
	good = prove(&c, 7);
	for (size_t i = 0; i < sizeof(extras) / sizeof(*extras); i++) {
		struct buf extra = {0}, changed = {0};
		struct proof proof;

		assert_int_equal(
		    proof_parse(buf_slice(&good), &proof, NULL), 0);
		base64_add(&extra, extras[i], strlen(extras[i]));
		proof.extra = buf_slice(&extra);
		proof_print(&changed, &proof);
		assert_true(*check(&c, buf_slice(&changed), NULL));
		buf_release(&extra);
		buf_release(&changed);
	}
	buf_release(&good);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(proves_every_record),
	    cmocka_unit_test(proves_that_an_erased_record_was_there),
	    cmocka_unit_test(refuses_a_proof_that_was_changed),
	    cmocka_unit_test(refuses_what_others_put_into_extra),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
