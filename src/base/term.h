#ifndef BASE_TERM_H
#define BASE_TERM_H

#include <stddef.h>

#include "base/buf.h"
#include "base/slice.h"

/*
 * term - foreign text on a terminal: harmless, and as wide as it is allowed.
 *
 * Control characters, marks that turn or hide text, and bytes that are no
 * UTF-8 are written as \n, \x1b, \u202e; a backslash stays as it is, so the
 * result is for people and not read back.  Widths are upper bounds: a mark
 * that a terminal may or may not join with its neighbour counts.
 */

/* Columns that the whole of s takes when term_fit() has written it. */
size_t term_width(struct slice s);

/*
 * Adds s in at most `columns` columns; what is longer ends in an ellipsis.
 * Returns the columns used.
 */
size_t term_fit(struct buf *out, struct slice s, size_t columns);

/* term_fit(), with blanks behind it up to `columns`. */
void term_pad(struct buf *out, struct slice s, size_t columns);

/* Adds n blanks. */
void term_blanks(struct buf *out, size_t n);

#endif
