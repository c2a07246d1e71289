#include "duck_bounds.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "base/utf8.h"
#include "base/xxh64.h"
#include "store/parquet.h"

/* What has values in the file: the columns, and the members of items. */
enum {
	ITEM_ID = COLUMN_ITEMS,
	ITEM_PARENT,
	ITEM_NAME,
	ITEM_SIZE,
	LEAVES,
};

#define MAGIC "PAR1"
#define FOOT  8 /* length of the footer, magic */

enum kind { TEXT, SIGNED, UNSIGNED };

struct stated {
	enum kind kind;
	const struct parquet_chunk *chunk; /* of the row group */
	struct parquet_filter filter;      /* if it has one */
	struct buf filter_bytes;
	uint64_t values, nulls; /* that were seen */
	struct slice last;      /* text of the page that was all right */
};

struct bounds {
	int fd;
	char *path; /* owned */
	uint64_t size;
	struct buf footer;
	struct parquet parquet;
	size_t group;  /* the one that rows are of */
	uint64_t rows; /* of it, that were seen */
	struct stated columns[LEAVES];
};

/* --- reading --- */

static int
corrupt(const struct bounds *b, const char *why, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "'%s': %s", b->path, why);
}

static int
read_at(
    struct bounds *b, uint64_t at, size_t n, struct buf *out, struct err *err)
{
	char *to;

	if (at > b->size || n > b->size - at)
		return corrupt(b, "it ends too early", err);
	buf_clear(out);
	to = buf_reserve(out, n);
	while (out->len < n) {
		ssize_t got = pread(
		    b->fd, to + out->len, n - out->len, (off_t)(at + out->len));

		if (got <= 0)
			return err_sys(err, "cannot read '%s'", b->path);
		out->len += (size_t)got;
	}
	return 0;
}

static int
read_footer(struct bounds *b, struct err *err)
{
	struct err why = {0};
	uint64_t len;

	if (b->size < sizeof(MAGIC) - 1 + FOOT)
		return corrupt(b, "it ends too early", err);
	if (read_at(b, 0, sizeof(MAGIC) - 1, &b->footer, err))
		return -1;
	if (memcmp(b->footer.ptr, MAGIC, sizeof(MAGIC) - 1) != 0)
		return corrupt(b, "not a Parquet file", err);
	if (read_at(b, b->size - FOOT, FOOT, &b->footer, err))
		return -1;
	len = get_u32((const unsigned char *)b->footer.ptr);
	if (memcmp(b->footer.ptr + 4, MAGIC, 4) != 0 ||
	    len > PARQUET_FOOTER_MAX || len > b->size - FOOT)
		return corrupt(b, "not the end of a Parquet file", err);
	if (read_at(b, b->size - FOOT - len, (size_t)len, &b->footer, err))
		return -1;
	if (parquet_read(&b->parquet, buf_slice(&b->footer), &why))
		return corrupt(b, why.msg, err);
	if (b->parquet.columns != LEAVES)
		return corrupt(b, "it has other columns than an event", err);
	return 0;
}

static const char *
name_of(unsigned column)
{
	return column_name(column < ITEM_ID ? column : COLUMN_ITEMS);
}

static int
wrong(
    const struct bounds *b, unsigned column, const char *what, struct err *err)
{
	return err_set(err, ERR_CORRUPT, "'%s': row group %zu, column '%s': %s",
	    b->path, b->group + 1, name_of(column), what);
}

static bool
bound_is_good(const struct stated *stated, unsigned column, struct slice bound)
{
	if (stated->kind == TEXT)
		return utf8_good(bound) == bound.len;
	return bound.len ==
	       (column == COLUMN_CLASS || column == COLUMN_ACTIVITY ? 4 : 8);
}

