/*
 * What the rules stand on: case folding, the index of an object, YAML's types.
 */
#include "base/alloc.h"
#include "base/fold.h"
#include "base/utf8.h"
#include "text/yaml.h"
#include "json/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void
folding(void **state)
{
	static const struct {
		const char *text, *folded;
	} cases[] = {
	    {"", ""},
	    {"AbC-09_[]@{}`", "abc-09_[]@{}`"},
	    {"ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"},
	    {"ARRÊTÉ arrêté", "arrêté arrêté"},
	    {"ΣΊΣΥΦΟΣ ς", "σίσυφοσ σ"},
	    {"ЖЁЛТЫЙ", "жёлтый"},
	    {"ẞ ß", "ß ß"},           /* not ss */
	    {"\u212a \u212b", "k å"}, /* Kelvin, Ångström */
	    {"\u023a", "\u2c65"},     /* grows */
	    {"İ ı", "İ ı"},           /* not Turkish */
	    {"\U00010400", "\U00010428"},
	    {"\xff"
	     "A\xc3",
	        "\xff"
	        "a\xc3"},
	    {"12345678É9ABCDEFGHÀ", "12345678é9abcdefghà"},
	};
	char out[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slice in = slice_cstr(cases[i].text);
		struct slice got = slice_of(out, fold_bytes(in, out));

		assert_true(got.len <= fold_room(in.len));
		assert_true(slice_eq(got, slice_cstr(cases[i].folded)));
	}
}

/* Folding twice is folding once, and the room is always enough. */
static void
folding_everything(void **state)
{
	(void)state;
	for (uint32_t code = 0; code <= 0x10ffff; code++) {
		uint32_t folded;
		struct buf text = {0};
		char out[16];

		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		folded = fold_point(code);
		assert_int_equal(fold_point(folded), folded);
		if (folded == code)
			continue;
		utf8_add(&text, code);
		assert_true(
		    fold_bytes(buf_slice(&text), out) <= text.len * 3 / 2);
		buf_release(&text);
	}
}

static struct json
parse(struct json_parser *parser, struct buf *text)
{
	struct json root;

	memset(buf_reserve(text, JSON_PADDING), 0, JSON_PADDING);
	assert_int_equal(
	    json_parse(parser, buf_slice(text), &root, NULL), JSON_OK);
	return root;
}

/* Objects of growing size through one index. */
static void
object_index(void **state)
{
	struct json_parser *parser = json_parser_new();
	struct json_index index = {0};
	struct buf text = {0};

	(void)state;
	for (int size = 0; size < 3000; size = size * 3 + 1) {
		struct json_key missing = json_key_of(SLICE("missing"));
		char name[32];

		buf_clear(&text);
		buf_str(&text, "{\"\":-1");
		for (int i = 0; i < size; i++)
			buf_printf(&text, ",\"member-%d-of-them\":%d", i, i);
		buf_str(&text, ",\"\":-2}");
		assert_int_equal(
		    json_index_build(&index, parse(parser, &text)), 1);
		for (int i = 0; i < size; i++) {
			struct json_key key;
			int64_t got;
			int n = snprintf(
			    name, sizeof(name), "member-%d-of-them", i);

			key = json_key_of(slice_of(name, (size_t)n));
			assert_true(
			    json_to_i64(json_index_get(&index, &key), &got));
			assert_int_equal(got, i);
		}
		assert_false(json_present(json_index_get(&index, &missing)));
	}
	json_index_build(&index, (struct json){0});
	assert_false(json_present(
	    json_index_get(&index, &(struct json_key){.name = SLICE("")})));
	json_index_release(&index);
	json_parser_free(parser);
	buf_release(&text);
}

/* Names made to collide: equal length, equal ends. */
static void
index_collisions(void **state)
{
	struct json_parser *parser = json_parser_new();
	struct json_index index = {0};
	struct buf text = {0};

	(void)state;
	buf_char(&text, '{');
	for (int i = 0; i < 1000; i++)
		buf_printf(
		    &text, "%s\"abcdefgh%04dstuvwxyz\":%d", i ? "," : "", i, i);
	buf_char(&text, '}');
	json_index_build(&index, parse(parser, &text));
	for (int i = 0; i < 1000; i++) {
		struct json_key key;
		char name[32];
		int64_t got;
		int n = snprintf(name, sizeof(name), "abcdefgh%04dstuvwxyz", i);

		key = json_key_of(slice_of(name, (size_t)n));
		assert_true(json_to_i64(json_index_get(&index, &key), &got));
		assert_int_equal(got, i);
	}
	json_index_release(&index);
	json_parser_free(parser);
	buf_release(&text);
}

