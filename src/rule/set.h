#ifndef RULE_SET_H
#define RULE_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "rule/ast.h"
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

/* The patterns of a field that announce rules. */
struct field_patterns {
	const struct pattern **list; /* in the set's arena, like the hashes */
	uint64_t *hashes;            /* of each, as in witness_slot */
	size_t count, size;
	bool cased; /* one of them is */
};

/* Fields to look up when the record's root has a member of that name. */
struct plan_root {
	struct json_key key;   /* an empty name: the place is free */
	uint32_t first, count; /* in plan->root_fields */
};

/* What is done for a record of one kind. */
struct plan {
	uint32_t *fields; /* whose values are looked up */
	size_t field_count;
	/*
	 * The same fields once more: those that are there in any record, and a
	 * table of the others by the member they begin with, so that a record
	 * pays for what it has and not for what rules may ask.
	 */
	uint32_t *direct;
	size_t direct_count;
	struct plan_root *roots;
	size_t root_size; /* a power of two */
	uint32_t *root_fields;
	uint32_t *always; /* rules that nothing announces */
	size_t always_count;
};

struct rules {
	struct arena arena;
	struct rule *list;
	size_t count;
	size_t refused;
	struct fields fields;
	void **regexes; /* pcre2_code */
	size_t regex_count, regex_size;
	uint32_t memo_count; /* items that have a memo */
	struct witness_slot *slots;
	size_t slot_count; /* a power of two */
	uint32_t *postings;
	struct field_patterns *patterns; /* for each field */
	struct plan plans[KIND_COUNT];
};

#endif
