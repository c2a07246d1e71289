#ifndef QUERY_RUN_H
#define QUERY_RUN_H

#include "duck.h"
#include "query_print.h"

/*
 * Of rows that are cut short: the first two columns, numbers, are not shown,
 * but those of the last row shown are kept.
 */
struct query_cut {
	uint64_t limit;
	bool more; /* there were more rows than that */
	bool has_first;
	int64_t first; /* of the last row shown; null without has_first */
	uint64_t second;
};

/*
 * Runs one SELECT and prints its rows; anything else is refused.  `shape` is
 * one that gives the same columns and is planned faster, or NULL; `cut` may be
 * NULL.
 */
int query_run(struct duck *duck, const char *sql, const char *shape,
    enum print_format format, struct query_cut *cut, struct err *err);

#endif
