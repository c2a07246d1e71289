#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stdint.h>
#include <string.h>

#include "base/slice.h"

/*
 * hash - for tables in memory.  Fast, seeded, not for anything that is kept or
 * shown: two runs with different seeds agree on nothing.
 */

static inline uint64_t
hash_mix(uint64_t a, uint64_t b)
{
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
hash_load(const char *p, size_t n)
{
	uint64_t v = 0;

	memcpy(&v, p, n < 8 ? n : 8);
	return v;
}

/* A 64-bit hash of the bytes; a seed from getrandom() makes it unguessable. */
static inline uint64_t
hash64(struct slice s, uint64_t seed)
{
	static const uint64_t k0 = 0x9e3779b97f4a7c15u,
	                      k1 = 0xd6e8feb86659fd93u;
	uint64_t h = seed ^ hash_mix(s.len ^ k0, k1);
	const char *p = s.ptr;
	size_t n = s.len;

	for (; n > 16; p += 16, n -= 16)
		h = hash_mix(
		    hash_load(p, 8) ^ k0 ^ h, hash_load(p + 8, 8) ^ k1);
	if (n > 8)
		h = hash_mix(
		    hash_load(p, 8) ^ k0 ^ h, hash_load(p + 8, n - 8) ^ k1);
	else if (n)
		h = hash_mix(hash_load(p, n) ^ k0 ^ h, k1 ^ n);
	return hash_mix(h ^ k1, k0);
}

#endif
