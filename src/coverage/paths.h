#ifndef COVERAGE_PATHS_H
#define COVERAGE_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * paths - events that come by more than one way, by their identity: what both
 * had, and what only one.
 *
 * Bounded: each event takes 24 bytes, and there is room for so many.  When it
 * is full, from then on only every second event is looked at, then every
 * fourth, chosen by the identity, so that all ways look at the same ones; what
 * is counted stands for `of` as many.  What is compared is of the last hours,
 * by the events' own times; the caller says which are past (paths_forget()).
 *
 * Nothing is concluded before both ways are known to be whole for an hour:
 * the caller compares only hours that the clocks of both have passed.
 *
 * The result depends on what was added, not on its order, as long as the room
 * suffices.  One thread.
 */
#define PATHS_MAX   8   /* ways */
#define PATHS_NAMED 100 /* events that are named of an hour and a way */

struct paths;

/* Room for so many events, at least 1024. */
struct paths *paths_new(size_t events_max);
void paths_free(struct paths *paths);

/* What is one: a tenant and a family, as the caller numbers them. */
struct paths_event {
	unsigned char id[16]; /* struct identity's */
	uint16_t group;
	unsigned path; /* below PATHS_MAX */
	int64_t time_us;
};

/*
 * An event of a time that is forgotten already, or before 1970, is none.  False
 * if nothing is other than it was.
 */
bool paths_add(struct paths *paths, const struct paths_event *event);

/* All events before this time are past. */
void paths_forget(struct paths *paths, int64_t before_us);

/* How many events are looked at: one of so many. */
uint64_t paths_of(const struct paths *paths);
size_t paths_count(const struct paths *paths);

/* --- for a file: what is held, and to have it again --- */

struct paths_held {
	unsigned char id[16];
	uint32_t hour; /* since 1970 */
	uint16_t group;
	uint8_t ways; /* bits: those that had it */
};

/* In any order. */
void paths_each(const struct paths *paths,
    void (*each)(void *ctx, const struct paths_held *held), void *ctx);

/* As paths_add(), for all its ways at once. */
bool paths_put(struct paths *paths, const struct paths_held *held);

/* Of so many events one is looked at, or of more; a power of two. */
void paths_thin(struct paths *paths, uint64_t of);

/* --- comparing --- */

/* Of two ways, one hour of a group. */
struct paths_hour {
	int64_t hour_us;
	uint64_t both;
	uint64_t only[2];
	unsigned char ids[2][PATHS_NAMED][16]; /* of these, the least ones */
};

/*
 * Compares two ways, in the hours from <= time < to of a group.  Calls back in
 * their order for each hour in which any event came.
 */
struct paths_pair {
	uint16_t group;
	/* One way may have told an event as one of this group; or the same. */
	uint16_t elsewhere;
	unsigned path[2];
	int64_t from_us, to_us; /* at most 31 days */
};
void paths_compare(const struct paths *paths, const struct paths_pair *pair,
    void (*hour)(void *ctx, const struct paths_hour *hour), void *ctx);

/*
 * What the hour says for people who look at the gap of way `lacks` (0 or 1):
 * "12 events that feed had, of 340; 3 ..." and the first names, in hex.
 */
void paths_detail(struct buf *out, const struct paths_hour *hour,
    unsigned lacks, const char *other, uint64_t of);

#endif
