/*
 * What lists of the tenant's state and people's statements say of the ways that
 * acts tell, and which ways neither shows.
 */
#include <strings.h>

#include "incident/change.h"
#include "incident/ways_part.h"

/* A list may say by its own clock when something was set. */
#define CLOCKS_US ((int64_t)5 * 60 * 1000000)

/* --- statements --- */

/* The newest about a way, if it was made after all that is known of it. */
static uint32_t
stated(const struct ways *ways, enum way way, int64_t after_us)
{
	const struct ways_of *of = ways->of;
	uint32_t best = NO_MARK;

	for (size_t i = 0; i < of->statement_count; i++) {
		const struct damage_statement *s = &of->statements[i];

		if (s->kind != STATEMENT_STATE || s->way != way ||
		    (s->at_us != EVENT_NO_TIME && s->at_us < after_us))
			continue;
		if (best == NO_MARK || s->at_us > of->statements[best].at_us ||
		    (s->at_us == of->statements[best].at_us &&
		        s->index > of->statements[best].index))
			best = (uint32_t)i;
	}
	return best;
}

/* How it could be read. */
static struct slice
could(const struct ways *ways, enum way way)
{
	const struct way_kind *kind = &way_kinds[way];
	struct arena *arena = ways->of->arena;

	if (way == WAY_SUBSCRIPTION)
		return SLICE("requests to Graph (MicrosoftGraphActivityLogs, "
		             "by an Event Hub) would show it");
	if (kind->state && kind->export)
		return arena_printf(arena,
		    "%s of a source graph, or an export "
		    "of %s, would show it",
		    kind->state, kind->export);
	if (kind->state)
		return arena_printf(
		    arena, "%s of a source graph would show it", kind->state);
	if (kind->export)
		return arena_printf(
		    arena, "an export of %s would show it", kind->export);
	return SLICE("no list that firn reads shows it");
}

/* --- what a list says --- */

static struct state_seen
look(const struct ways *ways, const struct way_work *work)
{
	const struct way_back *back = &work->back;
	struct state_seen seen = {.seen_us = EVENT_NO_TIME, .index = NO_ACT};

	if (!ways->of->state)
		return seen;
	seen = state_ask(ways->of->state,
	    &(struct state_question){.way = back->way,
	        .object = back->object,
	        .also = work->also,
	        .holder = back->holder,
	        .place = back->way == WAY_CONSENT ? back->place : SLICE(""),
	        .tenant = work->tenant});
	/* Another tenant's app has its credentials there. */
	if (work->taken && back->way == WAY_APP_CREDENTIAL && !seen.present)
		seen.known = false;
	return seen;
}

/* Of these a list says when they were set last, not whether they are right. */
static void
compare_set(const struct way_back *back, struct state_seen *seen)
{
	int64_t set_us = seen->made_us;

	if (back->way != WAY_PASSWORD && back->way != WAY_SESSION &&
	    back->way != WAY_REFRESH_TOKEN)
		return;
	if (!seen->known || !seen->present)
		return;
	if (set_us == EVENT_NO_TIME)
		seen->known = false;
	else if (back->closed_us != EVENT_NO_TIME)
		seen->present = set_us < back->closed_us - CLOCKS_US;
	else
		seen->present = set_us <= back->opened_us + CLOCKS_US ||
		                set_us <= back->used_us;
}

static struct slice
read_where(const struct ways *ways, const struct way_back *back, bool log,
    bool list, struct slice where)
{
	if (log && list)
		return arena_printf(ways->of->arena, "the log, and " SLICE_FMT,
		    SLICE_ARG(where));
	if (list)
		return arena_copy(ways->of->arena, where);
	return log || back->opened_index != NO_ACT ? SLICE("the log")
	                                           : could(ways, back->way);
}

/*
 * Where neither a list nor an export can tell, what somebody says counts even
 * of one that no record closes.
 */
static bool
may_be_stated(const struct way_back *back)
{
	const struct way_kind *kind = &way_kinds[back->way];

	return back->state == WAY_SHUT || back->state == WAY_UNCHECKED ||
	       (back->state == WAY_OPEN && !back->seen_present &&
	           !kind->state && !kind->export);
}

static void
state_it(const struct ways *ways, struct way_back *back, int64_t after_us)
{
	uint32_t statement;

	if (!may_be_stated(back))
		return;
	statement = stated(ways, back->way, after_us);
	if (statement == NO_MARK)
		return;
	back->state = WAY_STATED;
	back->statement = statement;
	back->where = arena_printf(ways->of->arena, "stated by " SLICE_FMT,
	    SLICE_ARG(ways->of->statements[statement].by));
}

static void
judge(const struct ways *ways, struct way_work *work)
{
	struct way_back *back = &work->back;
	struct state_seen seen = look(ways, work);
	int64_t touched_us = ways_later(back->opened_us, back->used_us);
	bool closed = back->closed_us != EVENT_NO_TIME, later;

	compare_set(back, &seen);
	if (seen.known) {
		back->seen_us = seen.seen_us;
		back->seen_present = seen.present;
		back->seen_index = seen.index;
	}
	/* A list from before says nothing of what came then. */
	later = seen.known &&
	        seen.seen_us >= ways_later(touched_us, back->closed_us);
	back->state = WAY_OPEN;
	if (later && !seen.present && closed)
		back->state = WAY_GONE;
	else if (later ? !seen.present : closed)
		back->state = WAY_SHUT;
	back->where = read_where(ways, back, closed, later, seen.where);
	state_it(ways, back, ways_later(touched_us, back->closed_us));
}

