#ifndef RULE_SET_H
#define RULE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rule/ast.h"
#include "rule/literals.h"
#include "json/index.h"

/*
 * set - the compiled rules together, and the tables that choose among them.
 *
 * Made by load.c and plan.c, read by the matcher; see witness.h for what an
 * atom is.
 */

/* A rule that an atom announces to records that are on the route. */
struct posting {
	uint32_t rule, route;
	uint32_t needs; /* in plan->needs */
};

/*
 * What else a rule that is announced needs: of each of some more witnesses an
 * atom, given by seen_bit(), that is among those seen in the record.  Groups
 * end at ends[]; those that are not there are empty.
 */
#define NEEDS_GROUPS 4
#define NEEDS_ATOMS  14
#define SEEN_BITS    4096

struct needs {
	uint8_t ends[NEEDS_GROUPS];
	uint16_t atoms[NEEDS_ATOMS];
};

/*
 * What is to be looked at once an atom is seen: postings[first..].  `routes`
 * has route_bit() of each of their routes.
 */
struct witness_slot {
	uint64_t hash; /* 0: free */
	uint64_t routes;
	uint32_t first, count;
};

/* Atoms by their hash. */
struct atoms {
	struct witness_slot *slots;
	size_t slot_count; /* a power of two */
	/* Has a bit for each slot's hash: small enough to stay in the cache. */
	uint64_t *bits;
	unsigned bits_log; /* there are 2^ this many */
	struct posting *postings;
	size_t posting_count;
};

/* A field that is looked up, and what is looked for in it. */
struct planned {
	uint32_t field;
	uint32_t memo;    /* its number among all, for the matcher's memo */
	uint32_t present; /* slot of its being there, from 1; 0: none */
	bool by_value;    /* there are atoms of whole values */
	uint64_t routes;  /* that want to know: as in struct witness_slot */
	const struct literals *literals; /* their values are slots; or NULL */
};

/* Fields to look up when the record's root has a member of that name. */
struct plan_root {
	struct json_key key;   /* an empty name: the place is free */
	uint32_t first, count; /* in plan->root_fields */
};

/*
 * The rules that look at the same kinds of record, in one set of tables:
 * whatever the rules, a record's field is looked up once, and each of its
 * values is hashed and searched once.
 *
 * Rules under the same condition of a mapping are a route of the plan.  The
 * conditions are announced by atoms as rules are, by tables of their own, and
 * are looked at first.  What belongs to routes that the record is not on costs
 * the look at a mask.
 */
struct plan {
	const struct node **whens; /* of each route; NULL: no condition */
	size_t route_count;
	uint32_t *open; /* routes that nothing announces */
	size_t open_count;
	struct planned *gates; /* the fields that announce the others */
	size_t gate_count;
	struct atoms gate_atoms; /* of their postings `rule` has no meaning */
	struct planned *fields;
	size_t field_count;
	/*
	 * The same fields once more, by their place in `fields`: those that
	 * are there in any record, and a table of the others by the member
	 * that they begin with.
	 */
	uint32_t *direct;
	size_t direct_count;
	struct plan_root *roots;
	size_t root_size; /* a power of two */
	uint32_t *root_fields;
	struct posting *always; /* rules that nothing announces */
	size_t always_count;
	struct atoms atoms;
	struct needs *needs; /* the first: nothing */
};

/* Where an atom stands among those seen; others may stand there, too. */
static inline uint16_t
seen_bit(uint64_t slot)
{
	return (uint16_t)(slot % SEEN_BITS);
}

/* Where a route stands in a mask; several may share a bit. */
static inline uint64_t
route_bit(uint32_t route)
{
	return UINT64_C(1) << route % 64;
}

struct rules {
	struct arena arena;
	/* Of the hashes of values: nobody can make two of them alike. */
	uint64_t seed;
	struct rule *list;
	size_t count;
	size_t refused;
	struct filter_meta *filters;
	size_t filter_count;
	struct correlation **correlations;
	size_t correlation_count;
	int64_t lateness_us[KIND_COUNT]; /* 0: no mapping says */
	struct fields fields;
	void **regexes; /* pcre2_code */
	size_t regex_count, regex_size;
	uint32_t memo_count;                  /* items that have a memo */
	const struct plan *plans[KIND_COUNT]; /* NULL: no rule looks at it */
	size_t route_max;                     /* routes of a plan at most */
	/* Of each rule, as layout_conditions() leaves it. */
	const struct node **conditions;
};

#endif
