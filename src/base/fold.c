#include "base/fold.h"

#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

/*
 * `step` 1: every code point of first..last, 2: every other one.  Folding adds
 * `delta`.
 */
struct fold_range {
	uint32_t first, last;
	int32_t step, delta;
};

#include "base/fold_table.h"

#define RANGES      (sizeof(fold_table) / sizeof(fold_table[0]))

#define EVERY(byte) (0x0101010101010101u * (byte))

uint32_t
fold_point(uint32_t code)
{
	size_t low = 0, high = RANGES;

	if (code < 0x80)
		return code >= 'A' && code <= 'Z' ? code + 32 : code;
	while (low < high) {
		size_t mid = (low + high) / 2;
		const struct fold_range *range = &fold_table[mid];

		if (code < range->first)
			high = mid;
		else if (code > range->last)
			low = mid + 1;
		else if ((code - range->first) % (uint32_t)range->step)
			return code;
		else
			return (uint32_t)((int64_t)code + range->delta);
	}
	return code;
}

static size_t
put(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Folds eight bytes at a time; false, with nothing written, if not all ASCII.
 */
static inline bool
fold_eight(const char *in, char *out)
{
	uint64_t v, from_a, to_z;

	memcpy(&v, in, sizeof(v));
	if (v & EVERY(0x80))
		return false;
	/* The top bit of a byte says: at least 'A', more than 'Z'. */
	from_a = v + EVERY(0x80 - 'A');
	to_z = v + EVERY(0x7f - 'Z');
	v |= (from_a & ~to_z & EVERY(0x80)) >> 2;
	memcpy(out, &v, sizeof(v));
	return true;
}

/* Folds ASCII and stops before the first other byte. */
static size_t
fold_ascii(const char *in, size_t n, char *out)
{
	size_t i = 0;

	while (i + 8 <= n && fold_eight(in + i, out + i))
		i += 8;
	/* The last bytes together with some that are folded already. */
	if (i && n - i < 8 && fold_eight(in + n - 8, out + n - 8))
		return n;
	for (; i < n && !(in[i] & 0x80); i++) {
		bool upper = in[i] >= 'A' && in[i] <= 'Z';

		out[i] = upper ? (char)(in[i] | 0x20) : in[i];
	}
	return i;
}

size_t
fold_bytes(struct slice s, char *out)
{
	size_t i = 0, n = 0;

	for (;;) {
		const unsigned char *p;
		size_t len = fold_ascii(s.ptr + i, s.len - i, out + n);

		i += len;
		n += len;
		if (i == s.len)
			return n;
		p = (const unsigned char *)s.ptr + i;
		len = utf8_len(p, s.len - i);
		if (len)
			n += put(fold_point(utf8_get(p, len)), out + n);
		else
			out[n++] = s.ptr[i];
		i += len ? len : 1;
	}
}
