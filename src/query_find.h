#ifndef QUERY_FIND_H
#define QUERY_FIND_H

#include "query_records.h"

/*
 * query_find - finds the records of a plan as far as columns do not tell them,
 * and makes the statement that shows them.
 *
 * Ids of events are looked up in the segments' indexes.  Texts are looked for
 * in the bytes of those records that all conditions over columns leave, in the
 * order of the log, so that each block is unpacked once.  Where there is a
 * limit the first records are found by the columns that order them, before all
 * columns of them are read.
 */
struct found {
	bool narrowed; /* only those in `in` */
	struct set in, out;
	bool settled; /* `in` is all there is: no condition is left */
};

/* `found` must live as long as DuckDB.  Adds the statement. */
int query_find(struct records *records, const struct plan *plan,
    struct found *found, struct buf *sql, struct err *err);

void found_release(struct found *found);

#endif
