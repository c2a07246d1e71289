#ifndef LEDGER_PUBLISH_H
#define LEDGER_PUBLISH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * publish - a copy of a ledger's log that any web server can serve (C2SP
 * tlog-tiles): hashes and, if wanted, leaf texts; no record.
 *
 *	checkpoint			the signed note
 *	tile/<L>/<N>[.p/<W>]		256 (W) hashes of level 8 L
 *	tile/entries/<N>[.p/<W>]	256 (W) leaf texts, gzip'ed: each u16
 *					length, big-endian, text
 *
 * Invariants
 *  1. The checkpoint comes last, when all that it needs is on disk: whenever
 *     it is cut off, the copy is a valid one, of this size or the last.
 *  2. What a published checkpoint needs is never changed and never removed:
 *     the partial tiles of every size that was published stay.
 *  3. The copy of another log, or of more than the ledger has, is refused and
 *     stays as it is.
 *  4. A copy that has entries goes on having them.
 *
 * One process publishes to a folder at a time (a lock on the folder); the
 * ledger's writer may go on.
 */
struct publish_report {
	uint64_t before, size;   /* records in the copy */
	uint64_t tiles, bundles; /* files written */
};

/*
 * Brings the folder `out`, which is made if it is not there, to the ledger's
 * checkpoint.  ERR_CORRUPT: the ledger is damaged, or the copy is of another
 * log; ERR_LIMIT: someone else is publishing there.
 */
int publish(const char *dir, const char *out, bool bundles,
    struct publish_report *report, struct err *err);

#endif
