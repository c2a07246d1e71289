#include "base/utf8.h"
#include "json/json.h"

/*
 * What to do with a byte: 0 it stays as it is, 'u' \u00xx, 'x' it begins or
 * is inside a sequence of several bytes, else the letter behind a backslash.
 */
static inline char
treat(unsigned char c)
{
	static const char low[32] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";

	if (c < 32)
		return low[c];
	if (c >= 127)
		return c == 127 ? 'u' : 'x';
	return c == '"' || c == '\\' ? (char)c : 0;
}

static void
add_special(struct buf *out, char how, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = {'\\', how, '0', '0', hex[c >> 4], hex[c & 15]};

	buf_add(out, text, how == 'u' ? 6 : 2);
}

void
json_add_str(struct buf *out, struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i = 0, start = 0;

	buf_reserve(out, s.len + 2);
	buf_char(out, '"');
	while (i < s.len) {
		char how = treat(p[i]);
		size_t n = 1;

		if (how == 'x')
			n = utf8_len(p + i, s.len - i);
		if (!how || (how == 'x' && n)) {
			i += n;
			continue;
		}
		buf_add(out, p + start, i - start);
		if (how == 'x')
			buf_str(out, "\xef\xbf\xbd");
		else
			add_special(out, how, p[i]);
		start = ++i;
	}
	buf_add(out, p ? p + start : NULL, s.len - start);
	buf_char(out, '"');
}

void
json_write(struct buf *out, struct json v)
{
	enum json_type type = json_type(v);
	char room[JSON_SCALAR_MAX];
	struct json_iter it;
	struct slice key;
	struct json member;
	bool first = true;

	switch (type) {
	case JSON_ABSENT:
	case JSON_NULL:
		buf_str(out, "null");
		return;
	case JSON_STRING:
		json_add_str(out, json_str(v));
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	default:
		buf_slice_add(out, json_scalar(v, room));
		return;
	}
	buf_char(out, type == JSON_OBJECT ? '{' : '[');
	it = json_iter(v);
	while (json_next(&it, &key, &member)) {
		if (!first)
			buf_char(out, ',');
		first = false;
		if (type == JSON_OBJECT) {
			json_add_str(out, key);
			buf_char(out, ':');
		}
		json_write(out, member);
	}
	buf_char(out, type == JSON_OBJECT ? '}' : ']');
}
