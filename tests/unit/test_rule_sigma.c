/*
 * The engine against Sigma cases that others decided, and SigmaHQ's own rules.
 * The data is not part of the project: FIRN_DATA names it, ../shared/data else;
 * where it is not, these tests are skipped.
 */
#include "data_path.h"
#include "rule_case.h"

#include <unistd.h>

/* The text with a title, which some cases go without. */
static struct slice
titled(struct arena *arena, struct slice rule)
{
	const char *title =
	    memmem(rule.ptr, rule.len, "title:", sizeof("title:") - 1);
	size_t indent = strspn(rule.ptr, "\n ");

	while (indent && rule.ptr[indent - 1] != '\n')
		indent--;
	if (title)
		return rule;
	/* At the indentation that the rule's first line has. */
	return arena_printf(arena, "%.*stitle: x\n%.*s",
	    (int)strspn(rule.ptr + indent, " "), rule.ptr + indent,
	    (int)(rule.len - indent), rule.ptr + indent);
}

static size_t
run_case(struct json_parser *parser, struct slice line, struct arena *arena)
{
	static const char *const values[] = {
	    "OtherAdminMachine", "AdminMachine"};
	static const struct rules_placeholder placeholder = {
	    "Admins_Workstations", values, 2};
	struct rules_source source = {.any_logsource = true};
	struct rule_run run;
	struct json test;
	struct slice rule;
	struct buf event = {0};
	const uint32_t *hits;
	size_t wrong = 0, n = 0;
	bool want;

	assert_int_not_equal(json_parse(parser, line, &test, NULL), JSON_BAD);
	if (json_present(JSON_GET(test, "placeholders"))) {
		source.placeholders = &placeholder;
		source.placeholder_count = 1;
	}
	rule =
	    titled(arena, arena_copy(arena, json_str(JSON_GET(test, "rule"))));
	rule_run_load(&run, rule, NULL, &source);
	json_write(&event, JSON_GET(test, "event"));
	want = json_is_true(JSON_GET(test, "expect"));
	if (!run.report.count)
		n = rule_run_match(
		    &run, buf_slice(&event), KIND_UNKNOWN, &hits);
	/* A rule that is refused matches nothing. */
	if ((n != 0) != want) {
		struct slice name = json_str(JSON_GET(test, "name"));

		print_message("wrong: " SLICE_FMT ": want %d: " SLICE_FMT
		              "\n" SLICE_FMT "\n%.*s\n",
		    SLICE_ARG(name), want,
		    SLICE_ARG(run.report.count ? run.report.list[0].reason
		                               : SLICE("")),
		    SLICE_ARG(buf_slice(&event)), (int)rule.len, rule.ptr);
		wrong = 1;
	}
	rule_run_free(&run);
	buf_release(&event);
	return wrong;
}

/* Calls for every line of the file, with padding behind it. */
static size_t
each_line(const char *name,
    size_t (*call)(struct json_parser *, struct slice, struct arena *))
{
	char *path = data_path(name);
	FILE *file = fopen(path, "r");
	struct json_parser *parser = json_parser_new();
	struct arena arena = {0};
	struct buf line = {0};
	char *text = NULL;
	size_t size = 0, wrong = 0;
	ssize_t n;

	assert_non_null(file);
	while ((n = getline(&text, &size, file)) > 0) {
		buf_clear(&line);
		buf_add(&line, text, (size_t)n);
		memset(buf_reserve(&line, JSON_PADDING), 0, JSON_PADDING);
		wrong += call(parser, buf_slice(&line), &arena);
		arena_reset(&arena);
	}
	fclose(file);
	free(text);
	free(path);
	buf_release(&line);
	arena_release(&arena);
	json_parser_free(parser);
	return wrong;
}

static void
core_cases(void **state)
{
	(void)state;
	assert_int_equal(each_line("sigma/core.jsonl", run_case), 0);
}

static struct rules *regression_rules;
static struct matcher *regression_matcher;
static bool *regression_hit;   /* for each rule: its file has matched */
static bool *regression_named; /* it has an event to match */

static size_t
find_rule(struct slice file)
{
	for (size_t i = 0; i < rules_count(regression_rules); i++) {
		struct slice path = rules_meta(regression_rules, i)->path;

		if (path.len > file.len &&
		    slice_eq(slice_skip(path, path.len - file.len), file))
			return i;
	}
	fail_msg("no rule '" SLICE_FMT "'", SLICE_ARG(file));
	return 0;
}

/* Of several events for a rule at least one must match. */
static size_t
regression_case(
    struct json_parser *parser, struct slice line, struct arena *arena)
{
	struct event event = {.kind = KIND_UNKNOWN};
	struct record record = {.arena = arena};
	const uint32_t *hits;
	struct json test;
	size_t rule, n;

	assert_int_not_equal(json_parse(parser, line, &test, NULL), JSON_BAD);
	rule = find_rule(json_str(JSON_GET(test, "rule_file")));
	record.root = JSON_GET(test, "event");
	n = matcher_run(regression_matcher, &record, &event, &hits);
	regression_named[rule] = true;
	for (size_t i = 0; i < n; i++)
		if (hits[i] == rule)
			regression_hit[rule] = true;
	return 0;
}

