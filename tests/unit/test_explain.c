/*
 * Explanations: every form of condition with its verdict, three values deep,
 * and how they agree with the matcher.
 */
#include "rule/explain.h"

#include "base/term.h"
#include "rule_case.h"

struct explain_case {
	const char *detection, *record;
	/* The tree as text: (verdict what part...), see show(). */
	const char *want;
};

#define DEEP1                                                                  \
	"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" \
	"["                                                                    \
	"["
#define DEEP2                                                                  \
	"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]" \
	"]"                                                                    \
	"]"

static const struct explain_case cases[] = {
    {"{s: {f: x}}", "{\"f\": \"X\"}", "(T s [T f 'x' +X])"},
    {"{s: {f: x}}", "{\"f\": \"y\"}", "(F s [F f 'x' -y])"},
    {"{s: {f: x}}", "{}", "(F s [F f 'x' absent])"},
    {"{s: {f: [x, y*]}}", "{\"f\": [\"a\", \"yb\"]}",
        "(T s [T f 'x' or 'y*' -a +yb])"},
    {"{s: {f: x, g: y}, condition: s}", "{\"f\": \"x\", \"g\": 1}",
        "(F s (F and [T f 'x' +x] [F g 'y' -1]))"},
    {"{s: {f: x}, t: {g: y}, condition: s or not t}", "{\"g\": \"y\"}",
        "(F or (F s [F f 'x' absent]) (F not (T t [T g 'y' +y])))"},
    {"{s1: {f: 1}, s2: {f: 2}, s3: {f: 3}, condition: 2 of s*}",
        "{\"f\": [1, 3]}",
        "(T 2of (T s1 [T f '1' +1 -3]) (F s2 [F f '2' -1 -3]) "
        "(T s3 [T f '3' -1 +3]))"},
    {"{s: {f: null}}", "{}", "(T s [T f null absent])"},
    {"{s: {f: null}}", "{\"f\": null}", "(T s [T f null])"},
    {"{s: {f: null}}", "{\"f\": 0}", "(F s [F f null -0])"},
    {"{s: {f|exists: true}}", "{\"f\": 0}", "(T s [T f is there +0])"},
    {"{s: {f|exists: false}}", "{\"f\": 0}", "(F s [F f is not there +0])"},
    {"{s: {f|exists: false}}", "{}", "(T s [T f is not there absent])"},
    {"{s: {f|re: 'a.c'}}", "{\"f\": \"xabc\"}", "(T s [T f /a.c/ +xabc])"},
    {"{s: {f|cidr: 10.0.0.0/8}}", "{\"f\": \"10.1.2.3\"}",
        "(T s [T f in 10.0.0.0/8 +10.1.2.3])"},
    {"{s: {f|cidr: '2001:db8::/32'}}", "{\"f\": \"10.1.2.3\"}",
        "(F s [F f in 2001:db8::/32 -10.1.2.3])"},
    {"{s: {f|gte: 5}}", "{\"f\": 7}", "(T s [T f >= 5 +7])"},
    {"{s: {f|hour|lt: 6}}", "{\"f\": \"2026-10-05T03:00:00Z\"}",
        "(T s [T f hour < 6 +2026-10-05T03:00:00Z])"},
    {"{s: {f|fieldref: g}}", "{\"f\": \"a\", \"g\": \"A\"}",
        "(T s [T f the same as g +a])"},
    {"{s: {f|contains: 'a*b'}}", "{\"f\": \"xacby\"}",
        "(T s [T f '*a*b*' +xacby])"},
    {"{s: {f|cased: 'A?c\\*'}}", "{\"f\": \"Abc*\"}",
        "(T s [T f cased 'A?c\\*' +Abc*])"},
    {"{s: {f|neq: x}}", "{\"f\": \"y\"}", "(T s (T not [F f 'x' -y]))"},
    {"{s: [x]}", "{\"a\": {\"b\": \"axb\"}}", "(T s [T  '*x*' +axb])"},
    {"{s: {m.f: x}}", "{\"m\": {\"f\": \"x\"}}", "(T s [T m.f 'x' +x])"},
    /* the same identifier twice */
    {"{s: {f: x}, condition: s and s}", "{\"f\": \"x\"}",
        "(T and (T s [T f 'x' +x]) (T s [T f 'x' +x]))"},
    /* a field that is nested deeper than is looked into is unknown */
    {"{s: {f: x}}", "{\"f\": " DEEP1 "1" DEEP2 "}", "(U s [U f 'x'])"},
    {"{s: {f: x}, condition: not s}", "{\"f\": " DEEP1 "1" DEEP2 "}",
        "(U not (U s [U f 'x']))"},
    {"{s: {f: x}, t: {g: y}, condition: s or t}",
        "{\"g\": \"y\", \"f\": " DEEP1 "1" DEEP2 "}",
        "(T or (U s [U f 'x']) (T t [T g 'y' +y]))"},
    {"{s: {f: x}, t: {g: y}, condition: s and t}",
        "{\"g\": \"n\", \"f\": " DEEP1 "1" DEEP2 "}",
        "(F and (U s [U f 'x']) (F t [F g 'y' -n]))"},
    {"{s: {f: x}, t: {g: y}, condition: s and t}",
        "{\"g\": \"y\", \"f\": " DEEP1 "1" DEEP2 "}",
        "(U and (U s [U f 'x']) (T t [T g 'y' +y]))"},
    {"{s1: {f: x}, s2: {g: y}, s3: {g: z}, condition: 2 of s*}",
        "{\"g\": \"y\", \"f\": " DEEP1 "1" DEEP2 "}",
        "(U 2of (U s1 [U f 'x']) (T s2 [T g 'y' +y]) (F s3 [F g 'z' -y]))"},
};

