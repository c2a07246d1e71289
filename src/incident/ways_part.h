#ifndef INCIDENT_WAYS_PART_H
#define INCIDENT_WAYS_PART_H

#include "base/arena.h"
#include "incident/ways.h"

/*
 * ways_part - what the files of ways.h share.
 */

/* A way while acts are folded into it. */
struct way_work {
	struct way_back back;
	struct slice also, tenant;
	int64_t until_us;
	/* Closed with whoever holds it; undone when that is let in again. */
	int64_t held_us;
	uint64_t held_index;
	bool taken; /* not made by the intruder, but come into its hands */
};

/* As whom the intruder acted. */
struct way_person {
	struct slice id, upn, tenant;
	int64_t last_us;
};

struct ways {
	const struct ways_of *of;
	struct way_work *list; /* sorted by way, object, place */
	size_t count, room;
	struct way_person *people;
	size_t people_count;
	int64_t last_us; /* of the intruder's acts; EVENT_NO_TIME: none */
	bool graph;      /* what is asked of Graph is in the data */
};

/* All of a way that nothing is known of. */
extern const struct way_work way_work_none;

/* Adds one, or changes nothing if it is there. */
struct way_work *ways_add(struct ways *ways, const struct way_work *work);

/* Whom the intruder acted as: their passwords, sessions, credentials. */
void ways_taken(struct ways *ways);

/* What lists and statements say; then what is unchecked. */
void ways_seen(struct ways *ways);

/* Later of two times, where EVENT_NO_TIME is before all. */
static inline int64_t
ways_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

#endif
