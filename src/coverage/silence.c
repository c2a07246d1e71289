#include "coverage/silence.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"

#define HOUR_US   INT64_C(3600000000)
#define DAY       24
#define COUNTED   ((int64_t)COVERAGE_EVENT_DAYS * DAY * HOUR_US)

#define VOTES     6                  /* telling hours by which a day is known */
#define TELLING   24                 /* events that one has at least */
#define CONTRAST  2                  /* times what it has on a day of rest */
#define EARLY     6                  /* hours before one without events ... */
#define EARLY_MIN 50                 /* ... with so many */
#define HISTORY   ((size_t)21 * DAY) /* before hours are taken together */

/* The hours of a source that are judged, of all its streams together. */
struct group {
	const char *source;
	struct habit *habits; /* owned */
	size_t *streams;      /* owned: their places in the coverage */
	double *usual, *rest; /* owned: from hour `base` on */
	double *counts;       /* owned */
	int64_t base, end;    /* hours */
	size_t count;         /* of streams */
	unsigned rest_day;
	const struct habit_days *holidays;
	struct silences *found;
};

/* --- what the streams of a source have together --- */

static void
find_rest_day(struct group *group)
{
	double days[7] = {0};

	for (size_t i = 0; i < group->count; i++)
		habit_weekdays(&group->habits[i], days);
	for (unsigned day = 1; day < 7; day++)
		if (days[day] < days[group->rest_day])
			group->rest_day = day;
}

static void
add_up(struct group *group)
{
	size_t hours;

	group->base = INT64_MAX;
	for (size_t i = 0; i < group->count; i++) {
		int64_t end = group->habits[i].base + (int64_t)HABIT_HOURS;

		if (end > group->end)
			group->end = end;
		if (end - (int64_t)HABIT_JUDGED < group->base)
			group->base = end - (int64_t)HABIT_JUDGED;
	}
	/* Streams of a source that was given up lie behind by years. */
	if (group->end - group->base > 2 * (int64_t)HABIT_JUDGED)
		group->base = group->end - 2 * (int64_t)HABIT_JUDGED;
	hours = (size_t)(group->end - group->base);
	group->usual = xcalloc(hours, sizeof(*group->usual));
	group->rest = xcalloc(hours, sizeof(*group->rest));
	group->counts = xcalloc(hours, sizeof(*group->counts));
	for (size_t i = 0; i < group->count; i++) {
		const struct habit *habit = &group->habits[i];
		size_t from = HABIT_HOURS - HABIT_JUDGED;

		for (size_t at = from; at < HABIT_HOURS; at++) {
			int64_t hour = habit->base + (int64_t)at - group->base;

			if (hour < 0 || habit->usual[at] < 0)
				continue;
			group->usual[hour] += habit->usual[at];
			group->rest[hour] +=
			    fmax(0, habit_rest(habit, at, group->rest_day));
			group->counts[hour] += (double)habit->counts[at];
		}
	}
}

/* --- days of rest --- */

enum day { DAY_UNKNOWN, DAY_OF_REST, DAY_OF_WORK };

/* What kind of day it was, by its other hours. */
static enum day
day_of(const struct group *group, int64_t hour)
{
	int64_t first = hour - hour % DAY;
	size_t telling = 0, resting = 0;

	if (habit_is_holiday(group->holidays, hour / DAY))
		return DAY_OF_REST;
	for (int64_t at = first; at < first + DAY && at < group->end; at++) {
		int64_t i = at - group->base;
		double usual, rest;

		if (i < 0 || at == hour)
			continue;
		usual = group->usual[i];
		rest = group->rest[i];
		if (usual < TELLING || usual < CONTRAST * rest)
			continue;
		telling++;
		resting += group->counts[i] < sqrt(usual * (rest + 1));
	}
	if (telling < VOTES && group->end < first + DAY)
		return DAY_UNKNOWN;
	return 2 * resting > telling ? DAY_OF_REST : DAY_OF_WORK;
}

/* --- judging --- */

static void
add(struct silences *found, const struct silence *silence)
{
	if (found->count == found->room) {
		found->room = 2 * found->room + 16;
		found->list =
		    xrealloc(found->list, found->room * sizeof(*found->list));
	}
	found->list[found->count++] = *silence;
}

/* A silence of hours [from, end) of the group's stream i. */
static struct silence
silence_of(const struct group *group, size_t i, size_t from, size_t end)
{
	const struct habit *habit = &group->habits[i];
	struct silence silence = {.stream = group->streams[i],
	    .from_us = (habit->base + (int64_t)from) * HOUR_US,
	    .to_us = (habit->base + (int64_t)end) * HOUR_US};

	for (size_t at = from; at < end; at++)
		silence.seen += habit->counts[at];
	return silence;
}

