#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
trims_blanks_and_tabs_only(void **state)
{
	static const struct {
		struct slice in, want;
	} cases[] = {
	    {SLICE_INIT(""), SLICE_INIT("")},
	    {SLICE_INIT(" \t "), SLICE_INIT("")},
	    {SLICE_INIT("a"), SLICE_INIT("a")},
	    {SLICE_INIT("  a b\t"), SLICE_INIT("a b")},
	    {SLICE_INIT("\na\r"), SLICE_INIT("\na\r")},
	    {SLICE_INIT(" \0 "), SLICE_INIT("\0")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_true(slice_eq(slice_trim(cases[i].in), cases[i].want));
	assert_true(
	    slice_eq(slice_trim_json(SLICE("\r\n\t [ ] \n")), SLICE("[ ]")));
	assert_true(slice_eq(slice_trim_json(SLICE(" \n\r")), SLICE("")));
}

static void
cuts_at_each_separator(void **state)
{
	static const struct {
		struct slice in, head, rest;
	} cases[] = {
	    {SLICE_INIT(""), SLICE_INIT(""), SLICE_INIT("")},
	    {SLICE_INIT("a"), SLICE_INIT("a"), SLICE_INIT("")},
	    {SLICE_INIT("a,b,c"), SLICE_INIT("a"), SLICE_INIT("b,c")},
	    {SLICE_INIT(",b"), SLICE_INIT(""), SLICE_INIT("b")},
	    {SLICE_INIT("a,"), SLICE_INIT("a"), SLICE_INIT("")},
	    {SLICE_INIT("a\0,b"), SLICE_INIT("a\0"), SLICE_INIT("b")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice rest = cases[i].in;

		assert_true(slice_eq(slice_cut(&rest, ','), cases[i].head));
		assert_true(slice_eq(rest, cases[i].rest));
	}
}

static void
reads_decimal_numbers(void **state)
{
	static const struct {
		struct slice in;
		bool ok;
		uint64_t want;
	} cases[] = {
	    {SLICE_INIT("0"), true, 0},
	    {SLICE_INIT("007"), true, 7},
	    {SLICE_INIT("18446744073709551615"), true, UINT64_MAX},
	    {SLICE_INIT("18446744073709551616"), false, 0},
	    {SLICE_INIT("99999999999999999999"), false, 0},
	    {SLICE_INIT(""), false, 0},
	    {SLICE_INIT("-1"), false, 0},
	    {SLICE_INIT("+1"), false, 0},
	    {SLICE_INIT(" 1"), false, 0},
	    {SLICE_INIT("1 "), false, 0},
	    {SLICE_INIT("1\0"), false, 0},
	    {SLICE_INIT("0x10"), false, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint64_t got = 0;

		assert_int_equal(slice_to_u64(cases[i].in, &got), cases[i].ok);
		if (cases[i].ok)
			assert_int_equal(got, cases[i].want);
	}
}

static void
skips_no_further_than_the_end(void **state)
{
	struct slice s = SLICE("abc");

	(void)state;
	assert_true(slice_eq(slice_skip(s, 0), s));
	assert_true(slice_eq(slice_skip(s, 2), SLICE("c")));
	assert_int_equal(slice_skip(s, 3).len, 0);
	assert_int_equal(slice_skip(s, 99).len, 0);
}

static void
tells_ids_from_names(void **state)
{
	(void)state;
	assert_true(
	    slice_is_guid(SLICE("30628b77-e546-4666-b6ce-7C8553F394A0")));
	assert_false(
	    slice_is_guid(SLICE("00000000-0000-0000-0000-000000000000")));
	assert_false(
	    slice_is_guid(SLICE("30628b77-e546-4666-b6ce-7c8553f394ag")));
	assert_false(
	    slice_is_guid(SLICE("30628b77e546-4666-b6ce-7c8553f394a00")));
	assert_false(slice_is_guid(SLICE("")));
}

static void
empty_slices_are_equal_wherever_they_point(void **state)
{
	(void)state;
	assert_true(slice_eq(slice_of(NULL, 0), SLICE("")));
	assert_false(slice_eq(SLICE("a"), SLICE("b")));
	assert_false(slice_eq(SLICE("a"), SLICE("ab")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trims_blanks_and_tabs_only),
	    cmocka_unit_test(cuts_at_each_separator),
	    cmocka_unit_test(reads_decimal_numbers),
	    cmocka_unit_test(skips_no_further_than_the_end),
	    cmocka_unit_test(tells_ids_from_names),
	    cmocka_unit_test(empty_slices_are_equal_wherever_they_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
