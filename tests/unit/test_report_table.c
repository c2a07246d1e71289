#include "base/term.h"
#include "report_case.h"

static void
groups_by_rule_and_entity(void **state)
{
	static const struct {
		const char *who, *when, *ip;
	} rows[] = {
	    {"Alice@Example.com", "2026-03-02T10:00:00Z", "203.0.113.5"},
	    {"alice@example.com", "2026-03-03T11:30:00Z", "203.0.113.6"},
	    {"bob@example.com", "2026-03-04T09:00:00Z", "203.0.113.5"},
	};
	struct rule_meta rule = case_rule();
	struct run run;

	(void)state;
	run_begin(&run, REPORT_TABLE, false);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct event event = case_event(rows[i].when);
		struct finding finding = case_finding(&rule, &event);

		event.col[EV_ACTOR_NAME] = slice_cstr(rows[i].who);
		event.col[EV_IP] = slice_cstr(rows[i].ip);
		run_finding(&run, &finding);
	}
	run_end(&run);
	assert_has(run.text, "3 findings: 3 high\n");
	assert_has(run.text, "HIGH      Mailbox forwards mail outside");
	assert_has(run.text, "2 findings\n");
	assert_has(run.text, "2026-03-02 10:00 \xe2\x80\x93 03-03 11:30\n");
	assert_has(run.text, "203.0.113.5 NL and 1 more");
	assert_has(
	    run.text, "findings      3 high; the worst stand at the top\n");
	assert_has(run.text, "T1114.003 T1098\n");
	assert_has(run.text, "completeness  unknown");
	/* The newest first, spelled as it came first. */
	assert_true(strstr(run.text, "bob@example.com") <
	            strstr(run.text, "Alice@Example.com"));
	free(run.text);
}

/* An id is written with the name that another finding gives it. */
static void
names_an_id_as_others_do(void **state)
{
	static const struct {
		const char *id, *name;
	} rows[] = {
	    {"90821965-76c1-42f6-8d76-1573a18bac68", ""},
	    {"90821965-76C1-42F6-8D76-1573A18BAC68", "Archive"},
	    {"11112222-3333-4444-8555-666677778888", ""},
	};
	static const enum report_format formats[] = {REPORT_TABLE, REPORT_HTML};
	struct rule_meta rule = case_rule();

	(void)state;
	for (size_t f = 0; f < COUNT(formats); f++) {
		struct run run;

		run_begin(&run, formats[f], false);
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct event event = case_event("2026-03-02T10:00:00Z");
			struct finding finding = case_finding(&rule, &event);

			event.col[EV_ACTOR_TYPE] = SLICE("app");
			event.col[EV_ACTOR_ID] = SLICE("");
			event.col[EV_ACTOR_NAME] = SLICE("");
			event.col[EV_APP_ID] = slice_cstr(rows[i].id);
			event.col[EV_APP_NAME] = slice_cstr(rows[i].name);
			run_finding(&run, &finding);
		}
		run_end(&run);
		assert_has(run.text, "Archive (90821965\xe2\x80\xa6)");
		if (formats[f] == REPORT_HTML)
			assert_has(run.text, "<code>90821965-76c1-42f6-");
		assert_has(
		    run.text, "app 11112222-3333-4444-8555-666677778888");
		free(run.text);
	}
}

/* Below medium, all that a rule found is one entry. */
static void
folds_the_low_levels_by_rule(void **state)
{
	struct rule_meta low = case_rule(), high = case_rule();
	struct run run;

	(void)state;
	low.level = LEVEL_LOW;
	low.title = SLICE("A low rule");
	run_begin(&run, REPORT_TABLE, false);
	for (int i = 0; i < 20; i++) {
		struct event event = case_event("2026-03-02T10:00:00Z");
		struct finding finding =
		    case_finding(i < 10 ? &low : &high, &event);
		char name[32];

		event.time_us += i * INT64_C(60000000);
		snprintf(name, sizeof(name), "user%d@example.com", i);
		event.col[EV_ACTOR_NAME] = slice_cstr(name);
		run_finding(&run, &finding);
	}
	run_end(&run);
	assert_int_equal(count_of(run.text, "A low rule"), 1);
	assert_int_equal(count_of(run.text, "HIGH  "), 10);
	assert_has(run.text, "10 findings\n          user9@example.com");
	assert_has(run.text, "2026-03-02 10:00 \xe2\x80\x93 10:09\n");
	assert_has(run.text, "          and 9 others");
	free(run.text);
}

/* Nothing found in nothing read would be a lie. */
static void
says_that_nothing_was_read(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run, REPORT_TABLE, false);
	run.tally.files = 0;
	tally_skip(&run.tally, "README.md", "no log");
	run_end(&run);
	assert_has(run.text, "Nothing was read");
	assert_null(strstr(run.text, "No findings"));
	free(run.text);
}

