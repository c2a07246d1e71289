#ifndef SOURCE_GRAPH_SPAN_H
#define SOURCE_GRAPH_SPAN_H

#include <stdbool.h>

#include "base/buf.h"
#include "source/graph_api.h"

/*
 * graph_span - windows of time, and how they are asked for.  Pure.
 *
 * Windows end at multiples of GRAPH_SPAN_US, so that one that is read again has
 * the same pages, which are the same deliveries, if nothing in it is new.
 */
#define GRAPH_SPAN_US ((int64_t)6 * 3600 * 1000000)

struct graph_span {
	int64_t from_us, to_us; /* both are in it */
};

/* Takes the first window off *rest; false if nothing is left. */
bool graph_span_cut(struct graph_span *rest, struct graph_span *out);

/* The multiple of GRAPH_SPAN_US at or before it. */
int64_t graph_span_begin(int64_t time_us);

/* The first page's URL, NUL-terminated.  `of` is what %s stands for; NULL. */
void graph_url_window(struct buf *url, const char *root,
    const struct graph_api *api, const struct graph_span *span, unsigned top);
void graph_url_state(struct buf *url, const char *root,
    const struct graph_api *api, const char *of, unsigned top);

/* One record at most, whatever it is: to see whether there is an answer. */
void
graph_url_look(struct buf *url, const char *root, const struct graph_api *api);

/* A window's gap: its key, "STREAM FROM/TO", and back. */
void graph_gap_key(
    struct buf *key, const char *stream, const struct graph_span *span);
bool graph_gap_span(struct slice key, struct graph_span *span);

/* Whether reading took longer than what was read lasted. */
bool graph_outgrown(const struct graph_span *span, int64_t took_us);

#endif
