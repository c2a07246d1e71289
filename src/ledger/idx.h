#ifndef LEDGER_IDX_H
#define LEDGER_IDX_H

#include "ledger/frame.h"

/*
 * idx - which events the records of a sealed segment tell.  Integers are
 * little-endian.
 *
 *	"firn-idx/1\n" and five zero bytes
 *	u64  index of the first record, u64 index behind the last
 *	u64  number of entries
 *	entries, each:
 *	  16 bytes id, 8 bytes told (struct identity)
 *	  u32  index of the record, less that of the first
 *	32 bytes: SHA-256 of all before
 *
 * There is an entry for each record that tells an event with an identity, by id
 * and then by index.
 *
 * A struct idx_writer belongs to one thread; a struct idx is never changed and
 * any number of threads may look in it.
 */
#define IDX_RECORDS_MAX UINT32_MAX

struct idx_writer;

/* For the records [first, end), at most IDX_RECORDS_MAX of them. */
struct idx_writer *idx_writer_new(uint64_t first, uint64_t end);
void
idx_add(struct idx_writer *writer, uint64_t index, const struct identity *told);

/* Makes the file, which must not be there; on disk when back with 0. */
int idx_write(struct idx_writer *writer, const char *path, struct err *err);
void idx_writer_free(struct idx_writer *writer);

struct idx;

/* Maps the file, which must not change, and checks all of it. */
int idx_open(struct idx **out, const char *path, struct err *err);
void idx_close(struct idx *idx);

uint64_t idx_first(const struct idx *idx);
uint64_t idx_end(const struct idx *idx);

/*
 * What the segment's records tell of the event: of each field what the first
 * record says that says anything.  *index is the first record that tells it.
 * False if none does.
 */
bool idx_find(const struct idx *idx, const unsigned char id[16],
    struct identity *told, uint64_t *index);

#endif
