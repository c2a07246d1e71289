#include "source/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"
#include "source/graph_part.h"

#define LOOK_US     (SECOND_US / 20) /* while parcels are on their way */
#define IDLE_US     SECOND_US
#define OUTGROWN_US (6 * HOUR_US) /* that long it is said */
#define PACE_MIN    6

static const struct config_row rows[] = {
    ENTRA_ROWS(struct graph_config, entra),
#define ROW(member, text, kind, ...)                                           \
	{                                                                      \
		.name = (text), .type = (kind),                                \
		.at = offsetof(struct graph_config, member), __VA_ARGS__       \
	}
    ROW(endpoint, "endpoint", CONFIG_TEXT,
        .help = "URL of the API, in place of the cloud's"),
    ROW(streams, "streams", CONFIG_TEXTS,
        .help = "what is read: signins, signins-noninteractive, signins-app, "
                "signins-managed, audits, risks, alerts; default: all"),
    ROW(state, "state", CONFIG_BOOL, .preset = "true",
        .help = "whether the tenant's state is kept once a day"),
    ROW(rules_of, "rules_of", CONFIG_TEXTS,
        .help = "people whose inbox rules are part of the state"),
    ROW(poll_us, "poll", CONFIG_TIME, .preset = "60 s", .min = 100000,
        .max = HOUR_US, .help = "between two looks for what is new"),
    ROW(overlap_us, "overlap", CONFIG_TIME, .preset = "10 min", .max = DAY_US,
        .help = "how far back each look begins: records are shown late"),
    ROW(late_us, "late", CONFIG_TIME, .preset = "24 h", .max = 7 * DAY_US,
        .help = "how much of the past is read again and again"),
    ROW(again_us, "again", CONFIG_TIME, .preset = "1 h", .min = 100000,
        .max = DAY_US, .help = "how often that is done"),
    ROW(back_us, "back", CONFIG_TIME, .preset = "7 d", .max = KEPT_US,
        .help = "how far back to begin"),
    ROW(top, "top", CONFIG_COUNT, .preset = "1000", .min = 1, .max = 1000,
        .help = "records in a page at most"),
    ROW(parallel, "parallel", CONFIG_COUNT, .preset = "4", .min = 1, .max = 64,
        .help = "requests at a time"),
    ROW(quota, "quota", CONFIG_COUNT, .preset = "100", .min = 1, .max = 1000000,
        .help = "how much of the API's published limits is used, in percent"),
#undef ROW
};

static const struct config_table table = {.name = "source, kind graph",
    .help = "Microsoft Graph: sign-ins, audits, risks, alerts and the state of "
            "a tenant",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0])};

int64_t
graph_now_us(const struct source *g)
{
	return time_now_us() + g->skew_us;
}

/* --- how it goes --- */

static const struct graph_job *
one_that_waits(const struct source *g, size_t *count)
{
	const struct graph_job *worst = NULL;

	*count = 0;
	for (const struct graph_job *job = g->jobs; job; job = job->after) {
		*count += job->kind != JOB_HEAD && job->kind != JOB_STATE;
		if (job->state == JOB_WANTED &&
		    (job->refused || job->failures > 1) &&
		    (!worst || job->kind == JOB_HEAD))
			worst = job;
	}
	return worst;
}

static const char *
outgrown(const struct source *g)
{
	int64_t now_us = time_mono_us();

	for (size_t i = 0; i < g->stream_count; i++)
		if (g->streams[i].slow_us &&
		    now_us - g->streams[i].slow_us < OUTGROWN_US)
			return g->streams[i].api->name;
	return NULL;
}

static bool
throttled(const struct source *g)
{
	int64_t now_us = time_mono_us();

	for (size_t i = 0; i < QUOTA_COUNT; i++)
		if (now_us + SECOND_US < g->paces[i].paused_until_us)
			return true;
	return false;
}

