#include "json/build.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void
assert_built(struct buf *out, const char *want)
{
	buf_char(out, '\0');
	assert_string_equal(out->ptr, want);
	buf_release(out);
}

static void
puts_commas_where_they_belong(void **state)
{
	struct buf out = {0};
	size_t object, list, inner;

	(void)state;
	object = json_open(&out, NULL, '{');
	json_cstr(&out, "a", "{");
	json_u64(&out, "b", 2);
	list = json_open(&out, "c", '[');
	json_i64(&out, NULL, -1);
	inner = json_open(&out, NULL, '{');
	json_cstr(&out, "d", "[");
	json_close(&out, inner);
	json_cstr(&out, NULL, "\"");
	json_close(&out, list);
	json_key(&out, "e");
	buf_str(&out, "null");
	json_close(&out, object);
	assert_built(&out, "{\"a\":\"{\",\"b\":2,\"c\":[-1,{\"d\":\"[\"},"
	                   "\"\\\"\"],\"e\":null}");
}

static void
leaves_no_trace_of_what_is_empty(void **state)
{
	struct buf out = {0};
	size_t object, list, inner;

	(void)state;
	object = json_open(&out, NULL, '{');
	json_cstr(&out, "a", "");
	list = json_open(&out, "b", '[');
	inner = json_open(&out, NULL, '{');
	json_text(&out, "c", SLICE(""));
	json_close(&out, inner);
	json_close(&out, list);
	json_u64(&out, "d", 0);
	json_close(&out, object);
	assert_built(&out, "{\"d\":0}");
}

static void
begins_a_new_line_without_comma(void **state)
{
	struct buf out = {0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t object = json_open(&out, NULL, '{');

		json_u64(&out, "n", (uint64_t)i);
		json_close(&out, object);
		buf_char(&out, '\n');
	}
	assert_built(&out, "{\"n\":0}\n{\"n\":1}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(puts_commas_where_they_belong),
	    cmocka_unit_test(leaves_no_trace_of_what_is_empty),
	    cmocka_unit_test(begins_a_new_line_without_comma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
