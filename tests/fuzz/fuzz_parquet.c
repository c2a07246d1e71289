#include <stdint.h>
#include <stdlib.h>

#include "store/parquet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
within(struct slice all, struct slice part)
{
	if (part.len &&
	    (part.ptr < all.ptr || part.ptr + part.len > all.ptr + all.len))
		abort();
}

static void
look(struct slice footer)
{
	struct parquet parquet;
	uint64_t rows = 0;

	if (parquet_read(&parquet, footer, NULL))
		return;
	for (size_t i = 0; i < parquet.group_count; i++) {
		rows += parquet.groups[i].rows;
		for (size_t j = 0; j < parquet.columns; j++) {
			const struct parquet_chunk *chunk =
			    &parquet.groups[i].chunks[j];

			for (unsigned k = 0; k < 2; k++) {
				within(footer, chunk->min[k]);
				within(footer, chunk->max[k]);
			}
		}
	}
	if (rows != parquet.rows)
		abort();
	parquet_release(&parquet);
}

/*
 * Bounds lie in the bytes and rows add up; a filter of nothing but ones has
 * everything, and one that has something has a one.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);
	struct parquet_filter filter;
	bool ones = true, any = false;

	look(bytes);
	if (parquet_filter_read(&filter, bytes))
		return 0;
	within(bytes, filter.blocks);
	for (size_t i = 0; i < filter.blocks.len; i++) {
		ones = ones && filter.blocks.ptr[i] == '\xff';
		any = any || filter.blocks.ptr[i];
	}
	for (uint64_t hash = 1; hash; hash *= 0x9e3779b97f4a7c16u) {
		bool has = parquet_filter_has(&filter, hash);

		if ((ones && !has) || (!any && has))
			abort();
	}
	return 0;
}
