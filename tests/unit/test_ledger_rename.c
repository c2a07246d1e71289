#include "ledger/ledger_change.h"

#include "ledger/dir.h"
#include "ledger/head.h"
#include "ledger_change_look.h"

/*
 * A ledger that lost records which were promised, and goes on under another
 * name: what it says of that, and what is found if it is not true.
 */

/* 101 records, signed for; a key for another name is in `next`. */
static struct key
make(struct ledger_case *c)
{
	case_create(c);
	case_fill(c);
	case_key(c, "next", CASE_NEW_NAME);
	return case_key_of(c, "key");
}

/* 50 more, and then the directory is as it was before. */
static void
lose(struct ledger_case *c)
{
	case_shell(c, "cp -a ledger copy");
	case_go_on(c, "key", 100, 50);
	case_shell(c, "rm -rf ledger && mv copy ledger");
	case_refused(c, ERR_CORRUPT, "'firn ledger recover'");
}

static struct ledger_renamed
recover(struct ledger_case *c, const char *old)
{
	struct ledger_renamed done;
	struct err err = {0};

	if (case_rename(c, old, "next", &done, &err))
		fail_msg("%s", err.msg);
	return done;
}

static void
refused(struct ledger_case *c, const char *old, const char *new,
    enum err_code code, const char *words)
{
	struct ledger_renamed done;
	struct err err = {0};

	assert_int_equal(case_rename(c, old, new, &done, &err), -1);
	if (err.code != code || !strstr(err.msg, words))
		fail_msg("code %d: %s", (int)err.code, err.msg);
}

