#include "incident/unseen.h"

#include <stdlib.h>
#include <string.h>

#include "incident/change.h"
#include "incident/say.h"
#include "incident/unseen_part.h"

#define DAY_US INT64_C(86400000000)

const char *const unseen_cause_names[UNSEEN_CAUSES] = {
    [UNSEEN_GAP] = "gap",
    [UNSEEN_BLIND] = "blind",
    [UNSEEN_EDISCOVERY] = "ediscovery",
    [UNSEEN_FORGED] = "forged",
    [UNSEEN_REACH] = "reach",
    [UNSEEN_INCOMPLETE] = "incomplete",
    [UNSEEN_ERASED] = "erased",
};

/* --- the list --- */

struct unseen *
unseen_add(struct unseen_list *list, enum unseen_cause cause)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		struct unseen *grown =
		    arena_calloc(list->of->arena, room, sizeof(*grown));

		if (list->count)
			memcpy(grown, list->list, list->count * sizeof(*grown));
		list->list = grown;
		list->room = room;
	}
	list->list[list->count] = (struct unseen){.cause = cause,
	    .from_us = EVENT_NO_TIME,
	    .to_us = EVENT_NO_TIME,
	    .heals_until_us = EVENT_NO_TIME,
	    .index = NO_ACT};
	return &list->list[list->count++];
}

bool
unseen_touches(const struct unseen_list *list, int64_t to_us)
{
	return to_us == EVENT_NO_TIME || to_us >= list->from_us;
}

void
unseen_places(const struct unseen_list *list, struct unseen *unseen)
{
	if (list->everything)
		return;
	unseen->places = list->places;
	unseen->place_count = list->place_count;
}

void
unseen_place(
    const struct unseen_list *list, struct unseen *unseen, struct slice place)
{
	struct slice *one;

	if (!place.len)
		return;
	one = arena_alloc(list->of->arena, sizeof(*one));
	*one = place;
	unseen->places = one;
	unseen->place_count = 1;
}

/* --- what the intruder could open --- */

static int
by_text(const void *a, const void *b)
{
	const struct slice *x = a, *y = b;

	return slice_order(*x, *y);
}

bool
unseen_opens(const struct unseen_list *list, struct slice place)
{
	return list->everything || !place.len ||
	       (list->place_count &&
	           bsearch(&place, list->places, list->place_count,
	               sizeof(place), by_text));
}

/* Only who administers can do these; then any mailbox can be opened. */
static bool
is_of_all(const struct way_change *change, struct slice account)
{
	static const char *const rights[] = {"full_access_as_app", "Mail.",
	    "MailboxSettings.", "Sites.", "Files.", "EWS.", "IMAP.",
	    "Exchange."};

	switch (change->way) {
	case WAY_DIRECTORY_ROLE:
	case WAY_ELIGIBLE_ROLE:
	case WAY_EDISCOVERY_ROLE:
	case WAY_TRANSPORT_RULE:
	case WAY_JOURNAL_RULE:
	case WAY_PERMISSION:
		return true;
	case WAY_MAILBOX_PERMISSION:
		return !slice_alike(change->place, account);
	case WAY_APP_ROLE:
		for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
			if (memmem(change->detail.ptr, change->detail.len,
			        rights[i], strlen(rights[i])))
				return true;
		return !change->detail.len;
	default:
		return false;
	}
}

static bool
is_of_everything(const struct act *act)
{
	if (act->outcome == OUTCOME_FAILURE)
		return false;
	if (act->app_only)
		return true;
	for (uint32_t i = 0; i < act->change_count; i++)
		if (act->changes[i].verb == WAY_OPENS &&
		    is_of_all(&act->changes[i], act->account))
			return true;
	return false;
}

/* An app that was given and never acted may act with rights of its own. */
static bool
is_app_given(const struct mark *mark)
{
	return !mark->cut &&
	       (mark->kind == MARK_APP || mark->kind == MARK_CREDENTIAL) &&
	       mark->rule <= RULE_FINDING && !mark->certain && !mark->likely;
}

static void
add_place(struct unseen_list *list, size_t *room, struct slice place)
{
	if (!place.len)
		return;
	if (list->place_count == *room) {
		size_t more = *room ? 2 * *room : 16;
		struct slice *grown =
		    arena_alloc(list->of->arena, more * sizeof(*grown));

		if (list->place_count)
			memcpy(grown, list->places,
			    list->place_count * sizeof(*grown));
		list->places = grown;
		*room = more;
	}
	list->places[list->place_count++] = way_lower(place, list->of->arena);
}

static bool
is_in_mailbox(const struct reach *reach)
{
	return reach->kind <= REACH_MAILBOX;
}

