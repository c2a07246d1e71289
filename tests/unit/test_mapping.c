/*
 * Mappings: prefixes, log sources that are changed, taxonomies, placeholders.
 */
#include "rule_case.h"

#define RULE(search)                                                           \
	"title: t\nlogsource: {product: p}\ndetection:\n  s: " search "\n"

static const struct rules_source any = {.any_logsource = true};

/* All that is said, as line:column: reason. */
static struct slice
said(struct arena *arena, const struct rules_report *report)
{
	struct slice out = SLICE("");

	for (size_t i = 0; i < report->count; i++)
		out = arena_printf(arena, "%s%u:%u: %s\n",
		    out.len ? out.ptr : "", report->list[i].line,
		    report->list[i].column, report->list[i].reason.ptr);
	return out;
}

/* Whether just the first rule is true of the record, of that kind. */
static bool
is_true(struct rule_run *run, const char *record, enum event_kind kind)
{
	const uint32_t *hits;

	return rule_run_match(run, slice_cstr(record), kind, &hits) == 1 &&
	       hits[0] == 0;
}

static void
prefixes(void **state)
{
	static const char prefixed[] =
	    "logsource: [{product: p}]\nkinds: [okta.system]\n"
	    "fields: {kept: [kept, other]}\n"
	    "prefix:\n"
	    "  - {remove: data.}\n"
	    "  - {add: in., fields: [a*, b]}\n";
	struct rule_run run;

	(void)state;
	rule_run_load(&run,
	    SLICE("id: 0\n" RULE("{data.x: 1, abc: 1, b: 1, c: 1, kept: 1, "
	                         "firn.kind: okta.system}")),
	    prefixed, NULL);
	assert_int_equal(run.report.count, 0);
	assert_true(is_true(&run,
	    "{\"x\":1,\"in\":{\"abc\":1,\"b\":1},\"c\":1,\"other\":1}",
	    KIND_OKTA));
	assert_false(is_true(&run,
	    "{\"data\":{\"x\":1},\"in\":{\"abc\":1,\"b\":1},\"c\":1,"
	    "\"kept\":1}",
	    KIND_OKTA));
	rule_run_free(&run);
}

/* Names and conditions go through every mapping on the way. */
static void
changed_logsource(void **state)
{
	static const char changing[] =
	    "logsource: [{product: old}]\n"
	    "change-logsource: {product: mid}\n"
	    "fields: {One: [Two, Deux]}\n"
	    "when: {One: '*'}\n"
	    "---\n"
	    "logsource: [{product: mid}]\n"
	    "change-logsource: {product: new, service: s}\n"
	    "prefix: [{add: x.}]\n"
	    "---\n"
	    "logsource: [{product: new}]\nkinds: [okta.system]\n"
	    "fields: {x.Deux: deep}\nwhen: {on: true}\n"
	    "---\n"
	    "logsource: [{product: away}]\n"
	    "change-logsource: {product: nobody}\n";
	struct rule_run run;

	(void)state;
	rule_run_load(&run,
	    SLICE("title: t\nid: 0\nlogsource: {product: old}\n"
	          "detection: {s: {One|startswith: v}}\n---\n"
	          "title: t\nid: 1\nlogsource: {product: away}\n"
	          "detection: {s: {a: b}}\n"),
	    changing, NULL);
	assert_int_equal(run.report.count, 0);
	assert_true(rules_looks_at(run.rules, 0, KIND_OKTA));
	assert_false(rules_looks_at(run.rules, 0, KIND_UNKNOWN));
	assert_true(rules_looks_at(run.rules, 1, KIND_UNKNOWN));
	assert_true(is_true(&run,
	    "{\"x\":{\"Two\":\"v\",\"on\":1,\"a\":1},\"on\":true}", KIND_OKTA));
	assert_true(is_true(&run, "{\"deep\":\"v\",\"on\":true}", KIND_OKTA));
	/* Without the condition of the last. */
	assert_false(is_true(&run, "{\"deep\":\"v\"}", KIND_OKTA));
	assert_false(is_true(&run, "{\"One\":\"v\",\"on\":true}", KIND_OKTA));
	rule_run_free(&run);
}

