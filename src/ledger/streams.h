#ifndef LEDGER_STREAMS_H
#define LEDGER_STREAMS_H

#include "base/arena.h"
#include "ledger/frame.h"

/*
 * streams - the numbers that a batch gives its pairs of source and tenant.
 *
 * All zero is empty.  Emptied, it keeps its room.  One thread.
 */
struct streams {
	struct stream *list; /* owned; names in the arena */
	size_t count, room;
	uint32_t *slots;   /* owned: 1 + number; 0: free */
	size_t slot_count; /* a power of two, at least twice the room */
	struct arena names;
};

/* The number of the pair, which is copied if it is new. */
uint32_t streams_number(
    struct streams *streams, struct slice source, struct slice tenant);

/* The same, if it has one. */
bool streams_find(const struct streams *streams, struct slice source,
    struct slice tenant, uint32_t *number);

void streams_clear(struct streams *streams);
void streams_release(struct streams *streams);

#endif
