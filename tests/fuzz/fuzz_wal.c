#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ledger/wal_part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A file of the WAL: what is accepted of it, appended to a new one, gives the
 * same bytes.  And the same bytes as a frame, and as the text of a leaf, print
 * as they were read.
 *
 * Hardly a change passes the checksums.  So where the last byte of the file's
 * name, a zero, is another, they are set right first, and that byte, too.
 */
#define MEND        15
#define STREAMS_MAX 16

static void
must(bool ok)
{
	if (!ok)
		abort();
}

/* --- setting checksums right --- */

static bool
take(struct slice *rest, unsigned n, uint64_t *v)
{
	if (rest->len < n)
		return false;
	*v = get_le((const unsigned char *)rest->ptr, n);
	*rest = slice_skip(*rest, n);
	return true;
}

static bool
take_name(struct slice *rest, struct slice *name)
{
	uint64_t len;

	if (!take(rest, 2, &len) || len > rest->len)
		return false;
	*name = slice_of(rest->ptr, len);
	*rest = slice_skip(*rest, len);
	return true;
}

static bool
take_tables(struct slice *rest, struct stream *streams, size_t *count)
{
	uint64_t n;

	if (!take(rest, 4, &n) || n > STREAMS_MAX)
		return false;
	*count = n;
	for (size_t i = 0; i < n; i++)
		if (!take_name(rest, &streams[i].source) ||
		    !take_name(rest, &streams[i].tenant))
			return false;
	if (!take(rest, 4, &n) || n > rest->len / 16)
		return false;
	*rest = slice_skip(*rest, n * 16);
	return true;
}

/* Counts the frames and hashes their leaves. */
static bool
take_frames(struct sha256 *sha, struct wal_batch *batch, struct buf *leaves)
{
	struct slice rest = batch->frames;
	struct merkle_hash hash;
	struct frame frame;
	struct buf text = {0};
	bool ok = true;

	while (ok && rest.len) {
		size_t len = frame_read(rest, &frame);

		ok = len && frame.stream < batch->stream_count &&
		     !frame_leaf(sha, &frame, &batch->streams[frame.stream],
		         &text, &hash);
		buf_add(leaves, &hash, sizeof(hash));
		rest = slice_skip(rest, len);
		batch->count++;
	}
	buf_release(&text);
	return ok;
}

static bool
mend_batch(struct sha256 *sha, unsigned char *head, size_t body, uint64_t *next,
    unsigned char seal[SHA256_LEN])
{
	struct slice rest = slice_of(head + WAL_BATCH_LEN, body), tables = rest;
	struct stream streams[STREAMS_MAX];
	struct wal_batch batch = {.first = *next, .streams = streams};
	struct buf leaves = {0};
	bool ok = take_tables(&rest, streams, &batch.stream_count);

	batch.frames = rest;
	tables.len -= rest.len;
	ok = ok && take_frames(sha, &batch, &leaves);
	wal_batch_head(head, body, *next, batch.count);
	batch.leaves = (const struct merkle_hash *)(const void *)leaves.ptr;
	if (ok && !wal_seal(sha, seal, head, tables, &batch))
		memcpy(head + WAL_BATCH_LEN + body, seal, SHA256_LEN);
	*next += batch.count;
	buf_release(&leaves);
	return ok;
}

static void
mend(unsigned char *bytes, size_t size)
{
	struct sha256 *sha = sha256_new();
	unsigned char seal[SHA256_LEN];
	uint64_t next = get_u64(bytes + 16);
	size_t at = WAL_HEAD_LEN, body;
	bool ok = true;

	wal_head(bytes, next);
	wal_head_seal(bytes, seal);
	while (ok && size - at >= WAL_BATCH_LEN) {
		size_t left = size - at - WAL_BATCH_LEN;

		body = get_u32(bytes + at + 4);
		if (left < SHA256_LEN || body > left - SHA256_LEN)
			break;
		ok = mend_batch(sha, bytes + at, body, &next, seal);
		at += WAL_BATCH_LEN + body + SHA256_LEN;
	}
	sha256_free(sha);
}

/* --- what must hold --- */

static int
append(void *ctx, const struct wal_seen *seen, struct err *err)
{
	for (uint32_t i = 0; i < seen->batch.count; i++)
		must(seen->records[i].stream < seen->batch.stream_count);
	return wal_append(ctx, &seen->batch, err);
}

static void
write_file(const char *path, const uint8_t *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	must(file && fwrite(data, 1, size, file) == size && !fclose(file));
}

static void
check_same(const char *path, const uint8_t *data, uint64_t good)
{
	FILE *file = fopen(path, "rb");
	char *room = malloc(good + 1);

	must(file && room && fread(room, 1, good + 1, file) == good);
	must(!memcmp(room, data, good));
	fclose(file);
	free(room);
}

/* Two folders of the process's own, in memory where there is such a place. */
static const char *
folder(bool second)
{
	static char dirs[2][64];

	if (!dirs[0][0])
		for (size_t i = 0; i < 2; i++) {
			snprintf(dirs[i], sizeof(dirs[i]),
			    "%s/firn-fuzz-XXXXXX",
			    access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
			must(mkdtemp(dirs[i]));
		}
	return dirs[second];
}

static void
check_file(const uint8_t *data, size_t size)
{
	uint64_t first = size < WAL_FIRST ? 0 : get_u64(data + 16);
	char path[128], copy[128];
	struct wal *again;
	struct err err = {0};
	enum wal_end end;
	uint64_t good;

	snprintf(path, sizeof(path), "%s/%020ju.wal", folder(false),
	    (uintmax_t)first);
	snprintf(copy, sizeof(copy), "%s/%020ju.wal", folder(true),
	    (uintmax_t)first);
	write_file(path, data, size);
	must(!wal_create(&again, folder(true), first, &err));
	if (wal_walk(path, true, append, again, &end, &good, &err))
		must(err.code == ERR_CORRUPT);
	else
		must((end == WAL_WHOLE) == (good == size && good));
	must(good <= size);
	if (good) {
		must(wal_bytes(again) == good);
		check_same(copy, data, good);
	}
	wal_close(again);
	unlink(path);
	unlink(copy);
}

static void
check_frame(struct slice bytes)
{
	const struct stream stream = {SLICE("a/b"), SLICE("t")};
	struct sha256 *sha = sha256_new();
	struct merkle_hash hash;
	struct buf out = {0};
	struct frame frame;
	size_t len = frame_read(bytes, &frame);

	must(len <= bytes.len);
	if (len) {
		frame_add(&out, &frame);
		must(slice_eq(buf_slice(&out), slice_of(bytes.ptr, len)));
		if (frame_leaf(sha, &frame, &stream, &out, &hash))
			must(frame.erased);
	}
	buf_release(&out);
	sha256_free(sha);
}

static void
check_leaf(struct slice text)
{
	struct buf out = {0};
	struct leaf leaf;

	if (leaf_parse(text, &leaf, NULL))
		return;
	leaf_print(&out, &leaf);
	must(slice_eq(buf_slice(&out), text));
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf mended = {0};

	if (size > WAL_HEAD_LEN && data[MEND]) {
		buf_add(&mended, data, size);
		mend((unsigned char *)mended.ptr, size);
		check_file((const uint8_t *)mended.ptr, size);
		buf_release(&mended);
		return 0;
	}
	check_file(data, size);
	check_frame(slice_of(data, size));
	check_leaf(slice_of(data, size));
	return 0;
}
