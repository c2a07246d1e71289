#ifndef COVERAGE_COVERAGE_H
#define COVERAGE_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "coverage/delivered.h"
#include "coverage/gap.h"

/*
 * coverage - what came, when, and what is missing: a fold over the ledger's
 * own records.
 *
 *	firn/delivery   a delivery begins: source, stream, created, asked for
 *	firn/delivered  it is whole: how many records, by hour of their events
 *	firn/clock      all of a stream until then is there, or in a gap
 *	firn/gap        something is missing; or is there after all
 *
 * Their texts are delivered.h's and gap.h's.  Applied in the ledger's order
 * they give the same coverage, whoever does it: firn run while it writes them,
 * firn coverage when it reads them.  No clock is read: what is old is so by the
 * newest record.  One thread.
 */
struct coverage;

struct coverage *coverage_new(void);
void coverage_free(struct coverage *coverage);

/*
 * Takes one of the records above; others, and deliveries without a source, are
 * passed over.  A record that is not as firn writes it is counted
 * (coverage_strange()).
 */
struct coverage_record {
	uint64_t index;
	int64_t received_us;
	struct slice source; /* "firn/delivered" */
	struct slice raw;
};
void
coverage_apply(struct coverage *coverage, const struct coverage_record *record);
uint64_t coverage_strange(const struct coverage *coverage);

/* How many records of the ledger it has seen: the next one's index. */
uint64_t coverage_size(const struct coverage *coverage);
void coverage_passed(struct coverage *coverage, uint64_t size);

/* --- gaps --- */

bool coverage_gap_is_open(
    const struct coverage *coverage, const char *source, const char *key);

/*
 * In the order in which they were first told.  Those that healed 35 days ago
 * are forgotten.  Texts are good until the next coverage_apply().
 */
struct gap_seen {
	struct gap gap;
	uint64_t index;               /* of the record that opened it */
	int64_t opened_us, healed_us; /* EVENT_NO_TIME: it has not */
};
/* NULL if there never was one, or it is forgotten. */
const struct gap_seen *coverage_gap_find(
    const struct coverage *coverage, const char *source, const char *key);
size_t coverage_gap_count(const struct coverage *coverage);
const struct gap_seen *coverage_gap(const struct coverage *coverage, size_t i);

/* --- cursors --- */

/*
 * Until when all of a stream is there; EVENT_NO_TIME: not known.  *next is
 * where to go on, as the newest record that says so has it, good until the
 * next coverage_apply().
 */
int64_t coverage_clock(const struct coverage *coverage, const char *source,
    const char *stream, struct slice *next);

/* Whether a delivery of this name was closed in the last 8 days. */
bool
coverage_has(const struct coverage *coverage, const unsigned char name[16]);

/* --- tallies --- */

/*
 * Of one source and stream, of deliveries that became available in this span:
 * an hour; a day if it is 35 days old; all that is older than 400 days.
 * records == events + duplicates + refused + before.
 */
struct coverage_hour {
	int64_t hour_us, span_us;
	uint64_t announced; /* deliveries that were heard of */
	uint64_t fetched;   /* those that are here, whole */
	uint64_t lost;      /* those in an open gap; the rest is on its way */
	uint64_t records;   /* of those that are here */
	uint64_t events;    /* that are new */
	uint64_t duplicates, tellings,
	    conflicts;    /* the last two are among it */
	uint64_t refused; /* no records */
	uint64_t before;  /* of deliveries that were cut off: not known what */
	uint64_t late;    /* records of events more than a day before */
};

#define COVERAGE_EVENT_DAYS 42

struct coverage_stream {
	const char *source, *stream;
	const char *by, *path, *tenant; /* empty: not known */
	int64_t clock_us;
	int64_t newest_us; /* event */
	int64_t since_us;  /* the oldest delivery; EVENT_NO_TIME: none */
	const struct lag *to_available, *to_record;
	const struct coverage_hour *hours; /* ascending */
	size_t hour_count;
	/* New events by the hour in which they happened, of these days. */
	const struct event_hour *events; /* ascending */
	size_t event_count;
	uint64_t events_other; /* of other times, or of none */
};
size_t coverage_stream_count(const struct coverage *coverage);
/* What it points to is good until the next coverage_apply(). */
void coverage_stream(
    const struct coverage *coverage, size_t i, struct coverage_stream *out);

/* Deliveries that are here, whole: of all streams and times. */
uint64_t coverage_fetched(const struct coverage *coverage);

/*
 * The records above that tell of the tenant's state: of its lists and of files,
 * which may be exports, the deliveries and that they are whole; clocks of the
 * stream `state`.  Few among very many; ascending, of the last 400 days.
 */
struct coverage_of_state {
	uint64_t index;
	int64_t received_us;
};
const struct coverage_of_state *
coverage_of_state(const struct coverage *coverage, size_t *count);

/* Adds `more`'s counts; its times stay. */
void
coverage_hour_add(struct coverage_hour *hour, const struct coverage_hour *more);

#endif
