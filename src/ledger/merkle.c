#include "ledger/merkle.h"

#include <assert.h>

void
merkle_leaf(struct sha256 *sha, struct slice entry, struct merkle_hash *out)
{
	static const unsigned char prefix = 0;

	sha256_begin(sha);
	sha256_add(sha, &prefix, 1);
	sha256_add(sha, entry.ptr, entry.len);
	sha256_end(sha, out->bytes);
}

void
merkle_node(struct sha256 *sha, const struct merkle_hash *left,
    const struct merkle_hash *right, struct merkle_hash *out)
{
	unsigned char bytes[1 + 2 * SHA256_LEN];

	bytes[0] = 1;
	memcpy(bytes + 1, left->bytes, SHA256_LEN);
	memcpy(bytes + 1 + SHA256_LEN, right->bytes, SHA256_LEN);
	sha256_begin(sha);
	sha256_add(sha, bytes, sizeof(bytes));
	sha256_end(sha, out->bytes);
}

void
merkle_empty(struct merkle_hash *out)
{
	sha256(SLICE(""), out->bytes);
}

/* --- checking proofs --- */

/* One step of either check: f and s are the places of the hash and the last. */
static void
climb(uint64_t *f, uint64_t *s)
{
	*f >>= 1;
	*s >>= 1;
}

/* RFC 9162 section 2.1.3.2 */
bool
merkle_includes(const struct merkle_head *tree, uint64_t index,
    const struct merkle_hash *leaf, const struct merkle_hash *proof,
    size_t count)
{
	uint64_t f = index, s = tree->size - 1;
	struct merkle_hash r = *leaf;
	struct sha256 *sha;
	size_t i;

	if (index >= tree->size)
		return false;
	sha = sha256_new();
	for (i = 0; i < count && s; i++) {
		if (f & 1 || f == s) {
			merkle_node(sha, &proof[i], &r, &r);
			while (!(f & 1) && f)
				climb(&f, &s);
		} else {
			merkle_node(sha, &r, &proof[i], &r);
		}
		climb(&f, &s);
	}
	sha256_free(sha);
	return i == count && !s && merkle_eq(&r, &tree->root);
}

/* RFC 9162 section 2.1.4.2, for 0 < old->size < new->size */
static bool
extends(const struct merkle_head *old, const struct merkle_head *new,
    const struct merkle_hash *proof, size_t count)
{
	bool whole = !(old->size & (old->size - 1));
	uint64_t f = old->size - 1, s = new->size - 1;
	struct merkle_hash a, b;
	struct sha256 *sha;
	size_t i = !whole;

	if (!count)
		return false;
	while (f & 1)
		climb(&f, &s);
	/* The proof leaves a complete old tree out: its reader has it. */
	a = b = whole ? old->root : proof[0];
	sha = sha256_new();
	for (; i < count && s; i++) {
		if (f & 1 || f == s) {
			merkle_node(sha, &proof[i], &a, &a);
			merkle_node(sha, &proof[i], &b, &b);
			while (!(f & 1) && f)
				climb(&f, &s);
		} else {
			merkle_node(sha, &b, &proof[i], &b);
		}
		climb(&f, &s);
	}
	sha256_free(sha);
	return i == count && !s && merkle_eq(&a, &old->root) &&
	       merkle_eq(&b, &new->root);
}

bool
merkle_extends(const struct merkle_head *old, const struct merkle_head *new,
    const struct merkle_hash *proof, size_t count)
{
	struct merkle_hash empty;

	merkle_empty(&empty);
	if (old->size > new->size ||
	    (!old->size && !merkle_eq(&old->root, &empty)))
		return false;
	if (old->size == new->size)
		return !count && merkle_eq(&old->root, &new->root);
	return old->size ? extends(old, new, proof, count) : !count;
}

/* --- growing a tree --- */

unsigned
merkle_append(struct sha256 *sha, struct merkle_edge *edge,
    const struct merkle_hash *leaf, struct merkle_hash done[MERKLE_LEVELS])
{
	unsigned level = 0;

	assert(edge->size < UINT64_MAX);
	done[0] = *leaf;
	for (; edge->size >> level & 1; level++)
		merkle_node(
		    sha, &edge->right[level], &done[level], &done[level + 1]);
	edge->right[level] = done[level];
	edge->size++;
	return level + 1;
}

