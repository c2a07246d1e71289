#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/buf.h"
#include "base/err.h"

/*
 * http_server - answers HTTP/1.1 on one address, in one thread.
 *
 * There is no TLS and no HTTP/2: it is for loopback, a Unix socket, or a proxy
 * in front.  A request reaches the handler whole: method, path and body.  One
 * that is malformed, larger than allowed or too slow never does; who sends it
 * is told, and the connection is closed.
 *
 * Everything is called by one thread, but for http_server_stop().  SIGPIPE is
 * the caller's to ignore: clients go before they have their answer.
 */
struct http_server;

/* Good during the call only. */
struct http_request {
	struct slice method;
	struct slice path; /* as it was sent, without '?' and what follows */
	struct slice body;
};

struct http_answer {
	unsigned status;          /* 0 becomes 500 */
	const char *content_type; /* static; NULL: text/plain */
	struct buf body;          /* released by the server */
};

struct http_server_options {
	/* HOST:PORT, [HOST]:PORT or unix:PATH; port 0: any that is free. */
	const char *listen;
	size_t body_max;     /* bytes of a request's body */
	unsigned timeout_ms; /* for all of a request, and between two */
	unsigned connections_max;
	/* Others wait until it is back. */
	void (*handle)(void *ctx, const struct http_request *request,
	    struct http_answer *answer);
	void *ctx;
};

/* Listens.  The options are copied. */
int http_server_open(struct http_server **out,
    const struct http_server_options *options, struct err *err);

/* Where it listens, as in the options; a port that was 0 is the one found. */
const char *http_server_address(const struct http_server *server);

/*
 * Serves until http_server_stop().  Then no connection is accepted, requests
 * that are there are answered, and clients that do not take their answers
 * within a second are cut off.
 */
int http_server_run(struct http_server *server, struct err *err);

/* May be called by any thread and by a signal handler. */
void http_server_stop(struct http_server *server);

/* NULL is allowed. */
void http_server_close(struct http_server *server);

#endif
