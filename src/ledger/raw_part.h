#ifndef LEDGER_RAW_PART_H
#define LEDGER_RAW_PART_H

#include "ledger/raw.h"

/*
 * raw_part - what writing a segment's records (raw_write.c) and reading them
 * (raw.c) share.  For these two only.
 */
#define RAW_MAGIC     "firn-raw/1\n"
#define RAW_HEAD_LEN  32
#define RAW_FOOT_LEN  40
#define RAW_ENTRY_LEN 60 /* of a block, in the directory */
/* A block ends with the record that fills it. */
#define RAW_UNPACKED_MAX (RAW_BLOCK_BYTES + FRAME_RAW_MAX + 4096)

struct raw_block {
	uint64_t first, at;
	uint32_t packed, unpacked;
	uint32_t streams; /* the first of them, in the table */
	unsigned char hash[SHA256_LEN];
};

/* Of a file that is read. */
const struct raw_block *raw_entry(const struct raw *raw, uint32_t block);

/* The block as it is packed, checked; good until the next call. */
int raw_packed(struct raw *raw, const struct raw_block *block,
    struct slice *packed, struct err *err);

void raw_head(unsigned char head[RAW_HEAD_LEN], uint64_t first, uint64_t end);

/* The hash that ends the file; `at` is where the directory begins. */
void raw_foot(const unsigned char head[RAW_HEAD_LEN], struct slice directory,
    uint64_t at, unsigned char foot[RAW_FOOT_LEN]);

#endif
