#include "source/m365_part.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "source/sniff.h"
#include "json/build.h"

/* Which piece each request under way is for. */
struct flight {
	struct m365_stream *stream;
	struct content *content;
	int64_t asked_us;
};

struct fetching {
	struct source *m;
	const char *token;
	struct flight *flights; /* by the number of the request; owned */
	size_t size;
	struct buf *urls; /* the same; owned */
	/*
	 * What the hub had no room for: while there is any nothing is asked
	 * for, so that these are no more than `parallel`; what is under way
	 * goes on, and does not time out meanwhile.  Owned.
	 */
	struct parcel **held;
	size_t held_count;
};

static struct content *
next_content(struct source *m, struct m365_stream **stream)
{
	struct content *content;

	for (size_t i = 0; i < m->stream_count; i++) {
		*stream = &m->streams[i];
		content = contents_next((*stream)->contents, m365_now_us(m));
		if (content)
			return content;
	}
	return NULL;
}

static bool
next_request(void *ctx, size_t i, struct http_ask *ask)
{
	struct fetching *f = ctx;
	struct source *m = f->m;
	struct flight flight = {.asked_us = time_now_us()};
	struct err err;

	if (f->held_count)
		return false;
	f->token = entra_token(m->entra, m->client, &err);
	if (!f->token) {
		m365_say(m, "token", err.msg);
		return false;
	}
	flight.content = next_content(m, &flight.stream);
	if (!flight.content)
		return false;
	/* Not now: those under way end meanwhile. */
	if (pace_take(&m->pace, time_mono_us())) {
		contents_again(flight.stream->contents, flight.content,
		    flight.content->again_us);
		return false;
	}
	if (i == f->size) {
		f->size = f->size * 2 + 16;
		f->flights =
		    xrealloc(f->flights, f->size * sizeof(*f->flights));
		f->urls = xrealloc(f->urls, f->size * sizeof(*f->urls));
	}
	f->flights[i] = flight;
	f->urls[i] = (struct buf){0};
	buf_str(&f->urls[i], flight.content->uri);
	m365_add_publisher(m, &f->urls[i]);
	*ask = (struct http_ask){.method = "GET",
	    .url = f->urls[i].ptr,
	    .headers = &f->token,
	    .header_count = 1,
	    .timeout_ms = TIMEOUT_MS,
	    .answer_max = (size_t)m->config->blob_max};
	return true;
}

static void
ended(void *ctx, const struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	contents_end(ctx, parcel->name, end, why, time_now_us());
}

static void
give(struct fetching *f, const struct flight *flight, struct http_reply *reply)
{
	struct source *m = f->m;
	const struct content *content = flight->content;
	struct parcel *parcel = parcel_new("m365", m->name);
	char room[TIME_TEXT_MAX];

	memcpy(parcel->name, content->name, 16);
	parcel->path = "feed";
	parcel->created_us = content->created_us;
	parcel->asked_us = flight->asked_us;
	buf_str(&parcel->stream, flight->stream->type);
	buf_str(&parcel->tenant, m->config->entra.tenant);
	json_cstr(&parcel->about, "id", content->id);
	json_text(
	    &parcel->about, "expires", time_format(content->expires_us, room));
	parcel->body = reply->body;
	reply->body = (struct buf){0};
	parcel->done = ended;
	parcel->ctx = flight->stream->contents;
	contents_given(flight->stream->contents, flight->content);
	if (f->held_count || !hub_offer(m->hub, parcel))
		f->held[f->held_count++] = parcel;
}

/* Waits until there is room for all that is held. */
static void
give_held(struct fetching *f)
{
	for (size_t i = 0; i < f->held_count; i++)
		hub_give(f->m->hub, f->held[i]);
	f->held_count = 0;
}

/* A list, and nothing behind it: else it was cut off on its way. */
static bool
is_whole(const struct buf *body)
{
	struct slice text = slice_trim_json(buf_slice(body));

	return text.len && text.ptr[0] == '[' &&
	       sniff_json_end(text) == text.len;
}

static void
judge(struct fetching *f, const struct flight *flight, struct http_reply *reply,
    const struct err *err)
{
	struct source *m = f->m;
	struct contents *contents = flight->stream->contents;
	int64_t now_us = m365_now_us(m);
	char why[M365_WHY_MAX];

	if (err->code) {
		contents_failed(contents, flight->content,
		    err->code == ERR_LIMIT ? GAP_TOO_LONG : GAP_MISSING, false,
		    now_us, err->msg);
		return;
	}
	if (reply->status == 200 && is_whole(&reply->body)) {
		pace_well(&m->pace);
		give(f, flight, reply);
		return;
	}
	switch (m365_look(m, reply, why)) {
	case ANSWER_WELL:
		contents_failed(contents, flight->content, GAP_UNREADABLE,
		    false, now_us, "no whole list of records");
		break;
	case ANSWER_TOKEN:
		contents_again(contents, flight->content, now_us + SECOND_US);
		break;
	case ANSWER_THROTTLED:
		contents_again(contents, flight->content, now_us);
		break;
	case ANSWER_EXPIRED:
		contents_failed(
		    contents, flight->content, GAP_EXPIRED, true, now_us, why);
		break;
	default:
		contents_failed(
		    contents, flight->content, GAP_MISSING, false, now_us, why);
		break;
	}
}

static void
fetched(void *ctx, size_t i, struct http_reply *reply, const struct err *err)
{
	struct fetching *f = ctx;

	if (hub_stopping(f->m->hub))
		contents_again(
		    f->flights[i].stream->contents, f->flights[i].content, 0);
	else
		judge(f, &f->flights[i], reply, err);
	buf_release(&f->urls[i]);
}

/* When something may be asked for again. */
static int64_t
next_us(struct source *m)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < m->stream_count; i++) {
		int64_t us = contents_next_us(m->streams[i].contents);

		next = us < next ? us : next;
	}
	return next;
}

void
m365_fetch(struct source *m)
{
	struct fetching f = {.m = m};
	const struct http_many many = {
	    .parallel = (unsigned)m->config->parallel,
	    .next = next_request,
	    .done = fetched,
	    .ctx = &f};
	int64_t wait;

	f.held = xcalloc(many.parallel, sizeof(struct parcel *));
	while (!hub_stopping(m->hub) && next_us(m) <= m365_now_us(m)) {
		http_client_ask_many(m->client, &many);
		give_held(&f);
		if (m->trouble)
			break;
		wait = pace_take(&m->pace, time_mono_us());
		if (wait && !hub_sleep(m->hub, wait))
			break;
	}
	free(f.flights);
	free(f.urls);
	free(f.held);
}
