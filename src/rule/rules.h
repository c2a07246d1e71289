#ifndef RULE_RULES_H
#define RULE_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "event/event.h"
#include "rule/meta.h"

/*
 * rules - Sigma rules: loaded and compiled once, matched against records.
 *
 * docs/rules.md is the language.  A struct rules never changes after
 * rules_load(); any number of threads may read it, each with a matcher of its
 * own.  What one rule gets wrong refuses that rule, says where and why in the
 * report, and stops nothing else.
 */
struct rules;

/* --- loading --- */

/* A document given as text instead of as a file. */
struct rules_text {
	const char *path; /* for messages and rule_meta.path */
	struct slice text;
};

/* What %name% stands for under the modifier `expand`. */
struct rules_placeholder {
	const char *name;
	const char *const *values;
	size_t value_count;
};

struct rules_source {
	/*
	 * Files, and folders whose *.yml and *.yaml files are taken at any
	 * depth, in the order of their paths.  What lies in a folder called
	 * `mapping` below such a folder is a mapping; hidden files are left.
	 */
	const char *const *paths;
	size_t path_count;
	/* Files and folders of mappings; those in the paths win over them. */
	const char *const *mappings;
	size_t mapping_count;
	const struct rules_text *texts;
	size_t text_count;
	const struct rules_text *mapping_texts;
	size_t mapping_text_count;
	const struct rules_placeholder *placeholders;
	size_t placeholder_count;
	/* Every rule looks at records of every kind; mappings' fields hold. */
	bool any_logsource;
};

/* Why a rule or a mapping was refused. */
struct rules_problem {
	struct slice path;
	uint32_t line, column; /* from 1; 0 if the whole file is meant */
	struct slice reason;
};

/* All zero is empty.  Texts live in its arena. */
struct rules_report {
	struct arena arena;
	struct rules_problem *list;
	size_t count, size;
};

void rules_report_release(struct rules_report *report);

/*
 * Loads and compiles.  Fails only if a path given cannot be read; then *out is
 * NULL.  Else *out is the caller's, for rules_free(), and the report says what
 * was refused.  A rule whose id is there already is refused.
 */
int rules_load(struct rules **out, const struct rules_source *source,
    struct rules_report *report, struct err *err);

void rules_free(struct rules *rules);

/* How many rules are there, and how many rules and mappings were refused. */
size_t rules_count(const struct rules *rules);
size_t rules_refused(const struct rules *rules);

/* Of rule i < rules_count(); good as long as the rules. */
const struct rule_meta *rules_meta(const struct rules *rules, size_t i);

/* Whether rule i looks at records of that kind. */
bool rules_looks_at(const struct rules *rules, size_t i, enum event_kind kind);

/* --- matching --- */

/* What a thread needs to match: borrows the rules, keeps its memory. */
struct matcher;

struct matcher *matcher_new(const struct rules *rules);
void matcher_free(struct matcher *matcher);

/*
 * Finds the rules that are true of the record, whose event has been read.
 * *indexes gets their numbers in ascending order, good until the next run.
 * Returns how many.
 */
size_t matcher_run(struct matcher *matcher, const struct record *record,
    const struct event *event, const uint32_t **indexes);

/* A reason for a match: this value of this field made this identifier true. */
struct rule_reason {
	struct slice identifier;
	struct slice field; /* as the rule names it; empty for keywords */
	struct slice value; /* as text; empty for null or absent */
};

/*
 * Why a rule is true of the record of the last run: a list in the arena,
 * returned by length.  What is true because something else is not is left out.
 */
size_t matcher_why(struct matcher *matcher, uint32_t rule, struct arena *arena,
    const struct rule_reason **out);

/*
 * How often a regular expression was given up because it reached its limit;
 * it then counts as not matching.
 */
uint64_t matcher_regex_limited(const struct matcher *matcher);

/* --- shipped rules --- */

/*
 * The folder of the rules that come with the program: $FIRN_RULES, else rules
 * as base/share.h finds it.  In memory for free(); NULL, with the error set,
 * if there is none.
 */
char *rules_shipped_dir(struct err *err);

#endif
