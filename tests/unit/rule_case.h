#ifndef RULE_CASE_H
#define RULE_CASE_H

#include "base/arena.h"
#include "base/buf.h"
#include "event/event.h"
#include "rule/match.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/*
 * rule_case - a rule in one text, matched against a record in another.
 */
struct rule_run {
	struct rules *rules;
	struct rules_report report;
	struct matcher *matcher;
	struct json_parser *parser;
	struct arena arena;
	struct buf text; /* of the record, padded */
	struct json root;
	struct event event;
	struct record record;
};

/* Loads one rule (or more documents), with the mapping if it is not NULL. */
static inline void
rule_run_load(struct rule_run *run, struct slice rule, const char *mapping,
    const struct rules_source *more)
{
	struct rules_text text = {"rule.yml", rule};
	struct rules_text map = {
	    "mapping.yml", mapping ? slice_cstr(mapping) : SLICE("")};
	struct rules_source source = more ? *more : (struct rules_source){0};
	struct err err;

	*run = (struct rule_run){0};
	source.texts = &text;
	source.text_count = 1;
	source.mapping_texts = mapping ? &map : NULL;
	source.mapping_text_count = mapping != NULL;
	assert_int_equal(
	    rules_load(&run->rules, &source, &run->report, &err), 0);
	run->matcher = matcher_new(run->rules);
	run->parser = json_parser_new();
}

/* Whether any rule is true of the record, read as JSON of that kind. */
static inline size_t
rule_run_match(struct rule_run *run, struct slice record, enum event_kind kind,
    const uint32_t **indexes)
{
	buf_clear(&run->text);
	buf_slice_add(&run->text, record);
	memset(buf_reserve(&run->text, JSON_PADDING), 0, JSON_PADDING);
	assert_int_not_equal(
	    json_parse(run->parser, buf_slice(&run->text), &run->root, NULL),
	    JSON_BAD);
	run->record = (struct record){.root = run->root, .arena = &run->arena};
	run->event.kind = kind;
	return matcher_run(run->matcher, &run->record, &run->event, indexes);
}

static inline void
rule_run_free(struct rule_run *run)
{
	matcher_free(run->matcher);
	rules_free(run->rules);
	rules_report_release(&run->report);
	json_parser_free(run->parser);
	arena_release(&run->arena);
	buf_release(&run->text);
}

#endif
