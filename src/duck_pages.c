#include "duck_pages.h"

#include <stdlib.h>

#include "base/alloc.h"

struct pages {
	duckdb_connection connection;
	duckdb_prepared_statement statement;
	duckdb_result result;
	char *path; /* owned */
};

/* A column's values, and which of them are not null (NULL: all). */
struct cells {
	const void *data;
	const uint64_t *valid;
};

struct page {
	duckdb_data_chunk chunk;
	size_t rows;
	struct cells columns[COLUMNS];
	struct cells items, id, parent, name, size;
	size_t item_count;
};

#define KEY                                                                    \
	(COLUMN_BIT(COLUMN_INDEX) | COLUMN_BIT(COLUMN_TIME) |                  \
	    COLUMN_BIT(column_of(EV_ACTOR_NAME)) |                             \
	    COLUMN_BIT(column_of(EV_MAILBOX)))

/* --- opening --- */

static int
refused(const struct pages *pages, const char *why, struct err *err)
{
	struct buf about = {0};
	int status;

	buf_printf(&about, "'%s': ", pages->path);
	buf_char(&about, '\0');
	status = duck_refused(err, ERR_CORRUPT, about.ptr, why);
	buf_release(&about);
	return status;
}

static bool
same_type(duckdb_logical_type a, duckdb_logical_type b)
{
	duckdb_type type = duckdb_get_type_id(a);

	return type == duckdb_get_type_id(b) && type != DUCKDB_TYPE_DECIMAL;
}

static bool
same_member(duckdb_logical_type a, duckdb_logical_type b, idx_t at)
{
	duckdb_logical_type x = duckdb_struct_type_child_type(a, at),
	                    y = duckdb_struct_type_child_type(b, at);
	char *x_name = duckdb_struct_type_child_name(a, at),
	     *y_name = duckdb_struct_type_child_name(b, at);
	bool same = same_type(x, y) && strcmp(x_name, y_name) == 0;

	duckdb_destroy_logical_type(&x);
	duckdb_destroy_logical_type(&y);
	duckdb_free(x_name);
	duckdb_free(y_name);
	return same;
}

static bool
same_items(duckdb_logical_type a, duckdb_logical_type b)
{
	duckdb_logical_type x = duckdb_list_type_child_type(a),
	                    y = duckdb_list_type_child_type(b);
	bool same = same_type(x, y) &&
	            duckdb_get_type_id(y) == DUCKDB_TYPE_STRUCT &&
	            duckdb_struct_type_child_count(x) ==
	                duckdb_struct_type_child_count(y);

	for (idx_t i = 0; same && i < duckdb_struct_type_child_count(y); i++)
		same = same_member(x, y, i);
	duckdb_destroy_logical_type(&x);
	duckdb_destroy_logical_type(&y);
	return same;
}

static bool
is_column(duckdb_result *result, enum column column)
{
	duckdb_logical_type have = duckdb_column_logical_type(result, column),
	                    want = column_type(column);
	const char *name = duckdb_column_name(result, column);
	bool is = name && strcmp(name, column_name(column)) == 0 &&
	          same_type(have, want);

	if (is && column == COLUMN_ITEMS)
		is = same_items(have, want);
	duckdb_destroy_logical_type(&have);
	duckdb_destroy_logical_type(&want);
	return is;
}

static int
check_columns(struct pages *pages, struct err *err)
{
	if (duckdb_column_count(&pages->result) != COLUMNS)
		return refused(
		    pages, "it has other columns than an event", err);
	for (unsigned c = 0; c < COLUMNS; c++)
		if (!is_column(&pages->result, c))
			return err_set(err, ERR_CORRUPT,
			    "'%s': column %u is not '%s' as it should be",
			    pages->path, c + 1, column_name(c));
	return 0;
}

static int
start(struct pages *pages, const struct pages_of *of, struct err *err)
{
	struct buf sql = {0};
	int status = 0;

	/* A folder `a=b` on the way to the file is no column. */
	buf_printf(&sql, "SELECT %s FROM read_parquet(",
	    of->columns ? of->columns : "*");
	duck_quote(&sql, slice_cstr(of->path));
	buf_printf(&sql, ", hive_partitioning = false) %s",
	    of->which ? of->which : "");
	buf_char(&sql, '\0');
	if (duckdb_prepare(pages->connection, sql.ptr, &pages->statement) !=
	    DuckDBSuccess)
		status =
		    refused(pages, duckdb_prepare_error(pages->statement), err);
	else if (duckdb_execute_prepared_streaming(
	             pages->statement, &pages->result) != DuckDBSuccess)
		status =
		    refused(pages, duckdb_result_error(&pages->result), err);
	buf_release(&sql);
	return status ? -1 : check_columns(pages, err);
}

int
pages_open(struct pages **out, struct duck *duck, const struct pages_of *of,
    struct err *err)
{
	struct pages *pages = xcalloc(1, sizeof(*pages));
	int status;

	pages->path = xstrdup(of->path);
	if (duckdb_connect(duck->db, &pages->connection) != DuckDBSuccess)
		status = err_set(err, ERR_SYSTEM, "DuckDB does not answer");
	else
		status = start(pages, of, err);
	if (status) {
		pages_close(pages);
		return -1;
	}
	*out = pages;
	return 0;
}

