#ifndef LEDGER_CHANGE_LIST_H
#define LEDGER_CHANGE_LIST_H

#include "ledger/change.h"
#include "ledger/evidence_extra.h"

/*
 * changes - all changes of a ledger's key and name: its file `changes`.
 *
 *	firn-changes/1
 *	<base64 of the record's extra> <base64 of the record>
 *	...
 *
 * They are copies, so that nobody has to look for the records.  Each opens its
 * leaf and goes on from the key of the one before; whether its leaf is in the
 * log is for the reader to see.  A line is written before its record is, so
 * the last one may be of a record that never came to be.
 *
 * All zero is empty.
 */
#define CHANGES_MAX 100 /* lines */

struct change_entry {
	struct extra extra; /* not erased */
	struct slice note;
	struct change change;
};

struct changes {
	struct buf text, bytes; /* the file; what its lines hold */
	struct change_entry *list;
	size_t count;
};

/* Without such a file they are empty.  ERR_CORRUPT if it does not hold. */
int changes_read(struct changes *changes, const char *dir, struct err *err);
void changes_release(struct changes *changes);

/*
 * Both replace the file by its first `keep` lines, and are on disk when back
 * with 0: changes_put() adds one, which must go on from the one before.
 */
int changes_put(struct changes *changes, const char *dir, size_t keep,
    struct slice extra, struct slice note, struct err *err);
int changes_keep(
    struct changes *changes, const char *dir, size_t keep, struct err *err);

/* The last one; NULL if there is none. */
const struct change_entry *changes_last(const struct changes *changes);

/*
 * The first that belongs to the log's present name: the one behind the last
 * succession, or 0.
 */
size_t changes_first(const struct changes *changes);

#endif