static void
yaml_types(void **state)
{
	static const struct {
		const char *text;
		enum yaml_type type;
		const char *value;
	} cases[] = {
	    {"~", YAML_NULL, "~"},
	    {"null", YAML_NULL, "null"},
	    {"", YAML_NULL, ""},
	    {"'null'", YAML_STRING, "null"},
	    {"true", YAML_BOOL, "true"},
	    {"False", YAML_BOOL, "False"},
	    {"yes", YAML_STRING, "yes"},
	    {"\"true\"", YAML_STRING, "true"},
	    {"0", YAML_INT, "0"},
	    {"-12", YAML_INT, "-12"},
	    {"012", YAML_STRING, "012"},
	    {"0x10", YAML_STRING, "0x10"},
	    {"1.5", YAML_STRING, "1.5"},
	    {"-", YAML_LIST, ""},
	    {"'it''s \\ x'", YAML_STRING, "it's \\ x"},
	    {"\"a\\tb\\u00e9\"", YAML_STRING, "a\tbé"},
	    {"|\n  a\n  b\n", YAML_STRING, "a\nb\n"},
	    {">-\n  a\n  b\n", YAML_STRING, "a b"},
	    {"{a: 1}", YAML_MAP, ""},
	    {"[a]", YAML_LIST, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct yaml_place place;
		struct err err = {0};
		struct yaml *doc;
		const struct yaml *value;
		struct slice text =
		    arena_printf(&arena, "# comment\nkey: %s", cases[i].text);

		if (cases[i].type == YAML_LIST && *cases[i].text == '-')
			text = SLICE("key:\n  -\n");
		if (yaml_parse(&arena, text, &doc, &place, &err))
			fail_msg("%s: %s", cases[i].text, err.msg);
		value = yaml_get(doc, "key");
		assert_non_null(value);
		assert_int_equal(value->type, cases[i].type);
		if (yaml_is_scalar(value))
			assert_true(
			    slice_eq(value->text, slice_cstr(cases[i].value)));
		assert_int_equal(value->key->line, text.ptr[0] == '#' ? 2 : 1);
		assert_int_equal(value->key->column, 1);
		arena_release(&arena);
	}
}

static void
yaml_limits(void **state)
{
	struct arena arena = {0};
	struct buf text = {0};
	struct yaml_place place;
	struct yaml *doc;
	struct err err;

	(void)state;
	for (int i = 0; i < YAML_DEPTH_MAX + 1; i++)
		buf_char(&text, '[');
	for (int i = 0; i < YAML_DEPTH_MAX + 1; i++)
		buf_char(&text, ']');
	assert_int_equal(
	    yaml_parse(&arena, buf_slice(&text), &doc, &place, &err), -1);
	assert_string_equal(err.msg, "nested too deeply");
	buf_clear(&text);
	for (int i = 0; i <= YAML_KEYS_MAX; i++)
		buf_printf(&text, "k%d: 1\n", i);
	assert_int_equal(
	    yaml_parse(&arena, buf_slice(&text), &doc, &place, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(place.line, YAML_KEYS_MAX + 1);
	assert_int_equal(
	    yaml_parse(&arena, SLICE("a: b\0c"), &doc, &place, &err), -1);
	assert_int_equal(
	    yaml_parse(&arena, SLICE("--- a\n--- b\n"), &doc, &place, &err), 0);
	assert_string_equal(doc->next->text.ptr, "b");
	assert_null(doc->next->next);
	assert_int_equal(
	    yaml_parse(&arena, SLICE("# nothing\n"), &doc, &place, &err), 0);
	assert_null(doc);
	arena_release(&arena);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(folding),
	    cmocka_unit_test(folding_everything),
	    cmocka_unit_test(object_index),
	    cmocka_unit_test(index_collisions),
	    cmocka_unit_test(yaml_types),
	    cmocka_unit_test(yaml_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
