#include "base/xxh64.h"

#include "base/bytes.h"

#define P1 0x9e3779b185ebca87u
#define P2 0xc2b2ae3d27d4eb4fu
#define P3 0x165667b19e3779f9u
#define P4 0x85ebca77c2b2ae63u
#define P5 0x27d4eb2f165667c5u

static uint64_t
turn(uint64_t v, unsigned bits)
{
	return v << bits | v >> (64 - bits);
}

static uint64_t
mix(uint64_t lane, uint64_t word)
{
	return turn(lane + word * P2, 31) * P1;
}

/* Whole stripes of 32 bytes, in four lanes. */
static uint64_t
stripes(const unsigned char **p, size_t *n)
{
	uint64_t lanes[4] = {P1 + P2, P2, 0, -P1}, h;

	for (; *n >= 32; *p += 32, *n -= 32)
		for (unsigned i = 0; i < 4; i++)
			lanes[i] = mix(lanes[i], get_u64(*p + (size_t)8 * i));
	h = turn(lanes[0], 1) + turn(lanes[1], 7) + turn(lanes[2], 12) +
	    turn(lanes[3], 18);
	for (unsigned i = 0; i < 4; i++)
		h = (h ^ mix(0, lanes[i])) * P1 + P4;
	return h;
}

uint64_t
xxh64(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	size_t n = s.len;
	uint64_t h = n >= 32 ? stripes(&p, &n) : P5;

	h += s.len;
	for (; n >= 8; p += 8, n -= 8)
		h = turn(h ^ mix(0, get_u64(p)), 27) * P1 + P4;
	if (n >= 4) {
		h = turn(h ^ get_u32(p) * P1, 23) * P2 + P3;
		p += 4;
		n -= 4;
	}
	for (; n; p++, n--)
		h = turn(h ^ *p * P5, 11) * P1;
	h = (h ^ h >> 33) * P2;
	h = (h ^ h >> 29) * P3;
	return h ^ h >> 32;
}
