#ifndef QUERY_PRINT_H
#define QUERY_PRINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * query_print - rows of text for people (table) and programs (csv, ndjson), on
 * standard output.
 */
enum print_format { PRINT_TABLE, PRINT_CSV, PRINT_NDJSON };

/* A table is built in memory: what is larger is an error that says so. */
#define PRINT_TABLE_MAX ((size_t)64 << 20)

struct print_column {
	struct slice name;
	bool bare;   /* JSON as it stands: a number, a list */
	size_t wide; /* of a table, so far */
};

struct print {
	enum print_format format;
	struct print_column *columns;
	size_t count;
	uint64_t rows;
	struct buf text;  /* a row; of a table, the cells of all */
	struct buf cells; /* of a table: the length of each, size_t */
};

/* "table", "csv", "ndjson"; false for others. */
bool print_format_parse(const char *name, enum print_format *format);

/* `columns` is the caller's, and changed. */
void print_begin(struct print *print, enum print_format format,
    struct print_column *columns, size_t count);

/* A cell with ptr NULL is null. */
int print_row(struct print *print, const struct slice *cells, struct err *err);

int print_end(struct print *print, struct err *err);
void print_release(struct print *print);

#endif
