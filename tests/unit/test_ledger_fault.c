#include "ledger/ledger.h"
#include "ledger/ledger_own.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "fault_calls.h"
#include "ledger_fill.h"

/*
 * A writer takes in a delivery of items, batch by batch, and is cut off: by
 * every call that can fail, by a crash at each of them, by kill -9.  Then the
 * ledger is opened again and must hold what was acknowledged, each item once,
 * and the writer goes on to the end.
 */
#define ITEMS 24
#define STEP  6

static const unsigned char delivery_name[16] = "the delivery....";

/* How many items were acknowledged to the outside. */
struct taken {
	uint64_t items;
	int pipe; /* where a child tells it; -1: nowhere */
};

static void
acknowledge(struct taken *taken, uint64_t items)
{
	taken->items = items;
	if (taken->pipe >= 0 &&
	    write(taken->pipe, &items, sizeof(items)) != sizeof(items))
		_exit(1);
}

static int
take_step(struct ledger *ledger, const struct ledger_delivery *delivery,
    uint64_t from, uint64_t to, struct err *err)
{
	for (uint64_t i = from; i < to; i++)
		if (case_add(ledger, delivery->index, i, err))
			return -1;
	ledger_mark(ledger, delivery->index, to);
	return ledger_commit(ledger, err);
}

static int
take_items(struct ledger_case *c, struct ledger *ledger, uint64_t end,
    struct taken *taken, struct err *err)
{
	struct ledger_delivery delivery = {0};

	if (!ledger_find_delivery(ledger, delivery_name, &delivery) &&
	    ledger_open_delivery(ledger, delivery_name, SLICE(""), SLICE("{}"),
	        &delivery.index, err))
		return -1;
	for (uint64_t i = delivery.consumed; i < end; i += STEP) {
		uint64_t to = i + STEP < end ? i + STEP : end;

		c->now_us += 100000;
		if (take_step(ledger, &delivery, i, to, err))
			return -1;
		acknowledge(taken, to);
	}
	return 0;
}

/* Once something failed, nothing goes on, and the reason is told. */
static void
expect_stopped(struct ledger *ledger)
{
	const struct ledger_own own = {.stream = SLICE("x"),
	    .raw = SLICE("{}"),
	    .key = (const unsigned char *)"0123456789abcdef"};
	struct err err = {0};
	uint64_t index;

	assert_int_equal(ledger_commit(ledger, &err), -1);
	assert_non_null(strstr(err.msg, "opened again"));
	assert_int_equal(ledger_checkpoint(ledger, &err), -1);
	assert_int_equal(ledger_own_add(ledger, &own, &index, &err), -1);
}

static int
run(struct ledger_case *c, uint64_t end, struct taken *taken, struct err *err)
{
	struct ledger *ledger = NULL;
	int status;

	if (ledger_open(&ledger, c->dir, &c->options, NULL, err))
		return -1;
	status = take_items(c, ledger, end, taken, err);
	if (!status)
		status = ledger_checkpoint(ledger, err);
	if (status)
		expect_stopped(ledger);
	ledger_close(ledger);
	return status;
}

/* The records behind the one that opens the delivery are items 0, 1, 2, ... */
static int
is_item(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	char room[128];

	(void)ctx;
	(void)stream;
	(void)err;
	assert_true(
	    slice_eq(frame->raw, case_raw(room, sizeof(room), index - 1)));
	return 0;
}

static void
check_items(const struct ledger_case *c, uint64_t items)
{
	struct view *view = case_view(c);
	struct err err = {0};

	case_verify(view);
	assert_int_equal(view_tree(view)->size, items ? items + 1 : 0);
	if (items && view_walk(view, 1, items + 1, is_item, NULL, &err))
		fail_msg("%s", err.msg);
	view_close(view);
}

/* What is there after it was cut off: opening signs for all of it. */
static uint64_t
check_reopened(struct ledger_case *c, uint64_t acknowledged)
{
	struct ledger *ledger = case_open(c, NULL);
	struct ledger_delivery delivery = {0};

	ledger_find_delivery(ledger, delivery_name, &delivery);
	assert_true(delivery.consumed >= acknowledged);
	ledger_close(ledger);
	check_items(c, delivery.consumed);
	return delivery.consumed;
}

/* Runs it in a child, which may be gone in the middle. */
static int
run_child(struct ledger_case *c, enum fault_kind kind, int at,
    struct taken *taken, bool *came)
{
	int ends[2], status;
	uint64_t items;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		struct taken told = {.pipe = ends[1]};
		struct err err = {0};

		fault_arm(kind, at);
		_exit(run(c, ITEMS, &told, &err) ? 1 : 0);
	}
	close(ends[1]);
	while (read(ends[0], &items, sizeof(items)) == sizeof(items))
		taken->items = items;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	*came = WEXITSTATUS(status) == 77;
	return WEXITSTATUS(status) == 0 ? 0 : -1;
}