static void
tell(struct source *g)
{
	size_t windows;
	const struct graph_job *job = one_that_waits(g, &windows);
	const char *slow = outgrown(g);

	if (*g->token_why)
		hub_say(g->hub, g->name, HUB_TROUBLE, "%s", g->token_why);
	else if (job)
		hub_say(g->hub, g->name, HUB_TROUBLE, "%s: %s", job->api->name,
		    job->why);
	else if (slow)
		hub_say(g->hub, g->name, HUB_TROUBLE,
		    "%s: a window takes longer to read than it lasts: the "
		    "tenant has outgrown this API; collect from an Event Hub "
		    "(kind kafka)",
		    slow);
	else if (throttled(g))
		hub_say(g->hub, g->name, HUB_WAITS, "throttled");
	else if (windows)
		hub_say(g->hub, g->name, HUB_WELL,
		    "%zu windows to read%s" SLICE_FMT, windows,
		    g->unread.len ? "; not permitted: " : "",
		    SLICE_ARG(buf_slice(&g->unread)));
	else
		hub_say(g->hub, g->name, HUB_WELL, "well%s" SLICE_FMT,
		    g->unread.len ? "; state not permitted: " : "",
		    SLICE_ARG(buf_slice(&g->unread)));
}

/* --- the source --- */

static int64_t
wait_us(struct source *g)
{
	int64_t now_us = time_mono_us(), wait_us = IDLE_US;
	int64_t next_us = graph_next_us(g);

	next_us = g->poll_next_us < next_us ? g->poll_next_us : next_us;
	if (next_us - now_us < wait_us)
		wait_us = next_us - now_us;
	for (const struct graph_job *job = g->jobs; job; job = job->after)
		if (job->state == JOB_READ && wait_us > LOOK_US)
			wait_us = LOOK_US;
	return wait_us > LOOK_US ? wait_us : LOOK_US;
}

static void
graph_run(struct source *g)
{
	g->client =
	    http_client_new(&(struct http_options){.ca = g->config->entra.ca,
	        .proxy = g->config->entra.proxy,
	        .stop = hub_stop_flag(g->hub)});
	for (size_t i = 0; i < QUOTA_COUNT; i++) {
		uint64_t rate = graph_quota_rate((enum graph_quota)i) *
		                (uint64_t)g->config->quota / 100;

		pace_init(&g->paces[i],
		    (unsigned)(rate < PACE_MIN ? PACE_MIN : rate),
		    time_mono_us());
	}
	hub_say(g->hub, g->name, HUB_WELL, "starting");
	graph_recall(g);
	do {
		graph_plan(g);
		graph_read(g);
		graph_settle(g);
		tell(g);
	} while (hub_sleep(g->hub, wait_us(g)));
}

static void
graph_close(struct source *g)
{
	struct graph_job *job;

	if (!g)
		return;
	while ((job = g->jobs)) {
		g->jobs = job->after;
		graph_job_free(job);
	}
	http_client_free(g->client);
	json_parser_free(g->parser);
	entra_close(g->entra);
	buf_release(&g->unread);
	free(g);
}

static int
add_streams(struct source *g, struct err *err)
{
	const struct config_texts *wanted = &g->config->streams;
	size_t count = wanted->count ? wanted->count : graph_activity_count;

	if (count > GRAPH_ACTIVITY_MAX)
		return err_set(err, ERR_USAGE, "there are %zu streams",
		    graph_activity_count);
	for (size_t i = 0; i < count; i++) {
		struct graph_stream *stream = &g->streams[g->stream_count++];

		stream->api = wanted->count ? graph_activity_find(
		                                  slice_cstr(wanted->list[i]))
		                            : &graph_activities[i];
		if (!stream->api)
			return err_set(err, ERR_USAGE,
			    "there is no stream '%s'", wanted->list[i]);
	}
	return 0;
}

static int
graph_open(struct source **out, const struct source_place *place,
    const void *config, struct err *err)
{
	struct source *g = xcalloc(1, sizeof(*g));

	g->hub = place->hub;
	g->name = place->name;
	g->config = config;
	g->parser = json_parser_new();
	g->root = graph_endpoint(g->config);
	if (entra_open(
	        &g->entra, &g->config->entra, graph_audience(g->config), err) ||
	    add_streams(g, err)) {
		graph_close(g);
		return -1;
	}
	*out = g;
	return 0;
}

static const char *
graph_application(const void *config)
{
	return ((const struct graph_config *)config)->entra.client;
}

const struct source_kind source_graph = {.name = "graph",
    .table = &table,
    .config_size = sizeof(struct graph_config),
    .open = graph_open,
    .run = graph_run,
    .close = graph_close,
    .application = graph_application};
