#ifndef SOURCE_BATCH_H
#define SOURCE_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"

/*
 * batch - the unit of work: some of a file's bytes, cut into records.
 *
 * The reader fills it, one worker at a time works on it; what the work makes
 * goes into the batch's arena and is good until batch_reset().
 */
#define BATCH_BYTES (1u << 20) /* aimed at; a longer record makes it larger */
#define BATCH_CUTS  (BATCH_BYTES / 64) /* at most; bounds memory a record */

enum cut_kind {
	CUT_JSON, /* one JSON value */
	CUT_ROW,  /* one CSV row */
	CUT_BAD,  /* no record can be made of it; `why` says the reason */
};

struct cut {
	size_t at, len; /* in batch->bytes */
	uint64_t line;  /* from 1; 0: the file is not read by lines */
	enum cut_kind kind;
	const char *why; /* static, or in the batch's arena */
};

/* What a CSV file's header says; in the batch's arena. */
struct csv_header {
	char separator;
	size_t count;
	const struct slice *names; /* as JSON keys: trimmed, no [UTC] */
	size_t envelope; /* the column that holds the record, or count */
};

struct batch {
	const char *file;    /* its name, good for the whole run */
	struct slice tenant; /* whose records these are that name none */
	struct buf bytes;    /* always followed by JSON_PADDING bytes */
	struct cut *cuts;    /* owned */
	size_t count, size;
	const struct csv_header *header; /* when there are CUT_ROWs */
	struct arena arena;
};

/* Adds a cut; `why` is for CUT_BAD. */
void batch_cut(struct batch *batch, const struct cut *cut);

/* Empties the batch and keeps its memory. */
void batch_reset(struct batch *batch);

void batch_release(struct batch *batch);

#endif
