#include "reference_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void
add(struct judge *judge, struct values *values, struct value value)
{
	if (values->count == values->size) {
		struct value *list;

		values->size = values->size ? values->size * 2 : 8;
		list = arena_calloc(&judge->arena, values->size, sizeof(*list));
		if (values->count)
			memcpy(
			    list, values->list, values->count * sizeof(*list));
		values->list = list;
	}
	values->list[values->count++] = value;
}

static void
add_text(struct judge *judge, struct values *values, struct slice text)
{
	values->present = true;
	add(judge, values, (struct value){.type = JSON_STRING, .text = text});
}

static struct slice
scalar(struct judge *judge, struct json v)
{
	return json_scalar(v, arena_alloc(&judge->arena, JSON_SCALAR_MAX));
}

/* --- JSON within texts --- */

static enum json_result
parse(struct judge *judge, struct slice text, struct json *out)
{
	char *copy = arena_alloc(&judge->arena, text.len + JSON_PADDING);

	if (judge->parser_count == judge->parser_size) {
		size_t size = judge->parser_size + 1;

		judge->parsers = xrealloc((void *)judge->parsers,
		    /* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers */
		    size * sizeof(*judge->parsers));
		judge->parsers[judge->parser_size++] = json_parser_new();
	}
	memcpy(copy, text.ptr, text.len);
	memset(copy + text.len, 0, JSON_PADDING);
	return json_parse(judge->parsers[judge->parser_count++],
	    slice_of(copy, text.len), out, NULL);
}

/* --- at the end of the way --- */

static void
take(struct judge *judge, struct values *values, struct json v)
{
	struct value value = {.type = json_type(v), .json = v};
	struct json_iter it = json_iter(v);
	struct slice text = json_str(v);
	struct buf json = {0};
	struct json inner;

	values->present = true;
	switch (value.type) {
	case JSON_NULL:
		values->null = true;
		return;
	case JSON_ARRAY:
		while (json_next(&it, NULL, &inner))
			take(judge, values, inner);
		return;
	case JSON_OBJECT:
		json_write(&json, v);
		value.text = arena_copy(&judge->arena, buf_slice(&json));
		buf_release(&json);
		add(judge, values, value);
		return;
	case JSON_STRING:
		add_text(judge, values, text);
		/* A text that is a JSON string is also what that says. */
		if (judge->event->kind != KIND_UNKNOWN && text.len > 1 &&
		    text.ptr[0] == '"' && text.ptr[text.len - 1] == '"' &&
		    parse(judge, text, &inner) == JSON_OK &&
		    json_type(inner) == JSON_STRING)
			add_text(judge, values, json_str(inner));
		return;
	default:
		value.text = scalar(judge, v);
		add(judge, values, value);
	}
}

/* --- on the way --- */

/* The length of the array access that the path starts with, or 0. */
static size_t
access_len(struct slice path)
{
	const char *end = path.len ? memchr(path.ptr, ']', path.len) : NULL;
	const char *equals;
	size_t n;

	if (!end || path.ptr[0] != '[')
		return 0;
	n = (size_t)(end - path.ptr) + 1;
	if (n < path.len && !memchr(".[", path.ptr[n], 2))
		return 0;
	if (n == 3 && path.ptr[1] == '*')
		return n;
	equals = memchr(path.ptr, '=', n);
	return equals && equals > path.ptr + 1 && equals + 1 < end ? n : 0;
}

/* How far names go, with dots between them: to an access or the end. */
static size_t
names_len(struct slice path)
{
	size_t n = 0;

	while (n < path.len && !access_len(slice_skip(path, n)))
		n++;
	return n;
}

/*
 * What is left of the path behind n bytes and a dot.  At the path's end there
 * is nothing, NULL; behind a dot at its end there is a name without letters.
 */
static struct slice
behind(struct slice path, size_t n)
{
	if (n == path.len)
		return (struct slice){0};
	path = slice_skip(path, n);
	return path.ptr[0] == '.' ? slice_skip(path, 1) : path;
}

static void walk(struct judge *judge, struct values *values, struct json v,
    struct slice path);

/* The member with the longest name that the path starts with. */
static void
walk_names(struct judge *judge, struct values *values, struct json v,
    struct slice path)
{
	size_t names = names_len(path), longest = 0;
	struct json_iter it = json_iter(v);
	struct json member, best = {0};
	struct slice key;

	/* The dot between a name and an access is neither's. */
	if (names && names < path.len && path.ptr[names - 1] == '.')
		names--;
	while (json_next(&it, &key, &member)) {
		if (key.len > names || memcmp(key.ptr, path.ptr, key.len) != 0)
			continue;
		if (key.len < names && path.ptr[key.len] != '.')
			continue;
		if (json_present(best) && key.len <= longest)
			continue;
		best = member;
		longest = key.len;
	}
	if (json_present(best))
		walk(judge, values, best, behind(path, longest));
}

