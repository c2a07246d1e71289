#ifndef RULE_MATCH_H
#define RULE_MATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "event/event.h"
#include "rule/rules.h"

/*
 * match - which rules are true of a record, why, and at what cost.
 *
 * A rule that names facts (event/fact.h) may be neither true nor false, where
 * one of them is unknown.  Three values: false is less than unknown is less
 * than true; `and` is the least, `or` the greatest of its parts, `not` turns
 * them round.  To know more never turns true into false or false into true.
 */
enum verdict {
	VERDICT_FALSE,
	VERDICT_UNKNOWN,
	VERDICT_TRUE,
};

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

/* A rule that is neither true nor false, and the facts that are missing. */
struct undecided {
	uint32_t rule;
	uint32_t facts; /* bits 1 << enum event_fact */
};

/*
 * The rules that are undecided on the record of the last run, in any order;
 * after matcher_correlate() also correlations to which it adds what depends
 * on an unknown fact.  Good until the next run.
 */
size_t
matcher_undecided(const struct matcher *matcher, const struct undecided **out);

/*
 * What the rule is on the record of the last run, whether it looks at such
 * records or not; *facts gets those that are missing.
 */
enum verdict
matcher_verdict(struct matcher *matcher, uint32_t rule, uint32_t *facts);

/* What a rule cost. */
struct rule_cost {
	uint64_t looked_at; /* records that it was evaluated on */
	uint64_t matched;
	/* Of evaluation; finding a field counts for the rule that asks first */
	uint64_t ns;
};

/*
 * From the next run on, adds what each rule costs to costs[rule]; NULL, as at
 * first: nothing is measured.
 */
void matcher_measure(struct matcher *matcher, struct rule_cost *costs);

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

/*
 * How often a field's values were not all found because the record holds more
 * JSON within strings, or is nested deeper, than is looked into.
 */
uint64_t matcher_lookup_limited(const struct matcher *matcher);

#endif
