/*
 * Correlations as documents: what is refused and where, what refers to what,
 * and what docs/rules.md decides where Sigma leaves it open.
 */
#include "correlation_case.h"

#include "rule/correlation.h"
#include "rule/set.h"

#define BASE(name)                                                             \
	"title: " name "\nid: id-" name "\nname: " name "\n"                   \
	"logsource: {product: x}\n"                                            \
	"detection: {s: {r: " name "}, condition: s}\n---\n"
#define HEAD "title: it\nid: it\ncorrelation:\n"
#define TAIL "\n    timespan: 10s\n    group-by: [g]\n"

/* --- what is refused --- */

/* `text` begins on line 1; the first problem. */
static const struct {
	const char *text;
	uint32_t line, column;
	const char *reason;
} problems[] = {
    {"title: it\ncorrelation: x\n", 2, 14, "'correlation' must be a map"},
    {"title: it\ncorrelation:\n    timespan: 1s\n", 3, 5, "there is no type"},
    {"title: it\ncorrelation:\n    type: event_sum\n", 3, 11,
        "there is no type of correlation 'event_sum'"},
    {"title: it\ncorrelation:\n    type: temporal\n    groupby: [a]\n"
     "    timespan: 1s\n    rules: [a]\n",
        4, 5, "a correlation has no 'groupby'"},
    {"title: it\ncorrelation:\n    type: temporal\n    rules: [a]\n", 3, 5,
        "there is no timespan"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 10x\n", 4, 15,
        "'x' is no unit of time: s, m, h, d, w, M, y are"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: s\n", 4, 15,
        "a timespan is a number and one of s, m, h, d, w, M, y"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 101y\n", 4, 15,
        "the timespan is longer than 100 years"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n", 3, 5,
        "the correlation refers to no rules"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [b]\n",
        5, 13, "there is no rule 'b'"},
    {"title: it\ncorrelation:\n    type: event_count\n    timespan: 1s\n"
     "    rules: [a]\n",
        3, 5, "there is no condition"},
    {"title: it\ncorrelation:\n    type: event_count\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {gte: x}\n",
        6, 22, "'x' is no number"},
    {"title: it\ncorrelation:\n    type: event_count\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {ge: 1}\n",
        6, 17, "a condition has no 'ge'"},
    {"title: it\ncorrelation:\n    type: event_count\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {lt: 1}\n",
        6, 21, "can never be true: a group is there by its first event"},
    {"title: it\ncorrelation:\n    type: event_count\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {gt: 1, lt: 9, neq: 5}\n",
        6, 31, "a condition compares twice at most"},
    {"title: it\ncorrelation:\n    type: event_count\n    timespan: 1s\n"
     "    rules: [a]\n    condition: a and b\n",
        6, 16, "the condition must be a map like 'gte: 10'"},
    {"title: it\ncorrelation:\n    type: event_count\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {gte: 1, field: x}\n",
        6, 25, "a field is of no use to 'event_count'"},
    {"title: it\ncorrelation:\n    type: value_sum\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {gte: 1}\n",
        6, 16, "the condition needs a 'field'"},
    {"title: it\ncorrelation:\n    type: value_sum\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {gte: 1, field: [x, y]}\n",
        6, 32, "the condition's fields may be 1 at most"},
    {"title: it\ncorrelation:\n    type: value_sum\n    timespan: 1s\n"
     "    rules: [a]\n    condition: {gte: 1, field: x, percentile: 5}\n",
        6, 35, "'percentile' goes with the type value_percentile"},
    {"title: it\ncorrelation:\n    type: value_percentile\n"
     "    timespan: 1s\n    rules: [a]\n"
     "    condition: {gte: 1, field: x, percentile: 101}\n",
        6, 47, "a percentile is a number from 0 to 100"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [a]\n    condition: a and b\n",
        6, 22, "'b' is none of the correlation's rules"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [a]\n    condition: (a or a\n",
        6, 23, "a ')' is missing"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [a]\n    condition: a and not a\n",
        6, 16, "the condition can never be true"},
    {"title: it\ncorrelation:\n    type: temporal_ordered\n"
     "    timespan: 1s\n    rules: [a]\n    condition: {gte: 2}\n",
        6, 16,
        "temporal_ordered wants all its rules in their order; write an "
        "expression over their names for less"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [a, a]\n",
        5, 16, "the rule stands here twice"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [a]\n    generate: perhaps\n",
        6, 15, "'generate' takes true or false"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [a]\n    aliases: {u: {b: x}}\n    group-by: [u]\n",
        6, 15, "the alias names no field of the rule 'a'"},
    {"title: it\nname: it\ncorrelation:\n    type: temporal\n"
     "    timespan: 1s\n    rules: [it]\n",
        6, 13, "'it' refers back to this correlation"},
    {"title: it\ndetection: {s: {a: b}}\ncorrelation:\n"
     "    type: temporal\n",
        2, 1, "a correlation has no detection"},
    {"title: it\ncorrelation:\n    type: temporal\n    timespan: 1s\n"
     "    rules: [a]\n    group-by: [firn.nothing]\n",
        6, 16, NULL},
};

static void
refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		struct buf text = {0};
		struct rule_run run;
		const struct rules_problem *p;

		buf_printf(&text,
		    "%s---\ntitle: a\nname: a\nlogsource: {product: x}\n"
		    "detection: {s: {r: a}, condition: s}\n",
		    problems[i].text);
		rule_run_load(&run, buf_slice(&text), NULL, NULL);
		assert_true(run.report.count >= 1);
		p = &run.report.list[0];
		if (p->line != problems[i].line ||
		    p->column != problems[i].column ||
		    (problems[i].reason &&
		        !slice_eq(p->reason, slice_cstr(problems[i].reason))))
			fail_msg("%s\nhave %u:%u: " SLICE_FMT, problems[i].text,
			    p->line, p->column, SLICE_ARG(p->reason));
		assert_int_equal(rules_refused(run.rules), 1);
		assert_int_equal(rules_count(run.rules), 1);
		/* What no correlation uses speaks for itself. */
		assert_false(rules_is_silent(run.rules, 0));
		rule_run_free(&run);
		buf_release(&text);
	}
}