static int
begin_column(struct bounds *b, unsigned column, struct err *err)
{
	struct stated *stated = &b->columns[column];
	const struct parquet_chunk *chunk =
	    &b->parquet.groups[b->group].chunks[column];

	stated->chunk = chunk;
	stated->values = stated->nulls = 0;
	stated->last = slice_of(NULL, 0);
	for (unsigned i = 0; i < 2; i++)
		if ((chunk->has_min[i] &&
		        !bound_is_good(stated, column, chunk->min[i])) ||
		    (chunk->has_max[i] &&
		        !bound_is_good(stated, column, chunk->max[i])))
			return wrong(
			    b, column, "its bounds are no values", err);
	if (!chunk->has_filter)
		return 0;
	if (chunk->filter_len > PARQUET_FILTER_MAX)
		return wrong(b, column, "its filter is too large", err);
	if (read_at(b, chunk->filter_at, (size_t)chunk->filter_len,
	        &stated->filter_bytes, err))
		return -1;
	if (parquet_filter_read(
	        &stated->filter, buf_slice(&stated->filter_bytes)))
		return wrong(b, column, "its filter cannot be read", err);
	return 0;
}

static int
begin_group(struct bounds *b, struct err *err)
{
	b->rows = 0;
	if (b->group == b->parquet.group_count)
		return 0;
	for (unsigned i = 0; i < LEAVES; i++)
		if (begin_column(b, i, err))
			return -1;
	return 0;
}

/* A row group is over: what it counts, it counts right. */
static int
end_group(struct bounds *b, struct err *err)
{
	for (unsigned i = 0; i < LEAVES; i++) {
		const struct stated *stated = &b->columns[i];
		const struct parquet_chunk *chunk = stated->chunk;

		if (chunk->values != stated->values ||
		    (chunk->has_nulls && chunk->nulls != stated->nulls))
			return wrong(b, i,
			    "it does not have as many values as it says", err);
	}
	b->group++;
	return begin_group(b, err);
}

int
bounds_open(struct bounds **out, const char *path, struct err *err)
{
	struct bounds *b = xcalloc(1, sizeof(*b));
	struct stat stat;
	int status = 0;

	for (unsigned i = 0; i < LEAVES; i++)
		b->columns[i].kind =
		    i < ITEM_ID && !column_is_text(i) ? UNSIGNED : TEXT;
	b->columns[COLUMN_TIME].kind = SIGNED;
	b->columns[COLUMN_RECEIVED].kind = SIGNED;
	b->columns[ITEM_SIZE].kind = SIGNED;
	b->path = xstrdup(path);
	b->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (b->fd < 0 || fstat(b->fd, &stat))
		status = err_sys(err, "cannot open '%s'", path);
	else
		b->size = (uint64_t)stat.st_size;
	if (status || read_footer(b, err) || begin_group(b, err)) {
		bounds_close(b);
		return -1;
	}
	*out = b;
	return 0;
}

void
bounds_close(struct bounds *b)
{
	if (!b)
		return;
	if (b->fd >= 0)
		close(b->fd);
	for (unsigned i = 0; i < LEAVES; i++)
		buf_release(&b->columns[i].filter_bytes);
	parquet_release(&b->parquet);
	buf_release(&b->footer);
	free(b->path);
	free(b);
}

/* --- rows --- */

static int
order(enum kind kind, struct slice a, struct slice b)
{
	uint64_t x, y, top = UINT64_C(1) << 63;

	if (kind == TEXT)
		return slice_order(a, b);
	x = get_le((const unsigned char *)a.ptr, (unsigned)a.len);
	y = get_le((const unsigned char *)b.ptr, (unsigned)b.len);
	if (kind == SIGNED) {
		x ^= top;
		y ^= top;
	}
	return (x > y) - (x < y);
}

