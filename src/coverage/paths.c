#include "coverage/paths.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define HOUR_US   INT64_C(3600000000)
#define ROOM_MIN  1024
#define HOURS_MAX ((int64_t)31 * 24)
#define IN_DETAIL 3 /* names that people are shown */

struct entry {
	unsigned char id[16];
	uint32_t hour; /* since 1970 */
	uint16_t group;
	uint8_t mask; /* the ways that had it; 0: a free place */
};

struct paths {
	struct entry *entries; /* owned */
	size_t size;           /* a power of two */
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

static struct entry *
place_of(const struct paths *paths, const unsigned char id[16], uint16_t group)
{
	size_t mask = paths->size - 1;
	size_t at = (size_t)get_u64(id) & mask;

	while (paths->entries[at].mask &&
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
		const struct entry *entry = &old.entries[i];

		if (!entry->mask || entry->hour < paths->begin ||
		    !is_chosen(paths, entry->id))
			continue;
		*place_of(paths, entry->id, entry->group) = *entry;
		paths->count++;
	}
	free(old.entries);
}

static void
make_room(struct paths *paths)
{
	/* What is past may be enough. */
	rebuild(paths, paths->size);
	while (paths->count >= paths->max) {
		paths->halved++;
		rebuild(paths, paths->size);
	}
	if (paths->count >= paths->size / 4)
		rebuild(paths, 2 * paths->size);
}

void
paths_add(struct paths *paths, const struct paths_event *event)
{
	int64_t hour = event->time_us / HOUR_US;
	struct entry *entry;

	assert(event->path < PATHS_MAX);
	if (event->time_us < 0 || hour > UINT32_MAX ||
	    (uint32_t)hour < paths->begin || !is_chosen(paths, event->id))
		return;
	if (paths->count >= paths->max || paths->count >= paths->size / 2) {
		make_room(paths);
		if (!is_chosen(paths, event->id))
			return;
	}
	entry = place_of(paths, event->id, event->group);
	if (!entry->mask) {
		memcpy(entry->id, event->id, sizeof(entry->id));
		entry->hour = (uint32_t)hour;
		entry->group = event->group;
		paths->count++;
	}
	/* Two tellings may differ in time: the earlier one counts. */
	if ((uint32_t)hour < entry->hour)
		entry->hour = (uint32_t)hour;
	entry->mask |= (uint8_t)(1u << event->path);
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
ways_elsewhere(const struct paths *paths, const struct entry *entry,
    const struct paths_pair *pair)
{
	return pair->elsewhere == pair->group
	           ? 0
	           : place_of(paths, entry->id, pair->elsewhere)->mask;
}

static void
compare_entry(const struct paths *paths, struct paths_hour *hour,
    const struct entry *entry, const struct paths_pair *pair)
{
	unsigned both = 1u << pair->path[0] | 1u << pair->path[1];
	unsigned ways = entry->mask & both;

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
		const struct entry *entry = &paths->entries[i];

		if (entry->mask && entry->group == pair->group &&
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
