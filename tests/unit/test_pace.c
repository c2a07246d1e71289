/* The bucket of requests: never too many, and it learns. */
#include "source/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)
#define TAKEN_MAX 100000

static int64_t taken[TAKEN_MAX];
static size_t taken_count;

/* Takes all that is given until then, asking again when it is said to. */
static int64_t
take_until(struct pace *pace, int64_t now_us, int64_t until_us)
{
	while (now_us < until_us) {
		int64_t wait_us = pace_take(pace, now_us);

		if (wait_us) {
			now_us += wait_us;
		} else {
			assert_true(taken_count < TAKEN_MAX);
			taken[taken_count++] = now_us;
		}
	}
	return now_us;
}

static size_t
most_in_a_minute(void)
{
	size_t most = 0, first = 0;

	for (size_t i = 0; i < taken_count; i++) {
		while (taken[i] - taken[first] >= MINUTE_US)
			first++;
		if (i + 1 - first > most)
			most = i + 1 - first;
	}
	return most;
}

/* The same in every run. */
static int64_t
draw(uint64_t *seed, int64_t below)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1;
	return (int64_t)((*seed >> 33) % (uint64_t)below);
}

/* However idle it was, and however greedy it is asked. */
static void
test_never_more_than_the_rate_in_any_minute(void **state)
{
	static const unsigned rates[] = {
	    1, 2, 5, 7, 10, 11, 60, 100, 999, 2000};
	uint64_t seed = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct pace pace;
		int64_t now_us = 123456789;

		taken_count = 0;
		pace_init(&pace, rates[i], now_us);
		for (int k = 0; k < 6; k++) {
			int64_t idle_us = draw(&seed, 200 * SECOND_US);

			now_us = take_until(&pace, now_us,
			    now_us + draw(&seed, 150 * SECOND_US));
			now_us += k % 2 ? idle_us : 0;
		}
		if (most_in_a_minute() > rates[i])
			fail_msg("%zu in a minute, at a rate of %u",
			    most_in_a_minute(), rates[i]);
	}
}

/* What it does not give in a minute it does not waste, either. */
static void
test_most_of_the_rate_is_used(void **state)
{
	struct pace pace;

	(void)state;
	taken_count = 0;
	pace_init(&pace, 2000, 0);
	take_until(&pace, 0, 10 * MINUTE_US);
	assert_in_range(taken_count, 17900, 20001);
}

static void
test_learns_from_being_throttled(void **state)
{
	struct pace pace;
	int64_t now_us = 0, pause_us = SECOND_US;

	(void)state;
	pace_init(&pace, 900, now_us);
	/* Longer each time, up to 64 s; a third off, down to the least. */
	for (int i = 0; i < 10; i++) {
		double before = pace.rate;

		pace_throttled(&pace, now_us, 0);
		assert_int_equal(pace_take(&pace, now_us), pause_us);
		assert_true(pace.rate < before);
		now_us += pause_us;
		pause_us = pause_us < 64 * SECOND_US ? pause_us * 2 : pause_us;
	}
	assert_int_equal(pace.throttles, 10);
	for (int i = 0; i < 20; i++) {
		pace_throttled(&pace, now_us, 0);
		now_us += 64 * SECOND_US;
	}
	assert_true(pace.rate >= 6);
	/* A good answer ends the row, not what was learnt. */
	pace_well(&pace);
	pace_throttled(&pace, now_us, 0);
	assert_int_equal(pace_take(&pace, now_us), SECOND_US);
	/* A twentieth comes back each minute. */
	now_us += SECOND_US;
	for (int i = 0; i < 10; i++) {
		now_us += MINUTE_US + 1;
		(void)pace_take(&pace, now_us);
	}
	assert_in_range((int)pace.rate, 455, 457);
	for (int i = 0; i < 20; i++) {
		now_us += MINUTE_US + 1;
		(void)pace_take(&pace, now_us);
	}
	assert_int_equal((int)pace.rate, 900);
}

static void
test_does_as_it_is_told(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 600, 0);
	pace_throttled(&pace, 0, 17 * SECOND_US);
	assert_int_equal(pace_take(&pace, 0), 17 * SECOND_US);
	/* Answers to what was asked before say nothing new. */
	pace_throttled(&pace, SECOND_US, 0);
	pace_throttled(&pace, 2 * SECOND_US, 90 * SECOND_US);
	assert_int_equal(pace_take(&pace, 2 * SECOND_US), 15 * SECOND_US);
	assert_int_equal((int)pace.rate, 400);
	assert_int_equal(pace.throttles, 3);
	/* Nothing was saved up meanwhile. */
	assert_true(pace_take(&pace, 17 * SECOND_US) > 0);
}

/* A rate below the least stays what it is. */
static void
test_small_rates(void **state)
{
	struct pace pace;

	(void)state;
	pace_init(&pace, 2, 0);
	assert_int_equal(pace_take(&pace, MINUTE_US), 0);
	pace_throttled(&pace, 2 * MINUTE_US, 0);
	assert_int_equal((int)pace.rate, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_never_more_than_the_rate_in_any_minute),
	    cmocka_unit_test(test_most_of_the_rate_is_used),
	    cmocka_unit_test(test_learns_from_being_throttled),
	    cmocka_unit_test(test_does_as_it_is_told),
	    cmocka_unit_test(test_small_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
