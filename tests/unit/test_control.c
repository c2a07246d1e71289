/* The server behind `control`, with clients that behave and others. */
#include "ledger/control.h"

#include "base/bytes.h"
#include "control_case.h"
#include "ledger/control_request.h"

static void
add_own(struct buf *out, unsigned number)
{
	unsigned char key[16] = {0};
	const struct control_request request = {.verb = CONTROL_OWN,
	    .name = key,
	    .stream = SLICE("test"),
	    .raw = SLICE("{}")};

	put_le(key, 4, number);
	control_request_add(out, &request);
}

/* The one answer that has come: its code; an error's text in `why`. */
static enum err_code
answer_of(int fd, const char *word)
{
	struct control_request request = {.verb = CONTROL_OWN};
	struct control_answer answer = {0};
	struct buf heard = {0};
	struct slice body;

	assert_true(hear(fd, &heard) >= 5);
	assert_int_equal(
	    get_u32((const unsigned char *)heard.ptr), heard.len - 4);
	body = slice_skip(buf_slice(&heard), 4);
	assert_int_equal(control_answer_read(body, &request, &answer), 0);
	if (answer.err.code && !strstr(answer.err.msg, word))
		fail_msg("%s", answer.err.msg);
	buf_release(&heard);
	return answer.err.code;
}

static void
a_request_is_answered(void **state)
{
	struct buf bytes = {0};
	struct fixture f;
	int fd;

	(void)state;
	begin(&f);
	fd = dial_and_greet(&f);
	add_own(&bytes, 1);
	say(fd, buf_slice(&bytes));
	serve(&f);
	assert_int_equal(answer_of(fd, ""), 0);
	/* What was answered is durable, and signed for in a while. */
	f.c.now_us += 1000000;
	assert_int_equal(control_serve(f.control, NULL), 0);
	assert_int_equal(case_signed(&f.c), 1);
	close(fd);
	buf_release(&bytes);
	end(&f);
}

static void
it_may_come_byte_by_byte(void **state)
{
	struct buf bytes = {0};
	struct fixture f;
	int fd;

	(void)state;
	begin(&f);
	fd = dial_and_greet(&f);
	add_own(&bytes, 1);
	for (size_t i = 0; i < bytes.len; i++) {
		assert_int_equal(ledger_size(f.ledger), 0);
		say(fd, slice_of(bytes.ptr + i, 1));
		serve(&f);
	}
	assert_int_equal(answer_of(fd, ""), 0);
	close(fd);
	buf_release(&bytes);
	end(&f);
}

/* Several at once are answered one after the other. */
static void
requests_may_wait_for_their_answers(void **state)
{
	struct buf bytes = {0}, heard = {0};
	struct fixture f;
	int fd;

	(void)state;
	begin(&f);
	fd = dial(&f);
	buf_slice_add(&bytes, greeting);
	for (unsigned i = 0; i < 5; i++)
		add_own(&bytes, i);
	say(fd, buf_slice(&bytes));
	serve(&f);
	assert_int_equal(
	    hear(fd, &heard), CONTROL_GREETING_LEN + 5 * (4 + 1 + 8));
	assert_int_equal(ledger_size(f.ledger), 5);
	close(fd);
	buf_release(&bytes);
	buf_release(&heard);
	end(&f);
}

static int
count_batch(void *ctx, const struct wal_seen *seen, struct err *err)
{
	(void)err;
	*(int *)ctx += seen->batch.count > 0;
	return 0;
}

/* Requests of several clients that wait are one batch. */
static void
those_that_wait_are_committed_together(void **state)
{
	struct buf bytes = {0};
	struct fixture f;
	enum wal_end wal_end;
	int fds[5], batches = 0;
	char path[400];
	uint64_t good;

	(void)state;
	begin(&f);
	for (unsigned i = 0; i < 5; i++)
		fds[i] = dial_and_greet(&f);
	for (unsigned i = 0; i < 5; i++) {
		buf_clear(&bytes);
		add_own(&bytes, i);
		say(fds[i], buf_slice(&bytes));
	}
	serve(&f);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(answer_of(fds[i], ""), 0);
		close(fds[i]);
	}
	snprintf(path, sizeof(path), "%s/wal/%020d.wal", f.c.dir, 0);
	assert_int_equal(
	    wal_walk(path, true, count_batch, &batches, &wal_end, &good, NULL),
	    0);
	assert_int_equal(batches, 1);
	buf_release(&bytes);
	end(&f);
}

