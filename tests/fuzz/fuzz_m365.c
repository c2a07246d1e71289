#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "source/m365_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool good)
{
	if (!good)
		abort();
}

/* The same answer means the same, and is what its code or status allow. */
static void
check_answer(struct json_parser *parser, struct http_reply *reply)
{
	char why[M365_WHY_MAX], again[M365_WHY_MAX];
	enum m365_answer answer = m365_answer(parser, reply, why);
	struct slice body = buf_slice(&reply->body);

	need(memchr(why, '\0', sizeof(why)) != NULL);
	need(m365_answer(parser, reply, again) == answer);
	need(!strcmp(why, again));
	if (reply->status == 200) {
		need(answer == ANSWER_WELL && !*why);
		return;
	}
	need(*why);
	/* What is over for good was said so in words that are there. */
	if (answer == ANSWER_WELL || answer == ANSWER_OFF ||
	    answer == ANSWER_EXPIRED)
		need(memmem(body.ptr, body.len, "AF20", 4) ||
		     memchr(body.ptr, '\\', body.len));
	if (answer == ANSWER_TOKEN)
		need(reply->status == 401);
	if (answer == ANSWER_THROTTLED && reply->status != 429)
		need(memmem(body.ptr, body.len, "AF429", 5) ||
		     memchr(body.ptr, '\\', body.len));
}

static void
check_headers(const struct http_reply *reply)
{
	int64_t us = reply_retry_after_us(reply), date_us = INT64_MIN;
	struct slice date = http_reply_header(reply, "Date");

	need(us >= 0 && us <= INT64_C(3600000000) && us % 1000000 == 0);
	if (reply_date(date, &date_us))
		need(date.len >= 29 && date_us % 1000000 == 0);
	else
		need(date_us == INT64_MIN);
}

static void
check_list(struct json_parser *parser, struct http_reply *reply)
{
	struct json root, item;
	struct json_iter it;

	if (!reply_parse(parser, reply, &root))
		return;
	it = json_iter(root);
	while (json_next(&it, NULL, &item))
		if (m365_is_on(item, "Audit.General"))
			need(slice_eq(json_str(JSON_GET(item, "contentType")),
			    SLICE("Audit.General")));
}

/* A status, headers up to an empty line, a body. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned statuses[] = {200, 400, 401, 403, 404, 429, 500};
	static struct json_parser *parser;
	struct http_reply reply = {0};
	struct slice all = slice_of(data, size);
	const char *end;

	if (!parser)
		parser = json_parser_new();
	if (!size)
		return 0;
	reply.status =
	    statuses[data[0] % (sizeof(statuses) / sizeof(*statuses))];
	all = slice_skip(all, 1);
	end = memmem(all.ptr, all.len, "\n\n", 2);
	if (end) {
		buf_add(&reply.headers, all.ptr, (size_t)(end - all.ptr) + 1);
		all = slice_skip(all, (size_t)(end - all.ptr) + 2);
	}
	buf_slice_add(&reply.body, all);
	check_answer(parser, &reply);
	check_headers(&reply);
	check_list(parser, &reply);
	http_reply_release(&reply);
	return 0;
}
