#include "incident/state.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "coverage/delivered.h"
#include "incident/change.h"
#include "incident/intruder.h"
#include "incident/state_part.h"

#define TAIL_MAX 4096 /* rows that may stand unsorted behind the others */

struct state *
state_new(void)
{
	return xcalloc(1, sizeof(struct state));
}

void
state_free(struct state *state)
{
	if (!state)
		return;
	arena_release(&state->arena);
	arena_release(&state->answers);
	free(state->rows);
	free(state->lists);
	free(state->deliveries);
	free(state);
}

/* --- rows --- */

static int
key_order(const struct state_row *a, const struct state_row *b)
{
	int order = (a->way.way > b->way.way) - (a->way.way < b->way.way);

	if (!order)
		order = slice_order(a->way.object, b->way.object);
	if (!order)
		order = slice_order(a->way.place, b->way.place);
	return order ? order : slice_order(a->tenant, b->tenant);
}

int
state_row_order(const void *a, const void *b)
{
	const struct state_row *x = a, *y = b;
	int order = key_order(x, y);

	/* Of one thing the newest first. */
	if (!order)
		order = (x->way.seen_us < y->way.seen_us) -
		        (x->way.seen_us > y->way.seen_us);
	return order ? order
	             : (x->way.index < y->way.index) -
	                   (x->way.index > y->way.index);
}

static void
sift(struct state *state)
{
	size_t kept = 0;

	if (!state->count)
		return;
	qsort(state->rows, state->count, sizeof(*state->rows), state_row_order);
	for (size_t i = 1; i < state->count; i++)
		if (key_order(&state->rows[kept], &state->rows[i]))
			state->rows[++kept] = state->rows[i];
	state->count = state->sorted = kept + 1;
}

