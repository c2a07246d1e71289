/*
 * Filters and suppressions: which rules they hold for, until when, and what is
 * refused.
 */
#include "base/time.h"
#include "rule_case.h"

#define RULE(id, name, source, field)                                          \
	"---\ntitle: " id "\nid: " id "\nname: " name "\nlogsource: {" source  \
	"}\ndetection: {s: {" field ": x}}\n"

/* A rule of product a and service s, one of product a, one of product b. */
#define RULES                                                                  \
	RULE("r1", "first", "product: a, service: s", "f")                     \
	RULE("r2", "second", "product: a", "f")                                \
	RULE("r3", "third", "product: b", "f")

#define HEAD   "title: a filter\nid: f1\nlogsource: {product: a}\n"
#define RECORD "{\"f\": \"x\", \"user\": \"adm_kim\"}"

struct filter_case {
	const char *what, *filter, *record;
	const char *hits; /* the ids of the rules, with blanks behind */
};

static const struct filter_case cases[] = {
    {"without a filter", "", RECORD, "r1 r2 r3 "},
    {"named by id",
        HEAD "filter: {rules: [r1], s: {user|startswith: adm_}, "
             "condition: not s}",
        RECORD, "r2 r3 "},
    {"named by name",
        HEAD "filter: {rules: [second], s: {user|startswith: adm_}, "
             "condition: not s}",
        RECORD, "r1 r3 "},
    {"any: those of its log source and narrower ones",
        HEAD "filter: {rules: any, s: {user|startswith: adm_}, "
             "condition: not s}",
        RECORD, "r3 "},
    {"an empty list is any",
        HEAD "filter: {rules: [], s: {user|startswith: adm_}, "
             "condition: not s}",
        RECORD, "r3 "},
    {"no list is any",
        HEAD "filter: {s: {user|startswith: adm_}, condition: not s}", RECORD,
        "r3 "},
    {"a condition that does not hold",
        HEAD "filter: {s: {user|startswith: adm_}, condition: not s}",
        "{\"f\": \"x\", \"user\": \"kim\"}", "r1 r2 r3 "},
    {"it is an and, not an and not",
        HEAD "filter: {s: {user|startswith: adm_}, condition: s}",
        "{\"f\": \"x\", \"user\": \"kim\"}", "r3 "},
    {"one identifier without a condition",
        HEAD "filter: {s: {user|startswith: adm_}}", RECORD, "r1 r2 r3 "},
    {"named twice, filtered all the same",
        HEAD "filter: {rules: [r1, first], s: {user|startswith: adm_}, "
             "condition: not s}",
        RECORD, "r2 r3 "},
    {"two filters, of which one says no",
        HEAD "filter: {rules: [r1], s: {user: kim}, condition: not s}\n---\n"
             "title: b\nid: f2\nlogsource: {product: a}\n"
             "filter: {rules: [r1], s: {user: adm_kim}, condition: not s}",
        RECORD, "r2 r3 "},
};

static void
assert_hits(struct rule_run *run, const char *record, const char *want,
    const char *what)
{
	const uint32_t *hits;
	struct buf got = {0};
	size_t n = rule_run_match(run, slice_cstr(record), KIND_UNKNOWN, &hits);

	for (size_t i = 0; i < n; i++)
		buf_printf(
		    &got, "%s ", rules_meta(run->rules, hits[i])->id.ptr);
	buf_char(&got, '\0');
	if (strcmp(got.ptr, want) != 0)
		fail_msg("%s: '%s', not '%s'", what, got.ptr, want);
	buf_release(&got);
}

static void
load_text(struct rule_run *run, const char *filter, const char *mapping)
{
	struct buf text = {0};

	buf_str(&text, RULES);
	if (*filter)
		buf_str(&text, "---\n");
	buf_str(&text, filter);
	rule_run_load(run, buf_slice(&text), mapping, NULL);
	buf_release(&text);
}

