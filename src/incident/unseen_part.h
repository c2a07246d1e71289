#ifndef INCIDENT_UNSEEN_PART_H
#define INCIDENT_UNSEEN_PART_H

#include "incident/unseen.h"

/*
 * unseen_part - what the parts of unseen share.
 */
struct unseen_list {
	const struct unseen_of *of;
	struct shows shows;
	/*
	 * In which the intruder may have acted: from the first act, or from a
	 * gap just before it that may hide earlier ones.
	 */
	int64_t from_us;
	/* Mailboxes that the intruder could open, ascending; or all. */
	struct slice *places;
	size_t place_count;
	bool everything;
	struct unseen *list; /* in the arena */
	size_t count, room;
};

/* A new one, from and to open, without places, healing or record. */
struct unseen *unseen_add(struct unseen_list *list, enum unseen_cause cause);

/*
 * Whether what ends then (EVENT_NO_TIME: it does not) touches the intruder's
 * time.  That has no end: the last act that is known need not be the last.
 */
bool unseen_touches(const struct unseen_list *list, int64_t to_us);

/* Whether the intruder could open that mailbox; empty: any. */
bool unseen_opens(const struct unseen_list *list, struct slice place);

/* All that the intruder could open. */
void unseen_places(const struct unseen_list *list, struct unseen *unseen);
/* That mailbox; empty: all. */
void unseen_place(
    const struct unseen_list *list, struct unseen *unseen, struct slice place);

/* unseen_blind.c: auditing that was off; what is never logged. */
void unseen_blinds(struct unseen_list *list);

/* unseen_forged.c: tokens and sessions that no sign-in explains. */
void unseen_forged(struct unseen_list *list);

#endif
