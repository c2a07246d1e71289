#ifndef SOURCE_PARCEL_H
#define SOURCE_PARCEL_H

#include <stdint.h>

#include "base/buf.h"

/*
 * parcel - what a source gives to the ledger: one delivery, whole.
 */

enum parcel_end {
	PARCEL_DURABLE, /* in the ledger, or it was there */
	PARCEL_BROKEN,  /* no log: nothing was taken; `why` says more */
	/*
	 * Of the delivery more was taken before, when we were cut off, than is
	 * in the parcel: it is to be given again, longer.
	 */
	PARCEL_SHORT,
	PARCEL_STOPPED, /* we are to stop: nothing is known of it */
};

/*
 * A delivery: a blob, a page, a range of a partition, a file.  Made by the
 * source with parcel_new(), freed by the hub when `done` is back.
 */
struct parcel {
	/* The same for the same delivery, whenever it is given. */
	unsigned char name[16];
	const char *source; /* as it is configured; borrowed */
	const char *by;     /* kind of source: "m365"; static */
	const char *path; /* static: whence, e.g. "feed", "graph", "eventhub" */
	struct buf stream; /* content type, topic/partition, ... */
	struct buf tenant; /* empty: what the records say */
	/* JSON members for its firn/delivery record: "\"id\":\"...\"". */
	struct buf about;
	/* The same for its firn/delivered record; "next" is the cursor. */
	struct buf after;
	int64_t created_us; /* when the source made it; EVENT_NO_TIME */
	int64_t asked_us;   /* when it was asked for */
	int64_t arrived_us; /* when it was given; the hub sets it */
	struct buf body;
	char *file; /* in place of a body; owned, NULL */
	/*
	 * Its records are states, not events: kept as records of this source
	 * ("graph/users"), one for each, neither read nor judged.  NULL.
	 */
	const char *as;
	void (*done)(void *ctx, const struct parcel *parcel,
	    enum parcel_end end, const char *why);
	void *ctx;
	struct parcel *next; /* the hub's */
};

struct parcel *parcel_new(const char *by, const char *source);
void parcel_free(struct parcel *parcel);

/* The first 16 bytes of SHA-256 of the texts, each with its length. */
void parcel_name(unsigned char name[16], const struct slice *texts, size_t n);

#endif
