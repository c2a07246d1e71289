/*
 * What is refused and where; what a rule says of itself; mappings; files.
 */
#include "rule_case.h"

#include <sys/stat.h>
#include <unistd.h>

#define HEAD "title: t\nlogsource: {product: p}\n"
#define RULE(search, condition)                                                \
	HEAD "detection:\n  s: " search "\n  condition: " condition "\n"

static const struct rules_source any = {.any_logsource = true};

struct refusal {
	const char *rule;
	const char *where;  /* line:column */
	const char *reason; /* a part of it */
};

static const struct refusal refusals[] = {
    /* documents */
    {"title: [", "2:1", "flow sequence"},
    {"a: b\n}\n", "2:1", ""},
    {"a: b\na: c\n", "2:1", "already there, in line 1"},
    {"a: &x b\n", "1:7", "anchors"},
    {"- a\n", "1:1", "a rule must be a map"},
    {HEAD "correlation: {}\n", "3:14", "there is no type"},
    {HEAD "filter: {}\n", "3:9", "no search identifier"},
    {"action: global\n", "1:1", "'action'"},
    {HEAD, "1:1", "no detection"},
    {"logsource: {product: p}\ndetection: {s: {a: b}}\n", "1:1", "no title"},
    {HEAD "level: bad\ndetection: {s: {a: b}}\n", "3:8", "level 'bad'"},
    {HEAD "status: x\ndetection: {s: {a: b}}\n", "3:9", "status 'x'"},
    {HEAD "tags: {}\ndetection: {s: {a: b}}\n", "3:7", "must be a list"},
    /* search identifiers */
    {HEAD "detection: x\n", "3:12", "must be a map"},
    {HEAD "detection: {condition: s}\n", "3:12", "no search identifier"},
    {RULE("{}", "s"), "4:6", "map is empty"},
    {RULE("[]", "s"), "4:6", "list is empty"},
    {RULE("{a: []}", "s"), "4:10", "values is empty"},
    {RULE("{a: {b: c}}", "s"), "4:10", "not a map"},
    {RULE("{a: [[b]]}", "s"), "4:11", "not a list"},
    {RULE("[[a]]", "s"), "4:7", "may not hold a list"},
    {RULE("[null]", "s"), "4:7", "no keyword"},
    {RULE("{firn.nothing: x}", "s"), "4:7", "no field 'firn.nothing'"},
    /* modifiers */
    {RULE("{a|what: x}", "s"), "4:9", "no modifier 'what'"},
    {RULE("{a|contains|: x}", "s"), "", ""},
    {RULE("{a|re|contains: x}", "s"), "4:7", "cannot be combined"},
    {RULE("{a|cidr|cased: x}", "s"), "4:7", "cannot be combined"},
    {RULE("{a|gt|contains: 1}", "s"), "4:7", "cannot be combined"},
    {RULE("{a|gt|lt: 1}", "s"), "4:7", "more than one comparison"},
    {RULE("{a|i: x}", "s"), "4:7", "need 're'"},
    {RULE("{a|exists|neq: true}", "s"), "4:7", "'exists'"},
    {RULE("{a|exists: maybe}", "s"), "4:17", "true or false"},
    {RULE("{'|exists': true}", "s"), "4:7", "needs a field"},
    {RULE("{a|contains|all: x}", "s"), "4:23", "more than one value"},
    {RULE("{a|contains|all: [x]}", "s"), "4:23", "more than one value"},
    {RULE("{a|contains: null}", "s"), "4:19", "null goes with no"},
    {RULE("{a|cidr: 10.0.0.0/33}", "s"), "4:15", "no network"},
    {RULE("{a|cidr: '10.0.0.0:80/8'}", "s"), "4:15", "no network"},
    {RULE("{a|cidr: 'fe80::%1/64'}", "s"), "4:15", "no network"},
    {RULE("{a|cidr: 10.0.0.0/}", "s"), "4:15", "no network"},
    {RULE("{a|fieldref: ''}", "s"), "4:19", "a field's name"},
    {RULE("{a|gt: x}", "s"), "4:13", "no number"},
    {RULE("{a|re: 'a(b'}", "s"), "4:17", "regular expression"},
    {RULE("{a|base64: 'a*'}", "s"), "4:17", "wildcards"},
    {RULE("{a|windash|base64: a}", "s"), "4:7", "cannot be combined"},
    {RULE("{a|expand: 'x%who%'}", "s"), "4:17", "%who%"},
    /* conditions */
    {HEAD "detection: {a: [x], b: [y]}\n", "3:12", "no condition"},
    {RULE("{a: b}", "x"), "5:14", "no search identifier 'x'"},
    {RULE("{a: b}", "s and x"), "5:20", "no search identifier 'x'"},
    {RULE("{a: b}", "'s and x'"), "5:21", "no search identifier 'x'"},
    {RULE("{a: b}", "s and"), "5:14", "ends too early"},
    {RULE("{a: b}", "(s"), "5:14", "not closed"},
    {RULE("{a: b}", "s)"), "5:15", "not expected"},
    {RULE("{a: b}", "s s"), "5:16", "not expected"},
    {RULE("{a: b}", "1 of x*"), "5:19", "selects no search"},
    {RULE("{a: b}", "2 of s"), "5:14", "selects 1"},
    {RULE("{a: b}", "0 of s"), "5:14", "selects 1"},
    {RULE("{a: b}", "{}"), "5:14", "must be a text"},
    {RULE("{a: b}", "[]"), "5:14", "conditions is empty"},
    {RULE("{a: b}", "s | count() > 5"), "5:16", "'event_count'"},
    {RULE("{a: b}", "s | count(x) by y > 5"), "5:16", "'value_count'"},
    {RULE("{a: b}", "s | near t"), "5:16", "'temporal'"},
    {RULE("{a: b}", "s | min(x) by y < 5"), "5:16", "'value_percentile'"},
    {RULE("{a: b}", "s | max(x) > 5"), "5:16", "'value_percentile'"},
    {RULE("{a: b}", "s | avg(x) > 5"), "5:16", "'value_avg'"},
    {RULE("{a: b}", "s | sum(x) > 5"), "5:16", "'value_sum'"},
    {"taxonomy: [ecs]\n" RULE("{a: b}", "s"), "1:11", "must be a text"},
    {RULE("{a: b}", "s\n  timeframe: 5m"), "6:3", "'timeframe'"},
};

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

