#include "story.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "json/build.h"
#include "json/json.h"

void
story_release(struct story *story)
{
	for (int i = 0; i < START_COUNT; i++)
		free(story->starts[i].items);
	free(story->ways);
	buf_release(&story->parameters);
	arena_release(&story->text);
}

void
story_start(struct story *story, enum story_start what, const char *value)
{
	struct story_list *list = &story->starts[what];
	struct slice s = slice_cstr(value);

	for (size_t i = 0; i < list->n; i++)
		if (slice_eq(list->items[i], s))
			return;
	if (s.len == 0)
		return;
	list->items =
	    xrealloc(list->items, (list->n + 1) * sizeof(*list->items));
	list->items[list->n++] = arena_copy(&story->text, s);
}

void
story_act(struct story *story, int64_t time_us)
{
	if (!story->first_us || time_us < story->first_us)
		story->first_us = time_us;
	if (time_us > story->last_us)
		story->last_us = time_us;
}

static struct story_way *
find(const struct story *story, const char *kind, struct slice object)
{
	for (size_t i = 0; i < story->n_ways; i++) {
		struct story_way *way = &story->ways[i];

		if (!way->closed_us && !strcmp(way->kind, kind) &&
		    slice_eq(way->object, object))
			return way;
	}
	return NULL;
}

void
story_way(struct story *story, const char *kind, struct slice object,
    struct slice also, int64_t time_us)
{
	if (find(story, kind, object))
		return;
	story->ways =
	    xrealloc(story->ways, (story->n_ways + 1) * sizeof(*story->ways));
	story->ways[story->n_ways++] = (struct story_way){
	    .kind = kind,
	    .object = arena_copy(&story->text, object),
	    .also = arena_copy(&story->text, also),
	    .since_us = time_us,
	};
}

bool
story_close(
    struct story *story, const char *kind, struct slice object, int64_t time_us)
{
	struct story_way *way = find(story, kind, object);

	if (!way)
		return false;
	way->closed_us = time_us;
	if (time_us > story->contained_us)
		story->contained_us = time_us;
	return true;
}

bool
story_has(const struct story *story, struct slice upn, int64_t time_us)
{
	for (size_t i = 0; i < story->n_ways; i++) {
		const struct story_way *way = &story->ways[i];
		bool password = !strcmp(way->kind, "password") &&
		                slice_eq(way->object, upn);
		bool session =
		    !strcmp(way->kind, "session") && slice_eq(way->also, upn);

		if ((password || session) && way->since_us <= time_us &&
		    (!way->closed_us || time_us < way->closed_us))
			return true;
	}
	return false;
}

/* --- what is written --- */

void
story_facts(const struct truth *truth, struct buf *out)
{
	if (!truth->attack)
		return;
	json_cstr(out, "attack", truth->attack);
	json_u64(out, "number", truth->number);
	if (truth->by_tenant)
		json_cstr(out, "by", "tenant");
	else
		json_u64(out, "step", truth->step);
	if (truth->technique)
		json_cstr(out, "technique", truth->technique);
	if (truth->what)
		json_cstr(out, "what", truth->what);
	if (truth->facts.len > 0) {
		json_key(out, NULL);
		buf_slice_add(out, truth->facts);
	}
}

static void
add_time(struct buf *out, const char *key, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	json_key(out, key);
	if (time_us)
		json_add_str(out, time_format(time_us, room));
	else
		buf_str(out, "null");
}

static void
add_starts(struct buf *out, const struct story *story)
{
	static const char *const names[START_COUNT] = {
	    [START_IP] = "ip",
	    [START_SESSION] = "session",
	    [START_USER] = "user",
	    [START_APP] = "app",
	    [START_DEVICE] = "device",
	};

	json_key(out, "start");
	buf_char(out, '{');
	for (int i = 0; i < START_COUNT; i++) {
		json_key(out, names[i]);
		buf_char(out, '[');
		for (size_t k = 0; k < story->starts[i].n; k++)
			json_text(out, NULL, story->starts[i].items[k]);
		buf_char(out, ']');
	}
	buf_char(out, '}');
}

static void
add_ways(struct buf *out, const struct story *story, bool alive)
{
	json_key(out, alive ? "alive" : "ways_back");
	buf_char(out, '[');
	for (size_t i = 0; i < story->n_ways; i++) {
		const struct story_way *way = &story->ways[i];
		size_t mark;

		if (alive && way->closed_us)
			continue;
		mark = json_open(out, NULL, '{');
		json_cstr(out, "kind", way->kind);
		json_text(out, "object", way->object);
		json_text(out, "also", way->also);
		if (!alive) {
			add_time(out, "since", way->since_us);
			add_time(out, "closed_at", way->closed_us);
		}
		json_close(out, mark);
	}
	buf_char(out, ']');
}

void
story_line(const struct story *story, struct buf *out)
{
	buf_char(out, '{');
	json_cstr(out, "attack", story->attack);
	json_u64(out, "number", story->number);
	json_key(out, "parameters");
	buf_char(out, '{');
	buf_slice_add(out, buf_slice(&story->parameters));
	buf_char(out, '}');
	add_starts(out, story);
	add_time(out, "first", story->first_us);
	add_time(out, "last", story->last_us);
	add_time(out, "contained_at", story->contained_us);
	add_ways(out, story, false);
	add_ways(out, story, true);
	buf_char(out, '}');
}
