#include "source/split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *text, *member; /* member NULL: the text is the array */
	const char *elements;      /* '|' behind each; NULL: no list */
} cases[] = {
    {"[]", NULL, ""},
    {" [1, 2 ,3]", NULL, "1|2|3|"},
    {"[{\"a\":[1,2]} ,\n{}]", NULL, "{\"a\":[1,2]}|{}|"},
    {"[\"a,]\",null]", NULL, "\"a,]\"|null|"},
    {"{\"value\":[{\"x\":\"}\"},{}]}", "value", "{\"x\":\"}\"}|{}|"},
    {"{ \"a\" : {\"value\":[9]} , \"value\" : [ 1 ] }", "value", "1|"},
    {"{\"a\":\"value\",\"n\":-1.5e3,\"value\":[2]}", "value", "2|"},
    {"{\"value\":[1],\"value\":[2]}", "value", "1|"},
    {"{\"value\":{}}", "value", NULL},
    {"{\"other\":[1]}", "value", NULL},
    {"[1]", "value", NULL},
    {"{\"value\":[1", "value", "1|"},
    {"", NULL, NULL},
    {"{", "value", NULL},
    {"{\"value\"", "value", NULL},
};

static void
gives_the_elements_as_they_stand(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice text = slice_cstr(cases[i].text), element;
		struct split split = {0};
		struct buf got = {0};
		bool is_list;

		if (cases[i].member)
			is_list = split_member(
			    text, slice_cstr(cases[i].member), &split);
		else
			is_list = split_array(text, &split);
		assert_int_equal(is_list, cases[i].elements != NULL);
		while (is_list && split_next(&split, &element)) {
			buf_slice_add(&got, element);
			buf_char(&got, '|');
		}
		buf_char(&got, '\0');
		if (is_list)
			assert_string_equal(got.ptr, cases[i].elements);
		buf_release(&got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_the_elements_as_they_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
