#include "incident/unseen_part.h"

#include <stdlib.h>

#include "incident/change.h"
#include "incident/say.h"

/*
 * A session or token that no sign-in in the data explains may be forged; or
 * its sign-in is older than the data, or missing.  So it is said only where
 * sign-ins of that account are there in the week before, where they tell
 * sessions (tokens) at all, and of sessions that were not there on the data's
 * first day.
 */
#define DAY_US   INT64_C(86400000000)
#define WEEK_US  (7 * DAY_US)
#define TOKEN_US (INT64_C(28) * 3600 * 1000000) /* longest life of a token */

/* That something was there at a time. */
struct noted {
	struct slice what; /* lower case */
	int64_t time_us;
};

struct notes {
	struct noted *list;
	size_t count;
};

/* A text of an act in lower case; most acts have one of a few. */
struct lowered {
	struct slice of, text;
};

#define LOWERED 256

struct forged {
	struct unseen_list *list;
	struct arena room; /* of notes */
	struct lowered lowered[LOWERED];
	struct notes signins;   /* by who */
	struct notes tellings;  /* by who: sign-ins that tell a session */
	struct notes programs;  /* by who: sign-ins that tell each token */
	struct notes explained; /* sessions and tokens of sign-ins */
	struct notes sessions;  /* of all acts */
};

/* --- notes --- */

static int
by_what(const void *a, const void *b)
{
	const struct noted *x = a, *y = b;
	int order = slice_order(x->what, y->what);

	return order ? order
	             : (x->time_us > y->time_us) - (x->time_us < y->time_us);
}

/* By where it stands. */
static struct slice
lower(struct forged *f, struct slice text)
{
	struct lowered *at = &f->lowered[(uintptr_t)text.ptr / 8 % LOWERED];

	if (!text.len)
		return SLICE("");
	if (at->of.ptr != text.ptr || at->of.len != text.len)
		*at = (struct lowered){text, way_lower(text, &f->room)};
	return at->text;
}

static void
note(struct forged *f, struct notes *notes, struct slice what, int64_t time_us)
{
	if (what.len)
		notes->list[notes->count++] =
		    (struct noted){lower(f, what), time_us};
}

static void
sort(struct notes *notes)
{
	if (notes->count)
		qsort(notes->list, notes->count, sizeof(*notes->list), by_what);
}

