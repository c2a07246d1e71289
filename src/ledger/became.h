#ifndef LEDGER_BECAME_H
#define LEDGER_BECAME_H

#include "ledger/append.h"

/*
 * became - what became of those items of a delivery that were taken before.
 *
 * Who goes on with a delivery of another, or of himself before he was killed,
 * does not take these items again, but has them before him.  What was added of
 * them are records of that delivery, in the order of the items.  So an item
 * that is as the next of those records was added, and any other was not.
 * Whether a record was the first to tell its event is asked of all before it.
 *
 * Needs room as struct known does, for what is not sealed, and for the records
 * of the delivery, of which BECAME_MAX are looked at.  One thread.
 */
struct became;

#define BECAME_MAX ((size_t)1 << 20)

/*
 * `delivery` is the index of the record that opened it.  What was taken must be
 * signed for.
 */
int became_open(
    struct became **out, const char *dir, uint64_t delivery, struct err *err);
void became_free(struct became *became);

/*
 * Of the next item, from the first on; *received_us becomes when its record was
 * received, if it was added.  APPEND_BEFORE if that cannot be said: it is
 * understood otherwise than it was, or is behind BECAME_MAX.
 */
enum append_verdict became_next(struct became *became,
    const struct append_item *item, int64_t *received_us);

#endif
