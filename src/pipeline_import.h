#ifndef PIPELINE_IMPORT_H
#define PIPELINE_IMPORT_H

#include "coverage/tally.h"
#include "ledger/append.h"
#include "source/files.h"

/*
 * pipeline_import - the way of a record from a file into a ledger:
 *
 *	file -> batch of cuts -> record -> identity -> known? -> ledger
 *	                         `-- in the workers --'  `-- in order --'
 *
 * A file is a delivery, named by the hash of its bytes.  Items are taken in
 * order, and what is taken is marked with each commit; so an import that was
 * cut off goes on where it was when it is called again, and a file that was
 * taken whole is not read twice, whatever it is called by then.  Several may
 * run at once, over the same files, too: what one has taken the others pass
 * over.
 *
 * An item that cannot be read as a record is kept all the same, as source
 * file/unreadable: what it says may be read one day.
 */
struct import_options {
	struct append *append;
	unsigned threads; /* at least 1 */
	bool progress;    /* a line on stderr while it runs */
};

/*
 * The tally's records are those that this run looked at: events are those
 * added as new, duplicates those that were known (of which tellings and
 * conflicts were added), rejected those that could not be read (and were added,
 * but for not_kept).
 */
struct import_result {
	struct tally tally;
	uint64_t before; /* items that another run had taken */
	uint64_t
	    files_before;  /* files that were taken whole before, or twice */
	uint64_t not_kept; /* items longer than a record may be */
	uint64_t within;   /* records inside an item that is kept whole */
};

/*
 * Takes all files in; back with 0, everything is durable and signed for.  On
 * failure what was committed until then stays.
 */
int pipeline_import(const struct import_options *options,
    const struct files *files, struct import_result *result, struct err *err);

void import_result_release(struct import_result *result);

#endif
