#ifndef RULE_CORRELATE_H
#define RULE_CORRELATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "rule/match.h"

/*
 * correlate - what shows in several events: correlations on two lanes.
 *
 * A correlator takes what events add to correlations, in any order.  The
 * settled lane answers when the watermark has passed: its firings are a
 * function of the set of events, equal for every order of arrival and every
 * sequence of watermarks.  The early lane answers on arrival, from what has
 * come so far; the settled one confirms, amends or withdraws what it said.
 * docs/rules.md says when a correlation fires.
 *
 * No clock, no input or output.  One thread.  State is bounded: see
 * correlator_options.
 */

/* How many correlations refer to rule i, and the rule that the n-th is. */
size_t rules_part_count(const struct rules *rules, size_t i);
uint32_t rules_part_of(const struct rules *rules, size_t i, size_t n);

/* --- what an event adds --- */

/*
 * Values of a group or a tuple, packed one behind the other; texts are folded,
 * so that values that differ in case only are one.
 */
void pack_value(struct buf *out, struct slice folded);
void pack_absent(struct buf *out);

/* Takes the next value; false at the end.  *value is NULL if it is absent. */
bool unpack_value(struct slice *rest, struct slice *value);

struct contribution {
	uint32_t correlation; /* number, see matcher_correlate() */
	uint32_t ref;         /* by which of its rules */
	struct slice group;   /* packed */
	struct slice value;   /* value_count: packed */
	double number;        /* value_sum and so on */
};

/* Of one event to one correlation at most; others are counted. */
#define CONTRIBUTIONS_MAX 64

/*
 * What the record of the matcher's last run, of which the n rules are true,
 * adds to correlations: a list in the arena, returned by length.
 */
size_t matcher_correlate(struct matcher *matcher, const uint32_t *rules,
    size_t n, struct arena *arena, const struct contribution **out);

/* --- what comes of it --- */

enum firing_state {
	FIRING_EARLY,     /* provisional, from the early lane */
	FIRING_SETTLED,   /* what the early lane has not said */
	FIRING_CONFIRMED, /* as the early lane has said */
	FIRING_AMENDED,   /* with other events */
	FIRING_WITHDRAWN, /* did not happen after all */
};

#define FIRING_REFS_MAX 20

/* (rule, group, start_us) is its identity on both lanes. */
struct firing {
	uint32_t rule; /* number in the set */
	enum firing_state state;
	struct slice group; /* packed; good during the call */
	int64_t start_us;   /* of the first event in the window */
	int64_t time_us;    /* when it became true */
	uint64_t events;    /* in the window */
	double value;       /* what the condition compares */
	uint64_t last;      /* the event that completed it */
	/* The first and the last ones in the window, in the order of time. */
	uint64_t refs[FIRING_REFS_MAX];
	size_t ref_count;
};

struct correlator_options {
	const struct rules *rules;
	bool early;        /* run the early lane, too */
	size_t groups_max; /* of one correlation; 0: CORRELATOR_GROUPS */
	size_t events_max; /* the same; 0: CORRELATOR_EVENTS */
	uint64_t seed;     /* nobody can guess; results do not depend on it */
};

#define CORRELATOR_GROUPS 2000000
#define CORRELATOR_EVENTS 16000000

/* Groups lost to the maximum that are named. */
#define CORRELATOR_LOST_MAX 100

struct lost_group {
	uint32_t rule;
	struct slice group; /* packed */
};

struct correlator_stats {
	uint64_t events;      /* taken */
	uint64_t late;        /* left out: not after the watermark */
	uint64_t lost_groups; /* left out for want of room */
	uint64_t lost_events; /* that they held */
	uint64_t early_left;  /* on which the early lane did not look again */
	size_t groups, held;  /* groups and events now in memory */
	size_t bytes;         /* that these take */
	const struct lost_group *lost; /* of lost_groups, the first ones */
	size_t lost_count;
};

struct correlator;

/* Calls `fire` from within the functions below, for rules that are told. */
struct correlator *correlator_new(const struct correlator_options *options,
    void (*fire)(void *context, const struct firing *firing), void *context);
void correlator_free(struct correlator *correlator);

/*
 * Takes what one event adds.  `ref` names the event to the caller; of events
 * of the same time the one with the smaller ref, below 2^63, comes first.  The
 * same event must not be given twice.
 */
void correlator_add(struct correlator *cor, const struct contribution *from,
    int64_t time_us, uint64_t ref);

/*
 * All events up to this time have come; what comes later all the same is left
 * out.  Costs what is due, and little for each correlation.
 */
void correlator_watermark(struct correlator *correlator, int64_t time_us);

/* Good until the next call. */
struct correlator_stats correlator_stats(const struct correlator *correlator);

#endif
