#ifndef SOURCE_KAFKA_GIVEN_H
#define SOURCE_KAFKA_GIVEN_H

#include "source/kafka_cursor.h"
#include "source/parcel.h"

/*
 * kafka_given - ranges of a partition on their way to the ledger.
 */
struct kafka_part;

struct kafka_origin {
	const char *source; /* as it is configured */
	const char *path;   /* static */
	void (*done)(void *ctx, const struct parcel *parcel,
	    enum parcel_end end, const char *why);
	void *owner;
};

/* A parcel's ctx, for `done` to free(). */
struct kafka_given {
	void *owner;
	struct kafka_part *part;
	int64_t first, next;
	struct kafka_anchor last;
	bool unread;
};

/* In the order in which they are to be given. */
struct kafka_parcels {
	struct parcel *first, **end;
};

static inline void
kafka_parcels_init(struct kafka_parcels *parcels)
{
	parcels->first = NULL;
	parcels->end = &parcels->first;
}

#endif
