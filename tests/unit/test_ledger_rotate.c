#include "ledger/ledger_change.h"

#include "base/base64.h"
#include "ledger/dir.h"
#include "ledger/evidence.h"
#include "ledger/head.h"
#include "ledger_change_look.h"

/*
 * A ledger whose key changes: who signs, who may follow, and what is found if
 * the files that say so are not as they were.
 */

/* A ledger of 101 records, whose key is in `key`; a new one is in `next`. */
static struct key
make(struct ledger_case *c)
{
	case_create(c);
	case_fill(c);
	case_key(c, "next", "log.example/test");
	return case_key_of(c, "key");
}

static struct ledger_rotated
rotate(struct ledger_case *c, const char *old, const char *new)
{
	struct ledger_rotated done;
	struct err err = {0};

	if (case_rotate(c, old, new, &done, &err))
		fail_msg("%s", err.msg);
	return done;
}

static void
refused(struct ledger_case *c, const char *old, const char *new,
    enum err_code code, const char *words)
{
	struct ledger_rotated done;
	struct err err = {0};

	assert_int_equal(case_rotate(c, old, new, &done, &err), -1);
	if (err.code != code || !strstr(err.msg, words))
		fail_msg("code %d: %s", (int)err.code, err.msg);
}

static void
not_opened(struct ledger_case *c, const char *key, const char *words)
{
	struct ledger *ledger = NULL;
	struct err err = {0};

	assert_int_equal(case_try_open(c, key, &ledger, &err), -1);
	if (err.code != ERR_USAGE || !strstr(err.msg, words))
		fail_msg("code %d: %s", (int)err.code, err.msg);
}

static void
another_key_signs_from_then_on(void **state)
{
	struct ledger_case c;
	struct key old = make(&c), new = case_key_of(&c, "next");
	struct ledger_rotated done = rotate(&c, "key", "next");
	struct verify_report report;

	(void)state;
	assert_int_equal(done.index, 101);
	assert_false(done.before);
	assert_true(key_same(&done.old, &old) && key_same(&done.new, &new));
	/* The old key has signed for the record, and for no more. */
	report = case_fine(&c, &old);
	assert_true(key_same(&report.signer, &old));
	assert_int_equal(report.tree.size, 102);
	not_opened(&c, "key", "up to record 101");
	case_go_on(&c, "next", 100, 5);
	report = case_fine(&c, NULL);
	assert_int_equal(report.changes, 1);
	assert_true(key_same(&report.signer, &new));
	assert_false(case_fine(&c, &new).followed);
	report = case_fine(&c, &old);
	assert_true(report.followed);
	assert_true(key_same(&report.signer, &new));
	case_end(&c);
}

static void
keys_follow_one_another(void **state)
{
	struct ledger_case c;
	struct key first = make(&c), stranger;
	char old[16] = "key", new[16];

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		snprintf(new, sizeof(new), "key%u", i);
		case_key(&c, new, "log.example/test");
		rotate(&c, old, new);
		case_go_on(&c, new, 1000 + i, 1);
		memcpy(old, new, sizeof(old));
	}
	assert_int_equal(case_fine(&c, &first).changes, 5);
	not_opened(&c, "key", "up to record 101");
	not_opened(&c, "key2", "up to record 107");
	stranger = case_key(&c, "stranger", "log.example/test");
	case_faulty(&c, &stranger, "is not signed by");
	case_end(&c);
}

static void
doing_it_again_changes_nothing(void **state)
{
	struct ledger_case c;
	struct ledger_rotated done;

	(void)state;
	make(&c);
	rotate(&c, "key", "next");
	for (unsigned i = 0; i < 2; i++) {
		done = rotate(&c, "key", "next");
		assert_true(done.before);
		assert_int_equal(done.index, 101);
		case_go_on(&c, "next", 200 + i, 1);
	}
	assert_int_equal(case_count(&c, "firn/key").count, 1);
	case_end(&c);
}

