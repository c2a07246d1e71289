#ifndef DUCK_COLUMNS_H
#define DUCK_COLUMNS_H

#include "duck.h"
#include "pipeline_reread.h"

/*
 * duck_columns - the columns of events as a table of DuckDB (docs/search.md
 * lists them).
 *
 * Text is always well-formed UTF-8: DuckDB loses a whole chunk of rows for one
 * bad byte.  What is bad becomes U+FFFD; the record's bytes stay in the
 * segment as they came.
 */

struct columns;

/* Makes the table `name`, empty. */
int columns_new(
    struct columns **out, struct duck *duck, const char *name, struct err *err);

int columns_add(struct columns *columns, uint64_t index,
    const struct reread_record *record, struct err *err);

/* All were added: they are in the table when back with 0. */
int columns_finish(struct columns *columns, struct err *err);
void columns_free(struct columns *columns);

/* Adds "name TYPE, ..." of all columns. */
void columns_list(struct buf *out);

#endif
