#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "rule/match.h"
#include "rule/matcher.h"

/* Arrays in arrays, and strings in strings, at most. */
#define DEPTH_MAX 64

struct search {
	struct matcher *matcher;
	const struct field *field;
	struct found *found;
};

static struct value *
add_value(struct matcher *matcher, struct found *found)
{
	struct value *value;

	if (matcher->value_count == matcher->value_size) {
		matcher->value_size =
		    matcher->value_size ? matcher->value_size * 2 : 256;
		matcher->values = xrealloc(matcher->values,
		    matcher->value_size * sizeof(*matcher->values));
	}
	value = &matcher->values[matcher->value_count++];
	found->count++;
	return value;
}

/* --- JSON within strings --- */

/*
 * What a string holds; absent if that is read worse than `worst`, or one string
 * too many.
 */
static struct json
open_string(struct matcher *matcher, struct json string, enum json_result worst)
{
	struct slice text = json_str(string);
	struct json root = {0};
	struct opened *opened;
	char *copy;

	for (size_t i = 0; i < matcher->opened_count; i++) {
		opened = &matcher->opened[i];
		if (opened->string.doc == string.doc &&
		    opened->string.at == string.at)
			return opened->root;
	}
	if (matcher->opened_count == OPENED_MAX) {
		matcher->lookup_limited++;
		return root;
	}
	if (!matcher->parsers[matcher->opened_count])
		matcher->parsers[matcher->opened_count] = json_parser_new();
	buf_clear(&matcher->buf);
	copy = buf_reserve(&matcher->buf, text.len + JSON_PADDING);
	memcpy(copy, text.ptr, text.len);
	memset(copy + text.len, 0, JSON_PADDING);
	if (json_parse(matcher->parsers[matcher->opened_count],
	        slice_of(copy, text.len), &root, NULL) > worst)
		root = (struct json){0};
	matcher->opened[matcher->opened_count++] =
	    (struct opened){string, root};
	return root;
}

/* The object or array that a string holds; absent if it holds none. */
static struct json
open_container(struct matcher *matcher, struct json string)
{
	struct slice text = json_str(string);
	size_t blank = 0;

	while (blank < text.len && memchr(" \t\r\n", text.ptr[blank], 4))
		blank++;
	if (blank == text.len || !memchr("{[", text.ptr[blank], 2))
		return (struct json){0};
	return open_string(matcher, string, JSON_REPAIRED);
}

/*
 * Whether a string is itself a JSON string, quotes and all, as the directory
 * writes a property's value; *inside is then what it says.
 */
static bool
open_literal(struct matcher *matcher, struct json string, struct slice *inside)
{
	struct slice text = json_str(string);
	struct json root;
	bool plain = true;

	if (text.len < 2 || text.ptr[0] != '"' || text.ptr[text.len - 1] != '"')
		return false;
	*inside = slice_of(text.ptr + 1, text.len - 2);
	for (size_t i = 0; i < inside->len; i++) {
		unsigned char c = (unsigned char)inside->ptr[i];

		if (c == '"' && plain)
			return false;
		plain &= c != '\\' && c >= 0x20;
	}
	if (plain)
		return true;
	/* A text with escapes that JSON has not is none. */
	root = open_string(matcher, string, JSON_OK);
	*inside = json_str(root);
	return json_type(root) == JSON_STRING;
}

/* --- what stands at the end of a path --- */

static void
take_text(struct search *search, struct slice text)
{
	search->found->present = true;
	*add_value(search->matcher, search->found) =
	    (struct value){.type = JSON_STRING, .has_text = true, .text = text};
}

static void
take_string(struct search *search, struct json v)
{
	struct slice inside;

	take_text(search, json_str(v));
	/* Records of no known kind, as command lines, have quotes for others.
	 */
	if (search->matcher->event->kind != KIND_UNKNOWN &&
	    open_literal(search->matcher, v, &inside))
		take_text(search, inside);
}

static void
take(struct search *search, struct json v, unsigned depth)
{
	enum json_type type = json_type(v);

	search->found->present = true;
	if (type == JSON_NULL) {
		search->found->null = true;
	} else if (type == JSON_ARRAY) {
		struct json_iter it = json_iter(v);

		search->matcher->lookup_limited += depth == DEPTH_MAX;
		while (depth < DEPTH_MAX && json_next(&it, NULL, &v))
			take(search, v, depth + 1);
	} else if (type == JSON_STRING) {
		take_string(search, v);
	} else {
		*add_value(search->matcher, search->found) =
		    (struct value){.type = type, .json = v};
	}
}