static void
effects(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_run run;

		load_text(&run, cases[i].filter, NULL);
		if (run.report.count)
			fail_msg("%s: %s", cases[i].what,
			    run.report.list[0].reason.ptr);
		assert_hits(
		    &run, cases[i].record, cases[i].hits, cases[i].what);
		rule_run_free(&run);
	}
}

/* What comes first in the text may name what comes later. */
static void
before_its_rule(void **state)
{
	struct rule_run run;

	(void)state;
	rule_run_load(&run,
	    SLICE(HEAD "filter: {rules: [r1], s: {user: adm_kim}, "
	               "condition: not s}\n" RULES),
	    NULL, NULL);
	assert_int_equal(run.report.count, 0);
	assert_hits(&run, RECORD, "r2 r3 ", "before its rule");
	rule_run_free(&run);
}

static const char mapping[] = "logsource: [{product: a, service: s}]\n"
                              "kinds: [unknown]\n"
                              "fields: {user: [who.name]}\n";

static void
fields_mean_what_they_mean_in_the_rule(void **state)
{
	struct rule_run run;

	(void)state;
	load_text(&run, HEAD "filter: {s: {user: adm_kim}, condition: not s}",
	    mapping);
	assert_int_equal(run.report.count, 0);
	assert_hits(&run, "{\"f\": \"x\", \"who\": {\"name\": \"adm_kim\"}}",
	    "r2 r3 ", "mapped for r1");
	assert_hits(&run, RECORD, "r1 r3 ", "plain for r2");
	rule_run_free(&run);
}

/* --- suppressions --- */

#define CLAIMS                                                                 \
	"firn.owner: kim\nfirn.reason: tested\n"                               \
	"firn.expires: 2026-10-05T12:00:00+02:00\n"
#define BODY "filter: {rules: [r1], s: {user: adm_kim}, condition: not s}"

static void
expires(void **state)
{
	static const struct {
		const char *time, *hits;
	} times[] = {
	    {"2026-10-05T09:59:59.999999Z", "r2 r3 "},
	    {"2026-10-05T10:00:00Z", "r1 r2 r3 "},
	    {"2027-01-01", "r1 r2 r3 "},
	    {NULL, "r1 r2 r3 "},
	};
	const struct filter_meta *meta;
	const uint32_t *numbers;
	struct rule_run run;

	(void)state;
	load_text(&run, HEAD CLAIMS BODY, NULL);
	assert_int_equal(run.report.count, 0);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		run.event.time_us = EVENT_NO_TIME;
		if (times[i].time)
			assert_true(time_parse(
			    slice_cstr(times[i].time), &run.event.time_us));
		assert_hits(&run, RECORD, times[i].hits,
		    times[i].time ? times[i].time : "no time");
	}
	assert_int_equal(rules_filter_count(run.rules), 1);
	meta = rules_filter(run.rules, 0);
	assert_true(meta->suppression);
	assert_string_equal(meta->meta.id.ptr, "f1");
	assert_string_equal(meta->owner.ptr, "kim");
	assert_string_equal(meta->reason.ptr, "tested");
	assert_int_equal(meta->rule_count, 1);
	assert_int_equal(rules_filters_of(run.rules, 0, &numbers), 1);
	assert_int_equal(numbers[0], 0);
	assert_int_equal(rules_filters_of(run.rules, 1, &numbers), 0);
	rule_run_free(&run);
}

/* Reasons of a match do not speak of expiry. */
static void
reasons(void **state)
{
	struct rule_run run;
	struct arena arena = {0};
	const struct rule_reason *why;
	const uint32_t *hits;

	(void)state;
	load_text(&run, HEAD CLAIMS BODY, NULL);
	run.event.time_us = INT64_MAX;
	assert_int_equal(
	    rule_run_match(&run, SLICE(RECORD), KIND_UNKNOWN, &hits), 3);
	assert_int_equal(matcher_why(run.matcher, 0, &arena, &why), 1);
	assert_true(slice_eq(why[0].field, SLICE("f")));
	arena_release(&arena);
	rule_run_free(&run);
}

/* --- what is refused --- */

