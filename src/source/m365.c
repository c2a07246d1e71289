#include "source/m365.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"
#include "source/m365_part.h"

static const struct config_row rows[] = {
    ENTRA_ROWS(struct m365_config, entra),
#define ROW(member, text, kind, ...)                                           \
	{                                                                      \
		.name = (text), .type = (kind),                                \
		.at = offsetof(struct m365_config, member), __VA_ARGS__        \
	}
    ROW(endpoint, "endpoint", CONFIG_TEXT,
        .help = "URL of the API, in place of the cloud's"),
    ROW(publisher, "publisher", CONFIG_TEXT,
        .help = "PublisherIdentifier of requests; default: the tenant"),
    ROW(types, "types", CONFIG_TEXTS,
        .help = "content types; default: all five"),
    ROW(poll_us, "poll", CONFIG_TIME, .preset = "60 s", .min = 100000,
        .max = HOUR_US, .help = "between two looks for new content"),
    ROW(overlap_us, "overlap", CONFIG_TIME, .preset = "15 min",
        .max = 24 * HOUR_US, .help = "how far back each look begins"),
    ROW(reach_us, "reach", CONFIG_TIME, .preset = "26 h", .max = KEPT_US,
        .help = "how far back to look now and then: content may be listed "
                "under a time long passed"),
    ROW(again_us, "again", CONFIG_TIME, .preset = "30 min", .min = 100000,
        .max = 24 * HOUR_US, .help = "how often to look so far back"),
    ROW(back_us, "back", CONFIG_TIME, .preset = "7 d", .max = KEPT_US,
        .help = "how far back to begin"),
    ROW(patience_us, "patience", CONFIG_TIME, .preset = "2 min",
        .max = 24 * HOUR_US,
        .help = "how long content is asked for in vain before it is a gap"),
    ROW(parallel, "parallel", CONFIG_COUNT, .preset = "8", .min = 1, .max = 64,
        .help = "requests at a time"),
    ROW(quota, "quota", CONFIG_COUNT, .preset = "2000", .min = 1,
        .max = 1000000, .help = "requests a minute at most"),
    ROW(blob_max, "blob_max", CONFIG_SIZE, .preset = "256M", .min = 1 << 20,
        .max = (int64_t)1 << 30,
        .help = "longest piece of content that is taken"),
#undef ROW
};

static const struct config_table table = {.name = "source, kind m365",
    .help = "the Office 365 Management Activity API of a tenant",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0])};

/* --- the source --- */

static struct m365_stream *
stream_of(struct source *m, const struct gap *gap)
{
	if (strcmp(gap->source, m->name) != 0)
		return NULL;
	for (size_t i = 0; i < m->stream_count; i++)
		if (!strcmp(gap->stream, m->streams[i].type))
			return &m->streams[i];
	return NULL;
}

/* Whether it is content that may still be had; its key is copied. */
static bool
may_heal(struct source *m, const struct gap *gap, struct announced *a,
    struct buf *key)
{
	buf_clear(key);
	buf_str(key, gap->key);
	*a = (struct announced){.id = buf_slice(key),
	    .created_us = gap->from_us,
	    .expires_us = gap->heals_until_us,
	    .gap = true};
	return gap_is_delivery(gap->cause) &&
	       gap->heals_until_us > m365_now_us(m);
}

/* Whether it says that the subscription is off, and nothing says it is on. */
static bool
is_off(const struct gap *gap)
{
	return gap->cause == GAP_DISABLED && gap->detail &&
	       !strncmp(gap->detail, M365_OFF, strlen(M365_OFF));
}

/* Open gap number i; the stream whose content may heal, or NULL. */
static struct m365_stream *
recall_gap(struct source *m, size_t i, struct announced *a, struct buf *key)
{
	const struct gap_seen *seen = coverage_gap(hub_coverage(m->hub), i);
	struct m365_stream *stream = stream_of(m, &seen->gap);

	if (!stream || seen->healed_us != EVENT_NO_TIME)
		return NULL;
	if (is_off(&seen->gap))
		stream->off_us = seen->gap.from_us;
	return may_heal(m, &seen->gap, a, key) ? stream : NULL;
}