static void
add_act_places(struct unseen_list *list, size_t *room, const struct act *act)
{
	add_place(list, room, act->account);
	add_place(list, room, act->mailbox);
	for (uint32_t i = 0; i < act->reach_count; i++)
		if (is_in_mailbox(&act->reaches[i]))
			add_place(list, room, act->reaches[i].place);
	for (uint32_t i = 0; i < act->change_count; i++)
		if (act->changes[i].way == WAY_MAILBOX_PERMISSION ||
		    act->changes[i].way == WAY_FOLDER_PERMISSION)
			add_place(list, room, act->changes[i].place);
}

static void
sort_places(struct unseen_list *list)
{
	size_t kept = 0;

	if (list->place_count)
		qsort(list->places, list->place_count, sizeof(*list->places),
		    by_text);
	for (size_t i = 0; i < list->place_count; i++)
		if (!kept || !slice_eq(list->places[kept - 1], list->places[i]))
			list->places[kept++] = list->places[i];
	list->place_count = kept;
}

static void
find_places(struct unseen_list *list)
{
	const struct unseen_of *of = list->of;
	struct slice last = SLICE("");
	size_t room = 0;

	for (size_t i = 0; i < of->mark_count; i++) {
		const struct mark *mark = &of->marks[i];

		list->everything |= is_app_given(mark);
		if (mark->kind == MARK_USER && !mark->cut)
			add_place(list, &room, mark->value);
	}
	for (size_t i = 0; i < of->act_count && !list->everything; i++) {
		const struct act *act = &of->acts[i];

		if (act->certainty == NOT_INTRUDER)
			continue;
		list->everything |= is_of_everything(act);
		/* Most acts are in the mailbox of the one before. */
		if (!act->change_count && act->reach_count <= 1 && last.len &&
		    slice_eq(act->account, last) &&
		    slice_eq(act->mailbox, last))
			continue;
		add_act_places(list, &room, act);
		last = act->account;
	}
	sort_places(list);
	list->everything |= !list->place_count;
}

bool
unseen_opens_all(
    const struct unseen_of *of, const struct slice **places, size_t *count)
{
	struct unseen_list list = {.of = of};

	find_places(&list);
	*places = list.places;
	*count = list.place_count;
	return list.everything;
}

/* --- gaps --- */

/*
 * A gap that ends less than a day before what is known of the intruder may hide
 * what came first; so may one before that.
 */
static void
find_begin(struct unseen_list *list)
{
	const struct coverage *coverage = list->of->coverage;
	bool moved = coverage != NULL;

	list->from_us = list->of->first_us != EVENT_NO_TIME
	                    ? list->of->first_us
	                    : list->of->data_from_us;
	while (moved && list->from_us > INT64_MIN + DAY_US) {
		moved = false;
		for (size_t i = 0; i < coverage_gap_count(coverage); i++) {
			const struct gap_seen *seen = coverage_gap(coverage, i);
			const struct shown *shown =
			    shows_missing(&list->shows, seen);
			int64_t from_us, to_us;

			if (!shown || !shown->followed)
				continue;
			shows_gap_times(shown, seen, &from_us, &to_us);
			if (from_us >= list->from_us ||
			    (to_us != EVENT_NO_TIME &&
			        to_us < list->from_us - DAY_US))
				continue;
			list->from_us = from_us;
			moved = true;
		}
	}
}

static void
add_gap(struct unseen_list *list, const struct gap_seen *seen)
{
	const struct shown *shown = shows_missing(&list->shows, seen);
	int64_t from_us, to_us;
	struct unseen *unseen;

	if (!shown || !(shown->shows & SHOWS_READS))
		return;
	shows_gap_times(shown, seen, &from_us, &to_us);
	if (!unseen_touches(list, to_us))
		return;
	unseen = unseen_add(list, UNSEEN_GAP);
	unseen->from_us = from_us;
	unseen->to_us = to_us;
	unseen->source = shown->source;
	unseen->stream = shown->stream;
	unseen->heals_until_us = seen->gap.heals_until_us;
	unseen->index = seen->index;
	unseen->detail = shows_gap_words(list->of->arena, shown, seen);
	/* Sites, chats and teams are not bound to one person. */
	if (shown->shows == SHOWS_MAIL)
		unseen_places(list, unseen);
}

static void
add_gaps(struct unseen_list *list)
{
	const struct coverage *coverage = list->of->coverage;

	for (size_t i = 0; coverage && i < coverage_gap_count(coverage); i++)
		add_gap(list, coverage_gap(coverage, i));
}

/* --- how far the data reach, and how far they are whole --- */

