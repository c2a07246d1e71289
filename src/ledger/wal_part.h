#ifndef LEDGER_WAL_PART_H
#define LEDGER_WAL_PART_H

#include "ledger/wal.h"

/*
 * wal_part - what writing a WAL (wal.c) and walking over one (wal_walk.c)
 * share.  For these two only.
 */
#define WAL_MAGIC       "firn-wal/1\n"
#define WAL_BATCH_MAGIC "FWB1"
#define WAL_HEAD_LEN    WAL_FIRST /* of the file */
#define WAL_BATCH_LEN   24        /* of a batch's head */

/* Of a file, with its NUL: the index, 20 digits, and ".wal". */
#define WAL_NAME_MAX 25

void wal_name(char name[WAL_NAME_MAX], uint64_t first);

void wal_head(unsigned char head[WAL_HEAD_LEN], uint64_t first);

void wal_batch_head(unsigned char head[WAL_BATCH_LEN], size_t body,
    uint64_t first, uint32_t count);

/* The seal that stands for the file's head. */
void wal_head_seal(
    const unsigned char head[WAL_HEAD_LEN], unsigned char seal[SHA256_LEN]);

/*
 * Turns the seal of the batch before into that of this one.  -1 if the frames
 * are not batch->count whole ones, each of one of its streams.
 */
int wal_seal(struct sha256 *sha, unsigned char seal[SHA256_LEN],
    const unsigned char head[WAL_BATCH_LEN], struct slice tables,
    const struct wal_batch *batch);

/* The seal at the end of the file's `good` bytes. */
int wal_last_seal(int fd, uint64_t good, unsigned char seal[SHA256_LEN]);

#endif