static void
says_where_the_rejected_are(void **state)
{
	(void)state;
	for (int given = 0; given < 2; given++) {
		struct run run;

		run_begin(&run, REPORT_TABLE, false);
		report_free(run.report);
		run.options.rejects = given ? "bad.ndjson" : NULL;
		run.report = report_new(&run.options, run.out);
		run.tally.rejected = 3;
		for (int i = 0; i < 5; i++)
			tally_skip(&run.tally, "a", "no log");
		run_end(&run);
		assert_has(run.text,
		    given ? "3 records not readable; each with its reason in "
		            "bad.ndjson\n"
		          : "3 records not readable; --rejects FILE lists each "
		            "and why\n");
		assert_has(run.text, "; and 2 more, which");
		free(run.text);
	}
}

static void
assert_lines_fit(const char *text, size_t columns)
{
	struct slice rest = slice_cstr(text);

	while (rest.len) {
		struct slice line = slice_cut(&rest, '\n');

		assert_true(term_width(line) <= columns);
		for (size_t i = 0; i < line.len; i++)
			assert_true((unsigned char)line.ptr[i] >= ' ');
		assert_null(memmem(line.ptr, line.len, turning, 3));
	}
}

static void
fits_the_table_whatever_the_records_say(void **state)
{
	static const unsigned widths[] = {80, 97, 200};
	static const struct slice many[] = {SLICE_INIT("T1114.003"),
	    SLICE_INIT("T1098.001"), SLICE_INIT("T1098.002"),
	    SLICE_INIT("T1098.003"), SLICE_INIT("T1098.004"),
	    SLICE_INIT("T1098.005"), SLICE_INIT("T1098.006")};

	(void)state;
	for (size_t i = 0; i < COUNT(widths); i++) {
		struct rule_meta rule = case_rule();
		struct run run;

		run_begin(&run, REPORT_TABLE, false);
		report_free(run.report);
		run.options.columns = widths[i];
		run.report = report_new(&run.options, run.out);
		rule.title = SLICE(HOSTILE HOSTILE HOSTILE HOSTILE);
		rule.techniques = (struct rule_strings){many, COUNT(many)};
		for (int j = 0; j < 3; j++) {
			struct event event = case_event("2026-03-02T10:00:00Z");
			struct finding finding = case_finding(&rule, &event);

			for (enum event_column col = 0; col < EV_COLUMNS; col++)
				event.col[col] = SLICE(HOSTILE HOSTILE HOSTILE);
			run_finding(&run, &finding);
		}
		for (int j = 0; j < KIND_COUNT; j++)
			run.tally.kinds[j] = UINT64_MAX;
		for (int j = 0; j < TOLD_FIELDS; j++)
			run.tally.conflict_fields[j] = UINT64_MAX;
		for (int j = 0; j < 10; j++)
			tally_skip(&run.tally, HOSTILE HOSTILE, "no log");
		run.tally.conflicts = UINT64_MAX;
		run.tally.repaired = UINT64_MAX;
		run.tally.bytes = UINT64_MAX;
		run.tally.records = UINT64_MAX;
		run_end(&run);
		assert_lines_fit(run.text, widths[i] < 120 ? widths[i] : 120);
		free(run.text);
	}
}

static void
colours_only_when_asked(void **state)
{
	struct rule_meta rule = case_rule();
	struct event event = case_event("2026-03-02T10:00:00Z");
	struct finding finding = case_finding(&rule, &event);

	(void)state;
	for (int colour = 0; colour < 2; colour++) {
		struct run run;

		run_begin(&run, REPORT_TABLE, false);
		report_free(run.report);
		run.options.colour = colour;
		run.report = report_new(&run.options, run.out);
		run_finding(&run, &finding);
		run_end(&run);
		assert_int_equal(strchr(run.text, '\033') != NULL, colour);
		free(run.text);
	}
}

static void
prints_fifty_groups_a_level(void **state)
{
	struct rule_meta rule = case_rule();
	struct run run;

	(void)state;
	run_begin(&run, REPORT_TABLE, false);
	for (int i = 0; i < 60; i++) {
		struct event event = case_event("2026-03-02T10:00:00Z");
		struct finding finding = case_finding(&rule, &event);
		char name[32];

		snprintf(name, sizeof(name), "user%d@example.com", i);
		event.col[EV_ACTOR_NAME] = slice_cstr(name);
		run_finding(&run, &finding);
		run_finding(&run, &finding);
	}
	run_end(&run);
	assert_int_equal(count_of(run.text, "HIGH      "), 50);
	assert_has(run.text, "and 10 more groups with 20 findings; "
	                     "--format ndjson shows all\n");
	free(run.text);
}

static void
says_that_nothing_found_proves_nothing(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run, REPORT_TABLE, false);
	run_end(&run);
	assert_has(run.text, "No findings");
	assert_has(run.text, "no proof that nothing happened");
	free(run.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(groups_by_rule_and_entity),
	    cmocka_unit_test(names_an_id_as_others_do),
	    cmocka_unit_test(folds_the_low_levels_by_rule),
	    cmocka_unit_test(says_that_nothing_was_read),
	    cmocka_unit_test(says_where_the_rejected_are),
	    cmocka_unit_test(fits_the_table_whatever_the_records_say),
	    cmocka_unit_test(colours_only_when_asked),
	    cmocka_unit_test(prints_fifty_groups_a_level),
	    cmocka_unit_test(says_that_nothing_found_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
