#include "base/utf8.h"

#include <assert.h>
#include <string.h>

size_t
utf8_len(const unsigned char *p, size_t n)
{
	size_t len;
	uint32_t code;

	if (!n)
		return 0;
	if (p[0] < 0x80)
		return 1;
	len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	code = utf8_get(p, len);
	if ((len == 3 && code < 0x800) || (len == 4 && code < 0x10000) ||
	    code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return len;
}

/* Nearly all text is ASCII, which is looked at in words. */
size_t
utf8_good(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t i = 0, len;
	uint64_t word;

	while (i < s.len) {
		for (; s.len - i >= sizeof(word); i += sizeof(word)) {
			memcpy(&word, p + i, sizeof(word));
			if (word & UINT64_C(0x8080808080808080))
				break;
		}
		if (i == s.len)
			break;
		len = utf8_len(p + i, s.len - i);
		if (!len)
			break;
		i += len;
	}
	return i;
}

uint32_t
utf8_get(const unsigned char *p, size_t len)
{
	static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	uint32_t code;

	assert(len >= 1 && len <= 4);
	code = p[0] & mask[len];
	for (size_t i = 1; i < len; i++)
		code = code << 6 | (p[i] & 0x3f);
	return code;
}

void
utf8_add(struct buf *out, uint32_t code)
{
	char b[4];

	assert(code <= 0x10ffff && (code < 0xd800 || code >= 0xe000));
	if (code < 0x80) {
		buf_char(out, (char)code);
	} else if (code < 0x800) {
		b[0] = (char)(0xc0 | code >> 6);
		b[1] = (char)(0x80 | (code & 0x3f));
		buf_add(out, b, 2);
	} else if (code < 0x10000) {
		b[0] = (char)(0xe0 | code >> 12);
		b[1] = (char)(0x80 | (code >> 6 & 0x3f));
		b[2] = (char)(0x80 | (code & 0x3f));
		buf_add(out, b, 3);
	} else {
		b[0] = (char)(0xf0 | code >> 18);
		b[1] = (char)(0x80 | (code >> 12 & 0x3f));
		b[2] = (char)(0x80 | (code >> 6 & 0x3f));
		b[3] = (char)(0x80 | (code & 0x3f));
		buf_add(out, b, 4);
	}
}
