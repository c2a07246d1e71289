#include "ledger/merkle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LEAVES       130

static struct sha256 *sha;
static struct merkle_hash leaves[LEAVES];

/* Every node that a tree of LEAVES completes, as a writer keeps it. */
struct levels {
	struct merkle_hash nodes[MERKLE_LEVELS][LEAVES];
	uint64_t count[MERKLE_LEVELS];
	uint64_t end; /* leaves that may be asked for */
};

static int
read_level(void *ctx, unsigned level, uint64_t index, struct merkle_hash *hash,
    struct err *err)
{
	const struct levels *levels = ctx;

	(void)err;
	assert_in_range(index, 0, levels->count[level] - 1);
	assert_true((index + 1) << level <= levels->end);
	*hash = levels->nodes[level][index];
	return 0;
}

/* The definition itself. */
static void
naive(const struct merkle_hash *list, size_t n, struct merkle_hash *out)
{
	struct merkle_hash left, right;
	size_t k = 1;

	if (n == 0) {
		merkle_empty(out);
	} else if (n == 1) {
		*out = *list;
	} else {
		while (k * 2 < n)
			k *= 2;
		naive(list, k, &left);
		naive(list + k, n - k, &right);
		merkle_node(sha, &left, &right, out);
	}
}

static int
set_up(void **state)
{
	static struct levels levels;
	struct merkle_hash done[MERKLE_LEVELS];
	struct merkle_edge edge = {0};

	sha = sha256_new();
	for (size_t i = 0; i < LEAVES; i++) {
		unsigned char entry[2] = {(unsigned char)i, 7};
		unsigned n;

		merkle_leaf(sha, slice_of(entry, i % 3), &leaves[i]);
		n = merkle_append(sha, &edge, &leaves[i], done);
		for (unsigned level = 0; level < n; level++) {
			uint64_t at = levels.count[level]++;

			assert_int_equal(at, i >> level);
			levels.nodes[level][at] = done[level];
		}
	}
	levels.end = LEAVES;
	*state = &levels;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	sha256_free(sha);
	return 0;
}

static void
hex(const struct merkle_hash *hash, char out[65])
{
	for (size_t i = 0; i < SHA256_LEN; i++)
		snprintf(out + 2 * i, 3, "%02x", hash->bytes[i]);
}