void
pages_close(struct pages *pages)
{
	if (!pages)
		return;
	duckdb_destroy_result(&pages->result);
	duckdb_destroy_prepare(&pages->statement);
	duckdb_disconnect(&pages->connection);
	free(pages->path);
	free(pages);
}

/* --- rows --- */

static struct cells
cells_of(duckdb_vector v)
{
	return (struct cells){
	    duckdb_vector_get_data(v), duckdb_vector_get_validity(v)};
}

static bool
is_null(const struct cells *cells, size_t at)
{
	return cells->valid && !(cells->valid[at / 64] >> (at % 64) & 1);
}

static struct page *
page_new(duckdb_data_chunk chunk)
{
	struct page *page = xcalloc(1, sizeof(*page));
	duckdb_vector list, item;

	page->chunk = chunk;
	page->rows = duckdb_data_chunk_get_size(chunk);
	for (unsigned c = 0; c < COLUMNS; c++)
		page->columns[c] =
		    cells_of(duckdb_data_chunk_get_vector(chunk, c));
	list = duckdb_data_chunk_get_vector(chunk, COLUMN_ITEMS);
	page->item_count = duckdb_list_vector_get_size(list);
	item = duckdb_list_vector_get_child(list);
	page->items = cells_of(item);
	page->id = cells_of(duckdb_struct_vector_get_child(item, 0));
	page->parent = cells_of(duckdb_struct_vector_get_child(item, 1));
	page->name = cells_of(duckdb_struct_vector_get_child(item, 2));
	page->size = cells_of(duckdb_struct_vector_get_child(item, 3));
	return page;
}

int
pages_next(struct pages *pages, struct page **out, struct err *err)
{
	duckdb_data_chunk chunk;

	*out = NULL;
	do {
		chunk = duckdb_fetch_chunk(pages->result);
		if (!chunk) {
			const char *why = duckdb_result_error(&pages->result);

			return why && *why ? refused(pages, why, err) : 0;
		}
		if (duckdb_data_chunk_get_size(chunk))
			*out = page_new(chunk);
		else
			duckdb_destroy_data_chunk(&chunk);
	} while (!*out);
	return 0;
}

void
page_free(struct page *page)
{
	if (!page)
		return;
	duckdb_destroy_data_chunk(&page->chunk);
	free(page);
}

size_t
page_rows(const struct page *page)
{
	return page->rows;
}

/* --- values --- */

static struct slice
text_at(const struct cells *cells, size_t at)
{
	const duckdb_string_t *s = (const duckdb_string_t *)cells->data + at;

	if (s->value.inlined.length <= SOURCE_SHORT)
		return slice_of(
		    s->value.inlined.inlined, s->value.inlined.length);
	return slice_of(s->value.pointer.ptr, s->value.pointer.length);
}

static void
read_value(
    const struct page *page, size_t at, enum column column, struct row *row)
{
	const struct cells *cells = &page->columns[column];

	switch (column) {
	case COLUMN_INDEX:
		row->index = ((const uint64_t *)cells->data)[at];
		break;
	case COLUMN_TIME:
		row->time_us = ((const int64_t *)cells->data)[at];
		break;
	case COLUMN_RECEIVED:
		row->received_us = ((const int64_t *)cells->data)[at];
		break;
	case COLUMN_CLASS:
		row->class_uid = ((const uint32_t *)cells->data)[at];
		break;
	case COLUMN_ACTIVITY:
		row->activity = ((const uint32_t *)cells->data)[at];
		break;
	default:
		row->text[column] = text_at(cells, at);
		if (!row->text[column].len)
			row->odd |= COLUMN_BIT(column);
	}
}

void
page_columns(
    const struct page *page, size_t at, uint32_t which, struct row *row)
{
	row->has = row->odd = 0;
	for (; which; which &= which - 1) {
		enum column column = (enum column)__builtin_ctz(which);

		if (is_null(&page->columns[column], at))
			continue;
		row->has |= COLUMN_BIT(column);
		read_value(page, at, column, row);
	}
}

/* What no record has is odd: an item that is null, a text of no length. */
static bool
read_item(const struct page *page, size_t at, struct event_item *item)
{
	const struct cells *from[] = {&page->id, &page->parent, &page->name};
	struct slice *to[] = {&item->id, &item->parent, &item->name};
	bool odd = is_null(&page->items, at);

	*item = (struct event_item){.size = -1};
	for (size_t i = 0; !odd && i < 3; i++) {
		if (is_null(from[i], at))
			continue;
		*to[i] = text_at(from[i], at);
		odd = to[i]->len == 0;
	}
	if (odd || is_null(&page->size, at))
		return odd;
	item->size = ((const int64_t *)page->size.data)[at];
	return item->size < 0;
}

