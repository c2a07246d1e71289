#include "incident/ways.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "incident/change.h"
#include "incident/ways_part.h"

const char *const way_state_names[WAY_STATES] = {
    [WAY_OPEN] = "open",
    [WAY_SHUT] = "shut",
    [WAY_GONE] = "gone",
    [WAY_UNCHECKED] = "unchecked",
    [WAY_STATED] = "stated",
};

const struct way_work way_work_none = {.back = {.opened_us = EVENT_NO_TIME,
                                           .used_us = EVENT_NO_TIME,
                                           .closed_us = EVENT_NO_TIME,
                                           .seen_us = EVENT_NO_TIME,
                                           .opened_index = NO_ACT,
                                           .used_index = NO_ACT,
                                           .closed_index = NO_ACT,
                                           .seen_index = NO_ACT,
                                           .statement = NO_MARK},
    .until_us = EVENT_NO_TIME,
    .held_us = EVENT_NO_TIME,
    .held_index = NO_ACT};

/* A change, and the act that tells it. */
struct told {
	const struct act *act;
	const struct way_change *change;
};

/* --- order --- */

/*
 * At one time what closes comes first: times of the audit log are whole
 * seconds, and what may be open is open.
 */
static int
told_order(const void *a, const void *b)
{
	static const int turn[] = {
	    [WAY_CLOSES] = 0, [WAY_OPENS] = 1, [WAY_USES] = 2};
	const struct told *x = a, *y = b;
	int order = (x->act->time_us > y->act->time_us) -
	            (x->act->time_us < y->act->time_us);

	if (!order)
		order = turn[x->change->verb] - turn[y->change->verb];
	if (!order)
		order = slice_order(x->act->event, y->act->event);
	if (!order)
		order = (x->act->index > y->act->index) -
		        (x->act->index < y->act->index);
	if (!order)
		order = (int)x->change->way - (int)y->change->way;
	if (!order)
		order = slice_order(x->change->object, y->change->object);
	return order ? order : slice_order(x->change->place, y->change->place);
}

static struct told *
told_all(const struct ways_of *of, size_t *count)
{
	struct told *list;
	size_t n = 0;

	for (size_t i = 0; i < of->act_count; i++)
		n += of->acts[i].change_count;
	list = arena_alloc(of->arena, (n + 1) * sizeof(*list));
	*count = n;
	n = 0;
	for (size_t i = 0; i < of->act_count; i++)
		for (size_t k = 0; k < of->acts[i].change_count; k++)
			list[n++] = (struct told){
			    &of->acts[i], &of->acts[i].changes[k]};
	qsort(list, n, sizeof(*list), told_order);
	return list;
}

static int
work_order(const struct way_work *a, enum way way, struct slice object)
{
	int order = (int)a->back.way - (int)way;

	return order ? order : slice_order(a->back.object, object);
}