static void
show(struct buf *out, const struct explained *node)
{
	static const char *const words[] = {"and", "or", "not"};

	if (node->type == EXPLAINED_LEAF) {
		buf_printf(out, "[%c " SLICE_FMT " " SLICE_FMT,
		    "FUT"[node->verdict], SLICE_ARG(node->name),
		    SLICE_ARG(node->what));
		if (node->absent)
			buf_str(out, " absent");
		for (size_t i = 0; i < node->value_count; i++)
			buf_printf(out, " %c" SLICE_FMT,
			    node->values[i].fits ? '+' : '-',
			    SLICE_ARG(node->values[i].text));
		buf_char(out, ']');
		return;
	}
	buf_printf(out, "(%c ", "FUT"[node->verdict]);
	if (node->type == EXPLAINED_IDENT)
		buf_slice_add(out, node->name);
	else if (node->type == EXPLAINED_AT_LEAST)
		buf_printf(out, "%uof", node->need);
	else
		buf_str(out, words[node->type]);
	for (size_t i = 0; i < node->part_count; i++) {
		buf_char(out, ' ');
		show(out, node->part[i]);
	}
	buf_char(out, ')');
}

static void
trees(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rule_run run;
		struct arena arena = {0};
		struct buf rule = {0}, got = {0};
		const struct explained *tree;
		const uint32_t *hits;
		uint32_t facts;
		size_t n;

		buf_printf(&rule,
		    "title: t\nlogsource: {product: p}\ndetection: %s\n",
		    cases[i].detection);
		rule_run_load(&run, buf_slice(&rule), NULL, NULL);
		if (run.report.count)
			fail_msg("%s: %s", cases[i].detection,
			    run.report.list[0].reason.ptr);
		n = rule_run_match(
		    &run, slice_cstr(cases[i].record), KIND_UNKNOWN, &hits);
		tree = explain_rule(run.matcher, 0, &arena);
		show(&got, tree);
		buf_char(&got, '\0');
		if (strcmp(got.ptr, cases[i].want) != 0)
			fail_msg("%s of %s:\n%s, not\n%s", cases[i].detection,
			    cases[i].record, got.ptr, cases[i].want);
		assert_int_equal(matcher_verdict(run.matcher, 0, &facts),
		    n ? VERDICT_TRUE : VERDICT_FALSE);
		if (tree->verdict != VERDICT_UNKNOWN)
			assert_int_equal(tree->verdict == VERDICT_TRUE, n != 0);
		buf_release(&rule);
		buf_release(&got);
		arena_release(&arena);
		rule_run_free(&run);
	}
}

/* A regular expression that is given up: neither true nor false. */
static void
limits_are_unknown(void **state)
{
	static const char rule[] =
	    "title: t\nlogsource: {product: p}\n"
	    "detection: {s: {f|re: '^(a|aa)+$'}, condition: not s}\n";
	struct rule_run run;
	struct arena arena = {0};
	struct buf record = {0};
	const uint32_t *hits;

	(void)state;
	buf_str(&record, "{\"f\": \"");
	for (size_t i = 0; i < 5000; i++)
		buf_char(&record, 'a');
	buf_str(&record, "b\"}");
	rule_run_load(&run, slice_cstr(rule), NULL, NULL);
	rule_run_match(&run, buf_slice(&record), KIND_UNKNOWN, &hits);
	assert_true(matcher_regex_limited(run.matcher) > 0);
	assert_int_equal(
	    explain_rule(run.matcher, 0, &arena)->verdict, VERDICT_UNKNOWN);
	arena_release(&arena);
	buf_release(&record);
	rule_run_free(&run);
}

/* Long values are cut between characters, and what fits is always told. */
static void
values_are_bounded(void **state)
{
	static const char rule[] = "title: t\nlogsource: {product: p}\n"
	                           "detection: {s: {f|endswith: z}}\n";
	struct rule_run run;
	struct arena arena = {0};
	struct buf record = {0};
	const struct explained *leaf;
	const struct explained_value *last;
	const uint32_t *hits;

	(void)state;
	buf_str(&record, "{\"f\": [");
	for (size_t i = 0; i < 100; i++)
		buf_printf(&record, "%zu, ", i);
	buf_str(&record, "\"x");
	for (size_t i = 0; i < EXPLAIN_VALUE_MAX; i++)
		buf_str(&record, "\xc3\xa4");
	buf_str(&record, "z\"]}");
	rule_run_load(&run, slice_cstr(rule), NULL, NULL);
	assert_int_equal(
	    rule_run_match(&run, buf_slice(&record), KIND_UNKNOWN, &hits), 1);
	leaf = explain_rule(run.matcher, 0, &arena)->part[0];
	assert_int_equal(leaf->value_count, EXPLAIN_VALUES_MAX);
	assert_int_equal(leaf->value_total, 101);
	last = &leaf->values[EXPLAIN_VALUES_MAX - 1];
	assert_true(last->fits && last->cut);
	assert_int_equal(last->text.len, EXPLAIN_VALUE_MAX - 1);
	arena_release(&arena);
	buf_release(&record);
	rule_run_free(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trees),
	    cmocka_unit_test(limits_are_unknown),
	    cmocka_unit_test(values_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