/* The last one at or before that time; NULL: there is none. */
static const struct noted *
last_before(const struct notes *notes, struct slice what, int64_t time_us)
{
	const struct noted wanted = {what, time_us};
	size_t from = 0, to = notes->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (by_what(&notes->list[middle], &wanted) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (!from || !slice_eq(notes->list[from - 1].what, what))
		return NULL;
	return &notes->list[from - 1];
}

static const struct noted *
first_of(const struct notes *notes, struct slice what)
{
	size_t from = 0, to = notes->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (slice_order(notes->list[middle].what, what) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == notes->count || !slice_eq(notes->list[from].what, what))
		return NULL;
	return &notes->list[from];
}

/* --- what is there --- */

static struct slice
who_of(const struct act *act)
{
	return act->app_only ? act->col[EV_APP_ID] : act->account;
}

static void
take(struct forged *f, const struct act *act)
{
	struct slice session = act->col[EV_SESSION];
	struct slice token = act->token;

	note(f, &f->sessions, session, act->time_us);
	if (!act->signin || act->outcome == OUTCOME_FAILURE)
		return;
	note(f, &f->signins, who_of(act), act->time_us);
	if (session.len)
		note(f, &f->tellings, who_of(act), act->time_us);
	/* People's own sign-ins get tokens that are exchanged for others. */
	if (token.len && act->kind != KIND_SIGNIN &&
	    act->kind != KIND_O365_AUDIT)
		note(f, &f->programs, who_of(act), act->time_us);
	note(f, &f->explained, session, act->time_us);
	note(f, &f->explained, token, act->time_us);
}

static void
look(struct forged *f)
{
	const struct unseen_of *of = f->list->of;
	struct notes *const all[] = {&f->signins, &f->tellings, &f->programs,
	    &f->explained, &f->sessions};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		all[i]->list = arena_alloc(
		    &f->room, (2 * of->act_count + 1) * sizeof(*all[i]->list));
	for (size_t i = 0; i < of->act_count; i++)
		if (of->acts[i].time_us != EVENT_NO_TIME)
			take(f, &of->acts[i]);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		sort(all[i]);
}

/* --- judging --- */

static bool
is_recent(const struct notes *notes, struct slice who, int64_t time_us)
{
	const struct noted *last = last_before(notes, who, time_us);

	return last && last->time_us >= time_us - WEEK_US;
}

/* Whether it can be said that no sign-in explains it, and it is so. */
static bool
is_unexplained(struct forged *f, const struct act *act)
{
	int64_t begin_us = f->list->of->data_from_us;
	struct slice who = lower(f, who_of(act));
	struct slice session = lower(f, act->col[EV_SESSION]);
	struct slice token = lower(f, act->token);

	if (begin_us == EVENT_NO_TIME || !who.len ||
	    first_of(&f->explained, session) || first_of(&f->explained, token))
		return false;
	if (session.len && !act->app_only)
		return is_recent(&f->tellings, who, act->time_us) &&
		       first_of(&f->sessions, session)->time_us >=
		           begin_us + DAY_US;
	return token.len && is_recent(&f->programs, who, act->time_us) &&
	       act->time_us >= begin_us + TOKEN_US;
}

static bool
is_judged(const struct act *act)
{
	return act->certainty != NOT_INTRUDER && !act->signin &&
	       act->outcome != OUTCOME_FAILURE &&
	       act->time_us != EVENT_NO_TIME &&
	       (act->col[EV_SESSION].len || act->token.len);
}

struct unexplained {
	struct slice who;
	const struct act *act;
};

static int
by_who(const void *a, const void *b)
{
	const struct unexplained *x = a, *y = b;
	int order = slice_order(x->who, y->who);

	if (!order)
		order = (x->act->time_us > y->act->time_us) -
		        (x->act->time_us < y->act->time_us);
	if (!order)
		order = (x->act->index > y->act->index) -
		        (x->act->index < y->act->index);
	return order;
}

/* Those of one account or app, by time. */
static void
tell(struct unseen_list *list, const struct unexplained *at, size_t count)
{
	struct arena *arena = list->of->arena;
	const struct act *first = at[0].act, *last = at[count - 1].act;
	struct unseen *unseen = unseen_add(list, UNSEEN_FORGED);
	bool session = first->col[EV_SESSION].len != 0;

	unseen->from_us = first->time_us;
	unseen->to_us = last->time_us;
	unseen->index = first->index;
	unseen->detail = arena_printf(arena,
	    "%zu acts as %s from %s to %s in a %s that no sign-in in the data "
	    "explains (" SLICE_FMT
	    "): whoever forges such needs no sign-in; the provider's own "
	    "records of issued tokens would settle it",
	    count, say_who(arena, first), say_time(arena, first->time_us),
	    say_time(arena, last->time_us), session ? "session" : "token",
	    SLICE_ARG(session ? first->col[EV_SESSION] : first->token));
	if (!first->app_only)
		unseen_place(list, unseen, arena_copy(arena, at[0].who));
}

void
unseen_forged(struct unseen_list *list)
{
	const struct unseen_of *of = list->of;
	struct forged f = {.list = list};
	struct unexplained *found;
	size_t count = 0, end;

	look(&f);
	found = arena_alloc(&f.room, (of->act_count + 1) * sizeof(*found));
	for (size_t i = 0; i < of->act_count; i++)
		if (is_judged(&of->acts[i]) && is_unexplained(&f, &of->acts[i]))
			found[count++] = (struct unexplained){
			    lower(&f, who_of(&of->acts[i])), &of->acts[i]};
	if (count)
		qsort(found, count, sizeof(*found), by_who);
	for (size_t i = 0; i < count; i = end) {
		end = i + 1;
		while (end < count && slice_eq(found[i].who, found[end].who))
			end++;
		tell(list, &found[i], end - i);
	}
	arena_release(&f.room);
}
