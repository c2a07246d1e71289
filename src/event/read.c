#include "event/read.h"

#include "base/ip.h"
#include "base/time.h"
#include "event/keys.h"
#include "event/read_path.h"

static bool
says_something(struct json v)
{
	enum json_type type = json_type(v);

	return type > JSON_NULL && (type != JSON_STRING || json_str(v).len > 0);
}

static bool
is_at(struct json a, struct json b)
{
	return a.doc == b.doc && a.at == b.at;
}

/* The member, by the index that there is of the record and of its body. */
static struct json
member(const struct record *record, struct json v, const struct json_key *key)
{
	if (record->index != NULL && is_at(v, record->root))
		return json_index_get(record->index, key);
	if (json_present(record->body) && is_at(v, record->body))
		return json_index_get(record->body_index, key);
	return json_get(v, key->name);
}

void
read_keys(const struct record *record, struct keys *keys)
{
	if (record->index)
		keys_find_in(record->index, keys);
	else
		keys_find(record->root, keys);
}

struct json
read_any(const struct record *record, struct json root, const char *paths)
{
	const struct read_path *path = read_path_of(paths);
	struct json v = root;

	if (!json_present(root))
		return root;
	for (size_t i = 0; i < path->count; i++) {
		const struct read_step *step = &path->steps[i];

		v = member(record, v, &step->key);
		if (step->deeper)
			continue;
		if (says_something(v))
			return v;
		v = root;
	}
	return (struct json){0};
}

struct slice
read_scalar(const struct record *record, struct json v)
{
	char room[JSON_SCALAR_MAX];
	struct slice text = json_scalar(v, room);

	/*
	 * What json_scalar() wrote to its room, and what belongs to the inner
	 * parser, goes before the record does.
	 */
	if (text.len > 0 &&
	    (json_type(v) != JSON_STRING || v.doc != record->root.doc))
		text = arena_copy(record->arena, text);
	return text;
}

struct slice
read_text(const struct record *record, struct json root, const char *paths)
{
	return read_scalar(record, read_any(record, root, paths));
}

void
read_time(struct json v, int64_t *time_us)
{
	struct slice text = json_str(v);
	int64_t count;
	double d;

	if (text.len > 0 && time_parse(text, time_us))
		return;
	if (json_to_i64(v, &count)) {
		time_from_count(count, time_us);
		return;
	}
	/* Seconds with a fraction; a larger unit has none that matters. */
	if (!json_to_double(v, &d) || !(d > 0 && d < 9e18))
		return;
	if (d < 1e11)
		time_from_count((int64_t)(d * 1e6), time_us);
	else
		time_from_count((int64_t)d, time_us);
}

struct slice
read_ip(const struct record *record, struct slice s)
{
	char room[IP_TEXT_MAX];
	struct ip ip;

	if (!ip_parse(s, &ip))
		return SLICE("");
	return arena_copy(record->arena, ip_format(&ip, room));
}

struct json
read_open(const struct record *record, struct json v)
{
	struct slice text = slice_trim(json_str(v));
	struct json inner;
	char *copy;

	if (text.len < 2 || (text.ptr[0] != '{' && text.ptr[0] != '[') ||
	    record->inner == NULL)
		return v;
	/* The parser reads beyond the end, and may rewrite what v is in. */
	copy = arena_alloc(record->arena, text.len + JSON_PADDING);
	memcpy(copy, text.ptr, text.len);
	memset(copy + text.len, 0, JSON_PADDING);
	if (json_parse(record->inner, slice_of(copy, text.len), &inner, NULL) ==
	    JSON_BAD)
		return v;
	return inner;
}

/* The member that says what an entry of a list is called. */
static bool
is_called(struct json entry, struct slice name)
{
	static const struct slice labels[] = {
	    SLICE_INIT("Name"),
	    SLICE_INIT("name"),
	    SLICE_INIT("displayName"),
	    SLICE_INIT("DisplayName"),
	    SLICE_INIT("key"),
	    SLICE_INIT("Key"),
	};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		struct json label = json_get(entry, labels[i]);

		if (json_present(label))
			return slice_eq(json_str(label), name);
	}
	return false;
}

struct json
read_named(const struct record *record, struct json list, const char *name,
    const char *value)
{
	struct slice wanted = slice_cstr(name), member = slice_cstr(value);
	struct json entry;
	struct json_iter it;

	list = read_open(record, list);
	if (json_type(list) == JSON_OBJECT)
		return is_called(list, wanted) ? json_get(list, member)
		                               : json_get(list, wanted);
	it = json_iter(list);
	while (json_next(&it, NULL, &entry))
		if (is_called(entry, wanted))
			return json_get(entry, member);
	return (struct json){0};
}
