#ifndef DUCK_PAGES_H
#define DUCK_PAGES_H

#include "duck_source.h"

/*
 * duck_pages - the rows of a Parquet file of ours, in the order of the file.
 *
 * What is in the file is not trusted: that it has the columns of an event and
 * no others is checked; what stands in them is the caller's.  One thread.
 */
struct pages;

/* Some rows; they stay until page_free(). */
struct page;

/* Of a file: SELECT <columns> FROM <the file> <which>. */
struct pages_of {
	const char *path;
	const char *columns; /* in SQL: those of an event; NULL: as they are */
	const char *which;   /* in SQL, may be NULL: WHERE, ORDER BY */
};

int pages_open(struct pages **out, struct duck *duck, const struct pages_of *of,
    struct err *err);
void pages_close(struct pages *pages);

/* The next rows, at least one; *out is NULL at the end. */
int pages_next(struct pages *pages, struct page **out, struct err *err);

void page_free(struct page *page);
size_t page_rows(const struct page *page);

/* A row; its items lie in the arena. */
void page_row(
    const struct page *page, size_t at, struct row *row, struct arena *arena);

/* Of the row, the columns in `which` (COLUMN_BIT()), but no items. */
void page_columns(
    const struct page *page, size_t at, uint32_t which, struct row *row);

/* Of the row, the columns by which rows are sorted. */
void page_key(const struct page *page, size_t at, struct row *row);

/* Of the row, the bytes of all its texts. */
size_t page_text_bytes(const struct page *page, size_t at);

/* A row that goes into another file. */
struct pick {
	const struct page *page;
	uint32_t row;
};

/* Fills the rows of the chunk.  The pages must stay as long as they do. */
int pages_fill(const struct pick *picks, size_t count,
    struct source_chunk *chunk, struct err *err);

#endif