/* The next value of a column: the bytes that the file has of it. */
static int
take(struct bounds *b, unsigned column, struct slice value, struct err *err)
{
	struct stated *stated = &b->columns[column];
	const struct parquet_chunk *chunk = stated->chunk;

	stated->values++;
	/* Neighbours are often the same. */
	if (stated->last.len && slice_eq(value, stated->last))
		return 0;
	for (unsigned i = 0; i < 2; i++)
		if ((chunk->has_min[i] &&
		        order(stated->kind, value, chunk->min[i]) < 0) ||
		    (chunk->has_max[i] &&
		        order(stated->kind, value, chunk->max[i]) > 0))
			return wrong(b, column,
			    "a value is outside the bounds that it says", err);
	if (chunk->has_filter &&
	    !parquet_filter_has(&stated->filter, xxh64(value)))
		return wrong(
		    b, column, "a value is not in its own filter", err);
	if (stated->kind == TEXT)
		stated->last = value;
	return 0;
}

static void
take_null(struct bounds *b, unsigned column)
{
	b->columns[column].values++;
	b->columns[column].nulls++;
}

static int
take_number(struct bounds *b, unsigned column, uint64_t value, unsigned len,
    struct err *err)
{
	unsigned char bytes[8];

	put_le(bytes, len, value);
	return take(b, column, slice_of(bytes, len), err);
}

static int
take_text(struct bounds *b, unsigned column, struct slice text, struct err *err)
{
	if (text.ptr && text.len)
		return take(b, column, text, err);
	take_null(b, column);
	return 0;
}

static int
take_items(struct bounds *b, const struct row *row, struct err *err)
{
	for (size_t i = 0; i < row->item_count; i++) {
		const struct event_item *item = &row->items[i];

		if (take_text(b, ITEM_ID, item->id, err) ||
		    take_text(b, ITEM_PARENT, item->parent, err) ||
		    take_text(b, ITEM_NAME, item->name, err))
			return -1;
		if (item->size < 0)
			take_null(b, ITEM_SIZE);
		else if (take_number(
		             b, ITEM_SIZE, (uint64_t)item->size, 8, err))
			return -1;
	}
	/* A list that is null is a null of each. */
	for (unsigned i = ITEM_ID; !row->item_count && i < LEAVES; i++)
		take_null(b, i);
	return 0;
}

static int
take_column(
    struct bounds *b, unsigned column, const struct row *row, struct err *err)
{
	if (!(row->has & COLUMN_BIT(column))) {
		take_null(b, column);
		return 0;
	}
	switch (column) {
	case COLUMN_INDEX:
		return take_number(b, column, row->index, 8, err);
	case COLUMN_TIME:
		return take_number(b, column, (uint64_t)row->time_us, 8, err);
	case COLUMN_RECEIVED:
		return take_number(
		    b, column, (uint64_t)row->received_us, 8, err);
	case COLUMN_CLASS:
		return take_number(b, column, row->class_uid, 4, err);
	case COLUMN_ACTIVITY:
		return take_number(b, column, row->activity, 4, err);
	default:
		return take(b, column, row->text[column], err);
	}
}

void
bounds_page(struct bounds *b)
{
	for (unsigned i = 0; i < LEAVES; i++)
		b->columns[i].last = slice_of(NULL, 0);
}

int
bounds_row(struct bounds *b, const struct row *row, struct err *err)
{
	while (b->group < b->parquet.group_count &&
	       b->rows == b->parquet.groups[b->group].rows)
		if (end_group(b, err))
			return -1;
	if (b->group == b->parquet.group_count)
		return corrupt(b, "it has more rows than it says", err);
	for (unsigned c = 0; c < COLUMN_ITEMS; c++)
		if (take_column(b, c, row, err))
			return -1;
	b->rows++;
	return take_items(b, row, err);
}

int
bounds_end(struct bounds *b, struct err *err)
{
	while (b->group < b->parquet.group_count &&
	       b->rows == b->parquet.groups[b->group].rows)
		if (end_group(b, err))
			return -1;
	if (b->group < b->parquet.group_count)
		return corrupt(b, "it has fewer rows than it says", err);
	return 0;
}
