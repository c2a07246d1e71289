#include "pipeline_damage_uses.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE INT64_C(60000000)
#define HOUR   (60 * MINUTE)
#define NOW    (1000000 * HOUR)

static int64_t
due(const struct damage_uses *uses, const char *by, int64_t last_us)
{
	return damage_uses_due(uses, slice_cstr(by), last_us);
}

static void
a_later_use_is_told_once_an_hour_and_mark(void **state)
{
	struct damage_uses uses;

	(void)state;
	damage_uses_init(&uses);
	assert_true(due(&uses, "a", EVENT_NO_TIME) == INT64_MAX);
	assert_true(due(&uses, "a", NOW) == INT64_MIN);
	damage_uses_told(&uses, SLICE("a"), NOW, NOW + MINUTE);
	/* No later one. */
	assert_true(due(&uses, "a", NOW) == INT64_MAX);
	assert_true(due(&uses, "b", NOW) == INT64_MAX);
	assert_true(due(&uses, "b", NOW - HOUR) == INT64_MAX);
	/* By another mark at once, by the same when its hour is over. */
	assert_true(due(&uses, "b", NOW + 1) == INT64_MIN);
	assert_true(due(&uses, "a", NOW + 1) == NOW + MINUTE + HOUR);
	damage_uses_told(&uses, SLICE("b"), NOW + 1, NOW + 2 * MINUTE);
	assert_true(due(&uses, "a", NOW + 1) == INT64_MAX);
	assert_true(due(&uses, "a", NOW + 2) == NOW + MINUTE + HOUR);
	assert_true(due(&uses, "b", NOW + 2) == NOW + 2 * MINUTE + HOUR);
	damage_uses_told(&uses, SLICE("a"), NOW + 2, NOW + 2 * HOUR);
	assert_true(due(&uses, "a", NOW + 3) == NOW + 3 * HOUR);
	assert_int_equal(uses.count, 2);
}

static void
an_earlier_one_takes_nothing_back(void **state)
{
	struct damage_uses uses;

	(void)state;
	damage_uses_init(&uses);
	damage_uses_told(&uses, SLICE("a"), NOW, NOW);
	damage_uses_told(&uses, SLICE("b"), NOW - HOUR, NOW);
	damage_uses_told(&uses, SLICE("c"), EVENT_NO_TIME, NOW);
	assert_true(uses.last_us == NOW);
	assert_int_equal(uses.count, 2);
}

/* However many marks there are, no more are told an hour than there is room. */
static void
many_marks_wait_for_the_oldest(void **state)
{
	struct damage_uses uses;
	char by[32];

	(void)state;
	damage_uses_init(&uses);
	for (int i = 0; i < DAMAGE_USES_MAX; i++) {
		snprintf(by, sizeof(by), "mark %d", i);
		assert_true(due(&uses, by, NOW + i) == INT64_MIN);
		damage_uses_told(
		    &uses, slice_cstr(by), NOW + i, NOW + (i + 3) * MINUTE);
	}
	assert_true(
	    due(&uses, "one more", NOW + HOUR) == NOW + 3 * MINUTE + HOUR);
	damage_uses_told(
	    &uses, SLICE("one more"), NOW + HOUR, NOW + 3 * MINUTE + HOUR);
	assert_int_equal(uses.count, DAMAGE_USES_MAX);
	assert_true(
	    due(&uses, "mark 0", NOW + 2 * HOUR) == NOW + 4 * MINUTE + HOUR);
	assert_true(due(&uses, "one more", NOW + 2 * HOUR) ==
	            NOW + 3 * MINUTE + 2 * HOUR);
}

static void
long_marks_are_told_apart_by_their_beginning(void **state)
{
	struct damage_uses uses;
	char by[DAMAGE_USE_ROOM + 9];

	(void)state;
	memset(by, 'x', sizeof(by));
	by[sizeof(by) - 1] = '\0';
	damage_uses_init(&uses);
	damage_uses_told(&uses, slice_cstr(by), NOW, NOW);
	assert_true(due(&uses, by, NOW + 1) == NOW + HOUR);
	by[0] = 'y';
	assert_true(due(&uses, by, NOW + 1) == INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_later_use_is_told_once_an_hour_and_mark),
	    cmocka_unit_test(an_earlier_one_takes_nothing_back),
	    cmocka_unit_test(many_marks_wait_for_the_oldest),
	    cmocka_unit_test(long_marks_are_told_apart_by_their_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
