#include "duck_merge.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "duck_pages.h"

/* Rows in the order of duck_columns.h, and the next of them. */
struct input {
	struct pages *pages;
	struct page *page; /* NULL: none is left */
	size_t at;
	struct row key;
};

struct merge {
	struct input *inputs; /* owned */
	size_t count;
	/* Those with rows left; a heap, the one with the next row first. */
	struct input **heap; /* owned */
	size_t heap_count;
	/* Done with, but the rows that were given last are in them. */
	struct page **used; /* owned */
	size_t used_count, used_size;
	struct pick *picks; /* owned */
	size_t picks_size;
};

/* --- the order --- */

static int
order_texts(const struct row *a, const struct row *b, enum column column)
{
	bool x = a->has & COLUMN_BIT(column), y = b->has & COLUMN_BIT(column);

	if (!x || !y)
		return x ? -1 : y;
	return slice_order(a->text[column], b->text[column]);
}

static int
order_times(const struct row *a, const struct row *b)
{
	bool x = a->has & COLUMN_BIT(COLUMN_TIME),
	     y = b->has & COLUMN_BIT(COLUMN_TIME);

	if (!x || !y)
		return x ? -1 : y;
	return (a->time_us > b->time_us) - (a->time_us < b->time_us);
}

static int
order(const struct row *a, const struct row *b)
{
	int o = order_texts(a, b, column_of(EV_ACTOR_NAME));

	if (!o)
		o = order_texts(a, b, column_of(EV_MAILBOX));
	if (!o)
		o = order_times(a, b);
	return o ? o : (a->index > b->index) - (a->index < b->index);
}

/* Lets the one at `at` sink to where it belongs. */
static void
sink(struct merge *m, size_t at)
{
	struct input *sinking = m->heap[at];

	for (size_t child; (child = 2 * at + 1) < m->heap_count; at = child) {
		if (child + 1 < m->heap_count &&
		    order(&m->heap[child + 1]->key, &m->heap[child]->key) < 0)
			child++;
		if (order(&sinking->key, &m->heap[child]->key) <= 0)
			break;
		m->heap[at] = m->heap[child];
	}
	m->heap[at] = sinking;
}

/* --- the rows --- */

static void
use_up(struct merge *m, struct page *page)
{
	if (m->used_count == m->used_size) {
		m->used_size = m->used_size ? 2 * m->used_size : 64;
		m->used =
		    xrealloc(m->used, m->used_size * sizeof(struct page *));
	}
	m->used[m->used_count++] = page;
}

static int
next_page(struct input *input, struct err *err)
{
	input->at = 0;
	if (pages_next(input->pages, &input->page, err))
		return -1;
	if (input->page)
		page_key(input->page, 0, &input->key);
	return 0;
}

/* Takes the next row of all. */
static int
take(struct merge *m, struct pick *pick, struct err *err)
{
	struct input *input = m->heap[0];

	*pick = (struct pick){input->page, (uint32_t)input->at++};
	if (input->at < page_rows(input->page)) {
		page_key(input->page, input->at, &input->key);
	} else {
		use_up(m, input->page);
		if (next_page(input, err))
			return -1;
		if (!input->page)
			m->heap[0] = m->heap[--m->heap_count];
	}
	if (m->heap_count)
		sink(m, 0);
	return 0;
}

static void
free_used(struct merge *m)
{
	for (size_t i = 0; i < m->used_count; i++)
		page_free(m->used[i]);
	m->used_count = 0;
}

static int64_t
fill(void *ctx, uint64_t *at, struct source_chunk *chunk, struct err *err)
{
	struct merge *m = ctx;
	size_t n = 0, bytes = 0;

	free_used(m);
	if (m->picks_size < chunk->room) {
		m->picks_size = chunk->room;
		m->picks =
		    xrealloc(m->picks, m->picks_size * sizeof(*m->picks));
	}
	for (; n < chunk->room && bytes < SOURCE_CHUNK && m->heap_count; n++) {
		if (take(m, &m->picks[n], err))
			return -1;
		bytes += page_text_bytes(m->picks[n].page, m->picks[n].row);
	}
	if (pages_fill(m->picks, n, chunk, err))
		return -1;
	*at += n;
	return (int64_t)n;
}

static struct merge *
merge_new(size_t room)
{
	struct merge *m = xcalloc(1, sizeof(*m));

	m->inputs = xcalloc(room, sizeof(*m->inputs));
	m->heap = xcalloc(room, sizeof(struct input *));
	return m;
}

static void
merge_free(struct merge *m)
{
	free_used(m);
	for (size_t i = 0; i < m->count; i++) {
		page_free(m->inputs[i].page);
		pages_close(m->inputs[i].pages);
	}
	free(m->inputs);
	free(m->heap);
	free(m->used);
	free(m->picks);
	free(m);
}

