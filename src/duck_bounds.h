#ifndef DUCK_BOUNDS_H
#define DUCK_BOUNDS_H

#include "duck_row.h"

/*
 * duck_bounds - whether what a Parquet file says about its rows is true of
 * them.
 *
 * By bounds, by how many are null, and by filters, a reader passes over rows
 * without looking at them (store/parquet.h): where they are wrong, a search
 * does not find what is there.  One thread.
 */
struct bounds;

int bounds_open(struct bounds **out, const char *path, struct err *err);

/* What the rows before borrowed their texts from is gone. */
void bounds_page(struct bounds *bounds);

/* The next row of the file; its texts stay until bounds_page(). */
int bounds_row(struct bounds *bounds, const struct row *row, struct err *err);

/* All were given. */
int bounds_end(struct bounds *bounds, struct err *err);

void bounds_close(struct bounds *bounds);

#endif
