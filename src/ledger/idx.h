#ifndef LEDGER_IDX_H
#define LEDGER_IDX_H

#include "ledger/frame.h"

/*
 * idx - which events the records of a sealed segment tell.  Integers are
 * little-endian.
 *
 *	"firn-idx/1\n" and five zero bytes
 *	u64  index of the first record, u64 index behind the last
 *	i64  the latest time at which one of them was received
 *	u64  number of entries, u64 number of blocks of the filter
 *	entries, each:
 *	  16 bytes id, 8 bytes told (struct identity)
 *	  u32  index of the record, less that of the first
 *	the filter: blocks of eight u32 each
 *	32 bytes: SHA-256 of all before
 *
 * There is an entry for each record that tells an event with an identity, by id
 * and then by index.  Told of an erased record is eight times 255.
 *
 * The filter is the split-block Bloom filter of Apache Parquet, over the last
 * eight bytes of each id as they stand (an id is a hash already), with a block
 * for each IDX_BLOCK_IDS entries: of a thousand ids that are not there it lets
 * about one through, for 17 bits an id.
 *
 * A struct idx_writer belongs to one thread; a struct idx is never changed and
 * any number of threads may look in it.
 */
#define IDX_RECORDS_MAX UINT32_MAX
#define IDX_BLOCK_IDS   15

struct idx_writer;

/* For the records [first, end), at most IDX_RECORDS_MAX of them. */
struct idx_writer *idx_writer_new(uint64_t first, uint64_t end);

/* Of every record, also of those that tell nothing. */
void
idx_add(struct idx_writer *writer, uint64_t index, const struct frame *frame);

/* Makes the file, which must not be there; on disk when back with 0. */
int idx_write(struct idx_writer *writer, const char *path, struct err *err);
void idx_writer_free(struct idx_writer *writer);

struct idx;

/*
 * Makes the file from those of adjacent segments, in their order.  The records
 * in `erased`, of which there are `count`, sorted, are entered as erased.
 */
struct idx_erased {
	const uint64_t *list;
	size_t count;
};
int idx_merge(struct idx *const *from, size_t count, struct idx_erased erased,
    const char *path, struct err *err);

/*
 * Maps the file, which must not change.  `whole`: all of it is checked; else
 * only that it is as long as it says.
 */
int idx_open(struct idx **out, const char *path, bool whole, struct err *err);
void idx_close(struct idx *idx);

uint64_t idx_first(const struct idx *idx);
uint64_t idx_end(const struct idx *idx);
uint64_t idx_count(const struct idx *idx);
int64_t idx_received_us(const struct idx *idx);

/*
 * What the segment's records tell of the event: of each field what the first
 * record says that says anything; all IDENTITY_ERASED if one was erased. *index
 * is the first record that tells it.  False if none does.
 */
bool idx_find(const struct idx *idx, const unsigned char id[16],
    struct identity *told, uint64_t *index);

/*
 * The record that is the n-th to tell the event, from 0; false if there are not
 * so many.
 */
bool idx_record(const struct idx *idx, const unsigned char id[16], size_t n,
    uint64_t *index);

/* Whether there is exactly this entry. */
bool
idx_has(const struct idx *idx, const struct identity *told, uint64_t index);

#endif