/* What refers to a refused one is refused, and the rest keeps its numbers. */
static void
refused_in_a_chain(void **state)
{
	static const char text[] = BASE("a") HEAD
	    "    type: temporal\n    rules: [bad]\n" TAIL
	    "---\ntitle: bad\nname: bad\nid: bad\ncorrelation:\n"
	    "    type: event_count\n    rules: [none]\n" TAIL
	    "    condition: {gte: 2}\n---\n" BASE(
	        "b") "title: good\nid: good\ncorrelation:\n"
	             "    type: temporal\n    rules: [b, a]\n" TAIL;
	struct rules_source source = {.any_logsource = true};
	struct rule_run run;
	const struct correlation_link *link;

	(void)state;
	rule_run_load(&run, slice_cstr(text), NULL, &source);
	assert_int_equal(rules_refused(run.rules), 2);
	assert_int_equal(rules_count(run.rules), 3);
	assert_string_equal(rules_meta(run.rules, 1)->id.ptr, "id-b");
	assert_string_equal(rules_meta(run.rules, 2)->id.ptr, "good");
	assert_true(rules_is_silent(run.rules, 0));
	assert_true(rules_is_silent(run.rules, 1));
	assert_false(rules_is_silent(run.rules, 2));
	assert_string_equal(
	    rules_correlation_names(run.rules, 2).type, "temporal");
	assert_null(rules_correlation_names(run.rules, 1).type);
	link = run.rules->list[0].links;
	assert_int_equal(link->correlation, 0);
	assert_int_equal(link->ref, 1);
	rule_run_free(&run);
}

/* --- what is decided --- */

struct given {
	int64_t t; /* milliseconds */
	const char *record;
};

static void
run_steps(struct correlation_run *run, const char *text,
    const struct given *steps, size_t count)
{
	correlation_run_load(run, slice_cstr(text), NULL);
	for (size_t i = 0; i < count; i++)
		correlation_run_add(
		    run, slice_cstr(steps[i].record), steps[i].t * 1000, i);
}

#define STEPS(...)                                                             \
	(const struct given[]){__VA_ARGS__},                                   \
	    sizeof((const struct given[]){__VA_ARGS__}) / sizeof(struct given)

static const char three[] = BASE("a") HEAD
    "    type: event_count\n    rules: [a]\n" TAIL "    condition: {gte: 3}\n";

