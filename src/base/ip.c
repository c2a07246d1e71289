#include "base/ip.h"

#include <string.h>

#define V4_AT   12 /* where IPv4 stands in the 16 bytes */
#define V4_BITS 96 /* what an IPv4 length is short of */

static const unsigned char v4_prefix[V4_AT] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* Four numbers without leading zeros, nothing around them. */
static bool
parse_v4(struct slice s, unsigned char out[4])
{
	size_t i = 0;

	for (int part = 0; part < 4; part++) {
		unsigned v = 0;
		size_t from;

		if (part > 0 && (i >= s.len || s.ptr[i++] != '.'))
			return false;
		from = i;
		for (; i < s.len && i - from < 3; i++) {
			unsigned digit =
			    (unsigned)(unsigned char)s.ptr[i] - '0';

			if (digit > 9)
				break;
			v = v * 10 + digit;
		}
		if (i == from || v > 255 ||
		    (i - from > 1 && s.ptr[from] == '0'))
			return false;
		out[part] = (unsigned char)v;
	}
	return i == s.len;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One to four hexadecimal digits off the front; -1 if there are none. */
static int
take_group(struct slice *s)
{
	size_t n = 0;
	int v = 0;

	for (; n < s->len && n < 4 && hex_value(s->ptr[n]) >= 0; n++)
		v = v * 16 + hex_value(s->ptr[n]);
	*s = slice_skip(*s, n);
	return n > 0 ? v : -1;
}

/* The bytes behind the gap go to the end, zeros between. */
static void
open_gap(unsigned char bytes[16], size_t gap, size_t n)
{
	memmove(bytes + 16 - (n - gap), bytes + gap, n - gap);
	memset(bytes + gap, 0, 16 - n);
}

static bool
parse_v6(struct slice s, unsigned char out[16])
{
	size_t n = 0, gap = 17; /* 17: there is none */

	if (s.len >= 2 && s.ptr[0] == ':' && s.ptr[1] == ':') {
		gap = 0;
		s = slice_skip(s, 2);
	}
	while (s.len > 0 && n < 16) {
		struct slice rest = s;
		int v;

		if (n <= V4_AT && parse_v4(s, out + n)) {
			n += 4;
			s.len = 0;
			break;
		}
		v = take_group(&rest);
		if (v < 0)
			return false;
		out[n++] = (unsigned char)(v >> 8);
		out[n++] = (unsigned char)v;
		s = rest;
		if (s.len == 0)
			break;
		if (s.len < 2 || s.ptr[0] != ':')
			return false;
		s = slice_skip(s, 1);
		if (s.ptr[0] == ':') {
			if (gap <= 16)
				return false;
			gap = n;
			s = slice_skip(s, 1);
		}
	}
	if (s.len > 0 || (gap <= 16 ? n > 14 : n != 16))
		return false;
	if (gap <= 16)
		open_gap(out, gap, n);
	return true;
}

static bool
parse_address(struct slice s, struct ip *out)
{
	const char *zone;

	if (parse_v4(s, out->bytes + V4_AT)) {
		memcpy(out->bytes, v4_prefix, V4_AT);
		return true;
	}
	zone = s.len > 0 ? memchr(s.ptr, '%', s.len) : NULL;
	if (zone != NULL && zone + 1 < s.ptr + s.len)
		s.len = (size_t)(zone - s.ptr);
	return parse_v6(s, out->bytes);
}

/* ":52378" */
static bool
is_port(struct slice s)
{
	uint64_t port;

	return s.len >= 2 && s.len <= 6 && s.ptr[0] == ':' &&
	       slice_to_u64(slice_skip(s, 1), &port) && port <= 65535;
}

bool
ip_parse(struct slice s, struct ip *out)
{
	struct slice port;
	const char *end;

	s = slice_trim(s);
	if (s.len < 2)
		return false;
	if (parse_address(s, out))
		return true;
	if (s.ptr[0] == '[') {
		end = memchr(s.ptr, ']', s.len);
		if (end == NULL)
			return false;
		port = slice_skip(s, (size_t)(end - s.ptr) + 1);
		if (port.len > 0 && !is_port(port))
			return false;
		s = slice_of(s.ptr + 1, (size_t)(end - s.ptr) - 1);
		return parse_address(s, out);
	}
	end = memchr(s.ptr, ':', s.len);
	if (end == NULL || !is_port(slice_skip(s, (size_t)(end - s.ptr))))
		return false;
	s.len = (size_t)(end - s.ptr);
	if (!parse_v4(s, out->bytes + V4_AT))
		return false;
	memcpy(out->bytes, v4_prefix, V4_AT);
	return true;
}

bool
ip_is_v4(const struct ip *ip)
{
	return !memcmp(ip->bytes, v4_prefix, V4_AT);
}

/* --- writing --- */

static char *
put_byte(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

static char *
put_group(char *p, unsigned v)
{
	static const char digits[] = "0123456789abcdef";
	int shift = 12;

	while (shift > 0 && v >> shift == 0)
		shift -= 4;
	for (; shift >= 0; shift -= 4)
		*p++ = digits[v >> shift & 15];
	return p;
}

static unsigned
group(const struct ip *ip, size_t i)
{
	return (unsigned)ip->bytes[2 * i] << 8 | ip->bytes[2 * i + 1];
}

/* RFC 5952: the first longest run of at least two zero groups is "::". */
static char *
put_v6(char *p, const struct ip *ip)
{
	size_t gap = 8, gap_len = 1;

	for (size_t i = 0; i < 8; i++) {
		size_t n = 0;

		while (i + n < 8 && group(ip, i + n) == 0)
			n++;
		if (n > gap_len) {
			gap = i;
			gap_len = n;
		}
	}
	for (size_t i = 0; i < 8; i++) {
		if (i == gap) {
			*p++ = ':';
			*p++ = ':';
			i += gap_len - 1;
			continue;
		}
		if (i > 0 && i != gap + gap_len)
			*p++ = ':';
		p = put_group(p, group(ip, i));
	}
	return p;
}

struct slice
ip_format(const struct ip *ip, char room[IP_TEXT_MAX])
{
	char *p = room;

	if (ip_is_v4(ip)) {
		for (int i = V4_AT; i < 16; i++) {
			if (i > V4_AT)
				*p++ = '.';
			p = put_byte(p, ip->bytes[i]);
		}
	} else {
		p = put_v6(p, ip);
	}
	*p = '\0';
	return slice_of(room, (size_t)(p - room));
}

/* --- ranges --- */

/* The mask of byte i under a prefix of that many bits. */
static unsigned
mask(unsigned bits, unsigned i)
{
	if (bits >= 8 * i + 8)
		return 0xff;
	return bits > 8 * i ? 0xff00u >> (bits - 8 * i) & 0xff : 0;
}

bool
ip_net_parse(struct slice s, struct ip_net *out)
{
	struct slice rest = slice_trim(s), text = slice_cut(&rest, '/');
	bool v4 = parse_v4(text, out->base.bytes + V4_AT);
	bool has_bits = text.len < slice_trim(s).len;
	uint64_t bits = v4 ? 32 : 128;

	if (v4)
		memcpy(out->base.bytes, v4_prefix, V4_AT);
	else if (!parse_v6(text, out->base.bytes))
		return false;
	if (has_bits && (rest.len > 3 || !slice_to_u64(rest, &bits) ||
	                    bits > (v4 ? 32 : 128)))
		return false;
	out->bits = (unsigned)bits + (v4 ? V4_BITS : 0);
	for (unsigned i = 0; i < 16; i++) {
		if (out->base.bytes[i] & ~mask(out->bits, i) & 0xff)
			return false;
	}
	return true;
}

bool
ip_net_has(const struct ip_net *net, const struct ip *ip)
{
	for (unsigned i = 0; i < 16; i++) {
		if ((net->base.bytes[i] ^ ip->bytes[i]) & mask(net->bits, i))
			return false;
	}
	return true;
}
