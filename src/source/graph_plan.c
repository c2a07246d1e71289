#include "source/graph_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"

#define FAILURES   5 /* then a window does not hold the newest back ... */
#define PATIENT_US (120 * SECOND_US) /* ... nor, so long after, ... */
#define GAP_US     HOUR_US           /* ... the clock: it is a gap */

/* --- what the ledger says --- */

static struct graph_job *
add_part(struct source *g, struct graph_stream *stream, enum job_kind kind,
    const struct graph_span *span)
{
	struct graph_job *job = graph_job_add(g, kind, stream->api, stream);

	job->span = *span;
	job->since_us = span->from_us;
	graph_job_aim(g, job);
	return job;
}

/* Windows that are in a gap and may still be read. */
static void
recall_gaps(struct source *g, struct graph_stream *stream)
{
	struct coverage *coverage = hub_coverage(g->hub);
	struct graph_span span = {0};
	bool more = true, found;

	for (size_t i = 0; more; i++) {
		const struct gap_seen *seen = NULL;

		hub_lock(g->hub);
		more = i < coverage_gap_count(coverage);
		if (more)
			seen = coverage_gap(coverage, i);
		found = seen && seen->healed_us == EVENT_NO_TIME &&
		        seen->gap.heals_until_us > graph_now_us(g) &&
		        !strcmp(seen->gap.source, g->name) &&
		        !strcmp(seen->gap.stream, stream->api->name) &&
		        graph_gap_span(slice_cstr(seen->gap.key), &span);
		hub_unlock(g->hub);
		if (found)
			add_part(g, stream, JOB_PART, &span)->gap = true;
	}
}

void
graph_recall(struct source *g)
{
	struct buf next = {0};
	int64_t now_us = graph_now_us(g);

	for (size_t i = 0; i < g->stream_count; i++) {
		struct graph_stream *stream = &g->streams[i];

		stream->until_us =
		    hub_cursor(g->hub, g->name, stream->api->name, &next);
		stream->began = stream->until_us != EVENT_NO_TIME;
		if (!stream->began)
			stream->until_us = now_us - g->config->back_us;
		stream->late_from_us = stream->until_us - g->config->late_us;
		/* At the first start, the late past is read already. */
		stream->late_next_us =
		    stream->began ? 0 : time_mono_us() + g->config->again_us;
		recall_gaps(g, stream);
	}
	buf_clear(&next);
	(void)hub_cursor(g->hub, g->name, "state", &next);
	if (next.len == sizeof(g->day_done) - 1)
		memcpy(g->day_done, next.ptr, next.len);
	buf_release(&next);
}

/* --- windows --- */

static struct graph_job *
head_of(struct source *g, const struct graph_stream *stream)
{
	for (struct graph_job *job = g->jobs; job; job = job->after)
		if (job->stream == stream && job->kind == JOB_HEAD)
			return job;
	return NULL;
}

/* Where nothing was read for longer than it is kept. */
static void
give_up_before(
    struct source *g, const struct graph_stream *stream, int64_t *from_us)
{
	int64_t oldest_us = graph_now_us(g) - KEPT_US;
	struct graph_span span = {*from_us, oldest_us};
	struct buf key = {0};
	struct gap gap = {.source = g->name,
	    .stream = stream->api->name,
	    .cause = GAP_UNREACHED,
	    .from_us = span.from_us,
	    .to_us = span.to_us,
	    .heals_until_us = EVENT_NO_TIME,
	    .detail = "nothing was read for longer than it is kept"};

	if (*from_us >= oldest_us)
		return;
	graph_gap_key(&key, stream->api->name, &span);
	gap.key = key.ptr;
	if (stream->began)
		hub_gap(g->hub, &gap);
	*from_us = oldest_us;
	buf_release(&key);
}

/* All from where the last ended until now; the last of it is the head. */
static void
add_windows(struct source *g, struct graph_stream *stream)
{
	int64_t now_us = graph_now_us(g);
	struct graph_span rest, span;
	struct graph_job *job = NULL;

	give_up_before(g, stream, &stream->until_us);
	rest = (struct graph_span){stream->until_us, now_us};
	while (graph_span_cut(&rest, &span)) {
		job = graph_job_add(g, JOB_PART, stream->api, stream);
		job->since_us = span.from_us;
		job->span = span;
		job->span.from_us -= g->config->overlap_us;
		graph_job_aim(g, job);
		stream->until_us = span.to_us;
	}
	if (job)
		job->kind = JOB_HEAD;
}