static void
refused(void **state)
{
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct refusal *c = &refusals[i];
		struct arena arena = {0};
		struct rule_run run;
		struct slice text;

		rule_run_load(&run, slice_cstr(c->rule), NULL, &any);
		text = said(&arena, &run.report);
		if (*c->where &&
		    (run.report.count != 1 || rules_count(run.rules) ||
		        rules_refused(run.rules) != 1 ||
		        strncmp(text.ptr, c->where, strlen(c->where)) != 0 ||
		        !strstr(text.ptr, c->reason))) {
			print_message("want %s %s:\n%s%s\n", c->where,
			    c->reason, c->rule, text.len ? text.ptr : "");
			wrong++;
		}
		rule_run_free(&run);
		arena_release(&arena);
	}
	assert_int_equal(wrong, 0);
}

/* One reading names all that is wrong, and spares what is right. */
static void
several_problems(void **state)
{
	struct rule_run run;

	(void)state;
	rule_run_load(&run,
	    SLICE("title: t\nlevel: x\nlogsource: {product: p}\n"
	          "detection:\n  a: {x|foo: 1, y|bar: 2}\n  b: {}\n"
	          "  condition: c\n---\n" RULE("{a: b}", "s")),
	    NULL, &any);
	assert_int_equal(run.report.count, 5);
	assert_int_equal(rules_refused(run.rules), 1);
	assert_int_equal(rules_count(run.rules), 1);
	rule_run_free(&run);
}

static void
no_logsource(void **state)
{
	static const struct rules_source plain = {0};
	struct rule_run run;

	(void)state;
	rule_run_load(
	    &run, SLICE("title: t\ndetection: {s: {a: b}}\n"), NULL, &plain);
	assert_string_equal(
	    run.report.list[0].reason.ptr, "there is no log source");
	rule_run_free(&run);
}

static void
meta(void **state)
{
	const struct rule_meta *meta;
	struct rule_run run;

	(void)state;
	rule_run_load(&run,
	    SLICE("title: A title\nid: 1-2\nstatus: stable\nlevel: high\n"
	          "description: |\n  What\n  why\nauthor: me\n"
	          "references: [https://x.example]\nfalsepositives: none\n"
	          "tags: [attack.t1098.003, attack.privilege_escalation,\n"
	          "  attack.g0016, attack.TA0003, cve.2026-1]\n"
	          "logsource: {product: azure, service: auditlogs}\n"
	          "custom: {x: 1}\ndetection: {s: {a: b}}\n---\n" RULE(
	              "{a: b}", "s")),
	    NULL, &any);
	assert_int_equal(rules_count(run.rules), 2);
	meta = rules_meta(run.rules, 0);
	assert_string_equal(meta->id.ptr, "1-2");
	assert_string_equal(meta->title.ptr, "A title");
	assert_int_equal(meta->status, STATUS_STABLE);
	assert_int_equal(meta->level, LEVEL_HIGH);
	assert_string_equal(meta->description.ptr, "What\nwhy\n");
	assert_string_equal(
	    meta->logsource.ptr, "product: azure, service: auditlogs");
	assert_int_equal(meta->tags.count, 5);
	assert_int_equal(meta->techniques.count, 1);
	assert_string_equal(meta->techniques.list[0].ptr, "T1098.003");
	assert_string_equal(meta->tactics.list[0].ptr, "privilege-escalation");
	assert_string_equal(meta->falsepositives.list[0].ptr, "none");
	meta = rules_meta(run.rules, 1);
	assert_string_equal(meta->id.ptr, "rule#2");
	assert_int_equal(meta->level, LEVEL_MEDIUM);
	assert_int_equal(meta->line, 17);
	rule_run_free(&run);
}

