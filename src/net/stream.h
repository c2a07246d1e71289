#ifndef NET_STREAM_H
#define NET_STREAM_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * stream - bytes to another machine over TCP or TLS, or datagrams over UDP,
 * with time limits.
 *
 * TLS is 1.2 at least; the certificate is verified and must be for the host as
 * it was given, a name or an address.  A stream belongs to one thread, in which
 * SIGPIPE is blocked or ignored.  Once something failed it is only to be
 * closed.  Looking up a name is left to the system and keeps to its time
 * limits, not to ours.
 */
struct stream;

enum stream_over { STREAM_TLS, STREAM_TCP, STREAM_UDP };

struct stream_options {
	const char *host, *port;
	enum stream_over over;
	const char *ca;          /* file of certificates; NULL: the system's */
	const char *cert, *key;  /* files, to show who we are; NULL: nothing */
	unsigned timeout_ms;     /* for each call */
	const atomic_bool *stop; /* ends a call early; NULL: nothing does */
};

/* Connected, and greeted, when back with 0.  The options are borrowed. */
int stream_open(
    struct stream **out, const struct stream_options *options, struct err *err);

/*
 * Whether the other side is still there: false if it ended the connection.
 * What it says is thrown away.
 */
bool stream_alive(struct stream *stream);

/* All of it; over UDP, as one datagram, ERR_LIMIT if it is too long for one. */
int stream_send(struct stream *stream, struct slice bytes, struct err *err);

/*
 * The other machine has taken all that was sent.  That its program has read it
 * cannot be told.  Over UDP nothing can.
 */
int stream_settle(struct stream *stream, struct err *err);

/* NULL is allowed. */
void stream_close(struct stream *stream);

#endif
