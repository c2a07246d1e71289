#ifndef TEXT_CSV_WRITE_H
#define TEXT_CSV_WRITE_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * csv_write - cells of CSV as RFC 4180 has it.
 *
 * The result is opened in spreadsheets, which take a cell that begins with
 * = + - @, a tab or a line end for a formula.  Such a cell gets an apostrophe
 * in front, which they show as text.
 */

/* Adds one cell, quoted where needed.  The commas are the caller's. */
void csv_add_cell(struct buf *out, struct slice s);

/* Ends the row. */
void csv_end_row(struct buf *out);

#endif
