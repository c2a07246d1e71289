#ifndef LEDGER_KNOWN_H
#define LEDGER_KNOWN_H

#include "ledger/ledger.h"

/*
 * known - which events the records tell, and what they say of each.
 *
 * Exact: the whole id is kept, so no event is taken for another.  24 bytes an
 * event, 26 to 29 with the free places.  It holds the events of the records
 * that are in the WAL; for those in segments the segments' own .idx files will
 * be asked, so that the table stays as small as what is not sealed.
 *
 * One thread.
 */
struct known;

struct known *known_new(void);
void known_free(struct known *known);

/* What this telling would be, were it added. */
enum ledger_known
known_look(const struct known *known, const struct identity *identity);

/* Remembers it: what was said first stays, what was absent is filled. */
void known_add(struct known *known, const struct identity *identity);

size_t known_count(const struct known *known);
size_t known_bytes(const struct known *known);

#endif