static void
keys_that_cannot_sign_are_refused(void **state)
{
	struct ledger_case c;
	struct ledger *ledger = NULL;
	char path[512];
	struct key key;

	(void)state;
	make(&c);
	case_key(&c, "other", "log.example/other");
	assert_int_equal(
	    signer_create(case_path(&c, "cosigner", path),
	        SLICE("log.example/test"), KEY_COSIGNER, &key, NULL),
	    0);
	refused(&c, "key", "other", ERR_USAGE, "is of 'log.example/other'");
	refused(&c, "key", "cosigner", ERR_USAGE, "of a cosigner");
	refused(&c, "key", "key", ERR_USAGE, "signed for the ledger before");
	refused(&c, "next", "key", ERR_USAGE, "is not the one that signs");
	refused(&c, "key", "none", ERR_SYSTEM, "cannot open");
	assert_int_equal(case_count(&c, "firn/key").count, 0);
	assert_int_equal(
	    access(case_path(&c, "ledger/changes", path), F_OK), -1);
	/* Another process writes. */
	ledger = case_open(&c, NULL);
	refused(&c, "key", "next", ERR_LIMIT, "another process writes");
	ledger_close(ledger);
	rotate(&c, "key", "next");
	case_key(&c, "third", "log.example/test");
	refused(&c, "next", "key", ERR_USAGE, "signed for the ledger before");
	refused(&c, "key", "third", ERR_USAGE, "up to record 101");
	case_end(&c);
}

/* --- what the files say --- */

static void
a_key_that_no_record_introduces_is_found(void **state)
{
	struct ledger_case c;
	struct key old = make(&c);

	(void)state;
	case_shell(&c, "cp -a ledger whole && cp -a state state.whole");
	rotate(&c, "key", "next");
	case_go_on(&c, "next", 100, 2);
	case_shell(&c, "cp -a ledger done");
	/* Nothing says how the second key came there. */
	case_shell(&c, "rm ledger/changes");
	case_faulty(&c, NULL, "keys.pub:2': no record of the log");
	case_faulty(&c, &old, "keys.pub:2': no record of the log");
	/* A third, by whoever can write there. */
	case_shell(&c, "cp done/changes ledger");
	case_shell(&c, "head -n 1 done/keys.pub >> ledger/keys.pub");
	case_faulty(&c, NULL, "keys.pub:3': no record of the log");
	/* Only the new one, or in another order. */
	case_shell(&c, "tail -n 1 done/keys.pub > ledger/keys.pub");
	case_faulty(&c, NULL, "keys.pub:1': no record of the log");
	case_shell(&c, "tac done/keys.pub > ledger/keys.pub");
	case_faulty(&c, NULL, "keys.pub:1': no record of the log");
	case_shell(&c, "cp done/keys.pub ledger");
	case_fine(&c, &old);
	/* A change that the two keys signed, but that is not in this log. */
	case_shell(&c, "rm -rf ledger state && mv whole ledger");
	case_shell(&c, "mv state.whole state");
	case_go_on(&c, "key", 100, 1);
	case_shell(&c, "cp done/changes done/keys.pub ledger");
	case_faulty(&c, NULL, "changes:2': is not record 101 of the log");
	case_end(&c);
}

/* Once another key signs, what the old one signs is worth nothing. */
static void
the_old_key_signs_no_more(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;

	(void)state;
	make(&c);
	/* The same records, signed by the old key behind the change. */
	rotate(&c, "key", "next");
	case_shell(&c, "cp ledger/keys.pub ledger/changes .");
	case_shell(&c, "head -n 1 keys.pub > ledger/keys.pub");
	case_shell(&c, "rm ledger/changes");
	ledger = case_open(&c, NULL);
	case_add_many(ledger, 0, 100, 3);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
	case_shell(&c, "cp keys.pub changes ledger");
	case_faulty(&c, NULL, "after which");
	case_end(&c);
}

/* Files that have never heard of it, and a log that has. */
static void
a_change_cannot_be_kept_secret(void **state)
{
	struct ledger_case c;
	struct verify_report report;
	struct err err;

	(void)state;
	make(&c);
	rotate(&c, "key", "next");
	case_shell(&c, "head -n 1 ledger/keys.pub > keys.pub");
	case_shell(&c, "mv keys.pub ledger && rm ledger/changes");
	assert_int_equal(
	    case_check(&c, NULL, false, &report, &err), VERIFY_FAULT);
	assert_non_null(strstr(err.msg, "changes' does not have record 101"));
	case_end(&c);
}

