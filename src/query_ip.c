#include "query_ip.h"

#include "base/ip.h"

static struct slice
text_at(duckdb_vector vector, idx_t row)
{
	duckdb_string_t *s =
	    (duckdb_string_t *)duckdb_vector_get_data(vector) + row;

	return slice_of(duckdb_string_t_data(s), duckdb_string_t_length(*s));
}

static bool
is_null(duckdb_vector vector, idx_t row)
{
	uint64_t *valid = duckdb_vector_get_validity(vector);

	return valid && !duckdb_validity_row_is_valid(valid, row);
}

static void
ip_in(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
	duckdb_vector ips = duckdb_data_chunk_get_vector(input, 0);
	duckdb_vector nets = duckdb_data_chunk_get_vector(input, 1);
	bool *out = duckdb_vector_get_data(output);
	idx_t rows = duckdb_data_chunk_get_size(input);
	uint64_t *valid;
	struct ip_net net;
	struct ip ip;

	(void)info;
	duckdb_vector_ensure_validity_writable(output);
	valid = duckdb_vector_get_validity(output);
	for (idx_t i = 0; i < rows; i++) {
		if (!is_null(ips, i) && !is_null(nets, i) &&
		    ip_parse(text_at(ips, i), &ip) &&
		    ip_net_parse(text_at(nets, i), &net))
			out[i] = ip_net_has(&net, &ip);
		else
			duckdb_validity_set_row_invalid(valid, i);
	}
}

int
query_ip_register(struct duck *duck, struct err *err)
{
	duckdb_scalar_function function = duckdb_create_scalar_function();
	duckdb_logical_type text =
	    duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR);
	duckdb_logical_type truth =
	    duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
	duckdb_state state;

	duckdb_scalar_function_set_name(function, "ip_in");
	duckdb_scalar_function_add_parameter(function, text);
	duckdb_scalar_function_add_parameter(function, text);
	duckdb_scalar_function_set_return_type(function, truth);
	duckdb_scalar_function_set_function(function, ip_in);
	state = duckdb_register_scalar_function(duck->connection, function);
	duckdb_destroy_scalar_function(&function);
	duckdb_destroy_logical_type(&text);
	duckdb_destroy_logical_type(&truth);
	if (state == DuckDBSuccess)
		return 0;
	return err_set(err, ERR_SYSTEM, "cannot teach DuckDB ip_in()");
}
