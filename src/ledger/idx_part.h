#ifndef LEDGER_IDX_PART_H
#define LEDGER_IDX_PART_H

#include "ledger/idx.h"

/*
 * idx_part - what writing an index of events (idx_write.c) and looking in one
 * (idx.c) share.  For these two only.
 */
#define IDX_MAGIC     "firn-idx/1\n"
#define IDX_HEAD_LEN  56
#define IDX_ENTRY_LEN 28
#define IDX_ID_LEN    16
#define IDX_BLOCK_LEN 32

/* The bits that an id has in its block, and which block that is. */
struct idx_bits {
	uint64_t block;
	uint32_t words[8];
};

struct idx_bits idx_bits(const unsigned char id[IDX_ID_LEN], uint64_t blocks);

/* What the filter says: false is certain. */
bool idx_may_have(const struct idx *idx, const unsigned char id[IDX_ID_LEN]);

const unsigned char *idx_entry(const struct idx *idx, uint64_t i);

#endif
