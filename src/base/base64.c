#include "base/base64.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void
base64_write(char *text, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	for (; n >= 3; p += 3, n -= 3) {
		*text++ = digits[p[0] >> 2];
		*text++ = digits[(p[0] & 3) << 4 | p[1] >> 4];
		*text++ = digits[(p[1] & 15) << 2 | p[2] >> 6];
		*text++ = digits[p[2] & 63];
	}
	if (!n)
		return;
	*text++ = digits[p[0] >> 2];
	*text++ = digits[(p[0] & 3) << 4 | (n > 1 ? p[1] >> 4 : 0)];
	*text++ = n > 1 ? digits[(p[1] & 15) << 2] : '=';
	*text = '=';
}

void
base64_add(struct buf *out, const void *bytes, size_t n)
{
	base64_write(buf_reserve(out, base64_size(n)), bytes, n);
	out->len += base64_size(n);
}

/* What a digit stands for; 64 if it is none. */
static unsigned
value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	return c == '+' ? 62 : c == '/' ? 63 : 64;
}

/* Digits, padding and the spare bits of the last digit. */
bool
base64_len(struct slice text, size_t *n)
{
	static const unsigned spare[] = {0, 3, 15};
	size_t pad = 0;

	if (text.len % 4)
		return false;
	while (pad < 2 && pad < text.len && text.ptr[text.len - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < text.len - pad; i++)
		if (value_of(text.ptr[i]) > 63)
			return false;
	if (pad && value_of(text.ptr[text.len - 1 - pad]) & spare[pad])
		return false;
	*n = text.len / 4 * 3 - pad;
	return true;
}

bool
base64_read(struct slice text, void *bytes, size_t n)
{
	unsigned char *out = bytes;
	unsigned bits = 0;
	size_t len;

	if (!base64_len(text, &len) || len != n)
		return false;
	for (size_t i = 0, done = 0; done < n; i++) {
		bits = bits << 6 | value_of(text.ptr[i]);
		/* The first digit of four completes no byte. */
		if (i % 4)
			out[done++] =
			    (unsigned char)(bits >> (6 - i % 4 * 2) & 255);
	}
	return true;
}