/* A head that waits to be asked again asks for what came meanwhile, too. */
static void
grow(struct source *g, struct graph_stream *stream, struct graph_job *job)
{
	int64_t now_us = graph_now_us(g);

	if (job->state != JOB_WANTED || !(job->failures || job->refused))
		return;
	if (time_mono_us() < job->again_us)
		return;
	give_up_before(g, stream, &job->since_us);
	job->span.from_us = job->since_us - g->config->overlap_us;
	if (now_us - job->since_us > GRAPH_SPAN_US)
		now_us = job->since_us + GRAPH_SPAN_US;
	if (now_us > job->span.to_us)
		stream->until_us = job->span.to_us = now_us;
	graph_job_aim(g, job);
}

/* The same windows each time, so that they have the same pages. */
static void
add_late(struct source *g, struct graph_stream *stream)
{
	int64_t now_us = graph_now_us(g);
	struct graph_span rest, span;

	stream->late_next_us = time_mono_us() + g->config->again_us;
	rest = (struct graph_span){
	    graph_span_begin(stream->late_from_us), stream->until_us};
	if (rest.from_us < now_us - KEPT_US)
		rest.from_us = now_us - KEPT_US;
	while (graph_span_cut(&rest, &span))
		add_part(g, stream, JOB_LATE, &span);
	stream->late_from_us = now_us - g->config->late_us;
}

static bool
has_late(const struct source *g, const struct graph_stream *stream)
{
	for (const struct graph_job *job = g->jobs; job; job = job->after)
		if (job->stream == stream && job->kind == JOB_LATE)
			return true;
	return false;
}

/* --- the state --- */

static void
add_state(struct source *g, const struct graph_api *api, const char *of)
{
	struct graph_job *job = graph_job_add(g, JOB_STATE, api, NULL);

	job->of = of ? xstrdup(of) : NULL;
	graph_job_aim(g, job);
}

static void
plan_state(struct source *g)
{
	const struct config_texts *people = &g->config->rules_of;
	char room[TIME_TEXT_MAX], today[sizeof(g->day)];

	memcpy(
	    today, time_format(graph_now_us(g), room).ptr, sizeof(today) - 1);
	today[sizeof(today) - 1] = '\0';
	if (!g->config->state || !strcmp(today, g->day_done) ||
	    !strcmp(today, g->day))
		return;
	/* What could not be read of yesterday's is not read any more. */
	for (struct graph_job *job = g->jobs; job; job = job->after)
		if (job->kind == JOB_STATE && job->state == JOB_WANTED)
			job->state = JOB_OVER;
	memcpy(g->day, today, sizeof(today));
	buf_clear(&g->unread);
	for (size_t i = 0; i < graph_state_count; i++) {
		const struct graph_api *api = &graph_states[i];

		if (api->each == EACH_ONCE)
			add_state(g, api, NULL);
		for (size_t k = 0;
		     api->each == EACH_PERSON && k < people->count; k++)
			add_state(g, api, people->list[k]);
	}
}

void
graph_plan(struct source *g)
{
	int64_t now_us = time_mono_us();
	bool poll = now_us >= g->poll_next_us;

	/* The state first: in the list, the newest stand before. */
	plan_state(g);
	if (poll)
		g->poll_next_us = now_us + g->config->poll_us;
	for (size_t i = 0; i < g->stream_count; i++) {
		struct graph_stream *stream = &g->streams[i];
		struct graph_job *head = head_of(g, stream);

		if (now_us >= stream->late_next_us && !has_late(g, stream))
			add_late(g, stream);
		if (head)
			grow(g, stream, head);
		else if (poll)
			add_windows(g, stream);
	}
}

/* --- what became of them --- */

