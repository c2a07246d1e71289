#ifndef SIM_SERVE_WEBHOOK_POST_H
#define SIM_SERVE_WEBHOOK_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * serve_webhook_post - posts to webhooks in a thread of its own, one after
 * another, so that who serves need not wait for who is told.
 */
#define POST_CONTENTS 20   /* told of at once, at most */
#define POST_WAIT_MS  5000 /* for the answer */

/* A content that was told of. */
struct notice {
	int64_t created_us, expires_us, sent_us;
	uint32_t seq;
	bool ok;
};

struct post {
	struct post *next;
	char *url;
	char *auth; /* a header, or NULL */
	struct buf body;
	size_t hook;         /* whose it is, */
	unsigned generation; /* and which that was */
	struct notice notices[POST_CONTENTS];
	size_t n;
	bool ok; /* the answer was 200 */
};

void post_free(struct post *post);

struct poster;

/* Trusts those whose certificates are signed by one in that file. */
struct poster *poster_new(const char *ca);

/* What is under way is broken off. */
void poster_free(struct poster *poster);

/* Takes it; when it is done poster_take() gives it back. */
void poster_send(struct poster *poster, struct post *post);

/* One that is done, or NULL. */
struct post *poster_take(struct poster *poster);

#endif
