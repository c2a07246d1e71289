#include "text/csv_write.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "text/csv.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	struct slice in;
	const char *want;
} cases[] = {
    {SLICE_INIT(""), ""},
    {SLICE_INIT("plain"), "plain"},
    {SLICE_INIT("a,b"), "\"a,b\""},
    {SLICE_INIT("say \"x\""), "\"say \"\"x\"\"\""},
    {SLICE_INIT("two\nlines"), "\"two\nlines\""},
    {SLICE_INIT(" blank"), "\" blank\""},
    {SLICE_INIT("=1+1"), "'=1+1"},
    {SLICE_INIT("+49 30"), "'+49 30"},
    {SLICE_INIT("-1"), "'-1"},
    {SLICE_INIT("@SUM(A1,\"x\")"), "\"'@SUM(A1,\"\"x\"\")\""},
    {SLICE_INIT("\t=1"), "'\t=1"},
    {SLICE_INIT("\r=1"), "\"'\r=1\""},
};

static void
quotes_and_disarms(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf out = {0};

		csv_add_cell(&out, cases[i].in);
		buf_char(&out, '\0');
		assert_string_equal(out.ptr, cases[i].want);
		buf_release(&out);
	}
}

static void
is_read_back(void **state)
{
	struct buf row = {0}, text = {0};
	struct csv_walk walk;
	struct slice cell;
	bool quoted;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (i)
			buf_char(&row, ',');
		csv_add_cell(&row, cases[i].in);
	}
	csv_end_row(&row);
	walk = csv_begin(buf_slice(&row), ',');
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice want = cases[i].in;

		assert_true(csv_next(&walk, &cell, &quoted));
		buf_clear(&text);
		csv_text(&text, cell, quoted);
		cell = buf_slice(&text);
		if (cell.len == want.len + 1 && cell.ptr[0] == '\'')
			cell = slice_skip(cell, 1);
		assert_true(slice_eq(cell, want));
	}
	assert_false(csv_next(&walk, &cell, &quoted));
	buf_release(&row);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quotes_and_disarms),
	    cmocka_unit_test(is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
