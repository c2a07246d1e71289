#ifndef COVERAGE_COVERAGE_PART_H
#define COVERAGE_COVERAGE_PART_H

#include "base/buf.h"
#include "base/sha256.h"
#include "coverage/coverage.h"
#include "coverage/recent.h"
#include "ledger/streams.h"

/*
 * The inside of a coverage, for coverage.c (records, streams), coverage_hours.c
 * (tallies), coverage_gaps.c and coverage_kept.c (the file beside the ledger).
 */
#define HOUR_US     (INT64_C(3600) * 1000000)
#define DAY_US      (24 * HOUR_US)

#define KEEP_HOURS  (35 * DAY_US)  /* apart; then by day */
#define KEEP_DAYS   (400 * DAY_US) /* apart; then as one */
#define KEEP_EVENTS (COVERAGE_EVENT_DAYS * DAY_US)
#define KEEP_GAPS   (35 * DAY_US) /* that healed */

/* What is beyond these is counted as strange. */
#define STREAMS_MAX 16384
#define GAPS_MAX    262144
#define TEXT_MAX    65536 /* bytes of a `next`, a detail */

/* Deliveries that were begun and not closed; then the oldest is forgotten. */
#define OPEN_MAX 16384

struct stream_state {
	char *by, *path, *tenant; /* owned; NULL */
	struct buf next;
	int64_t clock_us, newest_us, since_us;
	struct lag to_available, to_record;
	struct coverage_hour *hours; /* owned */
	size_t hour_count, hour_room;
	struct event_hour *events; /* owned */
	size_t event_count, event_room;
	uint64_t events_other;
};

struct open_delivery {
	uint64_t index;
	unsigned char name[16];
	uint32_t stream;
	int64_t hour_us;
};

struct gap_state {
	struct gap_seen seen; /* its texts are in `names`, `gap_names`, here */
	uint32_t stream;
	char *detail; /* owned; NULL */
	bool named;
	unsigned char name[16];
	int64_t hour_us; /* where it counts */
	bool lost;       /* among the hour's lost ... */
	bool announced;  /* ... and announced */
};

struct coverage {
	struct streams names;        /* of source and stream */
	struct stream_state *states; /* owned; as many, by their number */
	size_t state_room;
	struct streams gap_names; /* of source and key */
	struct gap_state **gaps;  /* owned; as many, by their number */
	size_t gap_room;
	struct open_delivery *open; /* owned; in the ledger's order */
	size_t open_count, open_room;
	struct recent *recent;              /* names of closed deliveries */
	struct coverage_of_state *of_state; /* owned */
	size_t of_state_count, of_state_room;
	int64_t now_us; /* the newest record was received */
	uint64_t size, strange;
	/* The last record that was taken, by which a ledger is recognised. */
	bool any;
	uint64_t last;
	unsigned char last_digest[SHA256_LEN];
	struct json_parser *parser; /* room for reading */
	struct buf text;
	struct delivered delivered;
};

/* The number of a stream, new or not; false if there are too many. */
bool coverage_number(struct coverage *coverage, struct slice source,
    struct slice stream, uint32_t *number);

/* --- coverage_state.c --- */

/* `v` is the record's; the source is one of those in coverage.h. */
void coverage_state_take(struct coverage *coverage, struct json v,
    const struct coverage_record *record);
void coverage_state_add(
    struct coverage *coverage, const struct coverage_of_state *of_state);
/* Those that are too old now. */
void coverage_state_forget(struct coverage *coverage);

/* --- coverage_hours.c --- */

/*
 * The hour, or more, that has this time; good until the next is asked for.
 * `received_us` takes the place of a time that is not known or cannot be.
 */
int64_t coverage_hour_of(int64_t available_us, int64_t received_us);
struct coverage_hour *coverage_hour(const struct coverage *coverage,
    struct stream_state *state, int64_t hour_us);
void coverage_events(const struct coverage *coverage,
    struct stream_state *state, const struct event_hour *more);
/* Makes less of what is old now. */
void coverage_age(const struct coverage *coverage, struct stream_state *state);

/* --- coverage_gaps.c --- */

/* False if there are too many, or one healed that is not known. */
bool coverage_gap_take(struct coverage *coverage, const struct gap_told *told,
    const struct coverage_record *record);
void coverage_gaps_forget(struct coverage *coverage);
void coverage_gaps_release(struct coverage *coverage);

/* A gap with nothing in it; NULL if it is there, or there are too many. */
struct gap_state *coverage_gap_add(
    struct coverage *coverage, struct slice source, struct slice key);
/* Fills in the texts of its struct gap. */
void coverage_gap_point(struct coverage *coverage, size_t number);

#endif
