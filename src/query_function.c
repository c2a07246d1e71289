#include "query_function.h"

int
query_function(
    struct duck *duck, const struct query_function *function, struct err *err)
{
	duckdb_scalar_function f = duckdb_create_scalar_function();
	duckdb_logical_type type;
	duckdb_state state;

	duckdb_scalar_function_set_name(f, function->name);
	for (size_t i = 0; i < 2 && function->takes[i] != DUCKDB_TYPE_INVALID;
	     i++) {
		type = duckdb_create_logical_type(function->takes[i]);
		duckdb_scalar_function_add_parameter(f, type);
		duckdb_destroy_logical_type(&type);
	}
	type = duckdb_create_logical_type(function->gives);
	duckdb_scalar_function_set_return_type(f, type);
	duckdb_destroy_logical_type(&type);
	duckdb_scalar_function_set_function(f, function->run);
	duckdb_scalar_function_set_extra_info(f, function->extra, NULL);
	state = duckdb_register_scalar_function(duck->connection, f);
	duckdb_destroy_scalar_function(&f);
	if (state == DuckDBSuccess)
		return 0;
	return err_set(
	    err, ERR_SYSTEM, "cannot teach DuckDB %s()", function->name);
}

struct slice
query_text_at(duckdb_vector vector, idx_t row)
{
	duckdb_string_t *s =
	    (duckdb_string_t *)duckdb_vector_get_data(vector) + row;

	return slice_of(duckdb_string_t_data(s), duckdb_string_t_length(*s));
}

bool
query_is_null(duckdb_vector vector, idx_t row)
{
	uint64_t *valid = duckdb_vector_get_validity(vector);

	return valid && !duckdb_validity_row_is_valid(valid, row);
}
