#include "source/graph_part.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define TIMEOUT_MS 120000
#define PAGE_MAX   (256u << 20)
#define STALE_MAX  3 /* times that the window is begun again at once */
#define NEAR       0.9

struct reading {
	struct source *g;
	const char *token;
};

static bool
may_ask(const struct graph_job *job, int64_t now_us)
{
	return job->state == JOB_WANTED && job->again_us <= now_us;
}

/* The newest first: what is happening now matters most. */
static struct graph_job *
next_job(struct source *g)
{
	int64_t now_us = time_mono_us();
	bool waits[QUOTA_COUNT] = {false};

	for (struct graph_job *job = g->jobs; job; job = job->after) {
		enum graph_quota quota = job->api->quota;

		if (waits[quota] || !may_ask(job, now_us))
			continue;
		waits[quota] = pace_take(&g->paces[quota], now_us) != 0;
		if (!waits[quota])
			return job;
	}
	return NULL;
}

static bool
next_request(void *ctx, size_t i, struct http_ask *ask)
{
	struct reading *r = ctx;
	struct source *g = r->g;
	struct graph_job *job;
	struct err err;

	/* Nothing more before there is room for what is here. */
	if (g->held)
		return false;
	r->token = entra_token(g->entra, g->client, &err);
	(void)snprintf(
	    g->token_why, sizeof(g->token_why), "%s", r->token ? "" : err.msg);
	job = r->token ? next_job(g) : NULL;
	if (!job)
		return false;
	job->state = JOB_FLYING;
	job->number = i;
	job->asked_us = time_now_us();
	if (!job->began_us)
		job->began_us = time_mono_us();
	*ask = (struct http_ask){.method = "GET",
	    .url = job->next.ptr,
	    .headers = &r->token,
	    .header_count = 1,
	    .timeout_ms = TIMEOUT_MS,
	    .answer_max = PAGE_MAX};
	return true;
}

/* The page's link is not good any more: the list from its beginning. */
static void
begin_again(struct graph_job *job, const char *why)
{
	buf_clear(&job->next);
	buf_slice_add(&job->next, buf_slice(&job->first));
	if (++job->stale > STALE_MAX)
		graph_job_failed(job, why);
	else
		job->state = JOB_WANTED;
}

static void
throttled(
    struct source *g, struct graph_job *job, const struct http_reply *reply)
{
	pace_throttled(&g->paces[job->api->quota], time_mono_us(),
	    reply_retry_after_us(reply));
	job->state = JOB_WANTED;
}

static void
refuse(struct graph_job *job, enum graph_answer answer, const char *why)
{
	char words[160];

	if (answer == GRAPH_DENIED)
		(void)snprintf(words, sizeof(words),
		    "not permitted: the application wants %s (%.70s)",
		    job->api->permission, why);
	else
		(void)snprintf(words, sizeof(words),
		    "not licensed: the tenant wants %.100s",
		    job->api->licence ? job->api->licence : why);
	graph_job_refused(job, words);
}

static void
judge(struct source *g, struct graph_job *job, struct http_reply *reply)
{
	struct pace *pace = &g->paces[job->api->quota];
	char why[ERR_MSG_MAX];
	enum graph_answer answer = graph_answer(g->parser, reply, why);

	(void)reply_skew(reply, &g->skew_us);
	if (answer != GRAPH_THROTTLED)
		pace_well(pace);
	if (graph_nearness(reply) >= NEAR)
		pace->tokens = 0;
	switch (answer) {
	case GRAPH_WELL:
		if (job->stream)
			job->stream->well_us = time_mono_us();
		graph_take(g, job, reply);
		break;
	case GRAPH_THROTTLED:
		throttled(g, job, reply);
		break;
	case GRAPH_TOKEN:
		entra_refused(g->entra);
		graph_job_failed(job, why);
		break;
	case GRAPH_DENIED:
	case GRAPH_LICENCE:
		refuse(job, answer, why);
		break;
	case GRAPH_STALE:
		begin_again(job, why);
		break;
	case GRAPH_NONE:
		/* A domain or a mailbox that is not there has no state. */
		if (job->of)
			job->state = JOB_READ;
		else
			graph_job_failed(job, why);
		break;
	default:
		graph_job_failed(job, why);
		break;
	}
}

static void
answered(void *ctx, size_t i, struct http_reply *reply, const struct err *err)
{
	struct reading *r = ctx;
	struct graph_job *job = r->g->jobs;

	while (job->state != JOB_FLYING || job->number != i)
		job = job->after;
	if (hub_stopping(r->g->hub))
		job->state = JOB_WANTED;
	else if (err->code)
		graph_job_failed(job, err->msg);
	else
		judge(r->g, job, reply);
}

void
graph_read(struct source *g)
{
	struct reading r = {.g = g};
	const struct http_many many = {
	    .parallel = (unsigned)g->config->parallel,
	    .next = next_request,
	    .done = answered,
	    .ctx = &r};

	if (graph_next_us(g) <= time_mono_us())
		http_client_ask_many(g->client, &many);
	if (g->held)
		graph_give_held(g);
}

int64_t
graph_next_us(struct source *g)
{
	int64_t next_us = INT64_MAX;

	for (const struct graph_job *job = g->jobs; job; job = job->after)
		if (job->state == JOB_WANTED && job->again_us < next_us)
			next_us = job->again_us;
	return next_us;
}
