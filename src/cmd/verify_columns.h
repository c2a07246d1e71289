#ifndef CMD_VERIFY_COLUMNS_H
#define CMD_VERIFY_COLUMNS_H

#include <stdint.h>

#include "base/err.h"

/*
 * verify_columns - whether the columns of a ledger's segments are those of
 * their records: firn-seal makes them again, since that takes DuckDB.
 */
struct verified_columns {
	uint64_t compared; /* records */
	uint64_t others;   /* whose columns other readers made: not compared */
	uint64_t
	    without_country; /* compared but for that: from another table */
};

/* Of the first `sealed` records, which are whole segments.  ERR_CORRUPT names
 * the first that is wrong. */
int verify_columns(const char *dir, uint64_t sealed,
    struct verified_columns *columns, struct err *err);

#endif
