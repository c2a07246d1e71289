#include "ledger/raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/raw_part.h"

#define PIECE ((size_t)64 << 10) /* that is unpacked at once */

struct raw {
	int fd;
	char *path; /* owned */
	uint64_t first, end;
	struct buf directory;   /* names lie in it */
	struct stream *streams; /* owned */
	uint32_t stream_count;
	struct raw_block *blocks; /* owned, by first */
	uint32_t block_count;
	/* The block that is unpacked, as far as records were asked for. */
	uint32_t block; /* its number, + 1; 0: none */
	struct buf packed, bytes;
	struct frame *records; /* owned; in `bytes` */
	size_t room;           /* of records */
	size_t count;          /* of those that were read */
	size_t read;           /* bytes that these are */
	ZSTD_inBuffer rest;    /* of `packed` */
	ZSTD_DCtx *zstd;
};

uint64_t
raw_first(const struct raw *raw)
{
	return raw->first;
}

uint64_t
raw_end(const struct raw *raw)
{
	return raw->end;
}

uint32_t
raw_blocks(const struct raw *raw)
{
	return raw->block_count;
}

uint64_t
raw_block(const struct raw *raw, uint32_t block)
{
	return raw->blocks[block].first;
}

const struct raw_block *
raw_entry(const struct raw *raw, uint32_t block)
{
	return &raw->blocks[block];
}

const struct stream *
raw_streams(const struct raw *raw, uint32_t *count)
{
	*count = raw->stream_count;
	return raw->streams;
}

static int
damaged(const struct raw *raw, const char *what, struct err *err)
{
	return err_set(
	    err, ERR_CORRUPT, "'%s' is damaged: %s", raw->path, what);
}

static int
read_at(
    const struct raw *raw, void *room, size_t n, uint64_t at, struct err *err)
{
	char *p = room;

	while (n) {
		ssize_t got = pread(raw->fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "cannot read '%s'", raw->path);
		if (!got)
			return damaged(raw, "it was cut off", err);
		p += got;
		n -= (size_t)got;
		at += (size_t)got;
	}
	return 0;
}

/* --- the directory --- */

/* Moves on by n bytes, if they are there. */
static const unsigned char *
take(struct slice *rest, size_t n)
{
	const unsigned char *p = (const unsigned char *)rest->ptr;

	if (rest->len < n)
		return NULL;
	*rest = slice_skip(*rest, n);
	return p;
}

static bool
take_name(struct slice *rest, struct slice *name)
{
	const unsigned char *p = take(rest, 2);

	*name = slice_of(rest->ptr, p ? get_u16(p) : 0);
	return p && take(rest, name->len);
}

/* A number of things that each take `each` bytes at least. */
static bool
take_count(struct slice *rest, size_t each, uint32_t *count)
{
	const unsigned char *p = take(rest, 4);

	*count = p ? get_u32(p) : 0;
	return p && *count <= rest->len / each;
}

static bool
read_streams(struct raw *raw, struct slice *rest)
{
	if (!take_count(rest, 4, &raw->stream_count))
		return false;
	raw->streams = xcalloc(raw->stream_count + 1, sizeof(*raw->streams));
	for (uint32_t i = 0; i < raw->stream_count; i++) {
		struct stream *s = &raw->streams[i];

		if (!take_name(rest, &s->source) ||
		    !take_name(rest, &s->tenant) || !leaf_name_ok(s->source) ||
		    (s->tenant.len && !leaf_name_ok(s->tenant)))
			return false;
	}
	return true;
}

