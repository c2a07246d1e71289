#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * rng - numbers that look random and are a function of a seed (splitmix64).
 *
 * Whatever is true of the made-up tenant for good (a person's name, the
 * address of a home) is rng_mix() of the seed and what it belongs to, so that
 * nothing has to be kept.  What happens is drawn from a struct rng that is
 * seeded in the same way: an hour is the same whoever asks for it, and when.
 */
struct rng {
	uint64_t state;
};

static inline uint64_t
rng_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2));

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static inline uint64_t
rng_next(struct rng *rng)
{
	uint64_t x = rng->state += 0x9e3779b97f4a7c15u;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

/* A number under n; 0 if n is 0. */
static inline uint32_t
rng_below(struct rng *rng, uint32_t n)
{
	return (uint32_t)(((rng_next(rng) >> 32) * n) >> 32);
}

/* From low to high, both included. */
static inline uint32_t
rng_range(struct rng *rng, uint32_t low, uint32_t high)
{
	return low + rng_below(rng, high - low + 1);
}

static inline bool
rng_percent(struct rng *rng, uint32_t percent)
{
	return rng_below(rng, 100) < percent;
}

#define RNG_PICK(rng, array)                                                   \
	((array)[rng_below((rng), sizeof(array) / sizeof((array)[0]))])

/*
 * Ids and addresses as the suite writes them.
 *
 * Every function fills `out` with text and a NUL.
 */

#define GUID_TEXT_MAX 37

/* A version 4 id, lower case. */
void text_guid(char out[GUID_TEXT_MAX], struct rng *rng);

/* The version 4 id that belongs to these two numbers for good. */
void text_guid_of(char out[GUID_TEXT_MAX], uint64_t a, uint64_t b);

/* n characters of the alphabet of base64, or of base64url. */
void text_base64(char *out, size_t n, struct rng *rng);
void text_base64url(char *out, size_t n, struct rng *rng);

/* n digits of hexadecimal. */
void text_hex(char *out, size_t n, uint64_t value);

/* Dotted decimal. */
void text_ipv4(char out[16], uint32_t address);

/* 2026-10-05T08:11:12 */
void text_time(char out[20], int64_t time_us);

#endif
