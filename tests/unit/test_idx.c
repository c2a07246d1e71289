#include "ledger/idx.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/dir.h"
#include "ledger/idx_part.h"

#define FIRST 500

static char path[512];

static int
new_path(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(path, sizeof(path), "%s/test.idx", tmp ? tmp : "/tmp");
	unlink(path);
	return 0;
}

static struct identity
identity_of(uint32_t n)
{
	struct identity identity = {0};
	unsigned char hash[SHA256_LEN];

	sha256(slice_of(&n, sizeof(n)), hash);
	memcpy(identity.id, hash, sizeof(identity.id));
	identity.told[n % 8] = (unsigned char)(1 + n % 255);
	return identity;
}

static void
add(struct idx_writer *writer, uint64_t index, struct identity identity)
{
	struct frame frame = {.has_identity = true,
	    .received_us = (int64_t)index,
	    .identity = identity};

	idx_add(writer, index, &frame);
}

static void
write_file(uint32_t count)
{
	struct idx_writer *writer = idx_writer_new(FIRST, FIRST + count);
	struct err err = {0};

	for (uint32_t i = 0; i < count; i++)
		add(writer, FIRST + i, identity_of(i));
	unlink(path);
	assert_int_equal(idx_write(writer, path, &err), 0);
	idx_writer_free(writer);
}

static void
finds_what_is_there(void **state)
{
	static const uint32_t counts[] = {0, 1, 2, 3, 1000, 40000};

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct identity want, got;
		struct idx *idx;
		struct err err = {0};
		uint64_t index;

		write_file(counts[c]);
		assert_int_equal(idx_open(&idx, path, true, &err), 0);
		assert_int_equal(idx_first(idx), FIRST);
		assert_int_equal(idx_end(idx), FIRST + counts[c]);
		for (uint32_t i = 0; i < counts[c]; i++) {
			want = identity_of(i);
			assert_true(idx_find(idx, want.id, &got, &index));
			assert_int_equal(index, FIRST + i);
			assert_memory_equal(&want, &got, sizeof(want));
			assert_true(idx_has(idx, &want, FIRST + i));
			assert_false(idx_has(idx, &want, FIRST + i + 1));
			want.told[(i + 1) % 8]++;
			assert_false(idx_has(idx, &want, FIRST + i));
		}
		assert_int_equal(idx_count(idx), counts[c]);
		assert_int_equal(idx_received_us(idx),
		    counts[c] ? FIRST + (int64_t)counts[c] - 1 : INT64_MIN);
		for (uint32_t i = 0; i < 10000; i++) {
			want = identity_of(counts[c] + i);
			assert_false(idx_find(idx, want.id, &got, &index));
		}
		idx_close(idx);
	}
}

static void
puts_tellings_together(void **state)
{
	struct idx_writer *writer = idx_writer_new(FIRST, FIRST + 9);
	struct identity first = {.id = "x", .told = {1, 0, 3}};
	struct identity second = {.id = "x", .told = {9, 2, 8, 7}};
	static const unsigned char want[8] = {1, 2, 3, 7};
	struct identity got;
	struct err err = {0};
	struct idx *idx;
	uint64_t index;

	(void)state;
	add(writer, FIRST + 3, first);
	add(writer, FIRST + 8, second);
	assert_int_equal(idx_write(writer, path, &err), 0);
	assert_int_equal(idx_write(writer, path, &err), -1);
	idx_writer_free(writer);
	assert_int_equal(idx_open(&idx, path, true, &err), 0);
	assert_true(idx_find(idx, first.id, &got, &index));
	assert_int_equal(index, FIRST + 3);
	assert_memory_equal(got.told, want, sizeof(want));
	idx_close(idx);
}

/* Ids that somebody made to mislead who guesses where they stand. */
static void
finds_ids_that_are_no_hashes(void **state)
{
	struct idx_writer *writer = idx_writer_new(FIRST, FIRST + 5000);
	struct identity identity = {.told = {7}};
	struct err err = {0};
	struct idx *idx;
	uint64_t index;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		memset(identity.id, i % 2 ? 255 : 0, 16);
		memcpy(identity.id + 9, &i, sizeof(i));
		add(writer, FIRST + i, identity);
	}
	assert_int_equal(idx_write(writer, path, &err), 0);
	idx_writer_free(writer);
	assert_int_equal(idx_open(&idx, path, true, &err), 0);
	for (uint32_t i = 0; i < 5000; i++) {
		memset(identity.id, i % 2 ? 255 : 0, 16);
		memcpy(identity.id + 9, &i, sizeof(i));
		assert_true(idx_find(idx, identity.id, &identity, &index));
		assert_int_equal(index, FIRST + i);
	}
	idx_close(idx);
}

