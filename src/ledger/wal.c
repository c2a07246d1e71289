#include "ledger/wal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/dir.h"
#include "ledger/wal_part.h"

struct wal {
	int fd;
	char *path;     /* owned */
	uint64_t bytes; /* in the file */
	bool broken;    /* a write failed: what the disk holds is unknown */
	struct sha256 *sha;
	unsigned char seal[SHA256_LEN]; /* of the last batch */
	struct buf tables;
};

/* --- what writing and reading share --- */

void
wal_name(char name[WAL_NAME_MAX], uint64_t first)
{
	snprintf(name, WAL_NAME_MAX, "%020ju.wal", (uintmax_t)first);
}

void
wal_head(unsigned char head[WAL_HEAD_LEN], uint64_t first)
{
	memset(head, 0, WAL_HEAD_LEN);
	memcpy(head, WAL_MAGIC, sizeof(WAL_MAGIC) - 1);
	put_le(head + 16, 8, first);
}

void
wal_batch_head(unsigned char head[WAL_BATCH_LEN], size_t body, uint64_t first,
    uint32_t count)
{
	memcpy(head, WAL_BATCH_MAGIC, 4);
	put_le(head + 4, 4, body);
	put_le(head + 8, 8, first);
	put_le(head + 16, 4, count);
	put_le(head + 20, 4, crc32(0, head, 20));
}

void
wal_head_seal(
    const unsigned char head[WAL_HEAD_LEN], unsigned char seal[SHA256_LEN])
{
	sha256(slice_of(head, WAL_HEAD_LEN), seal);
}

/* Where the raw bytes, or the text, of the frame at the start begin. */
static size_t
frame_bare(const struct frame *frame, size_t len)
{
	return len - (frame->erased ? frame->text.len : frame->raw.len);
}

int
wal_seal(struct sha256 *sha, unsigned char seal[SHA256_LEN],
    const unsigned char head[WAL_BATCH_LEN], struct slice tables,
    const struct wal_batch *batch)
{
	static const char label[] = "firn-batch/1\n";
	struct slice rest = batch->frames;
	struct frame frame;

	sha256_begin(sha);
	sha256_add(sha, label, sizeof(label) - 1);
	sha256_add(sha, seal, SHA256_LEN);
	sha256_add(sha, head, WAL_BATCH_LEN);
	sha256_add(sha, tables.ptr, tables.len);
	for (uint32_t i = 0; i < batch->count; i++) {
		size_t len = frame_read(rest, &frame);

		if (!len || frame.stream >= batch->stream_count)
			return -1;
		sha256_add(sha, rest.ptr, frame_bare(&frame, len));
		rest = slice_skip(rest, len);
	}
	if (rest.len)
		return -1;
	sha256_add(sha, batch->leaves, batch->count * sizeof(*batch->leaves));
	sha256_end(sha, seal);
	return 0;
}

/* --- writing --- */

static void
add_name(struct buf *out, struct slice name)
{
	unsigned char len[2];

	assert(name.len <= LEAF_NAME_MAX);
	put_le(len, 2, name.len);
	buf_add(out, len, sizeof(len));
	buf_slice_add(out, name);
}

static void
make_tables(struct buf *out, const struct wal_batch *batch)
{
	unsigned char number[16];

	buf_clear(out);
	put_le(number, 4, batch->stream_count);
	buf_add(out, number, 4);
	for (size_t i = 0; i < batch->stream_count; i++) {
		add_name(out, batch->streams[i].source);
		add_name(out, batch->streams[i].tenant);
	}
	put_le(number, 4, batch->mark_count);
	buf_add(out, number, 4);
	for (size_t i = 0; i < batch->mark_count; i++) {
		put_le(number, 8, batch->marks[i].delivery);
		put_le(number + 8, 8, batch->marks[i].consumed);
		buf_add(out, number, 16);
	}
}

/* Writes all of it, whatever is written at once. */
static int
write_all(struct wal *wal, struct iovec *parts, int count, struct err *err)
{
	while (count) {
		ssize_t n = pwritev(wal->fd, parts, count, (off_t)wal->bytes);
		size_t done = n > 0 ? (size_t)n : 0;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "cannot write '%s'", wal->path);
		if (!n)
			return err_set(err, ERR_SYSTEM,
			    "cannot write '%s': nothing was taken", wal->path);
		wal->bytes += done;
		for (; count && done >= parts->iov_len; parts++, count--)
			done -= parts->iov_len;
		if (count) {
			parts->iov_base = (char *)parts->iov_base + done;
			parts->iov_len -= done;
		}
	}
	return 0;
}

