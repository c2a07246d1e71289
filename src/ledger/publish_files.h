#ifndef LEDGER_PUBLISH_FILES_H
#define LEDGER_PUBLISH_FILES_H

#include "base/buf.h"
#include "base/err.h"

/*
 * publish_files - the files of a published copy.  Unlike those of a ledger
 * they are for everyone to read, as the umask allows.
 */

/* Of a partial tile: how many of 256; 0: it is full. */
struct publish_name {
	int level; /* -1: entries */
	uint64_t number;
	unsigned width;
};

/* Adds the path below `out`, with a NUL behind it. */
void publish_path(
    struct buf *path, const char *out, const struct publish_name *name);

/*
 * Puts the bytes there, making folders; readers see the old file or the new
 * one.  Not synced.
 */
int publish_put(char *path, struct slice bytes, struct err *err);

/* Adds the bytes as gzip, the same for the same. */
void publish_gzip(struct buf *out, struct slice bytes);

#endif
