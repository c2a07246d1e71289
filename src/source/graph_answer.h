#ifndef SOURCE_GRAPH_ANSWER_H
#define SOURCE_GRAPH_ANSWER_H

#include "source/reply.h"

/*
 * graph_answer - what an answer of Microsoft Graph means for who asked, and
 * what is in a page.  Pure.
 */
enum graph_answer {
	GRAPH_WELL,
	GRAPH_THROTTLED, /* 429 */
	GRAPH_TOKEN,     /* 401: another token may help */
	GRAPH_DENIED,    /* 403: a permission is missing */
	GRAPH_LICENCE,   /* 403, 400: the tenant has no licence for it */
	GRAPH_STALE,     /* 410, 400: the page's token is no good any more */
	GRAPH_NONE,      /* 404: there is no such thing */
	GRAPH_AGAIN,     /* later: 5xx, and whatever else */
};

/* `why` gets it in words. */
enum graph_answer graph_answer(struct json_parser *parser,
    const struct http_reply *reply, char why[ERR_MSG_MAX]);

/*
 * How near we are to a limit, by x-ms-throttle-limit-percentage: 1 is there;
 * 0: not said.
 */
double graph_nearness(const struct http_reply *reply);

struct graph_page {
	struct json root;
	struct slice items; /* the list's elements as they came; empty: none */
	struct slice next;  /* @odata.nextLink, as good as the JSON */
	size_t count;       /* records; an object that is no list is one */
};

/* False if the body is no page. */
bool graph_page_read(struct json_parser *parser, struct http_reply *reply,
    struct graph_page *page);

#endif