static void
same_id(void **state)
{
	struct rule_run run;

	(void)state;
	rule_run_load(&run,
	    SLICE("id: x\n" RULE("{a: b}", "s") "---\nid: x\n" RULE(
	        "{a: c}", "s")),
	    NULL, &any);
	assert_int_equal(rules_count(run.rules), 1);
	assert_int_equal(run.report.count, 1);
	assert_non_null(strstr(
	    run.report.list[0].reason.ptr, "already that of 'rule.yml'"));
	assert_int_equal(run.report.list[0].line, 8);
	rule_run_free(&run);
}

static void
placeholders(void **state)
{
	static const char *const names[] = {"eve", "m*y"};
	static const struct rules_placeholder who = {"who", names, 2};
	const struct rules_source source = {.placeholders = &who,
	    .placeholder_count = 1,
	    .any_logsource = true};
	struct rule_run run;
	const uint32_t *hits;

	(void)state;
	rule_run_load(&run, SLICE(RULE("{a|expand|contains: '<%who%>'}", "s")),
	    NULL, &source);
	assert_int_equal(run.report.count, 0);
	assert_int_equal(rule_run_match(&run, SLICE("{\"a\":\"x<Mary>\"}"),
	                     KIND_OKTA, &hits),
	    1);
	assert_int_equal(
	    rule_run_match(&run, SLICE("{\"a\":\"eve\"}"), KIND_OKTA, &hits),
	    0);
	rule_run_free(&run);
}

/* --- mappings --- */

static const char mapping[] =
    "title: m\nlogsource: [{product: p}, {service: z}]\n"
    "kinds: [entra.signin*]\n"
    "fields: {Op: [firn.operation, op], Up: a.b}\n"
    "when: {Op: [go, run]}\n"
    "---\n"
    "logsource: [{product: p, service: s}]\nkinds: [okta.system]\n";

static void
mapped(void **state)
{
	struct rule_run run;
	const uint32_t *hits;

	(void)state;
	rule_run_load(&run,
	    SLICE("id: 0\n" RULE("{Up: x}",
	        "s") "---\n"
	             "title: t\nlogsource: {product: p, service: s}\n"
	             "detection: {s: {Up: x}}\n---\n"
	             "title: t\nlogsource: {product: q}\n"
	             "detection: {s: {Up: x}}\n---\n"
	             "title: t\nlogsource: {product: p, category: c}\n"
	             "detection: {s: {Op|neq: [run, walk]}}\n"),
	    mapping, NULL);
	assert_int_equal(run.report.count, 0);
	assert_int_equal(rules_count(run.rules), 4);
	assert_true(rules_looks_at(run.rules, 0, KIND_SIGNIN));
	assert_true(rules_looks_at(run.rules, 0, KIND_SIGNIN_MI));
	assert_false(rules_looks_at(run.rules, 0, KIND_OKTA));
	/* The added condition, and the field at its other place. */
	assert_int_equal(
	    rule_run_match(&run, SLICE("{\"a\":{\"b\":\"x\"},\"op\":\"walk\"}"),
	        KIND_SIGNIN, &hits),
	    0);
	assert_int_equal(
	    rule_run_match(&run, SLICE("{\"a\":{\"b\":\"x\"},\"op\":\"RUN\"}"),
	        KIND_SIGNIN, &hits),
	    1);
	assert_int_equal(hits[0], 0);
	/* Either of several targets; neq holds for all of them. */
	run.event.col[EV_OPERATION] = SLICE("go");
	assert_int_equal(
	    rule_run_match(&run, SLICE("{\"op\":\"x\"}"), KIND_SIGNIN, &hits),
	    1);
	assert_int_equal(hits[0], 3);
	/* The mapping with more keys wins; it has no fields. */
	assert_int_equal(
	    rule_run_match(&run, SLICE("{\"Up\":\"x\"}"), KIND_OKTA, &hits), 1);
	assert_int_equal(hits[0], 1);
	/* What nothing serves looks at records of no known kind. */
	assert_int_equal(
	    rule_run_match(&run, SLICE("{\"Up\":\"x\"}"), KIND_UNKNOWN, &hits),
	    1);
	assert_int_equal(hits[0], 2);
	rule_run_free(&run);
}

