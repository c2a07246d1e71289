#include "source/unwrap.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "event/event.h"
#include "text/csv.h"

#define WRAPPER_MEMBERS_MAX 9
#define LIST_COUNT          5

/* The members that may hold a record, the surest first. */
enum name {
	NAME_AUDIT_DATA,
	NAME_AUDIT_DATA_GRAPH,
	NAME_FILEBEAT,
	NAME_ORIGINAL,
	NAME_EVENT, /* its member `original` */
	NAME_RAW,
	NAME_MESSAGE,
	NAME_COUNT,
};

struct unwrap_names {
	struct json_key keys[NAME_COUNT];
	struct json_key lists[LIST_COUNT]; /* members that hold records */
};

void
unwrap_room_init(struct unwrap_room *room)
{
	static const char *const names[NAME_COUNT] = {"AuditData", "auditData",
	    "o365audit", "event.original", "event", "_raw", "message"};
	static const char *const lists[LIST_COUNT] = {
	    "value", "records", "Records", "events", "items"};

	*room = (struct unwrap_room){0};
	room->names = xcalloc(1, sizeof(*room->names));
	for (size_t i = 0; i < NAME_COUNT; i++)
		room->names->keys[i] = json_key_of(slice_cstr(names[i]));
	for (size_t i = 0; i < LIST_COUNT; i++)
		room->names->lists[i] = json_key_of(slice_cstr(lists[i]));
	for (size_t i = 0; i < UNWRAP_MAX; i++)
		room->parsers[i] = json_parser_new();
}

void
unwrap_room_release(struct unwrap_room *room)
{
	for (size_t i = 0; i < UNWRAP_MAX; i++) {
		json_parser_free(room->parsers[i]);
		buf_release(&room->texts[i]);
	}
	json_index_release(&room->index);
	buf_release(&room->why);
	free(room->names);
}

static void
index_root(struct unwrap_room *room, struct json v)
{
	if (!room->indexed)
		room->repeated_keys = json_index_build(&room->index, v);
	room->indexed = false;
}

struct json
unwrap_list(struct unwrap_room *room, struct json v, struct slice *name)
{
	struct json list = {0}, first;

	room->indexed = false;
	index_root(room, v);
	for (size_t i = 0; !list.doc && i < LIST_COUNT; i++) {
		list = json_index_get(&room->index, &room->names->lists[i]);
		*name = room->names->lists[i].name;
	}
	first = json_at(list, 0);
	if (json_type(list) != JSON_ARRAY ||
	    (first.doc && json_type(first) != JSON_OBJECT &&
	        json_type(first) != JSON_STRING) ||
	    room->index.count > WRAPPER_MEMBERS_MAX ||
	    event_recognise(v) != KIND_UNKNOWN) {
		room->indexed = true;
		return (struct json){0};
	}
	return list;
}

/* An object, or a string that begins like one. */
static bool
may_hold(struct json v)
{
	struct slice s = json_str(v);

	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\n' ||
	                    s.ptr[0] == '\r' || s.ptr[0] == '\t'))
		s = slice_skip(s, 1);
	return json_type(v) == JSON_OBJECT || (s.len && s.ptr[0] == '{');
}

static bool
is_empty(struct json v)
{
	return json_type(v) == JSON_NULL ||
	       (json_type(v) == JSON_STRING && !json_str(v).len);
}

/*
 * The member that holds the record, and its name; absent if v is no envelope.
 * *empty is set when v is one and holds nothing.
 */
static struct json
held_in(
    const struct unwrap_room *room, struct json v, enum name *name, bool *empty)
{
	const struct unwrap_names *names = room->names;
	struct json held;

	*empty = false;
	*name = NAME_AUDIT_DATA;
	if (json_type(v) == JSON_STRING)
		return may_hold(v) ? v : (struct json){0};
	for (size_t i = 0; i < NAME_COUNT; i++) {
		*name = (enum name)i;
		held = json_index_get(&room->index, &names->keys[i]);
		if (i == NAME_EVENT)
			held = JSON_GET(held, "original");
		if (may_hold(held))
			return held;
		*empty = i == NAME_AUDIT_DATA && held.doc && is_empty(held);
		if (*empty)
			break;
	}
	return (struct json){0};
}

