#include "cmd/coverage_show.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/term.h"
#include "base/time.h"
#include "coverage/member.h"
#include "event/event.h"
#include "json/build.h"

#define LINE_COLUMNS 80
#define LEFT_COLUMNS 12 /* of a line's name */

/* --- which --- */

static bool
shows_stream(
    const struct coverage_show *show, const struct coverage_stream *stream)
{
	return !show->source || !strcmp(stream->source, show->source);
}

static bool
shows_hour(const struct coverage_show *show, const struct coverage_hour *hour)
{
	return hour->hour_us < show->to_us &&
	       hour->hour_us + hour->span_us > show->from_us;
}

/* One that does not say of when it is belongs to every time. */
static bool
shows_gap(const struct coverage_show *show, const struct gap *gap)
{
	int64_t end_us =
	    gap->to_us == EVENT_NO_TIME ? gap->from_us : gap->to_us;

	if (show->source && strcmp(gap->source, show->source) != 0)
		return false;
	return gap->from_us == EVENT_NO_TIME ||
	       (gap->from_us < show->to_us && end_us >= show->from_us);
}

static bool
is_open(const struct gap_seen *seen)
{
	return seen->healed_us == EVENT_NO_TIME;
}

/* Open ones first, then by the time that they are of; owned by the caller. */
static int
by_state(const void *a, const void *b)
{
	const struct gap_seen *x = *(const struct gap_seen *const *)a;
	const struct gap_seen *y = *(const struct gap_seen *const *)b;

	if (is_open(x) != is_open(y))
		return is_open(x) ? -1 : 1;
	if (x->gap.from_us != y->gap.from_us)
		return x->gap.from_us < y->gap.from_us ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

static const struct gap_seen **
find_gaps(const struct coverage_show *show, size_t *count)
{
	size_t all = coverage_gap_count(show->coverage);
	const struct gap_seen **list =
	    xcalloc(all + 1, sizeof(const struct gap_seen *));

	*count = 0;
	for (size_t i = 0; i < all; i++) {
		const struct gap_seen *seen = coverage_gap(show->coverage, i);

		if (shows_gap(show, &seen->gap))
			list[(*count)++] = seen;
	}
	if (*count)
		qsort(list, *count, sizeof(const struct gap_seen *), by_state);
	return list;
}

uint64_t
coverage_show_open(const struct coverage_show *show)
{
	uint64_t open = 0;

	for (size_t i = 0; i < coverage_gap_count(show->coverage); i++) {
		const struct gap_seen *seen = coverage_gap(show->coverage, i);

		open += is_open(seen) && shows_gap(show, &seen->gap);
	}
	return open;
}

static struct coverage_hour
total_of(const struct coverage_show *show, const struct coverage_stream *stream)
{
	struct coverage_hour total = {.hour_us = 0};

	for (size_t i = 0; i < stream->hour_count; i++)
		if (shows_hour(show, &stream->hours[i]))
			coverage_hour_add(&total, &stream->hours[i]);
	return total;
}

/* --- for people --- */

static void
add_time(struct buf *out, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	if (time_us == EVENT_NO_TIME) {
		buf_str(out, "not known");
		return;
	}
	/* To the second. */
	buf_slice_add(out, slice_of(time_format(time_us, room).ptr, 19));
	buf_char(out, 'Z');
}

static void
add_length(struct buf *out, int64_t us)
{
	static const struct {
		int64_t us;
		const char *unit;
	} units[] = {{INT64_C(86400000000), "d"}, {3600000000, "h"},
	    {60000000, "min"}, {1000000, "s"}, {1000, "ms"}};
	size_t i = 0;

	while (i < 4 && us < units[i].us)
		i++;
	buf_printf(
	    out, "%.1f %s", (double)us / (double)units[i].us, units[i].unit);
}

static void
add_lag(struct buf *out, const char *name, const struct lag *lag)
{
	if (!lag->count)
		return;
	buf_printf(out, "  %-10s  half within ", name);
	add_length(out, lag_quantile(lag, 50));
	buf_str(out, ", 99 % within ");
	add_length(out, lag_quantile(lag, 99));
	buf_char(out, '\n');
}

static void
add_hours_table(struct buf *out, const struct coverage_show *show,
    const struct coverage_stream *stream)
{
	buf_str(out, "\n  available     announced    here  lost  records      "
	             "new    known  refused\n");
	for (size_t i = 0; i < stream->hour_count; i++) {
		const struct coverage_hour *hour = &stream->hours[i];
		char room[TIME_TEXT_MAX];

		if (!shows_hour(show, hour))
			continue;
		buf_str(out, "  ");
		/* The hour, or the day, or how far back the rest goes. */
		buf_slice_add(
		    out, slice_of(time_format(hour->hour_us, room).ptr,
		             hour->span_us > INT64_C(3600000000) ? 10 : 13));
		if (hour->span_us > INT64_C(3600000000))
			buf_str(out, "   ");
		buf_printf(out,
		    "  %8" PRIu64 "%8" PRIu64 "%6" PRIu64 "%9" PRIu64
		    "%9" PRIu64 "%9" PRIu64 "%9" PRIu64 "\n",
		    hour->announced, hour->fetched, hour->lost, hour->records,
		    hour->events, hour->duplicates, hour->refused);
	}
}

static void
add_counts(struct buf *out, const struct coverage_hour *total)
{
	uint64_t way = total->announced - total->fetched - total->lost;

	buf_printf(out,
	    "  %-10s  %" PRIu64 " announced, %" PRIu64 " here, %" PRIu64
	    " lost",
	    "deliveries", total->announced, total->fetched, total->lost);
	if (total->announced > total->fetched + total->lost)
		buf_printf(out, ", %" PRIu64 " on their way", way);
	buf_printf(out,
	    "\n  %-10s  %" PRIu64 ": %" PRIu64 " new, %" PRIu64
	    " known, %" PRIu64 " refused\n",
	    "records", total->records, total->events, total->duplicates,
	    total->refused);
	if (total->before)
		buf_printf(out,
		    "  %-10s  %" PRIu64 " of deliveries that were cut off\n",
		    "not told", total->before);
	if (total->late)
		buf_printf(out,
		    "  %-10s  %" PRIu64 " more than a day after they "
		    "happened\n",
		    "late", total->late);
}

static void
add_stream_table(struct buf *out, const struct coverage_show *show,
    const struct coverage_stream *stream)
{
	struct coverage_hour total = total_of(show, stream);

	buf_char(out, '\n');
	term_fit(out, slice_cstr(stream->source), LINE_COLUMNS / 2);
	buf_str(out, "  ");
	term_fit(out, slice_cstr(stream->stream), LINE_COLUMNS / 2 - 2);
	buf_char(out, '\n');
	add_counts(out, &total);
	add_lag(out, "available", stream->to_available);
	add_lag(out, "recorded", stream->to_record);
	buf_printf(out, "  %-10s  ", "whole to");
	add_time(out, stream->clock_us);
	buf_char(out, '\n');
	if (show->hours)
		add_hours_table(out, show, stream);
}

static void
add_gap_table(struct buf *out, const struct gap_seen *seen)
{
	const struct gap *gap = &seen->gap;

	buf_str(out, is_open(seen) ? "\nopen    " : "\nhealed  ");
	term_fit(out, slice_cstr(gap->source), LINE_COLUMNS / 2 - 8);
	buf_str(out, "  ");
	term_fit(out, slice_cstr(gap->stream), LINE_COLUMNS / 2 - 2);
	buf_printf(
	    out, "\n        %s\n        from ", gap_cause_words(gap->cause));
	add_time(out, gap->from_us);
	buf_str(out, " to ");
	add_time(out, gap->to_us);
	buf_str(out, "\n        told ");
	add_time(out, seen->opened_us);
	if (!is_open(seen)) {
		buf_str(out, ", healed ");
		add_time(out, seen->healed_us);
	} else if (gap->heals_until_us == EVENT_NO_TIME) {
		buf_str(out, ", cannot heal");
	} else {
		buf_str(out, ", can heal until ");
		add_time(out, gap->heals_until_us);
	}
	buf_char(out, '\n');
	if (!gap->detail)
		return;
	buf_str(out, "        ");
	term_fit(out, slice_cstr(gap->detail), LINE_COLUMNS - 8);
	buf_char(out, '\n');
}

void
coverage_show_table(struct buf *out, const struct coverage_show *show)
{
	size_t count;
	const struct gap_seen **gaps = find_gaps(show, &count);

	term_fit(out, show->origin, LINE_COLUMNS);
	buf_printf(out, "\n%" PRIu64 " records, %" PRIu64 " open gaps\n",
	    show->size, coverage_show_open(show));
	if (coverage_strange(show->coverage))
		buf_printf(out,
		    "%" PRIu64 " of firn's own records are not as it writes "
		    "them\n",
		    coverage_strange(show->coverage));
	for (size_t i = 0; i < coverage_stream_count(show->coverage); i++) {
		struct coverage_stream stream;

		coverage_stream(show->coverage, i, &stream);
		if (shows_stream(show, &stream))
			add_stream_table(out, show, &stream);
	}
	for (size_t i = 0; i < count; i++)
		add_gap_table(out, gaps[i]);
	free(gaps);
}

/* --- for programs --- */

static void
add_counts_json(struct buf *out, const struct coverage_hour *hour)
{
	json_u64(out, "announced", hour->announced);
	json_u64(out, "fetched", hour->fetched);
	json_u64(out, "lost", hour->lost);
	json_u64(out, "records", hour->records);
	json_u64(out, "events", hour->events);
	json_u64(out, "duplicates", hour->duplicates);
	json_u64(out, "tellings", hour->tellings);
	json_u64(out, "conflicts", hour->conflicts);
	json_u64(out, "refused", hour->refused);
	json_u64(out, "before", hour->before);
	json_u64(out, "late", hour->late);
}

static void
add_lag_json(struct buf *out, const char *key, const struct lag *lag)
{
	size_t mark = json_open(out, key, '{');

	json_u64(out, "count", lag->count);
	json_i64(out, "p50_ms", lag_quantile(lag, 50) / 1000);
	json_i64(out, "p99_ms", lag_quantile(lag, 99) / 1000);
	json_close(out, mark);
}

static void
add_hours_json(struct buf *out, const struct coverage_show *show,
    const struct coverage_stream *stream)
{
	size_t list = json_open(out, "hours", '['), mark;

	for (size_t i = 0; i < stream->hour_count; i++) {
		if (!shows_hour(show, &stream->hours[i]))
			continue;
		mark = json_open(out, NULL, '{');
		member_time(out, "from", stream->hours[i].hour_us);
		member_time(out, "to",
		    stream->hours[i].hour_us + stream->hours[i].span_us);
		add_counts_json(out, &stream->hours[i]);
		json_close(out, mark);
	}
	json_close(out, list);
	list = json_open(out, "happened", '[');
	for (size_t i = 0; i < stream->event_count; i++) {
		mark = json_open(out, NULL, '{');
		member_time(out, "from", stream->events[i].hour_us);
		json_u64(out, "events", stream->events[i].events);
		json_close(out, mark);
	}
	json_close(out, list);
}

static void
add_stream_json(struct buf *out, const struct coverage_show *show,
    const struct coverage_stream *stream)
{
	struct coverage_hour total = total_of(show, stream);
	size_t mark = json_open(out, NULL, '{');

	json_cstr(out, "source", stream->source);
	json_cstr(out, "stream", stream->stream);
	json_cstr(out, "by", stream->by);
	json_cstr(out, "path", stream->path);
	json_cstr(out, "tenant", stream->tenant);
	add_counts_json(out, &total);
	add_lag_json(out, "to_available", stream->to_available);
	add_lag_json(out, "to_record", stream->to_record);
	member_time(out, "clock", stream->clock_us);
	member_time(out, "newest", stream->newest_us);
	member_time(out, "since", stream->since_us);
	if (show->hours)
		add_hours_json(out, show, stream);
	json_close(out, mark);
}

static void
add_gap_json(struct buf *out, const struct gap_seen *seen)
{
	const struct gap *gap = &seen->gap;
	size_t mark = json_open(out, NULL, '{');

	json_key(out, "open");
	buf_str(out, is_open(seen) ? "true" : "false");
	json_cstr(out, "source", gap->source);
	json_cstr(out, "stream", gap->stream);
	json_cstr(out, "key", gap->key);
	json_cstr(out, "cause", gap_cause_name(gap->cause));
	member_time(out, "from", gap->from_us);
	member_time(out, "to", gap->to_us);
	member_time(out, "heals_until", gap->heals_until_us);
	member_time(out, "opened", seen->opened_us);
	member_time(out, "healed", seen->healed_us);
	json_u64(out, "index", seen->index);
	if (gap->detail)
		json_cstr(out, "detail", gap->detail);
	json_close(out, mark);
}

void
coverage_show_json(struct buf *out, const struct coverage_show *show)
{
	size_t count, mark = json_open(out, NULL, '{');
	const struct gap_seen **gaps = find_gaps(show, &count);

	json_text(out, "origin", show->origin);
	json_u64(out, "size", show->size);
	json_u64(out, "open", coverage_show_open(show));
	json_u64(out, "strange", coverage_strange(show->coverage));
	json_key(out, "streams");
	buf_char(out, '[');
	for (size_t i = 0; i < coverage_stream_count(show->coverage); i++) {
		struct coverage_stream stream;

		coverage_stream(show->coverage, i, &stream);
		if (shows_stream(show, &stream))
			add_stream_json(out, show, &stream);
	}
	buf_char(out, ']');
	json_key(out, "gaps");
	buf_char(out, '[');
	for (size_t i = 0; i < count; i++)
		add_gap_json(out, gaps[i]);
	buf_char(out, ']');
	json_close(out, mark);
	buf_char(out, '\n');
	free(gaps);
}
