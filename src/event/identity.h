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
 */
void event_told(const struct event *event, unsigned char told[TOLD_FIELDS]);

/* The name of field i, for messages: "time", "actor", ... */
const char *told_field_name(size_t i);

#endif