/* Parses what a string holds; NULL, or why it cannot be. */
static const char *
open_string(struct unwrap_room *room, size_t depth, struct json *held)
{
	struct buf *text = &room->texts[depth];
	enum json_result result;
	const char *why;

	buf_clear(text);
	buf_slice_add(text, json_str(*held));
	memset(buf_reserve(text, JSON_PADDING), 0, JSON_PADDING);
	result = json_parse(room->parsers[depth], buf_slice(text), held, &why);
	room->repaired |= result == JSON_REPAIRED;
	if (result != JSON_BAD)
		return NULL;
	buf_clear(&room->why);
	buf_printf(&room->why, "the record held inside: %s", why);
	buf_char(&room->why, '\0');
	return room->why.ptr;
}

const char *
unwrap_envelope(struct unwrap_room *room, struct json *v)
{
	room->repaired = false;
	for (size_t i = 0; i < UNWRAP_MAX; i++) {
		const char *why;
		bool empty;
		enum name name;
		struct json held;

		index_root(room, *v);
		held = held_in(room, *v, &name, &empty);
		if (!held.doc && !empty)
			break;
		/*
		 * A record that is known as it stands is nobody's envelope,
		 * whatever its `message` holds.  What Purview and its tools
		 * put around a record may look like one itself.
		 */
		if ((i || name >= NAME_ORIGINAL) &&
		    event_recognise(*v) != KIND_UNKNOWN)
			return NULL;
		if (empty)
			return "AuditData is empty";
		if (json_type(held) == JSON_STRING) {
			why = open_string(room, i, &held);
			if (why)
				return why;
		}
		*v = held;
		if (i + 1 == UNWRAP_MAX)
			index_root(room, *v);
	}
	return json_type(*v) == JSON_OBJECT ? NULL : "not a JSON object";
}

static const char *
row_object(const struct csv_header *header, struct slice row,
    struct arena *arena, struct buf *out)
{
	struct csv_walk walk = csv_begin(row, header->separator);
	struct slice cell;
	struct buf text = {0};
	const char *why = NULL;
	bool quoted;
	size_t i;

	buf_char(out, '{');
	for (i = 0; csv_next(&walk, &cell, &quoted); i++) {
		if (i >= header->count || !cell.len || !header->names[i].len)
			continue;
		buf_clear(&text);
		csv_text(&text, cell, quoted);
		if (out->ptr[out->len - 1] != '{')
			buf_char(out, ',');
		json_add_str(out, header->names[i]);
		buf_char(out, ':');
		json_add_str(out, buf_slice(&text));
	}
	buf_char(out, '}');
	if (i > header->count)
		why = arena_printf(arena,
		    "the row has %zu cells, the header has %zu", i,
		    header->count)
		          .ptr;
	buf_release(&text);
	return why;
}

const char *
unwrap_row(const struct csv_header *header, struct slice row,
    struct arena *arena, struct buf *out)
{
	struct csv_walk walk = csv_begin(row, header->separator);
	struct slice cell = {0}, name;
	bool quoted = false, there = false;

	for (size_t i = 0; i <= header->envelope; i++)
		there = csv_next(&walk, &cell, &quoted);
	if (header->envelope == header->count)
		return row_object(header, row, arena, out);
	name = header->names[header->envelope];
	if (there && cell.len && cell.ptr[0] == '{') {
		csv_text(out, cell, quoted);
		return NULL;
	}
	/* AuditData holds the record or nothing does; other names may not. */
	if (name.len != 9)
		return row_object(header, row, arena, out);
	if (!there)
		return "the row ends before AuditData";
	return cell.len ? "AuditData holds no JSON object"
	                : "AuditData is empty";
}
