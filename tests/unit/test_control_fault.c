/*
 * A writer serves a client that takes in a delivery, and is cut off: by every
 * call that can fail, by a crash at each of them.  The client, which then is
 * the writer, goes on from what it was answered, and at the end each item is
 * there once.  Items have no identity: nothing but their numbers tells repeats.
 */
#include "ledger/append.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "fault_calls.h"
#include "ledger/control.h"
#include "ledger_fill.h"

#define ITEMS 12
#define STEP  4

static const unsigned char name[16] = "the delivery....";
static const unsigned char key[16] = "the key.........";

/* --- the server, in a process of its own --- */

enum { ENDED, FAILED, CRASHED = 77 };

/* Until the other end of `line` is closed. */
static int
serve(struct ledger_case *c, struct ledger *ledger, int line)
{
	struct control *control = NULL;
	char room;
	int status;

	if (control_open(&control, c->dir, ledger, NULL))
		return FAILED;
	status = send(line, "", 1, MSG_NOSIGNAL) == 1 ? ENDED : FAILED;
	while (status == ENDED && recv(line, &room, 1, MSG_DONTWAIT) != 0) {
		/* Each commit signs, which is three more calls that fail. */
		c->now_us += 250000;
		if (control_wait(control, 2) && control_serve(control, NULL))
			status = FAILED;
	}
	control_close(control);
	return status;
}

static pid_t
start(struct ledger_case *c, enum fault_kind kind, int at, int *line)
{
	int ends[2];
	char ready;
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	child = fork();
	if (!child) {
		struct ledger *ledger = NULL;
		int code = FAILED;

		close(ends[0]);
		fault_arm(kind, at);
		if (!ledger_open(&ledger, c->dir, &c->options, NULL, NULL))
			code = serve(c, ledger, ends[1]);
		ledger_close(ledger);
		_exit(code);
	}
	close(ends[1]);
	*line = ends[0];
	/* It listens, or it is gone. */
	(void)recv(*line, &ready, 1, 0);
	return child;
}

/* --- the client --- */

static struct append *
open_append(const struct ledger_case *c)
{
	const struct append_options options = {
	    .ledger = c->options, .patience_ms = 10000};
	struct append *append = NULL;
	struct err err = {0};

	if (append_open(&append, c->dir, &options, &err))
		fail_msg("%s", err.msg);
	return append;
}

static int
take_step(struct append *append, uint64_t first, struct err *err)
{
	struct append_item items[STEP];
	const struct append_batch batch = {name, first, items, STEP, NULL};
	char raws[STEP][128];
	unsigned char verdicts[STEP];

	for (uint64_t i = 0; i < STEP; i++)
		items[i] = (struct append_item){.keep = true,
		    .source = SLICE("file/o365.audit"),
		    .available_us = LEAF_NO_TIME,
		    .since_us = INT64_MIN,
		    .raw = case_raw(raws[i], sizeof(raws[i]), first + i)};
	return append_take(append, &batch, verdicts, err);
}

/* *done: how many items were answered for; it never goes back. */
static int
take_all(struct append *append, uint64_t *done, struct err *err)
{
	const struct append_delivery of = {name, SLICE(""), SLICE("{}"), NULL};
	const struct ledger_own own = {
	    .stream = SLICE("test"), .raw = SLICE("{}"), .key = key};
	struct ledger_delivery delivery;
	uint64_t index;

	if (append_begin(append, &of, &delivery, err))
		return -1;
	assert_true(delivery.consumed >= *done || delivery.closed);
	for (; *done < ITEMS; *done += STEP)
		if (take_step(append, *done, err))
			return -1;
	return append_end(append, &of, err) ||
	               append_own(append, &own, &index, err) ||
	               append_sign(append, err)
	           ? -1
	           : 0;
}

/* Again and again, as a user would. */
static void
take_in_the_end(struct ledger_case *c)
{
	uint64_t done = 0;
	struct err err = {0};
	int status = -1;

	for (int tries = 0; status && tries < 20; tries++) {
		struct append *append = open_append(c);

		status = take_all(append, &done, &err);
		append_close(append);
	}
	if (status)
		fail_msg("%s", err.msg);
}

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
check_items(const struct ledger_case *c)
{
	struct view *view = case_view(c);
	struct err err = {0};

	case_verify(view);
	/* One that opens it, one that closes it, and firn/test. */
	assert_int_equal(view_tree(view)->size, ITEMS + 3);
	if (view_walk(view, 1, ITEMS + 1, is_item, NULL, &err))
		fail_msg("%s", err.msg);
	view_close(view);
}

/* Whether the n-th call came at all. */
static bool
try_fault(enum fault_kind kind, int at)
{
	struct ledger_case c;
	int line, status;
	pid_t child;

	case_create(&c);
	c.options.wal_bytes = 1500;
	child = start(&c, kind, at, &line);
	take_in_the_end(&c);
	close(line);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == CRASHED)
		assert_int_equal(kind, FAULT_CRASH);
	else
		assert_true(WEXITSTATUS(status) <= FAILED);
	ledger_close(case_open(&c, NULL));
	check_items(&c);
	case_end(&c);
	return WEXITSTATUS(status) != ENDED;
}

/*
 * A call may fail that does not matter (what is signed at the end is signed
 * for by the next writer), so it takes some in a row to be at the end.
 */
static void
try_all(enum fault_kind kind)
{
	int came = 0, row = 0;

	for (int at = 1; row < 5; at++) {
		bool now = try_fault(kind, at);

		row = now ? 0 : row + 1;
		came += now;
	}
	assert_true(came > 30);
	print_message("%d calls\n", came);
}

static void
any_call_may_fail(void **state)
{
	(void)state;
	try_all(FAULT_EIO);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_call_may_fail),
	    cmocka_unit_test(the_disk_may_be_full),
	    cmocka_unit_test(it_may_crash_at_any_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