/* Blocks follow on one another, in the file and in the log. */
static bool
read_blocks(struct raw *raw, struct slice *rest, uint64_t directory_at)
{
	uint64_t at = RAW_HEAD_LEN, next = raw->first;

	if (!take_count(rest, RAW_ENTRY_LEN, &raw->block_count) ||
	    rest->len != (size_t)raw->block_count * RAW_ENTRY_LEN)
		return false;
	raw->blocks = xcalloc(raw->block_count + 1, sizeof(*raw->blocks));
	for (uint32_t i = 0; i < raw->block_count; i++) {
		const unsigned char *p = take(rest, RAW_ENTRY_LEN);
		struct raw_block *b = &raw->blocks[i];

		b->first = get_u64(p);
		b->at = get_u64(p + 8);
		b->packed = get_u32(p + 16);
		b->unpacked = get_u32(p + 20);
		b->streams = get_u32(p + 24);
		memcpy(b->hash, p + 28, SHA256_LEN);
		if (b->at != at || b->first >= raw->end ||
		    b->streams >= raw->stream_count ||
		    (i ? b->first < next : b->first != next) ||
		    b->unpacked > RAW_UNPACKED_MAX)
			return false;
		at += b->packed;
		next = b->first + 1;
	}
	raw->blocks[raw->block_count].first = raw->end;
	return at == directory_at &&
	       (raw->block_count != 0) == (raw->first < raw->end);
}

static int
read_directory(struct raw *raw, uint64_t at, uint64_t len, struct err *err)
{
	struct slice rest;

	rest = slice_of(raw->directory.ptr, (size_t)len);
	if (!read_streams(raw, &rest) || !read_blocks(raw, &rest, at))
		return damaged(raw, "its directory is not one", err);
	return 0;
}

/* The head, the directory and the hash over both. */
static int
read_frame_work(struct raw *raw, uint64_t bytes, struct err *err)
{
	unsigned char head[RAW_HEAD_LEN], should[RAW_HEAD_LEN];
	unsigned char foot[RAW_FOOT_LEN], computed[RAW_FOOT_LEN];
	uint64_t at, len;

	if (bytes < RAW_HEAD_LEN + RAW_FOOT_LEN)
		return damaged(raw, "it was cut off", err);
	if (read_at(raw, head, sizeof(head), 0, err) ||
	    read_at(raw, foot, sizeof(foot), bytes - RAW_FOOT_LEN, err))
		return -1;
	raw->first = get_u64(head + 16);
	raw->end = get_u64(head + 24);
	raw_head(should, raw->first, raw->end);
	if (memcmp(head, should, sizeof(head)) != 0 || raw->first > raw->end)
		return damaged(raw, "it does not begin as a segment", err);
	at = get_u64(foot);
	if (at < RAW_HEAD_LEN || at > bytes - RAW_FOOT_LEN ||
	    bytes - RAW_FOOT_LEN - at > RAW_DIR_MAX)
		return damaged(raw, "it does not end as a segment", err);
	len = bytes - RAW_FOOT_LEN - at;
	if (read_at(raw, buf_reserve(&raw->directory, (size_t)len + 1),
	        (size_t)len, at, err))
		return -1;
	raw_foot(head, slice_of(raw->directory.ptr, (size_t)len), at, computed);
	if (memcmp(foot, computed, sizeof(foot)) != 0)
		return damaged(raw, "its directory does not verify", err);
	return read_directory(raw, at, len, err);
}

int
raw_open(struct raw **out, const char *path, struct err *err)
{
	struct raw *raw = xcalloc(1, sizeof(*raw));
	struct stat st;

	raw->path = xstrdup(path);
	raw->zstd = ZSTD_createDCtx();
	if (!raw->zstd)
		abort();
	raw->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (raw->fd < 0 || fstat(raw->fd, &st)) {
		err_sys(err, "cannot open '%s'", path);
		raw_close(raw);
		return -1;
	}
	if (read_frame_work(raw, (uint64_t)st.st_size, err)) {
		raw_close(raw);
		return -1;
	}
	*out = raw;
	return 0;
}

void
raw_close(struct raw *raw)
{
	if (!raw)
		return;
	if (raw->fd >= 0)
		close(raw->fd);
	ZSTD_freeDCtx(raw->zstd);
	buf_release(&raw->directory);
	buf_release(&raw->packed);
	buf_release(&raw->bytes);
	free(raw->streams);
	free(raw->blocks);
	free(raw->records);
	free(raw->path);
	free(raw);
}

/* --- records --- */

