#ifndef BASE_IP_H
#define BASE_IP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/*
 * ip - internet addresses as suites write them.
 *
 * Always 16 bytes in network order; IPv4 as ::ffff:a.b.c.d.
 */
struct ip {
	unsigned char bytes[16];
};

/* Room for ip_format(), with its NUL. */
#define IP_TEXT_MAX 46

/*
 * Reads 1.2.3.4, 1.2.3.4:52378, [v6], [v6]:port, v6, v6%zone, with blanks
 * around.  False for anything else.
 */
bool ip_parse(struct slice s, struct ip *out);

bool ip_is_v4(const struct ip *ip);

/* IPv4 as dotted decimal, also when it came inside IPv6; v6 per RFC 5952. */
struct slice ip_format(const struct ip *ip, char room[IP_TEXT_MAX]);

/* An address range: CIDR (10.0.0.0/8, 2001:db8::/32) or a single address. */
struct ip_net {
	struct ip base;
	unsigned bits; /* of 128 */
};

/* False if it is none, or has bits beyond its length. */
bool ip_net_parse(struct slice s, struct ip_net *out);
bool ip_net_has(const struct ip_net *net, const struct ip *ip);

#endif
