#include "cmd/run_feed.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "ledger/view.h"

#define KEPT_BYTES ((size_t)16 << 20)

struct entry {
	struct entry *next;
	uint64_t index;
	size_t len;
	char text[];
};

struct feed {
	pthread_mutex_t lock;
	const char *dir;
	struct entry *first, *last; /* owned */
	size_t bytes;
	uint64_t low; /* all findings from here on are in memory */
	uint64_t end;
};

struct feed *
feed_new(const char *dir, uint64_t end)
{
	struct feed *feed = xcalloc(1, sizeof(*feed));

	pthread_mutex_init(&feed->lock, NULL);
	feed->dir = dir;
	feed->low = feed->end = end;
	return feed;
}

static void
drop(struct feed *feed)
{
	struct entry *first = feed->first;

	feed->first = first->next;
	feed->bytes -= first->len;
	feed->low = first->index + 1;
	free(first);
}

void
feed_free(struct feed *feed)
{
	if (!feed)
		return;
	while (feed->first)
		drop(feed);
	pthread_mutex_destroy(&feed->lock);
	free(feed);
}

void
feed_add(struct feed *feed, uint64_t index, struct slice text)
{
	struct entry *entry = xmalloc(sizeof(*entry) + text.len);

	*entry = (struct entry){.index = index, .len = text.len};
	memcpy(entry->text, text.ptr, text.len);
	pthread_mutex_lock(&feed->lock);
	if (feed->first)
		feed->last->next = entry;
	else
		feed->first = entry;
	feed->last = entry;
	feed->bytes += text.len;
	if (feed->end <= index)
		feed->end = index + 1;
	while (feed->bytes > KEPT_BYTES && feed->first != feed->last)
		drop(feed);
	pthread_mutex_unlock(&feed->lock);
}

/* --- reading --- */

struct search {
	uint64_t index;
	struct buf *text;
	bool found;
};

/* Stops at the first finding, as a walk does: with -1. */
static int
look(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct search *search = ctx;

	(void)err;
	if (!slice_eq(stream->source, SLICE("firn/finding")) || frame->erased)
		return 0;
	search->found = true;
	search->index = index;
	buf_slice_add(search->text, frame->raw);
	return -1;
}

static int
from_ledger(struct feed *feed, uint64_t from, uint64_t low, uint64_t *index,
    struct buf *text, struct err *err)
{
	struct search search = {.text = text};
	struct view *view;
	uint64_t size;
	int status;

	if (view_open(&view, feed->dir, err))
		return -1;
	size = view_tree(view)->size;
	low = low < size ? low : size;
	status =
	    from < low ? view_walk(view, from, low, look, &search, err) : 0;
	view_close(view);
	if (search.found) {
		*index = search.index;
		return 1;
	}
	*index = low > from ? low : from;
	return status;
}

int
feed_next(void *ctx, uint64_t from, uint64_t *index, struct buf *text,
    struct err *err)
{
	struct feed *feed = ctx;
	const struct entry *entry;
	uint64_t low;

	pthread_mutex_lock(&feed->lock);
	low = feed->low;
	for (entry = feed->first; entry && entry->index < from;)
		entry = entry->next;
	if (from >= low && entry) {
		*index = entry->index;
		buf_add(text, entry->text, entry->len);
	} else {
		*index = feed->end > from ? feed->end : from;
	}
	pthread_mutex_unlock(&feed->lock);
	if (from >= low)
		return entry ? 1 : 0;
	return from_ledger(feed, from, low, index, text, err);
}