static void
window_edge_is_inside(void **state)
{
	struct correlation_run run;

	(void)state;
	run_steps(&run, three,
	    STEPS({0, "{\"r\":\"a\"}"}, {5000, "{\"r\":\"a\"}"},
	        {10000, "{\"r\":\"a\"}"}));
	correlator_watermark(run.correlator, 60 * SECOND);
	assert_int_equal(run.count, 1);
	correlation_run_free(&run);
	run_steps(&run, three,
	    STEPS({0, "{\"r\":\"a\"}"}, {5000, "{\"r\":\"a\"}"},
	        {10001, "{\"r\":\"a\"}"}));
	correlator_watermark(run.correlator, 60 * SECOND);
	assert_int_equal(run.count, 0);
	correlation_run_free(&run);
}

static void
events_are_used_up(void **state)
{
	struct correlation_run run;

	(void)state;
	run_steps(&run, three,
	    STEPS({0, "{\"r\":\"a\"}"}, {1000, "{\"r\":\"a\"}"},
	        {2000, "{\"r\":\"a\"}"}, {3000, "{\"r\":\"a\"}"},
	        {4000, "{\"r\":\"a\"}"}, {5000, "{\"r\":\"a\"}"}));
	correlator_watermark(run.correlator, 60 * SECOND);
	assert_int_equal(run.count, 2);
	assert_int_equal(run.list[0].firing.last, 2);
	assert_int_equal(run.list[1].firing.start_us, 3 * SECOND);
	assert_int_equal(run.list[1].firing.last, 5);
	correlation_run_free(&run);
}

/* Absent is a group of its own, not that of the empty text or of "-". */
static void
absent_is_a_group(void **state)
{
	struct correlation_run run;

	(void)state;
	run_steps(&run, three,
	    STEPS({0, "{\"r\":\"a\"}"}, {1, "{\"r\":\"a\",\"g\":\"\"}"},
	        {2, "{\"r\":\"a\",\"g\":null}"},
	        {3, "{\"r\":\"a\",\"g\":\"-\"}"}, {4, "{\"r\":\"a\"}"}));
	correlator_watermark(run.correlator, 60 * SECOND);
	assert_int_equal(run.count, 1);
	assert_int_equal(run.list[0].firing.group.len, 1);
	assert_int_equal(run.list[0].firing.last, 4);
	correlation_run_free(&run);
}

/* Case makes no other group; every member of an array is in its own. */
static void
groups_fold_and_fan_out(void **state)
{
	struct correlation_run run;

	(void)state;
	run_steps(&run, three,
	    STEPS({0, "{\"r\":\"a\",\"g\":\"Lee\"}"},
	        {1, "{\"r\":\"a\",\"g\":[\"kim\",\"LEE\",\"lee\"]}"},
	        {2, "{\"r\":\"a\",\"g\":[\"kim\",\"lee\"]}"}));
	correlator_watermark(run.correlator, 60 * SECOND);
	assert_int_equal(run.count, 1);
	assert_string_equal(run.list[0].group, "lee");
	correlation_run_free(&run);
}

/* `lt` is judged when its window has closed, and windows follow each other. */
static void
closing_takes_time(void **state)
{
	static const char text[] =
	    BASE("a") HEAD "    type: event_count\n    rules: [a]\n" TAIL
	                   "    condition: {lt: 3}\n";
	struct correlation_run run;

	(void)state;
	run_steps(&run, text,
	    STEPS({0, "{\"r\":\"a\"}"}, {1000, "{\"r\":\"a\"}"},
	        {12000, "{\"r\":\"a\"}"}, {13000, "{\"r\":\"a\"}"},
	        {14000, "{\"r\":\"a\"}"}, {23000, "{\"r\":\"a\"}"}));
	correlator_watermark(run.correlator, 10 * SECOND - 1);
	assert_int_equal(run.count, 0);
	correlator_watermark(run.correlator, 10 * SECOND);
	assert_int_equal(run.count, 1);
	assert_int_equal(run.list[0].firing.time_us, 10 * SECOND);
	assert_int_equal(run.list[0].firing.last, 1);
	/* 12 to 22 s has three; that of 23 s is still open. */
	correlator_watermark(run.correlator, 33 * SECOND - 1);
	assert_int_equal(run.count, 1);
	correlator_watermark(run.correlator, 33 * SECOND);
	assert_int_equal(run.count, 2);
	assert_int_equal(run.list[1].firing.events, 1);
	correlation_run_free(&run);
}