static void
add_reach(struct unseen_list *list)
{
	const struct unseen_of *of = list->of;
	struct unseen *unseen;

	if (of->first_us != EVENT_NO_TIME &&
	    of->data_from_us != EVENT_NO_TIME &&
	    list->from_us < of->data_from_us + DAY_US) {
		unseen = unseen_add(list, UNSEEN_REACH);
		unseen->to_us = of->data_from_us;
		unseen->detail = arena_printf(of->arena,
		    "the intruder is there within a day of where the data "
		    "begin, %s: what was done before is not in them (audit "
		    "logs are kept for 180 days, or as the licence says)",
		    say_time(of->arena, of->data_from_us));
		unseen_places(list, unseen);
	}
	if (of->data_to_us == EVENT_NO_TIME)
		return;
	unseen = unseen_add(list, UNSEEN_REACH);
	unseen->from_us = of->data_to_us;
	unseen->detail = arena_printf(of->arena, "the data end at %s",
	    say_time(of->arena, of->data_to_us));
	unseen_places(list, unseen);
}

static struct slice
incomplete_words(const struct unseen_list *list, const struct shown *shown)
{
	struct arena *arena = list->of->arena;

	if (!shown->source.len)
		return arena_printf(arena,
		    "no source that is followed shows " SLICE_FMT
		    ": exports have no clock, and nobody knows what is not in "
		    "them",
		    SLICE_ARG(shown->words));
	if (shown->complete_us == EVENT_NO_TIME)
		return arena_printf(arena,
		    SLICE_FMT " " SLICE_FMT " has no clock yet: it is not "
		              "known until when it is complete",
		    SLICE_ARG(shown->source), SLICE_ARG(shown->stream));
	return arena_printf(arena,
	    SLICE_FMT " " SLICE_FMT " is complete to %s only",
	    SLICE_ARG(shown->source), SLICE_ARG(shown->stream),
	    say_time(arena, shown->complete_us));
}

static void
add_incomplete(struct unseen_list *list)
{
	int64_t last_us = list->of->last_us != EVENT_NO_TIME
	                      ? list->of->last_us
	                      : list->of->data_to_us;

	for (size_t i = 0; i < list->shows.count; i++) {
		const struct shown *shown = &list->shows.list[i];
		struct unseen *unseen;

		if (!(shown->shows & SHOWS_READS) ||
		    (shown->source.len && !shown->followed) ||
		    (shown->complete_us != EVENT_NO_TIME &&
		        shown->complete_us >= last_us))
			continue;
		unseen = unseen_add(list, UNSEEN_INCOMPLETE);
		unseen->from_us = shown->complete_us;
		unseen->source = shown->source.len ? shown->source : shown->log;
		unseen->stream = shown->stream;
		unseen->detail = incomplete_words(list, shown);
		if (shown->shows == SHOWS_MAIL)
			unseen_places(list, unseen);
	}
}

/* --- what is not there any more --- */

/* Of whom they were is not known, either; what they tell was before. */
static void
add_erased(struct unseen_list *list)
{
	const struct unseen_erased *erased = &list->of->erased;
	struct arena *arena = list->of->arena;
	struct unseen *unseen;

	if (!erased->count)
		return;
	unseen = unseen_add(list, UNSEEN_ERASED);
	unseen->from_us = list->of->first_us;
	unseen->to_us = erased->last_us;
	unseen->index = erased->index;
	unseen->detail = arena_printf(arena,
	    "%ju record%s, received from %s to %s, %s been erased since",
	    (uintmax_t)erased->count, erased->count == 1 ? "" : "s",
	    say_time(arena, erased->first_us), say_time(arena, erased->last_us),
	    erased->count == 1 ? "has" : "have");
}

/* --- all --- */

static int
by_begin(const void *a, const void *b)
{
	const struct unseen *x = a, *y = b;
	int order = (x->from_us > y->from_us) - (x->from_us < y->from_us);

	if (!order)
		order = (int)x->cause - (int)y->cause;
	if (!order)
		order = slice_order(x->source, y->source);
	if (!order)
		order = slice_order(x->stream, y->stream);
	if (!order)
		order = (x->index > y->index) - (x->index < y->index);
	return order ? order : slice_order(x->detail, y->detail);
}

size_t
unseen_find(const struct unseen_of *of, const struct unseen **out)
{
	struct unseen_list list = {.of = of};

	shows_find(&list.shows, &(struct shows_of){.coverage = of->coverage,
	                            .acts = of->acts,
	                            .act_count = of->act_count,
	                            .statements = of->statements,
	                            .statement_count = of->statement_count,
	                            .arena = of->arena});
	find_begin(&list);
	find_places(&list);
	add_gaps(&list);
	unseen_blinds(&list);
	unseen_forged(&list);
	add_reach(&list);
	add_incomplete(&list);
	add_erased(&list);
	if (list.count)
		qsort(list.list, list.count, sizeof(*list.list), by_begin);
	*out = list.list;
	return list.count;
}