/* --- on the way --- */

/* Whether s, folded, is `folded`. */
static bool
folds_to(struct matcher *matcher, struct slice s, struct slice folded)
{
	char *out;

	/* Latin letters, the usual case, need no copy. */
	for (size_t i = 0; i < s.len && i < folded.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c >= 0x80)
			break;
		c = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
		if (c != (unsigned char)folded.ptr[i])
			return false;
		if (i + 1 == s.len && s.len == folded.len)
			return true;
	}
	/* Folding at most makes a third or one and a half of it. */
	if (s.len > folded.len * 3 || folded.len > fold_room(s.len))
		return false;
	buf_clear(&matcher->buf);
	out = buf_reserve(&matcher->buf, fold_room(s.len));
	return slice_eq(slice_of(out, fold_bytes(s, out)), folded);
}

/*
 * The member whose name is the longest row of the path's next names; *names
 * of them.
 */
static struct json
next_member(struct json object, const struct step *step, size_t *names)
{
	struct json_iter it = json_iter(object);
	struct slice path = step->joined, key;
	struct json v, best = {0};
	size_t best_len = 0;

	while (json_next(&it, &key, &v)) {
		if (key.len > path.len ||
		    (json_present(best) && key.len <= best_len) ||
		    memcmp(key.ptr, path.ptr, key.len) != 0 ||
		    (key.len < path.len && path.ptr[key.len] != '.'))
			continue;
		best = v;
		best_len = key.len;
	}
	*names = 1;
	for (size_t i = 0; i < best_len; i++)
		*names += path.ptr[i] == '.';
	return best;
}

static void
walk(struct search *search, struct json v, size_t at, unsigned depth);

/*
 * [name=value] of an object: it goes on with the object if its member `name`
 * is the value.  A list of named things is also written as one object, the
 * names as keys: then with the member called `value`, which stands for the
 * next name of the path if it is no object.
 */
static void
walk_filter(struct search *search, struct json v, size_t at, unsigned depth)
{
	const struct step *step = &search->field->steps[at];
	char room[JSON_SCALAR_MAX];
	struct json_iter it = json_iter(v);
	struct json member = json_get(v, step->name);
	struct slice key;

	if (json_present(member) &&
	    folds_to(search->matcher, json_scalar(member, room), step->value)) {
		walk(search, v, at + 1, depth);
		return;
	}
	while (json_next(&it, &key, &member)) {
		if (!folds_to(search->matcher, key, step->value))
			continue;
		if (json_type(member) != JSON_OBJECT &&
		    at + 1 < search->field->step_count &&
		    step[1].type == STEP_NAME)
			at++;
		walk(search, member, at + 1, depth);
		return;
	}
}

static void
walk(struct search *search, struct json v, size_t at, unsigned depth)
{
	const struct step *step = &search->field->steps[at];
	enum json_type type = json_type(v);
	struct json_iter it;
	size_t names;

	if (at == search->field->step_count) {
		take(search, v, 0);
		return;
	}
	if (depth == DEPTH_MAX) {
		search->matcher->lookup_limited++;
		return;
	}
	if (type == JSON_STRING) {
		v = open_container(search->matcher, v);
		if (json_present(v))
			walk(search, v, at, depth + 1);
	} else if (type == JSON_ARRAY) {
		at += step->type == STEP_ALL;
		for (it = json_iter(v); json_next(&it, NULL, &v);)
			walk(search, v, at, depth + 1);
	} else if (type == JSON_OBJECT && step->type == STEP_NAME) {
		v = next_member(v, step, &names);
		if (json_present(v))
			walk(search, v, at + names, depth + 1);
	} else if (type == JSON_OBJECT && step->type == STEP_FILTER) {
		walk_filter(search, v, at, depth + 1);
	} else if (type == JSON_OBJECT) {
		walk(search, v, at + 1, depth + 1);
	}
}

static void
walk_root(struct search *search)
{
	const struct field *field = search->field;
	struct matcher *matcher = search->matcher;

	for (size_t i = 0; i < field->key_count; i++) {
		struct json v = json_index_get(matcher->index, &field->keys[i]);

		if (!json_present(v))
			continue;
		walk(search, v, field->key_count - i, 0);
		return;
	}
	if (!field->key_count)
		walk(search, matcher->record->root, 0, 0);
}

