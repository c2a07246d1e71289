#ifndef LEDGER_SEGMENT_H
#define LEDGER_SEGMENT_H

#include "ledger/hashes.h"
#include "ledger/manifest.h"

/*
 * segment - whether a sealed segment is what its ledger holds.
 *
 * Checks that the three files are those that the segment names by their hashes,
 * that the leaf of every record in .raw is that of the log, and that .idx has
 * the event of each record.  What the columns in .parquet say is not checked:
 * they are made again from .raw.  -1 with ERR_CORRUPT if it is not.
 */
int segment_check(const struct segment *segment, const char *dir,
    struct hashes *hashes, struct err *err);

#endif
