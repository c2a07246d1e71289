#ifndef RULE_CORRELATION_H
#define RULE_CORRELATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rule/compile.h"
#include "rule/mapping.h"
#include "text/yaml.h"

/*
 * correlation - rules that are true of several records together, compiled.
 *
 * A correlation stands in the set as a rule whose condition no record meets;
 * rule->correlation says what it is.  Everything lives in the set's arena.
 * docs/rules.md has the language, correlate.h what is done with it.
 */
enum correlation_type {
	CORRELATION_EVENT_COUNT,
	CORRELATION_VALUE_COUNT,
	CORRELATION_VALUE_SUM,
	CORRELATION_VALUE_AVG,
	CORRELATION_VALUE_PERCENTILE, /* the median is the 50th */
	CORRELATION_TEMPORAL,
	CORRELATION_TEMPORAL_ORDERED,
};

/* Where a field that a correlation names is, for one of its rules. */
struct correlation_field {
	const uint32_t *fields; /* numbers, as of an item */
	size_t count;
	uint32_t from; /* of a correlation: its group-by field's place */
};

/* One of the rules that a correlation refers to. */
struct correlation_ref {
	uint32_t rule;                          /* number in the set */
	const struct correlation_field *groups; /* group_count */
	const struct correlation_field *values; /* value_count */
};

/* `a and b and not c`: bits are places in refs. */
struct correlation_term {
	uint64_t all, none;
};

enum bound_op {
	BOUND_GT,
	BOUND_GTE,
	BOUND_LT,
	BOUND_LTE,
	BOUND_EQ,
	BOUND_NEQ,
};

struct correlation_bound {
	enum bound_op op;
	double limit;
};

/* Rules of a temporal one, and fields of a group or a tuple, at most. */
#define CORRELATION_REFS_MAX   64
#define CORRELATION_FIELDS_MAX 16
#define CORRELATION_TERMS_MAX  64
#define CORRELATION_BOUNDS_MAX 2

struct correlation {
	enum correlation_type type;
	uint32_t rule; /* its own number in the set */
	int64_t span_us;
	struct slice *group_by; /* names, for people */
	size_t group_count;
	size_t value_count; /* fields whose value is counted or reckoned with */
	struct correlation_ref *refs;
	size_t ref_count;
	struct correlation_bound bounds[CORRELATION_BOUNDS_MAX]; /* all hold */
	size_t bound_count;
	const struct correlation_term *terms; /* temporal: one holds; or none */
	size_t term_count;
	double percentile;
	/*
	 * More events can make it false again, so that it is judged when a
	 * window has closed and not as soon as it is true.
	 */
	bool at_close;
	bool chained;  /* one of them is a correlation */
	bool generate; /* the rules it refers to make findings, too */
};

/* A correlation that a rule has part in. */
struct correlation_link {
	uint32_t correlation; /* place in rules->correlations */
	uint32_t ref;
};

static inline bool
correlation_is_temporal(const struct correlation *c)
{
	return c->type >= CORRELATION_TEMPORAL;
}

/* "event_count", ...; static */
const char *correlation_type_name(enum correlation_type type);

/* Documents set aside until all rules are there; all zero is empty. */
struct correlations {
	struct arena arena;
	struct correlation_doc *list;
	size_t count, size;
};

/*
 * Reads what a correlation's document says of itself into *rule, and keeps a
 * copy of the rest under the name of the rule's id.
 */
int correlations_add(struct correlations *all, struct compile *compile,
    const struct yaml *doc, size_t number, struct rule *rule);

/*
 * Compiles what was set aside, now that rules->list is whole; takes out of the
 * list what is refused.
 */
void correlations_link(struct correlations *all, struct compile *compile,
    const struct mappings *mappings);

void correlations_release(struct correlations *all);

#endif
