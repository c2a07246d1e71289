#include "ledger/hashes.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A tree with two nodes of level 16, and some more of level 8. */
#define BIG (2u * 65536 + 700)

static struct merkle_hash *leaves; /* BIG of them */
static struct sha256 *sha;
static char dir[] = "/tmp/firn-hashes-XXXXXX";

static const char *
path_of(unsigned level)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/hash/%u", dir, level);
	return path;
}

static void
remove_all(void)
{
	for (unsigned level = 0; level < MERKLE_LEVELS; level += HASHES_STEP)
		unlink(path_of(level));
}

static struct hashes *
open_hashes(bool write)
{
	struct hashes *hashes;

	assert_int_equal(hashes_open(&hashes, dir, write, NULL), 0);
	return hashes;
}

static off_t
size_of(unsigned level)
{
	struct stat st;

	return stat(path_of(level), &st) ? -1 : st.st_size;
}

/* The root at size n as merkle.h makes it without files. */
static void
want_root(uint64_t n, struct merkle_hash *root)
{
	struct merkle_hash done[MERKLE_LEVELS];
	struct merkle_edge edge = {0};

	for (uint64_t i = 0; i < n; i++)
		merkle_append(sha, &edge, &leaves[i], done);
	merkle_root(sha, &edge, root);
}

static void
assert_root(struct hashes *hashes, uint64_t n)
{
	struct merkle_source source = hashes_source(hashes);
	struct merkle_hash want, got;

	want_root(n, &want);
	assert_int_equal(merkle_range_hash(sha, (struct merkle_range){0, n},
	                     &source, &got, NULL),
	    0);
	assert_true(merkle_eq(&want, &got));
}

static void
write_leaves(struct hashes *hashes, uint64_t first, size_t count)
{
	assert_int_equal(
	    hashes_write(hashes, first, leaves + first, count, NULL), 0);
}

/* Every size up to 600, grown leaf by leaf, and read beside by another. */
static void
has_the_tree_at_every_size(void **state)
{
	struct hashes *hashes = open_hashes(true), *reader = open_hashes(false);
	struct merkle_head tree;
	struct merkle_hash want;

	(void)state;
	for (uint64_t n = 1; n <= 600; n++) {
		write_leaves(hashes, n - 1, 1);
		assert_root(hashes, n);
		assert_root(reader, n);
		hashes_tree(hashes, &tree);
		want_root(n, &want);
		assert_int_equal(tree.size, n);
		assert_true(merkle_eq(&tree.root, &want));
		assert_int_equal(size_of(0), n * SHA256_LEN);
		assert_int_equal(
		    size_of(8), n < 256 ? -1 : (off_t)(n / 256 * SHA256_LEN));
	}
	hashes_close(reader);
	hashes_close(hashes);
	remove_all();
}

/* However the leaves are parted, the files are the same. */
static void
has_the_tree_of_many(void **state)
{
	static const uint64_t sizes[] = {65535, 65536, 65537, 65536 + 255,
	    65536 + 256, 131071, 131072, 131073, BIG};
	struct hashes *hashes = open_hashes(true);
	uint64_t at = 0, count;

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_leaves(hashes, at, sizes[i] - at);
		at = sizes[i];
		assert_root(hashes, at);
		/* Another goes on from the files alone. */
		hashes_close(hashes);
		hashes = open_hashes(true);
	}
	assert_int_equal(hashes_count(hashes, &count, NULL), 0);
	assert_int_equal(count, BIG);
	assert_int_equal(size_of(8), BIG / 256 * SHA256_LEN);
	assert_int_equal(size_of(16), 2 * SHA256_LEN);
	assert_int_equal(size_of(24), -1);
	for (uint64_t n = 1; n < BIG; n += 9973)
		assert_root(hashes, n);
	assert_int_equal(hashes_sync(hashes, NULL), 0);
	hashes_close(hashes);
}

/* Of every node of every level; the files are those of the test before. */
static void
reads_and_computes_nodes(void **state)
{
	struct hashes *hashes = open_hashes(false);
	struct merkle_source source = hashes_source(hashes);
	struct merkle_hash *nodes = malloc(BIG * sizeof(*nodes)), got;

	(void)state;
	assert_non_null(nodes);
	memcpy(nodes, leaves, BIG * sizeof(*nodes));
	for (unsigned level = 0; BIG >> level; level++) {
		for (uint64_t i = 0; i < BIG >> level; i++) {
			if (level < 5 && i % 97)
				continue;
			assert_int_equal(
			    source.read(source.ctx, level, i, &got, NULL), 0);
			assert_true(merkle_eq(&got, &nodes[i]));
		}
		for (uint64_t i = 0; i + 1 < BIG >> level; i += 2)
			merkle_node(
			    sha, &nodes[i], &nodes[i + 1], &nodes[i / 2]);
	}
	assert_int_equal(hashes_read(hashes, 70000, nodes, 900, NULL), 0);
	assert_memory_equal(nodes, leaves + 70000, (size_t)900 * SHA256_LEN);
	free(nodes);
	hashes_close(hashes);
}

