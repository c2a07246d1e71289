#include "duck_row.h"

#include "base/utf8.h"

static const char *const names[COLUMN_REST] = {
    [COLUMN_INDEX] = "index",
    [COLUMN_TIME] = "time",
    [COLUMN_RECEIVED] = "received",
    [COLUMN_SOURCE] = "source",
    [COLUMN_TENANT] = "tenant",
    [COLUMN_ID] = "id",
    [COLUMN_EVENT_ID] = "event_id",
    [COLUMN_KIND] = "kind",
    [COLUMN_CLASS] = "class_uid",
    [COLUMN_ACTIVITY] = "activity",
    [COLUMN_OPERATION] = "operation",
    [COLUMN_OUTCOME] = "outcome",
};

const char *
column_name(enum column column)
{
	if (column < COLUMN_REST)
		return names[column];
	if (column == COLUMN_ITEMS)
		return "items";
	return event_column_name(
	    (enum event_column)(EV_STATUS_CODE + column - COLUMN_REST));
}

static duckdb_type
plain_type(enum column column)
{
	switch (column) {
	case COLUMN_INDEX:
		return DUCKDB_TYPE_UBIGINT;
	case COLUMN_TIME:
	case COLUMN_RECEIVED:
		return DUCKDB_TYPE_TIMESTAMP;
	case COLUMN_CLASS:
	case COLUMN_ACTIVITY:
		return DUCKDB_TYPE_UINTEGER;
	case COLUMN_ITEMS:
		return DUCKDB_TYPE_LIST;
	default:
		return DUCKDB_TYPE_VARCHAR;
	}
}

bool
column_is_text(enum column column)
{
	return plain_type(column) == DUCKDB_TYPE_VARCHAR;
}

static duckdb_logical_type
items_type(void)
{
	duckdb_logical_type text =
	                        duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR),
	                    size =
	                        duckdb_create_logical_type(DUCKDB_TYPE_BIGINT);
	duckdb_logical_type members[] = {text, text, text, size}, item, list;
	const char *member_names[] = {"id", "parent", "name", "size"};

	item = duckdb_create_struct_type(members, member_names, 4);
	list = duckdb_create_list_type(item);
	duckdb_destroy_logical_type(&text);
	duckdb_destroy_logical_type(&size);
	duckdb_destroy_logical_type(&item);
	return list;
}

duckdb_logical_type
column_type(enum column column)
{
	return column == COLUMN_ITEMS
	           ? items_type()
	           : duckdb_create_logical_type(plain_type(column));
}

/* --- of a record --- */

/* s itself, or what it is with every bad byte replaced. */
static struct slice
well_formed(struct row_room *room, struct slice s)
{
	size_t good = utf8_good(s);
	struct buf text = {0};
	struct slice copy;

	if (good == s.len)
		return s;
	while (s.len) {
		buf_add(&text, s.ptr, good);
		s = slice_skip(s, good);
		if (s.len) {
			utf8_add(&text, 0xfffd);
			s = slice_skip(s, 1);
		}
		good = utf8_good(s);
	}
	copy = arena_copy(&room->arena, buf_slice(&text));
	buf_release(&text);
	return copy;
}

static void
set_text(
    struct row *row, struct row_room *room, enum column column, struct slice s)
{
	if (!s.len)
		return;
	row->text[column] = well_formed(room, s);
	row->has |= COLUMN_BIT(column);
}

static void
set_time(struct row *row, enum column column, int64_t *out, int64_t time_us)
{
	if (time_us == EVENT_NO_TIME)
		return;
	*out = time_us;
	row->has |= COLUMN_BIT(column);
}

/* family:id */
static void
set_event_id(struct row *row, struct row_room *room, const char *family)
{
	if (!family || !(row->has & COLUMN_BIT(COLUMN_ID)))
		return;
	buf_clear(&room->event_id);
	buf_str(&room->event_id, family);
	buf_char(&room->event_id, ':');
	buf_slice_add(&room->event_id, row->text[COLUMN_ID]);
	row->text[COLUMN_EVENT_ID] = buf_slice(&room->event_id);
	row->has |= COLUMN_BIT(COLUMN_EVENT_ID);
}

static bool
items_are_good(const struct event_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (utf8_good(items[i].id) != items[i].id.len ||
		    utf8_good(items[i].parent) != items[i].parent.len ||
		    utf8_good(items[i].name) != items[i].name.len)
			return false;
	return true;
}

static void
set_items(
    struct row *row, struct row_room *room, const struct reread_record *record)
{
	const struct event_item *items;
	struct event_item *copy;
	size_t n = event_items(&record->record, record->event.kind, &items);

