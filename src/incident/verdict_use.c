/*
 * When the intruder last got in, of what was attributed.
 *
 * Who owns a stolen account goes on using it when its password was reset and
 * its sessions were revoked.  What is then only likely the intruder's, by a
 * mark that the owner shares, would need a new session; so it is the owner's
 * from then on, but for
 * - a session in which the intruder acted before: it was to be dead;
 * - what has no session, while a token from before may be good.
 */
#include <stdlib.h>

#include "incident/change.h"
#include "incident/verdict_part.h"

/* An account whose password and sessions were closed. */
struct owner {
	struct slice id; /* object of its ways back, lower case */
	struct slice name;
	int64_t closed_us, tokens_us;
};

struct owners {
	struct owner *list;
	size_t count;
	struct slice *sessions; /* in which the intruder was; ascending */
	size_t session_count;
};

/* --- whose account was given back --- */

static bool
is_of_session(const struct way_back *way)
{
	return way->way == WAY_SESSION || way->way == WAY_REFRESH_TOKEN;
}

static bool
is_closed(const struct way_back *way)
{
	return way->state != WAY_OPEN && way->closed_us != EVENT_NO_TIME;
}

/* Closes what is known of sessions, too; false if one of them is open. */
static bool
close_sessions(
    const struct judge *j, const struct way_back *password, struct owner *owner)
{
	bool closed = false;

	for (size_t i = 0; i < j->of->way_count; i++) {
		const struct way_back *way = &j->of->ways[i];
		int64_t lives_us = way_kinds[way->way].lives_us;

		/* Not each one's object id is known. */
		if (!is_of_session(way) ||
		    !slice_alike(way->object, password->object) ||
		    !slice_alike(way->holder_name, password->holder_name))
			continue;
		if (!is_closed(way))
			return false;
		closed = true;
		if (way->closed_us > owner->closed_us)
			owner->closed_us = way->closed_us;
		if (way->closed_us + lives_us > owner->tokens_us)
			owner->tokens_us = way->closed_us + lives_us;
	}
	return closed;
}

static void
find_owners(const struct judge *j, struct owners *owners)
{
	struct arena *arena = j->of->arena;

	owners->list =
	    arena_calloc(arena, j->of->way_count + 1, sizeof(*owners->list));
	for (size_t i = 0; i < j->of->way_count; i++) {
		const struct way_back *way = &j->of->ways[i];
		struct owner owner = {.id = way->object,
		    .name =
		        way->holder_name.len ? way->holder_name : way->holder,
		    .closed_us = way->closed_us,
		    .tokens_us = way->closed_us};

		if (way->way == WAY_PASSWORD && is_closed(way) &&
		    close_sessions(j, way, &owner))
			owners->list[owners->count++] = owner;
	}
}

static const struct owner *
owner_of(const struct owners *owners, const struct act *act)
{
	for (size_t i = 0; i < owners->count; i++) {
		const struct owner *owner = &owners->list[i];

		if ((act->account_id.len &&
		        slice_alike(act->account_id, owner->id)) ||
		    (act->account.len &&
		        (slice_alike(act->account, owner->id) ||
		            slice_alike(act->account, owner->name))))
			return owner;
	}
	return NULL;
}

/* --- sessions from before --- */

static int
by_text(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return slice_order(*x, *y);
}

static void
find_sessions(const struct judge *j, struct owners *owners)
{
	struct arena *arena = j->of->arena;

	owners->sessions = arena_alloc(
	    arena, (j->of->act_count + 1) * sizeof(*owners->sessions));
	for (size_t i = 0; i < j->of->act_count; i++) {
		const struct act *act = &j->of->acts[i];
		const struct owner *owner;

		if (act->certainty == NOT_INTRUDER || !act->col[EV_SESSION].len)
			continue;
		owner = owner_of(owners, act);
		if (owner && act->time_us <= owner->closed_us)
			owners->sessions[owners->session_count++] =
			    way_lower(act->col[EV_SESSION], arena);
	}
	if (owners->session_count)
		qsort(owners->sessions, owners->session_count,
		    sizeof(*owners->sessions), by_text);
}

static bool
is_old_session(
    const struct judge *j, const struct owners *owners, struct slice session)
{
	struct slice low = way_lower(session, j->of->arena);

	return owners->session_count &&
	       bsearch(&low, owners->sessions, owners->session_count,
	           sizeof(low), by_text);
}

static bool
is_shared(const struct judge *j, const struct act *act)
{
	return act->mark < j->of->mark_count && !j->of->marks[act->mark].own;
}

static bool
is_owners(
    const struct judge *j, const struct owners *owners, const struct act *act)
{
	const struct owner *owner;

	if (act->certainty != LIKELY_INTRUDER || !is_shared(j, act))
		return false;
	owner = owner_of(owners, act);
	if (!owner || act->time_us <= owner->closed_us)
		return false;
	if (!act->col[EV_SESSION].len)
		return act->time_us > owner->tokens_us;
	return !is_old_session(j, owners, act->col[EV_SESSION]);
}

/* --- uses --- */

static bool
is_later(const struct act *act, const struct act *than)
{
	return !than || act->time_us > than->time_us ||
	       (act->time_us == than->time_us && act->index < than->index);
}

static void
take(struct judge *j, const struct owners *owners, const struct act *act)
{
	if (act->certainty == NOT_INTRUDER || is_owners(j, owners, act))
		return;
	if (act->time_us == EVENT_NO_TIME) {
		j->against.no_time |= act->outcome != OUTCOME_FAILURE;
	} else if (act->outcome == OUTCOME_FAILURE) {
		if (is_later(act, j->attempt))
			j->attempt = act;
	} else {
		if (!j->first || act->time_us < j->first->time_us)
			j->first = act;
		if (is_later(act, j->last))
			j->last = act;
	}
}

void
judge_uses(struct judge *j)
{
	struct owners owners = {0};

	find_owners(j, &owners);
	if (owners.count)
		find_sessions(j, &owners);
	for (size_t i = 0; i < j->of->act_count; i++)
		take(j, &owners, &j->of->acts[i]);
}
