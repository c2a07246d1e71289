#ifndef DUCK_ROW_H
#define DUCK_ROW_H

#include <duckdb.h>

#include "base/arena.h"
#include "base/buf.h"
#include "pipeline_reread.h"

/*
 * duck_row - what columns an event has (docs/search.md), and what a record has
 * in them.
 *
 * Text is always well-formed UTF-8: DuckDB loses a whole chunk of rows for one
 * bad byte.  What is bad becomes U+FFFD; the record's bytes stay in the
 * segment as they came.
 */

/* The kind of a record that was erased: nothing else says so. */
#define ROW_ERASED "erased"

/* In the order of the table. */
enum column {
	COLUMN_INDEX,
	COLUMN_TIME,
	COLUMN_RECEIVED,
	COLUMN_SOURCE,
	COLUMN_TENANT,
	COLUMN_ID,
	COLUMN_EVENT_ID,
	COLUMN_KIND,
	COLUMN_CLASS,
	COLUMN_ACTIVITY,
	COLUMN_OPERATION,
	COLUMN_OUTCOME,
	COLUMN_REST, /* EV_STATUS_CODE and all behind it, as column_of() has it
	              */
	COLUMN_ITEMS = COLUMN_REST + EV_COLUMNS - EV_STATUS_CODE,
	COLUMNS,
};

#define COLUMN_BIT(column) (UINT32_C(1) << (column))
_Static_assert(COLUMNS == 32, "a row has a bit for each column");

/* Of those from EV_STATUS_CODE on. */
static inline enum column
column_of(enum event_column ev)
{
	return (enum column)(COLUMN_REST + ev - EV_STATUS_CODE);
}

const char *column_name(enum column column);
bool column_is_text(enum column column);

/* For duckdb_destroy_logical_type(). */
duckdb_logical_type column_type(enum column column);

/* What stands in a row; slices are borrowed. */
struct row {
	uint32_t has; /* a bit for each column that is not null */
	uint32_t odd; /* for each that has what no record gives it */
	uint64_t index;
	int64_t time_us, received_us;
	uint32_t class_uid, activity;
	struct slice text[COLUMNS];     /* where the column is text */
	const struct event_item *items; /* empty: null; size -1: null */
	size_t item_count;
};

/* What a row borrows from besides the record; all zero is ready. */
struct row_room {
	struct arena arena;
	struct buf event_id;
};

void row_room_release(struct row_room *room);

/* The row of a record: good until the next call, or the next reread_record().
 */
void row_read(struct row *row, struct row_room *room, uint64_t index,
    const struct reread_record *record);

/*
 * Adds what the columns in `which` say, so that rows that differ in one of
 * them do not give the same bytes.
 */
void row_bytes(const struct row *row, uint32_t which, struct buf *out);

/* The first column in `which` in which they differ; COLUMNS if none. */
enum column
row_differs(const struct row *a, const struct row *b, uint32_t which);

#endif
