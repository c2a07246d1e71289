#include "coverage/coverage_part.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "event/event.h"

static bool
is_open(const struct gap_state *gap)
{
	return gap->seen.healed_us == EVENT_NO_TIME;
}

const struct gap_seen *
coverage_gap_find(
    const struct coverage *coverage, const char *source, const char *key)
{
	uint32_t number;

	return streams_find(&coverage->gap_names, slice_cstr(source),
	           slice_cstr(key), &number)
	           ? &coverage->gaps[number]->seen
	           : NULL;
}

bool
coverage_gap_is_open(
    const struct coverage *coverage, const char *source, const char *key)
{
	const struct gap_seen *seen = coverage_gap_find(coverage, source, key);

	return seen && seen->healed_us == EVENT_NO_TIME;
}

size_t
coverage_gap_count(const struct coverage *coverage)
{
	return coverage->gap_names.count;
}

const struct gap_seen *
coverage_gap(const struct coverage *coverage, size_t i)
{
	return &coverage->gaps[i]->seen;
}

struct gap_state *
coverage_gap_add(
    struct coverage *coverage, struct slice source, struct slice key)
{
	size_t before = coverage->gap_names.count;
	struct gap_state *gap;
	uint32_t number;

	if (before == GAPS_MAX ||
	    streams_find(&coverage->gap_names, source, key, &number))
		return NULL;
	number = streams_number(&coverage->gap_names, source, key);
	if (before == coverage->gap_room) {
		coverage->gap_room = 2 * before + 8;
		coverage->gaps = xrealloc(coverage->gaps,
		    coverage->gap_room * sizeof(struct gap_state *));
	}
	gap = xcalloc(1, sizeof(*gap));
	gap->seen.healed_us = EVENT_NO_TIME;
	coverage->gaps[number] = gap;
	return gap;
}

/* --- what it takes from the tallies --- */

/* The delivery of that name, if it was begun and is not here; or NULL. */
static const struct open_delivery *
opened(const struct coverage *coverage, const unsigned char name[16])
{
	for (size_t i = coverage->open_count; i--;)
		if (!memcmp(coverage->open[i].name, name, 16))
			return &coverage->open[i];
	return NULL;
}

/* One that was begun has been counted as announced, in an hour of its own. */
static void
count_gap(struct coverage *coverage, struct gap_state *gap)
{
	const struct open_delivery *begun =
	    gap->named ? opened(coverage, gap->name) : NULL;
	struct coverage_hour *hour;

	gap->lost = gap_is_delivery(gap->seen.gap.cause) &&
	            !(gap->named && coverage_has(coverage, gap->name));
	if (!gap->lost)
		return;
	gap->announced = !begun;
	if (begun) {
		gap->hour_us = begun->hour_us;
		gap->stream = begun->stream;
	}
	hour = coverage_hour(
	    coverage, &coverage->states[gap->stream], gap->hour_us);
	hour->lost++;
	hour->announced += gap->announced;
}

static void
uncount_gap(struct coverage *coverage, struct gap_state *gap)
{
	struct stream_state *state = &coverage->states[gap->stream];
	struct coverage_hour *hour;

	if (!gap->lost)
		return;
	hour = coverage_hour(coverage, state, gap->hour_us);
	hour->lost--;
	hour->announced -= gap->announced;
	gap->lost = gap->announced = false;
}

/* --- taking --- */

/* The earlier of two times, or the later, of which one may not be known. */
static int64_t
wider(int64_t a, int64_t b, bool later)
{
	if (a == EVENT_NO_TIME || b == EVENT_NO_TIME)
		return a == EVENT_NO_TIME ? b : a;
	return (a < b) == later ? b : a;
}

static void
set_detail(struct gap_state *gap, struct slice detail)
{
	free(gap->detail);
	gap->detail = NULL;
	if (!detail.len || memchr(detail.ptr, '\0', detail.len))
		return;
	gap->detail = xmalloc(detail.len + 1);
	memcpy(gap->detail, detail.ptr, detail.len);
	gap->detail[detail.len] = '\0';
}

