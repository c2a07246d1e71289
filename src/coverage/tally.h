#ifndef COVERAGE_TALLY_H
#define COVERAGE_TALLY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "coverage/level.h"
#include "event/event.h"
#include "event/seen.h"

/*
 * tally - what was read, so that nothing is silent.
 *
 * Always records == events + duplicates + rejected.  One thread adds.  All zero
 * is a valid, empty tally.
 */

/* Days past this are counted, but not kept apart: times can be forged. */
#define TALLY_DAYS_MAX 4096

/* Of the files that are no logs, this many are named. */
#define TALLY_SKIPPED_MAX 1000

/* A file that was not read as a log. */
struct tally_skipped {
	struct slice file, why; /* in tally->arena */
};

/* A rule that is undecided on some events, because facts are unknown. */
struct tally_undecided {
	struct slice rule, title; /* in tally->arena */
	uint64_t events;
	uint32_t facts; /* bits 1 << enum event_fact */
};

/* A group of a correlation that was given up for want of room. */
struct tally_lost {
	struct slice rule, title; /* in tally->arena */
	struct slice group;       /* its values, for people; there, too */
};

/* What happened in one day, by the hour. */
struct tally_day {
	int64_t day; /* since 1970, UTC */
	uint64_t events[24];
	uint64_t findings[24][LEVEL_COUNT];
};

struct tally {
	uint64_t files;         /* read as logs, also in part */
	uint64_t files_skipped; /* no log, or not readable */
	uint64_t bytes;         /* of the files read, as stored */
	uint64_t records, events, duplicates, rejected;
	uint64_t tellings;  /* duplicates that told something new */
	uint64_t conflicts; /* duplicates that contradict the first telling */
	uint64_t conflict_fields[TOLD_FIELDS]; /* of the conflicts, by field */
	uint64_t repaired; /* records with broken bytes, read all the same */
	uint64_t duplicate_keys;    /* of root members; the first one counts */
	uint64_t outside;           /* events outside --from and --to */
	uint64_t no_time;           /* events without a readable time */
	uint64_t kinds[KIND_COUNT]; /* distinct events */
	int64_t first_us, last_us;  /* of events; valid if events > no_time */
	uint64_t rules_loaded, rules_refused;
	uint64_t findings[LEVEL_COUNT];
	struct tally_day **days; /* ascending; owned */
	size_t day_count, day_size, day_last;
	uint64_t regex_limited;  /* regular expressions given up at a limit */
	uint64_t lookup_limited; /* fields not looked up to their end */
	uint64_t correlated;     /* what events added to correlations ... */
	uint64_t correlate_no_time; /* ... and left out: they have no time, */
	uint64_t correlate_lost_groups, correlate_lost_events; /* no room */
	struct tally_lost *correlate_lost; /* the first of the groups; owned */
	size_t correlate_lost_count;
	uint64_t correlate_not_copied; /* of which findings show the place */
	/* By events, most first; owned. */
	struct tally_undecided *undecided;
	size_t undecided_count;
	uint64_t undated; /* events on days past TALLY_DAYS_MAX */
	struct tally_skipped skipped[TALLY_SKIPPED_MAX];
	size_t skipped_count;
	struct arena arena;
};

/* Counts one distinct event. */
void tally_event(struct tally *tally, enum event_kind kind, int64_t time_us);

/* Counts a file that was not read as a log, and keeps why. */
void tally_skip(struct tally *tally, const char *file, const char *why);

/* Counts one finding at the time of its event. */
void tally_finding(struct tally *tally, enum level level, int64_t time_us);

/* Findings of all levels. */
uint64_t tally_findings(const struct tally *tally);

/* The summary as one JSON object with a line feed, as docs/scan.md has it. */
void tally_write_json(struct buf *out, const struct tally *tally);

void tally_release(struct tally *tally);

#endif
