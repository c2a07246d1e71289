#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/dir.h"
#include "ledger/raw_part.h"
#include "ledger/streams.h"

/* Of these bytes, mostly ids, a higher level gains little and takes longer. */
#define LEVEL 1

struct raw_writer {
	int fd;
	char *path;          /* owned */
	uint64_t next, end;  /* records */
	uint64_t at;         /* bytes in the file */
	uint64_t block_next; /* first record of the block that is filled */
	unsigned char head[RAW_HEAD_LEN];
	struct buf block, packed, entries;
	uint32_t blocks;
	ZSTD_CCtx *zstd;
	/*
	 * The table of streams, as it is written, and, behind it, those of the
	 * records that are added.
	 */
	struct buf table;
	uint32_t table_count;
	struct streams streams;
	/* The file that is copied from, and where its table is in ours. */
	const struct raw *from;
	uint32_t from_streams;
};

void
raw_head(unsigned char head[RAW_HEAD_LEN], uint64_t first, uint64_t end)
{
	memset(head, 0, RAW_HEAD_LEN);
	memcpy(head, RAW_MAGIC, sizeof(RAW_MAGIC) - 1);
	put_le(head + 16, 8, first);
	put_le(head + 24, 8, end);
}

void
raw_foot(const unsigned char head[RAW_HEAD_LEN], struct slice directory,
    uint64_t at, unsigned char foot[RAW_FOOT_LEN])
{
	static const char label[] = "firn-raw-directory/1\n";
	struct sha256 *sha = sha256_new();

	put_le(foot, 8, at);
	sha256_begin(sha);
	sha256_add(sha, label, sizeof(label) - 1);
	sha256_add(sha, head, RAW_HEAD_LEN);
	sha256_add(sha, directory.ptr, directory.len);
	sha256_add(sha, foot, 8);
	sha256_end(sha, foot + 8);
	sha256_free(sha);
}

static int
write_all(struct raw_writer *w, struct slice bytes, struct err *err)
{
	w->at += bytes.len;
	return dir_write(w->fd, w->path, bytes, err);
}

int
raw_create(struct raw_writer **out, const char *path, uint64_t first,
    uint64_t end, struct err *err)
{
	struct raw_writer *w = xcalloc(1, sizeof(*w));

	w->path = xstrdup(path);
	w->next = w->block_next = first;
	w->end = end;
	w->zstd = ZSTD_createCCtx();
	if (!w->zstd)
		abort();
	raw_head(w->head, first, end);
	w->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->fd < 0) {
		err_sys(err, "cannot make '%s'", path);
		raw_writer_free(w);
		return -1;
	}
	if (write_all(w, slice_of(w->head, RAW_HEAD_LEN), err)) {
		raw_writer_free(w);
		return -1;
	}
	*out = w;
	return 0;
}

/* Writes a block, with what the directory says of it; records up to next. */
static int
put_block(struct raw_writer *w, const struct raw_block *block,
    struct slice packed, struct err *err)
{
	unsigned char entry[RAW_ENTRY_LEN];

	put_le(entry, 8, w->block_next);
	put_le(entry + 8, 8, w->at);
	put_le(entry + 16, 4, packed.len);
	put_le(entry + 20, 4, block->unpacked);
	put_le(entry + 24, 4, block->streams);
	memcpy(entry + 28, block->hash, SHA256_LEN);
	buf_add(&w->entries, entry, sizeof(entry));
	w->blocks++;
	w->block_next = w->next;
	return write_all(w, packed, err);
}

/* Packs and writes the block that is filled. */
static int
end_block(struct raw_writer *w, struct err *err)
{
	struct raw_block block = {
	    .unpacked = (uint32_t)w->block.len, .streams = w->table_count};
	size_t room = ZSTD_compressBound(w->block.len), n;

	if (!w->block.len)
		return 0;
	buf_clear(&w->packed);
	n = ZSTD_compressCCtx(w->zstd, buf_reserve(&w->packed, room), room,
	    w->block.ptr, w->block.len, LEVEL);
	if (ZSTD_isError(n))
		return err_set(err, ERR_SYSTEM, "cannot pack '%s': %s", w->path,
		    ZSTD_getErrorName(n));
	w->packed.len = n;
	sha256(buf_slice(&w->packed), block.hash);
	buf_clear(&w->block);
	return put_block(w, &block, buf_slice(&w->packed), err);
}

int
raw_add(struct raw_writer *w, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct frame copy = *frame;

	assert(w->next < w->end);
	copy.stream =
	    streams_number(&w->streams, stream->source, stream->tenant);
	frame_add(&w->block, &copy);
	w->next++;
	return w->block.len < RAW_BLOCK_BYTES ? 0 : end_block(w, err);
}

static void
add_name(struct buf *out, struct slice name)
{
	unsigned char len[2];

	put_le(len, 2, name.len);
	buf_add(out, len, sizeof(len));
	buf_slice_add(out, name);
}

static void
add_streams(struct raw_writer *w, const struct stream *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		add_name(&w->table, list[i].source);
		add_name(&w->table, list[i].tenant);
	}
	w->table_count += count;
}

/* Nothing more is added to the streams of the blocks until now. */
static int
end_streams(struct raw_writer *w, struct err *err)
{
	if (end_block(w, err))
		return -1;
	add_streams(w, w->streams.list, (uint32_t)w->streams.count);
	streams_clear(&w->streams);
	return 0;
}

int
raw_copy(
    struct raw_writer *w, struct raw *from, uint32_t block, struct err *err)
{
	struct raw_block copy = *raw_entry(from, block);
	const struct stream *list;
	struct slice packed;
	uint32_t count;

	assert(raw_block(from, block) == w->next);
	if (end_streams(w, err))
		return -1;
	if (w->from != from) {
		list = raw_streams(from, &count);
		w->from = from;
		w->from_streams = w->table_count;
		add_streams(w, list, count);
	}
	if (raw_packed(from, &copy, &packed, err))
		return -1;
	copy.streams += w->from_streams;
	w->next = raw_block(from, block + 1);
	assert(w->next <= w->end);
	return put_block(w, &copy, packed, err);
}

static void
make_directory(const struct raw_writer *w, struct buf *out)
{
	unsigned char number[4];

	put_le(number, 4, w->table_count);
	buf_add(out, number, 4);
	buf_slice_add(out, buf_slice(&w->table));
	put_le(number, 4, w->blocks);
	buf_add(out, number, 4);
	buf_slice_add(out, buf_slice(&w->entries));
}

int
raw_finish(struct raw_writer *w, struct err *err)
{
	unsigned char foot[RAW_FOOT_LEN];
	struct buf directory = {0};
	int status;

	assert(w->next == w->end);
	status = end_streams(w, err);
	make_directory(w, &directory);
	raw_foot(w->head, buf_slice(&directory), w->at, foot);
	buf_add(&directory, foot, sizeof(foot));
	if (!status)
		status = write_all(w, buf_slice(&directory), err);
	if (!status && fsync(w->fd))
		status = err_sys(err, "cannot sync '%s'", w->path);
	buf_release(&directory);
	return status;
}

void
raw_writer_free(struct raw_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0)
		close(w->fd);
	ZSTD_freeCCtx(w->zstd);
	streams_release(&w->streams);
	buf_release(&w->block);
	buf_release(&w->packed);
	buf_release(&w->entries);
	buf_release(&w->table);
	free(w->path);
	free(w);
}
