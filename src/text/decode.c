#include "text/decode.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/utf8.h"

#define RAW_SIZE  (256u << 10) /* compressed bytes at a time */
#define WIDE_SIZE (64u << 10)  /* UTF-16 bytes at a time */
#define HEAD_SIZE 64           /* looked at to tell what it is */

enum packing { PLAIN, GZIP, ZSTD };
enum width { BYTES, UTF16_LE, UTF16_BE };

struct decode {
	int fd;
	struct slice memory; /* in place of it, when it is -1: what is left */
	uint64_t taken;
	enum packing packing;
	enum width width;
	unsigned char head[HEAD_SIZE]; /* stored bytes read ahead */
	size_t head_at, head_len;
	unsigned char *raw; /* compressed; owned */
	size_t raw_at, raw_len;
	bool raw_end;    /* the file has no more */
	bool frame_open; /* inside a compressed frame */
	z_stream gzip;
	ZSTD_DStream *zstd;
	unsigned char *wide; /* UTF-16, or the first unpacked bytes; owned */
	size_t wide_at, wide_len;
	bool wide_end;
};

/* Stored bytes; the head first. */
static ssize_t
read_stored(struct decode *d, void *buf, size_t n, struct err *err)
{
	ssize_t got;

	if (d->head_at < d->head_len) {
		size_t have = d->head_len - d->head_at;

		n = n < have ? n : have;
		memcpy(buf, d->head + d->head_at, n);
		d->head_at += n;
		return (ssize_t)n;
	}
	if (d->fd < 0) {
		got = (ssize_t)(n < d->memory.len ? n : d->memory.len);
		if (got)
			memcpy(buf, d->memory.ptr, (size_t)got);
		d->memory = slice_skip(d->memory, (size_t)got);
	} else {
		do
			got = read(d->fd, buf, n);
		while (got < 0 && errno == EINTR);
	}
	if (got < 0)
		return err_sys(err, "cannot read");
	d->taken += (uint64_t)got;
	return got;
}

static int
refill(struct decode *d, struct err *err)
{
	ssize_t got;

	if (d->raw_at < d->raw_len || d->raw_end)
		return 0;
	got = read_stored(d, d->raw, RAW_SIZE, err);
	if (got < 0)
		return -1;
	d->raw_at = 0;
	d->raw_len = (size_t)got;
	d->raw_end = got == 0;
	return 0;
}

static int
inflate_some(struct decode *d, void *buf, size_t n, size_t *made)
{
	int r;

	if (!d->frame_open && inflateReset(&d->gzip) != Z_OK)
		return -1;
	d->gzip.next_in = d->raw + d->raw_at;
	d->gzip.avail_in = (unsigned)(d->raw_len - d->raw_at);
	d->gzip.next_out = buf;
	d->gzip.avail_out = (unsigned)n;
	r = inflate(&d->gzip, Z_NO_FLUSH);
	d->raw_at = d->raw_len - d->gzip.avail_in;
	*made = n - d->gzip.avail_out;
	d->frame_open = r != Z_STREAM_END;
	return r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR ? 0 : -1;
}

static int
unzstd_some(struct decode *d, void *buf, size_t n, size_t *made)
{
	ZSTD_inBuffer in = {d->raw + d->raw_at, d->raw_len - d->raw_at, 0};
	ZSTD_outBuffer out = {buf, n, 0};
	size_t r = ZSTD_decompressStream(d->zstd, &out, &in);

	d->raw_at += in.pos;
	*made = out.pos;
	d->frame_open = r != 0;
	return ZSTD_isError(r) ? -1 : 0;
}

static ssize_t
read_unpacked(struct decode *d, void *buf, size_t n, struct err *err)
{
	size_t made = 0;

	if (d->packing == PLAIN)
		return read_stored(d, buf, n, err);
	while (!made) {
		int r;

		if (refill(d, err))
			return -1;
		if (d->raw_end && !d->frame_open)
			return 0;
		if (d->raw_end)
			return err_set(err, ERR_INPUT,
			    "the compressed data ends too early");
		/* gzip files are often padded with zeros behind the end. */
		if (d->packing == GZIP && !d->frame_open &&
		    !d->raw[d->raw_at]) {
			d->raw_at++;
			continue;
		}
		r = d->packing == GZIP ? inflate_some(d, buf, n, &made)
		                       : unzstd_some(d, buf, n, &made);
		if (r)
			return err_set(
			    err, ERR_INPUT, "the compressed data is damaged");
	}
	return (ssize_t)made;
}

/* Fills d->wide up to `want` bytes, or to the end. */
static int
fill_wide(struct decode *d, size_t want, struct err *err)
{
	size_t left = d->wide_len - d->wide_at;

	memmove(d->wide, d->wide + d->wide_at, left);
	d->wide_at = 0;
	d->wide_len = left;
	while (d->wide_len < want && !d->wide_end) {
		ssize_t got = read_unpacked(
		    d, d->wide + d->wide_len, WIDE_SIZE - d->wide_len, err);

		if (got < 0)
			return -1;
		d->wide_len += (size_t)got;
		d->wide_end = got == 0;
	}
	return 0;
}

static uint32_t
unit(const struct decode *d, size_t at)
{
	const unsigned char *p = d->wide + at;

	return d->width == UTF16_LE ? (uint32_t)(p[0] | p[1] << 8)
	                            : (uint32_t)(p[1] | p[0] << 8);
}

