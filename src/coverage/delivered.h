#ifndef COVERAGE_DELIVERED_H
#define COVERAGE_DELIVERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "coverage/lag.h"
#include "json/json.h"

/*
 * delivered - what records say of a delivery that a source gave, and of how
 * far a source has come: the texts of firn/delivery, firn/delivered and
 * firn/clock, written and read in this one place (docs/coverage.md).
 *
 * Names of sources and streams are leaf_name_ok().  Times that are not known
 * are EVENT_NO_TIME.  Pure; slices that are read are as good as the JSON.
 */

/* An event that was this much older than its delivery came late. */
#define DELIVERED_LATE_US ((int64_t)86400 * 1000000)

/* --- firn/delivery: it begins --- */

struct opened {
	unsigned char name[16];
	struct slice by, path, source, stream;
	struct slice tenant; /* empty: what its records say */
	int64_t created_us, asked_us;
	/* JSON members of the source's own, not read back: "\"id\":\"x\"" */
	struct slice about;
};

void opened_write(struct buf *out, const struct opened *opened);
bool opened_read(struct json v, struct opened *out);

/* --- firn/delivered: it is whole --- */

/* Hours that are kept apart; events of more are in `other`. */
#define DELIVERED_HOURS 1024

struct event_hour {
	int64_t hour_us;
	uint64_t events;
};

/* All zero but newest_us is one without records. */
struct delivered {
	uint64_t delivery; /* index of the record that opened it */
	struct slice source, stream;
	/* Of these items, `before` were taken by another run of firn. */
	uint64_t items, before, added, repeats, tellings, conflicts;
	uint64_t unreadable, not_kept, within;
	uint64_t late, other;     /* see delivered_event() */
	struct event_hour *hours; /* owned; of new events, ascending */
	size_t hour_count, hour_room;
	struct lag to_available, to_record;
	int64_t newest_us; /* event; EVENT_NO_TIME: none */
	struct slice next; /* read only: among `after` when written */
	struct slice after;
};

void delivered_init(struct delivered *delivered);
void delivered_release(struct delivered *delivered);

/*
 * Counts an event that is new: its hour, how late it was available and how
 * late it is a record.  One without a time (EVENT_NO_TIME), or with one before
 * 1970 or after 2100, is in `other`; where it is not known when it was
 * available there are no lags.  The counts from `items` to `within` are the
 * caller's.
 */
void delivered_event(struct delivered *delivered, int64_t event_us,
    int64_t available_us, int64_t received_us);

void delivered_write(struct buf *out, const struct delivered *delivered);

/*
 * `out` has been initialised; what it holds is replaced.  False if it is none
 * that delivered_write() wrote.
 */
bool delivered_read(struct json v, struct delivered *out);

/* --- firn/clock: all until then is there, or in a gap --- */

struct clocked {
	struct slice source, stream;
	int64_t until_us;
	struct slice next; /* where to go on; empty: nothing new is said */
};

void clocked_write(struct buf *out, const struct clocked *clocked);
bool clocked_read(struct json v, struct clocked *out);

#endif
