#ifndef QUERY_FIND_H
#define QUERY_FIND_H

#include "query_records.h"

/*
 * query_find - finds the records of a plan as far as columns do not tell them,
 * and makes the statement that shows them.
 *
 * Ids of events are looked up in the segments' indexes.  Texts are looked for
 * in the bytes of those records that all conditions over columns leave, in the
 * order of the log, so that each block is unpacked once.  Which rows are shown
 * is found by the columns of conditions and order, before all columns are read.
 */
struct found {
	bool narrowed; /* only those in `in` */
	struct set in, out;
	bool settled; /* `in` is all there is: no condition is left */
};

/* Once, before all else; `found` must live as long as DuckDB. */
int query_find_register(
    struct records *records, struct found *found, struct err *err);

/* Adds the statement; `found` is empty, and the one that was registered. */
int query_find(struct records *records, const struct plan *plan,
    struct found *found, struct buf *sql, struct err *err);

/* Adds a statement with the same columns, over no records to speak of. */
void query_find_shape(
    const struct records *records, const struct plan *plan, struct buf *sql);

/* Empty again. */
void found_release(struct found *found);

#endif
