#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdint.h>

/*
 * bytes - integers as files hold them: little-endian, anywhere.
 */
static inline uint64_t
get_le(const unsigned char *p, unsigned n)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < n; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

static inline void
put_le(unsigned char *p, unsigned n, uint64_t v)
{
	for (unsigned i = 0; i < n; i++)
		p[i] = (unsigned char)(v >> 8 * i);
}

static inline uint16_t
get_u16(const unsigned char *p)
{
	return (uint16_t)get_le(p, 2);
}

static inline uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t)get_le(p, 4);
}

static inline uint64_t
get_u64(const unsigned char *p)
{
	return get_le(p, 8);
}

#endif
