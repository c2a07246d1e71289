#ifndef QUERY_FUNCTION_H
#define QUERY_FUNCTION_H

#include "duck.h"

/*
 * query_function - functions that SQL has in firn-query besides DuckDB's.
 */
struct query_function {
	const char *name;
	duckdb_type takes[2]; /* DUCKDB_TYPE_INVALID: no second */
	duckdb_type gives;
	duckdb_scalar_function_t run;
	void *extra; /* for duckdb_scalar_function_get_extra_info() */
};

int query_function(
    struct duck *duck, const struct query_function *function, struct err *err);

/* A value of a vector of VARCHAR; good as long as the vector. */
struct slice query_text_at(duckdb_vector vector, idx_t row);

bool query_is_null(duckdb_vector vector, idx_t row);

#endif