/* The tree that implementations of RFC 6962 test with. */
static void
has_the_roots_of_the_reference_tree(void **state)
{
	static const struct slice entries[] = {
	    SLICE_INIT(""),
	    SLICE_INIT("\x00"),
	    SLICE_INIT("\x10"),
	    SLICE_INIT("\x20\x21"),
	    SLICE_INIT("\x30\x31"),
	    SLICE_INIT("\x40\x41\x42\x43"),
	    SLICE_INIT("\x50\x51\x52\x53\x54\x55\x56\x57"),
	    SLICE_INIT("\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c"
	               "\x6d\x6e\x6f"),
	};
	static const char *const ends[] = {"afa01d", "e3c125", "6e77", "14b7",
	    "64d4", "87ef", "4c8c",
	    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
	struct merkle_hash done[MERKLE_LEVELS], leaf, root;
	struct merkle_edge edge = {0};
	char text[65];

	(void)state;
	merkle_root(sha, &edge, &root);
	hex(&root, text);
	assert_string_equal(text,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	for (size_t i = 0; i < COUNT(entries); i++) {
		merkle_leaf(sha, entries[i], &leaf);
		merkle_append(sha, &edge, &leaf, done);
		merkle_root(sha, &edge, &root);
		hex(&root, text);
		assert_string_equal(text + 64 - strlen(ends[i]), ends[i]);
	}
}

static void
every_root_is_the_naive_one(void **state)
{
	struct levels *levels = *state;
	const struct merkle_source source = {read_level, levels};
	struct merkle_hash done[MERKLE_LEVELS], want, got;
	struct merkle_edge edge = {0}, again;

	for (uint64_t n = 0; n <= LEAVES; n++) {
		levels->end = n;
		naive(leaves, n, &want);
		merkle_root(sha, &edge, &got);
		assert_true(merkle_eq(&got, &want));
		assert_int_equal(
		    merkle_range_hash(
		        sha, (struct merkle_range){0, n}, &source, &got, NULL),
		    0);
		assert_true(merkle_eq(&got, &want));
		assert_int_equal(merkle_edge_read(n, &source, &again, NULL), 0);
		merkle_root(sha, &again, &got);
		assert_true(merkle_eq(&got, &want));
		if (n < LEAVES)
			merkle_append(sha, &edge, &leaves[n], done);
	}
	levels->end = LEAVES;
}

static void
flip(struct merkle_hash *hash, size_t salt)
{
	hash->bytes[salt % SHA256_LEN] ^= (unsigned char)(1 << salt % 8);
}

static void
check_inclusion(struct levels *levels, struct merkle_head *tree, uint64_t index)
{
	const struct merkle_source source = {read_level, levels};
	struct merkle_hash proof[MERKLE_PROOF_MAX + 1], leaf = leaves[index];
	struct merkle_path path;

	merkle_inclusion_path(index, tree->size, &path);
	assert_int_equal(
	    merkle_path_hashes(sha, &path, &source, proof, NULL), 0);
	assert_true(merkle_includes(tree, index, &leaf, proof, path.count));
	proof[path.count] = leaf;
	assert_false(
	    merkle_includes(tree, index, &leaf, proof, path.count + 1));
	if (path.count)
		assert_false(
		    merkle_includes(tree, index, &leaf, proof, path.count - 1));
	for (size_t i = 0; i < path.count; i++) {
		flip(&proof[i], index + i);
		assert_false(
		    merkle_includes(tree, index, &leaf, proof, path.count));
		flip(&proof[i], index + i);
	}
	flip(&leaf, index);
	assert_false(merkle_includes(tree, index, &leaf, proof, path.count));
	flip(&leaf, index);
	flip(&tree->root, index);
	assert_false(merkle_includes(tree, index, &leaf, proof, path.count));
	flip(&tree->root, index);
	for (uint64_t other = 0; other < tree->size + 2; other++)
		assert_int_equal(
		    merkle_includes(tree, other, &leaf, proof, path.count),
		    other == index);
}

static void
every_inclusion_is_proved(void **state)
{
	struct levels *levels = *state;

	for (uint64_t n = 1; n <= LEAVES; n++) {
		struct merkle_head tree = {.size = n};

		levels->end = n;
		naive(leaves, n, &tree.root);
		for (uint64_t i = 0; i < n; i++)
			check_inclusion(levels, &tree, i);
	}
	levels->end = LEAVES;
}

static void
check_consistency(
    struct levels *levels, struct merkle_head *old, struct merkle_head *new)
{
	const struct merkle_source source = {read_level, levels};
	struct merkle_hash proof[MERKLE_PROOF_MAX + 1] = {0};
	struct merkle_path path;

	merkle_consistency_path(old->size, new->size, &path);
	assert_int_equal(
	    merkle_path_hashes(sha, &path, &source, proof, NULL), 0);
	assert_true(merkle_extends(old, new, proof, path.count));
	assert_false(merkle_extends(old, new, proof, path.count + 1));
	if (path.count)
		assert_false(merkle_extends(old, new, proof, path.count - 1));
	if (old->size < new->size)
		assert_false(merkle_extends(new, old, proof, path.count));
	for (size_t i = 0; i < path.count; i++) {
		flip(&proof[i], old->size + i);
		assert_false(merkle_extends(old, new, proof, path.count));
		flip(&proof[i], old->size + i);
	}
	flip(&old->root, new->size);
	assert_false(merkle_extends(old, new, proof, path.count));
	flip(&old->root, new->size);
	flip(&new->root, old->size);
	/* Whatever grew from nothing extends it. */
	assert_int_equal(merkle_extends(old, new, proof, path.count),
	    !old->size && new->size);
	flip(&new->root, old->size);
}

static void
every_consistency_is_proved(void **state)
{
	struct levels *levels = *state;

	for (uint64_t n = 0; n <= LEAVES; n++) {
		struct merkle_head old, new = {.size = n};

		levels->end = n;
		naive(leaves, n, &new.root);
		for (old.size = 0; old.size <= n; old.size++) {
			naive(leaves, old.size, &old.root);
			check_consistency(levels, &old, &new);
		}
	}
	levels->end = LEAVES;
}

static int
unreadable(void *ctx, unsigned level, uint64_t index, struct merkle_hash *hash,
    struct err *err)
{
	(void)hash;
	if (ctx && level == 0)
		return err_set(err, ERR_CORRUPT, "no leaf %zu", (size_t)index);
	return 0;
}

static void
a_node_that_cannot_be_read_fails_all(void **state)
{
	const struct merkle_source source = {unreadable, &leaves};
	struct merkle_hash proof[MERKLE_PROOF_MAX];
	struct merkle_edge edge;
	struct merkle_path path;
	struct err err = {0};

	(void)state;
	merkle_inclusion_path(0, 7, &path);
	assert_int_equal(
	    merkle_path_hashes(sha, &path, &source, proof, &err), -1);
	assert_string_equal(err.msg, "no leaf 1");
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_int_equal(merkle_edge_read(7, &source, &edge, NULL), -1);
	assert_int_equal(merkle_range_hash(sha, (struct merkle_range){0, 7},
	                     &source, proof, NULL),
	    -1);
}

/* No log is as large; the arithmetic must hold all the same. */
static void
paths_of_the_largest_trees_are_bounded(void **state)
{
	struct merkle_node_id nodes[MERKLE_LEVELS];
	struct merkle_path path;

	(void)state;
	merkle_inclusion_path(0, UINT64_MAX, &path);
	assert_int_equal(path.count, 64);
	assert_int_equal(merkle_range_nodes(path.ranges[63], nodes), 63);
	merkle_inclusion_path(UINT64_MAX - 1, UINT64_MAX, &path);
	assert_int_equal(path.count, 63);
	merkle_consistency_path(((uint64_t)1 << 63) - 1, UINT64_MAX, &path);
	assert_in_range(path.count, 1, MERKLE_PROOF_MAX);
	merkle_consistency_path(UINT64_MAX - 1, UINT64_MAX, &path);
	assert_in_range(path.count, 1, MERKLE_PROOF_MAX);
	merkle_consistency_path(1, UINT64_MAX, &path);
	assert_in_range(path.count, 1, MERKLE_PROOF_MAX);
	merkle_consistency_path(((uint64_t)1 << 63) + 1, UINT64_MAX, &path);
	assert_int_equal(path.count, 65);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_the_roots_of_the_reference_tree),
	    cmocka_unit_test(every_root_is_the_naive_one),
	    cmocka_unit_test(every_inclusion_is_proved),
	    cmocka_unit_test(every_consistency_is_proved),
	    cmocka_unit_test(a_node_that_cannot_be_read_fails_all),
	    cmocka_unit_test(paths_of_the_largest_trees_are_bounded),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
