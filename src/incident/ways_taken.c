/*
 * What came into the intruder's hands with the people and apps as which it
 * acted.
 */
#include <stdlib.h>

#include "incident/change.h"
#include "incident/change_part.h"
#include "incident/ways_part.h"

/* Acts as one account or app, the first and last of them. */
struct actor {
	struct slice id, upn, credential;
	const struct act *first;
};

static int
text_order(struct slice a, struct slice b, int order)
{
	return order ? order : slice_order(a, b);
}

/* By who it is, then by time. */
static int
act_order(const void *a, const void *b)
{
	const struct act *x = *(const struct act *const *)a;
	const struct act *y = *(const struct act *const *)b;
	int order = (int)x->app_only - (int)y->app_only;

	order = text_order(x->account, y->account, order);
	order = text_order(x->account_id, y->account_id, order);
	order = text_order(x->credential, y->credential, order);
	if (!order)
		order = (x->time_us > y->time_us) - (x->time_us < y->time_us);
	if (!order)
		order = slice_order(x->event, y->event);
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool
same_actor(const struct act *a, const struct act *b)
{
	return a->app_only == b->app_only && slice_eq(a->account, b->account) &&
	       slice_eq(a->account_id, b->account_id) &&
	       slice_eq(a->credential, b->credential);
}

/* --- people --- */

/*
 * Exchange knows people by address only: what the directory's own records, or
 * its list, call this one.
 */
static struct slice
id_of(const struct ways *ways, struct slice upn)
{
	const struct ways_of *of = ways->of;
	struct slice id =
	    of->state ? state_person_id(of->state, upn) : SLICE("");

	if (id.len)
		return arena_copy(of->arena, id);
	for (size_t i = 0; i < of->act_count; i++) {
		const struct act *act = &of->acts[i];

		if (!act->app_only && slice_is_guid(act->account_id) &&
		    slice_eq(act->account, upn))
			return way_lower(act->account_id, of->arena);
		for (size_t k = 0; k < act->change_count; k++) {
			const struct way_change *c = &act->changes[k];

			if (slice_is_guid(c->holder) &&
			    slice_eq(way_lower(c->holder_name, of->arena), upn))
				return c->holder;
		}
	}
	return upn;
}

static struct way_person *
person_add(struct ways *ways, struct slice id, struct slice upn)
{
	for (size_t i = 0; i < ways->people_count; i++)
		if (slice_eq(ways->people[i].id, id))
			return &ways->people[i];
	ways->people[ways->people_count] =
	    (struct way_person){.id = id, .upn = upn, .last_us = EVENT_NO_TIME};
	return &ways->people[ways->people_count++];
}

static void
take(struct way_work *work, const struct act *act)
{
	struct way_back *back = &work->back;

	if (act->certainty > back->intruder)
		back->intruder = act->certainty;
	if (back->opened_index != NO_ACT &&
	    (back->opened_us < act->time_us ||
	        (back->opened_us == act->time_us &&
	            back->opened_index <= act->index)))
		return;
	back->opened_us = act->time_us;
	back->opened_index = act->index;
}

static struct way_work *
add_person_way(struct ways *ways, enum way way, const struct way_person *person)
{
	struct way_work work = way_work_none, *added;

	work.back.way = way;
	work.back.object = work.back.holder = person->id;
	work.back.name = work.back.holder_name = person->upn;
	work.back.place = person->upn;
	work.tenant = person->tenant;
	work.taken = true;
	added = ways_add(ways, &work);
	/* Graph's own log has ids alone: the name may come later. */
	if (!added->back.name.len)
		added->back.name = person->upn;
	if (!added->back.holder_name.len)
		added->back.holder_name = person->upn;
	if (!added->back.place.len)
		added->back.place = person->upn;
	return added;
}

static void
person_acts(struct ways *ways, const struct act *const *acts, size_t count)
{
	static const enum way kinds[] = {
	    WAY_PASSWORD, WAY_SESSION, WAY_REFRESH_TOKEN};
	const struct act *first = acts[0], *last = NULL;
	struct slice upn = first->account, id = first->account_id;
	struct way_person *person;

	id = slice_is_guid(id) ? way_lower(id, ways->of->arena)
	                       : id_of(ways, upn);
	if (!id.len)
		return;
	person = person_add(ways, id, upn);
	if (!person->upn.len)
		person->upn = upn;
	if (!person->tenant.len)
		person->tenant = first->col[EV_TENANT];
	for (size_t i = 0; i < count; i++) {
		person->last_us = ways_later(person->last_us, acts[i]->time_us);
		if (acts[i]->col[EV_SESSION].len)
			last = acts[i];
	}
	for (size_t i = 0; i < 3; i++) {
		struct way_work *work = add_person_way(ways, kinds[i], person);

		work->taken = true;
		for (size_t k = 0; k < count; k++)
			take(work, acts[k]);
		if (kinds[i] == WAY_SESSION && last &&
		    last->time_us >= work->back.used_us) {
			work->back.used_us = last->time_us;
			work->back.used_index = last->index;
		}
	}
}

/* Given as the intruder's, though nothing of it is in the data. */
static void
marked_people(struct ways *ways)
{
	for (size_t i = 0; i < ways->of->mark_count; i++) {
		const struct mark *mark = &ways->of->marks[i];
		struct way_person *person;
		struct slice id;

		if (mark->kind != MARK_USER || mark->cut || !mark->value.len)
			continue;
		id = slice_is_guid(mark->value) ? mark->value
		                                : id_of(ways, mark->value);
		person = person_add(ways, id,
		    slice_is_guid(mark->value) ? mark->name : mark->value);
		for (enum way way = WAY_PASSWORD; way <= WAY_REFRESH_TOKEN;
		     way++) {
			struct way_work *work =
			    add_person_way(ways, way, person);

			if (mark->certainty > work->back.intruder)
				work->back.intruder = mark->certainty;
		}
	}
}

/* --- apps --- */

static bool
has_credential(const struct ways *ways, struct slice app)
{
	for (size_t i = 0; i < ways->count; i++) {
		const struct way_work *work = &ways->list[i];

		if (work->back.way != WAY_APP_CREDENTIAL)
			continue;
		if (slice_eq(work->back.holder, app) ||
		    slice_eq(work->also, app))
			return true;
		if (ways->of->state &&
		    slice_eq(
		        state_app_id(ways->of->state, work->back.holder), app))
			return true;
	}
	return false;
}

/* Which credential an app came by is only in its sign-ins. */
static void
app_acts(struct ways *ways, const struct act *const *acts, size_t count)
{
	const struct act *first = acts[0];
	struct arena *arena = ways->of->arena;
	struct slice id = way_lower(first->account_id, arena);
	struct way_work work = way_work_none, *added;

	work.back.way = WAY_APP_CREDENTIAL;
	work.back.object = way_lower(first->credential, arena);
	work.back.holder = id;
	work.back.holder_name = first->col[EV_APP_NAME].len
	                            ? first->col[EV_APP_NAME]
	                            : first->col[EV_ACTOR_NAME];
	work.back.name = work.back.holder_name;
	work.also = way_lower(first->col[EV_APP_ID], arena);
	work.tenant = first->col[EV_TENANT];
	work.taken = true;
	if (!work.back.object.len) {
		if (!id.len || has_credential(ways, id) ||
		    (work.also.len && has_credential(ways, work.also)))
			return;
		work.back.object =
		    arena_printf(arena, "any:" SLICE_FMT, SLICE_ARG(id));
	}
	added = ways_add(ways, &work);
	for (size_t i = 0; i < count; i++) {
		take(added, acts[i]);
		if (acts[i]->time_us >= added->back.used_us) {
			added->back.used_us = acts[i]->time_us;
			added->back.used_index = acts[i]->index;
		}
	}
}

/*
 * A service that writes down what a person did, as the registration of a
 * device or second factor, was not in the intruder's hands.
 */
static bool
is_of_service(const struct act *act)
{
	for (uint32_t i = 0; act->app_only && i < act->change_count; i++)
		if (act->changes[i].verb == WAY_OPENS &&
		    (act->changes[i].way == WAY_DEVICE ||
		        act->changes[i].way == WAY_MFA_METHOD))
			return true;
	return false;
}

void
ways_taken(struct ways *ways)
{
	const struct ways_of *of = ways->of;
	const struct act **acts;
	size_t n = 0, end;

	acts = arena_alloc(
	    of->arena, (of->act_count + 1) * sizeof(const struct act *));
	ways->people = arena_alloc(of->arena,
	    (of->act_count + of->mark_count + 1) * sizeof(*ways->people));
	for (size_t i = 0; i < of->act_count; i++)
		if (of->acts[i].certainty != NOT_INTRUDER &&
		    !is_of_service(&of->acts[i]) &&
		    (!of->acts[i].by_app || of->acts[i].app_only) &&
		    of->acts[i].account.len + of->acts[i].account_id.len > 0)
			acts[n++] = &of->acts[i];
	qsort(acts, n, sizeof(const struct act *), act_order);
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && same_actor(acts[i], acts[end]);)
			end++;
		if (!acts[i]->app_only)
			person_acts(ways, acts + i, end - i);
		else if (acts[i]->credential.len)
			app_acts(ways, acts + i, end - i);
	}
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && same_actor(acts[i], acts[end]);)
			end++;
		if (acts[i]->app_only && !acts[i]->credential.len)
			app_acts(ways, acts + i, end - i);
	}
	marked_people(ways);
}
