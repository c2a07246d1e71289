#include "base/slice.h"

#include <strings.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len && is_blank(s.ptr[0]))
		s = slice_skip(s, 1);
	while (s.len && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

struct slice
slice_trim_json(struct slice s)
{
	while (s.len && memchr(" \t\r\n", s.ptr[0], 4))
		s = slice_skip(s, 1);
	while (s.len && memchr(" \t\r\n", s.ptr[s.len - 1], 4))
		s.len--;
	return s;
}

struct slice
slice_cut(struct slice *rest, char sep)
{
	const char *at = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
	struct slice head = *rest;

	if (at) {
		head.len = (size_t)(at - rest->ptr);
		*rest = slice_skip(*rest, head.len + 1);
	} else {
		*rest = slice_skip(*rest, rest->len);
	}
	return head;
}

bool
slice_to_u64(struct slice s, uint64_t *out)
{
	uint64_t value = 0;

	if (!s.len)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.ptr[i] - (unsigned)'0';

		if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*out = value;
	return true;
}

bool
slice_alike(struct slice a, struct slice b)
{
	return a.len == b.len &&
	       (a.len == 0 || !strncasecmp(a.ptr, b.ptr, a.len));
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') ||
	       ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

bool
slice_is_guid(struct slice s)
{
	static const struct slice nil =
	    SLICE_INIT("00000000-0000-0000-0000-000000000000");

	if (s.len != nil.len || s.ptr[8] != '-' || s.ptr[13] != '-' ||
	    s.ptr[18] != '-' || s.ptr[23] != '-')
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (nil.ptr[i] != '-' && !is_hex(s.ptr[i]))
			return false;
	return !slice_eq(s, nil);
}
