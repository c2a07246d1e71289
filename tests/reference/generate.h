#ifndef GENERATE_H
#define GENERATE_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * generate - made-up records, and rules that are true of about half of them.
 *
 * A rule's fields and values are taken from the records that were made before
 * it and changed: cut, in other case, with wildcards, escaped, encoded.  All
 * follows from the seed.
 */
struct generate_leaf {
	struct slice path; /* the rule's name for the field */
	struct slice text; /* of the value */
	bool quoted;       /* it is a text, not a number and so on */
};

#define GENERATE_LEAVES 512

struct generate {
	uint64_t random; /* the seed, to begin with */
	struct arena arena;
	struct generate_leaf leaves[GENERATE_LEAVES];
	size_t leaf_count;
};

/* What %who% stands for in the rules. */
extern const char *const generate_who[2];

/* Forgets the records made, not the random state. */
void generate_reset(struct generate *generate);
void generate_release(struct generate *generate);

/* A number below n, which is not 0. */
uint32_t generate_below(struct generate *generate, uint32_t n);

/* Adds a JSON object. */
void generate_record(struct generate *generate, struct buf *out);

/* Adds a YAML document with that id; a few are to be refused. */
void generate_rule(struct generate *generate, size_t id, struct buf *out);

#endif
