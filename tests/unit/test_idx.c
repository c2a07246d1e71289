#include "ledger/idx.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/dir.h"

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
write_file(uint32_t count)
{
	struct idx_writer *writer = idx_writer_new(FIRST, FIRST + count);
	struct err err = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct identity identity = identity_of(i);

		idx_add(writer, FIRST + i, &identity);
	}
	unlink(path);
	assert_int_equal(idx_write(writer, path, &err), 0);
	idx_writer_free(writer);
}

static void
finds_what_is_there(void **state)
{
	static const uint32_t counts[] = {0, 1, 2, 3, 1000};

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct identity want, got;
		struct idx *idx;
		struct err err = {0};
		uint64_t index;

		write_file(counts[c]);
		assert_int_equal(idx_open(&idx, path, &err), 0);
		assert_int_equal(idx_first(idx), FIRST);
		assert_int_equal(idx_end(idx), FIRST + counts[c]);
		for (uint32_t i = 0; i < counts[c]; i++) {
			want = identity_of(i);
			assert_true(idx_find(idx, want.id, &got, &index));
			assert_int_equal(index, FIRST + i);
			assert_memory_equal(&want, &got, sizeof(want));
		}
		for (uint32_t i = 0; i < 100; i++) {
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
	idx_add(writer, FIRST + 3, &first);
	idx_add(writer, FIRST + 8, &second);
	assert_int_equal(idx_write(writer, path, &err), 0);
	assert_int_equal(idx_write(writer, path, &err), -1);
	idx_writer_free(writer);
	assert_int_equal(idx_open(&idx, path, &err), 0);
	assert_true(idx_find(idx, first.id, &got, &index));
	assert_int_equal(index, FIRST + 3);
	assert_memory_equal(got.told, want, sizeof(want));
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
	status = idx_open(&idx, path, err);
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
	    cmocka_unit_test_setup(shows_every_change, new_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
