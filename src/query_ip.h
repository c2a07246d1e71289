#ifndef QUERY_IP_H
#define QUERY_IP_H

#include "duck.h"

/*
 * query_ip - ip_in(address, network), for SQL: whether the address lies in the
 * network (10.0.0.0/8, 2001:db8::/32, or one address).  Null where either is
 * null or is none.
 */
int query_ip_register(struct duck *duck, struct err *err);

#endif