/* Which block holds the record: the last that does not begin behind it. */
static uint32_t
find_block(const struct raw *raw, uint64_t index)
{
	uint32_t low = 0, high = raw->block_count;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (raw->blocks[middle].first <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int
raw_packed(struct raw *raw, const struct raw_block *block, struct slice *packed,
    struct err *err)
{
	unsigned char hash[SHA256_LEN];

	raw->block = 0;
	buf_clear(&raw->packed);
	if (read_at(raw, buf_reserve(&raw->packed, block->packed + 1u),
	        block->packed, block->at, err))
		return -1;
	*packed = slice_of(raw->packed.ptr, block->packed);
	sha256(*packed, hash);
	return memcmp(hash, block->hash, sizeof(hash)) != 0
	           ? damaged(raw, "a block does not verify", err)
	           : 0;
}

static int
begin_block(struct raw *raw, uint32_t number, struct err *err)
{
	const struct raw_block *block = &raw->blocks[number];
	uint64_t count = block[1].first - block->first;
	struct slice packed;

	if (raw_packed(raw, block, &packed, err))
		return -1;
	if (count > block->unpacked)
		return damaged(raw, "a block holds too few records", err);
	if (count > raw->room) {
		raw->room = (size_t)count;
		raw->records =
		    xrealloc(raw->records, raw->room * sizeof(*raw->records));
	}
	/* Records lie in it from now on: it must not move. */
	buf_clear(&raw->bytes);
	buf_reserve(&raw->bytes, block->unpacked + 1u);
	raw->count = raw->read = 0;
	raw->rest = (ZSTD_inBuffer){packed.ptr, packed.len, 0};
	ZSTD_DCtx_reset(raw->zstd, ZSTD_reset_session_only);
	raw->block = number + 1;
	return 0;
}

/* One record is mostly wanted, and all before it must be unpacked. */
static int
unpack_more(struct raw *raw, const struct raw_block *block, struct err *err)
{
	size_t have = raw->bytes.len, end = have + PIECE;
	ZSTD_outBuffer out = {raw->bytes.ptr, block->unpacked, have};
	size_t left = 1;

	if (end < block->unpacked)
		out.size = end;
	while (left && out.pos < out.size && raw->rest.pos < raw->rest.size) {
		left = ZSTD_decompressStream(raw->zstd, &out, &raw->rest);
		if (ZSTD_isError(left))
			break;
	}
	raw->bytes.len = out.pos;
	return ZSTD_isError(left) || out.pos == have
	           ? damaged(raw, "a block does not unpack", err)
	           : 0;
}

/* The block's records, as far as the one that is its `wanted`, from 0. */
static int
read_block(struct raw *raw, const struct raw_block *block, size_t wanted,
    struct err *err)
{
	size_t count = (size_t)(block[1].first - block->first);

	while (raw->count <= wanted) {
		struct frame *frame = &raw->records[raw->count];
		size_t len = frame_read(
		    slice_skip(buf_slice(&raw->bytes), raw->read), frame);

		if (!len && raw->bytes.len < block->unpacked) {
			if (unpack_more(raw, block, err))
				return -1;
			continue;
		}
		if (!len || frame->stream >= raw->stream_count - block->streams)
			return damaged(raw, "a record is not one", err);
		frame->stream += block->streams;
		raw->read += len;
		raw->count++;
	}
	if (raw->count == count && raw->read != block->unpacked)
		return damaged(raw, "a block holds too many records", err);
	return 0;
}

int
raw_record(struct raw *raw, uint64_t index, struct frame *frame,
    struct stream *stream, struct err *err)
{
	uint32_t block;

	if (index < raw->first || index >= raw->end)
		return err_set(err, ERR_USAGE, "'%s' has no record %ju",
		    raw->path, (uintmax_t)index);
	block = find_block(raw, index);
	if (raw->block != block + 1 && begin_block(raw, block, err))
		return -1;
	index -= raw->blocks[block].first;
	if (read_block(raw, &raw->blocks[block], (size_t)index, err)) {
		raw->block = 0;
		return -1;
	}
	*frame = raw->records[index];
	*stream = raw->streams[frame->stream];
	return 0;
}
