#ifndef LEDGER_MERKLE_H
#define LEDGER_MERKLE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/sha256.h"

/*
 * merkle - the tree of hashes of RFC 6962 section 2.1 (RFC 9162 the same).
 *
 *	leaf  = SHA-256(00 || entry)        node = SHA-256(01 || left || right)
 *	root of nothing = SHA-256()
 *
 * A tree of n leaves is split at the greatest power of two below n.  The node
 * (level, index) is the root of the complete subtree over the leaves
 * [index << level, (index + 1) << level); those never change as the tree
 * grows, and every root and proof follows from them.
 *
 * Pure but for the source that nodes are read from.  A struct sha256 serves
 * one thread at a time.
 */
struct merkle_hash {
	unsigned char bytes[SHA256_LEN];
};

/* A tree in two words: what a checkpoint signs. */
struct merkle_head {
	uint64_t size;
	struct merkle_hash root;
};

#define MERKLE_LEVELS    64
#define MERKLE_PROOF_MAX 65 /* hashes in a proof, at most */

void
merkle_leaf(struct sha256 *sha, struct slice entry, struct merkle_hash *out);

/* out may be left or right. */
void merkle_node(struct sha256 *sha, const struct merkle_hash *left,
    const struct merkle_hash *right, struct merkle_hash *out);

/* The root of a tree without leaves. */
void merkle_empty(struct merkle_hash *out);

static inline bool
merkle_eq(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

/* --- checking proofs --- */

/* Whether the proof shows that the tree's leaf at index is this one. */
bool merkle_includes(const struct merkle_head *tree, uint64_t index,
    const struct merkle_hash *leaf, const struct merkle_hash *proof,
    size_t count);

/*
 * Whether the proof shows that the leaves of `old` are the first of `new`.
 * The proof is empty if both are of one size or old is empty, as C2SP's
 * witnesses want it; an empty tree must have the root of one.
 */
bool
merkle_extends(const struct merkle_head *old, const struct merkle_head *new,
    const struct merkle_hash *proof, size_t count);

/* --- growing a tree --- */

/*
 * The right edge of a tree: right[level] is the complete subtree that ends
 * there, where that bit of size is set.  All zero is the empty tree.
 */
struct merkle_edge {
	uint64_t size;
	struct merkle_hash right[MERKLE_LEVELS];
};

/*
 * Appends a leaf.  Returns how many nodes it completes, 1 to MERKLE_LEVELS:
 * done[level] is the node (level, old size >> level).
 */
unsigned merkle_append(struct sha256 *sha, struct merkle_edge *edge,
    const struct merkle_hash *leaf, struct merkle_hash done[MERKLE_LEVELS]);

void merkle_root(struct sha256 *sha, const struct merkle_edge *edge,
    struct merkle_hash *out);

/* --- reading a tree --- */

/* Where complete subtrees are kept. */
struct merkle_source {
	int (*read)(void *ctx, unsigned level, uint64_t index,
	    struct merkle_hash *hash, struct err *err);
	void *ctx;
};

struct merkle_node_id {
	unsigned level;
	uint64_t index;
};

/* Leaves [begin, end) that hang together under one node, complete or not. */
struct merkle_range {
	uint64_t begin, end;
};

/* Which ranges the hashes of a proof stand for, in order. */
struct merkle_path {
	size_t count;
	struct merkle_range ranges[MERKLE_PROOF_MAX];
};

/* index < size */
void
merkle_inclusion_path(uint64_t index, uint64_t size, struct merkle_path *path);

/* old <= new */
void
merkle_consistency_path(uint64_t old, uint64_t new, struct merkle_path *path);

/* The complete nodes that a range consists of, from the left; their number. */
size_t merkle_range_nodes(
    struct merkle_range range, struct merkle_node_id nodes[MERKLE_LEVELS]);

/* The hash of a range: {0, n} is the root at size n, {0, 0} included. */
int merkle_range_hash(struct sha256 *sha, struct merkle_range range,
    const struct merkle_source *source, struct merkle_hash *out,
    struct err *err);

/* The proof itself, path->count hashes. */
int merkle_path_hashes(struct sha256 *sha, const struct merkle_path *path,
    const struct merkle_source *source, struct merkle_hash *proof,
    struct err *err);

/* The right edge of the tree of that size, to append to. */
int merkle_edge_read(uint64_t size, const struct merkle_source *source,
    struct merkle_edge *edge, struct err *err);

#endif
