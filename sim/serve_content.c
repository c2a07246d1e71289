#include "serve_content.h"

#include <stdlib.h>

#include "base/alloc.h"

#define CUT_EVERY_US INT64_C(300000)

struct queue {
	struct serve_event **events;
	size_t n, size;
};

struct feed_of_type {
	enum subscription subscription;
	struct queue queue;
	int64_t cut_us;
	int64_t disabled_us; /* by the fault that began then */
	bool loses;          /* while it is disabled */

	/* blobs[first..n) are kept; the number of blobs[i] is base + i */
	struct content_blob *blobs;
	size_t first, n, size;
	uint32_t base;
};

struct content {
	struct content_plan plan;
	struct rng rng;
	struct feed_of_type feeds[CONTENT_TYPES];
	struct buf bytes; /* of the blob that is being cut */
};

struct content *
content_new(const struct content_plan *plan)
{
	struct content *content = xcalloc(1, sizeof(*content));

	content->plan = *plan;
	content->rng.state = rng_mix(plan->seed, 0x626c6f62 + plan->tenant);
	/* Numbers begin at 1: with 0 a list has no more pages. */
	for (int i = 0; i < CONTENT_TYPES; i++)
		content->feeds[i].base = 1;
	return content;
}

/* --- the end of a blob --- */

static void
tell_blob(struct content *content, enum content_type type,
    const struct content_blob *blob, const char *fate)
{
	char id[CONTENT_ID_MAX];

	content_id(id, &(struct content_name){content->plan.tenant, type,
	                   blob->created_us, blob->seq});
	truth_blob(content->plan.truth,
	    &(struct truth_blob){
	        .tenant = content->plan.tenant,
	        .type = type,
	        .id = id,
	        .created_us = blob->created_us,
	        .expires_us = blob->expires_us,
	        .records = blob->records,
	        .bytes = blob->bytes.len,
	        .served = blob->served,
	        .broken = blob->broken,
	        .fate = blob->missing                     ? "missing"
	                : blob->expired                   ? "expired-early"
	                : !blob->bytes.file               ? "lost"
	                : blob->break_times == UINT32_MAX ? "malformed"
	                                                  : fate,
	    });
	spool_drop(content->plan.spool, blob->bytes);
}

/* Those at the front, as blobs are cut in the order of time. */
static void
expire(struct content *content, enum content_type type, int64_t now_us)
{
	struct feed_of_type *feed = &content->feeds[type];

	while (feed->first < feed->n &&
	       feed->blobs[feed->first].expires_us <= now_us)
		tell_blob(
		    content, type, &feed->blobs[feed->first++], "expired");
	if (feed->first < 1024 || feed->first < feed->n / 2)
		return;
	feed->n -= feed->first;
	feed->base += (uint32_t)feed->first;
	memmove(feed->blobs, feed->blobs + feed->first,
	    feed->n * sizeof(*feed->blobs));
	feed->first = 0;
}

void
content_free(struct content *content,
    void (*done)(void *ctx, struct serve_event *event), void *ctx)
{
	if (!content)
		return;
	for (int t = 0; t < CONTENT_TYPES; t++) {
		struct feed_of_type *feed = &content->feeds[t];

		for (size_t i = feed->first; i < feed->n; i++)
			tell_blob(content, (enum content_type)t,
			    &feed->blobs[i], "kept");
		for (size_t i = 0; i < feed->queue.n; i++)
			done(ctx, feed->queue.events[i]);
		free(feed->queue.events);
		free(feed->blobs);
	}
	buf_release(&content->bytes);
	free(content);
}

/* --- cutting --- */

void
content_put(struct content *content, struct serve_event *event)
{
	struct queue *queue = &content->feeds[event->type].queue;

	if (queue->n == queue->size) {
		queue->size = queue->size ? queue->size * 2 : 64;
		queue->events = xrealloc(
		    queue->events, queue->size * sizeof(struct serve_event *));
	}
	queue->events[queue->n++] = event;
}

size_t
content_waiting(const struct content *content)
{
	size_t n = 0;

	for (int i = 0; i < CONTENT_TYPES; i++)
		n += content->feeds[i].queue.n;
	return n;
}

