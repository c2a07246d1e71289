#ifndef COVERAGE_KEPT_H
#define COVERAGE_KEPT_H

#include "coverage/coverage.h"
#include "ledger/view.h"
#include "store/set.h"

/*
 * kept - the coverage in a file beside the ledger's others, so that not all
 * records are read each time; and the way to it in any case.
 *
 * The file `coverage` of the ledger's folder is a help and no evidence: it is
 * used only if it is whole, of this ledger, and not ahead of it, which the last
 * record shows that it took; else all is folded from the first record on, with
 * the same result.  docs/coverage.md has its bytes.
 */

/*
 * The coverage of a view: from the file, if it can be used, and the records
 * behind it.
 */
int coverage_read(
    struct coverage **out, const char *dir, struct view *view, struct err *err);

/*
 * The same in two steps, for who finds these records otherwise: what the file
 * has, or nothing; and the records of `set`, which must be all that is to be
 * taken from coverage_size() on.
 */
struct coverage *coverage_kept(const char *dir, struct view *view);
int coverage_take(struct coverage *coverage, struct view *view,
    const struct set *set, struct err *err);

/* Replaces the file; all that it took must be under a checkpoint. */
int coverage_save(const struct coverage *coverage, const char *dir,
    struct slice origin, struct err *err);

/* Its bytes; the same coverage has the same. */
void coverage_print(
    struct buf *out, const struct coverage *coverage, struct slice origin);
/* NULL if the bytes are not whole, or not of a ledger of this name. */
struct coverage *coverage_parse(struct slice bytes, struct slice origin);

#endif