/* writev() wants a pointer that it could write to; it does not. */
static struct iovec
part(const void *bytes, size_t n)
{
	struct iovec v = {.iov_len = n};

	memcpy(&v.iov_base, &bytes, sizeof(bytes));
	return v;
}

static int
put(struct wal *wal, struct iovec *parts, int count, struct err *err)
{
	if (wal->broken)
		return err_set(err, ERR_SYSTEM,
		    "'%s' was not written whole before; open the ledger again",
		    wal->path);
	wal->broken = true;
	if (write_all(wal, parts, count, err))
		return -1;
	if (fdatasync(wal->fd))
		return err_sys(err, "cannot sync '%s'", wal->path);
	wal->broken = false;
	return 0;
}

int
wal_append(struct wal *wal, const struct wal_batch *batch, struct err *err)
{
	unsigned char head[WAL_BATCH_LEN];
	struct iovec parts[4];
	size_t body;

	assert(batch->stream_count <= WAL_STREAMS_MAX);
	assert(batch->mark_count <= WAL_MARKS_MAX);
	make_tables(&wal->tables, batch);
	body = wal->tables.len + batch->frames.len;
	if (body > WAL_BODY_MAX)
		return err_set(err, ERR_LIMIT,
		    "%zu bytes are too much for one batch", body);
	wal_batch_head(head, body, batch->first, batch->count);
	if (!wal->broken && wal_seal(wal->sha, wal->seal, head,
	                        buf_slice(&wal->tables), batch)) {
		wal->broken = true;
		return err_set(err, ERR_CORRUPT,
		    "'%s': broken frames cannot be appended", wal->path);
	}
	parts[0] = part(head, sizeof(head));
	parts[1] = part(wal->tables.ptr, wal->tables.len);
	parts[2] = part(batch->frames.ptr, batch->frames.len);
	parts[3] = part(wal->seal, sizeof(wal->seal));
	return put(wal, parts, 4, err);
}

static struct wal *
new_wal(int fd, char *path)
{
	struct wal *wal = xcalloc(1, sizeof(*wal));

	wal->fd = fd;
	wal->path = path;
	wal->sha = sha256_new();
	return wal;
}

int
wal_create(struct wal **out, const char *dir, uint64_t first, struct err *err)
{
	unsigned char head[WAL_HEAD_LEN];
	struct iovec parts[1];
	struct wal *wal;
	char name[WAL_NAME_MAX];
	char *path = NULL;
	int fd;

	*out = NULL;
	wal_name(name, first);
	if (asprintf(&path, "%s/%s", dir, name) < 0)
		abort();
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_sys(err, "cannot make '%s'", path);
		free(path);
		return -1;
	}
	wal = new_wal(fd, path);
	wal_head(head, first);
	wal_head_seal(head, wal->seal);
	parts[0] = part(head, sizeof(head));
	if (put(wal, parts, 1, err) || dir_sync(dir, err)) {
		wal_close(wal);
		return -1;
	}
	*out = wal;
	return 0;
}

int
wal_reopen(struct wal **out, const char *path, uint64_t good, struct err *err)
{
	struct wal *wal;
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	*out = NULL;
	if (fd < 0)
		return err_sys(err, "cannot open '%s'", path);
	wal = new_wal(fd, xstrdup(path));
	if (fstat(fd, &st)) {
		err_sys(err, "cannot read '%s'", path);
		goto fail;
	}
	if (good < WAL_HEAD_LEN || (uint64_t)st.st_size < good) {
		err_set(err, ERR_CORRUPT, "'%s' has no whole head", path);
		goto fail;
	}
	/* What was read may stand in memory only: it will be signed for. */
	if (((uint64_t)st.st_size > good && ftruncate(fd, (off_t)good)) ||
	    fsync(fd)) {
		err_sys(err, "cannot cut or sync '%s'", path);
		goto fail;
	}
	wal->bytes = good;
	if (wal_last_seal(fd, good, wal->seal)) {
		err_sys(err, "cannot read '%s'", path);
		goto fail;
	}
	*out = wal;
	return 0;
fail:
	wal_close(wal);
	return -1;
}

uint64_t
wal_bytes(const struct wal *wal)
{
	return wal->bytes;
}

void
wal_close(struct wal *wal)
{
	if (!wal)
		return;
	close(wal->fd);
	sha256_free(wal->sha);
	buf_release(&wal->tables);
	free(wal->path);
	free(wal);
}
