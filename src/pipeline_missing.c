#include "pipeline_missing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "coverage/silence.h"
#include "ledger/streams.h"

#define HOUR_US  (INT64_C(3600) * 1000000)
#define FIRST_US (5 * INT64_C(1000000))
#define LOOK_US  (10 * INT64_C(60) * 1000000)
#define BACK_US  (48 * HOUR_US)
/* How late a source is whose records do not say when they became available. */
#define UNKNOWN_LAG_US HOUR_US
#define EVENTS_MAX     2000000 /* compared, at 24 bytes */
#define GROUPS_MAX     4096
#define NAME_LEN       64

/* What is compared: events of one kind of one tenant. */
struct group {
	struct slice tenant;
	enum event_kind kind;
	unsigned ways;               /* bits: those that have told any */
	int64_t since_us[PATHS_MAX]; /* the oldest that each has told */
	size_t teller;               /* who told the last */
};

/*
 * Streams of a source in which a group is told.  A topic's partitions are one:
 * one that had nothing of the group yet may have it next.
 */
struct teller {
	const char *source;
	char stream[NAME_LEN]; /* up to '/' */
	size_t group;
	unsigned way;
};

struct missing {
	struct hub *hub;
	const struct habit_days *holidays;
	struct paths *paths;
	int64_t
	    from_us; /* of what happened before, not all tellings are known */
	const char *ways[PATHS_MAX]; /* names */
	size_t way_count;
	struct group groups[GROUPS_MAX];
	struct streams group_names; /* pairs of kind and tenant */
	struct teller *tellers;     /* owned */
	size_t teller_room;
	struct streams teller_names; /* pairs of source and what is told */
	int64_t looked_us, pace_us;
};

struct missing *
missing_new(struct hub *hub, const struct habit_days *holidays, int64_t now_us)
{
	struct missing *missing = xcalloc(1, sizeof(*missing));

	missing->hub = hub;
	missing->holidays = holidays;
	missing->paths = paths_new(EVENTS_MAX);
	missing->looked_us = now_us;
	missing->pace_us = FIRST_US;
	if (coverage_stream_count(hub_coverage(hub)))
		missing->from_us = now_us;
	return missing;
}

void
missing_free(struct missing *missing)
{
	if (!missing)
		return;
	paths_free(missing->paths);
	streams_release(&missing->group_names);
	streams_release(&missing->teller_names);
	free(missing->tellers);
	free(missing);
}

/* --- what came --- */

/* By what it is compared; KIND_UNKNOWN: by nothing. */
static enum event_kind
compared_as(const struct outcome *o)
{
	switch (o->kind) {
	case KIND_O365_AUDIT:
		return o->taken->shared ? KIND_SIGNIN : KIND_UNKNOWN;
	case KIND_SIGNIN:
	case KIND_SIGNIN_NONINTERACTIVE:
	case KIND_SIGNIN_SP:
	case KIND_SIGNIN_MI:
	case KIND_ENTRA_AUDIT:
	case KIND_GRAPH_ACTIVITY:
		return o->kind;
	default:
		return KIND_UNKNOWN;
	}
}

/* Its number; PATHS_MAX: there are too many. */
static unsigned
way_of(struct missing *m, const char *name)
{
	for (size_t i = 0; i < m->way_count; i++)
		if (!strcmp(m->ways[i], name))
			return (unsigned)i;
	if (m->way_count == PATHS_MAX)
		return PATHS_MAX;
	m->ways[m->way_count] = name;
	return (unsigned)m->way_count++;
}

static bool
find_group(const struct missing *m, struct slice tenant, enum event_kind kind,
    uint32_t *at)
{
	return streams_find(
	    &m->group_names, slice_cstr(event_kind_name(kind)), tenant, at);
}

/* NULL: there are too many. */
static struct group *
group_of(struct missing *m, struct slice tenant, enum event_kind kind)
{
	struct group *group;
	uint32_t at;

	if (find_group(m, tenant, kind, &at))
		return &m->groups[at];
	if (m->group_names.count == GROUPS_MAX)
		return NULL;
	at = streams_number(
	    &m->group_names, slice_cstr(event_kind_name(kind)), tenant);
	group = &m->groups[at];
	group->kind = kind;
	group->tenant = m->group_names.list[at].tenant;
	return group;
}

static bool
is_teller(const struct teller *teller, const struct teller *one)
{
	return teller->source == one->source && teller->way == one->way &&
	       teller->group == one->group &&
	       !strcmp(teller->stream, one->stream);
}

