#include <errno.h>

#include "finding/report_group.h"
#include "report_case.h"

static void
writes_lines_arrays_and_rows(void **state)
{
	static const struct {
		enum report_format format;
		size_t findings;
		const char *want;
	} cases[] = {
	    {REPORT_NDJSON, 0, ""},
	    {REPORT_NDJSON, 2, "{F}\n{F}\n"},
	    {REPORT_JSON, 0, "[\n]\n"},
	    {REPORT_JSON, 1, "[\n{F}\n]\n"},
	    {REPORT_JSON, 2, "[\n{F},\n{F}\n]\n"},
	};
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:00:00Z");
	struct finding finding = case_finding(&rule, &event);
	struct buf one = {0};

	(void)state;
	finding_write_ocsf(&one, &finding);
	one.len--;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf want = {0};
		const char *p = cases[i].want;
		struct run run;

		for (; *p; p++) {
			if (strncmp(p, "{F}", 3) != 0) {
				buf_char(&want, *p);
				continue;
			}
			buf_slice_add(&want, buf_slice(&one));
			p += 2;
		}
		run_begin(&run, cases[i].format, false);
		for (size_t j = 0; j < cases[i].findings; j++)
			run_finding(&run, &finding);
		run_end(&run);
		assert_int_equal(run.len, want.len);
		assert_true(!want.len || !memcmp(run.text, want.ptr, want.len));
		free(run.text);
		buf_release(&want);
	}
	buf_release(&one);
}