static void
read_items(
    const struct page *page, size_t at, struct row *row, struct arena *arena)
{
	duckdb_list_entry list =
	    ((const duckdb_list_entry *)page->columns[COLUMN_ITEMS].data)[at];
	struct event_item *items =
	    arena_calloc(arena, list.length + 1, sizeof(*items));
	bool odd = !list.length;

	for (size_t i = 0; i < list.length; i++)
		if (read_item(page, list.offset + i, &items[i]))
			odd = true;
	if (odd)
		row->odd |= COLUMN_BIT(COLUMN_ITEMS);
	row->items = items;
	row->item_count = list.length;
}

void
page_key(const struct page *page, size_t at, struct row *row)
{
	page_columns(page, at, KEY, row);
}

void
page_row(
    const struct page *page, size_t at, struct row *row, struct arena *arena)
{
	page_columns(page, at, ~COLUMN_BIT(COLUMN_ITEMS), row);
	row->item_count = 0;
	if (is_null(&page->columns[COLUMN_ITEMS], at))
		return;
	row->has |= COLUMN_BIT(COLUMN_ITEMS);
	read_items(page, at, row, arena);
}

size_t
page_text_bytes(const struct page *page, size_t at)
{
	const struct cells *lists = &page->columns[COLUMN_ITEMS];
	duckdb_list_entry list = {0};
	size_t bytes = 0;

	for (unsigned c = 0; c < COLUMNS; c++)
		if (column_is_text(c) && !is_null(&page->columns[c], at))
			bytes += text_at(&page->columns[c], at).len;
	if (!is_null(lists, at))
		list = ((const duckdb_list_entry *)lists->data)[at];
	for (size_t i = list.offset; i < list.offset + list.length; i++) {
		bytes += is_null(&page->id, i) ? 0 : text_at(&page->id, i).len;
		bytes += is_null(&page->parent, i)
		             ? 0
		             : text_at(&page->parent, i).len;
		bytes +=
		    is_null(&page->name, i) ? 0 : text_at(&page->name, i).len;
	}
	return bytes;
}

/* --- into another file --- */

static bool
picks_value(const struct pick *pick, enum column column)
{
	return !is_null(&pick->page->columns[column], pick->row);
}

/* Inlined for each width, so that no value costs a call. */
static inline void
copy_values(const struct pick *picks, size_t count,
    struct source_column *column, size_t width)
{
	char *to = column->data;

	for (size_t i = 0; i < count; i++, to += width) {
		const struct pick *pick = &picks[i];
		const char *from = pick->page->columns[column->column].data;

		if (picks_value(pick, column->column))
			memcpy(to, from + pick->row * width, width);
		else
			source_null(column, i);
	}
}

static void
copy_column(
    const struct pick *picks, size_t count, struct source_column *column)
{
	switch (column->column) {
	case COLUMN_INDEX:
	case COLUMN_TIME:
	case COLUMN_RECEIVED:
		copy_values(picks, count, column, sizeof(int64_t));
		break;
	case COLUMN_CLASS:
	case COLUMN_ACTIVITY:
		copy_values(picks, count, column, sizeof(uint32_t));
		break;
	default:
		copy_values(picks, count, column, sizeof(duckdb_string_t));
	}
}

static void
copy_cell(const struct cells *from, size_t at, struct source_column *column,
    size_t row, size_t width)
{
	if (is_null(from, at))
		source_null(column, row);
	else
		memcpy((char *)column->data + row * width,
		    (const char *)from->data + at * width, width);
}

static void
copy_item(
    const struct page *page, size_t at, struct source_items *to, size_t row)
{
	copy_cell(&page->id, at, &to->id, row, sizeof(duckdb_string_t));
	copy_cell(&page->parent, at, &to->parent, row, sizeof(duckdb_string_t));
	copy_cell(&page->name, at, &to->name, row, sizeof(duckdb_string_t));
	copy_cell(&page->size, at, &to->size, row, sizeof(int64_t));
}

static duckdb_list_entry
list_of(const struct pick *pick)
{
	const duckdb_list_entry *lists = pick->page->columns[COLUMN_ITEMS].data;

	return picks_value(pick, COLUMN_ITEMS) ? lists[pick->row]
	                                       : (duckdb_list_entry){0, 0};
}

static int
copy_items(const struct pick *picks, size_t count, struct source_column *column,
    struct err *err)
{
	duckdb_list_entry *lists = column->data;
	struct source_items items;
	size_t all = 0, at = 0;

	for (size_t i = 0; i < count; i++)
		all += list_of(&picks[i]).length;
	if (source_items(column, all, &items, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		duckdb_list_entry list = list_of(&picks[i]);

		lists[i] = (duckdb_list_entry){at, list.length};
		if (!picks_value(&picks[i], COLUMN_ITEMS))
			source_null(column, i);
		for (size_t j = 0; j < list.length; j++)
			copy_item(picks[i].page, list.offset + j, &items, at++);
	}
	return 0;
}

int
pages_fill(const struct pick *picks, size_t count, struct source_chunk *chunk,
    struct err *err)
{
	for (size_t i = 0; i < chunk->count; i++) {
		struct source_column *column = &chunk->columns[i];

		if (column->column != COLUMN_ITEMS)
			copy_column(picks, count, column);
		else if (copy_items(picks, count, column, err))
			return -1;
	}
	return 0;
}