static struct content_blob *
new_blob(struct feed_of_type *feed)
{
	struct content_blob *blob;

	if (feed->n == feed->size) {
		feed->size = feed->size ? feed->size * 2 : 64;
		feed->blobs =
		    xrealloc(feed->blobs, feed->size * sizeof(*feed->blobs));
	}
	blob = &feed->blobs[feed->n];
	*blob = (struct content_blob){.seq = feed->base + (uint32_t)feed->n};
	feed->n++;
	return blob;
}

/* The last record gets a member that makes the blob that long. */
static void
pad(struct buf *bytes, size_t len)
{
	static const char member[] = ",\"Padding\":\"";

	if (bytes->len + sizeof(member) + 2 > len)
		return;
	bytes->len--; /* the record's last bracket */
	buf_str(bytes, member);
	len -= bytes->len + 3;
	memset(buf_reserve(bytes, len), 'x', len);
	bytes->len += len;
	buf_str(bytes, "\"}");
}

static void
draw_faults(struct content *content, const struct fault_target *target,
    struct content_blob *blob, int64_t now_us)
{
	struct serve_faults *faults = content->plan.faults;
	const struct fault *fault;

	fault = serve_faults_strike(faults, FAULT_MALFORMED, target, now_us);
	if (fault)
		blob->break_times =
		    fault->fetches ? fault->fetches : UINT32_MAX;
	fault = serve_faults_strike(faults, FAULT_HUGE, target, now_us);
	if (fault)
		pad(&content->bytes, fault->bytes);
	blob->expired =
	    serve_faults_strike(faults, FAULT_EXPIRED, target, now_us);
	blob->missing =
	    serve_faults_strike(faults, FAULT_MISSING, target, now_us);
}

/* What the blob says of when it was made, to the millisecond. */
static int64_t
draw_created(
    struct content *content, const struct fault_target *target, int64_t now_us)
{
	struct serve_faults *faults = content->plan.faults;
	const struct fault *skew =
	    serve_faults_active(faults, FAULT_SKEW, target, now_us);
	const struct fault *back =
	    serve_faults_strike(faults, FAULT_BACKDATED, target, now_us);
	int64_t ms = now_us / 1000;

	if (skew)
		ms += skew->seconds * INT64_C(1000);
	if (back)
		ms -= rng_below(
		    &content->rng, (uint32_t)back->seconds * 1000 + 1);
	return ms * 1000;
}

/* These records, in any order, become one blob. */
static int
cut_blob(struct content *content, enum content_type type,
    struct serve_event **events, size_t n, int64_t now_us, struct err *err)
{
	struct feed_of_type *feed = &content->feeds[type];
	const struct fault_target target = {
	    (int)content->plan.tenant, (int)type, "activity", 0};
	struct content_blob *blob = new_blob(feed);
	bool lost = feed->subscription == SUBSCRIPTION_STOPPED || feed->loses;

	blob->created_us = draw_created(content, &target, now_us);
	blob->expires_us = blob->created_us + content->plan.keep_us;
	blob->records = (uint32_t)n;
	buf_clear(&content->bytes);
	for (size_t i = 0; i < n; i++) {
		buf_char(&content->bytes, i ? ',' : '[');
		buf_slice_add(&content->bytes, spool_get(events[i]->bytes));
		events[i]->copies[events[i]->told++] = (struct event_copy){
		    .path = "activity",
		    .at_us = now_us,
		    .created_us = blob->created_us,
		    .seq = blob->seq,
		};
		truth_available(
		    content->plan.truth, events[i], events[i]->told == 1);
	}
	truth_blob_made(content->plan.truth, type, blob->records);
	if (lost)
		return 0;
	draw_faults(content, &target, blob, now_us);
	buf_char(&content->bytes, ']');
	return spool_put(
	    content->plan.spool, buf_slice(&content->bytes), &blob->bytes, err);
}

static void
shuffle(struct serve_event **events, size_t n, struct rng *rng)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = rng_below(rng, (uint32_t)i);
		struct serve_event *swap = events[i - 1];

		events[i - 1] = events[k];
		events[k] = swap;
	}
}

/* A fault disables each subscription once. */
static void
disable(struct content *content, enum content_type type, int64_t now_us)
{
	struct feed_of_type *feed = &content->feeds[type];
	const struct fault_target target = {
	    (int)content->plan.tenant, (int)type, "activity", 0};
	const struct fault *fault = serve_faults_active(
	    content->plan.faults, FAULT_DISABLED, &target, now_us);

	if (!fault || feed->disabled_us == fault->from_us ||
	    feed->subscription != SUBSCRIPTION_ENABLED)
		return;
	fault = serve_faults_strike(
	    content->plan.faults, FAULT_DISABLED, &target, now_us);
	if (!fault)
		return;
	feed->disabled_us = fault->from_us;
	feed->subscription = SUBSCRIPTION_DISABLED;
	feed->loses = fault->lose;
}