/* --- other fields --- */

/* simdjson's own limit of depth bounds the recursion. */
static void
take_scalars(struct search *search, struct json v)
{
	struct json_iter it = json_iter(v);
	struct json child;

	while (json_next(&it, NULL, &child)) {
		enum json_type type = json_type(child);

		if (type == JSON_OBJECT || type == JSON_ARRAY)
			take_scalars(search, child);
		else if (type == JSON_STRING)
			take_text(search, json_str(child));
		else if (type != JSON_NULL)
			take(search, child, 0);
	}
}

static void
take_column(struct search *search, struct slice text)
{
	if (text.len)
		take_text(search, text);
}

static void
take_fact(struct search *search, struct fact fact)
{
	if (fact.state == FACT_KNOWN)
		take_text(search, fact.value);
	search->found->unknown_fact = fact.state == FACT_UNKNOWN;
}

/* "Add user." in one log is "Add user" in another. */
static struct slice
plain_operation(struct slice text)
{
	while (text.len && memchr(". ", text.ptr[text.len - 1], 2))
		text.len--;
	return text;
}

const struct found *
resolve_member(struct matcher *matcher, uint32_t number, struct json member)
{
	struct found *found = &matcher->found[number];
	struct search search = {
	    matcher, &matcher->rules->fields.list[number], found};
	uint64_t limited = matcher->lookup_limited;

	if (found->epoch == matcher->epoch)
		return found;
	*found = (struct found){
	    .epoch = matcher->epoch, .first = (uint32_t)matcher->value_count};
	walk(&search, member, 1, 0);
	found->unknown = matcher->lookup_limited != limited;
	return found;
}

const struct found *
resolve(struct matcher *matcher, uint32_t number)
{
	const struct field *field = &matcher->rules->fields.list[number];
	struct found *found = &matcher->found[number];
	const struct event *event = matcher->event;
	struct search search = {matcher, field, found};
	uint64_t limited = matcher->lookup_limited;

	if (found->epoch == matcher->epoch)
		return found;
	*found = (struct found){
	    .epoch = matcher->epoch, .first = (uint32_t)matcher->value_count};
	switch (field->type) {
	case FIELD_PATH:
		walk_root(&search);
		break;
	case FIELD_KEYWORDS:
		take_scalars(&search, matcher->record->root);
		break;
	case FIELD_COLUMN:
		take_column(&search, event->col[field->column]);
		break;
	case FIELD_FACT:
		take_fact(&search, event_fact(event, field->fact));
		break;
	case FIELD_OPERATION_PLAIN:
		take_column(&search, plain_operation(event->col[EV_OPERATION]));
		break;
	case FIELD_KIND:
		take_column(&search, slice_cstr(event_kind_name(event->kind)));
		break;
	case FIELD_OUTCOME:
		take_column(
		    &search, slice_cstr(event_outcome_name(event->outcome)));
		break;
	}
	found->unknown =
	    found->unknown_fact || matcher->lookup_limited != limited;
	return found;
}

/* --- values as text --- */

struct slice
value_text(struct matcher *matcher, size_t i)
{
	struct value *value = &matcher->values[i];

	if (value->has_text)
		return value->text;
	value->has_text = true;
	if (value->type == JSON_OBJECT) {
		buf_clear(&matcher->buf);
		json_write(&matcher->buf, value->json);
		value->text =
		    arena_copy(&matcher->arena, buf_slice(&matcher->buf));
	} else {
		char *room = arena_alloc(&matcher->arena, JSON_SCALAR_MAX);

		value->text = json_scalar(value->json, room);
	}
	return value->text;
}

struct slice
value_folded(struct matcher *matcher, size_t i)
{
	struct value *value = &matcher->values[i];
	struct slice text;
	char *out;

	if (value->has_folded)
		return value->folded;
	text = value_text(matcher, i);
	out = arena_alloc(&matcher->arena, fold_room(text.len));
	value->folded = slice_of(out, fold_bytes(text, out));
	value->has_folded = true;
	return value->folded;
}

uint64_t
matcher_lookup_limited(const struct matcher *matcher)
{
	return matcher->lookup_limited;
}