void
merkle_root(
    struct sha256 *sha, const struct merkle_edge *edge, struct merkle_hash *out)
{
	uint64_t left = edge->size;

	if (!left) {
		merkle_empty(out);
		return;
	}
	*out = edge->right[__builtin_ctzll(left)];
	for (left &= left - 1; left; left &= left - 1)
		merkle_node(sha, &edge->right[__builtin_ctzll(left)], out, out);
}

/* --- reading a tree --- */

/* The greatest power of two below n; n > 1. */
static uint64_t
split(uint64_t n)
{
	return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* From the root down to the leaf; the proof goes up. */
static void
turn_round(struct merkle_path *path)
{
	for (size_t i = 0, j = path->count; i + 1 < j; i++) {
		struct merkle_range range = path->ranges[i];

		path->ranges[i] = path->ranges[--j];
		path->ranges[j] = range;
	}
}

static void
add_range(struct merkle_path *path, uint64_t begin, uint64_t end)
{
	assert(path->count < MERKLE_PROOF_MAX);
	path->ranges[path->count++] = (struct merkle_range){begin, end};
}

void
merkle_inclusion_path(uint64_t index, uint64_t size, struct merkle_path *path)
{
	uint64_t begin = 0, end = size;

	assert(index < size);
	path->count = 0;
	while (end - begin > 1) {
		uint64_t middle = begin + split(end - begin);

		if (index < middle) {
			add_range(path, middle, end);
			end = middle;
		} else {
			add_range(path, begin, middle);
			begin = middle;
		}
	}
	turn_round(path);
}

/* RFC 9162 section 2.1.4.1: down to the subtree that ends where old ends. */
void
merkle_consistency_path(uint64_t old, uint64_t new, struct merkle_path *path)
{
	uint64_t begin = 0, end = new;

	assert(old <= new);
	path->count = 0;
	if (!old)
		return;
	while (end != old) {
		uint64_t middle = begin + split(end - begin);

		if (old <= middle) {
			add_range(path, middle, end);
			end = middle;
		} else {
			add_range(path, begin, middle);
			begin = middle;
		}
	}
	/* The whole old tree is what the reader of the proof has. */
	if (begin)
		add_range(path, begin, end);
	turn_round(path);
}

size_t
merkle_range_nodes(
    struct merkle_range range, struct merkle_node_id nodes[MERKLE_LEVELS])
{
	uint64_t begin = range.begin;
	size_t count = 0;

	while (begin < range.end) {
		unsigned level =
		    63 - (unsigned)__builtin_clzll(range.end - begin);

		assert(!(begin & (((uint64_t)1 << level) - 1)));
		nodes[count++] = (struct merkle_node_id){level, begin >> level};
		begin += (uint64_t)1 << level;
	}
	return count;
}

int
merkle_range_hash(struct sha256 *sha, struct merkle_range range,
    const struct merkle_source *source, struct merkle_hash *out,
    struct err *err)
{
	struct merkle_node_id nodes[MERKLE_LEVELS];
	size_t count = merkle_range_nodes(range, nodes);
	struct merkle_hash left;

	if (!count) {
		merkle_empty(out);
		return 0;
	}
	for (size_t i = count; i-- > 0;) {
		if (source->read(source->ctx, nodes[i].level, nodes[i].index,
		        &left, err))
			return -1;
		if (i == count - 1)
			*out = left;
		else
			merkle_node(sha, &left, out, out);
	}
	return 0;
}

int
merkle_path_hashes(struct sha256 *sha, const struct merkle_path *path,
    const struct merkle_source *source, struct merkle_hash *proof,
    struct err *err)
{
	for (size_t i = 0; i < path->count; i++)
		if (merkle_range_hash(
		        sha, path->ranges[i], source, &proof[i], err))
			return -1;
	return 0;
}

int
merkle_edge_read(uint64_t size, const struct merkle_source *source,
    struct merkle_edge *edge, struct err *err)
{
	struct merkle_node_id nodes[MERKLE_LEVELS];
	size_t count =
	    merkle_range_nodes((struct merkle_range){0, size}, nodes);

	*edge = (struct merkle_edge){.size = size};
	for (size_t i = 0; i < count; i++)
		if (source->read(source->ctx, nodes[i].level, nodes[i].index,
		        &edge->right[nodes[i].level], err))
			return -1;
	return 0;
}
