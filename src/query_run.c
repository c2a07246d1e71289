#include "query_run.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "query_function.h"

/*
 * A query's columns can be of any type.  So the query is asked for its types
 * first, and then run inside another that turns every column into text as it
 * is to be printed.
 */
struct run {
	struct duck *duck;
	struct query_cut *cut; /* NULL: all rows and columns are shown */
	struct buf inner;      /* the query without semicolons behind it */
	struct buf outer;
	size_t count;
	struct print_column *columns; /* owned */
	struct arena names;
};

static int
refused(struct err *err, const char *why)
{
	return err_set(
	    err, ERR_USAGE, "%s", why ? why : "DuckDB does not say why");
}

/* Of the statement, if it is one, and reads. */
static int
prepare(struct run *run, const char *sql, duckdb_prepared_statement *out,
    struct err *err)
{
	duckdb_extracted_statements list = NULL;
	idx_t n = duckdb_extract_statements(run->duck->connection, sql, &list);
	int status = 0;

	*out = NULL;
	if (n == 0)
		status = refused(err, duckdb_extract_statements_error(list));
	else if (n != 1)
		status = refused(err, "more than one statement");
	else if (duckdb_prepare_extracted_statement(
	             run->duck->connection, list, 0, out) != DuckDBSuccess)
		status = refused(err, duckdb_prepare_error(*out));
	else if (duckdb_prepared_statement_type(*out) !=
	         DUCKDB_STATEMENT_TYPE_SELECT)
		status = refused(err, "only SELECT is possible here");
	else if (duckdb_nparams(*out))
		status = refused(err, "a parameter without a value");
	duckdb_destroy_extracted(&list);
	return status;
}

static void
add_column(struct run *run, size_t i, duckdb_type type)
{
	struct buf *out = &run->outer;
	bool *bare = &run->columns[i].bare;

	switch (type) {
	case DUCKDB_TYPE_TIMESTAMP:
		buf_printf(
		    out, "strftime(c%zu, '%%Y-%%m-%%dT%%H:%%M:%%S.%%fZ')", i);
		break;
	case DUCKDB_TYPE_BOOLEAN:
	case DUCKDB_TYPE_TINYINT:
	case DUCKDB_TYPE_SMALLINT:
	case DUCKDB_TYPE_INTEGER:
	case DUCKDB_TYPE_BIGINT:
	case DUCKDB_TYPE_HUGEINT:
	case DUCKDB_TYPE_UTINYINT:
	case DUCKDB_TYPE_USMALLINT:
	case DUCKDB_TYPE_UINTEGER:
	case DUCKDB_TYPE_UBIGINT:
	case DUCKDB_TYPE_UHUGEINT:
	case DUCKDB_TYPE_DECIMAL:
		*bare = true;
		buf_printf(out, "c%zu::VARCHAR", i);
		break;
	case DUCKDB_TYPE_FLOAT:
	case DUCKDB_TYPE_DOUBLE:
		/* Those that JSON has no number for are null there, too. */
		*bare = true;
		buf_printf(out,
		    "CASE WHEN isfinite(c%zu) THEN c%zu::VARCHAR END", i, i);
		break;
	case DUCKDB_TYPE_LIST:
	case DUCKDB_TYPE_STRUCT:
	case DUCKDB_TYPE_MAP:
	case DUCKDB_TYPE_ARRAY:
		*bare = true;
		buf_printf(out, "to_json(c%zu)::VARCHAR", i);
		break;
	default:
		buf_printf(out, "c%zu::VARCHAR", i);
	}
}

/* The name is ours, and constant all the same. */
static void
free_name(const char *name)
{
	void *ours;

	memcpy(&ours, &name, sizeof(ours));
	duckdb_free(ours);
}

