#ifndef SOURCE_POSITION_H
#define SOURCE_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * position - where in the input a record stands, as people are told it:
 *	audit.ndjson:12      line 12 (NDJSON, CSV: the line its row begins on)
 *	audit.ndjson:12#3    record 3 of the wrapper on line 12
 *	export.json#7        record 7 of the file (arrays, wrappers, objects)
 * Numbers count from 1.  Or it stands in a ledger, by its index, from 0:
 *	log.example/a:1234
 */
struct position {
	const char *ledger; /* its origin; NULL: in a file */
	uint64_t index;     /* there */
	const char *file;   /* as given or found; "-" is standard input */
	uint64_t line;      /* 0: the file is not read by lines */
	uint64_t
	    record; /* within the line if there is one; 0: the line's only */
};

void position_write(struct buf *out, const struct position *position);

#endif
