#ifndef LEDGER_WAL_H
#define LEDGER_WAL_H

#include <stdio.h>

#include "ledger/frame.h"

/*
 * wal - records that are durable and not yet in a segment.
 *
 * wal/<first index, 20 digits>.wal:
 *
 *	"firn-wal/1\n" and five zero bytes
 *	u64  index of the file's first record
 *	batches, each:
 *	  "FWB1"
 *	  u32  bytes of the body
 *	  u64  index of the first record
 *	  u32  number of records
 *	  u32  CRC-32 of these 20 bytes
 *	  body: u32 number of streams, each u16 length, source, u16 length,
 *	        tenant; u32 number of marks, each u64 delivery, u64 consumed;
 *	        the frames of the records (ledger/frame.h)
 *	  32 bytes: SHA-256("firn-batch/1\n" || the seal of the batch before, or
 *	        of the file's head || the header's 24 bytes || the body without
 *	        raw bytes || the leaf hash of each record)
 *
 * Invariants
 *  1. A batch is written whole by one writer, then fdatasync'ed, then
 *     acknowledged.  There is nothing between batches.
 *  2. The leaf hashes stand for the raw bytes, so that these are hashed once.
 *  3. Stream numbers are the batch's own.
 *  4. A batch that does not verify and reaches to the end of the last file,
 *     or the rest of a header there, is a write that was torn: it was never
 *     acknowledged, and opening for writing cuts it off and says how much.
 *     Anything else that does not verify is damage: opening fails and leaves
 *     the file as it was found.  (A torn batch and a damaged last one look
 *     alike; the checkpoint, which says how many records there must be, tells
 *     them apart: see ledger.h.)  Nothing but zeros is torn, too: the size of
 *     the file reached the disk, its bytes did not.
 *  5. After a write or a sync that failed nothing more is written through this
 *     struct: what the disk holds is unknown until it is read again.
 *
 * One thread.
 */
#define WAL_BODY_MAX    ((size_t)256 << 20)
#define WAL_STREAMS_MAX 65536u
#define WAL_MARKS_MAX   (1u << 20)
#define WAL_FIRST       24 /* bytes of a file's head: where batches begin */

/* How far a delivery has been taken in; see ledger.h. */
struct wal_mark {
	uint64_t delivery, consumed;
};

/* What is written at once. */
struct wal_batch {
	uint64_t first;
	uint32_t count;
	const struct stream *streams;
	size_t stream_count;
	const struct wal_mark *marks;
	size_t mark_count;
	struct slice frames;
	const struct merkle_hash *leaves; /* one a record */
};

struct wal;

/* Makes an empty file for records from `first`; durable when back. */
int
wal_create(struct wal **out, const char *dir, uint64_t first, struct err *err);

/*
 * Appends; durable when back with 0.  ERR_LIMIT: the body would be longer than
 * WAL_BODY_MAX; nothing was written.  Other failures: nothing is known of it,
 * and every further call fails.
 */
int wal_append(struct wal *wal, const struct wal_batch *batch, struct err *err);

/* Bytes in the file. */
uint64_t wal_bytes(const struct wal *wal);

/* NULL is allowed. */
void wal_close(struct wal *wal);

/* --- reading --- */

/* What a walk over a file gives, batch by batch; good until the next. */
struct wal_seen {
	struct wal_batch batch;
	const struct frame *records; /* decoded, batch.count of them */
	/* Of record i, its place in batch.frames. */
	const size_t *offsets;
};

enum wal_end {
	WAL_WHOLE, /* the file ends with its last batch */
	WAL_TORN,  /* behind it stands what was never acknowledged */
};

/*
 * Reads the file at path and calls back for every batch that verifies.  -1 for
 * damage, naming file and record, or if the callback returned -1 (with its
 * err).  *good is the length of the file up to its last whole batch, or 0 if
 * not even its head is whole: then it was never used.  `last`: no file follows,
 * so that a torn end is possible.
 */
int wal_walk(const char *path, bool last,
    int (*batch)(void *ctx, const struct wal_seen *seen, struct err *err),
    void *ctx, enum wal_end *end, uint64_t *good, struct err *err);

/*
 * Opens the file that wal_walk() has read, cuts it to `good` bytes, and goes
 * on behind them.
 */
int
wal_reopen(struct wal **out, const char *path, uint64_t good, struct err *err);

#endif
