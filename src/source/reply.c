#include "source/reply.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

#define BODY_SHOWN  120
#define WORDS_SHOWN 200
#define ERROR_MAX   65536
#define RETRY_MAX   3600
#define SECOND_US   ((int64_t)1000000)

bool
reply_parse(
    struct json_parser *parser, struct http_reply *reply, struct json *out)
{
	memset(buf_reserve(&reply->body, JSON_PADDING), 0, JSON_PADDING);
	*out = (struct json){0};
	return json_parse(parser, buf_slice(&reply->body), out, NULL) !=
	       JSON_BAD;
}

struct json
reply_error(struct json_parser *parser, const struct http_reply *reply)
{
	struct http_reply copy = {0};
	struct json root = {0};

	if (reply->body.len > ERROR_MAX)
		return root;
	buf_slice_add(&copy.body, buf_slice(&reply->body));
	(void)reply_parse(parser, &copy, &root);
	http_reply_release(&copy);
	return JSON_GET(root, "error");
}

void
reply_words(
    const struct http_reply *reply, struct json error, char why[ERR_MSG_MAX])
{
	struct slice code = json_str(JSON_GET(error, "code"));
	struct slice message = json_str(JSON_GET(error, "message"));

	if (!code.len && !message.len) {
		message = buf_slice(&reply->body);
		message.len =
		    message.len < BODY_SHOWN ? message.len : BODY_SHOWN;
	}
	if (message.len > WORDS_SHOWN)
		message.len = WORDS_SHOWN;
	(void)snprintf(why, ERR_MSG_MAX, "status %u " SLICE_FMT " " SLICE_FMT,
	    reply->status, SLICE_ARG(code), SLICE_ARG(message));
}

bool
reply_date(struct slice text, int64_t *time_us)
{
	char copy[40];
	struct tm tm = {0};
	const char *end;

	if (text.len < 29 || text.len >= sizeof(copy))
		return false;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	end = strptime(copy, "%a, %d %b %Y %H:%M:%S GMT", &tm);
	if (!end || *end)
		return false;
	*time_us = (int64_t)timegm(&tm) * SECOND_US;
	return true;
}

bool
reply_skew(const struct http_reply *reply, int64_t *skew_us)
{
	int64_t date_us, skew;

	if (!reply_date(http_reply_header(reply, "Date"), &date_us))
		return false;
	skew = date_us - time_now_us();
	/* It has seconds only, and took a while. */
	*skew_us = skew > -2 * SECOND_US && skew < SECOND_US ? 0 : skew;
	return true;
}

int64_t
reply_retry_after_us(const struct http_reply *reply)
{
	struct slice text = http_reply_header(reply, "Retry-After");
	uint64_t seconds;

	if (!slice_to_u64(text, &seconds))
		return 0;
	return (int64_t)(seconds < RETRY_MAX ? seconds : RETRY_MAX) * SECOND_US;
}
