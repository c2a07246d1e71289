#include "coverage/paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/sha256.h"

#define HOUR_US INT64_C(3600000000)
#define NOW_US  (INT64_C(1700000000) / 3600 * HOUR_US)
#define EVENTS  3000
#define HOURS   6

static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void
name_of(unsigned char id[16], uint32_t number)
{
	unsigned char digest[SHA256_LEN];

	sha256(slice_of(&number, sizeof(number)), digest);
	memcpy(id, digest, 16);
}

/* --- the slow way: each event with all others --- */

struct slow {
	struct paths_event events[2 * EVENTS];
	size_t count;
};

static bool
had(const struct slow *slow, const struct paths_event *event, unsigned path)
{
	for (size_t i = 0; i < slow->count; i++)
		if (slow->events[i].path == path &&
		    slow->events[i].group == event->group &&
		    !memcmp(slow->events[i].id, event->id, 16))
			return true;
	return false;
}

/* Whether it is the first telling of its event. */
static bool
is_first(const struct slow *slow, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (slow->events[i].group == slow->events[at].group &&
		    !memcmp(slow->events[i].id, slow->events[at].id, 16))
			return false;
	return true;
}

struct sums {
	uint64_t both, only[2];
	struct paths_hour hours[HOURS];
	size_t count;
};

static void
slow_compare(
    const struct slow *slow, const struct paths_pair *pair, struct sums *sums)
{
	for (size_t i = 0; i < slow->count; i++) {
		const struct paths_event *event = &slow->events[i];
		bool first, second;

		if (event->group != pair->group ||
		    event->time_us < pair->from_us ||
		    event->time_us >= pair->to_us || !is_first(slow, i))
			continue;
		first = had(slow, event, pair->path[0]);
		second = had(slow, event, pair->path[1]);
		sums->both += first && second;
		sums->only[0] += first && !second;
		sums->only[1] += second && !first;
	}
}

static void
add_hour(void *ctx, const struct paths_hour *hour)
{
	struct sums *sums = ctx;

	assert_in_range(sums->count, 0, HOURS - 1);
	sums->hours[sums->count++] = *hour;
	sums->both += hour->both;
	sums->only[0] += hour->only[0];
	sums->only[1] += hour->only[1];
	for (unsigned side = 0; side < 2; side++)
		for (uint64_t i = 1; i < hour->only[side] && i < PATHS_NAMED;
		     i++)
			assert_true(memcmp(hour->ids[side][i - 1],
			                hour->ids[side][i], 16) < 0);
}

/* Random events by three ways, some by several, in two groups. */
static void
fill(struct slow *slow)
{
	slow->count = 0;
	while (slow->count < EVENTS) {
		struct paths_event event = {.group = (uint16_t)draw(2),
		    .time_us = NOW_US + (int64_t)draw(HOURS * 60) * 60000000};

		name_of(event.id, draw(1u << 20));
		for (event.path = 0; event.path < 3; event.path++)
			if (draw(3))
				slow->events[slow->count++] = event;
	}
}

static void
test_reference(void **state)
{
	static struct slow slow;

	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		struct paths *paths = paths_new(100000);
		struct sums sums = {.count = 0}, want = {.count = 0};
		struct paths_pair pair = {.group = 1,
		    .elsewhere = 1,
		    .path = {round % 3, (round + 1) % 3},
		    .from_us = NOW_US + HOUR_US,
		    .to_us = NOW_US + (HOURS - 1) * HOUR_US};

		seed = round;
		fill(&slow);
		/* In another order. */
		for (size_t i = slow.count; i--;)
			paths_add(paths, &slow.events[i]);
		paths_forget(paths, NOW_US + HOUR_US / 2);
		assert_int_equal(paths_of(paths), 1);
		paths_compare(paths, &pair, add_hour, &sums);
		slow_compare(&slow, &pair, &want);
		assert_int_equal(sums.both, want.both);
		assert_int_equal(sums.only[0], want.only[0]);
		assert_int_equal(sums.only[1], want.only[1]);
		assert_int_equal(sums.count, HOURS - 2);
		paths_free(paths);
	}
}

/* With too little room fewer are looked at, the same by all ways. */
static void
test_little_room(void **state)
{
	struct paths *paths = paths_new(0);
	struct sums sums = {.count = 0};
	struct paths_pair pair = {
	    .path = {0, 1}, .from_us = NOW_US, .to_us = NOW_US + HOUR_US};

	(void)state;
	for (unsigned path = 0; path < 2; path++) {
		for (uint32_t i = 0; i < 100000; i++) {
			struct paths_event event = {
			    .path = path, .time_us = NOW_US};

			name_of(event.id, i);
			/* The second way lacks every tenth. */
			if (!path || i % 10)
				paths_add(paths, &event);
		}
	}
	assert_in_range(paths_count(paths), 256, 1024);
	assert_in_range(paths_of(paths), 64, 512);
	paths_compare(paths, &pair, add_hour, &sums);
	assert_int_equal(sums.only[1], 0);
	assert_in_range(sums.only[0] * paths_of(paths), 5000, 15000);
	assert_in_range(
	    (sums.only[0] + sums.both) * paths_of(paths), 80000, 120000);
	paths_free(paths);
}

static void
test_forget(void **state)
{
	struct paths *paths = paths_new(0);
	struct paths_event event = {.time_us = NOW_US};
	struct sums sums = {.count = 0};
	struct buf detail = {0};

	(void)state;
	name_of(event.id, 1);
	paths_add(paths, &event);
	event.time_us += 2 * HOUR_US;
	name_of(event.id, 2);
	paths_add(paths, &event);
	/* Told again with an earlier time, as another way has it. */
	event.time_us -= HOUR_US;
	event.path = 2;
	paths_add(paths, &event);
	paths_forget(paths, NOW_US + HOUR_US);
	assert_int_equal(paths_count(paths), 1);
	event.time_us = NOW_US;
	name_of(event.id, 3);
	paths_add(paths, &event);
	event.time_us = -1;
	paths_add(paths, &event);
	assert_int_equal(paths_count(paths), 1);
	paths_compare(paths,
	    &(struct paths_pair){.path = {0, 1},
	        .from_us = NOW_US,
	        .to_us = NOW_US + 4 * HOUR_US},
	    add_hour, &sums);
	assert_int_equal(sums.count, 1);
	assert_int_equal(sums.hours[0].hour_us, NOW_US + HOUR_US);
	assert_int_equal(sums.only[0], 1);
	paths_detail(&detail, &sums.hours[0], 1, "feed", 4);
	buf_char(&detail, '\0');
	assert_non_null(strstr(detail.ptr,
	    "1 of 1 events came by feed alone (one event of 4 was looked "
	    "at): "));
	buf_release(&detail);
	paths_free(paths);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reference),
	    cmocka_unit_test(test_little_room),
	    cmocka_unit_test(test_forget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
