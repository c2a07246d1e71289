#ifndef NET_HTTP_LISTEN_H
#define NET_HTTP_LISTEN_H

#include "base/buf.h"
#include "base/err.h"

/*
 * http_listen - a socket that listens where HOST:PORT, [HOST]:PORT or
 * unix:PATH says.
 *
 * A Unix socket that nobody listens on any more is taken over.  Whoever may
 * write to it may connect: its folder says who.
 */

/*
 * *fd becomes the socket; it neither blocks nor goes to children.  `address`
 * becomes where it listens, with the port that was found for port 0, and a NUL.
 */
int
http_listen(const char *where, int *fd, struct buf *address, struct err *err);

/* A Unix socket's path goes; the socket itself is the caller's to close. */
void http_unlisten(const struct buf *address);

#endif