static void
make_outer(struct run *run, duckdb_prepared_statement statement)
{
	run->count = duckdb_prepared_statement_column_count(statement);
	run->columns = xcalloc(run->count + 1, sizeof(*run->columns));
	buf_str(&run->outer, "SELECT ");
	for (size_t i = 0; i < run->count; i++) {
		const char *name =
		    duckdb_prepared_statement_column_name(statement, i);

		run->columns[i].name =
		    arena_copy(&run->names, slice_cstr(name ? name : ""));
		free_name(name);
		if (i)
			buf_str(&run->outer, ", ");
		add_column(run, i,
		    duckdb_prepared_statement_column_type(statement, i));
	}
	/* A comment may end the query. */
	buf_str(&run->outer, " FROM (\n");
	buf_slice_add(&run->outer, buf_slice(&run->inner));
	buf_str(&run->outer, "\n) AS query(");
	for (size_t i = 0; i < run->count; i++)
		buf_printf(&run->outer, "%sc%zu", i ? ", " : "", i);
	buf_str(&run->outer, ")");
	buf_char(&run->outer, '\0');
}

/* The text of each column; NULL where it is null. */
static void
read_row(const struct run *run, duckdb_data_chunk chunk, idx_t row,
    struct slice *cells)
{
	for (size_t i = 0; i < run->count; i++) {
		duckdb_vector v = duckdb_data_chunk_get_vector(chunk, i);

		cells[i] = query_is_null(v, row) ? slice_of(NULL, 0)
		                                 : query_text_at(v, row);
	}
}

/* Keeps what the hidden columns say, which we wrote as decimal numbers. */
static void
keep_keys(struct query_cut *cut, const struct slice *cells)
{
	struct slice first = cells[0];
	bool minus = first.len && first.ptr[0] == '-';
	uint64_t n = 0;

	cut->has_first = slice_to_u64(slice_skip(first, minus), &n);
	cut->first = minus ? -(int64_t)n : (int64_t)n;
	slice_to_u64(cells[1], &cut->second);
}

static int
print_chunk(struct run *run, struct print *print, duckdb_data_chunk chunk,
    struct slice *cells, struct err *err)
{
	idx_t rows = duckdb_data_chunk_get_size(chunk);

	for (idx_t row = 0; row < rows; row++) {
		if (run->cut && print->rows == run->cut->limit) {
			run->cut->more = true;
			return 0;
		}
		read_row(run, chunk, row, cells);
		if (run->cut)
			keep_keys(run->cut, cells);
		if (print_row(print, cells + run->count - print->count, err))
			return -1;
	}
	return 0;
}

static int
print_rows(struct run *run, duckdb_prepared_statement statement,
    enum print_format format, struct err *err)
{
	size_t hidden = run->cut ? 2 : 0;
	struct slice *cells = xcalloc(run->count + 1, sizeof(*cells));
	struct print print;
	duckdb_data_chunk chunk;
	duckdb_result result;
	int status = 0;

	print_begin(&print, format, run->columns + hidden, run->count - hidden);
	if (duckdb_execute_prepared_streaming(statement, &result) !=
	    DuckDBSuccess)
		status = refused(err, duckdb_result_error(&result));
	while (!status && (chunk = duckdb_fetch_chunk(result))) {
		status = print_chunk(run, &print, chunk, cells, err);
		duckdb_destroy_data_chunk(&chunk);
	}
	if (!status && duckdb_result_error(&result))
		status = refused(err, duckdb_result_error(&result));
	if (!status)
		status = print_end(&print, err);
	duckdb_destroy_result(&result);
	print_release(&print);
	free(cells);
	return status;
}

/* What stands behind the last statement may not stand inside brackets. */
static struct slice
without_end(struct slice sql)
{
	while (sql.len && strchr("; \t\r\n", sql.ptr[sql.len - 1]))
		sql.len--;
	return sql;
}

int
query_run(struct duck *duck, const char *sql, const char *shape,
    enum print_format format, struct query_cut *cut, struct err *err)
{
	struct run run = {.duck = duck, .cut = cut};
	duckdb_prepared_statement asked = NULL, printed = NULL;
	int status;

	buf_slice_add(&run.inner, without_end(slice_cstr(sql)));
	status = prepare(&run, shape ? shape : sql, &asked, err);
	if (!status) {
		make_outer(&run, asked);
		status = prepare(&run, run.outer.ptr, &printed, err);
	}
	if (!status)
		status = print_rows(&run, printed, format, err);
	duckdb_destroy_prepare(&asked);
	duckdb_destroy_prepare(&printed);
	arena_release(&run.names);
	free(run.columns);
	buf_release(&run.inner);
	buf_release(&run.outer);
	return status;
}
