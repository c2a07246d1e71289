#ifndef SIM_SERVE_WEBHOOK_H
#define SIM_SERVE_WEBHOOK_H

#include "serve_ask.h"
#include "serve_webhook_post.h"

/*
 * serve_webhook - the webhooks of the activity API: each subscription may have
 * one, which is told of content as it becomes available.
 *
 * A webhook is asked for its validation code before it is taken; others wait
 * meanwhile, five seconds at most.  It is told in a thread of its own.  After
 * a failure the gaps grow from a quarter of a second, twofold each time; after
 * six failures one after another it is disabled until it is started again.
 * What becomes available meanwhile is listed, but it is never told of.
 */
struct webhooks;

/* Certificates of webhooks are to be signed by ca.pem in the folder. */
struct webhooks *webhooks_new(struct serve *serve);
void webhooks_free(struct webhooks *webhooks);

/*
 * What a start asks for; the texts are good until the next webhook_read().
 * All zero: no webhook.
 */
struct webhook_wish {
	struct slice address, auth_id, expiration;
	int64_t expires_us; /* 0: never */
};

/* Reads the body of a start.  -1, and refused, if it is none. */
int webhook_read(
    struct webhooks *webhooks, const struct ask *ask, struct webhook_wish *out);

/* Whether the webhook is there, and works, as wished for. */
bool webhook_is(const struct webhooks *webhooks, const struct ask *ask,
    const struct webhook_wish *wish);

/* Validates it and puts it there, or takes it away.  -1, and refused. */
int webhook_set(struct webhooks *webhooks, const struct ask *ask,
    const struct webhook_wish *wish);

/* The member "webhook" of a subscription. */
void webhook_add(const struct webhooks *webhooks, const struct ask *ask,
    enum content_type type, struct buf *out);

/*
 * Attempts to tell of content of that type, by when they were made; as
 * content_list().
 */
size_t webhook_list(const struct webhooks *webhooks, const struct ask *ask,
    const struct content_range *range, const struct notice **out,
    uint32_t *more);

/* The members that describe a content, from contentType on. */
void content_describe(struct buf *out, const struct serve *serve,
    const struct serve_tenant *tenant, enum content_type type,
    const struct content_blob *blob);

#endif