static size_t
teller_of(struct missing *m, const struct teller *one)
{
	size_t before = m->teller_names.count;
	char told[NAME_LEN + 32];
	uint32_t at;

	(void)snprintf(
	    told, sizeof(told), "%zu/%u/%s", one->group, one->way, one->stream);
	at = streams_number(
	    &m->teller_names, slice_cstr(one->source), slice_cstr(told));
	if (at < before)
		return at;
	if (at == m->teller_room) {
		m->teller_room = 2 * m->teller_room + 16;
		m->tellers =
		    xrealloc(m->tellers, m->teller_room * sizeof(*m->tellers));
	}
	m->tellers[at] = *one;
	return at;
}

static void
note_teller(struct missing *m, const struct parcel *parcel, struct group *group,
    unsigned way)
{
	struct slice rest = buf_slice(&parcel->stream);
	struct slice stream = slice_cut(&rest, '/');
	struct teller one = {.source = parcel->source,
	    .group = (size_t)(group - m->groups),
	    .way = way};
	size_t last = group->teller;

	if (stream.len >= sizeof(one.stream))
		stream.len = sizeof(one.stream) - 1;
	memcpy(one.stream, stream.ptr, stream.len);
	/* Mostly it is who told the last. */
	if (last >= m->teller_names.count ||
	    !is_teller(&m->tellers[last], &one))
		group->teller = teller_of(m, &one);
}

void
missing_event(
    struct missing *m, const struct parcel *parcel, const struct outcome *o)
{
	const struct taken *taken = o->taken;
	struct paths_event event = {.time_us = o->time_us};
	struct group *group;
	enum event_kind kind;

	if (!taken || !taken->has_identity || !parcel->path ||
	    o->time_us == EVENT_NO_TIME || taken->tenant.len >= NAME_LEN)
		return;
	kind = compared_as(o);
	event.path = way_of(m, parcel->path);
	if (kind == KIND_UNKNOWN || event.path == PATHS_MAX)
		return;
	group = group_of(m, taken->tenant, kind);
	if (!group)
		return;
	if (!(group->ways >> event.path & 1) ||
	    o->time_us < group->since_us[event.path])
		group->since_us[event.path] = o->time_us;
	group->ways |= 1u << event.path;
	note_teller(m, parcel, group, event.path);
	event.group = (uint16_t)(group - m->groups);
	memcpy(event.id, taken->identity.id, sizeof(event.id));
	paths_add(m->paths, &event);
}

/* --- what did not --- */

struct look {
	struct missing *missing;
	const struct coverage *coverage;
	int64_t now_us;
	const struct group *group;
	struct paths_pair pair;
	void (*tell)(void *ctx, struct slice text);
	void *ctx;
};

/* Whether it tells of the group that is looked at by that way. */
static bool
tells(const struct look *look, const struct teller *teller, unsigned way)
{
	return teller->way == way &&
	       &look->missing->groups[teller->group] == look->group;
}

static const char *
source_of(const struct look *look, unsigned way)
{
	const struct missing *m = look->missing;

	for (size_t i = 0; i < m->teller_names.count; i++)
		if (tells(look, &m->tellers[i], way))
			return m->tellers[i].source;
	return "";
}

/* Whether the gap is not open as it would be told now. */
static bool
is_news(const struct look *look, const struct gap *gap)
{
	const struct gap_seen *seen =
	    coverage_gap_find(look->coverage, gap->source, gap->key);

	return !seen || seen->healed_us != EVENT_NO_TIME || !seen->gap.detail ||
	       strcmp(seen->gap.detail, gap->detail) != 0;
}

/* A gap of the way that lacks events, or its end. */
static void
tell_side(struct look *look, const struct paths_hour *hour, unsigned lacks)
{
	const struct missing *m = look->missing;
	unsigned way = look->pair.path[lacks], other = look->pair.path[!lacks];
	const char *source = source_of(look, way);
	char key[160];
	uint64_t lacking = hour->only[!lacks];
	struct buf text = {0}, detail = {0};
	struct gap gap = {.source = source,
	    .stream = m->ways[way],
	    .key = key,
	    .cause = GAP_ONE_PATH,
	    .from_us = hour->hour_us,
	    .to_us = hour->hour_us + HOUR_US,
	    .heals_until_us = hour->hour_us + BACK_US};

	(void)snprintf(key, sizeof(key), "path/%s/%s/%jd", m->ways[other],
	    event_kind_name(look->group->kind),
	    (intmax_t)(hour->hour_us / HOUR_US));
	paths_detail(&detail, hour, lacks, m->ways[other], paths_of(m->paths));
	buf_char(&detail, '\0');
	gap.detail = detail.ptr;
	if (lacking && is_news(look, &gap))
		gap_write(&text, &gap);
	else if (!lacking && coverage_gap_is_open(look->coverage, source, key))
		gap_write_healed(&text, source, key);
	if (text.len)
		look->tell(look->ctx, buf_slice(&text));
	buf_release(&text);
	buf_release(&detail);
}

