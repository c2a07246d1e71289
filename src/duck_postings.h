#ifndef DUCK_POSTINGS_H
#define DUCK_POSTINGS_H

#include "duck.h"
#include "ledger/manifest.h"

/*
 * duck_postings - the postings (store/postings.h) of a file of columns, read
 * from it.  What stands in them is the columns', which are checked elsewhere.
 */

/*
 * Makes `out`, which must not be there, from the columns in `path`, of that
 * segment.  On disk when back with 0.
 */
int postings_make(struct duck *duck, const char *path,
    const struct segment *segment, const char *out, struct err *err);

/*
 * Whether the postings in `have`, if the file is there, are those that `path`
 * gives, which are made in `out`, and removed.  -1 with ERR_CORRUPT if not.
 */
int postings_check(struct duck *duck, const char *path,
    const struct segment *segment, const char *have, const char *out,
    struct err *err);

#endif
