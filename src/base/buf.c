#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"

char *
buf_reserve(struct buf *buf, size_t n)
{
	if (buf->size - buf->len < n) {
		size_t size = buf->size ? buf->size : 256;
		size_t need;
		bool over = __builtin_add_overflow(buf->len, n, &need);

		assert(!over && need < SIZE_MAX / 2);
		while (size < need)
			size *= 2;
		buf->ptr = xrealloc(buf->ptr, size);
		buf->size = size;
	}
	return buf->ptr + buf->len;
}

void
buf_add(struct buf *buf, const void *bytes, size_t n)
{
	if (!n)
		return;
	memcpy(buf_reserve(buf, n), bytes, n);
	buf->len += n;
}

void
buf_slice_add(struct buf *buf, struct slice s)
{
	buf_add(buf, s.ptr, s.len);
}

void
buf_char(struct buf *buf, char c)
{
	*buf_reserve(buf, 1) = c;
	buf->len++;
}

void
buf_str(struct buf *buf, const char *str)
{
	buf_add(buf, str, strlen(str));
}

void
buf_u64(struct buf *buf, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void
buf_i64(struct buf *buf, int64_t v)
{
	if (v < 0) {
		buf_char(buf, '-');
		buf_u64(buf, 0 - (uint64_t)v);
	} else {
		buf_u64(buf, (uint64_t)v);
	}
}

void
buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	assert(n >= 0);
	buf_reserve(buf, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(buf->ptr + buf->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf->len += (size_t)n;
}

void
buf_release(struct buf *buf)
{
	free(buf->ptr);
	*buf = (struct buf){0};
}
