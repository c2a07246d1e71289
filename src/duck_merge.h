#ifndef DUCK_MERGE_H
#define DUCK_MERGE_H

#include "duck.h"

/*
 * duck_merge - columns out of Parquet files into another one, which are not
 * made again from records.
 *
 * Each file's rows are in the order of duck_columns.h, and those of the new one
 * are, too.  Little is kept in memory, and nothing is sorted: the next row is
 * always the next of one of the files.  What they say is not checked
 * (duck_check.h).  The new file is on disk when back with 0; when it fails, a
 * part of it may be there.
 */
/* The rows of all files, each of which takes some 20 MB while it is read. */
int columns_merge(struct duck *duck, const char *const *paths, size_t count,
    const char *out, struct err *err);

/* The records that are erased, sorted. */
struct erasure {
	const uint64_t *erased;
	size_t count;
};

/*
 * The rows of `path`.  Those that are erased have nothing left but index,
 * received, source and tenant, and ROW_ERASED as their kind; they stand where
 * that belongs.  What else they said is nowhere in the new file.
 */
int columns_erase(struct duck *duck, const char *path,
    const struct erasure *erasure, const char *out, struct err *err);

#endif
