#include "coverage/delivered.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "coverage/member.h"
#include "event/event.h"
#include "json/build.h"

#define HOUR_US   (INT64_C(3600) * 1000000)
#define HOUR_TEXT 13 /* bytes of 2026-10-05T08 */

/* 2100-01-01 */
#define END_US (INT64_C(4102444800) * 1000000)

/* --- firn/delivery --- */

/* Members that the source wrote itself, behind ours. */
static void
add_members(struct buf *out, struct slice members)
{
	if (!members.len)
		return;
	json_key(out, NULL);
	buf_slice_add(out, members);
}

void
opened_write(struct buf *out, const struct opened *opened)
{
	size_t mark = json_open(out, NULL, '{');

	json_text(out, "by", opened->by);
	member_name(out, "name", opened->name);
	json_text(out, "path", opened->path);
	json_text(out, "source", opened->source);
	json_text(out, "stream", opened->stream);
	json_text(out, "tenant", opened->tenant);
	member_time(out, "created", opened->created_us);
	member_time(out, "asked", opened->asked_us);
	add_members(out, opened->about);
	json_close(out, mark);
}

bool
opened_read(struct json v, struct opened *out)
{
	*out = (struct opened){.by = json_str(JSON_GET(v, "by")),
	    .path = json_str(JSON_GET(v, "path"))};
	return member_to_text(JSON_GET(v, "source"), &out->source) &&
	       member_to_text(JSON_GET(v, "stream"), &out->stream) &&
	       (!json_present(JSON_GET(v, "tenant")) ||
	           member_to_text(JSON_GET(v, "tenant"), &out->tenant)) &&
	       member_to_name(JSON_GET(v, "name"), out->name) &&
	       member_to_time(JSON_GET(v, "created"), &out->created_us) &&
	       member_to_time(JSON_GET(v, "asked"), &out->asked_us);
}

/* --- firn/delivered: counting --- */

void
delivered_init(struct delivered *delivered)
{
	*delivered = (struct delivered){.newest_us = EVENT_NO_TIME};
}

void
delivered_release(struct delivered *delivered)
{
	free(delivered->hours);
	delivered->hours = NULL;
}

/* Adds to an hour; false if there are too many. */
static bool
count_hour(struct delivered *delivered, int64_t hour_us, uint64_t events)
{
	struct event_hour *hours = delivered->hours;
	size_t at = delivered->hour_count;

	/* Most records come in the order of their times. */
	while (at && hours[at - 1].hour_us > hour_us)
		at--;
	if (at && hours[at - 1].hour_us == hour_us) {
		hours[at - 1].events += events;
		return true;
	}
	if (delivered->hour_count == DELIVERED_HOURS)
		return false;
	if (delivered->hour_count == delivered->hour_room) {
		delivered->hour_room = 2 * delivered->hour_room + 16;
		hours = xrealloc(hours, delivered->hour_room * sizeof(*hours));
		delivered->hours = hours;
	}
	memmove(&hours[at + 1], &hours[at],
	    (delivered->hour_count - at) * sizeof(*hours));
	hours[at] = (struct event_hour){hour_us, events};
	delivered->hour_count++;
	return true;
}

/* Times of events can be forged: far ones are no event's hour. */
static bool
is_near(int64_t event_us)
{
	return event_us >= 0 && event_us < END_US;
}

void
delivered_event(struct delivered *delivered, int64_t event_us,
    int64_t available_us, int64_t received_us)
{
	bool available = available_us != EVENT_NO_TIME;

	if (available)
		lag_add(&delivered->to_record, received_us - available_us, 1);
	if (!is_near(event_us)) {
		delivered->other++;
		return;
	}
	if (available) {
		int64_t lag = available_us - event_us;

		lag_add(&delivered->to_available, lag, 1);
		delivered->late += lag > DELIVERED_LATE_US;
	}
	if (event_us > delivered->newest_us)
		delivered->newest_us = event_us;
	if (!count_hour(delivered, event_us - event_us % HOUR_US, 1))
		delivered->other++;
}

/* --- firn/delivered: writing --- */

/* The members that are counts, in their order. */
static const struct count {
	const char *name;
	size_t at;
} counts[] = {
    {"items", offsetof(struct delivered, items)},
    {"before", offsetof(struct delivered, before)},
    {"added", offsetof(struct delivered, added)},
    {"repeats", offsetof(struct delivered, repeats)},
    {"tellings", offsetof(struct delivered, tellings)},
    {"conflicts", offsetof(struct delivered, conflicts)},
    {"unreadable", offsetof(struct delivered, unreadable)},
    {"not_kept", offsetof(struct delivered, not_kept)},
    {"within", offsetof(struct delivered, within)},
    {"late", offsetof(struct delivered, late)},
    {"other", offsetof(struct delivered, other)},
};

