#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/err.h"

/*
 * http_client - asks others over HTTP and HTTPS, one request at a time.
 *
 * Certificates are verified.  Redirects are not followed: they are answers
 * like any other.  Connections are kept and used again.  A client belongs to
 * one thread.
 */
struct http_client;

struct http_ask {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *content_type; /* of a body */
	struct slice body;        /* of POST */
	unsigned timeout_ms;      /* for all of it */
	size_t answer_max;        /* bytes of the answer's body */
};

struct http_reply {
	unsigned status;
	struct buf content_type; /* empty: none was sent */
	struct buf body;
};

struct http_client *http_client_new(void);
void http_client_free(struct http_client *client);

/*
 * 0 if there was an answer, whatever its status.  -1 if not, if it is too long
 * (ERR_LIMIT) or too late.  The reply is all zero before, and is to be released
 * also if it failed.
 */
int http_client_ask(struct http_client *client, const struct http_ask *ask,
    struct http_reply *reply, struct err *err);

void http_reply_release(struct http_reply *reply);

#endif
