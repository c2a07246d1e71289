#include "source/m365_content.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "event/event.h"

#define SECOND_US ((int64_t)1000000)
#define FAILURES  5 /* before it is a gap, if patience is over, too */
#define PAUSE_US  (SECOND_US / 4) /* after a failure, doubled each time */
#define PAUSE_MAX (300 * SECOND_US)

struct contents {
	pthread_mutex_t lock;
	struct hub *hub;
	const char *source, *stream;
	int64_t patience_us;
	struct content **list; /* owned */
	size_t count, size;
};

struct contents *
contents_new(struct hub *hub, const char *source, const char *stream,
    int64_t patience_us)
{
	struct contents *contents = xcalloc(1, sizeof(*contents));

	pthread_mutex_init(&contents->lock, NULL);
	contents->hub = hub;
	contents->source = source;
	contents->stream = stream;
	contents->patience_us = patience_us;
	return contents;
}

static void
content_free(struct content *content)
{
	free(content->id);
	free(content->uri);
	free(content);
}

void
contents_free(struct contents *contents)
{
	if (!contents)
		return;
	for (size_t i = 0; i < contents->count; i++)
		content_free(contents->list[i]);
	free(contents->list);
	pthread_mutex_destroy(&contents->lock);
	free(contents);
}

size_t
contents_count(struct contents *contents)
{
	size_t count = 0;

	pthread_mutex_lock(&contents->lock);
	for (size_t i = 0; i < contents->count; i++)
		count += !contents->list[i]->gap;
	pthread_mutex_unlock(&contents->lock);
	return count;
}

static struct content *
find(struct contents *contents, const unsigned char name[16], size_t *at)
{
	for (size_t i = 0; i < contents->count; i++)
		if (!memcmp(contents->list[i]->name, name, 16)) {
			*at = i;
			return contents->list[i];
		}
	return NULL;
}

static void
drop(struct contents *contents, size_t at)
{
	content_free(contents->list[at]);
	contents->list[at] = contents->list[--contents->count];
}

static char *
text_of(struct slice s)
{
	char *text = xmalloc(s.len + 1);

	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	return text;
}

void
contents_announce(struct contents *contents, const struct announced *announced)
{
	const struct slice texts[] = {SLICE("m365"),
	    slice_cstr(contents->source), slice_cstr(contents->stream),
	    announced->id};
	unsigned char name[16];
	struct content *content;
	size_t at;

	parcel_name(name, texts, sizeof(texts) / sizeof(texts[0]));
	/* The hub first: it has what left the list a moment ago. */
	pthread_mutex_lock(&contents->lock);
	if (find(contents, name, &at) || hub_has(contents->hub, name)) {
		pthread_mutex_unlock(&contents->lock);
		return;
	}
	if (contents->count == contents->size) {
		contents->size = contents->size * 2 + 16;
		contents->list = xrealloc(
		    contents->list, contents->size * sizeof(struct content *));
	}
	content = xcalloc(1, sizeof(*content));
	content->id = text_of(announced->id);
	content->uri = text_of(announced->uri);
	memcpy(content->name, name, 16);
	content->created_us = announced->created_us;
	content->expires_us = announced->expires_us;
	content->gap = announced->gap;
	content->again_us = INT64_MIN;
	contents->list[contents->count++] = content;
	pthread_mutex_unlock(&contents->lock);
}

/* Those that were announced first come first. */
struct content *
contents_next(struct contents *contents, int64_t now_us)
{
	struct content *next = NULL;

	pthread_mutex_lock(&contents->lock);
	for (size_t i = 0; i < contents->count; i++) {
		struct content *c = contents->list[i];

		if (c->state != CONTENT_WANTED || c->again_us > now_us)
			continue;
		if (!next || c->created_us < next->created_us)
			next = c;
	}
	if (next)
		next->state = CONTENT_FLYING;
	pthread_mutex_unlock(&contents->lock);
	return next;
}

