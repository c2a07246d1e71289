#include "ledger/raw.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/dir.h"
#include "ledger/raw_part.h"

#define FIRST 1000

static char path[512];

static int
new_path(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(path, sizeof(path), "%s/test.raw", tmp ? tmp : "/tmp");
	unlink(path);
	return 0;
}

/* What record i is: every kind there is, and bytes that do not pack well. */
static void
make(uint64_t i, size_t len, struct buf *room, struct frame *frame,
    struct stream *stream)
{
	uint32_t random = (uint32_t)i * 2654435761u + 1;

	buf_clear(room);
	for (size_t n = 0; n < len; n++) {
		random = random * 1664525u + 1013904223u;
		buf_char(room, (char)(random >> 24));
	}
	*frame = (struct frame){.historic = i % 2,
	    .erased = i % 5 == 4,
	    .has_identity = i % 3 == 0,
	    .stream = 77,
	    .available_us = LEAF_NO_TIME,
	    .received_us = 1700000000000000 + (int64_t)i,
	    .delivery = i / 2};
	memset(frame->salt, (int)i & 255, sizeof(frame->salt));
	if (frame->has_identity)
		memset(&frame->identity, (int)i & 255, sizeof(frame->identity));
	if (frame->erased)
		frame->text = buf_slice(room);
	else
		frame->raw = buf_slice(room);
	*stream = (struct stream){
	    i % 2 ? SLICE("o365/Exchange") : SLICE("firn/delivery"),
	    i % 2 ? SLICE("contoso") : SLICE("")};
}

static void
write_file(uint64_t count, size_t len)
{
	struct raw_writer *writer;
	struct buf room = {0};
	struct frame frame;
	struct stream stream;
	struct err err = {0};

	unlink(path);
	assert_int_equal(
	    raw_create(&writer, path, FIRST, FIRST + count, &err), 0);
	for (uint64_t i = FIRST; i < FIRST + count; i++) {
		make(i, len, &room, &frame, &stream);
		assert_int_equal(raw_add(writer, &frame, &stream, &err), 0);
	}
	assert_int_equal(raw_finish(writer, &err), 0);
	raw_writer_free(writer);
	buf_release(&room);
}

static void
assert_record(struct raw *raw, uint64_t index, size_t len)
{
	struct buf room = {0};
	struct frame want, got;
	struct stream stream, got_stream;
	struct err err = {0};

	make(index, len, &room, &want, &stream);
	assert_int_equal(raw_record(raw, index, &got, &got_stream, &err), 0);
	assert_true(slice_eq(stream.source, got_stream.source));
	assert_true(slice_eq(stream.tenant, got_stream.tenant));
	assert_true(slice_eq(want.raw, got.raw));
	assert_true(slice_eq(want.text, got.text));
	assert_int_equal(want.erased, got.erased);
	assert_int_equal(want.historic, got.historic);
	assert_int_equal(want.has_identity, got.has_identity);
	assert_int_equal(want.available_us, got.available_us);
	assert_int_equal(want.received_us, got.received_us);
	assert_int_equal(want.delivery, got.delivery);
	assert_memory_equal(
	    &want.identity, &got.identity, sizeof(want.identity));
	if (!want.erased)
		assert_memory_equal(want.salt, got.salt, sizeof(want.salt));
	buf_release(&room);
}

static void
reads_what_was_written(void **state)
{
	static const struct {
		uint64_t count;
		size_t len;
	} cases[] = {
	    {0, 0}, {1, 0}, {1, 1}, {10, 100}, {1500, 2000}, {3, 1 << 20}};

	(void)state;
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		uint64_t n = cases[c].count;
		struct raw *raw;
		struct err err = {0};

		write_file(n, cases[c].len);
		assert_int_equal(raw_open(&raw, path, &err), 0);
		assert_int_equal(raw_first(raw), FIRST);
		assert_int_equal(raw_end(raw), FIRST + n);
		for (uint64_t i = 0; i < n; i++)
			assert_record(raw, FIRST + i, cases[c].len);
		for (uint64_t i = 0; i < n; i += 97)
			assert_record(
			    raw, FIRST + (i * 7919) % n, cases[c].len);
		raw_close(raw);
	}
}

