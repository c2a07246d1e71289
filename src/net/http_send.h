#ifndef NET_HTTP_SEND_H
#define NET_HTTP_SEND_H

#include "net/http_server.h"

/*
 * http_send - how an answer leaves the server: at once and whole, or late,
 * slowly, or cut off.  A part of http_server, in its thread; all zero is valid.
 */
struct http_sending;

struct http_sender {
	struct http_sending *waiting; /* for their time */
	bool skewed;                  /* h2o's Date has been changed */
	bool hurry;                   /* nothing waits any more */
	/* h2o has done more than its loop knows, and must not wait. */
	bool sent;
};

struct st_h2o_req_t;

/* Takes what the answer owns. */
void http_send(struct http_sender *sender, struct st_h2o_req_t *req,
    struct http_answer *answer);

/* Milliseconds until something waiting is due, at most `max`. */
int32_t http_sender_wait(const struct http_sender *sender, int32_t max);

/* Sends what is due. */
void http_sender_turn(struct http_sender *sender);

/* Milliseconds of a clock that only goes on. */
int64_t http_now_ms(void);

#endif
