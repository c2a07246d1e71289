#include "coverage/paths.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define HOUR_US    INT64_C(3600000000)
#define ROOM_MIN   1024
#define HOURS_MAX  ((int64_t)31 * 24)
#define HALVED_MAX 63
#define IN_DETAIL  3 /* names that people are shown */

struct paths {
	struct paths_held *entries; /* owned; free places have no ways */
	size_t size;                /* a power of two */
	size_t count, max;
	unsigned halved; /* one event of 1 << halved is looked at */
	uint32_t begin;  /* hours before are past */
};

struct paths *
paths_new(size_t events_max)
{
	struct paths *paths = xcalloc(1, sizeof(*paths));

	paths->max = events_max < ROOM_MIN ? ROOM_MIN : events_max;
	paths->size = ROOM_MIN;
	paths->entries = xcalloc(paths->size, sizeof(*paths->entries));
	return paths;
}

void
paths_free(struct paths *paths)
{
	if (!paths)
		return;
	free(paths->entries);
	free(paths);
}

uint64_t
paths_of(const struct paths *paths)
{
	return (uint64_t)1 << paths->halved;
}

size_t
paths_count(const struct paths *paths)
{
	return paths->count;
}

/* --- the table --- */

/* An id is a hash: its first half says where, its second whether. */
static bool
is_chosen(const struct paths *paths, const unsigned char id[16])
{
	return (get_u64(id + 8) & (paths_of(paths) - 1)) == 0;
}

static struct paths_held *
place_of(const struct paths *paths, const unsigned char id[16], uint16_t group)
{
	size_t mask = paths->size - 1;
	size_t at = (size_t)get_u64(id) & mask;

	while (paths->entries[at].ways &&
	       (paths->entries[at].group != group ||
	           memcmp(paths->entries[at].id, id, 16) != 0))
		at = (at + 1) & mask;
	return &paths->entries[at];
}

/* Again, in a table of this size, without what is past or not chosen. */
static void
rebuild(struct paths *paths, size_t size)
{
	struct paths old = *paths;

	paths->entries = xcalloc(size, sizeof(*paths->entries));
	paths->size = size;
	paths->count = 0;
	for (size_t i = 0; i < old.size; i++) {
		const struct paths_held *entry = &old.entries[i];

		if (!entry->ways || entry->hour < paths->begin ||
		    !is_chosen(paths, entry->id))
			continue;
		*place_of(paths, entry->id, entry->group) = *entry;
		paths->count++;
	}
	free(old.entries);
}

/* Half of what is looked at is not looked at any more. */
static void
halve(struct paths *paths)
{
	paths->halved++;
	rebuild(paths, paths->size);
}

static void
make_room(struct paths *paths)
{
	while (paths->count >= paths->max)
		halve(paths);
	if (paths->count >= paths->size / 2)
		rebuild(paths, 2 * paths->size);
}

bool
paths_put(struct paths *paths, const struct paths_held *held)
{
	struct paths_held *entry, before;

	if (held->hour < paths->begin || !is_chosen(paths, held->id))
		return false;
	if (paths->count >= paths->max || paths->count >= paths->size / 2) {
		make_room(paths);
		if (!is_chosen(paths, held->id))
			return false;
	}
	entry = place_of(paths, held->id, held->group);
	before = *entry;
	if (!entry->ways) {
		*entry = *held;
		paths->count++;
		return true;
	}
	/* Two tellings may differ in time: the earlier one counts. */
	if (held->hour < entry->hour)
		entry->hour = held->hour;
	entry->ways |= held->ways;
	return entry->hour != before.hour || entry->ways != before.ways;
}

bool
paths_add(struct paths *paths, const struct paths_event *event)
{
	int64_t hour = event->time_us / HOUR_US;
	struct paths_held held = {.hour = (uint32_t)hour,
	    .group = event->group,
	    .ways = (uint8_t)(1u << event->path)};

	assert(event->path < PATHS_MAX);
	if (event->time_us < 0 || hour > UINT32_MAX)
		return false;
	memcpy(held.id, event->id, sizeof(held.id));
	return paths_put(paths, &held);
}

