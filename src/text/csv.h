#ifndef TEXT_CSV_H
#define TEXT_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * csv - rows as spreadsheets and PowerShell write them: RFC 4180, with LF or
 * CRLF, cells over several lines in quotes, and ',', ';' or tab between cells.
 *
 * A quote inside a cell that did not begin with one is an ordinary character.
 * Nothing here copies; a cell's text is decoded on demand.
 */

/*
 * Length of the first row in s with its line end.  0 if the row does not end
 * within s; a last row without a line end is complete when `final` is set.
 * *lines gets the line feeds inside it.  *open is set when the end came inside
 * quotes: with `final`, the row is then broken.
 */
size_t csv_row(
    struct slice s, char separator, bool final, uint64_t *lines, bool *open);

/*
 * Takes the next cell off *row (a row without its line end).  *quoted tells
 * whether it stands in quotes; then the cell still has its doubled quotes.
 * False when no cell is left.
 */
struct csv_walk {
	struct slice rest;
	char separator;
	bool more;
};

/* Starts over the cells of a row; its line end may still be there. */
struct csv_walk csv_begin(struct slice row, char separator);
bool csv_next(struct csv_walk *walk, struct slice *cell, bool *quoted);

/* Adds the cell's text: what csv_next() gave, doubled quotes made single. */
void csv_text(struct buf *out, struct slice cell, bool quoted);

#endif
