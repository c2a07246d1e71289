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
	/*
	 * Every rule looks at records of every kind, and its fields are called
	 * what it calls them: of the mappings only blanks in names count.
	 */
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

/* What calls for a look at a rule: bits; none of them: every record does. */
enum rule_found_by {
	RULE_BY_VALUE = 1,    /* a field has a certain value */
	RULE_BY_PATTERN = 2,  /* a field has a certain text in it */
	RULE_BY_PRESENCE = 4, /* a field is there */
};

unsigned rules_found_by(const struct rules *rules, size_t i);

/* Filters that were not refused, and what filter i says of itself. */
size_t rules_filter_count(const struct rules *rules);
const struct filter_meta *rules_filter(const struct rules *rules, size_t i);

/* The filters that hold for rule i: their numbers, and how many. */
size_t
rules_filters_of(const struct rules *rules, size_t i, const uint32_t **numbers);

/*
 * Whether rule i makes no findings by itself: a correlation refers to it, and
 * none that does asks for them.
 */
bool rules_is_silent(const struct rules *rules, size_t i);

/*
 * How long after it happened a record of that kind may come, by the mappings;
 * RULES_LATENESS_US where none says.  The settled lane waits so long.
 */
#define RULES_LATENESS_US (INT64_C(24) * 3600 * 1000000)

int64_t rules_lateness_us(const struct rules *rules, enum event_kind kind);

/* What a correlation is, for people; of another rule all zero. */
struct correlation_names {
	const char *type;             /* "event_count", ...; NULL: none */
	const struct slice *group_by; /* as good as the rules */
	size_t group_count;
};

struct correlation_names
rules_correlation_names(const struct rules *rules, size_t i);

/* --- shipped rules --- */

/*
 * The folder of the rules that come with the program: $FIRN_RULES, else rules
 * as base/share.h finds it.  In memory for free(); NULL, with the error set,
 * if there is none.
 */
char *rules_shipped_dir(struct err *err);

#endif
