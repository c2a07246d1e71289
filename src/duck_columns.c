#include "duck_columns.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/texts.h"
#include "duck_merge.h"
#include "duck_source.h"

#define NO_NUMBER UINT32_MAX

/* Text that is the same in many records, and is kept once. */
#define COMMON                                                                 \
	(COLUMN_BIT(COLUMN_SOURCE) | COLUMN_BIT(COLUMN_TENANT) |               \
	    COLUMN_BIT(COLUMN_OPERATION) |                                     \
	    COLUMN_BIT(column_of(EV_STATUS_CODE)) |                            \
	    COLUMN_BIT(column_of(EV_APP_ID)) |                                 \
	    COLUMN_BIT(column_of(EV_APP_NAME)) |                               \
	    COLUMN_BIT(column_of(EV_CLIENT)) |                                 \
	    COLUMN_BIT(column_of(EV_USER_AGENT)) |                             \
	    COLUMN_BIT(column_of(EV_AS_ORG)) |                                 \
	    COLUMN_BIT(column_of(EV_TARGET_TYPE)))
/* The same, and its order is wanted. */
#define NAMES                                                                  \
	(COLUMN_BIT(column_of(EV_ACTOR_NAME)) |                                \
	    COLUMN_BIT(column_of(EV_MAILBOX)))
/* Text that stands in the program. */
#define FIXED (COLUMN_BIT(COLUMN_KIND) | COLUMN_BIT(COLUMN_OUTCOME))

/* An item, as it is kept; a text of no length is null. */
struct kept_item {
	duckdb_string_t id, parent, name;
	int64_t size;
};

/* A row, as it is kept: in one piece with its items and their bytes. */
struct kept {
	uint64_t index;
	int64_t time_us, received_us;
	uint32_t class_uid, activity;
	uint32_t has;
	uint32_t actor, mailbox; /* among columns->names, or NO_NUMBER */
	uint32_t item_count;
	const struct kept_item *items;
	duckdb_string_t texts[]; /* of the columns that are text and not null */
};

struct columns {
	struct duck *duck;
	size_t memory;
	char *spill; /* owned */
	struct source source;
	struct row_room room;
	uint32_t texts; /* which columns are text */
	struct arena arena;
	struct texts names;  /* actors and mailboxes */
	struct texts others; /* what else is COMMON */
	struct kept **rows;  /* owned */
	size_t count, size;
	size_t from, to; /* of the rows that are shown; there may be less */
	size_t bytes;    /* that the rows take */
	char **runs;     /* owned: files of rows that were spilled */
	size_t run_count;
};

/* --- keeping a row --- */

/* Where the bytes of a row go. */
struct place {
	struct kept *kept;
	char *bytes;
	struct slice event_id;
	const struct known_text *actor;
};

/* What DuckDB has within its struct needs no bytes. */
static size_t
bytes_of(struct slice s)
{
	return s.len > SOURCE_SHORT ? s.len : 0;
}

static struct slice
copy(struct place *place, struct slice s)
{
	char *to = place->bytes;

	if (!bytes_of(s))
		return s;
	memcpy(to, s.ptr, s.len);
	place->bytes += s.len;
	return slice_of(to, s.len);
}

static size_t
bytes_of_row(const struct columns *c, const struct row *row)
{
	uint32_t own = row->has & c->texts & ~(COMMON | NAMES | FIXED);
	size_t n = sizeof(struct kept);

	n += (size_t)__builtin_popcount(row->has & c->texts) *
	     sizeof(duckdb_string_t);
	n += row->item_count * sizeof(struct kept_item);
	for (size_t i = 0; i < row->item_count; i++)
		n += bytes_of(row->items[i].id) +
		     bytes_of(row->items[i].parent) +
		     bytes_of(row->items[i].name);
	/* An id is the end of its event's. */
	if (own & COLUMN_BIT(COLUMN_EVENT_ID))
		own &= ~COLUMN_BIT(COLUMN_ID);
	for (; own; own &= own - 1)
		n += bytes_of(row->text[__builtin_ctz(own)]);
	return n;
}

static struct slice
keep_id(struct place *place, const struct row *row)
{
	struct slice id = row->text[COLUMN_ID];

	if (!(row->has & COLUMN_BIT(COLUMN_EVENT_ID)))
		return copy(place, id);
	place->event_id = copy(place, row->text[COLUMN_EVENT_ID]);
	return slice_skip(place->event_id, place->event_id.len - id.len);
}