/* --- what is there, and no record says how it came --- */

static bool
is_outside(const struct ways *ways, struct slice to, struct slice upn)
{
	struct slice own = upn, rest = to, domain;

	(void)slice_cut(&own, '@');
	while (rest.len) {
		size_t n = 0;

		(void)slice_cut(&rest, '@');
		while (n < rest.len && !strchr(" ,;>\"')]", rest.ptr[n]))
			n++;
		domain = slice_of(rest.ptr, n);
		if (n &&
		    !(own.len == n && !strncasecmp(own.ptr, domain.ptr, n)) &&
		    !state_is_domain(ways->of->state, domain))
			return true;
	}
	return false;
}

static bool
deletes(const struct state_way *way)
{
	return slice_eq(way->detail, SLICE("delete")) ||
	       slice_eq(way->detail, SLICE("DeleteMessage"));
}

/* Whether its owner, or anybody else, is on record for it. */
static bool
is_on_record(const struct ways *ways, const struct state_way *way)
{
	for (size_t i = 0; i < ways->of->act_count; i++) {
		const struct act *act = &ways->of->acts[i];

		for (size_t k = 0; k < act->change_count; k++) {
			const struct way_change *c = &act->changes[k];

			if (c->way == way->way && c->verb == WAY_OPENS &&
			    (slice_eq(c->object, way->object) ||
			        slice_eq(c->also, way->object)))
				return true;
		}
	}
	return false;
}

static void
add_present(struct ways *ways, const struct state_way *way)
{
	struct arena *arena = ways->of->arena;
	struct way_work work = way_work_none;
	struct way_back *back = &work.back;

	if (is_on_record(ways, way))
		return;
	back->way = way->way;
	back->state = WAY_OPEN;
	back->object = arena_copy(arena, way->object);
	back->name = arena_copy(arena, way->name);
	back->holder = arena_copy(arena, way->holder);
	back->holder_name = back->holder;
	back->place = arena_copy(arena, way->place);
	back->detail = arena_printf(arena, SLICE_FMT " " SLICE_FMT,
	    SLICE_ARG(way->detail), SLICE_ARG(way->to));
	back->seen_us = way->seen_us;
	back->seen_present = true;
	back->seen_index = way->index;
	back->where = arena_copy(arena, way->where);
	(void)ways_add(ways, &work);
}

static void
present(struct ways *ways, const struct way_person *person)
{
	static const enum way kinds[] = {WAY_INBOX_RULE, WAY_FORWARDING};
	const struct state_way *list;

	for (size_t k = 0; ways->of->state && k < 2; k++) {
		size_t n =
		    state_of(ways->of->state, kinds[k], person->upn, &list);

		for (size_t i = 0; i < n; i++)
			if (is_outside(ways, list[i].to, person->upn) ||
			    deletes(&list[i]))
				add_present(ways, &list[i]);
	}
}

/* --- what is unchecked --- */

/* Mail clients can hide a rule without any record. */
static void
hidden_rules(struct ways *ways, const struct way_person *person)
{
	struct way_work work = way_work_none;
	struct way_back *back = &work.back;
	struct state_seen seen;

	back->way = WAY_HIDDEN_RULE;
	back->object = way_alias(person->upn, ways->of->arena);
	back->place = back->name = back->holder_name = person->upn;
	back->holder = person->id;
	work.tenant = person->tenant;
	seen = look(ways, &work);
	back->state = WAY_UNCHECKED;
	back->where = could(ways, WAY_HIDDEN_RULE);
	if (seen.known && seen.seen_us >= person->last_us) {
		back->state = WAY_GONE;
		back->seen_us = seen.seen_us;
		back->where = arena_copy(ways->of->arena, seen.where);
	}
	state_it(ways, back, person->last_us);
	if (back->object.len)
		(void)ways_add(ways, &work);
}

/* They are made in requests to Graph, which no other log tells. */
static void
subscriptions(struct ways *ways)
{
	struct way_work work = way_work_none;

	if (ways->graph)
		return;
	work.back.way = WAY_SUBSCRIPTION;
	work.back.state = WAY_UNCHECKED;
	work.back.where = could(ways, WAY_SUBSCRIPTION);
	state_it(ways, &work.back, ways->last_us);
	(void)ways_add(ways, &work);
}

void
ways_seen(struct ways *ways)
{
	size_t before = ways->count;

	for (size_t i = 0; i < ways->count; i++)
		judge(ways, &ways->list[i]);
	for (size_t i = 0; i < ways->people_count; i++) {
		present(ways, &ways->people[i]);
		hidden_rules(ways, &ways->people[i]);
	}
	if (before || ways->people_count)
		subscriptions(ways);
}
