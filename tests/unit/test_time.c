#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
reads_what_exports_write(void **state)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
	    {"2021-05-18T10:48:21", "2021-05-18T10:48:21.000000Z"},
	    {"2021-05-18T10:48:21Z", "2021-05-18T10:48:21.000000Z"},
	    {"2021-05-18T10:48:21z", "2021-05-18T10:48:21.000000Z"},
	    {"2021-05-18 10:48:21", "2021-05-18T10:48:21.000000Z"},
	    {"2021-05-18 10:48:21.1234567Z", "2021-05-18T10:48:21.123456Z"},
	    {"2021-05-18T10:48:21.123456789Z", "2021-05-18T10:48:21.123456Z"},
	    {"2021-05-18T10:48:21.5", "2021-05-18T10:48:21.500000Z"},
	    {"2021-05-18T10:48:21,5", "2021-05-18T10:48:21.500000Z"},
	    {"2021-05-18T10:48:21+02:00", "2021-05-18T08:48:21.000000Z"},
	    {"2021-05-18T10:48:21.25-0530", "2021-05-18T16:18:21.250000Z"},
	    {"2021-05-18T10:48:21+02", "2021-05-18T08:48:21.000000Z"},
	    {"2021-05-18T10:48:21 UTC", "2021-05-18T10:48:21.000000Z"},
	    {"2021-05-18T10:48Z", "2021-05-18T10:48:00.000000Z"},
	    {"2021-05-18", "2021-05-18T00:00:00.000000Z"},
	    {" 2021-05-18 ", "2021-05-18T00:00:00.000000Z"},
	    {"2020-02-29T00:00:00", "2020-02-29T00:00:00.000000Z"},
	    {"2000-02-29T23:59:59", "2000-02-29T23:59:59.000000Z"},
	    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"},
	    {"1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
	    {"0001-01-01T00:00:00", "0001-01-01T00:00:00.000000Z"},
	    {"9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999Z"},
	    {"3/25/2021 12:36:42 PM", "2021-03-25T12:36:42.000000Z"},
	    {"3/25/2021 12:36:42 AM", "2021-03-25T00:36:42.000000Z"},
	    {"3/25/2021 1:36:42 pm", "2021-03-25T13:36:42.000000Z"},
	    {"3/25/2021 1:36 PM", "2021-03-25T13:36:00.000000Z"},
	    {"12/31/2021 23:59:59", "2021-12-31T23:59:59.000000Z"},
	    {"4/28/2021, 3:05:26.000 PM", "2021-04-28T15:05:26.000000Z"},
	    {"4/28/2021, 3:05:26.125\xe2\x80\xafPM",
	        "2021-04-28T15:05:26.125000Z"},
	    {"4/28/2021", "2021-04-28T00:00:00.000000Z"},
	    {"/Date(1728364117000)/", "2024-10-08T05:08:37.000000Z"},
	    {"\\/Date(1728364117123+0200)\\/", "2024-10-08T05:08:37.123000Z"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char room[TIME_TEXT_MAX];
		int64_t us;

		if (!time_parse(slice_cstr(cases[i].in), &us))
			fail_msg("'%s' is not read", cases[i].in);
		assert_string_equal(time_format(us, room).ptr, cases[i].want);
	}
}

static void
refuses_what_is_no_time(void **state)
{
	static const char *const cases[] = {
	    "",
	    "2021",
	    "2021-05",
	    "2021-05-18T",
	    "2021-05-18T10",
	    "2021-05-18T10:48:",
	    "2021-05-18T10:48:21.",
	    "2021-05-18T10:48:2",
	    "2021-05-18T10:48:21x",
	    "2021-05-18T10:48:21+",
	    "2021-05-18T10:48:21+2",
	    "2021-05-18T10:48:21+24:00",
	    "2021-05-18T10:48:21+02:60",
	    "2021-05-18T24:00:00",
	    "2021-05-18T10:60:00",
	    "2021-05-18T10:00:61",
	    "2021-02-29T00:00:00",
	    "1900-02-29",
	    "2021-13-01",
	    "2021-00-01",
	    "2021-01-00",
	    "2021-04-31",
	    "0000-01-01",
	    "21-05-18T10:48:21",
	    "13/25/2021 12:36:42 PM",
	    "2/30/2021",
	    "3/25/21 1:00 PM",
	    "3/25/2021 13:36:42 PM",
	    "3/25/2021 0:36:42 AM",
	    "3/25/2021 1:36:42 XM",
	    "/Date()/",
	    "/Date(1728364117000)",
	    "/Date(1728364117000)/x",
	    "/Date(99999999999999999999)/",
	    "/Date(-1)/",
	    "not a time at all",
	    "-------------------",
	    "2021-05-18T10:48:21\n",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t us = 42;

		if (time_parse(slice_cstr(cases[i]), &us))
			fail_msg("'%s' is read", cases[i]);
		assert_int_equal(us, 42);
	}
}

static void
tells_the_unit_of_a_count(void **state)
{
	static const int64_t counts[] = {
	    1617895821, 1617895821000, 1617895821000000, 1617895821000000000};
	static const int64_t outside[] = {0, -1, 42, INT64_MIN, INT64_MAX,
	    631151999, 4102444800, 4102444800000};
	int64_t us;

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		assert_true(time_from_count(counts[i], &us));
		assert_int_equal(us, INT64_C(1617895821000000));
	}
	for (size_t i = 0; i < COUNT(outside); i++)
		assert_false(time_from_count(outside[i], &us));
}

static void
clamps_what_four_digits_cannot_say(void **state)
{
	char room[TIME_TEXT_MAX];

	(void)state;
	assert_string_equal(
	    time_format(INT64_MIN, room).ptr, "0000-01-01T00:00:00.000000Z");
	assert_string_equal(
	    time_format(INT64_MAX, room).ptr, "9999-12-31T23:59:59.999999Z");
	assert_int_equal(time_format(0, room).len, TIME_TEXT_MAX - 1);
}

/* Against the C library, over eight centuries. */
static void
agrees_with_the_c_library(void **state)
{
	(void)state;
	for (int64_t s = INT64_C(-12000000000); s < INT64_C(13000000000);
	     s += 7654321) {
		time_t t = (time_t)s;
		struct time_civil c = time_civil(s * 1000000);
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(c.year, tm.tm_year + 1900);
		assert_int_equal(c.month, tm.tm_mon + 1);
		assert_int_equal(c.day, tm.tm_mday);
		assert_int_equal(c.hour, tm.tm_hour);
		assert_int_equal(c.minute, tm.tm_min);
		assert_int_equal(c.second, tm.tm_sec);
		assert_int_equal(time_of_civil(&c), s * 1000000);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_what_exports_write),
	    cmocka_unit_test(refuses_what_is_no_time),
	    cmocka_unit_test(tells_the_unit_of_a_count),
	    cmocka_unit_test(clamps_what_four_digits_cannot_say),
	    cmocka_unit_test(agrees_with_the_c_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
