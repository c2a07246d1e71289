#ifndef EVENT_IDENTITY_H
#define EVENT_IDENTITY_H

#include "base/sha256.h"
#include "event/event.h"

/*
 * identity - which event a record tells, and what it tells of it, in a form
 * that can be kept: a ledger compares what comes with what it has by these.
 *
 * Pure; a struct sha256 serves one thread at a time.
 */
#define EVENT_IDENTITY_LEN 16
#define TOLD_FIELDS        8

/*
 * The first bytes of SHA-256("firn-event/1\n" || tenant || family || id), each
 * of the three behind its length in four bytes, big-endian.  False if the
 * event has no id that identifies it.
 */
bool event_identity(struct sha256 *sha, const struct event *event,
    unsigned char id[EVENT_IDENTITY_LEN]);

/* What event.family may be, for whoever knows only an id; ends with NULL. */
extern const char *const event_families[];

/*
 * A digest of a byte for each field that matters, 0 where it is absent.
 * Ledgers hold them: what they are of, and how they are made, must not change.
 *
 * The outcome is in the low four bits of its byte.  In the high four, of an
 * Entra sign-in, is which log tells it, a bit each: the audit log and the
 * sign-in log are read by different rules, and the one has what the other has
 * not.
 */
void event_told(const struct event *event, unsigned char told[TOLD_FIELDS]);

/*
 * Adds what `now` tells to what was told: what was absent is filled, what was
 * there stays.  Returns whether it filled something; bit i of *differs is set
 * for each field i that contradicts.
 */
bool told_join(unsigned char told[TOLD_FIELDS],
    const unsigned char now[TOLD_FIELDS], unsigned *differs);

/* The name of field i, for messages: "time", "actor", ... */
const char *told_field_name(size_t i);

#endif
