#ifndef FINDING_OUT_HTTP_H
#define FINDING_OUT_HTTP_H

#include "finding/output.h"
#include "net/http_client.h"

/*
 * out_http - what the outputs over HTTP share.
 */

/*
 * Findings and tokens go over HTTPS; over plain HTTP only to this machine.
 * `key` is the row's name, for the error.
 */
int out_http_check_url(const char *key, const char *url, struct err *err);

/*
 * What a status other than 2xx means for the findings: that they were refused,
 * or that it may work later, also where somebody has to put it right first:
 * a wrong token is no fault of theirs.  Of what the receiver says, a few words
 * are kept in result->why.
 */
void out_http_judge(const char *url, const struct http_reply *reply,
    struct output_result *result);

/* The header Retry-After, in seconds, as microseconds; 0: none, or a date. */
int64_t out_http_retry_after(const struct http_reply *reply);

/* The key of a secret as Standard Webhooks writes it, "whsec_" and base64. */
int out_webhook_key(struct slice secret, struct buf *key, struct err *err);

/* Adds "v1," and the signature with a key. */
void out_webhook_sign(struct buf *out, struct slice key, const char *id,
    int64_t time_s, struct slice body);

#endif