static struct slice
keep_name(struct columns *c, struct place *place, const struct row *row,
    unsigned column)
{
	const struct known_text *actor = place->actor, *text = actor;

	/* Most reach their own mailbox. */
	if (!actor || !slice_eq(actor->slice, row->text[column]))
		text = texts_keep(&c->names, row->text[column]);
	if (column == column_of(EV_MAILBOX)) {
		place->kept->mailbox = text->number;
	} else {
		place->kept->actor = text->number;
		place->actor = text;
	}
	return text->slice;
}

static struct slice
keep_text(struct columns *c, struct place *place, const struct row *row,
    unsigned column)
{
	uint32_t bit = COLUMN_BIT(column);
	struct slice s = row->text[column];

	if (bit & NAMES)
		return keep_name(c, place, row, column);
	if (column == COLUMN_ID)
		return keep_id(place, row);
	if (column == COLUMN_EVENT_ID)
		return place->event_id;
	if (!bytes_of(s) || (bit & FIXED))
		return s;
	return bit & COMMON ? texts_keep(&c->others, s)->slice : copy(place, s);
}

static struct kept *
keep_row(struct columns *c, const struct row *row)
{
	size_t size = bytes_of_row(c, row), n = 0;
	struct kept *kept = arena_alloc(&c->arena, size);
	struct place place = {.kept = kept};
	struct kept_item *items;

	*kept = (struct kept){
	    .index = row->index,
	    .time_us = row->time_us,
	    .received_us = row->received_us,
	    .class_uid = row->class_uid,
	    .activity = row->activity,
	    .has = row->has,
	    .actor = NO_NUMBER,
	    .mailbox = NO_NUMBER,
	    .item_count = (uint32_t)row->item_count,
	};
	n = (size_t)__builtin_popcount(row->has & c->texts);
	items = (struct kept_item *)(kept->texts + n);
	place.bytes = (char *)(items + row->item_count);
	kept->items = items;
	n = 0;
	for (uint32_t left = row->has & c->texts; left; left &= left - 1)
		kept->texts[n++] = source_text(
		    keep_text(c, &place, row, (unsigned)__builtin_ctz(left)));
	for (size_t i = 0; i < row->item_count; i++)
		items[i] = (struct kept_item){
		    .id = source_text(copy(&place, row->items[i].id)),
		    .parent = source_text(copy(&place, row->items[i].parent)),
		    .name = source_text(copy(&place, row->items[i].name)),
		    .size = row->items[i].size,
		};
	c->bytes += size;
	return kept;
}

/* --- rows for DuckDB --- */

/*
 * Some rows at a time, so that they are still in the processor's cache when
 * the next column is filled: sorted rows are everywhere in memory.
 */
#define PART 64

struct filling {
	struct kept *const *rows;
	size_t from, to;            /* of rows */
	struct source_column *list; /* of items; NULL: they are not asked for */
	struct source_items items;
	size_t item; /* the next of all */
};

static void
fill_texts(const struct columns *c, const struct filling *f,
    struct source_column *column)
{
	uint32_t bit = COLUMN_BIT(column->column);
	uint32_t before = c->texts & (bit - 1);
	duckdb_string_t *to = column->data;

	for (size_t i = f->from; i < f->to; i++) {
		const struct kept *row = f->rows[i];

		if (row->has & bit)
			to[i] =
			    row->texts[__builtin_popcount(row->has & before)];
		else
			source_null(column, i);
	}
}

static void
fill_number(const struct kept *row, struct source_column *column, size_t i)
{
	switch (column->column) {
	case COLUMN_INDEX:
		((uint64_t *)column->data)[i] = row->index;
		break;
	case COLUMN_TIME:
		((int64_t *)column->data)[i] = row->time_us;
		break;
	case COLUMN_RECEIVED:
		((int64_t *)column->data)[i] = row->received_us;
		break;
	case COLUMN_CLASS:
		((uint32_t *)column->data)[i] = row->class_uid;
		break;
	default:
		((uint32_t *)column->data)[i] = row->activity;
	}
	if (!(row->has & COLUMN_BIT(column->column)))
		source_null(column, i);
}

static void
fill_numbers(struct filling *f, struct source_column *column)
{
	for (size_t i = f->from; i < f->to; i++)
		fill_number(f->rows[i], column, i);
}

