#ifndef QUERY_POSTINGS_H
#define QUERY_POSTINGS_H

#include "query_records.h"

/*
 * query_postings - which sealed rows may have a value: those that the segments'
 * postings name; all rows of a segment that has none.
 */

/*
 * Adds statements that give the sealed records of which one of the groups is
 * true, with " UNION ALL " behind each.  ERR_USAGE if a group is over what
 * postings do not tell.
 */
int query_postings(const struct records *records,
    const struct plan_groups *groups, struct buf *sql, struct err *err);

#endif
