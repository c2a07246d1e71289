#include "ledger/wal.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define BATCHES 3
#define BATCH                                                                  \
	((size_t)24 + 24 + SHA256_LEN) /* head, tables of one mark, seal */

static char dir[] = "/tmp/firn-chain-XXXXXX";
static char path[64];

/* Batches without records, so that each has the index of every other. */
static struct wal_batch
batch_of(const struct wal_mark *mark)
{
	return (struct wal_batch){.first = 41, .marks = mark, .mark_count = 1};
}

static struct buf
make_file(void)
{
	struct buf bytes = {0};
	struct wal *wal;
	ssize_t n;
	int fd;

	unlink(path);
	assert_int_equal(wal_create(&wal, dir, 41, NULL), 0);
	for (unsigned i = 0; i < BATCHES; i++) {
		struct wal_mark mark = {41, i + 1};
		struct wal_batch batch = batch_of(&mark);

		assert_int_equal(wal_append(wal, &batch, NULL), 0);
	}
	wal_close(wal);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	while ((n = read(fd, buf_reserve(&bytes, 4096), 4096)) > 0)
		bytes.len += (size_t)n;
	close(fd);
	assert_int_equal(bytes.len, WAL_FIRST + BATCHES * BATCH);
	return bytes;
}

/* docs/ledger.md by the byte; the CRC-32 is that of another program. */
static void
is_what_is_documented(void **state)
{
	static const unsigned char want[] =
	    "firn-wal/1\n\0\0\0\0\0\x29\0\0\0\0\0\0\0"
	    "FWB1\x18\0\0\0\x29\0\0\0\0\0\0\0\0\0\0\0\xb8\xc1\xdb\xbb"
	    "\0\0\0\0\x01\0\0\0\x29\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0";
	struct buf file = make_file(), sealed = {0};
	unsigned char seal[SHA256_LEN];

	(void)state;
	assert_memory_equal(file.ptr, want, sizeof(want) - 1);
	sha256(slice_of(file.ptr, WAL_FIRST), seal);
	for (size_t at = WAL_FIRST; at < file.len; at += BATCH) {
		buf_clear(&sealed);
		buf_str(&sealed, "firn-batch/1\n");
		buf_add(&sealed, seal, sizeof(seal));
		buf_add(&sealed, file.ptr + at, BATCH - SHA256_LEN);
		sha256(buf_slice(&sealed), seal);
		assert_memory_equal(
		    file.ptr + at + BATCH - SHA256_LEN, seal, sizeof(seal));
	}
	buf_release(&sealed);
	buf_release(&file);
}

static int
count(void *ctx, const struct wal_seen *seen, struct err *err)
{
	(void)seen;
	(void)err;
	++*(unsigned *)ctx;
	return 0;
}

/* Whole batches, each as it was written, pass in their order only. */
static void
holds_batches_in_their_order(void **state)
{
	static const struct {
		const char *order;
		int status; /* a last one that does not fit may be torn */
		unsigned seen;
	} cases[] = {{"012", 0, 3}, {"01", 0, 2}, {"021", -1, 1}, {"02", 0, 1},
	    {"112", -1, 0}, {"0012", -1, 1}, {"12", -1, 0}, {"0122", 0, 3}};
	struct buf file = make_file(), changed = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
		unsigned seen = 0;
		enum wal_end end;
		uint64_t good;

		buf_clear(&changed);
		buf_add(&changed, file.ptr, WAL_FIRST);
		for (const char *c = cases[i].order; *c; c++)
			buf_add(&changed,
			    file.ptr + WAL_FIRST + (size_t)(*c - '0') * BATCH,
			    BATCH);
		assert_true(fd >= 0);
		assert_int_equal(
		    write(fd, changed.ptr, changed.len), changed.len);
		close(fd);
		assert_int_equal(
		    wal_walk(path, true, count, &seen, &end, &good, NULL),
		    cases[i].status);
		assert_int_equal(seen, cases[i].seen);
		assert_int_equal(good, WAL_FIRST + seen * BATCH);
	}
	buf_release(&changed);
	buf_release(&file);
}

/* Acknowledged is only what a walk will take. */
static void
refuses_what_could_not_be_read(void **state)
{
	static const struct stream stream = {SLICE_INIT("a/b"), SLICE_INIT("")};
	struct wal_mark mark = {41, 9};
	struct merkle_hash leaf = {{0}};
	struct frame frame = {.received_us = 1};
	struct buf file = make_file(), frames = {0};
	struct wal_batch batch = batch_of(&mark);
	struct wal *wal;
	struct err err;

	(void)state;
	frame_add(&frames, &frame);
	batch.count = 1;
	batch.leaves = &leaf;
	batch.streams = &stream;
	for (unsigned i = 0; i < 4; i++) {
		batch.frames = buf_slice(&frames);
		batch.frames.len -= i == 0;  /* cut off */
		batch.count = 1 + (i == 1);  /* more than there are */
		batch.stream_count = i != 2; /* of no stream */
		if (i == 3)
			batch.frames.len = WAL_BODY_MAX;
		assert_int_equal(wal_reopen(&wal, path, file.len, NULL), 0);
		assert_int_equal(wal_append(wal, &batch, &err), -1);
		assert_int_equal(err.code, i == 3 ? ERR_LIMIT : ERR_CORRUPT);
		assert_int_equal(wal_bytes(wal), file.len);
		wal_close(wal);
	}
	buf_release(&frames);
	buf_release(&file);
}

static int
setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/%020d.wal", dir, 41);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_is_documented),
	    cmocka_unit_test(holds_batches_in_their_order),
	    cmocka_unit_test(refuses_what_could_not_be_read),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