static void
fill_item(const struct kept_item *item, struct source_items *to, size_t row)
{
	struct source_column *texts[] = {&to->id, &to->parent, &to->name};
	const duckdb_string_t *from[] = {&item->id, &item->parent, &item->name};

	for (size_t i = 0; i < 3; i++) {
		((duckdb_string_t *)texts[i]->data)[row] = *from[i];
		if (!from[i]->value.inlined.length)
			source_null(texts[i], row);
	}
	((int64_t *)to->size.data)[row] = item->size;
	if (item->size < 0)
		source_null(&to->size, row);
}

static void
fill_items(struct filling *f)
{
	duckdb_list_entry *lists = f->list->data;

	for (size_t i = f->from; i < f->to; i++) {
		const struct kept *row = f->rows[i];

		lists[i] = (duckdb_list_entry){f->item, row->item_count};
		if (!row->item_count)
			source_null(f->list, i);
		for (size_t j = 0; j < row->item_count; j++)
			fill_item(&row->items[j], &f->items, f->item++);
	}
}

static size_t
text_bytes(const struct columns *c, const struct kept *row)
{
	size_t n = (size_t)__builtin_popcount(row->has & c->texts), bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += row->texts[i].value.inlined.length;
	for (size_t i = 0; i < row->item_count; i++)
		bytes += row->items[i].id.value.inlined.length +
		         row->items[i].parent.value.inlined.length +
		         row->items[i].name.value.inlined.length;
	return bytes;
}

/* Sorted rows are everywhere in memory: what comes soon is asked for now. */
#define AHEAD 16

static void
fetch(const struct kept *row)
{
	for (size_t at = 0; at < 512; at += 64)
		__builtin_prefetch((const char *)row + at);
}

/* How many of the next rows make a chunk. */
static size_t
chunk_rows(
    const struct columns *c, struct kept *const *rows, size_t left, size_t room)
{
	size_t n = 0, bytes = 0;

	while (n < left && n < room && bytes < SOURCE_CHUNK) {
		if (left - n > AHEAD)
			fetch(rows[n + AHEAD]);
		bytes += text_bytes(c, rows[n++]);
	}
	return n;
}

/* Vectors for the items of all rows, where they are asked for. */
static int
begin_items(
    struct filling *f, size_t n, struct source_chunk *chunk, struct err *err)
{
	size_t count = 0;

	for (size_t i = 0; i < chunk->count; i++)
		if (chunk->columns[i].column == COLUMN_ITEMS)
			f->list = &chunk->columns[i];
	if (!f->list)
		return 0;
	for (size_t i = 0; i < n; i++)
		count += f->rows[i]->item_count;
	return source_items(f->list, count, &f->items, err);
}

static void
fill_part(
    const struct columns *c, struct filling *f, struct source_chunk *chunk)
{
	for (size_t i = 0; i < chunk->count; i++) {
		struct source_column *column = &chunk->columns[i];

		if (column == f->list)
			fill_items(f);
		else if (COLUMN_BIT(column->column) & c->texts)
			fill_texts(c, f, column);
		else
			fill_numbers(f, column);
	}
}

static int64_t
fill(void *ctx, uint64_t *at, struct source_chunk *chunk, struct err *err)
{
	const struct columns *c = ctx;
	size_t from = c->from + (size_t)*at;
	size_t to = c->to < c->count ? c->to : c->count;
	struct filling f = {.rows = c->rows + from};
	size_t n = chunk_rows(c, f.rows, to - from, chunk->room);

	if (begin_items(&f, n, chunk, err))
		return -1;
	for (; f.from < n; f.from = f.to) {
		f.to = n - f.from < PART ? n : f.from + PART;
		fill_part(c, &f, chunk);
	}
	*at += n;
	return (int64_t)n;
}

int
columns_new(struct columns **out, struct duck *duck, size_t memory,
    const char *spill, struct err *err)
{
	struct columns *c = xcalloc(1, sizeof(*c));

	c->duck = duck;
	c->memory = memory;
	c->spill = spill ? xstrdup(spill) : NULL;
	c->to = SIZE_MAX;
	for (unsigned i = 0; i < COLUMNS; i++)
		if (column_is_text(i))
			c->texts |= COLUMN_BIT(i);
	c->source = (struct source){.fill = fill, .ctx = c};
	*out = c;
	return source_register(duck, &c->source, err);
}

const char *
columns_name(const struct columns *c)
{
	return c->source.name;
}

/* --- showing --- */

