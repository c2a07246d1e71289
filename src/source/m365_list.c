#include "source/m365_part.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "event/event.h"

#define WINDOW_US   (23 * HOUR_US)   /* whole days are refused at times */
#define MARGIN_US   (60 * SECOND_US) /* our request takes a while */
#define START_US    (60 * SECOND_US) /* between two starts */
#define LOST_THEN   "what became available then is not handed out any more"
#define PENDING_MAX 2000 /* announced pieces; then they are fetched first */

/* --- subscriptions --- */

bool
m365_note_off(struct source *m, struct m365_stream *stream, bool ends)
{
	char key[96], room[TIME_TEXT_MAX];
	struct gap gap = {.source = m->name,
	    .stream = stream->type,
	    .key = key,
	    .cause = GAP_DISABLED,
	    .from_us = stream->off_us,
	    .to_us = m365_now_us(m),
	    .heals_until_us = EVENT_NO_TIME,
	    .detail = ends ? "the subscription was off; " LOST_THEN
	                   : M365_OFF LOST_THEN};

	if (stream->off_us == EVENT_NO_TIME)
		return true;
	(void)snprintf(key, sizeof(key), "off/%s/" SLICE_FMT, stream->type,
	    SLICE_ARG(time_format(stream->off_us, room)));
	if (ends)
		stream->off_us = EVENT_NO_TIME;
	return hub_gap_grow(m->hub, &gap);
}

/*
 * All before it was last listed was handed out.  Where it never was and yet is
 * known as disabled, nothing is known of what we were to begin with.
 */
static void
found_off(struct source *m, struct m365_stream *stream, bool disabled)
{
	if (stream->off_us == EVENT_NO_TIME)
		stream->off_us = stream->listed_us;
	if (stream->off_us == EVENT_NO_TIME && disabled)
		stream->off_us = m365_now_us(m) - m->config->back_us;
}

/* When it may be asked for again: what failed on its way soon, else not. */
static void
note_start(struct m365_stream *stream, enum m365_answer answer)
{
	int64_t pause_us = START_US;

	if (answer == ANSWER_AGAIN || answer == ANSWER_TOKEN ||
	    answer == ANSWER_THROTTLED) {
		stream->start_pause_us = stream->start_pause_us
		                             ? stream->start_pause_us * 2
		                             : SECOND_US;
		if (stream->start_pause_us < pause_us)
			pause_us = stream->start_pause_us;
	} else {
		stream->start_pause_us = 0;
	}
	stream->start_us = time_mono_us() + pause_us;
}

void
m365_start(struct source *m, struct m365_stream *stream)
{
	struct http_reply reply = {0};
	char why[M365_WHY_MAX];
	struct buf url = {0};
	struct json said;
	enum m365_answer answer;

	if (time_mono_us() < stream->start_us)
		return;
	if (!stream->looked)
		m365_look_at_subscriptions(m);
	if (!stream->looked || stream->on || !m365_note_off(m, stream, false))
		return;
	buf_printf(&url, "%ssubscriptions/start?contentType=%s", m->root,
	    stream->type);
	m365_add_publisher(m, &url);
	answer = m365_ask(m, "POST", url.ptr, &reply, why);
	/* A page that some proxy made is no answer. */
	if (answer == ANSWER_WELL && !reply_parse(m->parser, &reply, &said)) {
		answer = ANSWER_AGAIN;
		(void)snprintf(why, sizeof(why), "the answer is no JSON");
	}
	stream->on = answer == ANSWER_WELL;
	/* It may have been started although we were not told. */
	stream->looked = answer != ANSWER_AGAIN;
	note_start(stream, answer);
	/* What is on already is refused, and that is well, too. */
	if (stream->on && reply.status == 200)
		found_off(m, stream, false);
	if (stream->on)
		(void)m365_note_off(m, stream, true);
	else
		m365_say(m, stream->type, why);
	http_reply_release(&reply);
	buf_release(&url);
}

/* What the list of subscriptions says of the stream's. */
static void
look_at(struct source *m, struct m365_stream *stream, struct json list)
{
	struct json_iter it = json_iter(list);
	bool on = false, there = false;
	struct json item;

	while (json_next(&it, NULL, &item)) {
		there |= slice_eq(json_str(JSON_GET(item, "contentType")),
		    slice_cstr(stream->type));
		on |= m365_is_on(item, stream->type);
	}
	stream->on = on;
	stream->looked = true;
	if (on)
		(void)m365_note_off(m, stream, true);
	else
		found_off(m, stream, there);
}

void
m365_look_at_subscriptions(struct source *m)
{
	struct http_reply reply = {0};
	char why[M365_WHY_MAX];
	struct buf url = {0};
	struct json list = {0};

	buf_printf(&url, "%ssubscriptions/list", m->root);
	m365_add_publisher(m, &url);
	if (m365_ask(m, "GET", url.ptr, &reply, why) == ANSWER_WELL &&
	    reply_parse(m->parser, &reply, &list)) {
		for (size_t i = 0; i < m->stream_count; i++)
			look_at(m, &m->streams[i], list);
	} else {
		m365_say(m, "subscriptions", why);
	}
	http_reply_release(&reply);
	buf_release(&url);
}

/* --- listing --- */