static void
says_what_is_not_there(void **state)
{
	struct hashes *hashes = open_hashes(false);
	struct merkle_source source = hashes_source(hashes);
	struct merkle_hash got;
	struct err err;

	(void)state;
	assert_int_equal(hashes_read(hashes, BIG - 1, &got, 1, NULL), 0);
	assert_int_equal(hashes_read(hashes, BIG, &got, 1, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_non_null(strstr(err.msg, "/hash/0' ends before hash 131772"));
	/* Of a checkpoint from who knows where. */
	for (unsigned level = 0; level < 63; level++) {
		uint64_t last = (UINT64_MAX >> level) - 1;

		assert_int_equal(
		    source.read(source.ctx, level, last, &got, &err), -1);
		assert_int_equal(err.code, ERR_CORRUPT);
	}
	hashes_close(hashes);
	remove_all();
}

static void
put_byte(unsigned level, off_t at, size_t count, int byte)
{
	int fd = open(path_of(level), O_WRONLY | O_CLOEXEC);
	unsigned char bytes[SHA256_LEN * 4];

	assert_true(fd >= 0 && count <= sizeof(bytes));
	memset(bytes, byte, count);
	assert_int_equal(pwrite(fd, bytes, count, at), count);
	close(fd);
}

/* A recovery writes all of it again. */
static void
writes_the_same_again(void **state)
{
	struct hashes *hashes = open_hashes(true);

	(void)state;
	write_leaves(hashes, 0, 1000);
	write_leaves(hashes, 0, 1000);
	write_leaves(hashes, 400, 300);
	write_leaves(hashes, 700, 400);
	hashes_close(hashes);
	hashes = open_hashes(true);
	write_leaves(hashes, 0, 1100);
	write_leaves(hashes, 1100, 1);
	assert_root(hashes, 1101);
	hashes_close(hashes);

	/* Zeros, and a hash that was begun, are what a power cut leaves. */
	put_byte(0, (off_t)300 * SHA256_LEN, 4 * (size_t)SHA256_LEN, 0);
	put_byte(8, 0, SHA256_LEN, 0);
	assert_int_equal(truncate(path_of(0), (off_t)1100 * SHA256_LEN + 5), 0);
	hashes = open_hashes(true);
	write_leaves(hashes, 0, 1101);
	assert_root(hashes, 1101);
	hashes_close(hashes);
	remove_all();
}

static void
refuses_what_differs(void **state)
{
	static const struct {
		unsigned level;
		off_t at;
		const char *reason;
	} cases[] = {
	    {0, 0, "/hash/0': hash 0 is not"},
	    {0, 599, "/hash/0': hash 599 is not"},
	    {8, 1, "/hash/8': hash 1 is not"},
	};
	struct hashes *hashes;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		off_t at = cases[i].at * SHA256_LEN;

		hashes = open_hashes(true);
		write_leaves(hashes, 0, 600);
		hashes_close(hashes);
		put_byte(cases[i].level, at + 31, 1, 0x5a);
		/* Zeros before it are no excuse. */
		if (at)
			put_byte(cases[i].level, 0, SHA256_LEN, 0);
		hashes = open_hashes(true);
		assert_int_equal(
		    hashes_write(hashes, 0, leaves, 600, &err), -1);
		assert_int_equal(err.code, ERR_CORRUPT);
		assert_non_null(strstr(err.msg, cases[i].reason));
		assert_int_equal(size_of(cases[i].level),
		    (600 >> cases[i].level) * SHA256_LEN);
		/* And goes on refusing. */
		assert_int_equal(
		    hashes_write(hashes, 600, leaves, 1, &err), -1);
		assert_int_equal(err.code, ERR_SYSTEM);
		hashes_close(hashes);
		remove_all();
	}
}

static int
setup(void **state)
{
	(void)state;
	sha = sha256_new();
	leaves = malloc(BIG * sizeof(*leaves));
	if (!leaves || !mkdtemp(dir))
		return -1;
	for (uint32_t i = 0; i < BIG; i++)
		merkle_leaf(sha, slice_of(&i, sizeof(i)), &leaves[i]);
	return 0;
}

static int
teardown(void **state)
{
	char path[64];

	(void)state;
	remove_all();
	snprintf(path, sizeof(path), "%s/hash", dir);
	rmdir(path);
	free(leaves);
	sha256_free(sha);
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_the_tree_at_every_size),
	    cmocka_unit_test(has_the_tree_of_many),
	    cmocka_unit_test(reads_and_computes_nodes),
	    cmocka_unit_test(says_what_is_not_there),
	    cmocka_unit_test(writes_the_same_again),
	    cmocka_unit_test(refuses_what_differs),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