/* Whether the hour alone is quiet; *bound is what it was to have. */
static bool
is_quiet(const struct group *group, size_t i, size_t at, double *bound)
{
	const struct habit *habit = &group->habits[i];
	double count = (double)habit->counts[at];
	double rest;

	*bound = habit_bound(habit, habit->usual[at]);
	if (count >= *bound)
		return false;
	rest = habit_bound(habit, habit_rest(habit, at, group->rest_day));
	if (count < rest) {
		*bound = fmin(*bound, rest);
		return true;
	}
	return day_of(group, habit->base + (int64_t)at) == DAY_OF_WORK;
}

/* Before there is a habit: no event, and many in each hour before. */
static bool
is_early(const struct habit *habit, size_t at)
{
	if (habit->counts[at] || at < habit->first + EARLY)
		return false;
	for (size_t k = 1; k <= EARLY; k++)
		if (habit->counts[at - k] < EARLY_MIN)
			return false;
	return true;
}

static void
judge_hours(const struct group *group, size_t i, bool *quiet)
{
	const struct habit *habit = &group->habits[i];

	for (size_t at = habit->first; at < HABIT_HOURS; at++) {
		bool judged = at >= HABIT_HOURS - HABIT_JUDGED;
		struct silence silence = silence_of(group, i, at, at + 1);
		double bound = 0;

		if (habit->usual[at] < 0)
			quiet[at] = is_early(habit, at) ||
			            (at && quiet[at - 1] && !habit->counts[at]);
		else if (judged)
			quiet[at] = is_quiet(group, i, at, &bound);
		silence.least = (uint64_t)ceil(bound);
		silence.usual = (uint64_t)fmax(0, habit->usual[at]);
		if (judged && quiet[at])
			add(group->found, &silence);
	}
}

/* --- hours of few events, together --- */

/* What the hour was to have: on a day that may be one of rest, no more. */
static double
expected(const struct group *group, const struct habit *habit, size_t at)
{
	double rest = habit_rest(habit, at, group->rest_day);

	if (rest < 0 || rest > habit->usual[at] ||
	    day_of(group, habit->base + (int64_t)at) == DAY_OF_WORK)
		rest = habit->usual[at];
	return fmax(0, rest);
}

/*
 * Runs of hours without events.  What was missed in those before tells how
 * unevenly events come, which no count of single hours shows.
 */
static void
judge_runs(const struct group *group, size_t i, const bool *quiet)
{
	const struct habit *habit = &group->habits[i];
	double missed = 0, most = 0;
	size_t from = habit->first;

	for (size_t at = habit->first; at <= HABIT_HOURS; at++) {
		struct silence silence;
		double bound;

		if (at < HABIT_HOURS && !habit->counts[at] && !quiet[at]) {
			missed += expected(group, habit, at);
			continue;
		}
		bound = habit_bound(habit, missed);
		silence = silence_of(group, i, from, at);
		silence.least = (uint64_t)ceil(bound);
		silence.usual = (uint64_t)missed;
		/* It must have begun in what is judged, so that it stays. */
		if (bound > 0 && missed > 2 * most &&
		    from >= HABIT_HOURS - HABIT_JUDGED &&
		    from >= habit->first + HISTORY)
			add(group->found, &silence);
		else
			most = fmax(most, missed);
		missed = 0;
		from = at + 1;
	}
}

static int
by_place(const void *a, const void *b)
{
	const struct silence *x = a, *y = b;

	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	return (x->from_us > y->from_us) - (x->from_us < y->from_us);
}

static void
judge_group(struct group *group)
{
	find_rest_day(group);
	add_up(group);
	for (size_t i = 0; i < group->count; i++) {
		bool quiet[HABIT_HOURS] = {false};

		judge_hours(group, i, quiet);
		judge_runs(group, i, quiet);
	}
	free(group->usual);
	free(group->rest);
	free(group->counts);
}

/* Reads the habits of a source's streams, of which `first` is the first. */
static void
read_group(struct group *group, const struct coverage *coverage, size_t first)
{
	size_t count = coverage_stream_count(coverage), room = 0;
	struct coverage_stream stream;

	for (size_t i = first; i < count; i++) {
		coverage_stream(coverage, i, &stream);
		if (strcmp(stream.source, group->source) != 0)
			continue;
		if (group->count == room) {
			room = 2 * room + 4;
			group->habits = xrealloc(
			    group->habits, room * sizeof(*group->habits));
			group->streams = xrealloc(
			    group->streams, room * sizeof(*group->streams));
		}
		if (!habit_read(
		        &group->habits[group->count], &stream, group->holidays))
			continue;
		group->streams[group->count++] = i;
	}
}

/* Whether an earlier stream is of the same source. */
static bool
was_before(const struct coverage *coverage, size_t i, const char *source)
{
	struct coverage_stream stream;

	while (i--) {
		coverage_stream(coverage, i, &stream);
		if (!strcmp(stream.source, source))
			return true;
	}
	return false;
}

void
silence_find(const struct coverage *coverage, const struct habit_days *holidays,
    struct silences *found)
{
	for (size_t i = 0; i < coverage_stream_count(coverage); i++) {
		struct group group = {.holidays = holidays, .found = found};
		struct coverage_stream stream;

		coverage_stream(coverage, i, &stream);
		if (was_before(coverage, i, stream.source))
			continue;
		group.source = stream.source;
		read_group(&group, coverage, i);
		if (group.count)
			judge_group(&group);
		free(group.habits);
		free(group.streams);
	}
	if (found->count)
		qsort(
		    found->list, found->count, sizeof(*found->list), by_place);
}