static void
tell_gap(struct source *g, struct graph_job *job)
{
	struct graph_span span = {job->since_us, job->span.to_us};
	struct buf key = {0};
	struct gap gap = {.source = g->name,
	    .stream = job->api->name,
	    .cause = GAP_MISSING,
	    .from_us = span.from_us,
	    .to_us = span.to_us,
	    .heals_until_us = span.from_us + KEPT_US,
	    .detail = job->why};

	graph_gap_key(&key, job->api->name, &span);
	gap.key = key.ptr;
	if (job->gap)
		hub_heal(g->hub, g->name, key.ptr);
	else
		hub_gap(g->hub, &gap);
	job->gap = !job->gap;
	buf_release(&key);
}

/*
 * One that cannot be read holds neither the newest nor the clock for ever.
 * While nothing of the stream can be read it is no gap: then all of it waits.
 */
static void
be_patient(struct source *g, struct graph_job *job)
{
	int64_t for_us = time_mono_us() - job->failed_us;

	if (!job->stream || !job->failures)
		return;
	if (job->kind != JOB_HEAD &&
	    job->span.to_us < graph_now_us(g) - KEPT_US)
		job->state = JOB_OVER;
	if (job->stream->well_us < job->failed_us)
		return;
	if (job->kind == JOB_HEAD && job->failures >= FAILURES &&
	    for_us > PATIENT_US)
		job->kind = JOB_PART;
	if (job->kind == JOB_PART && !job->gap && for_us > GAP_US)
		tell_gap(g, job);
}

static void
is_over(struct source *g, struct graph_job *job)
{
	if (atomic_exchange(&job->broken, false)) {
		job->spoiled = true;
		graph_job_failed(job, "a page holds no records that are whole");
		buf_clear(&job->next);
		buf_slice_add(&job->next, buf_slice(&job->first));
		return;
	}
	job->state = JOB_OVER;
	if (job->gap)
		tell_gap(g, job);
	if (job->kind == JOB_HEAD &&
	    graph_outgrown(&job->span, time_mono_us() - job->began_us))
		job->stream->slow_us = time_mono_us();
}

/* A part of the state that is not permitted is not waited for. */
static void
look_at_state(struct source *g, struct graph_job *job)
{
	if (!job->refused || job->kind != JOB_STATE)
		return;
	buf_printf(&g->unread, "%s%s", g->unread.len ? ", " : "",
	    job->api->name + strlen("state."));
	job->state = JOB_OVER;
}

static void
tell_clock(struct source *g, struct graph_stream *stream)
{
	int64_t clock_us = stream->until_us;

	for (const struct graph_job *job = g->jobs; job; job = job->after)
		if (job->stream == stream && job->kind != JOB_LATE &&
		    !job->gap && job->since_us < clock_us)
			clock_us = job->since_us;
	/* Before anything was read there is none. */
	if (stream->began || clock_us == stream->until_us)
		hub_clock(g->hub, g->name, stream->api->name, clock_us, NULL);
	stream->began = stream->began || clock_us == stream->until_us;
}

/*
 * States are no events that others wait for, so their clock goes with the time;
 * `next` is the day of the newest that is whole.
 */
static void
tell_state(struct source *g)
{
	bool whole = *g->day != '\0';

	if (!g->config->state)
		return;
	for (const struct graph_job *job = g->jobs; job; job = job->after)
		whole = whole && job->kind != JOB_STATE;
	if (whole)
		memcpy(g->day_done, g->day, sizeof(g->day));
	if (*g->day_done)
		hub_clock(
		    g->hub, g->name, "state", graph_now_us(g), g->day_done);
}

void
graph_settle(struct source *g)
{
	struct graph_job **at = &g->jobs, *job;

	while ((job = *at)) {
		if (job->state == JOB_READ && !atomic_load(&job->pending))
			is_over(g, job);
		else if (job->state == JOB_WANTED)
			be_patient(g, job);
		look_at_state(g, job);
		if (job->state == JOB_OVER && !atomic_load(&job->pending)) {
			*at = job->after;
			graph_job_free(job);
		} else {
			at = &job->after;
		}
	}
	for (size_t i = 0; i < g->stream_count; i++)
		tell_clock(g, &g->streams[i]);
	tell_state(g);
}
