#ifndef STORE_PARQUET_H
#define STORE_PARQUET_H

#include "base/arena.h"
#include "base/err.h"

/*
 * parquet - what a Parquet file says about its rows beside the rows: how many
 * there are, and bounds and filters by which readers pass over rows that they
 * have not looked at.
 *
 * Whoever changes these hides rows from a search that are still there.  So the
 * file is read strictly: what a reader could understand otherwise is refused,
 * and what says nothing of rows is passed over.
 */
#define PARQUET_FOOTER_MAX ((size_t)64 << 20) /* bytes */
#define PARQUET_FILTER_MAX ((size_t)16 << 20)

/* A column within a row group. */
struct parquet_chunk {
	uint64_t values; /* with those that are null */
	bool has_nulls;  /* whether it says how many are null */
	uint64_t nulls;
	struct slice min[2], max[2]; /* by the newer name, by the older one */
	bool has_min[2], has_max[2];
	bool has_filter;
	uint64_t filter_at, filter_len; /* where in the file */
};

struct parquet_group {
	uint64_t rows;
	const struct parquet_chunk *chunks; /* one for each column */
};

/* All zero is none. */
struct parquet {
	size_t columns; /* those with values, in the order of the schema */
	size_t group_count;
	struct parquet_group *groups;
	uint64_t rows;
	struct arena arena; /* all of it is there */
};

/* From the footer's bytes, which must stay.  ERR_CORRUPT. */
int parquet_read(struct parquet *parquet, struct slice footer, struct err *err);
void parquet_release(struct parquet *parquet);

/* A split block Bloom filter: which values may be there. */
struct parquet_filter {
	struct slice blocks;
};

/* From all its bytes, which must stay; -1 if it is another kind of filter. */
int parquet_filter_read(struct parquet_filter *filter, struct slice bytes);

/* False: no value with this hash (base/xxh64.h) is there. */
bool parquet_filter_has(const struct parquet_filter *filter, uint64_t hash);

#endif
