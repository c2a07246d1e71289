#include "text/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The cells of a row, as text, with '|' behind each. */
static void
cells(struct buf *out, struct slice row, char separator)
{
	struct csv_walk walk = csv_begin(row, separator);
	struct slice cell;
	bool quoted;

	buf_clear(out);
	while (csv_next(&walk, &cell, &quoted)) {
		csv_text(out, cell, quoted);
		buf_char(out, '|');
	}
	buf_char(out, '\0');
}

static void
splits_rows_and_cells(void **state)
{
	static const struct {
		const char *in;
		char separator;
		size_t row; /* length of the first row */
		const char *want;
	} cases[] = {
	    {"a,b,c\n", ',', 6, "a|b|c|"},
	    {"a,b\r\nc", ',', 5, "a|b|"},
	    {"a;b\n", ';', 4, "a|b|"},
	    {"a\tb,c\n", '\t', 6, "a|b,c|"},
	    {"\"a,b\",c\n", ',', 8, "a,b|c|"},
	    {"\"say \"\"hi\"\"\",x\n", ',', 15, "say \"hi\"|x|"},
	    {"\"two\nlines\",x\nrest", ',', 14, "two\nlines|x|"},
	    {"\"\",\"\"\n", ',', 6, "||"},
	    {",,\n", ',', 3, "|||"},
	    {"5\" disk,x\n", ',', 10, "5\" disk|x|"},
	    {"\"a\"junk,b\n", ',', 10, "a|b|"},
	    {"last", ',', 4, "last|"},
	    {"\n", ',', 1, "|"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice s = slice_cstr(cases[i].in);
		uint64_t lines;
		bool open;
		size_t n = csv_row(s, cases[i].separator, true, &lines, &open);

		assert_int_equal(n, cases[i].row);
		assert_false(open);
		cells(&out, slice_of(s.ptr, n), cases[i].separator);
		assert_string_equal(out.ptr, cases[i].want);
	}
	buf_release(&out);
}

static void
waits_for_the_end_of_a_row(void **state)
{
	uint64_t lines;
	bool open;

	(void)state;
	assert_int_equal(csv_row(SLICE("a,b"), ',', false, &lines, &open), 0);
	assert_int_equal(
	    csv_row(SLICE("a,\"b\n"), ',', false, &lines, &open), 0);
	assert_int_equal(
	    csv_row(SLICE("a,\"b\nc"), ',', true, &lines, &open), 6);
	assert_true(open);
	assert_int_equal(
	    csv_row(SLICE("\"a\nb\"\nc\n"), ',', true, &lines, &open), 6);
	assert_int_equal(lines, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(splits_rows_and_cells),
	    cmocka_unit_test(waits_for_the_end_of_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
