#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "event/event.h"
#include "incident/intruder.h"
#include "incident/statement.h"
#include "json/build.h"

#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int64_t
at(const char *text)
{
	int64_t time_us;

	assert_true(time_parse(slice_cstr(text), &time_us));
	return time_us;
}

static void
assert_text(struct slice s, const char *expected)
{
	assert_int_equal(s.len, strlen(expected));
	assert_memory_equal(s.ptr, expected, s.len);
}

/* --- what --state says --- */

static void
ways(void **state)
{
	static const struct {
		const char *said;
		enum way way;
		const char *by, *evidence;
	} cases[] = {
	    {"hidden inbox rules: none, by Ann, evidence rules.csv",
	        WAY_HIDDEN_RULE, "Ann", "rules.csv"},
	    {" Hidden-Rule :  NONE , by Ann B. ", WAY_HIDDEN_RULE, "Ann B.",
	        ""},
	    {"inbox rule: closed, by Ann, Contoso", WAY_INBOX_RULE,
	        "Ann, Contoso", ""},
	    {"flow: checked, by Ann, evidence a, evidence b", WAY_FLOW,
	        "Ann, evidence a", "b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct damage_statement got;
		struct err err = {0};

		if (statement_parse(slice_cstr(cases[i].said), &got, &err))
			fail_msg("%s: %s", cases[i].said, err.msg);
		assert_int_equal(got.kind, STATEMENT_STATE);
		assert_int_equal(got.way, cases[i].way);
		assert_text(got.by, cases[i].by);
		assert_text(got.evidence, cases[i].evidence);
		assert_int_equal(got.source.len, 0);
		assert_true(got.at_us == EVENT_NO_TIME);
		assert_true(got.index == NO_ACT);
	}
}

static void
logs(void **state)
{
	struct damage_statement got;
	struct err err = {0};

	(void)state;
	assert_int_equal(statement_parse(SLICE("log o365/Exchange complete to "
	                                       "2026-10-05T14:10, by Ann"),
	                     &got, &err),
	    0);
	assert_int_equal(got.way, WAY_COUNT);
	assert_text(got.source, "o365/Exchange");
	assert_text(got.text, "log o365/Exchange complete to 2026-10-05T14:10");
	assert_true(got.until_us == at("2026-10-05T14:10"));
	assert_true(statement_covers(&got, SLICE("o365/Exchange")));
	assert_false(statement_covers(&got, SLICE("o365/SharePoint")));
	assert_false(statement_covers(&got, SLICE("o365")));
	got.source = SLICE("O365");
	assert_true(statement_covers(&got, SLICE("o365/Exchange")));
	assert_false(statement_covers(&got, SLICE("o365x/Exchange")));
	got.source = SLICE("");
	assert_false(statement_covers(&got, SLICE("o365")));
}

static void
not_understood(void **state)
{
	static const struct {
		const char *said, *why;
	} cases[] = {
	    {"", "WAY BACK: none"},
	    {"hidden inbox rules: none", "by NAME"},
	    {"hidden inbox rules: none, by ", "who says it"},
	    {"hidden inbox rules: none, by Ann, evidence ", "not understood"},
	    {"hidden inbox rules: some, by Ann", "not 'some'"},
	    {"bad habits: none, by Ann", "inbox-rule"},
	    {"hidden inbox rules, by Ann", "log NAME complete to TIME"},
	    {"log o365, by Ann", "complete to TIME"},
	    {"log o365 complete to noon, by Ann", "'noon' is no time"},
	    {"log  complete to 2026-10-05, by Ann", "complete to TIME"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct damage_statement got;
		struct err err = {0};

		assert_int_equal(
		    statement_parse(slice_cstr(cases[i].said), &got, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		if (!strstr(err.msg, cases[i].why))
			fail_msg("'%s': %s", cases[i].said, err.msg);
	}
}

/* --- records --- */

static bool
read_text(const char *text, struct damage_statement *out,
    struct json_parser *parser, char room[1024])
{
	struct json v;

	memset(room, 0, 1024);
	memcpy(room, text, strlen(text));
	assert_int_equal(
	    json_parse(parser, slice_of(room, strlen(text)), &v, NULL),
	    JSON_OK);
	return statement_read(v, out);
}

static void
written(void **state)
{
	const struct damage_statement said[] = {
	    {.kind = STATEMENT_AWARE,
	        .by = SLICE("Ann"),
	        .way = WAY_COUNT,
	        .at_us = at("2026-10-05T12:00"),
	        .until_us = at("2026-10-08T12:00")},
	    {.kind = STATEMENT_STATE,
	        .text = SLICE("hidden inbox rules: none"),
	        .by = SLICE("Ann \"A\" B"),
	        .evidence = SLICE(HASH),
	        .way = WAY_HIDDEN_RULE,
	        .at_us = at("2026-10-05T12:00"),
	        .until_us = EVENT_NO_TIME},
	    {.kind = STATEMENT_STATE,
	        .text = SLICE("log o365 complete to 2026-10-05T14:10"),
	        .by = SLICE("Ann"),
	        .way = WAY_COUNT,
	        .source = SLICE("o365"),
	        .at_us = at("2026-10-05T15:00"),
	        .until_us = at("2026-10-05T14:10")},
	    {.kind = STATEMENT_EXPORTED,
	        .text = SLICE("out"),
	        .way = WAY_COUNT,
	        .at_us = EVENT_NO_TIME,
	        .until_us = EVENT_NO_TIME},
	    {.kind = STATEMENT_CLOSED,
	        .number = 48113,
	        .text = SLICE("rebuilt"),
	        .by = SLICE("Ann"),
	        .way = WAY_COUNT,
	        .at_us = EVENT_NO_TIME,
	        .until_us = EVENT_NO_TIME},
	};
	struct json_parser *parser = json_parser_new();
	char room[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		struct damage_statement got;
		struct buf out = {0};
		size_t mark = json_open(&out, NULL, '{');

		statement_add(&out, &said[i]);
		json_close(&out, mark);
		buf_char(&out, '\0');
		assert_true(read_text(out.ptr, &got, parser, room));
		assert_int_equal(got.kind, said[i].kind);
		assert_true(slice_eq(got.text, said[i].text));
		assert_true(slice_eq(got.by, said[i].by));
		assert_true(slice_eq(got.evidence, said[i].evidence));
		assert_true(slice_eq(got.source, said[i].source));
		assert_int_equal(got.way, said[i].way);
		assert_int_equal(got.number, said[i].number);
		assert_true(got.at_us == said[i].at_us);
		assert_true(got.until_us == said[i].until_us);
		buf_release(&out);
	}
	json_parser_free(parser);
}

static void
foreign(void **state)
{
	static const char *const texts[] = {
	    "{}",
	    "[]",
	    "{\"kind\":\"other\",\"by\":\"a\",\"time\":\"2026-10-05\"}",
	    "{\"kind\":\"aware\",\"time\":\"2026-10-05\"}",
	    "{\"kind\":\"aware\",\"by\":\"a\"}",
	    "{\"kind\":\"aware\",\"by\":\"a\",\"time\":\"noon\"}",
	    "{\"kind\":\"aware\",\"by\":\"a\",\"time\":1}",
	    ("{\"kind\":\"state\",\"by\":\"a\",\"time\":\"2026-10-05\","
	     "\"way\":\"none such\"}"),
	    ("{\"kind\":\"state\",\"by\":\"a\",\"time\":\"2026-10-05\","
	     "\"evidence\":\"file\"}"),
	    "{\"kind\":\"closed\",\"by\":\"a\"}",
	    "{\"kind\":\"closed\",\"by\":\"a\",\"case\":-1}",
	};
	struct json_parser *parser = json_parser_new();
	struct damage_statement got;
	char room[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (read_text(texts[i], &got, parser, room))
			fail_msg("%s", texts[i]);
	assert_true(read_text("{\"kind\":\"aware\",\"by\":\"a\",\"time\":"
	                      "\"2026-10-05T12:00:00Z\",\"user\":{\"uid\":1}}",
	    &got, parser, room));
	json_parser_free(parser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ways),
	    cmocka_unit_test(logs),
	    cmocka_unit_test(not_understood),
	    cmocka_unit_test(written),
	    cmocka_unit_test(foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
