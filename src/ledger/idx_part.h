#ifndef LEDGER_IDX_PART_H
#define LEDGER_IDX_PART_H

#include "base/bloom.h"
#include "base/bytes.h"
#include "ledger/idx.h"

/*
 * idx_part - what writing an index of events (idx_write.c) and looking in one
 * (idx.c) share.  For these two only.
 */
#define IDX_MAGIC     "firn-idx/1\n"
#define IDX_HEAD_LEN  56
#define IDX_ENTRY_LEN 28
#define IDX_ID_LEN    16

/* What the filter has of an id, which is a hash already. */
static inline uint64_t
idx_hash(const unsigned char id[IDX_ID_LEN])
{
	return get_u64(id + 8);
}

/* What the filter says: false is certain. */
bool idx_may_have(const struct idx *idx, const unsigned char id[IDX_ID_LEN]);

const unsigned char *idx_entry(const struct idx *idx, uint64_t i);

#endif
