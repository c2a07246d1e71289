#include <stdlib.h>

#include "incident/change.h"
#include "incident/intruder.h"
#include "incident/ways.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

/* Every byte can be read after the record has gone. */
static void
touch(struct slice s)
{
	volatile char last;

	require(s.len == 0 || s.ptr != NULL);
	for (size_t i = 0; i < s.len; i++)
		last = s.ptr[i];
	(void)last;
}

static void
is_lower(struct slice s)
{
	touch(s);
	for (size_t i = 0; i < s.len; i++)
		require(s.ptr[i] < 'A' || s.ptr[i] > 'Z');
}

static void
check_change(const struct way_change *change)
{
	require(change->way < WAY_COUNT);
	require(change->verb <= WAY_USES);
	require(change->object.len > 0);
	is_lower(change->object);
	is_lower(change->also);
	is_lower(change->holder);
	touch(change->name);
	touch(change->holder_name);
	touch(change->place);
	touch(change->detail);
	touch(change->to);
}

#define LINES_MAX 64

struct reading {
	struct json_parser *parser, *inner;
	struct arena arena, kept;
	struct state *state;
	struct act acts[LINES_MAX];
	size_t count;
};

/* As a record of which source a line is taken, by its first byte. */
static const char *const sources[] = {"unknown", "firn/delivery",
    "firn/delivered", "firn/clock", "graph/state.users",
    "graph/state.applications", "graph/state.servicePrincipals",
    "graph/state.oauth2PermissionGrants", "graph/state.inboxRules",
    "graph/state.conditionalAccess", "graph/state.domains",
    "graph/state.directoryRoles", "graph/state.roleAssignments",
    "graph/state.authenticationMethods", "o365/Exchange"};

static const struct slice columns[EV_COLUMNS];

static void
take_line(struct reading *r, struct slice line)
{
	size_t kind =
	    (unsigned char)line.ptr[0] % (sizeof(sources) / sizeof(sources[0]));
	struct record record = {.arena = &r->arena, .inner = r->inner};
	struct act *act = &r->acts[r->count];
	char *text = malloc(line.len + JSON_PADDING);
	struct event event;

	memcpy(text, line.ptr + 1, line.len - 1);
	memset(text + line.len - 1, 0, JSON_PADDING);
	if (json_parse(r->parser, slice_of(text, line.len - 1), &record.root,
	        NULL) == JSON_BAD ||
	    json_type(record.root) != JSON_OBJECT)
		goto out;
	state_take(r->state, &(struct state_record){.index = r->count + 1,
	                         .received_us = (int64_t)r->count,
	                         .delivery = 1,
	                         .source = slice_cstr(sources[kind]),
	                         .root = record.root});
	event_read(&record, &event);
	*act = (struct act){.index = r->count + 1,
	    .time_us = event.time_us,
	    .kind = event.kind,
	    .col = columns,
	    .certainty = (enum certainty)(line.ptr[0] / 16 % 3),
	    .account = way_lower(event.col[EV_ACTOR_NAME], &r->kept),
	    .account_id = way_lower(event.col[EV_ACTOR_ID], &r->kept),
	    .app_only = slice_eq(event.col[EV_ACTOR_TYPE], SLICE("app"))};
	act->change_count =
	    (uint32_t)way_changes(&record, &event, &act->changes, &r->kept);
	r->count++;
out:
	arena_reset(&r->arena);
	free(text);
}

static void
check_way(const struct reading *r, const struct way_back *back)
{
	struct state_question question = {
	    .way = back->way, .object = back->object};

	require(back->way < WAY_COUNT && back->state < WAY_STATES);
	require(back->intruder != NOT_INTRUDER || back->seen_present ||
	        back->state != WAY_OPEN);
	/* Gone is what a list says, after what closed it. */
	require(back->state != WAY_GONE ||
	        (!back->seen_present && back->seen_us >= back->closed_us &&
	            back->seen_us >= back->used_us));
	require(back->closed_us == EVENT_NO_TIME ||
	        back->closed_us >= back->opened_us);
	touch(back->where);
	(void)state_ask(r->state, &question);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reading r = {.parser = json_parser_new(),
	    .inner = json_parser_new(),
	    .state = state_new()};
	struct slice rest = slice_of(data, size), line;
	struct ways_of of = {
	    .acts = r.acts, .state = r.state, .arena = &r.kept};
	const struct way_back *ways;
	size_t n;

	while (rest.len && r.count < LINES_MAX) {
		line = slice_cut(&rest, '\n');
		if (line.len > 1)
			take_line(&r, line);
	}
	for (size_t i = 0; i < r.count; i++)
		for (size_t k = 0; k < r.acts[i].change_count; k++)
			check_change(&r.acts[i].changes[k]);
	of.act_count = r.count;
	n = ways_find(&of, &ways);
	for (size_t i = 0; i < n; i++)
		check_way(&r, &ways[i]);
	state_free(r.state);
	arena_release(&r.arena);
	arena_release(&r.kept);
	json_parser_free(r.parser);
	json_parser_free(r.inner);
	return 0;
}
