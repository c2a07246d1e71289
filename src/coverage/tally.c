#include "coverage/tally.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/fact.h"
#include "json/build.h"

#define HOUR_US (INT64_C(3600) * 1000000)
#define DAY_US  (24 * HOUR_US)

/* The place of the day in the list, or where it belongs. */
static size_t
day_place(const struct tally *tally, int64_t day)
{
	size_t low = 0, high = tally->day_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (tally->days[middle]->day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
day_insert(struct tally *tally, size_t at, int64_t day)
{
	size_t behind = tally->day_count - at;

	if (tally->day_count == tally->day_size) {
		tally->day_size = tally->day_size ? tally->day_size * 2 : 64;
		tally->days = xrealloc(
		    tally->days, tally->day_size * sizeof(struct tally_day *));
	}
	memmove(&tally->days[at + 1], &tally->days[at],
	    behind * sizeof(struct tally_day *));
	tally->days[at] = xcalloc(1, sizeof(struct tally_day));
	tally->days[at]->day = day;
	tally->day_count++;
}

/* NULL if there are too many days already. */
static struct tally_day *
day_of(struct tally *tally, int64_t day)
{
	size_t at = tally->day_last;

	/* Records mostly come in the order of their times. */
	if (at < tally->day_count && tally->days[at]->day == day)
		return tally->days[at];
	at = day_place(tally, day);
	if (at == tally->day_count || tally->days[at]->day != day) {
		if (tally->day_count == TALLY_DAYS_MAX)
			return NULL;
		day_insert(tally, at, day);
	}
	tally->day_last = at;
	return tally->days[at];
}

static struct tally_day *
day_and_hour(struct tally *tally, int64_t time_us, size_t *hour)
{
	int64_t day = time_us / DAY_US - (time_us % DAY_US < 0);

	*hour = (size_t)((time_us - day * DAY_US) / HOUR_US);
	return day_of(tally, day);
}

void
tally_event(struct tally *tally, enum event_kind kind, int64_t time_us)
{
	struct tally_day *day;
	size_t hour;

	tally->kinds[kind]++;
	if (time_us == EVENT_NO_TIME) {
		tally->events++;
		tally->no_time++;
		return;
	}
	if (tally->events == tally->no_time) {
		tally->first_us = time_us;
		tally->last_us = time_us;
	}
	tally->events++;
	if (time_us < tally->first_us)
		tally->first_us = time_us;
	if (time_us > tally->last_us)
		tally->last_us = time_us;
	day = day_and_hour(tally, time_us, &hour);
	if (day)
		day->events[hour]++;
	else
		tally->undated++;
}

void
tally_skip(struct tally *tally, const char *file, const char *why)
{
	tally->files_skipped++;
	if (tally->skipped_count == TALLY_SKIPPED_MAX)
		return;
	tally->skipped[tally->skipped_count++] =
	    (struct tally_skipped){arena_copy(&tally->arena, slice_cstr(file)),
	        arena_copy(&tally->arena, slice_cstr(why))};
}

void
tally_finding(struct tally *tally, enum level level, int64_t time_us)
{
	struct tally_day *day = NULL;
	size_t hour;

	tally->findings[level]++;
	if (time_us != EVENT_NO_TIME)
		day = day_and_hour(tally, time_us, &hour);
	if (day)
		day->findings[hour][level]++;
}

uint64_t
tally_findings(const struct tally *tally)
{
	uint64_t sum = 0;

	for (int i = 0; i < LEVEL_COUNT; i++)
		sum += tally->findings[i];
	return sum;
}

/* --- JSON --- */

/* As json_open(), but an object that stays empty stays. */
static void
open_always(struct buf *out, const char *key)
{
	json_key(out, key);
	buf_char(out, '{');
}

static void
add_kinds(struct buf *out, const struct tally *tally)
{
	open_always(out, "kinds");
	for (int i = 0; i < KIND_COUNT; i++)
		if (tally->kinds[i])
			json_u64(out, event_kind_name((enum event_kind)i),
			    tally->kinds[i]);
	buf_char(out, '}');
}

static void
add_conflict_fields(struct buf *out, const struct tally *tally)
{
	open_always(out, "conflict_fields");
	for (size_t i = 0; i < TOLD_FIELDS; i++)
		if (tally->conflict_fields[i])
			json_u64(
			    out, told_field_name(i), tally->conflict_fields[i]);
	buf_char(out, '}');
}

static void
add_skipped(struct buf *out, const struct tally *tally)
{
	json_key(out, "skipped");
	buf_char(out, '[');
	for (size_t i = 0; i < tally->skipped_count; i++) {
		size_t mark = json_open(out, NULL, '{');

		json_text(out, "file", tally->skipped[i].file);
		json_text(out, "reason", tally->skipped[i].why);
		json_close(out, mark);
	}
	buf_char(out, ']');
}

static void
add_correlations(struct buf *out, const struct tally *tally)
{
	open_always(out, "correlations");
	json_u64(out, "events", tally->correlated);
	json_u64(out, "no_time", tally->correlate_no_time);
	json_u64(out, "lost_groups", tally->correlate_lost_groups);
	json_u64(out, "lost_events", tally->correlate_lost_events);
	json_u64(out, "not_copied", tally->correlate_not_copied);
	json_key(out, "lost");
	buf_char(out, '[');
	for (size_t i = 0; i < tally->correlate_lost_count; i++) {
		const struct tally_lost *lost = &tally->correlate_lost[i];
		size_t mark = json_open(out, NULL, '{');

		json_text(out, "rule", lost->rule);
		json_text(out, "group", lost->group);
		json_close(out, mark);
	}
	buf_add(out, "]}", 2);
}

static void
add_undecided(struct buf *out, const struct tally *tally)
{
	json_key(out, "undecided");
	buf_char(out, '[');
	for (size_t i = 0; i < tally->undecided_count; i++) {
		const struct tally_undecided *one = &tally->undecided[i];
		size_t mark = json_open(out, NULL, '{');

		json_text(out, "rule", one->rule);
		json_text(out, "title", one->title);
		json_u64(out, "events", one->events);
		event_facts_json(out, "unknown", one->facts);
		json_close(out, mark);
	}
	buf_char(out, ']');
}

static void
add_time(struct buf *out, const char *key, const struct tally *tally,
    int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	json_key(out, key);
	if (tally->events == tally->no_time) {
		buf_str(out, "null");
		return;
	}
	buf_char(out, '"');
	buf_slice_add(out, time_format(time_us, room));
	buf_char(out, '"');
}

void
tally_write_json(struct buf *out, const struct tally *tally)
{
	open_always(out, NULL);
	json_u64(out, "files", tally->files);
	json_u64(out, "files_skipped", tally->files_skipped);
	json_u64(out, "bytes", tally->bytes);
	json_u64(out, "records", tally->records);
	json_u64(out, "events", tally->events);
	json_u64(out, "duplicates", tally->duplicates);
	json_u64(out, "rejected", tally->rejected);
	add_kinds(out, tally);
	open_always(out, "time");
	add_time(out, "first", tally, tally->first_us);
	add_time(out, "last", tally, tally->last_us);
	buf_char(out, '}');
	open_always(out, "rules");
	json_u64(out, "loaded", tally->rules_loaded);
	json_u64(out, "refused", tally->rules_refused);
	buf_char(out, '}');
	open_always(out, "findings");
	for (int i = LEVEL_COUNT - 1; i >= 0; i--)
		json_u64(out, level_name((enum level)i), tally->findings[i]);
	buf_char(out, '}');
	json_u64(out, "tellings", tally->tellings);
	json_u64(out, "conflicts", tally->conflicts);
	add_conflict_fields(out, tally);
	json_u64(out, "repaired", tally->repaired);
	json_u64(out, "duplicate_keys", tally->duplicate_keys);
	json_u64(out, "outside", tally->outside);
	json_u64(out, "no_time", tally->no_time);
	json_u64(out, "regex_limited", tally->regex_limited);
	json_u64(out, "lookup_limited", tally->lookup_limited);
	add_correlations(out, tally);
	add_undecided(out, tally);
	add_skipped(out, tally);
	buf_add(out, "}\n", 2);
}

void
tally_release(struct tally *tally)
{
	for (size_t i = 0; i < tally->day_count; i++)
		free(tally->days[i]);
	free(tally->days);
	free(tally->undecided);
	free(tally->correlate_lost);
	arena_release(&tally->arena);
	*tally = (struct tally){0};
}
