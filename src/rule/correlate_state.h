#ifndef RULE_CORRELATE_STATE_H
#define RULE_CORRELATE_STATE_H

#include "base/buf.h"
#include "rule/correlate.h"
#include "rule/correlate_store.h"

/*
 * correlate_state - what the parts of the correlator share.
 */
struct correlator {
	struct correlator_options options;
	void (*fire)(void *context, const struct firing *firing);
	void *context;
	struct store *stores; /* one a correlation; owned */
	size_t store_count;
	struct pool pool;
	struct window *window;
	int64_t watermark_us;
	uint64_t events, late, lost_groups, lost_events, early_left;
	struct lost_group lost[CORRELATOR_LOST_MAX]; /* keys in lost_keys */
	size_t lost_count;
	struct arena lost_keys;
	struct firing *firings; /* of the watermark at hand; owned */
	size_t firing_count, firing_size;
	struct arena firing_keys;
	struct buf key; /* of a chain's next link */
	struct buf tuple;
};

/* A run through one group, and what it is for. */
struct run {
	struct correlator *correlator;
	struct store *store;
	struct group *group;
	size_t base; /* the entry that the run's first one is */
};

/* What a hit in the run's group is, but for the state. */
struct firing firing_of(const struct run *run, const struct window_hit *hit);

/* A firing is an event to the correlations that refer to its rule. */
void pass_on(struct correlator *cor, const struct firing *f);

/* --- correlate_early.c --- */

/* What was said early of a window; NULL if nothing was. */
struct said *said_find(const struct group *group, int64_t start_us);
void said_drop(struct group *group, struct said *said);

/* The newest event is the last in its order: does it complete something? */
void early_look_at_end(struct run *run);

/*
 * An event that came out of order: what does it complete?  Events up to the
 * firing before it are used up; what comes of it later, settling will say.
 */
void early_look_around(struct run *run, int64_t time_us);

/* How far an event out of order is put back, and how many are looked at. */
#define EARLY_BACK_MAX 1024

#endif
