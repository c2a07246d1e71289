#ifndef STORE_SET_H
#define STORE_SET_H

#include <stdbool.h>
#include <stdint.h>

/*
 * set - indexes of records: a bit for each, in pieces of 65,536 that are there
 * only where a bit is set.  All zero is empty.  100 million take 12 MiB at
 * most.
 *
 * Any number of threads may look at a set that nobody changes.
 */
#define SET_BYTES_MAX ((uint64_t)512 << 20)

struct set {
	uint64_t **pieces; /* owned; NULL: none in it */
	uint64_t room;     /* pieces */
	uint64_t used;     /* pieces that are there */
	uint64_t count;
	uint64_t first, last; /* where there are any */
};

/* False if the set would take more than SET_BYTES_MAX. */
bool set_add(struct set *set, uint64_t index);
bool set_has(const struct set *set, uint64_t index);

/* The first from *index on; false if there is none. */
bool set_next(const struct set *set, uint64_t *index);

void set_release(struct set *set);

#endif