/* How many rows stand before that record's. */
static size_t
rows_before(const struct columns *c, uint64_t index)
{
	size_t low = 0, high = c->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (c->rows[middle]->index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
columns_show(struct columns *c, uint64_t first, uint64_t end)
{
	c->from = rows_before(c, first);
	c->to = end > first ? rows_before(c, end) : c->from;
	c->source.rows = c->to - c->from;
}

void
columns_clear(struct columns *c)
{
	c->count = c->bytes = 0;
	texts_release(&c->names);
	texts_release(&c->others);
	arena_release(&c->arena);
	c->source.rows = 0;
	c->from = 0;
	c->to = SIZE_MAX;
}

void
columns_free(struct columns *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->run_count; i++) {
		unlink(c->runs[i]);
		free(c->runs[i]);
	}
	free(c->runs);
	free(c->rows);
	row_room_release(&c->room);
	texts_release(&c->names);
	texts_release(&c->others);
	arena_release(&c->arena);
	free(c->spill);
	free(c);
}

/* --- the order --- */

struct place_of_row {
	uint32_t actor, mailbox;
	int64_t time_us;
	uint64_t index;
	struct kept *row;
};

static int
compare_rows(const void *x, const void *y)
{
	const struct place_of_row *a = x, *b = y;

	if (a->actor != b->actor)
		return a->actor < b->actor ? -1 : 1;
	if (a->mailbox != b->mailbox)
		return a->mailbox < b->mailbox ? -1 : 1;
	if (a->time_us != b->time_us)
		return a->time_us < b->time_us ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static void
sort(struct columns *c)
{
	struct place_of_row *order = xcalloc(c->count + 1, sizeof(*order));
	uint32_t *ranks = texts_ranks(&c->names);

	for (size_t i = 0; i < c->count; i++) {
		struct kept *row = c->rows[i];

		order[i] = (struct place_of_row){
		    .actor = NO_NUMBER,
		    .mailbox = NO_NUMBER,
		    .time_us = INT64_MAX,
		    .index = row->index,
		    .row = row,
		};
		if (row->actor != NO_NUMBER)
			order[i].actor = ranks[row->actor];
		if (row->mailbox != NO_NUMBER)
			order[i].mailbox = ranks[row->mailbox];
		if (row->has & COLUMN_BIT(COLUMN_TIME))
			order[i].time_us = row->time_us;
	}
	qsort(order, c->count, sizeof(*order), compare_rows);
	for (size_t i = 0; i < c->count; i++)
		c->rows[i] = order[i].row;
	free(order);
	free(ranks);
}

/* --- adding, writing --- */

static int
write_rows(struct columns *c, const char *path, struct err *err)
{
	sort(c);
	return source_write(c->duck, &c->source, path, err);
}

/* Puts what is there into a file, which is merged with the others later. */
static int
spill(struct columns *c, struct err *err)
{
	struct buf path = {0};

	if (!c->spill)
		return err_set(err, ERR_LIMIT,
		    "the columns of %zu records do not fit into %zu MiB",
		    c->count, c->memory >> 20);
	if (mkdir(c->spill, 0700) && errno != EEXIST)
		return err_sys(err, "cannot make '%s'", c->spill);
	buf_printf(&path, "%s/rows-%zu.parquet", c->spill, c->run_count);
	buf_char(&path, '\0');
	c->runs = xrealloc(c->runs, (c->run_count + 1) * sizeof(*c->runs));
	c->runs[c->run_count++] = path.ptr;
	if (write_rows(c, path.ptr, err))
		return -1;
	c->count = c->bytes = 0;
	texts_clear(&c->names);
	texts_clear(&c->others);
	arena_reset(&c->arena);
	return 0;
}

int
columns_add(struct columns *c, uint64_t index,
    const struct reread_record *record, struct err *err)
{
	struct row row;

	if (c->bytes + c->names.bytes + c->others.bytes +
	            c->count * sizeof(struct place_of_row) >
	        c->memory &&
	    spill(c, err))
		return -1;
	if (c->count == c->size) {
		c->size = c->size ? 2 * c->size : 4096;
		c->rows = xrealloc(c->rows, c->size * sizeof(struct kept *));
	}
	row_read(&row, &c->room, index, record);
	c->rows[c->count++] = keep_row(c, &row);
	c->source.rows = c->count;
	return 0;
}

int
columns_write(struct columns *c, const char *path, struct err *err)
{
	if (!c->run_count)
		return write_rows(c, path, err);
	if (c->count && spill(c, err))
		return -1;
	/* Merging takes memory, too. */
	arena_release(&c->arena);
	texts_release(&c->names);
	texts_release(&c->others);
	return columns_merge(
	    c->duck, (const char *const *)c->runs, c->run_count, path, err);
}
