#ifndef LEDGER_SEGMENT_H
#define LEDGER_SEGMENT_H

#include "ledger/frame.h"
#include "ledger/hashes.h"
#include "ledger/manifest.h"

/*
 * segment - whether a sealed segment is what its ledger holds.
 *
 * -1 with ERR_CORRUPT, naming file and record, if it is not.
 */

/* Whether the file is the one that the segment names by its hash. */
int segment_check_file(const struct segment *segment, const char *dir,
    enum segment_file file, struct err *err);

struct segment_checker {
	struct hashes *hashes;
	/* Of each record in order, when it was found right; or NULL. */
	int (*record)(void *ctx, const struct stream *stream,
	    const struct merkle_hash *leaf, struct err *err);
	void *ctx;
};

/*
 * That the three files are those that the segment names, that the leaf of
 * every record in .raw is that of the log, and that .idx has the event of each
 * record and no other.  What the columns in .parquet say is not looked at:
 * that takes DuckDB.
 */
int segment_check(const struct segment *segment, const char *dir,
    const struct segment_checker *checker, struct err *err);

#endif