static int
add_input(struct merge *m, struct duck *duck, const struct pages_of *of,
    struct err *err)
{
	struct input *input = &m->inputs[m->count];

	if (pages_open(&input->pages, duck, of, err))
		return -1;
	m->count++;
	if (next_page(input, err))
		return -1;
	if (input->page)
		m->heap[m->heap_count++] = input;
	return 0;
}

static int
write_merged(
    struct merge *m, struct duck *duck, const char *out, struct err *err)
{
	struct source source = {.fill = fill, .ctx = m};

	for (size_t i = m->heap_count / 2; i-- > 0;)
		sink(m, i);
	if (source_register(duck, &source, err))
		return -1;
	return source_write(duck, &source, out, err);
}

int
columns_merge(struct duck *duck, const char *const *paths, size_t count,
    const char *out, struct err *err)
{
	struct merge *m = merge_new(count);
	int status = 0;

	for (size_t i = 0; !status && i < count; i++)
		status = add_input(
		    m, duck, &(struct pages_of){.path = paths[i]}, err);
	if (!status)
		status = write_merged(m, duck, out, err);
	merge_free(m);
	return status;
}

/* --- erasing --- */

static int
compare_indexes(const void *x, const void *y)
{
	const uint64_t *a = x, *b = y;

	return (*a > *b) - (*a < *b);
}

static void
is_erased(
    duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
	const struct erasure *erasure =
	    duckdb_scalar_function_get_extra_info(info);
	const uint64_t *indexes =
	    duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 0));
	idx_t rows = duckdb_data_chunk_get_size(input);
	bool *out = duckdb_vector_get_data(output);

	for (idx_t i = 0; i < rows; i++)
		out[i] = erasure->count &&
		         bsearch(&indexes[i], erasure->erased, erasure->count,
		             sizeof(*indexes), compare_indexes);
}

/* Gives the function's name, too. */
static int
teach_erased(struct duck *duck, const struct erasure *erasure, char name[32],
    struct err *err)
{
	duckdb_scalar_function function = duckdb_create_scalar_function();
	duckdb_logical_type index =
	    duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
	duckdb_logical_type truth =
	    duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
	duckdb_state state;
	void *extra;

	/* Nobody writes to it. */
	memcpy(&extra, &erasure, sizeof(extra));
	snprintf(name, 32, "is_erased_%u", duck->functions++);
	duckdb_scalar_function_set_name(function, name);
	duckdb_scalar_function_add_parameter(function, index);
	duckdb_scalar_function_set_return_type(function, truth);
	duckdb_scalar_function_set_extra_info(function, extra, NULL);
	duckdb_scalar_function_set_function(function, is_erased);
	state = duckdb_register_scalar_function(duck->connection, function);
	duckdb_destroy_scalar_function(&function);
	duckdb_destroy_logical_type(&index);
	duckdb_destroy_logical_type(&truth);
	if (state == DuckDBSuccess)
		return 0;
	return err_set(err, ERR_SYSTEM, "cannot teach DuckDB %s()", name);
}

/* All columns, null but for what stays of an erased record. */
static void
add_erased(struct buf *sql)
{
	for (unsigned c = 0; c < COLUMNS; c++) {
		const char *name = column_name(c);

		buf_str(sql, c ? ", " : "");
		if (c == COLUMN_INDEX || c == COLUMN_RECEIVED ||
		    c == COLUMN_SOURCE || c == COLUMN_TENANT)
			buf_str(sql, name);
		else if (c == COLUMN_KIND)
			buf_printf(sql, "'" ROW_ERASED "' AS %s", name);
		else
			buf_printf(
			    sql, "if(false, %s, NULL) AS %s", name, name);
	}
	buf_char(sql, '\0');
}

int
columns_erase(struct duck *duck, const char *path,
    const struct erasure *erasure, const char *out, struct err *err)
{
	struct merge *m = merge_new(2);
	char name[32], others[64], erased[64];
	struct buf nulls = {0};
	int status = teach_erased(duck, erasure, name, err);

	snprintf(others, sizeof(others), "WHERE NOT %s(index)", name);
	snprintf(
	    erased, sizeof(erased), "WHERE %s(index) ORDER BY index", name);
	add_erased(&nulls);
	if (!status)
		status = add_input(m, duck,
		    &(struct pages_of){.path = path, .which = others}, err);
	if (!status)
		status = add_input(
		    m, duck, &(struct pages_of){path, nulls.ptr, erased}, err);
	if (!status)
		status = write_merged(m, duck, out, err);
	buf_release(&nulls);
	merge_free(m);
	return status;
}
