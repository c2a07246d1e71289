#include "duck_source.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "store/postings.h"

struct scan {
	enum column *columns; /* owned: those that are asked for */
	size_t count;
	uint64_t at;
};

static void
scan_free(void *ptr)
{
	struct scan *scan = ptr;

	free(scan->columns);
	free(scan);
}

static void
bind(duckdb_bind_info info)
{
	const struct source *source = duckdb_bind_get_extra_info(info);

	for (unsigned c = 0; c < COLUMNS; c++) {
		duckdb_logical_type type = column_type(c);

		duckdb_bind_add_result_column(info, column_name(c), type);
		duckdb_destroy_logical_type(&type);
	}
	duckdb_bind_set_cardinality(info, source->rows, false);
}

static void
begin(duckdb_init_info info)
{
	struct scan *scan = xcalloc(1, sizeof(*scan));

	scan->count = duckdb_init_get_column_count(info);
	scan->columns = xcalloc(scan->count + 1, sizeof(*scan->columns));
	for (size_t i = 0; i < scan->count; i++)
		scan->columns[i] =
		    (enum column)duckdb_init_get_column_index(info, i);
	duckdb_init_set_init_data(info, scan, scan_free);
	duckdb_init_set_max_threads(info, 1);
}

static void
fill(duckdb_function_info info, duckdb_data_chunk chunk)
{
	struct source *source = duckdb_function_get_extra_info(info);
	struct scan *scan = duckdb_function_get_init_data(info);
	struct source_chunk out = {.room = duckdb_vector_size()};
	int64_t rows;

	for (size_t i = 0; i < scan->count; i++) {
		duckdb_vector v = duckdb_data_chunk_get_vector(chunk, i);

		/* Who wants no column, as count(*), is given one of no use. */
		if (scan->columns[i] < COLUMNS)
			out.columns[out.count++] = (struct source_column){
			    .column = scan->columns[i],
			    .vector = v,
			    .data = duckdb_vector_get_data(v),
			};
	}
	rows = source->fill(source->ctx, &scan->at, &out, &source->err);
	if (rows < 0)
		duckdb_function_set_error(info, source->err.msg);
	else
		duckdb_data_chunk_set_size(chunk, (idx_t)rows);
}

int
source_register(struct duck *duck, struct source *source, struct err *err)
{
	duckdb_table_function function = duckdb_create_table_function();
	duckdb_state state;

	snprintf(
	    source->name, sizeof(source->name), "rows_%u", duck->functions++);
	duckdb_table_function_set_name(function, source->name);
	duckdb_table_function_set_extra_info(function, source, NULL);
	duckdb_table_function_set_bind(function, bind);
	duckdb_table_function_set_init(function, begin);
	duckdb_table_function_set_function(function, fill);
	duckdb_table_function_supports_projection_pushdown(function, true);
	state = duckdb_register_table_function(duck->connection, function);
	duckdb_destroy_table_function(&function);
	if (state == DuckDBSuccess)
		return 0;
	return err_set(
	    err, ERR_SYSTEM, "cannot teach DuckDB %s()", source->name);
}

/* --- values --- */

void
source_null(struct source_column *column, size_t row)
{
	if (!column->valid) {
		duckdb_vector_ensure_validity_writable(column->vector);
		column->valid = duckdb_vector_get_validity(column->vector);
	}
	column->valid[row / 64] &= ~(UINT64_C(1) << (row % 64));
}

duckdb_string_t
source_text(struct slice s)
{
	duckdb_string_t text = {0};

	if (s.len <= SOURCE_SHORT) {
		text.value.inlined.length = (uint32_t)s.len;
		if (s.len)
			memcpy(text.value.inlined.inlined, s.ptr, s.len);
	} else {
		text.value.pointer.length = (uint32_t)s.len;
		memcpy(text.value.pointer.prefix, s.ptr,
		    sizeof(text.value.pointer.prefix));
		/* DuckDB does not write there. */
		memcpy(&text.value.pointer.ptr, &s.ptr, sizeof(const char *));
	}
	return text;
}

static struct source_column
member(duckdb_vector item, idx_t at)
{
	duckdb_vector v = duckdb_struct_vector_get_child(item, at);

	return (struct source_column){
	    .vector = v, .data = duckdb_vector_get_data(v)};
}

int
source_items(struct source_column *list, size_t count,
    struct source_items *items, struct err *err)
{
	duckdb_vector item;

	if (duckdb_list_vector_reserve(list->vector, count) != DuckDBSuccess ||
	    duckdb_list_vector_set_size(list->vector, count) != DuckDBSuccess)
		return err_set(
		    err, ERR_LIMIT, "no room for %zu items in DuckDB", count);
	item = duckdb_list_vector_get_child(list->vector);
	*items = (struct source_items){
	    .id = member(item, 0),
	    .parent = member(item, 1),
	    .name = member(item, 2),
	    .size = member(item, 3),
	};
	return 0;
}

/* --- writing --- */

static int
sync_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status = 0;

	if (fd < 0 || fsync(fd))
		status = err_sys(err, "cannot sync '%s'", path);
	if (fd >= 0)
		close(fd);
	return status;
}

int
source_write(struct duck *duck, const struct source *source, const char *path,
    struct err *err)
{
	struct buf sql = {0};
	int status;

	buf_printf(&sql,
	    "SET preserve_insertion_order = false; "
	    "COPY (SELECT * FROM %s()) TO ",
	    source->name);
	duck_quote(&sql, slice_cstr(path));
	/*
	 * A reader has a whole row group in memory, so half of DuckDB's usual
	 * size lets twice as many files be merged at once, and one person's
	 * rows be found in half the time.  Nor must rows of very long texts
	 * make one that fits into no memory: bytes are counted only where the
	 * order of rows need not be kept, which one thread does all the same.
	 *
	 * A higher level takes longer and gains nothing: most of it are ids.
	 * Columns with a dictionary get a Bloom filter, by which ids of people
	 * and sessions are found: so up to half as many values as rows, and not
	 * a fifth.
	 */
	buf_printf(&sql,
	    " (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, "
	    "ROW_GROUP_SIZE %d, ROW_GROUP_SIZE_BYTES '96MB', "
	    "DICTIONARY_SIZE_LIMIT %d)",
	    POSTINGS_ROWS, POSTINGS_ROWS / 2);
	buf_char(&sql, '\0');
	status = duck_run(duck, sql.ptr, err);
	buf_release(&sql);
	if (!status)
		return sync_file(path, err);
	if (source->err.code && err)
		*err = source->err;
	return -1;
}
