#ifndef RULE_SET_H
#define RULE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rule/ast.h"
#include "rule/literals.h"
#include "json/index.h"

/*
 * set - the compiled rules together, and the tables that choose among them.
 *
 * Made by load.c and witness.c, read by the matcher; see witness.h for what an
 * atom is.
 */

/* Rules that may match once a value with this hash is seen. */
struct witness_slot {
	uint64_t hash;         /* 0: free */
	uint32_t first, count; /* in postings */
};

/* A field that is looked up, and the literals that are looked for in it. */
struct planned {
	uint32_t field;
	uint32_t memo; /* its number among all, for the matcher's memo */
	const struct literals *literals; /* NULL: none */
};

/* Fields to look up when the record's root has a member of that name. */
struct plan_root {
	struct json_key key;   /* an empty name: the place is free */
	uint32_t first, count; /* in route->root_fields */
};

/*
 * The rules that look at the same records: of the same kinds, and under the
 * same condition of a mapping, which is looked at once for all of them.  A
 * record pays for the routes it is on, and on them for what it has.
 */
struct route {
	uint32_t kinds;          /* bit 1 << kind */
	const struct node *when; /* NULL: no condition */
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
	uint32_t *always; /* rules that nothing announces */
	size_t always_count;
	struct witness_slot *slots;
	size_t slot_count; /* a power of two */
	/* Has a bit for each slot's hash: small enough to stay in the cache. */
	uint64_t *slot_bits;
	unsigned slot_bits_log; /* there are 2^ this many */
	uint32_t *postings;
};

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
	uint32_t memo_count; /* items that have a memo */
	struct route *routes;
	size_t route_count;
};

#endif