void
paths_thin(struct paths *paths, uint64_t of)
{
	while (paths_of(paths) < of && paths->halved < HALVED_MAX)
		halve(paths);
}

void
paths_each(const struct paths *paths,
    void (*each)(void *ctx, const struct paths_held *held), void *ctx)
{
	for (size_t i = 0; i < paths->size; i++)
		if (paths->entries[i].ways)
			each(ctx, &paths->entries[i]);
}

void
paths_forget(struct paths *paths, int64_t before_us)
{
	int64_t hour = before_us / HOUR_US;

	if (hour <= paths->begin || hour > UINT32_MAX)
		return;
	paths->begin = (uint32_t)hour;
	rebuild(paths, paths->size);
}

/* --- comparing --- */

/* Keeps the least ids, in their order: so they are the same in every order. */
static void
name_one(struct paths_hour *hour, unsigned side, const unsigned char id[16])
{
	unsigned char(*ids)[16] = hour->ids[side];
	uint64_t count = hour->only[side]++;
	size_t at = count < PATHS_NAMED ? (size_t)count : PATHS_NAMED;

	while (at && memcmp(ids[at - 1], id, 16) > 0) {
		if (at < PATHS_NAMED)
			memcpy(ids[at], ids[at - 1], 16);
		at--;
	}
	if (at < PATHS_NAMED)
		memcpy(ids[at], id, 16);
}

static unsigned
ways_elsewhere(const struct paths *paths, const struct paths_held *entry,
    const struct paths_pair *pair)
{
	return pair->elsewhere == pair->group
	           ? 0
	           : place_of(paths, entry->id, pair->elsewhere)->ways;
}

static void
compare_entry(const struct paths *paths, struct paths_hour *hour,
    const struct paths_held *entry, const struct paths_pair *pair)
{
	unsigned both = 1u << pair->path[0] | 1u << pair->path[1];
	unsigned ways = entry->ways & both;

	if (ways && ways != both)
		ways |= ways_elsewhere(paths, entry, pair) & both;
	if (ways == both)
		hour->both++;
	else if (ways)
		name_one(hour, !(ways >> pair->path[0] & 1), entry->id);
}

void
paths_compare(const struct paths *paths, const struct paths_pair *pair,
    void (*hour)(void *ctx, const struct paths_hour *hour), void *ctx)
{
	int64_t from = pair->from_us / HOUR_US;
	int64_t to = (pair->to_us + HOUR_US - 1) / HOUR_US;
	struct paths_hour *hours;

	assert(pair->from_us >= 0 && to - from <= HOURS_MAX);
	if (to <= from)
		return;
	hours = xcalloc((size_t)(to - from), sizeof(*hours));
	for (size_t i = 0; i < paths->size; i++) {
		const struct paths_held *entry = &paths->entries[i];

		if (entry->ways && entry->group == pair->group &&
		    entry->hour >= paths->begin && entry->hour >= from &&
		    entry->hour < to)
			compare_entry(
			    paths, &hours[entry->hour - from], entry, pair);
	}
	for (int64_t i = 0; i < to - from; i++) {
		struct paths_hour *at = &hours[i];

		at->hour_us = (from + i) * HOUR_US;
		if (at->both || at->only[0] || at->only[1])
			hour(ctx, at);
	}
	free(hours);
}

void
paths_detail(struct buf *out, const struct paths_hour *hour, unsigned lacks,
    const char *other, uint64_t of)
{
	unsigned had = !lacks;
	uint64_t lacking = hour->only[had];

	buf_printf(out, "%" PRIu64 " of %" PRIu64 " events came by %s alone",
	    lacking, lacking + hour->both, other);
	if (of > 1)
		buf_printf(
		    out, " (one event of %" PRIu64 " was looked at)", of);
	for (uint64_t i = 0; i < lacking && i < IN_DETAIL; i++) {
		buf_str(out, i ? ", " : ": ");
		for (size_t k = 0; k < 16; k++)
			buf_printf(out, "%02x", hour->ids[had][i][k]);
	}
}