static void
open_part(struct idx **idx, const char *name, uint64_t first, uint64_t end)
{
	struct idx_writer *writer = idx_writer_new(first, end);
	struct err err = {0};

	for (uint64_t i = first; i < end; i++)
		add(writer, i, identity_of((uint32_t)(i % 300)));
	unlink(name);
	assert_int_equal(idx_write(writer, name, &err), 0);
	idx_writer_free(writer);
	assert_int_equal(idx_open(idx, name, true, &err), 0);
}

/* Merged, it is what would have been written at once; but for the erased. */
static void
puts_segments_together(void **state)
{
	static const uint64_t erased[] = {12, 399, 400, 899};
	char names[3][600];
	struct idx *parts[2], *merged, *whole;
	struct err err = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		snprintf(names[i], sizeof(names[i]), "%s.%d", path, i);
	open_part(&parts[0], names[0], 0, 400);
	open_part(&parts[1], names[1], 400, 900);
	open_part(&whole, names[2], 0, 900);
	assert_int_equal(
	    idx_merge(parts, 2, (struct idx_erased){erased, 4}, path, &err), 0);
	assert_int_equal(idx_open(&merged, path, true, &err), 0);
	assert_int_equal(idx_first(merged), 0);
	assert_int_equal(idx_end(merged), 900);
	assert_int_equal(idx_count(merged), 900);
	assert_int_equal(idx_received_us(merged), 899);
	for (uint64_t i = 0, gone = 0; i < 900; i++) {
		struct identity told = identity_of((uint32_t)(i % 300));
		bool is_gone = gone < 4 && erased[gone] == i;

		gone += is_gone;
		assert_int_equal(idx_has(merged, &told, i), !is_gone);
		assert_true(idx_has(whole, &told, i));
		if (is_gone)
			memset(told.told, IDENTITY_ERASED, sizeof(told.told));
		assert_true(idx_has(merged, &told, i));
	}
	idx_close(parts[0]);
	idx_close(parts[1]);
	idx_close(merged);
	idx_close(whole);
}

/* Of a thousand ids that are not there, about one. */
static void
lets_few_through(void **state)
{
	struct err err = {0};
	unsigned through = 0;
	struct idx *idx;

	(void)state;
	write_file(100000);
	assert_int_equal(idx_open(&idx, path, false, &err), 0);
	for (uint32_t i = 0; i < 100000; i++) {
		struct identity there = identity_of(i);
		struct identity other = identity_of(100000 + i);

		assert_true(idx_may_have(idx, there.id));
		through += idx_may_have(idx, other.id);
	}
	assert_in_range(through, 10, 200);
	idx_close(idx);
}

static int
open_bytes(struct slice bytes, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	struct idx *idx = NULL;
	int status;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	close(fd);
	status = idx_open(&idx, path, true, err);
	if (!status)
		idx_close(idx);
	return status;
}

static void
shows_every_change(void **state)
{
	struct buf bytes = {0};
	struct err err = {0};

	(void)state;
	write_file(5);
	assert_int_equal(dir_read(path, 1 << 20, &bytes, NULL, &err), 0);
	assert_int_equal(open_bytes(buf_slice(&bytes), &err), 0);
	for (size_t i = 0; i < bytes.len * 8; i++) {
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(open_bytes(buf_slice(&bytes), &err), -1);
		assert_int_equal(err.code, ERR_CORRUPT);
		bytes.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t n = 0; n < bytes.len; n++)
		assert_int_equal(open_bytes(slice_of(bytes.ptr, n), &err), -1);
	buf_char(&bytes, 0);
	assert_int_equal(open_bytes(buf_slice(&bytes), &err), -1);
	buf_release(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(finds_what_is_there, new_path),
	    cmocka_unit_test_setup(puts_tellings_together, new_path),
	    cmocka_unit_test_setup(finds_ids_that_are_no_hashes, new_path),
	    cmocka_unit_test_setup(puts_segments_together, new_path),
	    cmocka_unit_test_setup(lets_few_through, new_path),
	    cmocka_unit_test_setup(shows_every_change, new_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
