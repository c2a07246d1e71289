#ifndef SEAL_H
#define SEAL_H

#include "duck.h"
#include "ledger/manifest.h"
#include "ledger/view.h"

/*
 * seal - the inside of firn-seal: what seal.c gives to who makes files.
 */
struct seal {
	const char *dir; /* the ledger */
	const char *out; /* the folder that files are made in */
	char *spill;     /* a folder for what is too much for memory */
	struct view *view;
	struct geo *geo;
	struct duck duck;
	/* What is made: first and end are given, the rest is filled. */
	struct segment segment;
	/* The segments of [first, end), of who rewrites some. */
	const struct segment *from;
	size_t from_count;
};

#define SEAL_MEMORY_MIB 1024 /* of DuckDB */

/* A segment of records that are in none. */
int seal_make(struct seal *seal, struct err *err);

/* One of several. */
int seal_merge(struct seal *seal, struct err *err);

/* The columns of one, made again by the readers that we have. */
int seal_columns(struct seal *seal, struct err *err);

/* One without the records whose indexes stand on standard input. */
int seal_erase(struct seal *seal, struct err *err);

/* The file of one kind that was made: on disk, and its hash in the segment. */
int seal_file(struct seal *seal, enum segment_file file, struct err *err);
/* So with that of the columns; and its postings are made. */
int seal_parquet(struct seal *seal, struct err *err);

/*
 * Whether the columns of all segments in [first, end) are those of their
 * records, and the postings those of the columns.  Those of other readers are
 * not looked at, and counted.
 */
int seal_check(struct seal *seal, struct err *err);

#endif
