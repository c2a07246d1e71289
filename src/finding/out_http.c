#include "finding/out_http.h"

#include "base/term.h"

#define SAID_MAX        200   /* columns of what the receiver says */
#define RETRY_AFTER_MAX 86400 /* seconds */

static bool
begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

int
out_http_check_url(const char *key, const char *url, struct err *err)
{
	static const char *const near[] = {
	    "http://localhost", "http://127.0.0.1", "http://[::1]"};

	if (begins(url, "https://") && url[8])
		return 0;
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		const char *end = url + strlen(near[i]);

		if (begins(url, near[i]) && (*end == ':' || *end == '/'))
			return 0;
	}
	return err_set(err, ERR_USAGE,
	    "'%s' is an address that begins with https://, not '%s'", key, url);
}

int64_t
out_http_retry_after(const struct http_reply *reply)
{
	uint64_t seconds;

	if (!slice_to_u64(http_reply_header(reply, "Retry-After"), &seconds))
		return 0;
	return (int64_t)(seconds < RETRY_AFTER_MAX ? seconds
	                                           : RETRY_AFTER_MAX) *
	       1000000;
}

/*
 * Whose fault it is: these say that we may not, that we are at the wrong
 * place, or too early.  Every other 4xx is about what was sent.
 */
static bool
may_pass(unsigned status)
{
	static const unsigned ours[] = {
	    401, 402, 403, 404, 405, 407, 408, 410, 421, 425, 426, 429};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (status == ours[i])
			return true;
	return status < 400 || status > 499;
}

void
out_http_judge(const char *url, const struct http_reply *reply,
    struct output_result *result)
{
	struct buf said = {0};

	result->end = may_pass(reply->status) ? OUTPUT_AGAIN : OUTPUT_REFUSED;
	result->wait_us = out_http_retry_after(reply);
	term_fit(&said, buf_slice(&reply->body), SAID_MAX);
	err_set(&result->why, ERR_INPUT, "'%s' answers %u%s%.*s", url,
	    reply->status, said.len ? ": " : "", (int)said.len,
	    said.len ? said.ptr : "");
	buf_release(&said);
}
