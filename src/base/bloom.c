#include "base/bloom.h"

#include "base/bytes.h"

/* Those of the specification: which bit a hash has in each word. */
static const uint32_t salts[8] = {0x47b6137bu, 0x44974d91u, 0x8824ad5bu,
    0xa2b7289du, 0x705495c7u, 0x2df1424bu, 0x9efc4947u, 0x5c6bfb31u};

static uint64_t
place_of(uint64_t count, uint64_t hash)
{
	return (((hash >> 32) * count) >> 32) * BLOOM_BLOCK_LEN;
}

static uint32_t
bit_of(uint64_t hash, unsigned word)
{
	return 1u << (((uint32_t)hash * salts[word]) >> 27);
}

void
bloom_add(unsigned char *blocks, uint64_t count, uint64_t hash)
{
	unsigned char *p = blocks + place_of(count, hash);

	for (unsigned i = 0; i < 8; i++, p += 4)
		put_le(p, 4, get_u32(p) | bit_of(hash, i));
}

bool
bloom_has(const unsigned char *blocks, uint64_t count, uint64_t hash)
{
	const unsigned char *p = blocks + place_of(count, hash);
	uint32_t missing = 0;

	for (unsigned i = 0; i < 8; i++, p += 4)
		missing |= bit_of(hash, i) & ~get_u32(p);
	return !missing;
}
