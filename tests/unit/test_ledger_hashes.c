#include "ledger/hashes.h"

#include "ledger_case.h"

#define MOST 66000

static struct merkle_hash leaves[MOST];
/* nodes[level]: of the complete subtrees, computed by themselves */
static struct merkle_hash *nodes[18];
static struct sha256 *sha;

/* By the definition; complete subtrees were computed before. */
static void
naive(size_t begin, size_t n, struct merkle_hash *out)
{
	struct merkle_hash left, right;
	unsigned level = 0;

	if (n == 0) {
		merkle_empty(out);
		return;
	}
	while ((size_t)2 << level <= n)
		level++;
	if ((size_t)1 << level == n && nodes[level]) {
		*out = nodes[level][begin >> level];
		return;
	}
	if ((size_t)1 << level == n)
		level--;
	naive(begin, (size_t)1 << level, &left);
	naive(begin + ((size_t)1 << level), n - ((size_t)1 << level), &right);
	merkle_node(sha, &left, &right, out);
}

static int
set_up(void **state)
{
	(void)state;
	sha = sha256_new();
	for (size_t i = 0; i < MOST; i++)
		merkle_leaf(sha, slice_of(&i, sizeof(i)), &leaves[i]);
	nodes[0] = leaves;
	for (unsigned level = 1; level < 18 && MOST >> level; level++) {
		size_t n = MOST >> level;

		nodes[level] = calloc(n, sizeof(*nodes[level]));
		assert_non_null(nodes[level]);
		for (size_t i = 0; i < n; i++)
			merkle_node(sha, &nodes[level - 1][2 * i],
			    &nodes[level - 1][2 * i + 1], &nodes[level][i]);
	}
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	for (unsigned level = 1; level < 18; level++)
		free(nodes[level]);
	sha256_free(sha);
	return 0;
}

static void
make_dir(char dir[256])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(dir, 256, "%s/firn-hashes-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
}

static void
remove_dir(const char *dir)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c) */
}

static struct hashes *
open_hashes(const char *dir, bool write)
{
	struct hashes *hashes;
	struct err err = {0};

	if (hashes_open(&hashes, dir, write, &err))
		fail_msg("%s", err.msg);
	return hashes;
}

static void
put(struct hashes *hashes, uint64_t first, size_t count,
    const struct merkle_hash *from)
{
	struct err err = {0};

	if (hashes_write(hashes, first, from, count, &err))
		fail_msg("%s", err.msg);
}

/* What the files say of the first n leaves. */
static void
expect_root(struct hashes *hashes, uint64_t n)
{
	const struct merkle_source source = hashes_source(hashes);
	struct merkle_hash want, got;
	struct err err = {0};

	naive(0, n, &want);
	if (merkle_range_hash(
	        sha, (struct merkle_range){0, n}, &source, &got, &err))
		fail_msg("%s", err.msg);
	assert_true(merkle_eq(&got, &want));
}

static void
expect_tree(const struct hashes *hashes, uint64_t n)
{
	struct merkle_head tree;
	struct merkle_hash want;

	naive(0, n, &want);
	hashes_tree(hashes, &tree);
	assert_int_equal(tree.size, n);
	assert_true(merkle_eq(&tree.root, &want));
}

static void
every_small_tree_is_the_naive_one(void **state)
{
	struct hashes *hashes, *reader;
	struct err err = {0};
	char dir[256];

	(void)state;
	make_dir(dir);
	hashes = open_hashes(dir, true);
	reader = open_hashes(dir, false); /* before there are any */
	expect_tree(hashes, 0);
	for (uint64_t n = 1; n <= 600; n++) {
		put(hashes, n - 1, 1, &leaves[n - 1]);
		expect_tree(hashes, n);
		expect_root(hashes, n);
		expect_root(reader, n);
		expect_root(reader, n / 2);
	}
	assert_int_equal(hashes_sync(hashes, &err), 0);
	hashes_close(hashes);
	hashes_close(reader);
	remove_dir(dir);
}

static void
a_large_tree_is_the_naive_one(void **state)
{
	static const uint64_t sizes[] = {0, 1, 255, 256, 257, 511, 512, 4097,
	    65279, 65280, 65535, 65536, 65537, 65792, MOST};
	struct merkle_hash some[300];
	struct hashes *hashes;
	struct err err = {0};
	char dir[256];
	uint64_t count;

	(void)state;
	make_dir(dir);
	hashes = open_hashes(dir, true);
	for (size_t i = 1; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		put(hashes, sizes[i - 1], sizes[i] - sizes[i - 1],
		    leaves + sizes[i - 1]);
		expect_tree(hashes, sizes[i]);
		for (size_t k = 0; k <= i; k++)
			expect_root(hashes, sizes[k]);
	}
	assert_int_equal(hashes_read(hashes, 65400, some, 300, &err), 0);
	assert_memory_equal(some, leaves + 65400, sizeof(some));
	assert_int_equal(hashes_read(hashes, MOST - 299, some, 300, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_int_equal(hashes_count(hashes, &count, &err), 0);
	assert_int_equal(count, MOST);
	hashes_close(hashes);
	/* Opened again it goes on where it is told to. */
	hashes = open_hashes(dir, true);
	put(hashes, 65535, 2, leaves + 65535);
	expect_tree(hashes, 65537);
	hashes_close(hashes);
	remove_dir(dir);
}

/* Other leaves first, and more of them; then back, and the right ones. */
static void
going_back_writes_over_what_was(void **state)
{
	static const uint64_t backs[] = {0, 1, 255, 256, 300, 512, 767};
	struct hashes *hashes;
	char dir[256];

	(void)state;
	for (size_t i = 0; i < sizeof(backs) / sizeof(backs[0]); i++) {
		uint64_t back = backs[i];

		make_dir(dir);
		hashes = open_hashes(dir, true);
		put(hashes, 0, back, leaves);
		put(hashes, back, 1000, leaves + 7000);
		put(hashes, back, 10, leaves + back);
		expect_tree(hashes, back + 10);
		expect_root(hashes, back + 10);
		put(hashes, back + 10, 990, leaves + back + 10);
		for (uint64_t n = 0; n <= back + 1000; n += 9)
			expect_root(hashes, n);
		put(hashes, back, 0, NULL);
		expect_tree(hashes, back);
		hashes_close(hashes);
		remove_dir(dir);
	}
}

static void
what_is_missing_is_told(void **state)
{
	struct hashes *hashes;
	struct merkle_hash hash;
	struct merkle_source source;
	struct err err = {0};
	char dir[256];
	uint64_t count;

	(void)state;
	make_dir(dir);
	assert_int_equal(hashes_open(&hashes, "/nowhere", true, &err), -1);
	hashes = open_hashes(dir, false);
	assert_int_equal(hashes_count(hashes, &count, &err), 0);
	assert_int_equal(count, 0);
	source = hashes_source(hashes);
	assert_int_equal(source.read(source.ctx, 8, 0, &hash, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_non_null(strstr(err.msg, "hash/8"));
	hashes_close(hashes);
	/* Behind a gap nothing is written, and the gap can be filled. */
	hashes = open_hashes(dir, true);
	assert_int_equal(hashes_write(hashes, 300, leaves, 1, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	put(hashes, 0, 600, leaves);
	expect_tree(hashes, 600);
	expect_root(hashes, 600);
	hashes_close(hashes);
	remove_dir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_small_tree_is_the_naive_one),
	    cmocka_unit_test(a_large_tree_is_the_naive_one),
	    cmocka_unit_test(going_back_writes_over_what_was),
	    cmocka_unit_test(what_is_missing_is_told),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
