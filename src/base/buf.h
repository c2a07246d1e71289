#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * buf - bytes that grow: what is being written out, or read in.
 *
 * All zero is a valid, empty buffer.  buf_slice() and ptr are good until the
 * next call that adds.  Growing aborts when memory ends; a caller that adds
 * bytes from outside has checked their number before.
 */
struct buf {
	char *ptr;
	size_t len;
	size_t size; /* allocated */
};

void buf_add(struct buf *buf, const void *bytes, size_t n);
void buf_slice_add(struct buf *buf, struct slice s);
void buf_char(struct buf *buf, char c);
void buf_str(struct buf *buf, const char *str);
void buf_u64(struct buf *buf, uint64_t v);
void buf_i64(struct buf *buf, int64_t v);
void buf_printf(struct buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Makes room for n more bytes and returns where they go; len is unchanged. */
char *buf_reserve(struct buf *buf, size_t n);

static inline struct slice
buf_slice(const struct buf *buf)
{
	return (struct slice){buf->ptr, buf->len};
}

static inline void
buf_clear(struct buf *buf)
{
	buf->len = 0;
}

void buf_release(struct buf *buf);

#endif