/* The first that is not before. */
static size_t
bound(const struct ways *ways, enum way way, struct slice object)
{
	size_t low = 0, high = ways->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (work_order(&ways->list[middle], way, object) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whose consent it is makes two of one object; of others the place is words. */
static bool
same_place(const struct way_work *work, enum way way, struct slice place)
{
	return way != WAY_CONSENT || slice_eq(work->back.place, place);
}

struct way_work *
ways_add(struct ways *ways, const struct way_work *work)
{
	enum way way = work->back.way;
	struct slice object = work->back.object;
	size_t at = bound(ways, way, object);

	for (size_t i = at;
	     i < ways->count && !work_order(&ways->list[i], way, object); i++)
		if (same_place(&ways->list[i], way, work->back.place))
			return &ways->list[i];
	if (ways->count == ways->room) {
		ways->room = 2 * ways->room + 16;
		ways->list =
		    xrealloc(ways->list, ways->room * sizeof(*ways->list));
	}
	memmove(&ways->list[at + 1], &ways->list[at],
	    (ways->count - at) * sizeof(*ways->list));
	ways->count++;
	ways->list[at] = *work;
	return &ways->list[at];
}

/* --- folding --- */

static bool
is_intruder(const struct act *act)
{
	return act->certainty != NOT_INTRUDER;
}

/* Whether it was opened by the intruder, or for what is the intruder's. */
static enum certainty
opener(const struct act *act)
{
	return act->serves > act->certainty ? act->serves : act->certainty;
}

static void
add_opened(struct ways *ways, const struct told *told)
{
	const struct way_change *change = told->change;
	struct way_work work = way_work_none, *added;

	work.back.way = change->way;
	work.back.object = change->object;
	work.back.place = change->place;
	work.tenant = told->act->col[EV_TENANT];
	added = ways_add(ways, &work);
	if (!added->back.name.len)
		added->back.name = change->name;
	if (!added->back.holder.len)
		added->back.holder = change->holder;
	if (!added->back.holder_name.len)
		added->back.holder_name = change->holder_name;
	if (!added->back.detail.len)
		added->back.detail = change->detail;
	if (!added->also.len)
		added->also = change->also;
}

/* A new one of these is the owner's; of others it is the same thing again. */
static bool
is_new_each_time(enum way way)
{
	return way == WAY_PASSWORD || way == WAY_SESSION ||
	       way == WAY_REFRESH_TOKEN || way == WAY_MFA_METHOD ||
	       way == WAY_TEMPORARY_PASS;
}

static void
open_one(struct way_work *work, const struct told *told)
{
	struct way_back *back = &work->back;
	const struct act *act = told->act;
	enum certainty certainty = opener(act);

	if (certainty > back->intruder)
		back->intruder = certainty;
	if (certainty && back->opened_index == NO_ACT) {
		back->opened_us = act->time_us;
		back->opened_index = act->index;
	}
	if (certainty || !is_new_each_time(back->way)) {
		back->closed_us = EVENT_NO_TIME;
		back->closed_index = NO_ACT;
		work->until_us = told->change->until_us;
	}
}

static void
apply(struct way_work *work, const struct told *told)
{
	struct way_back *back = &work->back;
	const struct act *act = told->act;

	switch (told->change->verb) {
	case WAY_OPENS:
		open_one(work, told);
		break;
	case WAY_CLOSES:
		/* What was there before it was opened is another one. */
		if ((back->opened_index == NO_ACT && !work->taken) ||
		    act->time_us < back->opened_us)
			break;
		back->closed_us = act->time_us;
		back->closed_index = act->index;
		break;
	case WAY_USES:
		if (!is_intruder(act) || act->time_us < back->used_us)
			break;
		back->used_us = act->time_us;
		back->used_index = act->index;
		break;
	}
}

/* The only one that it can mean, where the record does not say whose. */
static struct way_work *
only_one(struct ways *ways, const struct way_change *change)
{
	size_t at = bound(ways, change->way, change->object), n = 0;

	while (at + n < ways->count &&
	       !work_order(&ways->list[at + n], change->way, change->object))
		n++;
	return n == 1 ? &ways->list[at] : NULL;
}

static bool
called(const struct way_work *work, const struct way_change *change)
{
	return slice_eq(work->back.object, change->object) ||
	       (work->also.len && (slice_eq(work->also, change->object) ||
	                              slice_eq(work->also, change->also))) ||
	       (change->also.len && slice_eq(work->back.object, change->also));
}

static void
apply_to_all(struct ways *ways, const struct told *told)
{
	const struct way_change *change = told->change;
	struct way_work *one;

	if (change->way == WAY_CONSENT && !change->place.len &&
	    change->verb != WAY_OPENS) {
		one = only_one(ways, change);
		if (one)
			apply(one, told);
		return;
	}
	for (size_t i = bound(ways, change->way, SLICE(""));
	     i < ways->count && ways->list[i].back.way == change->way; i++)
		if (called(&ways->list[i], change) &&
		    same_place(&ways->list[i], change->way, change->place))
			apply(&ways->list[i], told);
}

/* --- with whoever holds it --- */

static bool
is_held_by(const struct ways *ways, const struct way_work *work,
    const struct way_change *change)
{
	struct slice holder = work->back.holder, app;

	if (!holder.len)
		return false;
	if (slice_eq(holder, change->object) ||
	    (change->also.len && slice_eq(holder, change->also)))
		return true;
	if (change->way != WAY_APP || !ways->of->state)
		return false;
	/* A credential is the application's, and signs its principal in. */
	app = state_app_id(ways->of->state, holder);
	return app.len && (slice_eq(app, change->also) ||
	                      slice_eq(app, state_app_id(ways->of->state,
	                                        change->object)));
}

static void
apply_to_held(struct ways *ways, const struct told *told)
{
	const struct way_change *change = told->change;

	if ((change->way != WAY_ACCOUNT && change->way != WAY_GUEST &&
	        change->way != WAY_APP) ||
	    change->verb == WAY_USES)
		return;
	for (size_t i = 0; i < ways->count; i++) {
		struct way_work *work = &ways->list[i];
		bool closes = change->verb == WAY_CLOSES;

		if (work->back.way == change->way ||
		    !is_held_by(ways, work, change))
			continue;
		work->held_us = closes ? told->act->time_us : EVENT_NO_TIME;
		work->held_index = closes ? told->act->index : NO_ACT;
	}
}

static void
close_held(struct ways *ways)
{
	for (size_t i = 0; i < ways->count; i++) {
		struct way_work *work = &ways->list[i];
		struct way_back *back = &work->back;

		if (back->closed_index == NO_ACT &&
		    work->held_index != NO_ACT &&
		    work->held_us >= back->opened_us) {
			back->closed_us = work->held_us;
			back->closed_index = work->held_index;
		} else if (back->closed_index == NO_ACT &&
		           work->until_us != EVENT_NO_TIME &&
		           work->until_us <= ways->of->as_of_us) {
			back->closed_us =
			    ways_later(work->until_us, back->opened_us);
		}
	}
}

/* --- used again --- */

static bool
is_by(const struct act *act, const struct way_back *back)
{
	return (act->account_id.len &&
	           slice_alike(act->account_id, back->object)) ||
	       (act->account.len && (slice_alike(act->account, back->object) ||
	                                slice_alike(act->account, back->name)));
}

/* EVENT_NO_TIME: it is not closed. */
static int64_t
password_closed_us(const struct ways *ways, struct slice object)
{
	size_t at = bound(ways, WAY_PASSWORD, object);

	return at < ways->count &&
	               !work_order(&ways->list[at], WAY_PASSWORD, object)
	           ? ways->list[at].back.closed_us
	           : EVENT_NO_TIME;
}

/* Whether a password was used, or there is another session. */
static bool
is_use(const struct act *act, enum way way)
{
	if (way != WAY_PASSWORD)
		return act->col[EV_SESSION].len > 0;
	for (uint32_t i = 0; i < act->change_count; i++)
		if (act->changes[i].way == WAY_PASSWORD &&
		    act->changes[i].verb == WAY_USES)
			return true;
	return false;
}

/*
 * Who gets in after a closing, and not by a token from before, has another
 * session, or knows the new password.  What is only likely the intruder's is
 * that while the password has not been set anew; then it is the owner's.
 */
static bool
is_used_again(const struct ways *ways, const struct way_back *back)
{
	int64_t until_us = back->closed_us + way_kinds[back->way].lives_us;
	int64_t anew_us = password_closed_us(ways, back->object);

	for (size_t i = 0; i < ways->of->act_count; i++) {
		const struct act *act = &ways->of->acts[i];

		if (is_intruder(act) && act->time_us > until_us &&
		    act->outcome != OUTCOME_FAILURE && !act->app_only &&
		    !act->by_app && is_by(act, back) &&
		    is_use(act, back->way) &&
		    (act->certainty == CERTAINLY_INTRUDER ||
		        anew_us == EVENT_NO_TIME || act->time_us < anew_us))
			return true;
	}
	return false;
}

/* Sessions first: what they are by depends on the password. */
static void
open_again(struct ways *ways)
{
	static const enum way kinds[] = {
	    WAY_REFRESH_TOKEN, WAY_SESSION, WAY_PASSWORD};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t i = bound(ways, kinds[k], SLICE(""));
		     i < ways->count && ways->list[i].back.way == kinds[k];
		     i++) {
			struct way_back *back = &ways->list[i].back;

			if (back->closed_us == EVENT_NO_TIME ||
			    !is_used_again(ways, back))
				continue;
			back->closed_us = EVENT_NO_TIME;
			back->closed_index = NO_ACT;
		}
}

/* --- the result --- */

static int
back_order(const void *a, const void *b)
{
	const struct way_back *x = a, *y = b;
	int order = (x->state != WAY_OPEN) - (y->state != WAY_OPEN);

	if (!order)
		order = (int)x->way - (int)y->way;
	if (!order)
		order = (x->opened_us > y->opened_us) -
		        (x->opened_us < y->opened_us);
	if (!order)
		order = slice_order(x->object, y->object);
	return order ? order : slice_order(x->place, y->place);
}

size_t
ways_find(const struct ways_of *of, const struct way_back **out)
{
	struct ways ways = {.of = of, .last_us = EVENT_NO_TIME};
	struct way_back *list;
	size_t count;
	struct told *told = told_all(of, &count);

	for (size_t i = 0; i < of->act_count; i++) {
		if (is_intruder(&of->acts[i]))
			ways.last_us =
			    ways_later(ways.last_us, of->acts[i].time_us);
		if (of->acts[i].kind == KIND_GRAPH_ACTIVITY)
			ways.graph = true;
	}
	for (size_t i = 0; i < count; i++)
		if (told[i].change->verb == WAY_OPENS && opener(told[i].act))
			add_opened(&ways, &told[i]);
	ways_taken(&ways);
	for (size_t i = 0; i < count; i++) {
		apply_to_all(&ways, &told[i]);
		apply_to_held(&ways, &told[i]);
	}
	close_held(&ways);
	open_again(&ways);
	ways_seen(&ways);
	list = arena_alloc(of->arena, (ways.count + 1) * sizeof(*list));
	count = ways.count;
	for (size_t i = 0; i < count; i++)
		list[i] = ways.list[i].back;
	free(ways.list);
	qsort(list, count, sizeof(*list), back_order);
	*out = list;
	return count;
}
