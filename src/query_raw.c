#include "query_raw.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "query_function.h"

#define BYTES_MAX ((size_t)512 << 20) /* of one vector */

struct wanted {
	uint64_t index;
	idx_t row;
};

static int
compare(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* In the order of the log, so that records of one block follow each other. */
static struct wanted *
wanted_new(duckdb_vector indexes, idx_t rows, idx_t *count)
{
	const uint64_t *list = duckdb_vector_get_data(indexes);
	struct wanted *wanted = xcalloc(rows + 1, sizeof(*wanted));
	bool sorted = true;

	*count = 0;
	for (idx_t i = 0; i < rows; i++) {
		if (query_is_null(indexes, i))
			continue;
		wanted[*count] = (struct wanted){list[i], i};
		sorted &= !*count || wanted[*count - 1].index <= list[i];
		(*count)++;
	}
	if (!sorted)
		qsort(wanted, *count, sizeof(*wanted), compare);
	return wanted;
}

static int
give(struct records *r, const struct wanted *wanted, duckdb_vector output,
    size_t *bytes, struct err *err)
{
	struct stream stream;
	struct frame frame;

	if (view_record(r->view, wanted->index, &frame, &stream, err))
		return -1;
	if (frame.erased || !records_has_tenant(r, stream.tenant)) {
		duckdb_validity_set_row_invalid(
		    duckdb_vector_get_validity(output), wanted->row);
		return 0;
	}
	*bytes += frame.raw.len;
	if (*bytes > BYTES_MAX)
		return err_set(err, ERR_LIMIT,
		    "raw() of records that are too long: ask for fewer");
	duckdb_vector_assign_string_element_len(
	    output, wanted->row, frame.raw.ptr, frame.raw.len);
	return 0;
}

static void
run_raw(
    duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
	struct query_raw *q = duckdb_scalar_function_get_extra_info(info);
	duckdb_vector indexes = duckdb_data_chunk_get_vector(input, 0);
	idx_t rows = duckdb_data_chunk_get_size(input), count;
	struct wanted *wanted = wanted_new(indexes, rows, &count);
	struct err err = {0};
	size_t bytes = 0;

	duckdb_vector_ensure_validity_writable(output);
	for (idx_t i = 0; i < rows; i++)
		if (query_is_null(indexes, i))
			duckdb_validity_set_row_invalid(
			    duckdb_vector_get_validity(output), i);
	pthread_mutex_lock(&q->lock);
	for (idx_t i = 0; i < count && !err.code; i++)
		give(q->records, &wanted[i], output, &bytes, &err);
	pthread_mutex_unlock(&q->lock);
	if (err.code)
		duckdb_scalar_function_set_error(info, err.msg);
	free(wanted);
}

int
query_raw_register(
    struct query_raw *raw, struct records *records, struct err *err)
{
	const struct query_function function = {
	    .name = "raw",
	    .takes = {DUCKDB_TYPE_UBIGINT},
	    .gives = DUCKDB_TYPE_BLOB,
	    .run = run_raw,
	    .extra = raw,
	};

	raw->records = records;
	pthread_mutex_init(&raw->lock, NULL);
	return query_function(&records->duck, &function, err);
}