/* [name=value] of an object, whose names may also be the values. */
static void
walk_named(struct judge *judge, struct values *values, struct json v,
    struct slice access, struct slice rest)
{
	struct slice wanted = slice_of(access.ptr + 1, access.len - 2);
	struct slice name = slice_cut(&wanted, '=');
	struct json_iter it = json_iter(v);
	struct json member = json_get(v, name);
	struct slice key;

	wanted = text_folded(judge, wanted);
	if (json_present(member) &&
	    slice_eq(text_folded(judge, scalar(judge, member)), wanted)) {
		walk(judge, values, v, rest);
		return;
	}
	while (json_next(&it, &key, &member)) {
		if (!slice_eq(text_folded(judge, key), wanted))
			continue;
		/* What is no object stands for its next name. */
		if (json_type(member) != JSON_OBJECT) {
			size_t n = 0, names = names_len(rest);

			while (n < names && rest.ptr[n] != '.')
				n++;
			rest = behind(rest, n);
		}
		walk(judge, values, member, rest);
		return;
	}
}

static void
walk(struct judge *judge, struct values *values, struct json v,
    struct slice path)
{
	size_t access;
	struct slice rest;
	bool all;
	enum json_type type = json_type(v);
	struct json_iter it = json_iter(v);
	struct slice text = json_str(v);
	struct json inner;

	if (!path.ptr) {
		take(judge, values, v);
		return;
	}
	access = access_len(path);
	rest = behind(path, access);
	all = access == 3 && path.ptr[1] == '*';
	if (type == JSON_STRING) {
		while (text.len && memchr(" \t\r\n", text.ptr[0], 4))
			text = slice_skip(text, 1);
		if (text.len && memchr("{[", text.ptr[0], 2) &&
		    parse(judge, text, &inner) != JSON_BAD)
			walk(judge, values, inner, path);
	} else if (type == JSON_ARRAY) {
		while (json_next(&it, NULL, &inner))
			walk(judge, values, inner, all ? rest : path);
	} else if (type == JSON_OBJECT && all) {
		walk(judge, values, v, rest);
	} else if (type == JSON_OBJECT && access) {
		walk_named(judge, values, v, slice_of(path.ptr, access), rest);
	} else if (type == JSON_OBJECT) {
		walk_names(judge, values, v, path);
	}
}

/* --- what is no path --- */

static void
take_keywords(struct judge *judge, struct values *values, struct json v)
{
	struct json_iter it = json_iter(v);
	struct json inner;

	while (json_next(&it, NULL, &inner)) {
		enum json_type type = json_type(inner);

		if (type == JSON_OBJECT || type == JSON_ARRAY)
			take_keywords(judge, values, inner);
		else if (type != JSON_NULL)
			add(judge, values,
			    (struct value){type, inner, scalar(judge, inner)});
	}
}

/* A column of the event; false if there is none of that name. */
static bool
column(const struct event *event, struct slice name, struct slice *text)
{
	if (slice_eq(name, SLICE("kind"))) {
		*text = slice_cstr(event_kind_name(event->kind));
		return true;
	}
	if (slice_eq(name, SLICE("outcome"))) {
		*text = slice_cstr(event_outcome_name(event->outcome));
		return true;
	}
	if (slice_eq(name, SLICE("operation_plain"))) {
		*text = event->col[EV_OPERATION];
		while (text->len && memchr(". ", text->ptr[text->len - 1], 2))
			text->len--;
		return true;
	}
	for (size_t i = 0; i < EV_COLUMNS; i++) {
		const char *other = event_column_name((enum event_column)i);

		if (!slice_eq(name, slice_cstr(other)))
			continue;
		*text = event->col[i];
		return true;
	}
	return false;
}

/* At most 32 names and accesses in a path. */
static bool
is_too_long(struct slice path)
{
	size_t steps = 0;

	do {
		size_t n = access_len(path), names = names_len(path);

		if (!n)
			while (n < names && path.ptr[n] != '.')
				n++;
		path = behind(path, n);
		steps++;
	} while (path.ptr);
	return steps > 32;
}

struct values
field_values(struct judge *judge, struct slice name)
{
	struct values values = {0};
	struct slice text;

	if (!name.len) {
		take_keywords(judge, &values, judge->record);
	} else if (name.len >= 5 && !memcmp(name.ptr, "firn.", 5)) {
		if (!column(judge->event, slice_skip(name, 5), &text))
			judge->mistake = true;
		else if (text.len)
			add_text(judge, &values, text);
	} else if (is_too_long(name)) {
		judge->mistake = true;
	} else {
		walk(judge, &values, judge->record, name);
	}
	return values;
}
