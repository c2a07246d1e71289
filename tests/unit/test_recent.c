#include "coverage/recent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PER_HOUR 1000

static struct recent_name
name_of(uint64_t number, uint64_t hour)
{
	struct recent_name name = {.hour = hour};
	uint64_t mixed = number * 0x9e3779b97f4a7c15u;

	memcpy(name.name, &mixed, sizeof(mixed));
	return name;
}

static bool
has(const struct recent *recent, uint64_t number)
{
	struct recent_name name = name_of(number, 0);

	return recent_has(recent, name.name);
}

/* Names come and are forgotten, and may come again. */
static void
test_pass(void **state)
{
	struct recent *recent = recent_new();

	(void)state;
	assert_false(has(recent, 1));
	for (uint64_t hour = 0; hour < 100; hour++) {
		for (uint64_t i = 0; i < PER_HOUR; i++) {
			struct recent_name name =
			    name_of(hour * PER_HOUR + i, hour);

			recent_add(recent, &name);
			recent_add(recent, &name);
		}
		if (hour >= 10)
			recent_forget(recent, hour - 9);
		for (uint64_t back = 0; back <= hour && back < 20; back++)
			assert_int_equal(
			    has(recent, (hour - back) * PER_HOUR + 7),
			    back <= 9 || hour < 10);
	}
	assert_int_equal(recent_count(recent), 10 * PER_HOUR);
	recent_add(recent, &(struct recent_name){.hour = 99});
	assert_true(has(recent, 0));
	assert_int_equal(recent_count(recent), 10 * PER_HOUR + 1);
	recent_forget(recent, 200);
	assert_int_equal(recent_count(recent), 0);
	assert_false(has(recent, 0));
	recent_free(recent);
}

/* There is a limit: then the oldest go. */
static void
test_limit(void **state)
{
	struct recent *recent = recent_new();
	uint64_t count = RECENT_MAX + 10000;

	(void)state;
	for (uint64_t i = 1; i <= count; i++) {
		struct recent_name name = name_of(i, i);

		recent_add(recent, &name);
	}
	assert_int_equal(recent_count(recent), RECENT_MAX);
	assert_true(has(recent, count));
	assert_true(has(recent, 10001));
	assert_false(has(recent, 10000));
	recent_free(recent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pass),
	    cmocka_unit_test(test_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
