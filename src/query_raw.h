#ifndef QUERY_RAW_H
#define QUERY_RAW_H

#include <pthread.h>

#include "query_records.h"

/*
 * query_raw - raw(index) for SQL: the bytes of a record as they came.
 *
 * Null for a record that was erased, and for one that may not be seen: DuckDB
 * may ask before it has looked at the conditions of `records`, so that an error
 * would meet queries that ask for nothing forbidden.  An error where there is
 * no such record, or where it is damaged.
 */
struct query_raw {
	struct records *records;
	pthread_mutex_t lock; /* DuckDB has threads, a view is for one */
};

/* `raw` must live as long as DuckDB. */
int query_raw_register(
    struct query_raw *raw, struct records *records, struct err *err);

#endif
