#include "sink.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rng.h"

#define MINUTE_US (INT64_C(60) * 1000000)

const char *const stream_names[STREAM_COUNT] = {
    [STREAM_AUDIT] = "audit",
    [STREAM_AUDIT_TEST] = "audit",
    [STREAM_SIGNIN] = "signin",
    [STREAM_SIGNIN_SILENT] = "signin-noninteractive",
    [STREAM_SIGNIN_SERVICE] = "signin-serviceprincipal",
    [STREAM_DIRECTORY] = "directory",
    [STREAM_GRAPH] = "graph-activity",
};

/* A record held back.  Its id, user and bytes stand in `room` one by one. */
struct held {
	int64_t release_us;
	uint64_t order; /* of holding: makes equal times come in order */
	struct sim_record record;
	char *room;
};

struct feed {
	struct sink sink;
	struct sink *next;
	struct rng rng;
	int64_t end_us;
	uint64_t order;
	struct held *heap; /* the earliest release first */
	size_t n, size;
};

static bool
before(const struct held *a, const struct held *b)
{
	if (a->release_us != b->release_us)
		return a->release_us < b->release_us;
	return a->order < b->order;
}

static void
push(struct feed *feed, struct held held)
{
	size_t i = feed->n++;

	if (feed->n > feed->size) {
		feed->size = feed->size ? feed->size * 2 : 256;
		feed->heap =
		    xrealloc(feed->heap, feed->size * sizeof(*feed->heap));
	}
	for (; i > 0 && before(&held, &feed->heap[(i - 1) / 2]);
	     i = (i - 1) / 2)
		feed->heap[i] = feed->heap[(i - 1) / 2];
	feed->heap[i] = held;
}

static struct held
pop(struct feed *feed)
{
	struct held first = feed->heap[0], last = feed->heap[--feed->n];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < feed->n) {
		if (child + 1 < feed->n &&
		    before(&feed->heap[child + 1], &feed->heap[child]))
			child++;
		if (!before(&feed->heap[child], &last))
			break;
		feed->heap[i] = feed->heap[child];
		i = child;
	}
	if (feed->n > 0)
		feed->heap[i] = last;
	return first;
}

static struct slice
keep(char **room, struct slice s)
{
	char *at = *room;

	memcpy(at, s.ptr, s.len);
	*room += s.len;
	return slice_of(at, s.len);
}

static void
hold(struct feed *feed, const struct sim_record *record, int64_t release_us)
{
	struct held held = {.record = *record, .order = feed->order++};
	char *room = xmalloc(record->id.len + record->user.len +
	                     record->operation.len + record->bytes.len);

	held.release_us = release_us;
	held.room = room;
	held.record.available_us = release_us;
	held.record.id = keep(&room, record->id);
	held.record.user = keep(&room, record->user);
	held.record.operation = keep(&room, record->operation);
	held.record.bytes = keep(&room, record->bytes);
	push(feed, held);
}

static void
release(struct feed *feed, int64_t until_us)
{
	while (feed->n > 0 && feed->heap[0].release_us <= until_us) {
		struct held held = pop(feed);

		feed->next->put(feed->next, &held.record);
		free(held.room);
	}
}

/* How late: mostly some minutes, sometimes hours, now and then days. */
static int64_t
lateness(struct rng *rng)
{
	uint32_t kind = rng_below(rng, 100);

	if (kind < 70)
		return rng_range(rng, 1, 45) * MINUTE_US;
	if (kind < 97)
		return rng_range(rng, 60, 14 * 60) * MINUTE_US;
	return rng_range(rng, 24 * 60, 5 * 24 * 60) * MINUTE_US;
}

static int64_t
not_after_end(const struct feed *feed, int64_t time_us)
{
	return time_us < feed->end_us ? time_us : feed->end_us - 1;
}

static void
put_audit(struct feed *feed, const struct sim_record *record)
{
	uint32_t fate = rng_below(&feed->rng, 1000);
	struct sim_record again = *record;

	again.repeat = true;
	again.first_us = record->time_us;
	if (fate < 35) {
		again.first_us =
		    not_after_end(feed, record->time_us + lateness(&feed->rng));
		hold(feed, record, again.first_us);
	} else {
		feed->next->put(feed->next, record);
	}
	if (fate % 100 == 7)
		hold(feed, &again,
		    not_after_end(feed, again.first_us + lateness(&feed->rng)));
}

static void
feed_put(struct sink *sink, const struct sim_record *record)
{
	struct feed *feed = (struct feed *)(void *)sink;

	release(feed, record->time_us);
	if (record->stream != STREAM_AUDIT || record->unseen)
		feed->next->put(feed->next, record);
	else
		put_audit(feed, record);
	feed->sink.full = feed->next->full;
}

struct feed *
feed_new(struct sink *next, uint64_t seed, int64_t end_us)
{
	struct feed *feed = xcalloc(1, sizeof(*feed));

	feed->sink.put = feed_put;
	feed->sink.wants = next->wants;
	feed->next = next;
	feed->rng.state = rng_mix(seed, 0x66656564);
	feed->end_us = end_us;
	return feed;
}

struct sink *
feed_sink(struct feed *feed)
{
	return &feed->sink;
}

void
feed_finish(struct feed *feed)
{
	release(feed, INT64_MAX);
}

void
feed_free(struct feed *feed)
{
	if (!feed)
		return;
	while (feed->n > 0)
		free(feed->heap[--feed->n].room);
	free(feed->heap);
	free(feed);
}
