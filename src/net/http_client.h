#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * http_client - asks others over HTTP and HTTPS, several requests at a time.
 *
 * Certificates are verified.  Redirects are not followed: they are answers
 * like any other.  Connections are kept and used again.  A client belongs to
 * one thread.
 */
struct http_client;

struct http_options {
	const char *ca;    /* file of certificates to trust; NULL: system's */
	const char *proxy; /* URL; NULL: as the environment says */
	const atomic_bool
	    *stop; /* ends what is under way; NULL: nothing does */
};

struct http_ask {
	const char *method; /* "GET", "POST", ... */
	const char *url;
	const char *content_type; /* of a body */
	struct slice body;        /* of POST */
	/* "Name: value", NUL-terminated; one may hold a secret. */
	const char *const *headers;
	size_t header_count;
	unsigned timeout_ms; /* for all of it */
	size_t answer_max;   /* bytes of the answer's body */
};

struct http_reply {
	unsigned status;
	struct buf content_type; /* empty: none was sent */
	struct buf headers;      /* as they came, a line each */
	struct buf body;
};

/* The options are copied, the texts in them borrowed; NULL: none. */
struct http_client *http_client_new(const struct http_options *options);
void http_client_free(struct http_client *client);

/*
 * 0 if there was an answer, whatever its status, and whole.  -1 if not, if it
 * is too long (ERR_LIMIT) or too late.  The reply is all zero before, and is to
 * be released also if it failed.
 */
int http_client_ask(struct http_client *client, const struct http_ask *ask,
    struct http_reply *reply, struct err *err);

/*
 * Several at once: at most `parallel` of them.  `next` fills *ask for number i
 * from 0 on and says false when there are no more; what it points to must live
 * until `done` is called for i.  `done` gets what became of it, in the order in
 * which they end (err->code 0: an answer), and may move the reply's buffers
 * away; the rest is released.  Both may use the client to ask for something
 * else, which ends before they return.
 */
struct http_many {
	unsigned parallel;
	bool (*next)(void *ctx, size_t i, struct http_ask *ask);
	void (*done)(void *ctx, size_t i, struct http_reply *reply,
	    const struct err *err);
	void *ctx;
};
void
http_client_ask_many(struct http_client *client, const struct http_many *many);

/* The value of the first header of that name; ptr NULL: there is none. */
struct slice
http_reply_header(const struct http_reply *reply, const char *name);

void http_reply_release(struct http_reply *reply);

/* Adds the text as part of a URL: all but letters, digits, - . _ ~ as %XX. */
void http_escape(struct buf *out, struct slice text);

#endif