static void
announce(struct m365_stream *stream, struct json list)
{
	struct json_iter it = json_iter(list);
	struct json item;

	while (json_next(&it, NULL, &item)) {
		struct announced a = {
		    .id = json_str(JSON_GET(item, "contentId")),
		    .uri = json_str(JSON_GET(item, "contentUri"))};

		if (!time_parse(json_str(JSON_GET(item, "contentCreated")),
		        &a.created_us))
			a.created_us = stream->listed_us;
		if (!time_parse(json_str(JSON_GET(item, "contentExpiration")),
		        &a.expires_us))
			a.expires_us = a.created_us + KEPT_US;
		if (a.id.len && a.uri.len)
			contents_announce(stream->contents, &a);
	}
}

/* From page to page.  0 if all of the window was listed. */
static int
list_pages(struct source *m, struct m365_stream *stream, struct buf *url)
{
	struct http_reply reply = {0};
	char why[M365_WHY_MAX];
	enum m365_answer answer;
	struct slice next;
	struct json list;

	for (;;) {
		answer = m365_ask(m, "GET", url->ptr, &reply, why);
		if (answer != ANSWER_WELL ||
		    !reply_parse(m->parser, &reply, &list))
			break;
		announce(stream, list);
		next = http_reply_header(&reply, "NextPageUri");
		if (!next.len) {
			http_reply_release(&reply);
			return 0;
		}
		buf_clear(url);
		buf_slice_add(url, next);
		if (!memmem(url->ptr, url->len, "PublisherIdentifier", 19))
			m365_add_publisher(m, url);
		else
			buf_char(url, '\0');
		if (contents_count(stream->contents) > PENDING_MAX)
			m365_fetch(m);
	}
	if (answer == ANSWER_WELL)
		(void)snprintf(why, sizeof(why), "the list is no JSON");
	if (answer == ANSWER_OFF) {
		stream->on = false;
		found_off(m, stream, false);
		/* Disabled, or not there yet? */
		stream->looked = stream->off_us != EVENT_NO_TIME;
		if (!stream->looked)
			m365_look_at_subscriptions(m);
		if (!stream->on)
			m365_start(m, stream);
	} else if (!hub_stopping(m->hub)) {
		m365_say(m, stream->type, why);
	}
	http_reply_release(&reply);
	return -1;
}

/* As the API wants it: UTC, no fraction. */
static void
add_time(struct buf *url, int64_t time_us)
{
	char room[TIME_TEXT_MAX];
	struct slice text = time_format(time_us, room);

	buf_add(url, text.ptr, sizeof("2026-10-05T08:11:12") - 1);
}

static int
list_window(struct source *m, struct m365_stream *stream, int64_t from_us,
    int64_t to_us)
{
	struct buf url = {0};
	int status;

	buf_printf(&url,
	    "%ssubscriptions/content?contentType=%s&startTime=", m->root,
	    stream->type);
	add_time(&url, from_us);
	buf_str(&url, "&endTime=");
	add_time(&url, to_us);
	m365_add_publisher(m, &url);
	status = list_pages(m, stream, &url);
	buf_release(&url);
	return status;
}

/* Where the ledger's clock is so old that nobody lists what follows. */
static void
note_unreached(
    struct source *m, const struct m365_stream *stream, int64_t from_us)
{
	char key[96], room[TIME_TEXT_MAX];
	struct gap gap = {.source = m->name,
	    .stream = stream->type,
	    .key = key,
	    .cause = GAP_UNREACHED,
	    .from_us = stream->listed_us,
	    .to_us = from_us,
	    .heals_until_us = EVENT_NO_TIME,
	    .detail = "nothing was collected for longer than content is kept"};

	(void)snprintf(key, sizeof(key), "unreached/%s/" SLICE_FMT,
	    stream->type, SLICE_ARG(time_format(stream->listed_us, room)));
	hub_gap(m->hub, &gap);
}

/*
 * Content may be listed under a time that has long passed, as happens after a
 * start: so now and then we look back further.
 */
static int64_t
begin_of(struct source *m, struct m365_stream *stream, int64_t now_us)
{
	const struct m365_config *config = m->config;

	if (stream->listed_us == EVENT_NO_TIME)
		return now_us - config->back_us;
	if (time_mono_us() < stream->again_us)
		return stream->listed_us - config->overlap_us;
	return stream->listed_us - config->reach_us;
}

void
m365_list(struct source *m, struct m365_stream *stream)
{
	int64_t now_us = m365_now_us(m);
	int64_t oldest_us = now_us - KEPT_US + MARGIN_US;
	int64_t at_us = begin_of(m, stream, now_us), end_us;
	bool far = time_mono_us() >= stream->again_us;

	if (stream->listed_us != EVENT_NO_TIME && stream->listed_us < oldest_us)
		note_unreached(m, stream, oldest_us);
	at_us = at_us < oldest_us ? oldest_us : at_us;
	for (; at_us < now_us; at_us = end_us) {
		end_us =
		    at_us + WINDOW_US < now_us ? at_us + WINDOW_US : now_us;
		/* What comes this second is listed, too. */
		if (list_window(m, stream, at_us,
		        end_us < now_us ? end_us : now_us + SECOND_US))
			return;
		/* The start was a good one: the next may be at once. */
		stream->start_us = 0;
		if (end_us > stream->listed_us)
			stream->listed_us = end_us;
	}
	if (far)
		stream->again_us = time_mono_us() + m->config->again_us;
}
