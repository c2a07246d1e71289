#ifndef SOURCE_REPLY_H
#define SOURCE_REPLY_H

#include "net/http_client.h"
#include "json/json.h"

/*
 * reply - what the answers of Microsoft's APIs have alike.  Pure.
 */

/* The body as JSON; false if it is none.  Good until the parser's next text. */
bool reply_parse(
    struct json_parser *parser, struct http_reply *reply, struct json *out);

/*
 * {"error":{"code":"...","message":"..."}}, or an element of a list: what
 * stands in "error"; absent if it is not there.  As good as the above.
 */
struct json
reply_error(struct json_parser *parser, const struct http_reply *reply);

/* "status 403 CODE MESSAGE"; without an error the body's beginning. */
void reply_words(
    const struct http_reply *reply, struct json error, char why[ERR_MSG_MAX]);

/* A Date header (RFC 9110 5.6.7, IMF-fixdate). */
bool reply_date(struct slice text, int64_t *time_us);

/*
 * How far the sender's clock is before ours, by its Date; 0 if the difference
 * may be the way's.  False, and nothing is set, if it does not say.
 */
bool reply_skew(const struct http_reply *reply, int64_t *skew_us);

/* Retry-After in seconds, as microseconds; 0: not said. */
int64_t reply_retry_after_us(const struct http_reply *reply);

#endif