/* What the ledger itself says of it, in its record. */
static struct change
said(const struct ledger_case *c, struct changes *changes)
{
	struct err err = {0};

	if (changes_read(changes, c->dir, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(changes->count, 1);
	return changes->list[0].change;
}

/* The fates of the checkpoints in it, a letter each. */
static void
assert_fates(const struct change *change, const char *fates)
{
	struct slice more = change->more, note;
	enum change_fate fate;
	char found[8] = "";

	for (size_t n = 0; change_next_checkpoint(&more, &fate, &note); n++) {
		assert_true(n + 1 < sizeof(found));
		found[n] = "klo"[fate];
	}
	assert_string_equal(found, fates);
}

static void
an_older_copy_goes_on_under_another_name(void **state)
{
	struct ledger_case c;
	struct key old = make(&c), new = case_key_of(&c, "next");
	struct changes changes = {0};
	struct verify_report report;
	struct ledger_renamed done;
	struct change change;

	(void)state;
	lose(&c);
	done = recover(&c, "key");
	assert_int_equal(done.index, 101);
	assert_int_equal(done.lost_end, 151);
	assert_true(done.by_old && !done.before);
	change = said(&c, &changes);
	assert_true(slice_eq(change.who, SLICE("kim")));
	assert_true(slice_eq(change.reason, SLICE("the disk died")));
	assert_fates(&change, "lk");
	changes_release(&changes);
	case_go_on(&c, "next", 100, 5);
	report = case_fine(&c, NULL);
	assert_string_equal(report.origin, CASE_NEW_NAME);
	assert_int_equal(report.tree.size, 107);
	assert_int_equal(report.names, 1);
	assert_string_equal(report.former.origin, "log.example/test");
	assert_int_equal(report.former.kept, 101);
	assert_int_equal(report.former.lost_end, 151);
	assert_true(report.former.by_old);
	assert_string_equal(report.former.reason, "the disk died");
	assert_true(case_fine(&c, &old).followed);
	assert_false(case_fine(&c, &new).followed);
	/* In the old name nobody signs any more, here or elsewhere. */
	case_refused(&c, ERR_USAGE, "is not the one that signs");
	done = recover(&c, NULL);
	assert_true(done.before);
	case_shell(&c, "mv ledger away");
	assert_int_equal(ledger_create(c.dir, &c.options, NULL), -1);
	case_end(&c);
}

static void
the_old_key_need_not_be_there(void **state)
{
	struct ledger_case c;
	struct key old = make(&c);

	(void)state;
	lose(&c);
	assert_false(recover(&c, NULL).by_old);
	assert_false(case_fine(&c, NULL).former.by_old);
	/* But who knows only that key has nothing to follow. */
	case_faulty(&c, &old, "is not signed by");
	case_end(&c);
}

/* The files lack what their own checkpoint signs, and a torn write is left. */
static void
files_that_are_gone_are_told(void **state)
{
	struct ledger_case c;
	struct changes changes = {0};
	struct ledger_renamed done;
	struct change change;
	char path[512];

	(void)state;
	make(&c);
	c.options.wal_bytes = 1000;
	case_go_on(&c, "key", 100, 10);
	case_go_on(&c, "key", 110, 10);
	case_path(&c, "ledger/wal/00000000000000000111.wal", path);
	assert_int_equal(truncate(path, 100), 0);
	done = recover(&c, "key");
	assert_int_equal(done.index, 111);
	assert_int_equal(done.lost_end, 121);
	assert_int_equal(done.found.cut_bytes, 100 - 24); /* behind its head */
	change = said(&c, &changes);
	assert_fates(&change, "l"); /* both checkpoints are one */
	changes_release(&changes);
	case_go_on(&c, "next", 120, 300);
	case_fine(&c, NULL);
	case_end(&c);
}

/* Nobody signed for them; but they were acknowledged. */
static void
acknowledged_records_count_too(void **state)
{
	struct ledger_case c;
	struct changes changes = {0};
	struct ledger_renamed done;
	struct ledger *ledger;
	struct change change;
	struct stat st;
	char path[512];

	(void)state;
	make(&c);
	ledger = case_open(&c, NULL);
	case_add_many(ledger, 0, 100, 300);
	case_commit(ledger);
	ledger_close(ledger);
	case_path(&c, "ledger/wal/00000000000000000000.wal", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
	case_refused(&c, ERR_CORRUPT, "hashes of 401");
	done = recover(&c, "key");
	assert_int_equal(done.index, 101);
	assert_int_equal(done.lost_end, 401);
	change = said(&c, &changes);
	assert_fates(&change, "k");
	changes_release(&changes);
	case_go_on(&c, "next", 500, 300);
	case_fine(&c, NULL);
	case_end(&c);
}

static void
two_ledgers_of_one_name_are_told(void **state)
{
	struct ledger_case c;
	struct changes changes = {0};
	struct ledger_renamed done;
	struct change change;

	(void)state;
	make(&c);
	case_shell(&c, "cp -a ledger copy && cp -a state state.copy");
	case_go_on(&c, "key", 100, 5);
	case_shell(&c, "rm -rf ledger && mv copy ledger");
	case_shell(&c, "mv state state.other && mv state.copy state");
	case_go_on(&c, "key", 200, 20);
	case_shell(&c, "rm -rf state && mv state.other state");
	case_refused(&c, ERR_CORRUPT, "are not those");
	done = recover(&c, "key");
	assert_int_equal(done.index, 121);
	assert_int_equal(done.lost_end, 121);
	change = said(&c, &changes);
	assert_fates(&change, "ok");
	changes_release(&changes);
	case_fine(&c, NULL);
	case_end(&c);
}

static void
a_change_of_key_may_be_lost_too(void **state)
{
	struct ledger_case c;
	struct key old = make(&c);

	(void)state;
	case_key(&c, "second", "log.example/test");
	case_shell(&c, "cp -a ledger copy");
	assert_int_equal(
	    case_rotate(&c, "key", "second", &(struct ledger_rotated){0}, NULL),
	    0);
	case_go_on(&c, "second", 100, 5);
	case_shell(&c, "rm -rf ledger && mv copy ledger");
	case_refused(&c, ERR_CORRUPT, "107 was signed");
	refused(&c, "second", "next", ERR_USAGE, "is not the one that signed");
	assert_int_equal(recover(&c, "key").lost_end, 107);
	assert_true(case_fine(&c, &old).followed);
	/* And the key of the other name may change, too. */
	case_key(&c, "third", CASE_NEW_NAME);
	assert_int_equal(
	    case_rotate(&c, "next", "third", &(struct ledger_rotated){0}, NULL),
	    0);
	case_go_on(&c, "third", 100, 5);
	assert_int_equal(case_fine(&c, &old).changes, 2);
	case_end(&c);
}

static void
it_is_only_for_what_is_lost(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	char path[512];

	(void)state;
	make(&c);
	refused(&c, "key", "next", ERR_USAGE, "it keeps its name");
	assert_int_equal(
	    access(case_path(&c, "ledger/changes", path), F_OK), -1);
	lose(&c);
	case_key(&c, "same", "log.example/test");
	refused(&c, "key", "same", ERR_USAGE, "another is needed");
	refused(&c, "next", "next", ERR_USAGE, "is not the one that signed");
	ledger = NULL;
	case_shell(&c, "mv state state.away");
	ledger = case_open(&c, NULL);
	refused(&c, "key", "next", ERR_LIMIT, "another process writes");
	ledger_close(ledger);
	case_shell(&c, "rm -rf state && mv state.away state");
	/* A name that was used before. */
	recover(&c, "key");
	case_shell(&c, "cp -a ledger copy");
	case_go_on(&c, "next", 100, 3);
	case_shell(&c, "rm -rf ledger && mv copy ledger");
	case_key(&c, "back", "log.example/test");
	refused(&c, "next", "back", ERR_USAGE, "a name is used once");
	case_key(&c, "third", "log.example/third");
	assert_int_equal(
	    case_rename(&c, "next", "third", &(struct ledger_renamed){0}, NULL),
	    0);
	assert_int_equal(case_fine(&c, NULL).names, 2);
	case_end(&c);
}

/* --- what others saw --- */

/* Who saw more of it than it says is lost has been told a lie. */
static void
what_was_seen_under_the_old_name_counts(void **state)
{
	struct ledger_case c;
	struct verify_report report;
	struct err err = {0};
	char seen[512];
	const struct verify_options options = {.seen = seen, .quick = true};

	(void)state;
	make(&c);
	case_path(&c, "seen", seen);
	case_shell(&c, "cp -a ledger copy");
	case_go_on(&c, "key", 100, 20);
	assert_int_equal(
	    verify_ledger(c.dir, &options, &report, &err), VERIFY_FINE);
	case_shell(&c, "cp -a state state.20");
	case_go_on(&c, "key", 120, 20);
	case_shell(&c, "cp -a seen seen.20");
	assert_int_equal(
	    verify_ledger(c.dir, &options, &report, &err), VERIFY_FINE);
	/* Its owner remembers less than was seen. */
	case_shell(&c, "rm -rf ledger state && mv copy ledger");
	case_shell(&c, "mv state.20 state");
	assert_int_equal(recover(&c, "key").lost_end, 121);
	assert_int_equal(
	    verify_ledger(c.dir, &options, &report, &err), VERIFY_FAULT);
	assert_non_null(strstr(err.msg, "had more records: 141"));
	case_shell(&c, "rm -rf seen && mv seen.20 seen");
	if (verify_ledger(c.dir, &options, &report, &err) != VERIFY_FINE)
		fail_msg("%s", err.msg);
	assert_false(report.seen_any);
	assert_int_equal(
	    verify_ledger(c.dir, &options, &report, &err), VERIFY_FINE);
	assert_true(report.seen_any);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_older_copy_goes_on_under_another_name),
	    cmocka_unit_test(the_old_key_need_not_be_there),
	    cmocka_unit_test(files_that_are_gone_are_told),
	    cmocka_unit_test(acknowledged_records_count_too),
	    cmocka_unit_test(two_ledgers_of_one_name_are_told),
	    cmocka_unit_test(a_change_of_key_may_be_lost_too),
	    cmocka_unit_test(it_is_only_for_what_is_lost),
	    cmocka_unit_test(what_was_seen_under_the_old_name_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
