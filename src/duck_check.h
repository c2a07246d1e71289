#ifndef DUCK_CHECK_H
#define DUCK_CHECK_H

#include "geo/geo.h"
#include "ledger/manifest.h"
#include "ledger/view.h"

/*
 * duck_check - whether a Parquet file says what its records say.
 */
struct columns_check {
	struct view *view;
	const struct segment *segment; /* whose records */
	const struct geo *geo;         /* may be NULL */
	bool same_geography; /* false: made with another: no country is compared
	                      */
	const char *path;
};

/*
 * Makes the columns of every record again, and compares them with the file's
 * rows, in whatever order these are.  -1 with ERR_CORRUPT that names the first
 * difference: a row that is missing, there twice or of no record of the
 * segment, or the first record with another value, and its column.
 *
 * Takes 16 bytes of memory for each record, besides DuckDB's; ERR_LIMIT if the
 * segment has more than 64 million.
 */
int columns_check(const struct columns_check *args, struct err *err);

#endif