static const struct {
	const char *filter;
	uint32_t line, column; /* of the filter's document, from 1 */
	const char *reason;
} refused[] = {
    {HEAD "filter:\n  rules: [r1, r9]\n  s: {f: x}\n", 5, 15,
        "there is no rule of the id or name 'r9'"},
    {HEAD "filter:\n  rules: [r3]\n  s: {f: x}\n", 5, 11,
        "the rule 'r3' is of another log source than the filter"},
    {HEAD "filter:\n  rules: all\n  s: {f: x}\n", 5, 10,
        "'rules' must be a list of ids and names, or any"},
    {HEAD "filter:\n  rules: [{a: b}]\n  s: {f: x}\n", 5, 11,
        "a rule's id or name must be a text"},
    {HEAD "filter: x\n", 4, 9, "'filter' must be a map"},
    {HEAD "filter: {rules: [r1]}\n", 4, 9, "there is no search identifier"},
    {HEAD "filter: {s: {f|no: x}}\n", 4, 16, "there is no modifier 'no'"},
    {HEAD "filter: {s: {f: x}, condition: t}\n", 4, 32,
        "there is no search identifier 't'"},
    {"title: x\nfilter: {s: {f: x}}\n", 1, 1, "there is no log source"},
    {"logsource: {product: c}\nfilter: {s: {f: x}}\n", 1, 1,
        "there is no title"},
    {"title: x\nlogsource: {product: c}\nfilter: {s: {f|no: x}}\n", 3, 16,
        "there is no modifier 'no'"},
    {HEAD "firn.owner: kim\n" BODY, 1, 1, "a suppression needs 'firn.reason'"},
    {HEAD "firn.owner: kim\nfirn.reason: x\n" BODY, 1, 1,
        "a suppression needs 'firn.expires'"},
    {HEAD "firn.reason: x\nfirn.expires: 2026-12-31\n" BODY, 1, 1,
        "a suppression needs 'firn.owner'"},
    {HEAD "firn.owner: ''\nfirn.reason: x\nfirn.expires: 2026-12-31\n" BODY, 1,
        1, "a suppression needs 'firn.owner'"},
    {HEAD "firn.owner: kim\nfirn.reason: x\nfirn.expires: never\n" BODY, 6, 15,
        "'never' is no time like 2026-12-31 or 2026-12-31T18:00:00Z"},
    {HEAD "firn.expiry: 2026-12-31\n" BODY, 4, 1,
        "a suppression has 'firn.owner', 'firn.reason' and 'firn.expires'"},
    {HEAD "firn: {owner: kim}\n" BODY, 4, 1,
        "a suppression has 'firn.owner', 'firn.reason' and 'firn.expires'"},
    {HEAD "filter: {s: {f: x}}\n---\n" HEAD "filter: {s: {f: y}}\n", 7, 5,
        "the id is already that of 'rule.yml'"},
};

static void
problems(void **state)
{
	uint32_t lines = 1;

	(void)state;
	for (const char *c = RULES; *c; c++)
		lines += *c == '\n';
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct rule_run run;
		const struct rules_problem *problem;

		load_text(&run, refused[i].filter, NULL);
		if (!run.report.count)
			fail_msg("not refused: %s", refused[i].filter);
		problem = &run.report.list[0];
		if (strcmp(problem->reason.ptr, refused[i].reason) != 0 ||
		    problem->line != lines + refused[i].line ||
		    problem->column != refused[i].column)
			fail_msg("%u:%u: %s; not %u:%u: %s",
			    problem->line - lines, problem->column,
			    problem->reason.ptr, refused[i].line,
			    refused[i].column, refused[i].reason);
		assert_int_equal(run.report.count, 1);
		assert_int_equal(rules_refused(run.rules), 1);
		assert_int_equal(rules_count(run.rules), 3);
		rule_run_free(&run);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(effects),
	    cmocka_unit_test(before_its_rule),
	    cmocka_unit_test(fields_mean_what_they_mean_in_the_rule),
	    cmocka_unit_test(expires),
	    cmocka_unit_test(reasons),
	    cmocka_unit_test(problems),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
