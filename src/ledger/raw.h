#ifndef LEDGER_RAW_H
#define LEDGER_RAW_H

#include "ledger/frame.h"

/*
 * raw - the records of a sealed segment: bytes, salts and all, in the order of
 * the log.  Integers are little-endian.
 *
 *	"firn-raw/1\n" and five zero bytes
 *	u64  index of the first record, u64 index behind the last
 *	blocks, each one zstd frame of about RAW_BLOCK_BYTES of records
 *	     (ledger/frame.h; stream numbers count from the block's first)
 *	directory:
 *	  u32  number of streams, each u16 length, source, u16 length, tenant
 *	  u32  number of blocks, each u64 index of its first record, u64 where
 *	       it begins in the file, u32 bytes there, u32 bytes unpacked,
 *	       u32 the first of its streams, 32 bytes SHA-256 of the bytes
 *	       there
 *	u64  where the directory begins
 *	32 bytes: SHA-256("firn-raw-directory/1\n" || the head's 32 bytes ||
 *	     the directory || where it begins)
 *
 * Nothing stands between these.  A block is checked before it is unpacked, so
 * what is read is what was written.  Other blocks keep their bytes when one is
 * written anew, and when segments are put together.
 *
 * One thread; what is read is good until the next call with the same struct.
 */
#define RAW_BLOCK_BYTES ((size_t)512 << 10)
#define RAW_DIR_MAX     ((size_t)1 << 30) /* bytes of a directory */

/* --- writing --- */

struct raw_writer;
struct raw;

/* Makes the file, which must not be there, for the records [first, end). */
int raw_create(struct raw_writer **out, const char *path, uint64_t first,
    uint64_t end, struct err *err);

/* The next record; its stream's number plays no part. */
int raw_add(struct raw_writer *writer, const struct frame *frame,
    const struct stream *stream, struct err *err);

/*
 * The next records: those of a block of another file, as it is packed there.
 * The file must stay open until all that is copied of it was.
 */
int raw_copy(struct raw_writer *writer, struct raw *from, uint32_t block,
    struct err *err);

/* All were added: the file is whole and on disk when back with 0. */
int raw_finish(struct raw_writer *writer, struct err *err);

/* A file that was not finished stays, and does not verify.  NULL is allowed. */
void raw_writer_free(struct raw_writer *writer);

/* --- reading --- */

/* Reads and checks all but the blocks. */
int raw_open(struct raw **out, const char *path, struct err *err);
void raw_close(struct raw *raw);

uint64_t raw_first(const struct raw *raw);
uint64_t raw_end(const struct raw *raw);

/* The pairs of source and tenant of its records; good until it is closed. */
const struct stream *raw_streams(const struct raw *raw, uint32_t *count);

/* Block i has the records from raw_block(i) to raw_block(i + 1). */
uint32_t raw_blocks(const struct raw *raw);
uint64_t raw_block(const struct raw *raw, uint32_t block);

/*
 * Record `index`, within [first, end).  Its block stays unpacked, so that a
 * walk in order unpacks each block once.
 */
int raw_record(struct raw *raw, uint64_t index, struct frame *frame,
    struct stream *stream, struct err *err);

#endif
