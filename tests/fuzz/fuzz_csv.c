#include <stdint.h>
#include <stdlib.h>

#include "text/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes the cells as CSV, each in quotes. */
static void
rewrite(struct buf *out, struct slice row, char separator)
{
	struct csv_walk walk = csv_begin(row, separator);
	struct buf text = {0};
	struct slice cell;
	bool quoted;

	while (csv_next(&walk, &cell, &quoted)) {
		if (cell.len && (cell.ptr < row.ptr ||
		                    cell.ptr + cell.len > row.ptr + row.len))
			abort();
		buf_clear(&text);
		csv_text(&text, cell, quoted);
		if (text.len > cell.len)
			abort();
		buf_char(out, '"');
		for (size_t i = 0; i < text.len; i++) {
			if (text.ptr[i] == '"')
				buf_char(out, '"');
			buf_char(out, text.ptr[i]);
		}
		buf_char(out, '"');
		buf_char(out, separator);
	}
	if (out->len)
		out->ptr[out->len - 1] = '\n';
	buf_release(&text);
}

/*
 * Rows cover the text without gap or overlap, cells lie inside their row, and
 * a row written with quotes reads back as the same cells.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = slice_of(data, size);
	struct buf once = {0}, twice = {0};
	uint64_t lines, again;
	bool open;

	while (rest.len) {
		size_t n = csv_row(rest, ',', true, &lines, &open);

		if (!n || n > rest.len)
			abort();
		if (!open) {
			buf_clear(&once);
			buf_clear(&twice);
			rewrite(&once, slice_of(rest.ptr, n), ',');
			if (csv_row(buf_slice(&once), ',', true, &again,
			        &open) != once.len)
				abort();
			rewrite(&twice, buf_slice(&once), ',');
			if (!slice_eq(buf_slice(&once), buf_slice(&twice)))
				abort();
		}
		rest = slice_skip(rest, n);
	}
	buf_release(&once);
	buf_release(&twice);
	return 0;
}
