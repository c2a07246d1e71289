#include "query_guard.h"

#include "query_function.h"
#include "json/json.h"

/* Functions that stand in FROM and make rows of nothing but their arguments. */
static const char *const functions[] = {
    "generate_series",
    "json_each",
    "json_tree",
    "range",
    "repeat",
    "unnest",
};

static int
refused(struct slice what, struct err *err)
{
	return err_set(err, ERR_USAGE,
	    "'" SLICE_FMT
	    "' cannot be read here: where tenants are chosen there is the view "
	    "'records' alone",
	    SLICE_ARG(what));
}

/* A file is named by a path, or at least with an ending. */
static bool
is_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '_' && c != '"')
			return false;
	}
	return true;
}

static bool
is_harmless(struct slice function)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (slice_eq(function, slice_cstr(functions[i])))
			return true;
	return false;
}

static int
check_node(struct json node, struct err *err)
{
	static const char *const names[] = {
	    "catalog_name", "schema_name", "table_name"};
	struct slice type = json_str(JSON_GET(node, "type"));
	struct slice name;

	if (slice_eq(type, SLICE("TABLE_FUNCTION"))) {
		name = json_str(
		    JSON_GET(JSON_GET(node, "function"), "function_name"));
		if (!is_harmless(name))
			return refused(name, err);
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		name = json_str(json_get(node, slice_cstr(names[i])));
		if (!is_name(name))
			return refused(name, err);
	}
	return 0;
}

/* The parser bounds how deep a text can be. */
static int
check_all(struct json v, struct err *err)
{
	struct json_iter it = json_iter(v);
	struct json member;

	if (json_type(v) == JSON_OBJECT && check_node(v, err))
		return -1;
	while (json_next(&it, NULL, &member))
		if (check_all(member, err))
			return -1;
	return 0;
}

static int
check_tree(struct slice text, struct err *err)
{
	struct json_parser *parser = json_parser_new();
	struct buf padded = {0};
	struct json tree;
	int status;

	buf_slice_add(&padded, text);
	memset(buf_reserve(&padded, JSON_PADDING), 0, JSON_PADDING);
	if (json_parse(parser, buf_slice(&padded), &tree, NULL) != JSON_OK ||
	    json_type(JSON_GET(tree, "statements")) != JSON_ARRAY ||
	    json_is_true(JSON_GET(tree, "error")))
		status = err_set(err, ERR_USAGE,
		    "where tenants are chosen, this query cannot be looked "
		    "through");
	else
		status = check_all(tree, err);
	buf_release(&padded);
	json_parser_free(parser);
	return status;
}

int
query_guard(struct duck *duck, struct slice sql, struct err *err)
{
	duckdb_prepared_statement statement = NULL;
	duckdb_result result = {0};
	duckdb_data_chunk chunk = NULL;
	int status = -1;

	if (duckdb_prepare(duck->connection,
	        "SELECT json_serialize_sql($1::VARCHAR)::VARCHAR",
	        &statement) == DuckDBSuccess &&
	    duckdb_bind_varchar_length(statement, 1, sql.ptr, sql.len) ==
	        DuckDBSuccess &&
	    duckdb_execute_prepared(statement, &result) == DuckDBSuccess)
		chunk = duckdb_fetch_chunk(result);
	if (chunk && duckdb_data_chunk_get_size(chunk) == 1)
		status = check_tree(
		    query_text_at(duckdb_data_chunk_get_vector(chunk, 0), 0),
		    err);
	else
		err_set(err, ERR_USAGE, "this query cannot be looked through");
	duckdb_destroy_data_chunk(&chunk);
	duckdb_destroy_result(&result);
	duckdb_destroy_prepare(&statement);
	return status;
}
