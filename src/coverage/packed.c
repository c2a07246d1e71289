#include "coverage/packed.h"

#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"

/* --- writing --- */

void
packed_put_number(struct buf *out, uint64_t v)
{
	unsigned char bytes[8];

	put_le(bytes, sizeof(bytes), v);
	buf_add(out, bytes, sizeof(bytes));
}

void
packed_put_time(struct buf *out, int64_t time_us)
{
	packed_put_number(out, (uint64_t)time_us);
}

void
packed_put_text(struct buf *out, struct slice text)
{
	packed_put_number(out, text.len);
	buf_slice_add(out, text);
}

void
packed_put_cstr(struct buf *out, const char *text)
{
	packed_put_text(out, slice_cstr(text ? text : ""));
}

/* --- reading --- */

struct slice
packed_bytes(struct packed *in, uint64_t n)
{
	struct slice taken = {in->rest.ptr, (size_t)n};

	if (n > in->rest.len)
		in->bad = true;
	if (in->bad)
		return (struct slice){"", 0};
	in->rest = slice_skip(in->rest, (size_t)n);
	return taken;
}

uint64_t
packed_number(struct packed *in)
{
	struct slice bytes = packed_bytes(in, 8);

	return bytes.len ? get_u64((const unsigned char *)bytes.ptr) : 0;
}

int64_t
packed_time(struct packed *in)
{
	return (int64_t)packed_number(in);
}

struct slice
packed_text(struct packed *in)
{
	return packed_bytes(in, packed_number(in));
}

size_t
packed_count(struct packed *in, size_t each)
{
	uint64_t n = packed_number(in);

	if (n > in->rest.len / each)
		in->bad = true;
	return in->bad ? 0 : (size_t)n;
}

char *
packed_cstr(struct packed *in)
{
	struct slice text = packed_text(in);
	char *copy;

	if (!text.len || memchr(text.ptr, '\0', text.len))
		return NULL;
	copy = xmalloc(text.len + 1);
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return copy;
}

void
packed_copy(struct packed *in, unsigned char *to, size_t len)
{
	struct slice bytes = packed_bytes(in, len);

	if (bytes.len)
		memcpy(to, bytes.ptr, len);
}
