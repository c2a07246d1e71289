#ifndef DUCK_FILES_H
#define DUCK_FILES_H

#include "duck_case.h"
#include "duck_columns.h"

/*
 * duck_files - files of the columns of a duck_case's records, and SQL on them.
 */

/* The path of a file of the case's, for free(). */
static inline char *
duck_path(const struct duck_case *c, const char *name)
{
	struct buf path = {0};

	buf_printf(&path, "%s/%s", c->ledger.root, name);
	buf_char(&path, '\0');
	return path.ptr;
}

/* The rows of the records [first, end). */
static inline struct columns *
duck_columns(struct duck_case *c, uint64_t first, uint64_t end, size_t memory)
{
	struct reread *reread = reread_new(c->view, NULL);
	char *spill = duck_path(c, "spill");
	struct reread_record record;
	struct columns *columns;
	struct err err = {0};

	if (columns_new(&columns, &c->duck, memory, spill, &err))
		fail_msg("%s", err.msg);
	for (uint64_t i = first; i < end; i++)
		if (reread_record(reread, i, &record, &err) ||
		    columns_add(columns, i, &record, &err))
			fail_msg("%s", err.msg);
	reread_free(reread);
	free(spill);
	return columns;
}

/* The columns of the records [first, end) in a file; its path for free(). */
static inline char *
duck_file(struct duck_case *c, const char *name, uint64_t first, uint64_t end)
{
	struct columns *columns = duck_columns(c, first, end, COLUMNS_MEMORY);
	char *path = duck_path(c, name);
	struct err err = {0};

	if (columns_write(columns, path, &err))
		fail_msg("%s", err.msg);
	columns_free(columns);
	return path;
}

/* Each ? stands for the next of the paths. */
static inline void
duck_expand(struct buf *out, const char *sql, const char *a, const char *b)
{
	const char *const paths[] = {a, b};
	size_t n = 0;

	for (; *sql; sql++) {
		if (*sql == '?')
			duck_quote(out, slice_cstr(paths[n++ % 2]));
		else
			buf_char(out, *sql);
	}
	buf_char(out, '\0');
}

/* Runs a statement; its ? are a, b, a, ... */
static inline void
duck_sql(struct duck_case *c, const char *sql, const char *a, const char *b)
{
	struct buf text = {0};
	struct err err = {0};

	duck_expand(&text, sql, a, b);
	if (duck_run(&c->duck, text.ptr, &err))
		fail_msg("%s: %s", text.ptr, err.msg);
	buf_release(&text);
}

/* What a SELECT of one number says. */
static inline int64_t
duck_number(struct duck_case *c, const char *sql, const char *a, const char *b)
{
	duckdb_result result;
	struct buf text = {0};
	int64_t number;

	duck_expand(&text, sql, a, b);
	if (duckdb_query(c->duck.connection, text.ptr, &result) !=
	    DuckDBSuccess)
		fail_msg("%s: %s", text.ptr, duckdb_result_error(&result));
	number = duckdb_value_int64(&result, 0, 0);
	duckdb_destroy_result(&result);
	buf_release(&text);
	return number;
}

#endif
