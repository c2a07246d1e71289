#include "ledger/ledger_change.h"

#include <sys/wait.h>

#include "fault_calls.h"
#include "ledger/head.h"
#include "ledger_change_look.h"

/*
 * A change of key, and one of name, is cut off at each call that opens or
 * changes something on disk: by its failure, by a full disk, by a crash.  Then
 * the ledger verifies, or says what to do, and doing it again finishes it.
 */
#define NEW_FILE "next"

static int
rotate(struct ledger_case *c, struct err *err)
{
	struct ledger_rotated done;

	return case_rotate(c, "key", NEW_FILE, &done, err);
}

static int
rename_it(struct ledger_case *c, struct err *err)
{
	struct ledger_renamed done;

	return case_rename(c, "key", NEW_FILE, &done, err);
}

/* Runs it with the n-th call failing; whether that call came at all. */
static bool
run(struct ledger_case *c, int (*change)(struct ledger_case *, struct err *),
    enum fault_kind kind, int at)
{
	struct err err = {0};
	int status;
	pid_t child;
	bool came;

	if (kind != FAULT_CRASH) {
		fault_arm(kind, at);
		status = change(c, &err);
		came = fault_disarm();
		assert_int_equal(status, came && kind != FAULT_SHORT ? -1 : 0);
		return came;
	}
	child = fork();
	if (!child) {
		fault_arm(kind, at);
		_exit(change(c, &err) ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) != 1);
	return WEXITSTATUS(status) == 77;
}

/* --- of the key --- */

/* Either key opens it, or says what to do; with both it is always done. */
static void
check_rotated(struct ledger_case *c, const struct key *old, int at)
{
	struct ledger *ledger = NULL;
	struct err err = {0};

	/* Every other time somebody opens it before. */
	if (at % 3 &&
	    !case_try_open(c, at % 3 == 1 ? "key" : NEW_FILE, &ledger, &err)) {
		case_add_many(ledger, 0, 900, 1);
		case_commit(ledger);
		case_sign(ledger);
		ledger_close(ledger);
	} else if (at % 3) {
		assert_int_equal(err.code, ERR_USAGE);
	}
	if (rotate(c, &err))
		fail_msg("at %d: %s", at, err.msg);
	assert_int_equal(case_count(c, CHANGE_KEY_SOURCE).count, 1);
	case_go_on(c, NEW_FILE, 1000, 2);
	assert_true(case_fine(c, old).followed);
	assert_int_equal(case_try_open(c, "key", &ledger, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
}

static bool
try_rotate(enum fault_kind kind, int at)
{
	struct verify_report report;
	struct ledger_case c;
	struct err err;
	struct key old;
	bool came;

	case_create(&c);
	case_fill(&c);
	old = case_key_of(&c, "key");
	case_key(&c, NEW_FILE, "log.example/test");
	came = run(&c, rotate, kind, at);
	/* Whoever looks now sees a ledger that is whole. */
	if (case_check(&c, &old, at % 2, &report, &err) != VERIFY_FINE)
		fail_msg("at %d: %s", at, err.msg);
	check_rotated(&c, &old, at);
	case_end(&c);
	return came;
}

/* Every call may crash or fail; of the disk that is full, some will do. */
static int
step(int kind)
{
	return kind == FAULT_CRASH || kind == FAULT_EIO ? 1 : 4;
}

static void
a_change_of_key_may_be_cut_off(void **state)
{
	(void)state;
	for (int kind = FAULT_EIO; kind <= FAULT_CRASH; kind++) {
		int at = 1;

		while (try_rotate((enum fault_kind)kind, at))
			at += step(kind);
		assert_true(at > 20);
		print_message("%d calls\n", at - 1);
	}
}

/* --- of the name --- */

/* Records that were signed for, remembered elsewhere, are gone. */
static void
lose_signed(struct ledger_case *c)
{
	case_shell(c, "cp -a ledger copy");
	case_go_on(c, "key", 100, 20);
	case_shell(c, "cp ledger/checkpoint copy/cosigned");
	case_shell(c, "rm -rf ledger && mv copy ledger");
}

/* Records are gone that nobody signed for; their hashes are there. */
static void
lose_acknowledged(struct ledger_case *c)
{
	struct ledger *ledger = case_open(c, NULL);
	struct stat st;
	char path[512];

	case_add_many(ledger, 0, 100, 20);
	case_commit(ledger);
	ledger_close(ledger);
	case_path(c, "ledger/wal/00000000000000000000.wal", path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 1), 0);
}

/* As many records are lost, whenever it was cut off. */
static void
check_renamed(struct ledger_case *c, const struct key *old, int at)
{
	struct ledger *ledger = NULL;
	struct verify_report report;
	struct err err = {0};

	/* Nobody opens it in the old name. */
	assert_int_equal(case_try_open(c, "key", &ledger, &err), -1);
	if (rename_it(c, &err))
		fail_msg("at %d: %s", at, err.msg);
	report = case_fine(c, old);
	assert_string_equal(report.origin, CASE_NEW_NAME);
	assert_int_equal(report.former.kept, 101);
	assert_int_equal(report.former.lost_end, 121);
	assert_int_equal(report.tree.size, 102);
	assert_int_equal(case_count(c, CHANGE_NAME_SOURCE).count, 1);
	assert_int_equal(case_try_open(c, "key", &ledger, &err), -1);
	case_go_on(c, NEW_FILE, 1000, 5);
	case_fine(c, old);
}

static bool
try_rename(void (*lose)(struct ledger_case *), enum fault_kind kind, int at)
{
	struct verify_report report;
	struct ledger_case c;
	struct err err;
	struct key old;
	bool came;

	case_create(&c);
	case_fill(&c);
	old = case_key_of(&c, "key");
	case_key(&c, NEW_FILE, CASE_NEW_NAME);
	lose(&c);
	came = run(&c, rename_it, kind, at);
	/* As it was, or on its way, or done: never half of it. */
	if (case_check(&c, &old, false, &report, &err) == VERIFY_FAULT &&
	    !strstr(err.msg, "is on its way to the name '" CASE_NEW_NAME "'") &&
	    !strstr(err.msg, "which have a hash in hash/0") &&
	    !strstr(err.msg, "cosigned"))
		fail_msg("at %d: %s", at, err.msg);
	check_renamed(&c, &old, at);
	case_end(&c);
	return came;
}

static void
a_change_of_name_may_be_cut_off(void **state)
{
	(void)state;
	for (int kind = FAULT_EIO; kind <= FAULT_CRASH; kind++) {
		int at = 1, other = 1;

		while (try_rename(lose_signed, (enum fault_kind)kind, at))
			at++;
		while (
		    try_rename(lose_acknowledged, (enum fault_kind)kind, other))
			other++;
		assert_true(at > 30 && other > 30);
		print_message("%d and %d calls\n", at - 1, other - 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_change_of_key_may_be_cut_off),
	    cmocka_unit_test(a_change_of_name_may_be_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