/* One code point off d->wide; at least two bytes are there. */
static uint32_t
take_code(struct decode *d)
{
	uint32_t c = unit(d, d->wide_at), low;

	d->wide_at += 2;
	if (c < 0xd800 || c >= 0xe000)
		return c;
	if (c >= 0xdc00 || d->wide_len - d->wide_at < 2)
		return 0xfffd;
	low = unit(d, d->wide_at);
	if (low < 0xdc00 || low >= 0xe000)
		return 0xfffd;
	d->wide_at += 2;
	return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

/* out->size is all there is room for. */
static ssize_t
read_utf16(struct decode *d, struct buf *out, struct err *err)
{

	if (d->wide_len - d->wide_at < 4 && fill_wide(d, 4, err))
		return -1;
	while (out->size - out->len >= 4 && d->wide_len - d->wide_at >= 2) {
		/* A pair must not be cut by the end of what is here. */
		if (d->wide_len - d->wide_at < 4 && !d->wide_end)
			break;
		utf8_add(out, take_code(d));
	}
	if (d->wide_end && d->wide_len - d->wide_at == 1) {
		utf8_add(out, 0xfffd); /* half a unit at the end */
		d->wide_at++;
	}
	return (ssize_t)out->len;
}

ssize_t
decode_read(struct decode *d, char *buf, size_t n, struct err *err)
{
	size_t have = d->wide_len - d->wide_at;
	struct buf out = {buf, 0, n};

	assert(n >= 64);
	if (d->width != BYTES)
		return read_utf16(d, &out, err);
	if (have) {
		n = n < have ? n : have;
		memcpy(buf, d->wide + d->wide_at, n);
		d->wide_at += n;
		return (ssize_t)n;
	}
	return d->wide_end ? 0 : read_unpacked(d, buf, n, err);
}

/* Which UTF-16 the bytes without a mark look like: Latin text in pairs. */
static enum width
guess_width(const unsigned char *p, size_t n)
{
	size_t even = 0, odd = 0, pairs = n / 2;

	for (size_t i = 0; i + 1 < n; i += 2) {
		even += !p[i] && p[i + 1];
		odd += p[i] && !p[i + 1];
	}
	if (pairs < 2 || even + odd < pairs - pairs / 4)
		return BYTES;
	if (!even)
		return UTF16_LE;
	return odd ? BYTES : UTF16_BE;
}

static int
tell_text(struct decode *d, struct err *err)
{
	if (fill_wide(d, HEAD_SIZE, err))
		return -1;
	if (d->wide_len >= 2 && !memcmp(d->wide, "\xff\xfe", 2)) {
		d->width = UTF16_LE;
		d->wide_at = 2;
	} else if (d->wide_len >= 2 && !memcmp(d->wide, "\xfe\xff", 2)) {
		d->width = UTF16_BE;
		d->wide_at = 2;
	} else {
		size_t n = d->wide_len < HEAD_SIZE ? d->wide_len : HEAD_SIZE;

		d->width = guess_width(d->wide, n);
	}
	/* Some tools put a mark in front of a mark. */
	while (d->width == BYTES && d->wide_len - d->wide_at >= 3 &&
	       !memcmp(d->wide + d->wide_at, "\xef\xbb\xbf", 3))
		d->wide_at += 3;
	return 0;
}

static int
tell_packing(struct decode *d, struct err *err)
{
	while (d->head_len < 4) {
		ssize_t got;

		d->head_at = d->head_len;
		got = read_stored(
		    d, d->head + d->head_len, HEAD_SIZE - d->head_len, err);
		if (got < 0)
			return -1;
		if (!got)
			break;
		d->head_len += (size_t)got;
	}
	d->head_at = 0;
	if (d->head_len >= 3 && !memcmp(d->head, "\x1f\x8b\x08", 3)) {
		d->packing = GZIP;
		if (inflateInit2(&d->gzip, 16 + MAX_WBITS) != Z_OK)
			return err_set(err, ERR_SYSTEM, "cannot start zlib");
	} else if (d->head_len >= 4 &&
	           !memcmp(d->head, "\x28\xb5\x2f\xfd", 4)) {
		d->packing = ZSTD;
		d->zstd = ZSTD_createDStream();
		assert(d->zstd);
	}
	if (d->packing != PLAIN)
		d->raw = xmalloc(RAW_SIZE);
	return 0;
}

/* Of what is open: fd, or memory. */
static int
start(struct decode **out, struct decode *d, struct err *err)
{
	d->wide = xmalloc(WIDE_SIZE);
	if (tell_packing(d, err) || tell_text(d, err)) {
		decode_close(d);
		return -1;
	}
	*out = d;
	return 0;
}

int
decode_open(struct decode **out, const char *path, struct err *err)
{
	struct decode *d = xcalloc(1, sizeof(*d));

	*out = NULL;
	d->fd = strcmp(path, "-") != 0 ? open(path, O_RDONLY | O_CLOEXEC)
	                               : dup(STDIN_FILENO);
	if (d->fd < 0) {
		err_sys(err, "cannot open");
		decode_close(d);
		return -1;
	}
	return start(out, d, err);
}

int
decode_open_bytes(struct decode **out, struct slice bytes, struct err *err)
{
	struct decode *d = xcalloc(1, sizeof(*d));

	*out = NULL;
	d->fd = -1;
	d->memory = bytes;
	return start(out, d, err);
}

uint64_t
decode_taken(const struct decode *d)
{
	return d->taken;
}

void
decode_close(struct decode *d)
{
	if (!d)
		return;
	if (d->fd >= 0)
		close(d->fd);
	if (d->packing == GZIP)
		inflateEnd(&d->gzip);
	ZSTD_freeDStream(d->zstd);
	free(d->raw);
	free(d->wide);
	free(d);
}
