#include "base/base64.h"
#include "base/utf8.h"
#include "rule/compile.h"

/* base64 of text with `blanks` zero bytes in front, with padding. */
static struct slice
base64(struct arena *arena, struct slice text, size_t blanks)
{
	size_t n = blanks + text.len;
	char *bytes = arena_alloc(arena, n ? n : 1);
	char *out = arena_alloc(arena, base64_size(n) + 1);

	memset(bytes, 0, blanks);
	if (text.len)
		memcpy(bytes + blanks, text.ptr, text.len);
	base64_write(out, bytes, n);
	return slice_of(out, base64_size(n));
}

static struct slice
utf16(struct arena *arena, struct slice text, bool big, bool mark)
{
	unsigned char *out = arena_alloc(arena, text.len * 2 + 2);
	size_t n = 0, i = 0;

	if (mark) {
		out[n++] = 0xff;
		out[n++] = 0xfe;
	}
	while (i < text.len) {
		const unsigned char *p = (const unsigned char *)text.ptr + i;
		size_t len = utf8_len(p, text.len - i);
		uint32_t code = len ? utf8_get(p, len) : *p;
		uint32_t units[2] = {code, 0};
		size_t count = 1;

		if (code > 0xffff) {
			units[0] = 0xd800 + ((code - 0x10000) >> 10);
			units[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
			count = 2;
		}
		for (size_t k = 0; k < count; k++) {
			unsigned char high = (unsigned char)(units[k] >> 8);
			unsigned char low = (unsigned char)(units[k] & 0xff);

			out[n++] = big ? high : low;
			out[n++] = big ? low : high;
		}
		i += len ? len : 1;
	}
	return slice_of(out, n);
}

struct slice
encode(struct arena *arena, enum encoding encoding, struct slice text)
{
	switch (encoding) {
	case ENCODE_UTF16LE:
		return utf16(arena, text, false, false);
	case ENCODE_UTF16BE:
		return utf16(arena, text, true, false);
	case ENCODE_UTF16:
		return utf16(arena, text, false, true);
	default:
		return base64(arena, text, 0);
	}
}

struct slice
encode_offset(struct arena *arena, struct slice text, unsigned offset)
{
	/* Digits that also hold bits of what stands before or behind. */
	static const size_t before[] = {0, 2, 3}, behind[] = {0, 3, 2};
	struct slice all = base64(arena, text, offset);
	size_t cut = behind[(text.len + offset) % 3];

	all = slice_skip(all, before[offset]);
	all.len -= cut < all.len ? cut : all.len;
	return all;
}
