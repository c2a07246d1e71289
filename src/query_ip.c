#include "query_ip.h"

#include "base/ip.h"
#include "query_function.h"

static void
ip_in(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
	duckdb_vector ips = duckdb_data_chunk_get_vector(input, 0);
	duckdb_vector nets = duckdb_data_chunk_get_vector(input, 1);
	bool *out = duckdb_vector_get_data(output), is_net = false;
	idx_t rows = duckdb_data_chunk_get_size(input);
	struct slice text = {0}, last = {0};
	struct ip_net net;
	uint64_t *valid;
	struct ip ip;

	(void)info;
	duckdb_vector_ensure_validity_writable(output);
	valid = duckdb_vector_get_validity(output);
	for (idx_t i = 0; i < rows; i++) {
		if (!query_is_null(nets, i))
			text = query_text_at(nets, i);
		/* Mostly all rows ask for one network. */
		if (!last.ptr || !slice_eq(text, last))
			is_net = ip_net_parse(text, &net);
		last = text;
		if (is_net && !query_is_null(nets, i) &&
		    !query_is_null(ips, i) &&
		    ip_parse(query_text_at(ips, i), &ip))
			out[i] = ip_net_has(&net, &ip);
		else
			duckdb_validity_set_row_invalid(valid, i);
	}
}

int
query_ip_register(struct duck *duck, struct err *err)
{
	const struct query_function function = {
	    .name = "ip_in",
	    .takes = {DUCKDB_TYPE_VARCHAR, DUCKDB_TYPE_VARCHAR},
	    .gives = DUCKDB_TYPE_BOOLEAN,
	    .run = ip_in,
	};

	return query_function(duck, &function, err);
}