/* --- others --- */

static void
who_speaks_another_language_is_cut_off(void **state)
{
	static const char *const said[] = {"GET / HTTP/1.1\r\n",
	    "firn-control/2\n\0", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"};
	struct fixture f;

	(void)state;
	begin(&f);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		int fd = dial(&f);

		say(fd, slice_of(said[i], 16));
		serve(&f);
		expect_cut(fd);
	}
	assert_int_equal(ledger_size(f.ledger), 0);
	end(&f);
}

/* What it says is told, then the connection ends. */
static void
expect_refused(struct fixture *f, struct slice said)
{
	struct buf heard = {0};
	int fd = dial_and_greet(f);

	say(fd, said);
	serve(f);
	assert_int_equal(hear(fd, &heard), -1);
	assert_true(heard.len > 5);
	assert_int_equal(heard.ptr[4], ERR_INPUT);
	assert_int_equal(
	    get_u32((const unsigned char *)heard.ptr), heard.len - 4);
	close(fd);
	buf_release(&heard);
}

static void
malformed_requests_are_refused(void **state)
{
	unsigned char head[5] = {0};
	struct buf bytes = {0};
	struct fixture f;

	(void)state;
	begin(&f);
	expect_refused(&f, slice_of(head, 4)); /* a length of 0 */
	put_le(head, 4, CONTROL_BODY_MAX + 1u);
	expect_refused(&f, slice_of(head, 4));
	put_le(head, 4, UINT32_MAX);
	expect_refused(&f, slice_of(head, 4));
	put_le(head, 4, 1);
	for (unsigned verb = 0; verb < 256; verb++) {
		head[4] = (unsigned char)verb;
		if (verb < CONTROL_SIGN || verb > CONTROL_VERBS)
			expect_refused(&f, slice_of(head, 5));
	}
	add_own(&bytes, 1);
	for (size_t i = 4; i < bytes.len - 2; i++) {
		char old = bytes.ptr[i];

		/* In its verb, and in each of its lengths. */
		if (i > 4 && (i < 21 || (i > 22 && i < 27)))
			continue;
		bytes.ptr[i] = (char)0xf0;
		expect_refused(&f, buf_slice(&bytes));
		bytes.ptr[i] = old;
	}
	assert_int_equal(ledger_size(f.ledger), 0);
	buf_release(&bytes);
	end(&f);
}

static void
who_is_slow_is_cut_off(void **state)
{
	struct buf bytes = {0};
	struct fixture f;
	int idle, silent, half;

	(void)state;
	begin(&f);
	idle = dial_and_greet(&f);
	half = dial_and_greet(&f);
	silent = dial(&f);
	add_own(&bytes, 1);
	say(half, slice_of(bytes.ptr, bytes.len - 1));
	serve(&f);
	later += CONTROL_SLOW_MS / 1000 + 1;
	serve(&f);
	expect_cut(silent);
	expect_cut(half);
	/* Who has asked for nothing may stay. */
	say(idle, buf_slice(&bytes));
	serve(&f);
	assert_int_equal(answer_of(idle, ""), 0);
	close(idle);
	buf_release(&bytes);
	end(&f);
}

static void
of_too_many_the_idle_go(void **state)
{
	struct buf bytes = {0}, heard = {0};
	int fds[CONTROL_CLIENTS + 1];
	struct fixture f;

	(void)state;
	begin(&f);
	add_own(&bytes, 1);
	for (size_t i = 0; i <= CONTROL_CLIENTS; i++) {
		fds[i] = dial_and_greet(&f);
		later++;
		if (i == 0) { /* no longer the one that is idle longest */
			later++;
			continue;
		}
		say(fds[0], buf_slice(&bytes));
		serve(&f);
		assert_int_equal(answer_of(fds[0], ""), 0);
	}
	expect_cut(fds[1]);
	assert_int_equal(hear(fds[0], &heard), 0);
	/* Who has begun a request keeps its place, and others wait. */
	for (size_t i = 0; i <= CONTROL_CLIENTS; i++)
		if (i != 1)
			say(fds[i], slice_of(bytes.ptr, 3));
	serve(&f);
	fds[1] = dial(&f);
	say(fds[1], greeting);
	serve(&f);
	assert_int_equal(hear(fds[1], &heard), 0);
	close(fds[0]);
	serve(&f);
	assert_int_equal(hear(fds[1], &heard), CONTROL_GREETING_LEN);
	for (size_t i = 1; i <= CONTROL_CLIENTS; i++)
		close(fds[i]);
	buf_release(&bytes);
	buf_release(&heard);
	end(&f);
}