static void
one_time_is_any_order(void **state)
{
	static const char text[] = BASE("a") BASE("b") HEAD
	    "    type: temporal_ordered\n    rules: [a, b]\n" TAIL;
	struct correlation_run run;

	(void)state;
	run_steps(
	    &run, text, STEPS({7, "{\"r\":\"b\"}"}, {7, "{\"r\":\"a\"}"}));
	correlator_watermark(run.correlator, SECOND);
	assert_int_equal(run.count, 1);
	assert_int_equal(run.list[0].firing.events, 2);
	correlation_run_free(&run);
}

/* An event that two of the rules are true of is one event. */
static void
an_event_counts_once(void **state)
{
	static const char text[] = BASE(
	    "a") "title: b\nname: b\nlogsource: {product: x}\n"
	         "detection: {s: {r|exists: true}, condition: s}\n---\n" HEAD
	         "    type: event_count\n    rules: [a, b]\n" TAIL
	         "    condition: {gte: 3}\n";
	struct correlation_run run;

	(void)state;
	run_steps(
	    &run, text, STEPS({1, "{\"r\":\"a\"}"}, {2, "{\"r\":\"a\"}"}));
	correlator_watermark(run.correlator, SECOND);
	assert_int_equal(run.count, 0);
	correlation_run_free(&run);
}

/* What has no value is not counted, nor what is no number. */
static void
values_must_be_there(void **state)
{
	static const char text[] = BASE("a") HEAD
	    "    type: value_count\n    rules: [a]\n" TAIL
	    "    condition: {field: [u, h], gte: 2}\n---\n"
	    "title: sum\nid: sum\ncorrelation:\n    type: value_sum\n"
	    "    rules: [a]\n" TAIL "    condition: {field: n, gte: 3}\n";
	struct correlation_run run;

	(void)state;
	run_steps(&run, text,
	    STEPS({1, "{\"r\":\"a\",\"u\":\"x\",\"h\":1,\"n\":\"many\"}"},
	        {2, "{\"r\":\"a\",\"u\":\"y\",\"n\":\"1.5\"}"},
	        {3, "{\"r\":\"a\",\"u\":\"X\",\"h\":1,\"n\":[1,null,0.5]}"}));
	correlator_watermark(run.correlator, SECOND);
	assert_int_equal(run.count, 1);
	assert_true(run.list[0].firing.value == 3);
	assert_int_equal(run.list[0].firing.events, 2);
	correlation_run_free(&run);
}

/* Aliases, mapped fields, and `generate`. */
static void
aliases_and_generate(void **state)
{
	static const char text[] = BASE("a") BASE("b") HEAD
	    "    type: temporal\n    rules: [a, b]\n    timespan: 1m\n"
	    "    group-by: [who]\n    generate: true\n"
	    "    aliases:\n"
	    "        who: {a: user, id-b: account}\n";
	static const char mapping[] =
	    "title: m\nlogsource: [{product: x}]\nkinds: [unknown]\n"
	    "lateness: 6h\nfields: {user: actor.name}\n";
	struct correlation_run run = {0};
	struct correlator_options options = {0};

	(void)state;
	rule_run_load(&run.rules, slice_cstr(text), mapping, NULL);
	assert_int_equal(run.rules.report.count, 0);
	options.rules = run.rules.rules;
	run.correlator = correlator_new(&options, correlation_keep, &run);
	correlation_run_add(
	    &run, SLICE("{\"r\":\"a\",\"actor\":{\"name\":\"lee\"}}"), 1, 0);
	correlation_run_add(
	    &run, SLICE("{\"r\":\"b\",\"account\":\"Lee\"}"), 2, 1);
	correlator_watermark(run.correlator, SECOND);
	assert_int_equal(run.count, 1);
	assert_string_equal(run.list[0].group, "lee");
	assert_false(rules_is_silent(run.rules.rules, 0));
	assert_int_equal(rules_lateness_us(run.rules.rules, KIND_UNKNOWN),
	    INT64_C(6) * 3600 * SECOND);
	assert_int_equal(
	    rules_lateness_us(run.rules.rules, KIND_OKTA), RULES_LATENESS_US);
	correlation_run_free(&run);
}

