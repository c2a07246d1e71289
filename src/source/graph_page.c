#include "source/graph_part.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "source/split.h"
#include "json/build.h"

/* In the ledger's loop. */
static void
ended(void *ctx, const struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	struct graph_job *job = ctx;

	(void)parcel;
	(void)why;
	if (end != PARCEL_DURABLE)
		atomic_store(&job->broken, true);
	atomic_fetch_sub(&job->pending, 1);
}

/* Lest answers that are under way are not read until they time out. */
static void
hold(struct source *g, struct parcel *parcel)
{
	if (g->held)
		g->held_last->next = parcel;
	else
		g->held = parcel;
	g->held_last = parcel;
}

static void
give(struct source *g, struct graph_job *job, const unsigned char name[16],
    struct buf *body)
{
	struct parcel *parcel;
	char room[TIME_TEXT_MAX];

	if (hub_has(g->hub, name)) {
		buf_release(body);
		return;
	}
	parcel = parcel_new("graph", g->name);
	memcpy(parcel->name, name, 16);
	parcel->path = "graph";
	parcel->as = job->api->as;
	parcel->asked_us = job->asked_us;
	buf_str(&parcel->stream, job->api->name);
	buf_str(&parcel->tenant, g->config->entra.tenant);
	if (job->stream) {
		json_text(&parcel->about, "from",
		    time_format(job->span.from_us, room));
		json_text(
		    &parcel->about, "to", time_format(job->span.to_us, room));
	} else {
		json_cstr(&parcel->about, "day", g->day);
	}
	if (job->of)
		json_cstr(&parcel->about, "of", job->of);
	parcel->body = *body;
	*body = (struct buf){0};
	parcel->done = ended;
	parcel->ctx = job;
	atomic_fetch_add(&job->pending, 1);
	if (g->held || !hub_offer(g->hub, parcel))
		hold(g, parcel);
}

/* A window does not take longer to read because the hub is full. */
void
graph_give_held(struct source *g)
{
	int64_t began_us = time_mono_us();

	while (g->held) {
		struct parcel *parcel = g->held;

		g->held = parcel->next;
		parcel->next = NULL;
		hub_give(g->hub, parcel);
	}
	for (struct graph_job *job = g->jobs; job; job = job->after)
		if (job->began_us)
			job->began_us += time_mono_us() - began_us;
}

/*
 * The same items are the same delivery, whatever the link to the next page; the
 * state's are so for a day.
 */
static void
give_page(struct source *g, struct graph_job *job, struct slice items,
    struct http_reply *reply)
{
	const struct slice texts[] = {SLICE("graph"), slice_cstr(g->name),
	    slice_cstr(job->api->name), slice_cstr(job->of ? job->of : ""),
	    slice_cstr(job->stream ? "" : g->day), items};
	unsigned char name[16];

	parcel_name(name, texts, sizeof(texts) / sizeof(texts[0]));
	give(g, job, name, &reply->body);
}

/* That there is none is what some ask a list of the state for. */
static void
give_empty(struct source *g, struct graph_job *job, struct http_reply *reply)
{
	buf_clear(&reply->body);
	give_page(g, job, SLICE(""), reply);
}

/*
 * Records that are no events have nothing else by which one that comes again
 * would be known: each is a delivery, by its id and the time of its change.
 */
static void
give_each(struct source *g, struct graph_job *job, struct json root,
    const struct http_reply *reply)
{
	struct json_iter it = json_iter(JSON_GET(root, "value"));
	struct split split;
	struct slice text;
	struct json item;

	if (!split_member(buf_slice(&reply->body), SLICE("value"), &split))
		return;
	while (json_next(&it, NULL, &item) && split_next(&split, &text)) {
		const struct slice texts[] = {SLICE("graph"),
		    slice_cstr(g->name), slice_cstr(job->api->name),
		    json_str(JSON_GET(item, "id")),
		    json_str(json_get(item, slice_cstr(job->api->time)))};
		unsigned char name[16];
		struct buf body = {0};

		parcel_name(name, texts, sizeof(texts) / sizeof(texts[0]));
		buf_slice_add(&body, text);
		give(g, job, name, &body);
	}
}

/* Who signs tokens for a domain is asked for domain by domain. */
static void
follow(struct source *g, const struct graph_job *job, struct json root)
{
	struct json_iter it = json_iter(JSON_GET(root, "value"));
	struct json item;
	struct buf id = {0};

	if (job->stream || strcmp(job->api->name, "state.domains") != 0)
		return;
	while (json_next(&it, NULL, &item)) {
		struct graph_job *more;

		if (!slice_eq(json_str(JSON_GET(item, "authenticationType")),
		        SLICE("Federated")))
			continue;
		for (size_t i = 0; i < graph_state_count; i++) {
			if (graph_states[i].each != EACH_FEDERATED)
				continue;
			more =
			    graph_job_add(g, JOB_STATE, &graph_states[i], NULL);
			buf_clear(&id);
			buf_slice_add(&id, json_str(JSON_GET(item, "id")));
			buf_char(&id, '\0');
			more->of = xstrdup(id.ptr);
			graph_job_aim(g, more);
		}
	}
	buf_release(&id);
}

/* A token is for this API alone, whatever a link says. */
static bool
is_ours(const struct source *g, struct slice url)
{
	size_t n = strlen(g->root);

	return url.len > n && !memcmp(url.ptr, g->root, n) &&
	       url.ptr[n] == '/' && !memchr(url.ptr, '\0', url.len);
}

void
graph_take(struct source *g, struct graph_job *job, struct http_reply *reply)
{
	struct graph_page page;

	if (!graph_page_read(g->parser, reply, &page)) {
		graph_job_failed(job, "the page is no whole JSON");
		return;
	}
	if (page.next.len && !is_ours(g, page.next)) {
		graph_job_failed(job, "the next page is at another host");
		return;
	}
	/* Else one that cannot be taken would be read for ever. */
	if (!job->spoiled)
		job->failures = 0;
	job->refused = false;
	job->state = page.next.len ? JOB_WANTED : JOB_READ;
	buf_clear(&job->next);
	buf_slice_add(&job->next, page.next);
	buf_char(&job->next, '\0');
	follow(g, job, page.root);
	if (job->stream && job->api->as)
		give_each(g, job, page.root, reply);
	else if (page.count)
		give_page(g, job, page.items, reply);
	else if (!job->stream)
		give_empty(g, job, reply);
}
