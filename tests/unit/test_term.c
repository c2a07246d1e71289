#include "base/term.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ELLIPSIS     "\xe2\x80\xa6"

static void
assert_fits(struct slice in, size_t columns, const char *want)
{
	struct buf out = {0};
	size_t used = term_fit(&out, in, columns);

	buf_char(&out, '\0');
	assert_string_equal(out.ptr, want);
	assert_true(used <= columns);
	buf_release(&out);
}

static void
writes_what_fits_and_marks_what_does_not(void **state)
{
	static const struct {
		struct slice in;
		size_t columns;
		const char *want;
	} cases[] = {
	    {SLICE_INIT(""), 5, ""},
	    {SLICE_INIT("abcde"), 5, "abcde"},
	    {SLICE_INIT("abcdef"), 5, "abcd" ELLIPSIS},
	    {SLICE_INIT("abcdef"), 1, ELLIPSIS},
	    {SLICE_INIT("abcdef"), 0, ""},
	    {SLICE_INIT("DOMAIN\\user"), 20, "DOMAIN\\user"},
	    /* two columns a character */
	    {SLICE_INIT("\xe6\xbc\xa2\xe5\xad\x97"), 4,
	        "\xe6\xbc\xa2\xe5\xad\x97"},
	    {SLICE_INIT("\xe6\xbc\xa2\xe5\xad\x97"), 3,
	        "\xe6\xbc\xa2" ELLIPSIS},
	    {SLICE_INIT("\xe6\xbc\xa2\xe5\xad\x97"), 2, ELLIPSIS},
	    /* a mark takes none and stays with its letter */
	    {SLICE_INIT("e\xcc\x81g"), 2, "e\xcc\x81g"},
	    {SLICE_INIT("e\xcc\x81gh"), 2, "e\xcc\x81" ELLIPSIS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_fits(cases[i].in, cases[i].columns, cases[i].want);
}

static void
escapes_what_would_act(void **state)
{
	static const struct {
		struct slice in;
		const char *want;
	} cases[] = {
	    {SLICE_INIT("a\nb\tc\r"), "a\\nb\\tc\\r"},
	    {SLICE_INIT("\033[31mred"), "\\x1b[31mred"},
	    {SLICE_INIT("a\0b\x7f"), "a\\x00b\\x7f"},
	    {SLICE_INIT("\xc2\x9b"), "\\u009b"},
	    {SLICE_INIT("\xff\xc3"), "\\xff\\xc3"},
	    {SLICE_INIT("gpj\xe2\x80\xae.exe\xe2\x80\xac"),
	        "gpj\\u202e.exe\\u202c"},
	    {SLICE_INIT("a\xe2\x80\x8b"), "a\\u200b"},
	    {SLICE_INIT("\xf3\xa0\x81\x81"), "\\U000e0041"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_fits(cases[i].in, 40, cases[i].want);
}

/* A pile of marks on one letter would be free otherwise. */
static void
bounds_marks(void **state)
{
	struct buf in = {0};
	struct buf out = {0};

	(void)state;
	buf_char(&in, 'a');
	for (int i = 0; i < 1000; i++)
		buf_str(&in, "\xcc\x81");
	assert_true(term_fit(&out, buf_slice(&in), 40) <= 40);
	assert_true(out.len < 80);
	buf_release(&in);
	buf_release(&out);
}

/* For all that can stand in a name: never wider than asked, never acting. */
static void
keeps_the_width_of_anything(void **state)
{
	static const char *const parts[] = {"a", "\xe6\xbc\xa2", "\xcc\x81",
	    "\033", "\xf0\x9f\x98\x80", "\xff", "\xe2\x80\xae\xe2\x80\xac", " ",
	    "\n"};
	uint32_t seed = 1;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct buf in = {0}, out = {0};
		size_t columns = (size_t)(round % 30), used;

		for (int i = 0; i < round % 17; i++) {
			seed = seed * 1664525 + 1013904223;
			buf_str(&in, parts[(seed >> 16) % COUNT(parts)]);
		}
		used = term_fit(&out, buf_slice(&in), columns);
		assert_true(used <= columns);
		assert_int_equal(term_width(buf_slice(&out)), used);
		for (size_t i = 0; i < out.len; i++)
			assert_true((unsigned char)out.ptr[i] >= ' ');
		if (term_width(buf_slice(&in)) <= columns)
			assert_int_equal(used, term_width(buf_slice(&in)));
		buf_clear(&out);
		term_pad(&out, buf_slice(&in), columns);
		assert_int_equal(term_width(buf_slice(&out)), columns);
		buf_release(&in);
		buf_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_what_fits_and_marks_what_does_not),
	    cmocka_unit_test(escapes_what_would_act),
	    cmocka_unit_test(bounds_marks),
	    cmocka_unit_test(keeps_the_width_of_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
