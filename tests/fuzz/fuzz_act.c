#include <stdlib.h>

#include "incident/act_part.h"
#include "incident/items.h"

/*
 * An act of any record: every byte of it can be read when the record is gone,
 * no text is longer than is said, and an act joined with itself is itself.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Every byte can be read; there are at most `max`, 0: any number. */
static void
touch(struct slice s, size_t max)
{
	volatile char last;

	require(s.len == 0 || s.ptr != NULL);
	require(max == 0 || s.len <= max);
	for (size_t i = 0; i < s.len; i++)
		last = s.ptr[i];
	(void)last;
}

static void
check_act(const struct act *act)
{
	touch(act->event, 0);
	touch(act->credential, 0);
	touch(act->account, 0);
	touch(act->account_id, 0);
	for (int i = 0; i < EV_COLUMNS; i++)
		touch(act->col[i], ACT_TEXT_MAX);
	require(act->reach_count <= ACT_REACHES_MAX);
	for (size_t i = 0; i < act->reach_count; i++) {
		const struct reach *reach = &act->reaches[i];

		require(reach->kind < REACH_KINDS && reach->how < REACH_HOWS);
		require(reach->size >= -1);
		touch(reach->place, 0);
		touch(reach->id, 0);
		touch(reach->folder, ACT_TEXT_MAX);
		touch(reach->name, ACT_TEXT_MAX);
		touch(reach->label, ACT_TEXT_MAX);
	}
	for (size_t i = 0; i < act->blind_count; i++) {
		require(act->blinds[i].cause < BLIND_CAUSES);
		touch(act->blinds[i].place, 0);
	}
	require(!(act->app_only && act->account.len > 0));
	require(act->outcome != OUTCOME_FAILURE ||
	        (act->reach_count == 0 && act->blind_count == 0));
}

static bool
same_reach(const struct reach *a, const struct reach *b)
{
	return a->kind == b->kind && a->how == b->how &&
	       slice_eq(a->place, b->place) && slice_eq(a->id, b->id) &&
	       slice_eq(a->folder, b->folder) && slice_eq(a->name, b->name) &&
	       slice_eq(a->label, b->label) && a->size == b->size &&
	       a->more == b->more && a->from_us == b->from_us &&
	       a->to_us == b->to_us;
}

static void
check_merge(const struct act *act, struct arena *arena)
{
	struct act twice = *act;

	act_merge(&twice, act, arena);
	require(twice.reach_count == act->reach_count &&
	        twice.blind_count == act->blind_count &&
	        twice.change_count == act->change_count &&
	        twice.time_us == act->time_us &&
	        twice.background == act->background);
	for (size_t i = 0; i < act->reach_count; i++)
		require(same_reach(&twice.reaches[i], &act->reaches[i]));
	for (int i = 0; i < EV_COLUMNS; i++)
		require(slice_eq(twice.col[i], act->col[i]));
}

/* Each thing is an item once, also if it is told of twice. */
static void
check_items(const struct act *act, struct arena *arena)
{
	struct act acts[] = {*act, *act};
	const struct damage_item *items;
	size_t n;

	acts[0].certainty = LIKELY_INTRUDER;
	acts[1].certainty = CERTAINLY_INTRUDER;
	n = items_find(acts, 2, &items, arena);
	require(n <= act->reach_count);
	for (size_t i = 0; i < n; i++) {
		require(items[i].acts >= 2);
		require((items[i].certainty == DAMAGE_ACCESSED) ==
		        (items[i].reach.how == REACH_NAMED));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_parser *parser, *inner;
	static struct arena arena, kept;
	struct event event;
	struct json root;
	struct act act;
	char *text;

	if (parser == NULL) {
		parser = json_parser_new();
		inner = json_parser_new();
	}
	text = malloc(size + JSON_PADDING);
	if (text == NULL)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	memset(text + size, ' ', JSON_PADDING);
	if (json_parse(parser, slice_of(text, size), &root, NULL) == JSON_BAD) {
		free(text);
		return 0;
	}
	struct record record = {.root = root, .arena = &arena, .inner = inner};

	event_read(&record, &event);
	act_read(&act, &record, &event, &kept);
	/* What still points to the record is found. */
	arena_release(&arena);
	free(text);
	json_parser_free(parser);
	parser = NULL;
	json_parser_free(inner);
	check_act(&act);
	check_merge(&act, &kept);
	check_items(&act, &kept);
	arena_release(&kept);
	return 0;
}
