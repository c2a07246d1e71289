#ifndef DUCK_SOURCE_H
#define DUCK_SOURCE_H

#include "duck.h"
#include "duck_row.h"

/*
 * duck_source - rows of events that are made while DuckDB asks for them: a
 * table function without arguments.
 *
 * Text is not copied.  It must stay until the statement has ended, or, where
 * each chunk is written before the next is asked for (a COPY of nothing but
 * the source), until the next call.  One thread.
 */

/* Where the values of a column go. */
struct source_column {
	enum column column;
	duckdb_vector vector;
	void *data;
	uint64_t *valid; /* NULL as long as none is null */
};

/* Rows to be filled, in the columns that are asked for. */
struct source_chunk {
	struct source_column columns[COLUMNS];
	size_t count; /* of columns */
	size_t room;  /* for rows */
};

/* Bytes of text that a chunk should not exceed, unless with its first row. */
#define SOURCE_CHUNK ((size_t)16 << 20)

struct source {
	char name[32]; /* of the table function; set when it is registered */
	/*
	 * Fills the next rows; returns how many, 0 at the end, -1 when it
	 * fails.  *at is 0 when a scan begins, and the callback's.  A
	 * statement may have several scans of one source.
	 */
	int64_t (*fill)(void *ctx, uint64_t *at, struct source_chunk *chunk,
	    struct err *err);
	void *ctx;
	uint64_t rows;  /* about how many there will be */
	struct err err; /* of fill(): DuckDB hands on no more than the text */
};

/*
 * DuckDB forgets no function, so each has a name of its own.  `source` must
 * stay until the last statement with it has ended.
 */
int source_register(struct duck *duck, struct source *source, struct err *err);

void source_null(struct source_column *column, size_t row);

/* s as DuckDB has it: a short one is copied, a longer one is pointed to. */
#define SOURCE_SHORT 12
duckdb_string_t source_text(struct slice s);

/* The columns of an item behind those of the list. */
struct source_items {
	struct source_column id, parent, name, size;
};

/* Makes room for so many items in a chunk, for all its rows. */
int source_items(struct source_column *list, size_t count,
    struct source_items *items, struct err *err);

/* Writes all its rows to a Parquet file, and syncs it. */
int source_write(struct duck *duck, const struct source *source,
    const char *path, struct err *err);

#endif
