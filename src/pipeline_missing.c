#include "pipeline_missing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "coverage/silence.h"
#include "coverage/told.h"

#define HOUR_US  (INT64_C(3600) * 1000000)
#define FIRST_US (5 * INT64_C(1000000))
#define LOOK_US  (10 * INT64_C(60) * 1000000)
#define BACK_US  (48 * HOUR_US)
/* How late a source is whose records do not say when they became available. */
#define UNKNOWN_LAG_US HOUR_US
#define EVENTS_MAX     2000000 /* compared, at 24 bytes */

struct missing {
	struct hub *hub;
	const struct habit_days *holidays;
	struct told *told;
	int64_t looked_us, pace_us;
};

struct missing *
missing_new(const struct missing_options *options)
{
	const struct coverage *coverage = hub_coverage(options->hub);
	const struct told_options told = {.events_max = EVENTS_MAX,
	    .dir = options->dir,
	    .origin = slice_cstr(options->origin ? options->origin : ""),
	    .begins = !coverage_stream_count(coverage),
	    .deliveries = coverage_fetched(coverage),
	    .now_us = options->now_us,
	    .back_us = BACK_US,
	    .sources = options->sources,
	    .source_count = options->source_count};
	struct missing *missing = xcalloc(1, sizeof(*missing));

	missing->hub = options->hub;
	missing->holidays = options->holidays;
	missing->told = told_new(&told);
	missing->looked_us = options->now_us;
	missing->pace_us = FIRST_US;
	return missing;
}

void
missing_free(struct missing *missing)
{
	if (!missing)
		return;
	told_free(missing->told);
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

void
missing_event(
    struct missing *m, const struct parcel *parcel, const struct outcome *o)
{
	const struct taken *taken = o->taken;
	struct telling telling = {.way = parcel->path,
	    .source = parcel->source,
	    .stream = buf_slice(&parcel->stream),
	    .time_us = o->time_us};

	if (!taken || !taken->has_identity || !parcel->path ||
	    o->time_us == EVENT_NO_TIME)
		return;
	telling.kind = compared_as(o);
	telling.tenant = taken->tenant;
	telling.id = taken->identity.id;
	if (telling.kind != KIND_UNKNOWN)
		told_add(m->told, &telling);
}

void
missing_delivery(struct missing *m)
{
	told_delivery(m->told);
}

int
missing_keep(struct missing *m, int64_t now_us, struct err *err)
{
	return told_keep(m->told, now_us, err);
}

/* --- what did not --- */

struct look {
	struct missing *missing;
	const struct told *told;
	const struct coverage *coverage;
	int64_t now_us;
	uint32_t number; /* of the group that is looked at */
	const struct told_group *group;
	struct paths_pair pair;
	void (*tell)(void *ctx, struct slice text);
	void *ctx;
};

/* Whether it tells of the group that is looked at by that way. */
static bool
tells(const struct look *look, const struct told_teller *teller, unsigned way)
{
	return teller->way == way && teller->group == look->number;
}

/* Of which the gap is: the first one's, or the one where it is open. */
static const char *
source_of(const struct look *look, unsigned way, const char *key)
{
	const char *first = "";

	for (size_t i = 0; i < told_teller_count(look->told); i++) {
		const struct told_teller *one = told_teller(look->told, i);

		if (!tells(look, one, way))
			continue;
		if (coverage_gap_is_open(look->coverage, one->source, key))
			return one->source;
		if (!*first)
			first = one->source;
	}
	return first;
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
	unsigned way = look->pair.path[lacks];
	const char *other = told_way(look->told, look->pair.path[!lacks]);
	char key[160];
	uint64_t lacking = hour->only[!lacks];
	struct buf text = {0}, detail = {0};
	struct gap gap = {.stream = told_way(look->told, way),
	    .key = key,
	    .cause = GAP_ONE_PATH,
	    .from_us = hour->hour_us,
	    .to_us = hour->hour_us + HOUR_US,
	    .heals_until_us = hour->hour_us + BACK_US};

	(void)snprintf(key, sizeof(key), "path/%s/%s/%jd", other,
	    event_kind_name(look->group->kind),
	    (intmax_t)(hour->hour_us / HOUR_US));
	gap.source = source_of(look, way, key);
	paths_detail(&detail, hour, lacks, other,
	    paths_of(told_paths(look->missing->told)));
	buf_char(&detail, '\0');
	gap.detail = detail.ptr;
	if (lacking && is_news(look, &gap))
		gap_write(&text, &gap);
	else if (!lacking &&
	         coverage_gap_is_open(look->coverage, gap.source, key))
		gap_write_healed(&text, gap.source, key);
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
is_stream(
    const struct told_teller *teller, const struct coverage_stream *stream)
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
teller_until(const struct look *look, const struct told_teller *teller)
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
	int64_t least_us = look->now_us, until_us;

	for (size_t i = 0; i < told_teller_count(look->told); i++) {
		const struct told_teller *one = told_teller(look->told, i);

		if (!tells(look, one, way))
			continue;
		until_us = teller_until(look, one);
		least_us = until_us < least_us ? until_us : least_us;
	}
	return least_us;
}

/* The first whole hour of which both ways, and we, know all. */
static int64_t
known_from(const struct look *look, unsigned a, unsigned b)
{
	const uint32_t *since = look->group->since;
	int64_t from_us = look->now_us - BACK_US;
	int64_t hour;

	if (from_us < told_from_us(look->told))
		from_us = told_from_us(look->told);
	hour = (from_us + HOUR_US - 1) / HOUR_US;
	if (hour < since[a])
		hour = since[a];
	if (hour < since[b])
		hour = since[b];
	return hour * HOUR_US;
}

/*
 * The audit log has sign-ins of people, whoever clicked: some of them are among
 * those that others call non-interactive.
 */
static uint16_t
elsewhere(const struct look *look)
{
	uint32_t at;

	if (look->group->kind == KIND_SIGNIN &&
	    told_find(look->told, look->group->tenant,
	        KIND_SIGNIN_NONINTERACTIVE, &at))
		return (uint16_t)at;
	return (uint16_t)look->number;
}

static void
compare(struct look *look, unsigned a, unsigned b)
{
	int64_t until_a = whole_until(look, a), until_b = whole_until(look, b);
	int64_t until = until_a < until_b ? until_a : until_b;

	look->pair = (struct paths_pair){.group = (uint16_t)look->number,
	    .elsewhere = elsewhere(look),
	    .path = {a, b},
	    .from_us = known_from(look, a, b),
	    .to_us = until / HOUR_US * HOUR_US};
	if (look->pair.from_us < look->pair.to_us)
		paths_compare(told_paths(look->missing->told), &look->pair,
		    tell_hour, look);
}

/* Each two of the ways that tell of a group. */
static void
compare_all(struct look *look)
{
	unsigned ways = look->group->ways;

	for (unsigned a = 0; a < told_way_count(look->told); a++)
		for (unsigned b = a + 1; b < told_way_count(look->told); b++)
			if ((ways >> a & 1) && (ways >> b & 1))
				compare(look, a, b);
}

void
missing_look(struct missing *m, int64_t now_us,
    void (*tell)(void *ctx, struct slice text), void *ctx)
{
	struct look look = {.missing = m,
	    .told = m->told,
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
	paths_forget(told_paths(m->told), now_us - BACK_US);
	for (uint32_t g = 0; g < told_group_count(m->told); g++) {
		look.number = g;
		look.group = told_group(m->told, g);
		compare_all(&look);
	}
}
