/*
 * What values a field has, beyond what stands in the record as it is.
 */
#include "rule_case.h"

static struct slice
rule_text(struct arena *arena, const char *detection, const char *condition)
{
	return arena_printf(arena,
	    "title: t\nlogsource: {product: p}\n"
	    "detection:\n  s: %s\n  condition: %s\n",
	    detection, condition);
}

/* The operation as one log spells it and as another does. */
static void
plain_operations(void **state)
{
	static const struct {
		const char *operation;
		size_t want;
	} cases[] = {
	    {"Add user", 1},
	    {"add user.", 1},
	    {"Add user. ", 1},
	    {"Add user group.", 0},
	    {".", 0},
	    {"", 0},
	};
	struct arena arena = {0};
	struct rule_run run;
	const uint32_t *hits;
	struct rules_source any = {.any_logsource = true};

	(void)state;
	rule_run_load(&run,
	    rule_text(&arena, "{firn.operation_plain: Add user}", "s"), NULL,
	    &any);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run.event.col[EV_OPERATION] = slice_cstr(cases[i].operation);
		assert_int_equal(
		    rule_run_match(&run, SLICE("{}"), KIND_O365_AUDIT, &hits),
		    cases[i].want);
	}
	rule_run_free(&run);
	arena_release(&arena);
}

/* A text that is a JSON string also has the value without its quotes. */
static void
quoted_values(void **state)
{
	static const struct {
		const char *detection, *record;
		enum event_kind kind;
		size_t want;
	} cases[] = {
	    {"{a.b: 'False'}", "{\"a\":[{\"b\":\"\\\"False\\\"\"}]}",
	        KIND_ENTRA_AUDIT, 1},
	    {"{a: '\"False\"'}", "{\"a\":\"\\\"False\\\"\"}", KIND_ENTRA_AUDIT,
	        1},
	    {"{a: ''}", "{\"a\":\"\\\"\\\"\"}", KIND_ENTRA_AUDIT, 1},
	    {"{a: 'x\"y'}", "{\"a\":\"\\\"x\\\\\\\"y\\\"\"}", KIND_ENTRA_AUDIT,
	        1},
	    {"{a|neq: 'False'}", "{\"a\":\"\\\"False\\\"\"}", KIND_ENTRA_AUDIT,
	        0},
	    /* two strings, one quote, an escape that is none */
	    {"{a|startswith: x}", "{\"a\":\"\\\"x\\\" or \\\"y\\\"\"}",
	        KIND_ENTRA_AUDIT, 0},
	    {"{a: ''}", "{\"a\":\"\\\"\"}", KIND_ENTRA_AUDIT, 0},
	    {"{a|startswith: c}", "{\"a\":\"\\\"c:\\\\x\\\"\"}",
	        KIND_ENTRA_AUDIT, 0},
	    /* a command line is not taken apart */
	    {"{a|endswith: exe}", "{\"a\":\"\\\"x.exe\\\"\"}", KIND_UNKNOWN, 0},
	};
	struct rules_source any = {.any_logsource = true};
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_run run;
		const uint32_t *hits;

		rule_run_load(&run, rule_text(&arena, cases[i].detection, "s"),
		    NULL, &any);
		if (rule_run_match(&run, slice_cstr(cases[i].record),
		        cases[i].kind, &hits) != cases[i].want)
			fail_msg(
			    "%s of %s", cases[i].detection, cases[i].record);
		rule_run_free(&run);
	}
	arena_release(&arena);
}

/* What is not looked into for being too much is counted. */
static void
lookup_limit(void **state)
{
	struct arena arena = {0};
	struct buf text = {0};
	struct rule_run run;
	const uint32_t *hits;
	struct rules_source any = {.any_logsource = true};

	(void)state;
	rule_run_load(&run, rule_text(&arena, "{a.b: last}", "s"), NULL, &any);
	for (int n = 64; n <= 65; n++) {
		buf_clear(&text);
		buf_str(&text, "{\"a\":[");
		for (int i = 1; i <= n; i++)
			buf_printf(&text, "\"{\\\"b\\\":\\\"%s\\\"}\"%s",
			    i == n ? "last" : "no", i == n ? "]}" : ",");
		assert_int_equal(
		    rule_run_match(&run, buf_slice(&text), KIND_OKTA, &hits),
		    n == 64);
		assert_int_equal(matcher_lookup_limited(run.matcher), n - 64);
	}
	buf_clear(&text);
	buf_str(&text, "{\"a\":");
	for (int i = 0; i < 70; i++)
		buf_char(&text, '[');
	for (int i = 0; i < 70; i++)
		buf_char(&text, ']');
	buf_char(&text, '}');
	rule_run_match(&run, buf_slice(&text), KIND_OKTA, &hits);
	assert_int_equal(matcher_lookup_limited(run.matcher), 2);
	rule_run_free(&run);
	buf_release(&text);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plain_operations),
	    cmocka_unit_test(quoted_values),
	    cmocka_unit_test(lookup_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
