#ifndef EVENT_SEEN_H
#define EVENT_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "event/identity.h"

/*
 * seen - which events have been told already, and what was told of them.
 *
 * An event's identity is (tenant, family, id).  Of each only a fingerprint of
 * 96 bits is kept, and a byte for each field that matters: 20 bytes an event,
 * at most 24 with the room the table keeps free.  The fingerprint is keyed at
 * random in each run, so that nobody can make two events look like one; the
 * odds of it happening by itself are 1 in 10^11 at a billion events.  A
 * difference in a field goes unseen once in 255 times.
 *
 * One thread.
 */
struct seen;

/* What one record tells, small enough to be handed between threads. */
struct seen_event {
	bool known_id; /* false: never a repeat */
	uint32_t id[3];
	unsigned char told[TOLD_FIELDS]; /* event_told() */
};

enum seen_result {
	SEEN_NEW,
	SEEN_REPEAT,   /* tells nothing new */
	SEEN_TELLING,  /* fills a field that was absent */
	SEEN_CONFLICT, /* contradicts what was told first */
};

struct seen *seen_new(void);
void seen_free(struct seen *seen);

/* In any thread.  The seed is seen_seed(). */
void
seen_prepare(uint64_t seed, const struct event *event, struct seen_event *out);
uint64_t seen_seed(const struct seen *seen);

/* Of something else than an event: what is equal has equal text. */
void seen_key(uint64_t seed, struct slice text, struct seen_event *out);

/*
 * Looks the event up and adds what it tells.  For SEEN_CONFLICT, bit i of
 * *differs is set for each field i of `told` that differs.
 */
enum seen_result
seen_add(struct seen *seen, const struct seen_event *event, unsigned *differs);

/* Has the event's place brought into the cache, for a seen_add() soon. */
void seen_prefetch(const struct seen *seen, const struct seen_event *event);

/* Bytes the table takes now. */
size_t seen_bytes(const struct seen *seen);

#endif