/* Blocks of three files, and records between: all read as they were. */
static void
copies_blocks(void **state)
{
	static const uint64_t ends[] = {
	    FIRST + 900, FIRST + 1500, FIRST + 1700};
	char names[3][600];
	struct raw *parts[3], *raw;
	struct raw_writer *writer;
	struct buf room = {0};
	struct err err = {0};
	uint64_t next = FIRST;

	(void)state;
	for (size_t p = 0; p < 3; p++) {
		snprintf(names[p], sizeof(names[p]), "%s.%zu", path, p);
		unlink(names[p]);
		assert_int_equal(
		    raw_create(&writer, names[p], next, ends[p], &err), 0);
		for (; next < ends[p]; next++) {
			struct frame frame;
			struct stream stream;

			make(next, 1000, &room, &frame, &stream);
			assert_int_equal(
			    raw_add(writer, &frame, &stream, &err), 0);
		}
		assert_int_equal(raw_finish(writer, &err), 0);
		raw_writer_free(writer);
		assert_int_equal(raw_open(&parts[p], names[p], &err), 0);
	}
	assert_int_equal(
	    raw_create(&writer, path, FIRST, FIRST + 1700, &err), 0);
	for (size_t p = 0; p < 3; p++)
		for (uint32_t b = 0; b < raw_blocks(parts[p]); b++) {
			uint64_t i = raw_block(parts[p], b);
			uint64_t end = raw_block(parts[p], b + 1);
			struct frame frame;
			struct stream stream;

			if (b % 2 == 0)
				assert_int_equal(
				    raw_copy(writer, parts[p], b, &err), 0);
			for (; b % 2 && i < end; i++) {
				assert_int_equal(raw_record(parts[p], i, &frame,
				                     &stream, &err),
				    0);
				assert_int_equal(
				    raw_add(writer, &frame, &stream, &err), 0);
			}
		}
	assert_int_equal(raw_finish(writer, &err), 0);
	raw_writer_free(writer);
	assert_int_equal(raw_open(&raw, path, &err), 0);
	assert_true(raw_blocks(parts[0]) > 1);
	assert_memory_equal(
	    raw_entry(raw, 0)->hash, raw_entry(parts[0], 0)->hash, SHA256_LEN);
	for (uint64_t i = FIRST; i < FIRST + 1700; i++)
		assert_record(raw, i, 1000);
	raw_close(raw);
	for (size_t p = 0; p < 3; p++)
		raw_close(parts[p]);
	buf_release(&room);
}

static void
has_no_record_outside(void **state)
{
	struct raw *raw;
	struct frame frame;
	struct stream stream;
	struct err err = {0};

	(void)state;
	write_file(3, 10);
	assert_int_equal(raw_open(&raw, path, &err), 0);
	assert_int_equal(raw_record(raw, FIRST - 1, &frame, &stream, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_int_equal(raw_record(raw, FIRST + 3, &frame, &stream, &err), -1);
	raw_close(raw);
}

static void
is_not_made_over_another(void **state)
{
	struct raw_writer *writer;
	struct err err = {0};

	(void)state;
	write_file(1, 1);
	assert_int_equal(raw_create(&writer, path, 0, 1, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
}

/* Whether every record can be read. */
static bool
is_whole(struct slice bytes, struct err *err)
{
	struct raw *raw;
	struct frame frame;
	struct stream stream;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	bool whole = true;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	close(fd);
	if (raw_open(&raw, path, err))
		return false;
	for (uint64_t i = raw_first(raw); whole && i < raw_end(raw); i++)
		whole = !raw_record(raw, i, &frame, &stream, err);
	raw_close(raw);
	return whole;
}

static void
shows_every_flip(void **state)
{
	struct buf bytes = {0};
	struct err err = {0};

	(void)state;
	write_file(5, 8);
	assert_int_equal(dir_read(path, 1 << 20, &bytes, NULL, &err), 0);
	assert_true(is_whole(buf_slice(&bytes), &err));
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
		assert_false(is_whole(buf_slice(&bytes), &err));
		assert_int_equal(err.code, ERR_CORRUPT);
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	buf_release(&bytes);
}

static void
shows_every_length(void **state)
{
	struct buf bytes = {0};
	struct err err = {0};

	(void)state;
	write_file(5, 8);
	assert_int_equal(dir_read(path, 1 << 20, &bytes, NULL, &err), 0);
	for (size_t n = 0; n < bytes.len; n++) {
		assert_false(is_whole(slice_of(bytes.ptr, n), &err));
		assert_int_equal(err.code, ERR_CORRUPT);
	}
	buf_char(&bytes, 0);
	assert_false(is_whole(buf_slice(&bytes), &err));
	buf_release(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(reads_what_was_written, new_path),
	    cmocka_unit_test_setup(copies_blocks, new_path),
	    cmocka_unit_test_setup(has_no_record_outside, new_path),
	    cmocka_unit_test_setup(is_not_made_over_another, new_path),
	    cmocka_unit_test_setup(shows_every_flip, new_path),
	    cmocka_unit_test_setup(shows_every_length, new_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
