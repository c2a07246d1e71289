#ifndef LEDGER_KNOWN_H
#define LEDGER_KNOWN_H

#include <stddef.h>

#include "ledger/frame.h"

/*
 * known - which events the records tell that are in no segment, and what they
 * say of each.
 *
 * Exact: the whole id is kept, so no event is taken for another.  24 bytes an
 * event, 26 to 29 with the free places.  Those in segments are in the segments'
 * own files (ledger/sealed.h), so known_keep() drops them here.
 *
 * One thread.
 */
struct known;

struct known *known_new(void);
void known_free(struct known *known);

/* What is told of the event with told->id; false if nothing is. */
bool known_find(const struct known *known, struct identity *told);

/* Remembers it: what was said first stays, what was absent is filled. */
void known_add(struct known *known, const struct identity *identity);

/*
 * Drops those of a part that `keep` says no to; KNOWN_PARTS parts, from 0 on,
 * are all of it.
 */
#define KNOWN_PARTS 256
void known_keep(struct known *known, size_t part,
    bool (*keep)(void *ctx, const struct identity *identity), void *ctx);

size_t known_count(const struct known *known);
size_t known_bytes(const struct known *known);

#endif
