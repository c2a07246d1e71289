#include "source/graph_answer.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "source/split.h"

static bool
has(struct slice text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.len; i++)
		if (!strncasecmp(text.ptr + i, word, n))
			return true;
	return false;
}

/* Codes and messages both tell; neither is the same for all services. */
static bool
says(struct json error, const char *word)
{
	return has(json_str(JSON_GET(error, "code")), word) ||
	       has(json_str(JSON_GET(error, "message")), word);
}

static bool
wants_licence(struct json error)
{
	return says(error, "NonPremiumTenant") ||
	       says(error, "premium license") || says(error, "licensed") ||
	       says(error, "AadPremiumLicenseRequired");
}

static enum graph_answer
judge_wrong(struct json error)
{
	if (wants_licence(error))
		return GRAPH_LICENCE;
	return says(error, "skip token") || says(error, "skiptoken") ||
	               says(error, "ExpiredPageToken")
	           ? GRAPH_STALE
	           : GRAPH_AGAIN;
}

enum graph_answer
graph_answer(struct json_parser *parser, const struct http_reply *reply,
    char why[ERR_MSG_MAX])
{
	struct json error;

	*why = '\0';
	if (reply->status == 200)
		return GRAPH_WELL;
	error = reply_error(parser, reply);
	reply_words(reply, error, why);
	switch (reply->status) {
	case 400:
		return judge_wrong(error);
	case 401:
		return wants_licence(error) ? GRAPH_LICENCE : GRAPH_TOKEN;
	case 403:
		return wants_licence(error) ? GRAPH_LICENCE : GRAPH_DENIED;
	case 404:
		return GRAPH_NONE;
	case 410:
		return GRAPH_STALE;
	case 429:
		return GRAPH_THROTTLED;
	default:
		return GRAPH_AGAIN;
	}
}

double
graph_nearness(const struct http_reply *reply)
{
	struct slice text =
	    http_reply_header(reply, "x-ms-throttle-limit-percentage");
	char copy[16];

	if (!text.len || text.len >= sizeof(copy))
		return 0;
	memcpy(copy, text.ptr, text.len);
	copy[text.len] = '\0';
	return strtod(copy, NULL);
}

bool
graph_page_read(struct json_parser *parser, struct http_reply *reply,
    struct graph_page *page)
{
	struct split split;
	struct slice item;
	struct json list;

	*page = (struct graph_page){0};
	if (!reply_parse(parser, reply, &page->root) ||
	    json_type(page->root) != JSON_OBJECT)
		return false;
	list = JSON_GET(page->root, "value");
	if (json_type(list) != JSON_ARRAY) {
		page->items = slice_trim(buf_slice(&reply->body));
		page->count = 1;
		return true;
	}
	page->next = json_str(JSON_GET(page->root, "@odata.nextLink"));
	if (!split_member(buf_slice(&reply->body), SLICE("value"), &split))
		return false;
	while (split_next(&split, &item)) {
		if (!page->count++)
			page->items = item;
		page->items.len =
		    (size_t)(item.ptr + item.len - page->items.ptr);
	}
	return true;
}