void
coverage_gap_point(struct coverage *coverage, size_t number)
{
	struct gap_state *gap = coverage->gaps[number];
	struct gap *seen = &gap->seen.gap;

	seen->source = coverage->gap_names.list[number].source.ptr;
	seen->key = coverage->gap_names.list[number].tenant.ptr;
	seen->stream = coverage->names.list[gap->stream].tenant.ptr;
	seen->detail = gap->detail;
	seen->name = gap->named ? gap->name : NULL;
}

static void
begin_gap(struct gap_state *gap, const struct gap_told *told,
    const struct coverage_record *record)
{
	gap->seen.index = record->index;
	gap->seen.opened_us = record->received_us;
	gap->seen.healed_us = EVENT_NO_TIME;
	gap->seen.gap.from_us = told->from_us;
	gap->seen.gap.to_us = told->to_us;
	gap->hour_us = coverage_hour_of(told->from_us, record->received_us);
}

static bool
take_healed(struct coverage *coverage, const struct gap_told *told,
    const struct coverage_record *record)
{
	struct gap_state *gap;
	uint32_t number;

	if (!streams_find(
	        &coverage->gap_names, told->source, told->key, &number))
		return false;
	gap = coverage->gaps[number];
	if (!is_open(gap))
		return true;
	uncount_gap(coverage, gap);
	gap->seen.healed_us = record->received_us;
	return true;
}

bool
coverage_gap_take(struct coverage *coverage, const struct gap_told *told,
    const struct coverage_record *record)
{
	struct gap_state *gap;
	uint32_t number, stream;

	if (told->healed)
		return take_healed(coverage, told, record);
	if (!coverage_number(coverage, told->source, told->stream, &stream))
		return false;
	gap = coverage_gap_add(coverage, told->source, told->key);
	if (gap)
		begin_gap(gap, told, record);
	if (!streams_find(
	        &coverage->gap_names, told->source, told->key, &number))
		return false;
	gap = coverage->gaps[number];
	uncount_gap(coverage, gap);
	if (!is_open(gap))
		begin_gap(gap, told, record);
	gap->stream = stream;
	gap->named = told->named;
	memcpy(gap->name, told->name, sizeof(gap->name));
	set_detail(gap, told->detail);
	gap->seen.gap.cause = told->cause;
	gap->seen.gap.heals_until_us = told->heals_until_us;
	gap->seen.gap.least = told->least;
	gap->seen.gap.from_us =
	    wider(gap->seen.gap.from_us, told->from_us, false);
	gap->seen.gap.to_us = wider(gap->seen.gap.to_us, told->to_us, true);
	count_gap(coverage, gap);
	coverage_gap_point(coverage, number);
	return true;
}

/* --- forgetting --- */

static bool
is_old(const struct coverage *coverage, const struct gap_state *gap)
{
	return !is_open(gap) &&
	       gap->seen.healed_us < coverage->now_us - KEEP_GAPS;
}

void
coverage_gaps_forget(struct coverage *coverage)
{
	struct streams names = coverage->gap_names;
	size_t old = 0, kept = 0;

	for (size_t i = 0; i < names.count; i++)
		old += is_old(coverage, coverage->gaps[i]);
	if (!old)
		return;
	coverage->gap_names = (struct streams){0};
	for (size_t i = 0; i < names.count; i++) {
		struct gap_state *gap = coverage->gaps[i];

		if (is_old(coverage, gap)) {
			free(gap->detail);
			free(gap);
			continue;
		}
		streams_number(&coverage->gap_names, names.list[i].source,
		    names.list[i].tenant);
		coverage->gaps[kept] = gap;
		coverage_gap_point(coverage, kept++);
	}
	streams_release(&names);
}

void
coverage_gaps_release(struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->gap_names.count; i++) {
		free(coverage->gaps[i]->detail);
		free(coverage->gaps[i]);
	}
	free(coverage->gaps);
	streams_release(&coverage->gap_names);
}