/* Events rendered one by one and several at once give the same array. */
static void
joins_events_to_an_array(void **state)
{
	struct json_parser *parser = json_parser_new();
	struct event event = case_event("2026-03-02T10:00:00Z");
	struct record record = {.inner = parser};
	struct buf text = {0};
	struct err err = {0};
	struct json root;
	struct run run;

	(void)state;
	event.kind = KIND_OKTA;
	run_begin(&run, REPORT_JSON, true);
	report_render_event(&run.options, &record, &event, &text);
	assert_int_equal(report_event(run.report, buf_slice(&text), &err), 0);
	report_render_event(&run.options, &record, &event, &text);
	assert_int_equal(report_event(run.report, buf_slice(&text), &err), 0);
	run_end(&run);
	buf_clear(&text);
	buf_add(&text, run.text, run.len);
	memset(buf_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
	assert_int_equal(
	    json_parse(parser, buf_slice(&text), &root, NULL), JSON_OK);
	assert_true(json_present(json_at(root, 2)));
	assert_false(json_present(json_at(root, 3)));
	free(run.text);
	buf_release(&text);
	json_parser_free(parser);
}

/* --- the page --- */

static void
makes_a_page_that_loads_and_runs_nothing(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:00:00Z");
	struct finding finding = case_finding(&rule, &event);
	struct run run;

	(void)state;
	rule.title = SLICE(HOSTILE);
	rule.description = SLICE(HOSTILE);
	for (enum event_column col = 0; col < EV_COLUMNS; col++)
		event.col[col] = SLICE(HOSTILE);
	finding.position.file = HOSTILE;
	run_begin(&run, REPORT_HTML, false);
	run_finding(&run, &finding);
	run_end(&run);
	assert_int_equal(count_of(run.text, "<script"), 1);
	assert_int_equal(count_of(run.text, turning), 0);
	assert_int_equal(count_of(run.text, "\033"), 0);
	assert_int_equal(count_of(run.text, "src="), 0);
	assert_int_equal(count_of(run.text, "url("), 0);
	assert_int_equal(count_of(run.text, "href=\"javascript"), 0);
	assert_has(run.text, "default-src 'none'");
	assert_has(run.text, "javascript:alert(1)</li>");
	assert_has(run.text, "href=\"https://example.com/a?b=1&amp;c=2\"");
	assert_has(run.text,
	    "href=\"https://attack.mitre.org/techniques/T1114/003/\"");
	assert_has(run.text, "A &lt;known&gt; migration");
	assert_has(run.text, "Where the evidence ends");
	assert_has(run.text, "<desc id=\"what\">One bar is 1 hour");
	free(run.text);
}

/* Every element that was opened is closed, in the right order. */
static void
assert_nested(const char *text)
{
	static const char *const single[] = {
	    "meta", "br", "input", "!doctype", "line"};
	struct slice open[64];
	size_t depth = 0;
	const char *p = text;

	while ((p = strchr(p, '<'))) {
		bool close = p[1] == '/', alone = false;
		const char *name = p + 1 + close;
		size_t len = strcspn(name, " >/\n");
		const char *end = strchr(name, '>');

		assert_non_null(end);
		for (size_t i = 0; i < COUNT(single); i++)
			alone |= strlen(single[i]) == len &&
			         !memcmp(name, single[i], len);
		p = end;
		if (alone || end[-1] == '/')
			continue;
		if (!close) {
			assert_true(depth < COUNT(open));
			open[depth++] = slice_of(name, len);
			if (len == 6 && !memcmp(name, "script", 6))
				p = strstr(p, "</script") - 1;
			continue;
		}
		assert_true(depth > 0);
		assert_true(slice_eq(open[--depth], slice_of(name, len)));
	}
	assert_int_equal(depth, 0);
}

static void
nests_the_page_well(void **state)
{
	struct rule_meta rules[LEVEL_COUNT];
	struct run run;

	(void)state;
	run_begin(&run, REPORT_HTML, false);
	run_end(&run);
	assert_nested(run.text);
	free(run.text);
	run_begin(&run, REPORT_HTML, false);
	for (int i = 0; i < 100; i++) {
		struct event event = case_event("2026-03-02T10:00:00Z");
		struct finding finding;
		char name[32];

		rules[i % LEVEL_COUNT] = case_rule();
		rules[i % LEVEL_COUNT].level = (enum level)(i % LEVEL_COUNT);
		finding = case_finding(&rules[i % LEVEL_COUNT], &event);
		event.time_us += i * INT64_C(7200000000);
		snprintf(name, sizeof(name), "user%d", i % 7);
		event.col[EV_ACTOR_NAME] = slice_cstr(name);
		run_finding(&run, &finding);
	}
	run.tally.rejected = 2;
	run_end(&run);
	assert_nested(run.text);
	assert_int_equal(count_of(run.text, "<details class=\"group "), 35);
	free(run.text);
}

/* Times far apart, as forged ones are, still make a drawing of few bars. */
static void
draws_any_span_of_time(void **state)
{
	static const char *const times[] = {"0001-01-01T00:00:00Z",
	    "1969-12-31T23:59:59Z", "2026-03-02T10:00:00Z",
	    "9999-12-31T23:59:59Z"};
	struct rule_meta rule = case_rule();

	(void)state;
	for (size_t first = 0; first < COUNT(times); first++) {
		struct run run;

		run_begin(&run, REPORT_HTML, false);
		for (size_t i = first; i < COUNT(times); i++) {
			struct event event = case_event(times[i]);
			struct finding finding = case_finding(&rule, &event);

			run_finding(&run, &finding);
		}
		run_end(&run);
		assert_int_equal(count_of(run.text, "<rect class=\"bar\""),
		    count_of(run.text, "<rect class=\"mark\""));
		assert_true(count_of(run.text, "<rect class=\"bar\"") <=
		            COUNT(times) - first);
		assert_nested(run.text);
		free(run.text);
	}
}

/* --- bounds and failures --- */

static void
counts_what_finds_no_group(void **state)
{
	struct rule_meta rule = case_rule();
	struct groups groups = {.with_proofs = true, .count_max = 3};
	struct group **list;

	(void)state;
	for (int i = 0; i < 200; i++) {
		struct event event = case_event("2026-03-02T10:00:00Z");
		struct finding finding = case_finding(&rule, &event);
		char name[32], ip[32];

		snprintf(name, sizeof(name), "user%d", i % 5);
		event.col[EV_ACTOR_NAME] = slice_cstr(name);
		snprintf(ip, sizeof(ip), "203.0.113.%d", i);
		event.col[EV_IP] = slice_cstr(ip);
		groups_add(&groups, &finding);
	}
	assert_int_equal(groups.count, 3);
	assert_int_equal(groups.left, 80);
	list = groups_sorted(&groups);
	for (size_t i = 0; i < groups.count; i++) {
		assert_int_equal(list[i]->count, 40);
		assert_int_equal(list[i]->place_count, GROUP_PLACES_MAX);
		assert_true(list[i]->more_places);
		assert_int_equal(list[i]->proof_count, GROUP_PROOFS_MAX);
	}
	free(list);
	groups_release(&groups);
}

static void
keeps_thousands_of_groups(void **state)
{
	struct rule_meta rule = case_rule();
	struct groups groups = {0};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct event event = case_event("2026-03-02T10:00:00Z");
		struct finding finding = {.rule = &rule, .event = &event};
		char name[32];

		snprintf(name, sizeof(name), "%s%d", i % 2 ? "USER" : "user",
		    i / 2 % 5000);
		event.col[EV_ACTOR_NAME] = slice_cstr(name);
		groups_add(&groups, &finding);
	}
	assert_int_equal(groups.count, 5000);
	assert_int_equal(groups.left, 0);
	groups_release(&groups);
}

static void
says_when_it_cannot_write(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:00:00Z");
	struct finding finding = case_finding(&rule, &event);
	struct report_options options = {.format = REPORT_NDJSON};
	struct tally tally = {0};
	struct err err = {0};
	FILE *full = fopen("/dev/full", "w");
	struct report *report;
	int status = 0;

	(void)state;
	assert_non_null(full);
	report = report_new(&options, full);
	for (int i = 0; i < 1000 && !status; i++)
		status = report_finding(report, &finding, &err);
	assert_int_equal(status, -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(report_end(report, &tally, &err), -1);
	report_free(report);
	fclose(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_lines_arrays_and_rows),
	    cmocka_unit_test(joins_events_to_an_array),
	    cmocka_unit_test(makes_a_page_that_loads_and_runs_nothing),
	    cmocka_unit_test(nests_the_page_well),
	    cmocka_unit_test(draws_any_span_of_time),
	    cmocka_unit_test(counts_what_finds_no_group),
	    cmocka_unit_test(keeps_thousands_of_groups),
	    cmocka_unit_test(says_when_it_cannot_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