static void
every_byte_of_changes_counts(void **state)
{
	struct ledger_case c;
	struct verify_report report;
	struct buf good = {0};
	struct err err;
	char *path;

	(void)state;
	make(&c);
	case_key(&c, "third", "log.example/test");
	rotate(&c, "key", "next");
	rotate(&c, "next", "third");
	case_go_on(&c, "third", 100, 2);
	path = dir_path(c.dir, "changes");
	assert_int_equal(dir_read(path, 1 << 20, &good, NULL, NULL), 0);
	for (size_t i = 0; i < good.len; i++) {
		good.ptr[i] ^= (char)(1 << i % 7);
		assert_int_equal(
		    dir_replace(c.dir, "changes", buf_slice(&good), NULL), 0);
		if (case_check(&c, NULL, true, &report, &err) != VERIFY_FAULT)
			fail_msg("byte %zu changed: no fault", i);
		good.ptr[i] ^= (char)(1 << i % 7);
	}
	for (size_t n = 0; n < good.len; n++) {
		assert_int_equal(
		    dir_replace(c.dir, "changes", slice_of(good.ptr, n), NULL),
		    0);
		if (case_check(&c, NULL, true, &report, &err) != VERIFY_FAULT)
			fail_msg("cut at %zu: no fault", n);
	}
	assert_int_equal(
	    dir_replace(c.dir, "changes", buf_slice(&good), NULL), 0);
	case_fine(&c, NULL);
	buf_release(&good);
	free(path);
	case_end(&c);
}

/* --- proofs --- */

static int
check_proof(struct slice proof, const struct key *key, struct err *err)
{
	char room[128];
	struct slice raw = case_raw(room, sizeof(room), 49);
	struct evidence evidence;
	struct key copy = *key;
	const struct keys keys = {&copy, 1};
	int status;

	*err = (struct err){0};
	status = evidence_check(&evidence, proof, &raw, &keys, err);
	evidence_release(&evidence);
	return status;
}

static void
a_proof_convinces_who_has_the_old_key(void **state)
{
	struct ledger_case c;
	struct key old = make(&c), new = case_key_of(&c, "next"), stranger;
	struct changes changes = {0};
	struct buf proof = {0};
	struct view *view;
	struct err err = {0};

	(void)state;
	rotate(&c, "key", "next");
	case_go_on(&c, "next", 100, 2);
	view = case_view(&c);
	assert_int_equal(changes_read(&changes, c.dir, &err), 0);
	assert_int_equal(evidence_make(&proof, view, &changes, 50, &err), 0);
	assert_int_equal(check_proof(buf_slice(&proof), &new, &err), 0);
	for (size_t i = 0; i < proof.len; i++) {
		proof.ptr[i] ^= (char)(1 << i % 7);
		if (!check_proof(buf_slice(&proof), &old, &err))
			fail_msg("byte %zu changed: proven", i);
		proof.ptr[i] ^= (char)(1 << i % 7);
	}
	if (check_proof(buf_slice(&proof), &old, &err))
		fail_msg("%s", err.msg);
	stranger = case_key(&c, "stranger", "log.example/test");
	assert_int_equal(check_proof(buf_slice(&proof), &stranger, &err), -1);
	assert_non_null(strstr(err.msg, "is not signed by"));
	/* Without the changes only the new key will do. */
	changes_release(&changes);
	buf_clear(&proof);
	assert_int_equal(evidence_make(&proof, view, &changes, 50, &err), 0);
	assert_int_equal(check_proof(buf_slice(&proof), &old, &err), -1);
	assert_int_equal(check_proof(buf_slice(&proof), &new, &err), 0);
	view_close(view);
	buf_release(&proof);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_key_signs_from_then_on),
	    cmocka_unit_test(keys_follow_one_another),
	    cmocka_unit_test(doing_it_again_changes_nothing),
	    cmocka_unit_test(keys_that_cannot_sign_are_refused),
	    cmocka_unit_test(a_key_that_no_record_introduces_is_found),
	    cmocka_unit_test(the_old_key_signs_no_more),
	    cmocka_unit_test(a_change_cannot_be_kept_secret),
	    cmocka_unit_test(every_byte_of_changes_counts),
	    cmocka_unit_test(a_proof_convinces_who_has_the_old_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