	if (!n)
		return;
	row->has |= COLUMN_BIT(COLUMN_ITEMS);
	row->item_count = n;
	row->items = items;
	if (items_are_good(items, n))
		return;
	row->items = copy = arena_calloc(&room->arena, n, sizeof(*copy));
	for (size_t i = 0; i < n; i++)
		copy[i] = (struct event_item){
		    .id = well_formed(room, items[i].id),
		    .parent = well_formed(room, items[i].parent),
		    .name = well_formed(room, items[i].name),
		    .size = items[i].size,
		};
}

static void
set_event(
    struct row *row, struct row_room *room, const struct reread_record *record)
{
	const struct event *event = &record->event;

	set_time(row, COLUMN_TIME, &row->time_us, event->time_us);
	set_text(row, room, COLUMN_ID, event->col[EV_ID]);
	set_event_id(row, room, event->family);
	set_text(
	    row, room, COLUMN_KIND, slice_cstr(event_kind_name(event->kind)));
	row->class_uid = event->class_uid;
	row->activity = event->activity;
	row->has |= COLUMN_BIT(COLUMN_CLASS) | COLUMN_BIT(COLUMN_ACTIVITY);
	set_text(row, room, COLUMN_OPERATION, event->col[EV_OPERATION]);
	set_text(row, room, COLUMN_OUTCOME,
	    slice_cstr(event_outcome_name(event->outcome)));
	for (unsigned ev = EV_STATUS_CODE; ev < EV_COLUMNS; ev++)
		set_text(row, room, column_of(ev), event->col[ev]);
	set_items(row, room, record);
}

void
row_read(struct row *row, struct row_room *room, uint64_t index,
    const struct reread_record *record)
{
	arena_reset(&room->arena);
	row->has = COLUMN_BIT(COLUMN_INDEX);
	row->odd = 0;
	row->index = index;
	row->time_us = row->received_us = 0;
	row->class_uid = row->activity = 0;
	row->item_count = 0;
	set_time(row, COLUMN_RECEIVED, &row->received_us, record->received_us);
	set_text(row, room, COLUMN_SOURCE, record->source);
	set_text(row, room, COLUMN_TENANT, record->tenant);
	if (record->erased)
		set_text(row, room, COLUMN_KIND, SLICE(ROW_ERASED));
	if (record->readable)
		set_event(row, room, record);
}

void
row_room_release(struct row_room *room)
{
	arena_release(&room->arena);
	buf_release(&room->event_id);
}

/* --- comparing --- */

static void
add_text(struct buf *out, struct slice s)
{
	uint64_t len = s.len;

	buf_add(out, &len, sizeof(len));
	buf_slice_add(out, s);
}

static void
add_items(struct buf *out, const struct row *row)
{
	uint64_t count = row->item_count;

	buf_add(out, &count, sizeof(count));
	for (size_t i = 0; i < row->item_count; i++) {
		const struct event_item *item = &row->items[i];

		buf_add(out, &item->size, sizeof(item->size));
		add_text(out, item->id);
		add_text(out, item->parent);
		add_text(out, item->name);
	}
}

static void
add_value(struct buf *out, const struct row *row, enum column column)
{
	switch (column) {
	case COLUMN_INDEX:
		buf_add(out, &row->index, sizeof(row->index));
		break;
	case COLUMN_TIME:
		buf_add(out, &row->time_us, sizeof(row->time_us));
		break;
	case COLUMN_RECEIVED:
		buf_add(out, &row->received_us, sizeof(row->received_us));
		break;
	case COLUMN_CLASS:
		buf_add(out, &row->class_uid, sizeof(row->class_uid));
		break;
	case COLUMN_ACTIVITY:
		buf_add(out, &row->activity, sizeof(row->activity));
		break;
	case COLUMN_ITEMS:
		add_items(out, row);
		break;
	default:
		add_text(out, row->text[column]);
	}
}

void
row_bytes(const struct row *row, uint32_t which, struct buf *out)
{
	uint32_t has = row->has & which, odd = row->odd & which;

	buf_add(out, &has, sizeof(has));
	buf_add(out, &odd, sizeof(odd));
	for (unsigned c = 0; c < COLUMNS; c++)
		if (has & COLUMN_BIT(c))
			add_value(out, row, c);
}

enum column
row_differs(const struct row *a, const struct row *b, uint32_t which)
{
	struct buf x = {0}, y = {0};
	unsigned c;

	for (c = 0; c < COLUMNS; c++) {
		if (!(which & COLUMN_BIT(c)))
			continue;
		buf_clear(&x);
		buf_clear(&y);
		row_bytes(a, COLUMN_BIT(c), &x);
		row_bytes(b, COLUMN_BIT(c), &y);
		if (!slice_eq(buf_slice(&x), buf_slice(&y)))
			break;
	}
	buf_release(&x);
	buf_release(&y);
	return c;
}
