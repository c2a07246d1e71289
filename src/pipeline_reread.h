#ifndef PIPELINE_REREAD_H
#define PIPELINE_REREAD_H

#include "event/event.h"
#include "geo/geo.h"
#include "ledger/view.h"
#include "pipeline_recall.h"

/*
 * pipeline_reread - what the records of a ledger say: read again, as they were
 * when they came.
 *
 * One thread.  What is given is good until the next call.
 */
struct reread;

struct reread_record {
	struct slice source, tenant; /* as the ledger has them */
	int64_t received_us;
	uint64_t delivery; /* record that opened the one it came in */
	bool erased;
	bool readable; /* false: erased, firn's own, or never could be read */
	struct event event;   /* readable: what it says */
	struct record record; /* readable: for event_items() */
};

/* `geo` may be NULL: then a country is only what the record says. */
struct reread *reread_new(struct view *view, const struct geo *geo);
void reread_free(struct reread *reread);

/*
 * Records that are known are not read again from now on; the others are added
 * to `missed`, as far as that has room.
 */
void reread_recall(
    struct reread *reread, const struct recall *recall, struct set *missed);

/* Record `index` of the view; -1 if it, or its delivery's, is damaged. */
int reread_record(struct reread *reread, uint64_t index,
    struct reread_record *out, struct err *err);

#endif