/*
 * Rules with a text condition on a field that is an object: the evaluator that
 * made the list takes it for no match, firn matches the object's JSON.
 */
static bool
reads_object(const struct rule_meta *meta)
{
	static const char *const names[] = {"aws_disable_bucket_versioning.yml",
	    "aws_ec2_vm_export_failure.yml"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(meta->path.ptr, names[i]))
			return true;
	return false;
}

/* The hits of every rule, by id, for an event. */
static size_t
matrix_case(struct json_parser *parser, struct slice line, struct arena *arena)
{
	struct event event = {.kind = KIND_UNKNOWN};
	struct record record = {.arena = arena};
	const uint32_t *hits;
	struct json test, list;
	size_t n, wanted = 0, found = 0, extra = 0;
	struct json_iter it;
	struct json id;

	assert_int_not_equal(json_parse(parser, line, &test, NULL), JSON_BAD);
	list = JSON_GET(test, "hits");
	record.root = JSON_GET(test, "event");
	n = matcher_run(regression_matcher, &record, &event, &hits);
	for (size_t i = 0; i < n; i++)
		extra += reads_object(rules_meta(regression_rules, hits[i]));
	for (it = json_iter(list); json_next(&it, NULL, &id); wanted++)
		for (size_t i = 0; i < n; i++)
			found += slice_eq(json_str(id),
			    rules_meta(regression_rules, hits[i])->id);
	if (wanted == n - extra && found == wanted)
		return 0;
	print_message("%zu hits, want %zu, %zu the same:\n%.*s\n", n, wanted,
	    found, (int)line.len, line.ptr);
	for (size_t i = 0; i < n; i++)
		print_message(
		    "  %s\n", rules_meta(regression_rules, hits[i])->path.ptr);
	return 1;
}

static size_t
print_report(const struct rules_report *report)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct rules_problem *problem = &report->list[i];

		print_message(SLICE_FMT ":%u:%u: " SLICE_FMT "\n",
		    SLICE_ARG(problem->path), problem->line, problem->column,
		    SLICE_ARG(problem->reason));
	}
	return report->count;
}

/* Rules write EVTX names without the blanks that some have. */
static const char blanks[] =
    "logsource: [{product: windows}]\n"
    "kinds: [unknown]\n"
    "fields: {ThreatName: Threat Name, SourceName: Source Name}\n";

static void
regression(void **state)
{
	char *dir = data_path("sigmahq");
	const char *paths[5];
	static const char *const names[] = {"rules", "rules-compliance",
	    "rules-emerging-threats", "rules-placeholder",
	    "rules-threat-hunting"};
	const struct rules_text mapping = {"blanks.yml", slice_cstr(blanks)};
	struct rules_source source = {.paths = paths,
	    .path_count = 5,
	    .mapping_texts = &mapping,
	    .mapping_text_count = 1,
	    .any_logsource = true};
	struct rules_report report = {0};
	struct err err = {0};
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		char *path = NULL;

		if (asprintf(&path, "%s/%s", dir, names[i]) < 0)
			abort();
		paths[i] = path;
	}
	if (rules_load(&regression_rules, &source, &report, &err))
		fail_msg("%s", err.msg);
	/* All but the rules with placeholders. */
	for (size_t i = 0; i < report.count; i++)
		if (!strstr(report.list[i].reason.ptr, "stands for"))
			fail_msg("%s:%u:%u: %s", report.list[i].path.ptr,
			    report.list[i].line, report.list[i].column,
			    report.list[i].reason.ptr);
	assert_true(rules_count(regression_rules) > 3700);
	regression_matcher = matcher_new(regression_rules);
	regression_hit = calloc(4000, 1);
	regression_named = calloc(4000, 1);
	each_line("sigma/sigmahq_regression.jsonl", regression_case);
	for (size_t i = 0; i < rules_count(regression_rules); i++) {
		const struct rule_meta *meta = rules_meta(regression_rules, i);

		if (!regression_named[i] || regression_hit[i])
			continue;
		print_message("not matched: %s\n", meta->path.ptr);
		wrong++;
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(each_line("sigma/matrix.jsonl", matrix_case), 0);
	free(regression_hit);
	free(regression_named);
	matcher_free(regression_matcher);
	rules_free(regression_rules);
	rules_report_release(&report);
	for (size_t i = 0; i < 5; i++) {
		void *path;

		memcpy(&path, &paths[i], sizeof(path));
		free(path);
	}
	free(dir);
}

static void
all_cloud_rules_load(void **state)
{
	static const char *const names[] = {"sigmahq/rules/cloud",
	    "sigmahq/rules/identity", "sigmahq/rules/application"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *path = data_path(names[i]);
		const char *const paths[] = {path};
		struct rules_source source = {.paths = paths, .path_count = 1};
		struct rules_report report = {0};
		struct rules *rules;
		struct err err = {0};

		if (rules_load(&rules, &source, &report, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(print_report(&report), 0);
		assert_true(rules_count(rules) > 20);
		rules_free(rules);
		rules_report_release(&report);
		free(path);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(core_cases),
	    cmocka_unit_test(all_cloud_rules_load),
	    cmocka_unit_test(regression),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
