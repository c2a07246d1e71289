#ifndef RULE_EXPLAIN_H
#define RULE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "rule/match.h"

/*
 * explain - why a rule is true of a record or not: its whole condition, each
 * part with a verdict of three values.
 *
 * Unknown is what cannot be said from what was found: a field that was not
 * looked up to its end, a regular expression that was given up, a fact that
 * nobody knows.  The matcher takes the first two for false, so that its verdict
 * is certain where this one is; it differs only where this one is unknown.
 */

/* "false", "unknown", "true" */
const char *verdict_name(enum verdict verdict);

/* Values of a field that are told; of each so many bytes. */
#define EXPLAIN_VALUES_MAX 16
#define EXPLAIN_VALUE_MAX  1024

struct explained_value {
	struct slice text;
	bool cut;    /* there is more of it */
	bool fits;   /* it makes the leaf true */
	bool object; /* the text is its JSON */
};

enum explained_type {
	EXPLAINED_AND,
	EXPLAINED_OR,
	EXPLAINED_NOT,
	EXPLAINED_AT_LEAST, /* `need` of the parts */
	EXPLAINED_IDENT,    /* a search identifier, with one part */
	EXPLAINED_LEAF,
};

struct explained {
	enum explained_type type;
	enum verdict verdict;
	uint32_t need;
	struct slice name;  /* of an identifier; of a leaf's field, "" for
	                       keywords and for the event's time */
	struct slice where; /* of a leaf: what is looked up, if not the name */
	struct slice what;  /* of a leaf: what is asked, as text */
	bool absent;        /* of a leaf: no such field is there */
	const struct explained_value *values;
	size_t value_count, value_total; /* told, and there */
	bool again; /* of an identifier: its part was told before */
	const struct explained *const *part;
	size_t part_count;
};

/*
 * Explains the rule on the record of the matcher's last run; in the arena.
 * The rule need not look at such records.
 */
const struct explained *
explain_rule(struct matcher *matcher, uint32_t rule, struct arena *arena);

#endif