#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static void
write_hours(struct buf *out, const struct delivered *delivered)
{
	size_t mark = json_open(out, "hours", '[');
	char room[TIME_TEXT_MAX];

	for (size_t i = 0; i < delivered->hour_count; i++) {
		const struct event_hour *hour = &delivered->hours[i];
		size_t pair = json_open(out, NULL, '[');

		json_text(out, NULL,
		    slice_of(time_format(hour->hour_us, room).ptr, HOUR_TEXT));
		json_u64(out, NULL, hour->events);
		json_close(out, pair);
	}
	json_close(out, mark);
}

static void
write_lag(struct buf *out, const char *key, const struct lag *lag)
{
	size_t mark = json_open(out, key, '[');

	for (unsigned i = 0; i < LAG_BINS; i++) {
		size_t pair;

		if (!lag->bins[i])
			continue;
		pair = json_open(out, NULL, '[');
		json_u64(out, NULL, i);
		json_u64(out, NULL, lag->bins[i]);
		json_close(out, pair);
	}
	json_close(out, mark);
}

void
delivered_write(struct buf *out, const struct delivered *delivered)
{
	size_t mark = json_open(out, NULL, '{');

	json_u64(out, "delivery", delivered->delivery);
	json_text(out, "source", delivered->source);
	json_text(out, "stream", delivered->stream);
	for (size_t i = 0; i < COUNTS; i++) {
		uint64_t n;

		memcpy(&n, (const char *)delivered + counts[i].at, sizeof(n));
		json_u64(out, counts[i].name, n);
	}
	member_time(out, "newest", delivered->newest_us);
	write_hours(out, delivered);
	write_lag(out, "to_available", &delivered->to_available);
	write_lag(out, "to_record", &delivered->to_record);
	add_members(out, delivered->after);
	json_close(out, mark);
}

/* --- firn/delivered: reading --- */

static bool
read_hour(struct json pair, struct delivered *out)
{
	struct slice text = json_str(json_at(pair, 0));
	char whole[] = "0000-00-00T00:00:00";
	uint64_t events;
	int64_t hour_us;

	if (text.len != HOUR_TEXT)
		return false;
	memcpy(whole, text.ptr, HOUR_TEXT);
	return time_parse(slice_cstr(whole), &hour_us) &&
	       hour_us % HOUR_US == 0 &&
	       member_to_count(json_at(pair, 1), &events) &&
	       count_hour(out, hour_us, events);
}

static bool
read_hours(struct json list, struct delivered *out)
{
	struct json_iter it = json_iter(list);
	struct json pair;

	while (json_next(&it, NULL, &pair))
		if (!read_hour(pair, out))
			return false;
	return true;
}

static bool
read_lag(struct json list, struct lag *lag)
{
	struct json_iter it = json_iter(list);
	struct json pair;

	while (json_next(&it, NULL, &pair)) {
		uint64_t bin, count;

		if (!member_to_count(json_at(pair, 0), &bin) ||
		    bin >= LAG_BINS ||
		    !member_to_count(json_at(pair, 1), &count))
			return false;
		lag_add_bin(lag, (unsigned)bin, count);
	}
	return true;
}

bool
delivered_read(struct json v, struct delivered *out)
{
	struct delivered fresh = {
	    .hours = out->hours, .hour_room = out->hour_room};

	*out = fresh;
	for (size_t i = 0; i < COUNTS; i++) {
		uint64_t n;

		if (!member_to_count(
		        json_get(v, slice_cstr(counts[i].name)), &n))
			return false;
		memcpy((char *)out + counts[i].at, &n, sizeof(n));
	}
	out->next = json_str(JSON_GET(v, "next"));
	return json_present(JSON_GET(v, "delivery")) &&
	       member_to_count(JSON_GET(v, "delivery"), &out->delivery) &&
	       member_to_text(JSON_GET(v, "source"), &out->source) &&
	       member_to_text(JSON_GET(v, "stream"), &out->stream) &&
	       member_to_time(JSON_GET(v, "newest"), &out->newest_us) &&
	       read_hours(JSON_GET(v, "hours"), out) &&
	       read_lag(JSON_GET(v, "to_available"), &out->to_available) &&
	       read_lag(JSON_GET(v, "to_record"), &out->to_record);
}

/* --- firn/clock --- */

void
clocked_write(struct buf *out, const struct clocked *clocked)
{
	size_t mark = json_open(out, NULL, '{');

	json_text(out, "source", clocked->source);
	json_text(out, "stream", clocked->stream);
	member_time(out, "until", clocked->until_us);
	json_text(out, "next", clocked->next);
	json_close(out, mark);
}

bool
clocked_read(struct json v, struct clocked *out)
{
	*out = (struct clocked){.next = json_str(JSON_GET(v, "next"))};
	return member_to_text(JSON_GET(v, "source"), &out->source) &&
	       member_to_text(JSON_GET(v, "stream"), &out->stream) &&
	       member_to_time(JSON_GET(v, "until"), &out->until_us);
}