static void
tell_hour(void *ctx, const struct paths_hour *hour)
{
	tell_side(ctx, hour, 0);
	tell_side(ctx, hour, 1);
}

/* Whether the stream is one of the teller's. */
static bool
is_stream(const struct teller *teller, const struct coverage_stream *stream)
{
	struct slice rest = slice_cstr(stream->stream);

	return !strcmp(stream->source, teller->source) &&
	       slice_eq(slice_cut(&rest, '/'), slice_cstr(teller->stream));
}

/* Up to when what happened has come: there are no events of the future. */
static int64_t
stream_until(const struct coverage_stream *stream)
{
	int64_t late_us = stream->to_available->count
	                      ? lag_quantile(stream->to_available, 99)
	                      : UNKNOWN_LAG_US;

	return stream->clock_us == EVENT_NO_TIME ? INT64_MIN
	                                         : stream->clock_us - late_us;
}

/* The least of the teller's streams; INT64_MIN: not known of any. */
static int64_t
teller_until(const struct look *look, const struct teller *teller)
{
	int64_t least_us = INT64_MAX, until_us;
	struct coverage_stream stream;

	for (size_t i = 0; i < coverage_stream_count(look->coverage); i++) {
		coverage_stream(look->coverage, i, &stream);
		if (!is_stream(teller, &stream))
			continue;
		until_us = stream_until(&stream);
		least_us = until_us < least_us ? until_us : least_us;
	}
	return least_us == INT64_MAX ? INT64_MIN : least_us;
}

/* Up to when that way is whole for the group. */
static int64_t
whole_until(const struct look *look, unsigned way)
{
	const struct missing *m = look->missing;
	int64_t least_us = look->now_us, until_us;

	for (size_t i = 0; i < m->teller_names.count; i++) {
		if (!tells(look, &m->tellers[i], way))
			continue;
		until_us = teller_until(look, &m->tellers[i]);
		least_us = until_us < least_us ? until_us : least_us;
	}
	return least_us;
}

/* The first whole hour that both ways and this run know. */
static int64_t
known_from(const struct look *look, unsigned a, unsigned b)
{
	const struct group *group = look->group;
	int64_t from_us = look->now_us - BACK_US;

	if (from_us < look->missing->from_us)
		from_us = look->missing->from_us;
	if (from_us < group->since_us[a])
		from_us = group->since_us[a];
	if (from_us < group->since_us[b])
		from_us = group->since_us[b];
	return (from_us + HOUR_US - 1) / HOUR_US * HOUR_US;
}

/*
 * The audit log has sign-ins of people, whoever clicked: some of them are among
 * those that others call non-interactive.
 */
static uint16_t
elsewhere(const struct look *look)
{
	const struct missing *m = look->missing;
	const struct group *group = look->group;
	uint32_t at;

	if (group->kind == KIND_SIGNIN &&
	    find_group(m, group->tenant, KIND_SIGNIN_NONINTERACTIVE, &at))
		return (uint16_t)at;
	return (uint16_t)(group - m->groups);
}

static void
compare(struct look *look, unsigned a, unsigned b)
{
	int64_t until_a = whole_until(look, a), until_b = whole_until(look, b);
	int64_t until = until_a < until_b ? until_a : until_b;

	look->pair = (struct paths_pair){
	    .group = (uint16_t)(look->group - look->missing->groups),
	    .elsewhere = elsewhere(look),
	    .path = {a, b},
	    .from_us = known_from(look, a, b),
	    .to_us = until / HOUR_US * HOUR_US};
	if (look->pair.from_us < look->pair.to_us)
		paths_compare(
		    look->missing->paths, &look->pair, tell_hour, look);
}

void
missing_look(struct missing *m, int64_t now_us,
    void (*tell)(void *ctx, struct slice text), void *ctx)
{
	struct look look = {.missing = m,
	    .coverage = hub_coverage(m->hub),
	    .now_us = now_us,
	    .tell = tell,
	    .ctx = ctx};
	struct silences found = {0};

	if (now_us - m->looked_us < m->pace_us)
		return;
	m->looked_us = now_us;
	m->pace_us = 2 * m->pace_us < LOOK_US ? 2 * m->pace_us : LOOK_US;
	silence_find(look.coverage, m->holidays, &found);
	silence_tell(look.coverage, &found, tell, ctx);
	silences_release(&found);
	paths_forget(m->paths, now_us - BACK_US);
	for (size_t g = 0; g < m->group_names.count; g++) {
		look.group = &m->groups[g];
		for (unsigned a = 0; a < m->way_count; a++)
			for (unsigned b = a + 1; b < m->way_count; b++)
				if ((look.group->ways >> a & 1) &&
				    (look.group->ways >> b & 1))
					compare(&look, a, b);
	}
}
