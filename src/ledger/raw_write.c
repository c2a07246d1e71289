#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/raw_part.h"
#include "ledger/streams.h"

#define LEVEL 3

struct raw_writer {
	int fd;
	char *path;          /* owned */
	uint64_t next, end;  /* records */
	uint64_t at;         /* bytes in the file */
	uint64_t block_next; /* first record of the block that is filled */
	unsigned char head[RAW_HEAD_LEN];
	struct streams streams;
	struct buf block, packed, entries;
	uint32_t blocks;
	ZSTD_CCtx *zstd;
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
	while (bytes.len) {
		ssize_t n = write(w->fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(err, "cannot write '%s'", w->path);
		w->at += (size_t)n;
		bytes = slice_skip(bytes, (size_t)n);
	}
	return 0;
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

/* Packs and writes the block that is filled. */
static int
end_block(struct raw_writer *w, struct err *err)
{
	unsigned char entry[RAW_ENTRY_LEN];
	size_t room = ZSTD_compressBound(w->block.len), n;
	uint64_t at = w->at;

	if (!w->block.len)
		return 0;
	buf_clear(&w->packed);
	n = ZSTD_compressCCtx(w->zstd, buf_reserve(&w->packed, room), room,
	    w->block.ptr, w->block.len, LEVEL);
	if (ZSTD_isError(n))
		return err_set(err, ERR_SYSTEM, "cannot pack '%s': %s", w->path,
		    ZSTD_getErrorName(n));
	w->packed.len = n;
	put_le(entry, 8, w->block_next);
	put_le(entry + 8, 8, at);
	put_le(entry + 16, 4, n);
	put_le(entry + 20, 4, w->block.len);
	sha256(buf_slice(&w->packed), entry + 24);
	buf_add(&w->entries, entry, sizeof(entry));
	w->blocks++;
	w->block_next = w->next;
	buf_clear(&w->block);
	return write_all(w, buf_slice(&w->packed), err);
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
make_directory(const struct raw_writer *w, struct buf *out)
{
	unsigned char number[4];

	put_le(number, 4, w->streams.count);
	buf_add(out, number, 4);
	for (size_t i = 0; i < w->streams.count; i++) {
		add_name(out, w->streams.list[i].source);
		add_name(out, w->streams.list[i].tenant);
	}
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
	status = end_block(w, err);
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
	free(w->path);
	free(w);
}