/* The first of the sorted that is not before this key. */
static size_t
bound(const struct state *state, const struct state_row *key)
{
	size_t low = 0, high = state->sorted;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (key_order(&state->rows[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
copy_texts(struct arena *arena, struct state_row *row)
{
	row->way.object = arena_copy(arena, row->way.object);
	row->way.name = arena_copy(arena, row->way.name);
	row->way.holder = way_lower(row->way.holder, arena);
	row->way.place = arena_copy(arena, row->way.place);
	row->way.detail = arena_copy(arena, row->way.detail);
	row->way.to = arena_copy(arena, row->way.to);
}

static void
see(struct state_item *item, const struct state_way *way, bool also)
{
	struct state *state = item->state;
	const struct state_list *list = &state->lists[item->list];
	struct state_row row = {.way = *way,
	    .list = item->list,
	    .tenant = list->tenant,
	    .also = also};
	size_t at;

	if (!way->object.len)
		return;
	row.way.object = way_lower(way->object, &state->answers);
	row.way.seen_us = list->read_us;
	row.way.index = item->record->index;
	row.way.where = list->where;
	at = bound(state, &row);
	if (at < state->sorted && !key_order(&state->rows[at], &row) &&
	    slice_eq(state->rows[at].way.detail, way->detail) &&
	    state->rows[at].way.made_us == way->made_us) {
		if (state_row_order(&row, &state->rows[at]) >= 0)
			return;
		state->rows[at].list = row.list;
		state->rows[at].way.seen_us = row.way.seen_us;
		state->rows[at].way.index = row.way.index;
		state->rows[at].way.where = row.way.where;
		return;
	}
	if (state->count == state->room) {
		state->room = 2 * state->room + 256;
		state->rows =
		    xrealloc(state->rows, state->room * sizeof(*state->rows));
	}
	copy_texts(&state->arena, &row);
	state->rows[state->count++] = row;
	if (state->count - state->sorted > TAIL_MAX + state->sorted / 2)
		sift(state);
}

void
state_see(struct state_item *item, const struct state_way *way)
{
	see(item, way, false);
}

void
state_see_also(
    struct state_item *item, const struct state_way *way, struct slice object)
{
	struct state_way other = *way;

	other.object = object;
	if (!slice_eq(way_lower(object, &item->state->answers),
	        way_lower(way->object, &item->state->answers)))
		see(item, &other, true);
}

void
state_see_rule(
    struct state_item *item, const struct state_way *way, struct slice id)
{
	struct state *state = item->state;
	struct slice place = way_alias(way->place, &state->answers);
	struct state_way rule = *way;

	rule.object = state_join(state, place, way->name.len ? way->name : id);
	state_see(item, &rule);
	state_see_also(item, &rule, state_join(state, place, id));
}

void
state_covers(struct state_item *item, struct slice what)
{
	struct state *state = item->state;
	struct slice stream = state->lists[item->list].stream;

	what = way_alias(what, &state->answers);
	state_see(item, &(struct state_way){.way = (enum way)ROW_COVERS,
	                    .object = state_join(state, stream, what),
	                    .made_us = EVENT_NO_TIME});
}

/* --- members --- */

struct slice
state_join(struct state *state, struct slice a, struct slice b)
{
	struct buf text = {0};
	struct slice joined;

	if (!a.len || !b.len)
		return SLICE("");
	buf_slice_add(&text, a);
	buf_char(&text, ':');
	buf_slice_add(&text, b);
	joined = arena_copy(&state->answers, buf_slice(&text));
	buf_release(&text);
	return joined;
}

/* The text of a value, or of the first member of it that says who it is. */
static struct slice
one_text(struct state *state, struct json v)
{
	static const char *const names[] = {"address", "emailAddress",
	    "PrimarySmtpAddress", "UserPrincipalName", "Name", "name", "id"};
	char room[JSON_SCALAR_MAX];

	for (int depth = 0; json_type(v) == JSON_OBJECT && depth < 3; depth++) {
		struct json inner = {0};

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) &&
		                   !json_present(inner);
		     i++)
			inner = json_get(v, slice_cstr(names[i]));
		v = inner;
	}
	return arena_copy(&state->answers, json_scalar(v, room));
}

struct slice
state_text(struct state *state, struct json root, const char *name)
{
	struct json v = json_get(root, slice_cstr(name)), entry;
	struct json_iter it = json_iter(v);
	struct buf text = {0};
	struct slice all;

	if (json_type(v) != JSON_ARRAY)
		return one_text(state, v);
	while (json_next(&it, NULL, &entry)) {
		struct slice one = one_text(state, entry);

		if (text.len && one.len)
			buf_str(&text, ", ");
		buf_slice_add(&text, one);
	}
	all = arena_copy(&state->answers, buf_slice(&text));
	buf_release(&text);
	return all;
}

int64_t
state_time(struct json root, const char *name)
{
	int64_t time_us;

	return time_parse(json_str(json_get(root, slice_cstr(name))), &time_us)
	           ? time_us
	           : EVENT_NO_TIME;
}

/* --- lists and deliveries --- */

static uint32_t
list_add(struct state *state, const struct state_list *list)
{
	struct arena *arena = &state->arena;
	struct state_list *added;

	if (state->list_count == state->list_room) {
		state->list_room = 2 * state->list_room + 16;
		state->lists = xrealloc(
		    state->lists, state->list_room * sizeof(*state->lists));
	}
	added = &state->lists[state->list_count];
	*added = *list;
	added->stream = arena_copy(arena, list->stream);
	added->tenant = arena_copy(arena, list->tenant);
	added->source = arena_copy(arena, list->source);
	added->day = arena_copy(arena, list->day);
	added->of = arena_copy(arena, list->of);
	added->where = list->export ? arena_printf(arena, "export " SLICE_FMT,
	                                  SLICE_ARG(list->stream))
	                            : added->stream;
	return (uint32_t)state->list_count++;
}

/* All pages of a day are one list; the newest stand at the end. */
static uint32_t
list_of_day(struct state *state, const struct state_list *list)
{
	for (size_t i = state->list_count; i > 0; i--) {
		const struct state_list *known = &state->lists[i - 1];

		if (!known->export && slice_eq(known->stream, list->stream) &&
		    slice_eq(known->source, list->source) &&
		    slice_eq(known->day, list->day) &&
		    slice_eq(known->of, list->of) &&
		    slice_eq(known->tenant, list->tenant))
			return (uint32_t)(i - 1);
	}
	return list_add(state, list);
}

static void
delivery_add(struct state *state, const struct state_delivery *delivery)
{
	if (state->delivery_count == state->delivery_room) {
		state->delivery_room = 2 * state->delivery_room + 16;
		state->deliveries = xrealloc(state->deliveries,
		    state->delivery_room * sizeof(*state->deliveries));
	}
	state->deliveries[state->delivery_count++] = *delivery;
}

static struct state_delivery *
delivery_find(struct state *state, uint64_t index)
{
	size_t low = 0, high = state->delivery_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (state->deliveries[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < state->delivery_count &&
	               state->deliveries[low].index == index
	           ? &state->deliveries[low]
	           : NULL;
}

static bool
begins(struct slice s, struct slice with)
{
	return s.len >= with.len && slice_eq(slice_of(s.ptr, with.len), with);
}

/* A delivery of the state, or of a file, which may be an export. */
static void
take_opened(struct state *state, const struct state_record *record)
{
	struct json v = record->root;
	struct slice stream = json_str(JSON_GET(v, "stream"));
	bool file = slice_eq(json_str(JSON_GET(v, "by")), SLICE("file"));
	struct state_delivery delivery = {.index = record->index,
	    .list = NO_LIST,
	    .cmdlet = state_export_of(
	        (struct json){0}, json_str(JSON_GET(v, "header")))};
	struct state_list list = {.stream = stream,
	    .tenant = json_str(JSON_GET(v, "tenant")),
	    .source = json_str(JSON_GET(v, "source")),
	    .day = json_str(JSON_GET(v, "day")),
	    .of = json_str(JSON_GET(v, "of"))};
	struct state_item item = {state, record, 0};

	if (!file && !begins(stream, SLICE("state.")))
		return;
	if (!time_parse(
	        json_str(file ? JSON_GET(v, "modified") : JSON_GET(v, "asked")),
	        &delivery.read_us))
		delivery.read_us = record->received_us;
	if (!file) {
		list.read_us = delivery.read_us;
		delivery.list = list_of_day(state, &list);
		item.list = delivery.list;
		state_covers(&item, list.of);
	}
	delivery_add(state, &delivery);
}

/* An export is whole when its delivery is, and nothing of it was left out. */
static void
take_delivered(struct state *state, const struct state_record *record)
{
	struct json v = record->root;
	struct state_delivery *delivery;
	int64_t index, unreadable = 0, not_kept = 0;

	if (!json_to_i64(JSON_GET(v, "delivery"), &index) || index < 0)
		return;
	delivery = delivery_find(state, (uint64_t)index);
	(void)json_to_i64(JSON_GET(v, "unreadable"), &unreadable);
	(void)json_to_i64(JSON_GET(v, "not_kept"), &not_kept);
	if (delivery && delivery->list != NO_LIST &&
	    state->lists[delivery->list].export)
		state->lists[delivery->list].whole = !unreadable && !not_kept;
}

/* Then all lists of that day that can be read are there. */
static void
take_clock(struct state *state, const struct state_record *record)
{
	struct clocked clocked;

	if (!clocked_read(record->root, &clocked) ||
	    !slice_eq(clocked.stream, SLICE("state")))
		return;
	for (size_t i = state->list_count; i > 0; i--) {
		struct state_list *list = &state->lists[i - 1];

		if (!list->export && slice_eq(list->source, clocked.source) &&
		    slice_eq(list->day, clocked.next))
			list->whole = true;
	}
}

static void
take_export(struct state *state, const struct state_record *record)
{
	struct state_delivery *delivery =
	    delivery_find(state, record->delivery);
	struct slice cmdlet = delivery && delivery->cmdlet.len
	                          ? delivery->cmdlet
	                          : state_export_of(record->root, SLICE(""));
	struct state_list list = {.stream = cmdlet,
	    .tenant = record->tenant,
	    .delivery = record->delivery,
	    .read_us = delivery ? delivery->read_us : record->received_us,
	    .export = true};
	struct state_item item = {state, record, NO_LIST};

	if (!cmdlet.len)
		return;
	for (size_t i = state->list_count; i > 0 && item.list == NO_LIST; i--)
		if (state->lists[i - 1].export &&
		    state->lists[i - 1].delivery == record->delivery &&
		    slice_eq(state->lists[i - 1].stream, cmdlet))
			item.list = (uint32_t)(i - 1);
	if (item.list == NO_LIST)
		item.list = list_add(state, &list);
	if (delivery)
		delivery->list = item.list;
	state_export(&item, cmdlet);
}

static void
take_graph(struct state *state, const struct state_record *record)
{
	static const struct slice begin = SLICE_INIT("graph/");
	struct slice stream = slice_skip(record->source, begin.len);
	const struct state_delivery *delivery =
	    delivery_find(state, record->delivery);
	struct state_list list = {.stream = stream,
	    .tenant = record->tenant,
	    .read_us = record->received_us,
	    .delivery = record->delivery};
	struct state_item item = {state, record, 0};

	item.list = delivery && delivery->list != NO_LIST
	                ? delivery->list
	                : list_of_day(state, &list);
	state_graph(&item, stream);
}

void
state_take(struct state *state, const struct state_record *record)
{
	struct slice source = record->source;

	arena_reset(&state->answers);
	if (slice_eq(source, SLICE("firn/delivery")))
		take_opened(state, record);
	else if (slice_eq(source, SLICE("firn/delivered")))
		take_delivered(state, record);
	else if (slice_eq(source, SLICE("firn/clock")))
		take_clock(state, record);
	else if (begins(source, SLICE("graph/state.")))
		take_graph(state, record);
	else if (!begins(source, SLICE("firn/")))
		take_export(state, record);
}
