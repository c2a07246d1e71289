#include "source/graph_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"

#define PAUSE_US   (2 * SECOND_US) /* after a failure, doubled each time */
#define PAUSE_MAX  (300 * SECOND_US)
#define REFUSED_US (900 * SECOND_US)

struct graph_job *
graph_job_add(struct source *g, enum job_kind kind, const struct graph_api *api,
    struct graph_stream *stream)
{
	struct graph_job *job = xcalloc(1, sizeof(*job));

	job->api = api;
	job->kind = kind;
	job->stream = stream;
	job->after = g->jobs;
	g->jobs = job;
	return job;
}

void
graph_job_free(struct graph_job *job)
{
	buf_release(&job->first);
	buf_release(&job->next);
	free(job->of);
	free(job);
}

void
graph_job_aim(struct source *g, struct graph_job *job)
{
	unsigned top = (unsigned)g->config->top;

	buf_clear(&job->first);
	if (job->stream)
		graph_url_window(
		    &job->first, g->root, job->api, &job->span, top);
	else
		graph_url_state(&job->first, g->root, job->api, job->of, top);
	buf_clear(&job->next);
	buf_slice_add(&job->next, buf_slice(&job->first));
	job->began_us = 0;
	job->state = JOB_WANTED;
}

static int64_t
pause_of(unsigned failures)
{
	int64_t pause = PAUSE_US;

	while (--failures && pause < PAUSE_MAX)
		pause *= 2;
	return pause < PAUSE_MAX ? pause : PAUSE_MAX;
}

void
graph_job_failed(struct graph_job *job, const char *why)
{
	int64_t now_us = time_mono_us();

	if (!job->failures++)
		job->failed_us = now_us;
	(void)snprintf(job->why, sizeof(job->why), "%s", why);
	job->again_us = now_us + pause_of(job->failures);
	job->state = JOB_WANTED;
}

void
graph_job_refused(struct graph_job *job, const char *why)
{
	int64_t now_us = time_mono_us();

	if (!job->refused && !job->failures)
		job->failed_us = now_us;
	job->refused = true;
	(void)snprintf(job->why, sizeof(job->why), "%s", why);
	job->again_us = now_us + REFUSED_US;
	job->state = JOB_WANTED;
}
