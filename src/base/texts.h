#ifndef BASE_TEXTS_H
#define BASE_TEXTS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/*
 * texts - texts that come again and again, each kept once and numbered.
 *
 * All zero is empty.  A text stays where it is until texts_clear().  One
 * thread.
 */
struct known_text {
	uint32_t number; /* from 0 on, in the order in which they came */
	struct slice slice;
	char bytes[];
};

struct text_slot {
	uint64_t hash;
	const struct known_text *text; /* NULL: free */
};

struct texts {
	struct text_slot *slots; /* owned */
	size_t slot_count;       /* a power of two, at least twice the count */
	size_t count;
	size_t bytes; /* that all of it takes, about */
	uint64_t seed;
	struct arena arena;
};

/* s, which is copied if it is new. */
const struct known_text *texts_keep(struct texts *texts, struct slice s);

/* For each number the place of its text in the order of all; for free(). */
uint32_t *texts_ranks(const struct texts *texts);

/* Forgets all and keeps the memory. */
void texts_clear(struct texts *texts);
void texts_release(struct texts *texts);

#endif