/* Sends as much as is taken; returns how much. */
static size_t
pour(int fd, size_t most)
{
	static const char zeros[65536];
	size_t done = 0;

	while (done < most) {
		size_t left = most - done;
		ssize_t n = send(fd, zeros,
		    left < sizeof(zeros) ? left : sizeof(zeros), MSG_NOSIGNAL);

		if (n < 0)
			break;
		done += (size_t)n;
	}
	return done;
}

/* Three of the greatest requests are more than all may have. */
static void
memory_is_bounded_by_making_others_wait(void **state)
{
	unsigned char head[4];
	struct fixture f;
	int fds[3];
	size_t taken = 0, n;

	(void)state;
	begin(&f);
	put_le(head, 4, CONTROL_BODY_MAX);
	for (size_t i = 0; i < 3; i++) {
		fds[i] = dial_and_greet(&f);
		say(fds[i], slice_of(head, 4));
		serve(&f);
	}
	while ((n = pour(fds[2], SIZE_MAX)) > 0) {
		taken += n;
		serve(&f);
	}
	assert_true(taken < ((size_t)1 << 20)); /* in the socket alone */
	close(fds[0]);
	serve(&f);
	assert_true(pour(fds[2], SIZE_MAX) > 0);
	/* Who waits for others is not slow. */
	close(fds[1]);
	close(fds[2]);
	end(&f);
}

static void
who_does_not_take_answers_is_not_waited_for(void **state)
{
	struct buf bytes = {0};
	struct fixture f;
	int deaf, other;
	size_t sent = 0;

	(void)state;
	begin(&f);
	deaf = dial_and_greet(&f);
	other = dial_and_greet(&f);
	while (sent < 100000) {
		buf_clear(&bytes);
		add_own(&bytes, (unsigned)sent++ % 100);
		if (send(deaf, bytes.ptr, bytes.len, MSG_NOSIGNAL) < 0)
			break;
		serve(&f);
	}
	assert_true(sent < 100000);
	buf_clear(&bytes);
	add_own(&bytes, 1000);
	say(other, buf_slice(&bytes));
	serve(&f);
	assert_int_equal(answer_of(other, ""), 0);
	later += CONTROL_SLOW_MS / 1000 + 1;
	serve(&f);
	assert_int_equal(send(deaf, "x", 1, MSG_NOSIGNAL), -1);
	close(deaf);
	close(other);
	buf_release(&bytes);
	end(&f);
}

/* Whatever bytes come, the server stays, and the ledger whole. */
static void
noise_does_no_harm(void **state)
{
	unsigned seed = 7;
	struct buf bytes = {0};
	struct view *view;
	struct fixture f;

	(void)state;
	begin(&f);
	for (unsigned round = 0; round < 300; round++) {
		int fd = dial_and_greet(&f);

		buf_clear(&bytes);
		for (unsigned i = 0; i < 3; i++)
			add_own(&bytes, round + i);
		for (unsigned i = 0; i < 1 + round % 4; i++)
			bytes.ptr[(unsigned)rand_r(&seed) % bytes.len] =
			    (char)rand_r(&seed);
		say(fd, slice_of(bytes.ptr,
		            bytes.len - (unsigned)rand_r(&seed) % 40));
		serve(&f);
		close(fd);
		serve(&f);
	}
	case_sign(f.ledger);
	view = case_view(&f.c);
	case_verify(view);
	view_close(view);
	buf_release(&bytes);
	end(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_is_answered),
	    cmocka_unit_test(it_may_come_byte_by_byte),
	    cmocka_unit_test(requests_may_wait_for_their_answers),
	    cmocka_unit_test(those_that_wait_are_committed_together),
	    cmocka_unit_test(who_speaks_another_language_is_cut_off),
	    cmocka_unit_test(malformed_requests_are_refused),
	    cmocka_unit_test(who_is_slow_is_cut_off),
	    cmocka_unit_test(of_too_many_the_idle_go),
	    cmocka_unit_test(memory_is_bounded_by_making_others_wait),
	    cmocka_unit_test(who_does_not_take_answers_is_not_waited_for),
	    cmocka_unit_test(noise_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
