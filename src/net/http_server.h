#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/buf.h"
#include "base/err.h"

/*
 * http_server - answers HTTP/1.1 on one address, in one thread.
 *
 * There is no HTTP/2: it is for loopback, a Unix socket, or a proxy in front.
 * A request reaches the handler whole: method, path, headers and body.  One
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
	struct slice path;  /* as it was sent, without '?' and what follows */
	struct slice query; /* what follows */
	struct slice body;
	const void *headers; /* for http_request_header() */
};

/* The value of a header, named in lower case; a NULL ptr if there is none. */
struct slice
http_request_header(const struct http_request *request, const char *name);

/* Where an answer ends too early, with the connection. */
enum http_cut {
	HTTP_CUT_NONE,
	HTTP_CUT_HEAD, /* within the head; with TLS before it */
	HTTP_CUT_BODY,
};

/* What is left zero is ordinary. */
struct http_answer {
	unsigned status;          /* 0 becomes 500 */
	const char *content_type; /* static; NULL: text/plain */
	struct buf headers;       /* of http_answer_header() */
	struct buf body;          /* both are released by the server */

	/* For servers to practise on. */
	unsigned delay_ms; /* before the first byte */
	unsigned rate;     /* bytes of the body in a second */
	enum http_cut cut;
	size_t cut_at;         /* bytes of head or body that are sent */
	int64_t date_offset_s; /* how wrong the header Date is */
};

/* Adds a header; neither text holds a line end or NUL. */
void http_answer_header(
    struct http_answer *answer, const char *name, const char *value);

struct http_server_options {
	/* HOST:PORT, [HOST]:PORT or unix:PATH; port 0: any that is free. */
	const char *listen;
	size_t body_max;     /* bytes of a request's body */
	unsigned timeout_ms; /* for all of a request, and between two */
	unsigned connections_max;
	/* Paths of PEM files, for TLS 1.2 and later; NULL: without. */
	const char *certificate, *key;
	/* Others wait until it is back. */
	void (*handle)(void *ctx, const struct http_request *request,
	    struct http_answer *answer);
	/* Called that often, if not NULL, between requests. */
	void (*tick)(void *ctx);
	unsigned tick_ms;
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
