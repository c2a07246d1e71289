#include "source/graph_span.h"

#include <string.h>

#include "base/time.h"
#include "net/http_client.h"

#define SECOND_US ((int64_t)1000000)
/* A short window may take longer than it lasts without any harm. */
#define SLOW_US (60 * SECOND_US)

int64_t
graph_span_begin(int64_t time_us)
{
	return time_us - time_us % GRAPH_SPAN_US;
}

bool
graph_span_cut(struct graph_span *rest, struct graph_span *out)
{
	int64_t end_us = graph_span_begin(rest->from_us) + GRAPH_SPAN_US;

	if (rest->from_us >= rest->to_us)
		return false;
	*out = *rest;
	if (end_us < out->to_us)
		out->to_us = end_us;
	rest->from_us = out->to_us;
	return true;
}

/* To the second: what is asked for may be more, never less. */
static void
add_time(struct buf *out, int64_t time_us)
{
	char room[TIME_TEXT_MAX];
	struct slice text = time_format(time_us, room);

	buf_add(out, text.ptr, sizeof("2026-10-05T08:11:12") - 1);
	buf_char(out, 'Z');
}

static void
add_top(struct buf *url, const struct graph_api *api, unsigned top)
{
	if (api->top)
		buf_printf(url, "%c$top=%u",
		    memchr(url->ptr, '?', url->len) ? '&' : '?',
		    top && top < api->top ? top : api->top);
	buf_char(url, '\0');
}

void
graph_url_window(struct buf *url, const char *root, const struct graph_api *api,
    const struct graph_span *span, unsigned top)
{
	struct buf filter = {0};

	buf_printf(&filter, "%s ge ", api->time);
	add_time(&filter, span->from_us);
	buf_printf(&filter, " and %s le ", api->time);
	add_time(&filter, span->to_us + SECOND_US - 1);
	if (api->also)
		buf_printf(&filter, " and %s", api->also);
	buf_printf(url, "%s/%s?$filter=", root, api->path);
	http_escape(url, buf_slice(&filter));
	add_top(url, api, top);
	buf_release(&filter);
}

void
graph_url_state(struct buf *url, const char *root, const struct graph_api *api,
    const char *of, unsigned top)
{
	const char *hole = strstr(api->path, "%s");

	buf_printf(url, "%s/", root);
	if (hole && of) {
		buf_add(url, api->path, (size_t)(hole - api->path));
		http_escape(url, slice_cstr(of));
		buf_str(url, hole + 2);
	} else {
		buf_str(url, api->path);
	}
	if (api->query)
		buf_printf(url, "?%s", api->query);
	add_top(url, api, top);
}

void
graph_url_look(struct buf *url, const char *root, const struct graph_api *api)
{
	buf_printf(url, "%s/%s", root, api->path);
	if (api->also) {
		buf_str(url, "?$filter=");
		http_escape(url, slice_cstr(api->also));
	}
	if (api->query)
		buf_printf(url, "?%s", api->query);
	add_top(url, api, 1);
}

void
graph_gap_key(
    struct buf *key, const char *stream, const struct graph_span *span)
{
	char room[TIME_TEXT_MAX];

	buf_printf(key, "%s ", stream);
	buf_slice_add(key, time_format(span->from_us, room));
	buf_char(key, '/');
	buf_slice_add(key, time_format(span->to_us, room));
	buf_char(key, '\0');
}

bool
graph_gap_span(struct slice key, struct graph_span *span)
{
	struct slice rest = key, from;

	(void)slice_cut(&rest, ' ');
	from = slice_cut(&rest, '/');
	return time_parse(from, &span->from_us) &&
	       time_parse(rest, &span->to_us) && span->from_us < span->to_us;
}

bool
graph_outgrown(const struct graph_span *span, int64_t took_us)
{
	return took_us > SLOW_US && took_us > span->to_us - span->from_us;
}