/* Each mapping of a circle is refused, and so is what leads to a bad one. */
static void
broken_chains(void **state)
{
	static const char broken[] =
	    "logsource: [{product: a}]\nchange-logsource: {product: b}\n"
	    "---\n"
	    "logsource: [{product: b}]\nchange-logsource: {product: a}\n"
	    "---\n"
	    "logsource: [{product: c}]\nkinds: [okta.system]\n"
	    "when: {a|x: b}\n"
	    "---\n"
	    "logsource: [{product: d}]\nchange-logsource: {product: c}\n";
	struct arena arena = {0};
	struct rule_run run;
	struct slice text;

	(void)state;
	rule_run_load(&run, SLICE(RULE("{a: b}")), broken, NULL);
	text = said(&arena, &run.report);
	assert_int_equal(run.report.count, 4);
	assert_int_equal(rules_refused(run.rules), 4);
	assert_non_null(strstr(text.ptr, "2:19: the log source is changed"));
	assert_non_null(strstr(text.ptr, "5:19: the log source is changed"));
	assert_non_null(strstr(text.ptr, "12:19: 'mapping.yml', which serves"));
	rule_run_free(&run);
	arena_release(&arena);
}

static void
taxonomies(void **state)
{
	static const char ecs[] =
	    "logsource: [{product: p}]\nkinds: [okta.system]\n"
	    "fields: {Op: op}\n"
	    "---\n"
	    "logsource: [{product: p}]\ntaxonomy: ecs\n"
	    "change-logsource: {product: p}\n"
	    "fields: {event.action: Op}\n";
	static const char rules[] =
	    "title: t\nid: 0\ntaxonomy: ecs\nlogsource: {product: p}\n"
	    "detection: {s: {event.action: x}}\n---\n"
	    "title: t\nid: 1\ntaxonomy: sigma\nlogsource: {product: p}\n"
	    "detection: {s: {event.action: y}}\n";
	struct rule_run run;

	(void)state;
	rule_run_load(&run, slice_cstr(rules), ecs, NULL);
	assert_int_equal(run.report.count, 0);
	assert_true(is_true(&run, "{\"op\":\"x\"}", KIND_OKTA));
	assert_false(
	    is_true(&run, "{\"event\":{\"action\":\"x\"}}", KIND_OKTA));
	assert_false(is_true(&run, "{\"op\":\"y\"}", KIND_OKTA));
	rule_run_free(&run);
	/* A mapping of Sigma's own taxonomy does not serve the other. */
	rule_run_load(&run, slice_cstr(rules),
	    "logsource: [{product: p}]\nkinds: [okta.system]\n", NULL);
	assert_int_equal(rules_count(run.rules), 1);
	assert_int_equal(run.report.list[0].line, 3);
	assert_int_equal(run.report.list[0].column, 11);
	assert_non_null(strstr(
	    run.report.list[0].reason.ptr, "no mapping with 'taxonomy: ecs'"));
	rule_run_free(&run);
	/* Where no log source counts, no mapping is needed. */
	rule_run_load(&run, slice_cstr(rules), NULL, &any);
	assert_int_equal(rules_count(run.rules), 2);
	rule_run_free(&run);
}

/* From outside, from the rule's mapping, from one for all rules. */
static void
mapped_placeholders(void **state)
{
	static const char given[] =
	    "title: for all\nplaceholders: {who: all, rest: r}\n"
	    "---\n"
	    "logsource: [{product: p}]\nkinds: [okta.system]\n"
	    "placeholders: {who: [kim, 'le*'], out: here}\n";
	static const char *const values[] = {"outside"};
	static const struct rules_placeholder out = {"out", values, 1};
	static const struct rules_source more = {
	    .placeholders = &out, .placeholder_count = 1};
	struct rule_run run;

	(void)state;
	rule_run_load(&run,
	    SLICE("id: 0\n" RULE("{a|expand: '%who%', b|expand: '%rest%', "
	                         "c|expand: '%out%'}")),
	    given, &more);
	assert_int_equal(run.report.count, 0);
	assert_true(is_true(
	    &run, "{\"a\":\"lee\",\"b\":\"r\",\"c\":\"outside\"}", KIND_OKTA));
	assert_false(is_true(
	    &run, "{\"a\":\"all\",\"b\":\"r\",\"c\":\"outside\"}", KIND_OKTA));
	assert_false(is_true(
	    &run, "{\"a\":\"lee\",\"b\":\"r\",\"c\":\"here\"}", KIND_OKTA));
	rule_run_free(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(prefixes),
	    cmocka_unit_test(changed_logsource),
	    cmocka_unit_test(broken_chains),
	    cmocka_unit_test(taxonomies),
	    cmocka_unit_test(mapped_placeholders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
