#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/bytes.h"
#include "ledger/wal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A file of the WAL: what is accepted of it, appended to a new one, gives the
 * same bytes.  And the same bytes as a frame, and as the text of a leaf, print
 * as they were read.
 */

static void
must(bool ok)
{
	if (!ok)
		abort();
}

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
	check_file(data, size);
	check_frame(slice_of(data, size));
	check_leaf(slice_of(data, size));
	return 0;
}
