#include "event/read_fields.h"

#include <strings.h>

static bool
is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

void
read_put(const struct record *record, struct event *event,
    enum event_column col, struct slice value)
{
	if (event->col[col].len > 0 || value.len == 0)
		return;
	if (col == EV_IP)
		value = read_ip(record, value);
	if (col == EV_COUNTRY && (value.len != 2 || !is_letter(value.ptr[0]) ||
	                             !is_letter(value.ptr[1])))
		return;
	event->col[col] = value;
}

void
read_fields(const struct record *record, struct json from,
    const struct read_field *table, size_t n, struct event *event)
{
	for (size_t i = 0; i < n; i++)
		if (event->col[table[i].col].len == 0)
			read_put(record, event, table[i].col,
			    read_text(record, from, table[i].path));
}

void
read_times(const struct record *record, struct json from,
    const char *const *paths, size_t n, struct event *event)
{
	for (size_t i = 0; i < n && event->time_us == EVENT_NO_TIME; i++)
		read_time(read_any(record, from, paths[i]), &event->time_us);
}

struct slice
read_join(
    const struct record *record, const struct slice *parts, size_t n, char sep)
{
	size_t len = 0;
	char *text;

	for (size_t i = 0; i < n; i++)
		len += parts[i].len + 1;
	text = arena_alloc(record->arena, len);
	len = 0;
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			text[len++] = sep;
		if (parts[i].len > 0)
			memcpy(text + len, parts[i].ptr, parts[i].len);
		len += parts[i].len;
	}
	return slice_of(text, len);
}

bool
read_same(struct slice a, struct slice b)
{
	return a.len == b.len &&
	       (a.len == 0 || strncasecmp(a.ptr, b.ptr, a.len) == 0);
}

void
read_class(struct slice name, const struct read_class *table, size_t n,
    struct event *event)
{
	for (size_t i = 0; i < n; i++) {
		struct slice prefix = slice_cstr(table[i].prefix);

		if (name.len < prefix.len ||
		    !read_same(slice_of(name.ptr, prefix.len), prefix))
			continue;
		event->class_uid = table[i].class_uid;
		event->activity = table[i].activity;
		return;
	}
}

struct json
read_body(const struct record *record)
{
	struct json body;

	if (json_present(record->body))
		return record->body;
	body = read_open(record, read_any(record, record->root, "properties"));
	return json_type(body) == JSON_OBJECT ? body : record->root;
}

struct json
read_part(const struct record *record, const char *paths)
{
	return read_open(record, read_any(record, read_body(record), paths));
}
