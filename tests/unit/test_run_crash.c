/*
 * A run that is gone at each of the calls that change something on disk, and
 * the one that follows: everything is in the ledger once.
 */
#include "pipeline_run.h"

#include <sys/wait.h>

#include "fault_calls.h"
#include "ledger_fill.h"
#include "run_case_parcel.h"

#define PARCELS 3
#define EACH    3
/* Of the last one: more than is taken without a commit. */
#define LONG ((int)LEDGER_COMMIT_BYTES / EACH + 4096)

/*
 * Failures of one person in the first, a rule that fires in each.  The last one
 * can be cut off between its items.
 */
static void
give(struct run_case *c, uint64_t number, int64_t now_us)
{
	static char filled[LONG + 1];
	struct parcel *parcel;
	char name[16];

	memset(filled, 'x', LONG);
	snprintf(name, sizeof(name), "p%ju", (uintmax_t)number);
	parcel = run_case_parcel(c, name);
	for (uint64_t i = 0; i < EACH; i++)
		run_case_record(parcel, number * EACH + i,
		    number == PARCELS - 1 ? filled
		    : number              ? "Set-Mailbox"
		                          : "UserLoginFailed",
		    now_us);
	run_case_record(parcel, 1000 + number, "New-InboxRule", now_us);
	run_case_give(c, parcel);
}

/* -1 where the disk failed. */
static int
run_all(struct run_case *c, int64_t now_us, struct err *err)
{
	int status = run_case_open(c, err);

	for (uint64_t i = 0; !status && i < PARCELS; i++) {
		give(c, i, now_us);
		if (i != 1) /* two in one round */
			status = run_round(c->run, err);
	}
	if (!status) {
		hub_clock(c->hub, "contoso", "Audit.General", now_us, "next");
		hub_stop(c->hub);
		status = run_finish(c->run, err);
	}
	run_case_drop(c);
	return status;
}

/* The tally is of all items, whoever took them. */
static void
check_tally(const struct run_case *c, struct view *view)
{
	struct coverage_hour total = {0};
	struct coverage *coverage = NULL;
	struct coverage_stream stream;
	uint64_t events = 0;
	struct err err = {0};

	if (coverage_read(&coverage, c->ledger.dir, view, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(coverage_stream_count(coverage), 1);
	coverage_stream(coverage, 0, &stream);
	for (size_t i = 0; i < stream.hour_count; i++)
		coverage_hour_add(&total, &stream.hours[i]);
	for (size_t i = 0; i < stream.event_count; i++)
		events += stream.events[i].events;
	assert_int_equal(total.fetched, PARCELS);
	assert_int_equal(total.records, PARCELS * (EACH + 1));
	assert_int_equal(total.events, PARCELS * (EACH + 1));
	assert_int_equal(total.before, 0);
	assert_int_equal(events, PARCELS * (EACH + 1));
	coverage_free(coverage);
}

static void
check(struct run_case *c)
{
	struct view *view = case_view(&c->ledger);
	struct run_held held = run_case_held(c);

	case_verify(view);
	check_tally(c, view);
	view_close(view);
	assert_int_equal(held.events, PARCELS * (EACH + 1));
	assert_int_equal(held.closed, PARCELS);
	assert_int_equal(held.opened, PARCELS);
	assert_int_equal(held.findings, PARCELS + 1);
	assert_true(held.clocks >= 1);
}

/* Whether the fault came. */
static bool
fail_at(enum fault_kind kind, int at)
{
	int64_t now_us = time_now_us();
	struct run_case c;
	struct err err = {0};
	int status;
	pid_t child;

	run_case_init(&c);
	c.lateness_us = 2 * CASE_HOUR_US;
	child = fork();
	if (!child) {
		fault_arm(kind, at);
		status = run_all(&c, now_us, &err);
		_exit(fault_disarm() ? status ? 78 : 79 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (run_all(&c, now_us, &err))
		fail_msg("%d at %d: %s", (int)kind, at, err.msg);
	check(&c);
	run_case_end(&c);
	return WEXITSTATUS(status) != 0;
}

static void
fail_at_all(enum fault_kind kind)
{
	const char *said = getenv("FIRN_FAULT_STEP");
	int step = said ? (int)strtol(said, NULL, 10) : 3, at = 1;

	while (fail_at(kind, at))
		at += step;
	assert_true(at > 10);
}

static void
test_crash(void **state)
{
	(void)state;
	fail_at_all(FAULT_CRASH);
}

static void
test_full(void **state)
{
	(void)state;
	fail_at_all(FAULT_FULL);
}

static void
test_error(void **state)
{
	(void)state;
	fail_at_all(FAULT_EIO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_crash),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
