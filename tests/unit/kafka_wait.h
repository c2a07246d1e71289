#ifndef TESTS_KAFKA_WAIT_H
#define TESTS_KAFKA_WAIT_H

#include "kafka_mock.h"

/* Waiting for what a kafka source does; and what it has done. */

#define PATIENCE_US INT64_C(60000000)

/* Until so many items were taken, or the ledger died. */
static inline void
wait_some(struct fixture *f, size_t n)
{
	int64_t end_us = time_now_us() + PATIENCE_US;

	while (atomic_load(&f->taken) < n && !atomic_load(&f->dead) &&
	       time_now_us() < end_us)
		usleep(5000);
}

static inline void
wait_taken(struct fixture *f, size_t n)
{
	wait_some(f, n);
	assert_int_equal(atomic_load(&f->taken), n);
}

struct said {
	enum hub_mood mood;
	char text[300];
};

static inline void
keep_said(void *ctx, const char *source, enum hub_mood mood, const char *text,
    int64_t since_us)
{
	struct said *said = ctx;

	(void)since_us;
	assert_string_equal(source, "hub");
	said->mood = mood;
	snprintf(said->text, sizeof(said->text), "%s", text);
}

/* Until the source says what has this in it. */
static inline void
wait_said(struct fixture *f, enum hub_mood mood, const char *part)
{
	int64_t end_us = time_now_us() + PATIENCE_US;
	struct said said = {0};

	do {
		usleep(5000);
		hub_moods(f->hub, keep_said, &said);
	} while ((said.mood != mood || !strstr(said.text, part)) &&
	         time_now_us() < end_us);
	if (said.mood != mood || !strstr(said.text, part))
		fail_msg("it said: %s", said.text);
}

/* Until it is known how far partition 0 is read. */
static inline void
wait_clock(struct fixture *f)
{
	int64_t end_us = time_now_us() + PATIENCE_US, time_us;

	do {
		struct buf next = {0};

		usleep(5000);
		time_us = hub_cursor(f->hub, "hub", "activity/0", &next);
		buf_release(&next);
	} while (time_us == EVENT_NO_TIME && time_now_us() < end_us);
	assert_true(time_us != EVENT_NO_TIME);
}

/* {"n":from} ... {"n":to - 1} */
static inline void
produce_numbers(struct fixture *f, int32_t partition, int from, int to)
{
	for (int i = from; i < to; i++) {
		char text[50];
		int len = snprintf(text, sizeof(text), "{\"n\":%d}", i);

		produce(f, partition, text, (size_t)len);
	}
	assert_int_equal(rd_kafka_flush(f->producer, 60000), 0);
}

/* Where partition 0 or 1 is read on; an anchor may be behind it. */
static inline void
check_next(const struct fixture *f, const char *stream, const char *expected)
{
	struct slice next;

	coverage_clock(f->coverage, "hub", stream, &next);
	next = slice_cut(&next, '#');
	assert_true(slice_eq(next, slice_cstr(expected)));
}

/* Each of 0 to n - 1 once. */
static inline void
check_numbers(const struct fixture *f, int n)
{
	struct slice rest = buf_slice(&f->lines);
	unsigned char *seen = xcalloc((size_t)n, 1);
	uint64_t number;

	while (rest.len) {
		struct slice line = slice_cut(&rest, '\n');

		if (line.len < 6 || memcmp(line.ptr, "{\"n\":", 5) != 0)
			continue;
		line = slice_skip(line, 5);
		line = slice_cut(&line, '}');
		line = slice_cut(&line, ',');
		assert_true(slice_to_u64(line, &number));
		assert_in_range(number, 0, n - 1);
		assert_int_equal(seen[number]++, 0);
	}
	for (int i = 0; i < n; i++)
		assert_int_equal(seen[i], 1);
	free(seen);
}

#endif