/* Whether the n-th call came at all. */
static bool
try_fault(enum fault_kind kind, int at)
{
	struct ledger_case c;
	struct taken taken = {.pipe = -1};
	struct err err = {0};
	bool came;
	int status;

	case_create(&c);
	c.options.wal_bytes = 1500;
	if (kind == FAULT_CRASH) {
		status = run_child(&c, kind, at, &taken, &came);
	} else {
		fault_arm(kind, at);
		status = run(&c, ITEMS, &taken, &err);
		came = fault_disarm();
	}
	assert_int_equal(status, came && kind != FAULT_SHORT ? -1 : 0);
	if (status && kind != FAULT_CRASH)
		assert_non_null(strstr(err.msg,
		    kind == FAULT_EIO ? strerror(EIO) : strerror(ENOSPC)));
	check_reopened(&c, taken.items);
	if (run(&c, ITEMS, &taken, &err))
		fail_msg("fault %d at %d: %s", (int)kind, at, err.msg);
	check_items(&c, ITEMS);
	case_end(&c);
	return came;
}

static void
try_all(enum fault_kind kind)
{
	int at = 1;

	while (try_fault(kind, at))
		at++;
	/* A writer that calls nothing would prove nothing. */
	assert_true(at > 40);
	print_message("%d calls\n", at - 1);
}

static void
any_call_may_fail(void **state)
{
	(void)state;
	try_all(FAULT_EIO);
}

static void
a_write_may_take_a_part(void **state)
{
	(void)state;
	try_all(FAULT_SHORT);
}

static void
the_disk_may_be_full(void **state)
{
	(void)state;
	try_all(FAULT_FULL);
}

static void
it_may_crash_at_any_call(void **state)
{
	(void)state;
	try_all(FAULT_CRASH);
}

static bool
try_create(enum fault_kind kind, int at)
{
	struct ledger_case c;
	struct err err = {0};
	bool came;
	int status;

	case_make(&c);
	fault_arm(kind, at);
	status = ledger_create(c.dir, &c.options, &err);
	came = fault_disarm();
	assert_int_equal(status, came && kind != FAULT_SHORT ? -1 : 0);
	if (status) {
		assert_int_equal(err.code, ERR_SYSTEM);
		assert_int_equal(access(c.dir, F_OK), -1);
		if (ledger_create(c.dir, &c.options, &err))
			fail_msg("%s", err.msg);
	}
	ledger_close(case_open(&c, NULL));
	check_items(&c, 0);
	case_end(&c);
	return came;
}

static void
making_one_leaves_nothing_half(void **state)
{
	(void)state;
	for (int kind = FAULT_EIO; kind <= FAULT_FULL; kind++)
		for (int at = 1; try_create((enum fault_kind)kind, at);)
			at++;
}

/* --- kill -9 --- */

#define KILL_ROUNDS 30

static void
wait_random(unsigned *seed)
{
	long most = 40000000;
	struct timespec time = {.tv_nsec = rand_r(seed) % most};

	nanosleep(&time, NULL);
}

/* Returns what was acknowledged to us until it was killed. */
static uint64_t
run_and_kill(struct ledger_case *c, unsigned *seed)
{
	uint64_t items = 0, told;
	int ends[2], status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		struct taken taken = {.pipe = ends[1]};
		struct err err = {0};

		run(c, UINT64_MAX, &taken, &err);
		_exit(1);
	}
	close(ends[1]);
	wait_random(seed);
	assert_int_equal(kill(child, SIGKILL), 0);
	while (read(ends[0], &told, sizeof(told)) == sizeof(told))
		items = told;
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	return items;
}

static void
it_may_be_killed_at_any_moment(void **state)
{
	const char *rounds = getenv("FIRN_KILL_ROUNDS");
	long count = rounds ? strtol(rounds, NULL, 10) : KILL_ROUNDS;
	struct ledger_case c;
	uint64_t items = 0;
	unsigned seed = (unsigned)time(NULL);

	(void)state;
	case_create(&c);
	c.options.wal_bytes = 20000;
	for (long i = 0; i < count; i++) {
		uint64_t told = run_and_kill(&c, &seed);

		items = check_reopened(&c, told > items ? told : items);
	}
	assert_true(items > 0);
	print_message("%ju items in %ld rounds\n", (uintmax_t)items, count);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_call_may_fail),
	    cmocka_unit_test(a_write_may_take_a_part),
	    cmocka_unit_test(the_disk_may_be_full),
	    cmocka_unit_test(it_may_crash_at_any_call),
	    cmocka_unit_test(making_one_leaves_nothing_half),
	    cmocka_unit_test(it_may_be_killed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