/* What the ledger says: where to go on, and what may still heal. */
static void
recall(struct source *m)
{
	struct buf text = {0}, uri = {0};
	bool more = true;

	for (size_t i = 0; i < m->stream_count; i++)
		m->streams[i].listed_us =
		    hub_cursor(m->hub, m->name, m->streams[i].type, &text);
	for (size_t i = 0; more; i++) {
		struct m365_stream *stream = NULL;
		struct announced a;

		hub_lock(m->hub);
		more = i < coverage_gap_count(hub_coverage(m->hub));
		if (more)
			stream = recall_gap(m, i, &a, &text);
		hub_unlock(m->hub);
		if (!stream)
			continue;
		buf_clear(&uri);
		buf_printf(
		    &uri, "%saudit/" SLICE_FMT, m->root, SLICE_ARG(a.id));
		a.uri = buf_slice(&uri);
		contents_announce(stream->contents, &a);
	}
	buf_release(&text);
	buf_release(&uri);
}

static void
tell_clocks(struct source *m)
{
	size_t pending = 0;
	bool on = true;

	for (size_t i = 0; i < m->stream_count; i++) {
		struct m365_stream *stream = &m->streams[i];

		pending += contents_count(stream->contents);
		on &= stream->on;
		if (stream->listed_us == EVENT_NO_TIME)
			continue;
		hub_clock(m->hub, m->name, stream->type,
		    contents_clock(
		        stream->contents, stream->listed_us, m365_now_us(m)),
		    NULL);
	}
	/* Where a subscription is not on yet, what was said of it stands. */
	if (!m->trouble && on)
		hub_say(m->hub, m->name, HUB_WELL,
		    pending ? "%zu pieces of content on their way" : "well",
		    pending);
}

static void
round_of(struct source *m)
{
	m->trouble = false;
	for (size_t i = 0; i < m->stream_count; i++) {
		struct m365_stream *stream = &m->streams[i];

		if (!stream->on)
			m365_start(m, stream);
		if (stream->on)
			m365_list(m, stream);
		if (hub_stopping(m->hub))
			return;
	}
	m365_fetch(m);
	tell_clocks(m);
}

static void
m365_run(struct source *m)
{
	m->client =
	    http_client_new(&(struct http_options){.ca = m->config->entra.ca,
	        .proxy = m->config->entra.proxy,
	        .stop = hub_stop_flag(m->hub)});
	pace_init(&m->pace, (unsigned)m->config->quota, time_mono_us());
	recall(m);
	hub_say(m->hub, m->name, HUB_WELL, "starting");
	m365_look_at_subscriptions(m);
	do
		round_of(m);
	while (hub_sleep(m->hub, m->config->poll_us));
	tell_clocks(m);
}

static void
m365_close(struct source *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->stream_count; i++)
		contents_free(m->streams[i].contents);
	http_client_free(m->client);
	json_parser_free(m->parser);
	entra_close(m->entra);
	free(m->root);
	free(m);
}

static int
add_streams(struct source *m, struct err *err)
{
	const char *type;

	if (m->config->types.count > TYPES_MAX)
		return err_set(
		    err, ERR_USAGE, "there are %d content types", TYPES_MAX);
	for (size_t i = 0; (type = m365_type(m->config, i)); i++) {
		struct m365_stream *stream = &m->streams[m->stream_count++];

		if (!m365_is_type(type))
			return err_set(err, ERR_USAGE,
			    "there is no content type '%s'", type);
		stream->type = type;
		stream->contents =
		    contents_new(m->hub, m->name, type, m->config->patience_us);
		stream->listed_us = EVENT_NO_TIME;
		stream->off_us = EVENT_NO_TIME;
	}
	return 0;
}

static int
m365_open(struct source **out, const struct source_place *place,
    const void *config, struct err *err)
{
	struct source *m = xcalloc(1, sizeof(*m));
	struct buf root = {0};

	m->hub = place->hub;
	m->name = place->name;
	m->config = config;
	m->parser = json_parser_new();
	buf_printf(&root, "%s/api/v1.0/%s/activity/feed/%c",
	    m365_endpoint(m->config), m->config->entra.tenant, '\0');
	m->root = root.ptr;
	/* The audience is Microsoft's, wherever the API is reached. */
	if (entra_open(
	        &m->entra, &m->config->entra, m365_audience(m->config), err) ||
	    add_streams(m, err)) {
		m365_close(m);
		return -1;
	}
	*out = m;
	return 0;
}

static const char *
m365_application(const void *config)
{
	return ((const struct m365_config *)config)->entra.client;
}

const struct source_kind source_m365 = {.name = "m365",
    .table = &table,
    .config_size = sizeof(struct m365_config),
    .open = m365_open,
    .run = m365_run,
    .close = m365_close,
    .application = m365_application};
