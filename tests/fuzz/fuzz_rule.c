/*
 * A rule and a record, with a NUL between them.  Whatever the rule: it is
 * loaded or refused with a place inside its text, and the rules that the index
 * announces for the record are exactly those that are true of it when each is
 * evaluated by itself.  Without mappings, the same rules are loaded, and the
 * same are true of the record, as the reference says.
 */
#include <assert.h>
#include <stdlib.h>

#include "../reference/reference.h"
#include "rule/match.h"
#include "rule/matcher.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7 does not give back a quoted text that it refuses midway. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:libfyaml\n";
}
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

static size_t
line_count(struct slice text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.ptr[i] == '\n' || text.ptr[i] == '\r';
	return n;
}

static struct rules *
load(struct slice text)
{
	static const char mapping[] =
	    "logsource: [{product: m}]\nkinds: [unknown, okta.system]\n"
	    "fields: {f: [a, b.c, 'p[n=x].v'], o: firn.operation}\n"
	    "when: {a|contains: x}\n";
	const struct rules_text rule = {"rule", text};
	const struct rules_text map = {"mapping", slice_cstr(mapping)};
	const struct rules_source source = {.texts = &rule,
	    .text_count = 1,
	    .mapping_texts = &map,
	    .mapping_text_count = 1};
	struct rules_report report = {0};
	struct rules *rules;
	struct err err;

	if (rules_load(&rules, &source, &report, &err))
		abort();
	assert((rules_refused(rules) == 0) == (report.count == 0));
	for (size_t i = 0; i < report.count; i++) {
		assert(report.list[i].reason.len);
		assert(report.list[i].line <= line_count(text) + 1);
	}
	rules_report_release(&report);
	return rules;
}

static void
match(const struct rules *rules, struct json root)
{
	struct matcher *matcher = matcher_new(rules);
	struct arena arena = {0};
	struct record record = {.root = root, .arena = &arena};
	struct event event = {.kind = KIND_UNKNOWN};
	const struct rule_reason *why;
	const uint32_t *hits;
	size_t n, at = 0;

	event.col[EV_OPERATION] = json_str(JSON_GET(root, "op"));
	n = matcher_run(matcher, &record, &event, &hits);
	for (uint32_t i = 0; i < rules_count(rules); i++) {
		const struct rule *rule = &rules->list[i];
		bool announced = at < n && hits[at] == i;
		uint64_t limited = matcher_regex_limited(matcher);
		bool holds = rules_looks_at(rules, i, event.kind) &&
		             eval_node(matcher, rule->condition);

		at += announced;
		/* A limit may be reached in one of two runs only. */
		if (matcher_regex_limited(matcher) == limited && !limited)
			assert(announced == holds);
		if (announced)
			(void)matcher_why(matcher, i, &arena, &why);
	}
	assert(at == n);
	arena_release(&arena);
	matcher_free(matcher);
}

/* The matcher's verdicts on the record and the reference's are the same. */
static void
compare(
    const struct rules *rules, struct reference *reference, struct json root)
{
	struct matcher *matcher = matcher_new(rules);
	struct arena arena = {0};
	struct record record = {.root = root, .arena = &arena};
	struct event event = {.kind = KIND_UNKNOWN};
	const uint32_t *hits;
	size_t n, at = 0;

	event.col[EV_OPERATION] = json_str(JSON_GET(root, "op"));
	n = matcher_run(matcher, &record, &event, &hits);
	for (uint32_t i = 0; i < rules_count(rules); i++) {
		bool announced = at < n && hits[at] == i, gave_up;
		bool holds =
		    reference_holds(reference, i, root, &event, &gave_up);

		at += announced;
		if (!gave_up && !matcher_regex_limited(matcher) &&
		    !matcher_lookup_limited(matcher))
			assert(announced == holds);
	}
	arena_release(&arena);
	matcher_free(matcher);
}

static void
refer(struct slice text, struct json root)
{
	struct reference *reference = reference_new(text, "rule", NULL, 0);
	const struct rules_text rule = {"rule", text};
	const struct rules_source source = {
	    .texts = &rule, .text_count = 1, .any_logsource = true};
	struct rules_report report = {0};
	struct rules *rules;
	struct err err;

	if (rules_load(&rules, &source, &report, &err))
		abort();
	if (reference_judges(reference)) {
		assert(rules_count(rules) == reference_count(reference));
		assert(rules_refused(rules) == reference_refused(reference));
		if (json_type(root) == JSON_OBJECT && rules_count(rules))
			compare(rules, reference, root);
	}
	rules_free(rules);
	rules_report_release(&report);
	reference_free(reference);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_parser *parser;
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	struct slice rule = slice_of(data, end ? (size_t)(end - data) : size);
	struct buf text = {0};
	struct rules *rules = load(rule);
	struct json root = {0};

	if (!parser)
		parser = json_parser_new();
	if (end)
		buf_add(&text, end + 1, size - rule.len - 1);
	memset(buf_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
	if (json_parse(parser, buf_slice(&text), &root, NULL) == JSON_BAD)
		root = (struct json){0};
	if (rules_count(rules) && json_present(root))
		match(rules, root);
	refer(rule, root);
	rules_free(rules);
	buf_release(&text);
	return 0;
}