int
content_cut(struct content *content, int64_t now_us,
    void (*done)(void *ctx, struct serve_event *event), void *ctx,
    struct err *err)
{
	for (int t = 0; t < CONTENT_TYPES; t++) {
		struct feed_of_type *feed = &content->feeds[t];
		struct queue *queue = &feed->queue;

		disable(content, (enum content_type)t, now_us);
		expire(content, (enum content_type)t, now_us);
		if (queue->n == 0 || now_us - feed->cut_us < CUT_EVERY_US)
			continue;
		feed->cut_us = now_us;
		for (size_t i = 0, n; i < queue->n; i += n) {
			n = rng_range(
			    &content->rng, 1, content->plan.blob_records);
			n = n < queue->n - i ? n : queue->n - i;
			shuffle(queue->events + i, n, &content->rng);
			if (cut_blob(content, (enum content_type)t,
			        queue->events + i, n, now_us, err))
				return -1;
		}
		for (size_t i = 0; i < queue->n; i++)
			done(ctx, queue->events[i]);
		queue->n = 0;
	}
	return 0;
}

/* --- subscriptions --- */

enum subscription
content_subscription(const struct content *content, enum content_type type)
{
	return content->feeds[type].subscription;
}

void
content_subscribe(
    struct content *content, enum content_type type, enum subscription to)
{
	content->feeds[type].subscription = to;
	content->feeds[type].loses = false;
}

uint32_t
content_next(const struct content *content, enum content_type type)
{
	const struct feed_of_type *feed = &content->feeds[type];

	return feed->base + (uint32_t)feed->n;
}

/* --- blobs --- */

/*
 * All are looked at: where the clock was skewed, they are not in the order of
 * their times.
 */
size_t
content_list(const struct content *content, const struct content_range *range,
    const struct content_blob **out, uint32_t *more)
{
	const struct feed_of_type *feed = &content->feeds[range->type];
	size_t i = feed->first, n = 0;

	*more = 0;
	if (range->from > feed->base && range->from - feed->base > i)
		i = range->from - feed->base;
	for (; i < feed->n; i++) {
		const struct content_blob *blob = &feed->blobs[i];

		if (blob->created_us < range->start_us ||
		    blob->created_us >= range->end_us || !blob->bytes.file)
			continue;
		if (n == range->max) {
			*more = blob->seq;
			break;
		}
		out[n++] = blob;
	}
	return n;
}

enum content_found
content_find(struct content *content, struct slice id, enum content_type *type,
    struct content_blob **out)
{
	struct feed_of_type *feed;
	char real[CONTENT_ID_MAX];
	uint32_t seq;
	size_t i;

	if (!content_id_parse(id, type, &seq))
		return CONTENT_BAD_ID;
	feed = &content->feeds[*type];
	if (seq < feed->base)
		return seq ? CONTENT_EXPIRED : CONTENT_UNKNOWN;
	i = seq - feed->base;
	if (i < feed->first)
		return CONTENT_EXPIRED;
	if (i >= feed->n)
		return CONTENT_UNKNOWN;
	*out = &feed->blobs[i];
	content_id(real, &(struct content_name){content->plan.tenant, *type,
	                     (*out)->created_us, seq});
	if (!slice_eq(id, slice_cstr(real)) || (*out)->missing ||
	    !(*out)->bytes.file)
		return CONTENT_UNKNOWN;
	return (*out)->expired ? CONTENT_EXPIRED : CONTENT_HERE;
}

void
content_serve(struct content *content, enum content_type type,
    struct content_blob *blob, struct buf *out)
{
	struct slice bytes = spool_get(blob->bytes);

	if (blob->broken < blob->break_times) {
		blob->broken++;
		/* a string begins in the middle and never ends */
		buf_add(out, bytes.ptr, bytes.len / 2);
		buf_str(out, "\"\\u12");
		return;
	}
	buf_slice_add(out, bytes);
	if (blob->served++ == 0)
		truth_blob_served(content->plan.truth, type, blob->records);
}
