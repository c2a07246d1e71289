#ifndef LEDGER_HASHES_H
#define LEDGER_HASHES_H

#include "ledger/merkle.h"

/*
 * hashes - the Merkle tree on disk: flat files of 32-byte hashes.
 *
 *	hash/0	the leaf hash of every record, by index
 *	hash/8	the root of every complete run of 256 leaves
 *	hash/16, hash/24, ...	and of 256 of those
 *
 * The levels between are computed, from at most 128 hashes: kept, they would
 * double the size.  The files follow from the records, and those that are not
 * sealed are in the WAL, so a file is synced only before a WAL goes.
 *
 * One writer; readers ask below a size that they have from a checkpoint.
 */
#define HASHES_STEP 8

struct hashes;

/* `write`: makes what is missing. */
int
hashes_open(struct hashes **out, const char *dir, bool write, struct err *err);
void hashes_close(struct hashes *hashes);

/*
 * Writes the leaves [first, first + count) and what they complete; leaves
 * before are there.  The tree ends with them then.  What is there already, as
 * when a recovery writes again, must be the same (or zeros, which a power cut
 * leaves of what was not synced): else ERR_CORRUPT, and it stays as found.
 * After a failure only hashes_close() is useful.
 */
int hashes_write(struct hashes *hashes, uint64_t first,
    const struct merkle_hash *leaves, size_t count, struct err *err);

/* The tree up to the last leaf written; of one that writes only. */
void hashes_tree(const struct hashes *hashes, struct merkle_head *tree);

/* Leaf hashes [first, first + count). */
int hashes_read(struct hashes *hashes, uint64_t first,
    struct merkle_hash *leaves, size_t count, struct err *err);

/*
 * Cuts off what stands behind the first `size` leaves; on disk when back with
 * 0.  Of one that writes, whose tree ends there or before.
 */
int hashes_cut(struct hashes *hashes, uint64_t size, struct err *err);

int hashes_sync(struct hashes *hashes, struct err *err);

/* How many leaf hashes the files have, whole ones. */
int hashes_count(struct hashes *hashes, uint64_t *count, struct err *err);

/* Reads kept nodes and computes others. */
struct merkle_source hashes_source(struct hashes *hashes);

#endif
