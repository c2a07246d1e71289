#ifndef BASE_BLOOM_H
#define BASE_BLOOM_H

#include <stdbool.h>
#include <stdint.h>

/*
 * bloom - the split-block Bloom filter of Apache Parquet's specification: which
 * hashes may be there, in blocks of eight u32 each, little-endian.
 *
 * Pure; `blocks` are `count` blocks, at least one.
 */
#define BLOOM_BLOCK_LEN 32

void bloom_add(unsigned char *blocks, uint64_t count, uint64_t hash);

/* False is certain. */
bool bloom_has(const unsigned char *blocks, uint64_t count, uint64_t hash);

#endif