int64_t
contents_next_us(struct contents *contents)
{
	int64_t next_us = INT64_MAX;

	pthread_mutex_lock(&contents->lock);
	for (size_t i = 0; i < contents->count; i++) {
		const struct content *c = contents->list[i];

		if (c->state == CONTENT_WANTED && c->again_us < next_us)
			next_us = c->again_us;
	}
	pthread_mutex_unlock(&contents->lock);
	return next_us;
}

static void
open_gap(struct contents *contents, struct content *content, bool heals)
{
	struct gap gap = {.source = contents->source,
	    .stream = contents->stream,
	    .key = content->id,
	    .cause = content->cause,
	    .from_us = content->created_us,
	    .to_us = content->created_us,
	    .heals_until_us = heals ? content->expires_us : EVENT_NO_TIME,
	    .detail = content->why};

	content->gap = true;
	hub_gap(contents->hub, &gap);
}

static int64_t
pause_of(unsigned failures)
{
	int64_t pause = PAUSE_US;

	while (--failures && pause < PAUSE_MAX)
		pause *= 2;
	return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

static void
fail(struct contents *contents, struct content *content, enum gap_cause cause,
    int64_t now_us, const char *why)
{
	content->state = CONTENT_WANTED;
	content->cause = cause;
	(void)snprintf(content->why, sizeof(content->why), "%s", why);
	if (!content->failures++)
		content->failed_us = now_us;
	content->again_us = now_us + pause_of(content->failures);
	if (!content->gap && content->failures >= FAILURES &&
	    now_us - content->failed_us >= contents->patience_us)
		open_gap(contents, content, true);
}

void
contents_failed(struct contents *contents, struct content *content,
    enum gap_cause cause, bool for_good, int64_t now_us, const char *why)
{
	size_t at;

	pthread_mutex_lock(&contents->lock);
	fail(contents, content, cause, now_us, why);
	if (for_good) {
		if (!content->gap)
			open_gap(contents, content, false);
		if (find(contents, content->name, &at))
			drop(contents, at);
	}
	pthread_mutex_unlock(&contents->lock);
}

void
contents_again(
    struct contents *contents, struct content *content, int64_t again_us)
{
	pthread_mutex_lock(&contents->lock);
	content->state = CONTENT_WANTED;
	content->again_us = again_us;
	pthread_mutex_unlock(&contents->lock);
}

void
contents_given(struct contents *contents, struct content *content)
{
	pthread_mutex_lock(&contents->lock);
	content->state = CONTENT_GIVEN;
	pthread_mutex_unlock(&contents->lock);
}

void
contents_end(struct contents *contents, const unsigned char name[16],
    enum parcel_end end, const char *why, int64_t now_us)
{
	struct content *content;
	size_t at;

	pthread_mutex_lock(&contents->lock);
	content = find(contents, name, &at);
	if (content && end == PARCEL_DURABLE) {
		if (content->gap)
			hub_heal(contents->hub, contents->source, content->id);
		drop(contents, at);
	} else if (content && end != PARCEL_STOPPED) {
		/* Too short is a failure, too: it may stay so for ever. */
		fail(contents, content, GAP_UNREADABLE, now_us, why);
	} else if (content) {
		content->state = CONTENT_WANTED;
	}
	pthread_mutex_unlock(&contents->lock);
}

int64_t
contents_clock(struct contents *contents, int64_t listed_us, int64_t now_us)
{
	pthread_mutex_lock(&contents->lock);
	for (size_t i = contents->count; i-- > 0;) {
		struct content *c = contents->list[i];

		if (c->state == CONTENT_WANTED && c->expires_us < now_us) {
			if (!c->gap)
				open_gap(contents, c, false);
			drop(contents, i);
		} else if (!c->gap && c->created_us < listed_us) {
			listed_us = c->created_us;
		}
	}
	pthread_mutex_unlock(&contents->lock);
	return listed_us;
}
