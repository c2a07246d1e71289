#include "json/build.h"

#include <assert.h>

#include "json/json.h"

void
json_key(struct buf *out, const char *key)
{
	char last = out->len ? out->ptr[out->len - 1] : '{';

	if (last != '{' && last != '[' && last != '\n')
		buf_char(out, ',');
	if (!key)
		return;
	buf_char(out, '"');
	buf_str(out, key);
	buf_add(out, "\":", 2);
}

size_t
json_open(struct buf *out, const char *key, char bracket)
{
	size_t mark = out->len;

	json_key(out, key);
	buf_char(out, bracket);
	return mark;
}

void
json_close(struct buf *out, size_t mark)
{
	char last;
	size_t open = mark;

	assert(mark < out->len);
	last = out->ptr[out->len - 1];
	if (last == '{' || last == '[') {
		out->len = mark;
		return;
	}
	/* The bracket that was opened is the first one behind the key. */
	while (out->ptr[open] != '{' && out->ptr[open] != '[')
		open++;
	buf_char(out, out->ptr[open] == '{' ? '}' : ']');
}

void
json_text(struct buf *out, const char *key, struct slice s)
{
	if (!s.len)
		return;
	json_key(out, key);
	json_add_str(out, s);
}

void
json_cstr(struct buf *out, const char *key, const char *str)
{
	json_text(out, key, slice_cstr(str));
}

void
json_u64(struct buf *out, const char *key, uint64_t v)
{
	json_key(out, key);
	buf_u64(out, v);
}

void
json_i64(struct buf *out, const char *key, int64_t v)
{
	json_key(out, key);
	buf_i64(out, v);
}
