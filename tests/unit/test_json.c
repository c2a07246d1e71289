#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "json/lenient.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Parses a padded copy of text and writes it back as compact JSON. */
static enum json_result
through(struct json_parser *parser, struct slice text, struct buf *out)
{
	struct buf padded = {0};
	struct json root;
	enum json_result result;

	buf_slice_add(&padded, text);
	memset(buf_reserve(&padded, JSON_PADDING), 0, JSON_PADDING);
	result = json_parse(parser, buf_slice(&padded), &root, NULL);
	buf_clear(out);
	if (result != JSON_BAD)
		json_write(out, root);
	buf_release(&padded);
	return result;
}

static void
reads_and_writes(void **state)
{
	static const struct {
		const char *in, *want;
		enum json_result result;
	} cases[] = {
	    {" {\"a\": [1, -2, true, null, \"x\"]} ",
	        "{\"a\":[1,-2,true,null,\"x\"]}", JSON_OK},
	    {"1.5", "1.5", JSON_OK},
	    {"18446744073709551615", "18446744073709551615", JSON_OK},
	    {"\"\\u00e9\\ud83d\\ude00\"", "\"\xc3\xa9\xf0\x9f\x98\x80\"",
	        JSON_OK},
	    {"\"a\\u0000b\"", "\"a\\u0000b\"", JSON_OK},
	    /* what only the lenient path takes */
	    {"{\"a\":\"x\xff y\"}", "{\"a\":\"x\xef\xbf\xbd y\"}",
	        JSON_REPAIRED},
	    {"[\"\\ud800\"]", "[\"\xef\xbf\xbd\"]", JSON_REPAIRED},
	    {"[\"\\udc00\\ud800x\"]", "[\"\xef\xbf\xbd\xef\xbf\xbdx\"]",
	        JSON_REPAIRED},
	    {"[99999999999999999999]", "[\"99999999999999999999\"]",
	        JSON_REPAIRED},
	    {"[1e999]", "[\"1e999\"]", JSON_REPAIRED},
	    {"[007]", "[\"007\"]", JSON_REPAIRED},
	    {"[\"\\x41\"]", "[\"\\\\x41\"]", JSON_REPAIRED},
	    {"[\"a\tb\"]", "[\"a\\tb\"]", JSON_REPAIRED},
	    /* what nothing takes */
	    {"", "", JSON_BAD},
	    {"{", "", JSON_BAD},
	    {"{\"a\":1", "", JSON_BAD},
	    {"{\"a\" 1}", "", JSON_BAD},
	    {"{a:1}", "", JSON_BAD},
	    {"[1,]", "", JSON_BAD},
	    {"[1}", "", JSON_BAD},
	    {"1 2", "", JSON_BAD},
	    {"\"abc", "", JSON_BAD},
	    {"nul", "", JSON_BAD},
	    {"[-]", "", JSON_BAD},
	};
	struct json_parser *parser = json_parser_new();
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(through(parser, slice_cstr(cases[i].in), &out),
		    cases[i].result);
		buf_char(&out, '\0');
		assert_string_equal(out.ptr, cases[i].want);
	}
	buf_release(&out);
	json_parser_free(parser);
}

/* Where simdjson accepts, the lenient path reads the very same. */
static void
both_paths_agree(void **state)
{
	static const char *const texts[] = {"{}", "[]", "[[],{}]",
	    "{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"\"}",
	    "[0,-1,9223372036854775807,-9223372036854775808,0.25,1e3,-0.0]",
	    "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\xe2\x82\xac\",\"\\u20ac\"]",
	    "[true,false,null]", "\"x\"", "  {\"k\" : [ 1 , 2 ] }\n"};
	struct json_parser *parser = json_parser_new();
	struct lenient lenient = {0};
	struct buf fast = {0}, slow = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct json_doc doc;

		assert_int_equal(
		    through(parser, slice_cstr(texts[i]), &fast), JSON_OK);
		assert_int_equal(
		    lenient_parse(&lenient, slice_cstr(texts[i])), 0);
		doc.tape = lenient.tape;
		doc.strings = lenient.strings.ptr;
		buf_clear(&slow);
		json_write(&slow, (struct json){&doc, 1});
		assert_true(slice_eq(buf_slice(&fast), buf_slice(&slow)));
	}
	buf_release(&fast);
	buf_release(&slow);
	lenient_release(&lenient);
	json_parser_free(parser);
}

static void
finds_members_and_elements(void **state)
{
	static const char text[] =
	    "{\"a\":1,\"a\":2,\"list\":[10,{\"x\":\"y\"}],\"t\":\"TRUE\","
	    "\"n\":\"-42\",\"big\":18446744073709551615}";
	struct json_parser *parser = json_parser_new();
	char room[sizeof(text) + JSON_PADDING] = {0};
	char scalar[JSON_SCALAR_MAX];
	struct json root, list;
	int64_t n;

	(void)state;
	memcpy(room, text, sizeof(text));
	assert_int_equal(
	    json_parse(parser, slice_of(room, sizeof(text) - 1), &root, NULL),
	    JSON_OK);
	assert_true(json_to_i64(JSON_GET(root, "a"), &n));
	assert_int_equal(n, 1); /* the first wins */
	list = JSON_GET(root, "list");
	assert_true(
	    slice_eq(json_str(JSON_GET(json_at(list, 1), "x")), SLICE("y")));
	assert_false(json_present(json_at(list, 2)));
	assert_false(json_present(JSON_GET(JSON_GET(list, "x"), "y")));
	assert_true(json_is_true(JSON_GET(root, "t")));
	assert_true(json_to_i64(JSON_GET(root, "n"), &n));
	assert_int_equal(n, -42);
	assert_false(json_to_i64(JSON_GET(root, "big"), &n));
	assert_true(slice_eq(json_scalar(JSON_GET(root, "big"), scalar),
	    SLICE("18446744073709551615")));
	assert_int_equal(json_type(JSON_GET(root, "none")), JSON_ABSENT);
	json_parser_free(parser);
}

/* As deep as allowed is read, deeper is refused, and nothing crashes. */
static void
bounds_depth(void **state)
{
	struct json_parser *parser = json_parser_new();
	struct buf text = {0}, out = {0};

	(void)state;
	for (size_t depth = 1000; depth <= 100000; depth *= 10) {
		buf_clear(&text);
		for (size_t i = 0; i < depth; i++)
			buf_char(&text, '[');
		for (size_t i = 0; i < depth; i++)
			buf_char(&text, ']');
		assert_int_equal(
		    through(parser, buf_slice(&text), &out) == JSON_BAD,
		    depth > 1024);
	}
	buf_release(&text);
	buf_release(&out);
	json_parser_free(parser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_and_writes),
	    cmocka_unit_test(both_paths_agree),
	    cmocka_unit_test(finds_members_and_elements),
	    cmocka_unit_test(bounds_depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