void
silences_release(struct silences *found)
{
	free(found->list);
	*found = (struct silences){0};
}

/* --- telling --- */

struct telling {
	const struct coverage *coverage;
	const struct silences *found;
	void (*tell)(void *ctx, struct slice text);
	void *ctx;
	struct buf key, detail, text;
};

/* The stream's name and the first hour: "Audit.Exchange 2026-10-05T08". */
static const char *
key_of(struct telling *t, const struct coverage_stream *stream, int64_t from_us)
{
	char room[TIME_TEXT_MAX];

	buf_clear(&t->key);
	buf_printf(&t->key, "silence %s ", stream->stream);
	buf_slice_add(&t->key, slice_of(time_format(from_us, room).ptr, 13));
	buf_char(&t->key, '\0');
	return t->key.ptr;
}

static void
tell_quiet(struct telling *t, const struct silence *silence)
{
	struct coverage_stream stream;
	const struct gap_seen *open;
	struct gap gap = {.cause = GAP_SILENCE,
	    .from_us = silence->from_us,
	    .to_us = silence->to_us,
	    .heals_until_us = silence->from_us + COUNTED,
	    .least = silence->least ? silence->least : 1};

	coverage_stream(t->coverage, silence->stream, &stream);
	gap.source = stream.source;
	gap.stream = stream.stream;
	gap.key = key_of(t, &stream, silence->from_us);
	open = coverage_gap_find(t->coverage, gap.source, gap.key);
	if (open && open->healed_us == EVENT_NO_TIME &&
	    open->gap.to_us >= gap.to_us)
		return;
	buf_clear(&t->detail);
	buf_printf(&t->detail, "%ju events", (uintmax_t)silence->seen);
	if (silence->least)
		buf_printf(&t->detail,
		    ", where at least %ju were expected and %ju are usual",
		    (uintmax_t)silence->least, (uintmax_t)silence->usual);
	buf_char(&t->detail, '\0');
	gap.detail = t->detail.ptr;
	buf_clear(&t->text);
	gap_write(&t->text, &gap);
	t->tell(t->ctx, buf_slice(&t->text));
}

/* Whether the gap is among those that were found. */
static bool
is_found(const struct telling *t, const struct gap *gap)
{
	for (size_t i = 0; i < t->found->count; i++) {
		const struct silence *silence = &t->found->list[i];
		struct coverage_stream stream;

		if (silence->from_us != gap->from_us)
			continue;
		coverage_stream(t->coverage, silence->stream, &stream);
		if (!strcmp(stream.source, gap->source) &&
		    !strcmp(stream.stream, gap->stream))
			return true;
	}
	return false;
}

/* The stream that lacks it; false if it is not there. */
static bool
stream_of(const struct telling *t, const struct gap *gap,
    struct coverage_stream *stream)
{
	for (size_t i = 0; i < coverage_stream_count(t->coverage); i++) {
		coverage_stream(t->coverage, i, stream);
		if (!strcmp(stream->source, gap->source) &&
		    !strcmp(stream->stream, gap->stream))
			return true;
	}
	return false;
}

/* Whether it has now what it wanted when it was judged last. */
static bool
is_filled(const struct coverage_stream *stream, const struct gap *gap)
{
	uint64_t events = 0;

	for (size_t i = 0; i < stream->event_count; i++) {
		const struct event_hour *hour = &stream->events[i];

		if (hour->hour_us >= gap->from_us && hour->hour_us < gap->to_us)
			events += hour->events;
	}
	return gap->least && events >= gap->least;
}

static void
tell_healed(struct telling *t, const struct gap_seen *seen)
{
	const struct gap *gap = &seen->gap;
	struct coverage_stream stream;

	if (gap->cause != GAP_SILENCE || seen->healed_us != EVENT_NO_TIME ||
	    is_found(t, gap) || !stream_of(t, gap, &stream))
		return;
	/* What was judged again would have been found. */
	if (gap->from_us < habit_judged_from(&stream) &&
	    !is_filled(&stream, gap))
		return;
	buf_clear(&t->text);
	gap_write_healed(&t->text, gap->source, gap->key);
	t->tell(t->ctx, buf_slice(&t->text));
}

void
silence_tell(const struct coverage *coverage, const struct silences *found,
    void (*tell)(void *ctx, struct slice text), void *ctx)
{
	struct telling t = {coverage, found, tell, ctx, {0}, {0}, {0}};
	size_t gaps = coverage_gap_count(coverage);

	for (size_t i = 0; i < gaps; i++)
		tell_healed(&t, coverage_gap(coverage, i));
	for (size_t i = 0; i < found->count; i++)
		tell_quiet(&t, &found->list[i]);
	buf_release(&t.key);
	buf_release(&t.detail);
	buf_release(&t.text);
}
