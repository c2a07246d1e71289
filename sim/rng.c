#include "rng.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

static const char lower_hex[] = "0123456789abcdef";

static void
guid_format(char out[GUID_TEXT_MAX], uint64_t hi, uint64_t lo)
{
	char *p = out;

	hi = (hi & ~UINT64_C(0xf000)) | 0x4000;
	lo = (lo & ~(UINT64_C(3) << 62)) | UINT64_C(1) << 63;
	for (int i = 0; i < 32; i++) {
		uint64_t word = i < 16 ? hi : lo;

		if (i == 8 || i == 12 || i == 16 || i == 20)
			*p++ = '-';
		*p++ = lower_hex[word >> (60 - 4 * (i & 15)) & 15];
	}
	*p = '\0';
}

void
text_guid(char out[GUID_TEXT_MAX], struct rng *rng)
{
	uint64_t hi = rng_next(rng);

	guid_format(out, hi, rng_next(rng));
}

void
text_guid_of(char out[GUID_TEXT_MAX], uint64_t a, uint64_t b)
{
	uint64_t hi = rng_mix(a, b);

	guid_format(out, hi, rng_mix(hi, b));
}

static void
base64_of(char *out, size_t n, struct rng *rng, const char *alphabet)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < n; i++) {
		if (i % 10 == 0)
			bits = rng_next(rng);
		out[i] = alphabet[bits & 63];
		bits >>= 6;
	}
	out[n] = '\0';
}

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

void
text_base64(char *out, size_t n, struct rng *rng)
{
	base64_of(out, n, rng, LETTERS "+/");
}

void
text_base64url(char *out, size_t n, struct rng *rng)
{
	base64_of(out, n, rng, LETTERS "-_");
}

void
text_hex(char *out, size_t n, uint64_t value)
{
	for (size_t i = n; i > 0; i--) {
		out[i - 1] = lower_hex[value & 15];
		value >>= 4;
	}
	out[n] = '\0';
}

void
text_ipv4(char out[16], uint32_t address)
{
	snprintf(out, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
	    address >> 8 & 255, address & 255);
}

static char *
two_digits(char *p, int n, char after)
{
	p[0] = (char)('0' + n / 10 % 10);
	p[1] = (char)('0' + n % 10);
	p[2] = after;
	return p + 3;
}

void
text_time(char out[20], int64_t time_us)
{
	struct time_civil at = time_civil(time_us);
	char *p = out;

	*p++ = (char)('0' + at.year / 1000 % 10);
	*p++ = (char)('0' + at.year / 100 % 10);
	p = two_digits(p, at.year % 100, '-');
	p = two_digits(p, at.month, '-');
	p = two_digits(p, at.day, 'T');
	p = two_digits(p, at.hour, ':');
	p = two_digits(p, at.minute, ':');
	two_digits(p, at.second, '\0');
}