/* An outer correlation counts what the inner one's groups have in common. */
static void
chains(void **state)
{
	static const char text[] = BASE(
	    "a") "title: burst\nname: burst\nid: burst\ncorrelation:\n"
	         "    type: event_count\n    rules: [a]\n    timespan: 10s\n"
	         "    group-by: [user, ip]\n    condition: {gte: 2}\n---\n" HEAD
	         "    type: value_count\n    rules: [burst]\n    timespan: 1m\n"
	         "    group-by: [source]\n"
	         "    aliases: {source: {burst: ip}}\n"
	         "    condition: {field: user, gte: 2}\n";
	struct correlation_run run;

	(void)state;
	run_steps(&run, text,
	    STEPS({0, "{\"r\":\"a\",\"user\":\"x\",\"ip\":1}"},
	        {1, "{\"r\":\"a\",\"user\":\"y\",\"ip\":1}"},
	        {2, "{\"r\":\"a\",\"user\":\"x\",\"ip\":1}"},
	        {30000, "{\"r\":\"a\",\"user\":\"y\",\"ip\":1}"},
	        {30001, "{\"r\":\"a\",\"user\":\"y\",\"ip\":1}"}));
	/* Wherever watermarks stand. */
	correlator_watermark(run.correlator, 3000);
	correlator_watermark(run.correlator, 31 * SECOND);
	assert_int_equal(run.count, 1);
	assert_int_equal(run.list[0].firing.last, 4);
	assert_string_equal(run.list[0].group, "1");
	correlation_run_free(&run);
}

/* --- bounds --- */

static void
late_and_lost(void **state)
{
	struct correlator_options options = {.groups_max = 3};
	struct correlation_run run;
	struct correlator_stats stats;

	(void)state;
	correlation_run_load(&run, slice_cstr(three), &options);
	correlator_watermark(run.correlator, 5);
	correlation_run_add(&run, SLICE("{\"r\":\"a\"}"), 5, 0);
	for (unsigned i = 0; i < 9; i++) {
		struct buf record = {0};

		buf_printf(&record, "{\"r\":\"a\",\"g\":\"g%u\"}", i);
		correlation_run_add(&run, buf_slice(&record), 6, i);
		buf_release(&record);
	}
	stats = correlator_stats(run.correlator);
	assert_int_equal(stats.late, 1);
	assert_int_equal(stats.events, 9);
	assert_int_equal(stats.groups, 3);
	assert_int_equal(stats.lost_groups, 6);
	assert_int_equal(stats.lost_events, 6);
	assert_int_equal(stats.lost_count, 6);
	assert_int_equal(stats.lost[0].group.len, 5);
	/* When their time has passed, groups take no room. */
	correlator_watermark(run.correlator, 60 * SECOND);
	stats = correlator_stats(run.correlator);
	assert_int_equal(stats.groups, 0);
	assert_int_equal(stats.held, 0);
	correlation_run_free(&run);
}

/* Of many events the first and the last ones are named. */
static void
many_events(void **state)
{
	static const char text[] =
	    BASE("a") HEAD "    type: event_count\n    rules: [a]\n" TAIL
	                   "    condition: {gte: 55}\n";
	struct correlation_run run;
	const struct firing *f;

	(void)state;
	correlation_run_load(&run, slice_cstr(text), NULL);
	for (uint64_t i = 0; i < 55; i++)
		correlation_run_add(
		    &run, SLICE("{\"r\":\"a\"}"), (int64_t)i, i);
	correlator_watermark(run.correlator, SECOND);
	assert_int_equal(run.count, 1);
	f = &run.list[0].firing;
	assert_int_equal(f->events, 55);
	assert_int_equal(f->ref_count, FIRING_REFS_MAX);
	for (size_t i = 0; i < FIRING_REFS_MAX; i++)
		assert_int_equal(f->refs[i], i < 10 ? i : i + 35);
	correlation_run_free(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refused),
	    cmocka_unit_test(refused_in_a_chain),
	    cmocka_unit_test(window_edge_is_inside),
	    cmocka_unit_test(events_are_used_up),
	    cmocka_unit_test(absent_is_a_group),
	    cmocka_unit_test(groups_fold_and_fan_out),
	    cmocka_unit_test(closing_takes_time),
	    cmocka_unit_test(one_time_is_any_order),
	    cmocka_unit_test(an_event_counts_once),
	    cmocka_unit_test(values_must_be_there),
	    cmocka_unit_test(aliases_and_generate),
	    cmocka_unit_test(chains),
	    cmocka_unit_test(late_and_lost),
	    cmocka_unit_test(many_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