static void
bad_mappings(void **state)
{
	static const struct refusal cases[] = {
	    {"[x]", "1:1", "must be a map"},
	    {"kinds: [okta.system]", "1:1", "needs 'logsource'"},
	    {"logsource: [{product: p}]\nkinds: [nothing]", "2:9",
	        "no kind 'nothing'"},
	    {"logsource: [{}]\nkinds: [okta.system]", "1:13",
	        "needs a product"},
	    {"logsource: {product: p}\nkinds: [okta.system]", "1:12",
	        "list of maps"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\nfoo: 1", "3:1",
	        "no 'foo'"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "fields: {a: {b: c}}",
	        "3:13", "a field or a list"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "fields: {a: firn.nothing}",
	        "3:13", "no field"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "when: {a|x: b}",
	        "3:10", "no modifier"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n---\n"
	     "logsource: [{product: p}]\nkinds: [okta.system]",
	        "4:13", "serves this log source already"},
	    {"logsource: [{product: p}]\nfields: {a: b}", "1:1",
	        "'kinds' or 'change-logsource'"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "prefix: {add: x}",
	        "3:9", "list of maps"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "prefix: [{add: x, remove: y}]",
	        "3:10", "'add' or 'remove'"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "prefix: [{add: x, fields: y}]",
	        "3:27", "list of names"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "placeholders: {a: {b: c}}",
	        "3:19", "must be plain"},
	    {"logsource: [{product: p}]\nkinds: [okta.system]\n"
	     "change-logsource: {product: q}",
	        "3:1", "does not go with 'kinds'"},
	    {"logsource: [{product: p}]\nlateness: 1h\n"
	     "change-logsource: {product: q}",
	        "3:1", "does not go with 'lateness'"},
	    {"logsource: [{product: p}]\nchange-logsource: {}", "2:19",
	        "needs a product"},
	    /* A circle, be it of one. */
	    {"logsource: [{product: p}]\n"
	     "change-logsource: {product: p, service: s}",
	        "2:19", "in a circle"},
	    {"placeholders: [x]", "1:15", "map of names"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct rule_run run;
		struct slice text;

		rule_run_load(
		    &run, SLICE(RULE("{a: b}", "s")), cases[i].rule, &any);
		text = said(&arena, &run.report);
		if (run.report.count != 1 ||
		    strncmp(text.ptr, cases[i].where, strlen(cases[i].where)) !=
		        0 ||
		    !strstr(text.ptr, cases[i].reason))
			fail_msg("want %s %s, got %s", cases[i].where,
			    cases[i].reason, text.len ? text.ptr : "nothing");
		assert_int_equal(rules_count(run.rules), 1);
		rule_run_free(&run);
		arena_release(&arena);
	}
}

/* --- files --- */

static void
put_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void
files(void **state)
{
	static const char *const names[] = {"b.yml", "a/c.yaml", "a/d.yml",
	    "a/mapping/m.yml", "a/x.test.ndjson", "a/.hidden.yml"};
	char dir[] = "/tmp/firn-rules-XXXXXX", path[256];
	const char *const paths[] = {dir};
	struct rules_source source = {.paths = paths, .path_count = 1};
	struct rules_report report = {0};
	struct rules *rules = NULL;
	struct err err = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/a/mapping", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < 3; i++)
		put_file(dir, names[i], i == 1 ? "x: [" : RULE("{a: b}", "s"));
	put_file(
	    dir, names[3], "logsource: [{product: p}]\nkinds: [okta.system]\n");
	put_file(dir, names[4], "{}");
	put_file(dir, names[5], "}");
	assert_int_equal(rules_load(&rules, &source, &report, &err), 0);
	assert_int_equal(rules_count(rules), 2);
	assert_int_equal(rules_refused(rules), 1);
	assert_string_equal(rules_meta(rules, 0)->id.ptr, "d");
	assert_string_equal(rules_meta(rules, 1)->id.ptr, "b");
	assert_true(rules_looks_at(rules, 0, KIND_OKTA));
	assert_non_null(strstr(report.list[0].path.ptr, "a/c.yaml"));
	rules_free(rules);
	rules_report_release(&report);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/a/mapping", dir);
	rmdir(path);
	snprintf(path, sizeof(path), "%s/a", dir);
	rmdir(path);
	rmdir(dir);
	assert_int_equal(rules_load(&rules, &source, &report, &err), -1);
	assert_null(rules);
	assert_int_equal(err.code, ERR_SYSTEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(refused),
	    cmocka_unit_test(several_problems),
	    cmocka_unit_test(no_logsource),
	    cmocka_unit_test(meta),
	    cmocka_unit_test(same_id),
	    cmocka_unit_test(placeholders),
	    cmocka_unit_test(mapped),
	    cmocka_unit_test(bad_mappings),
	    cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
