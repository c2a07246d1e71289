#include "incident/unseen_part.h"

#include <stdlib.h>

#include "incident/say.h"

/* Something was switched off, or on again. */
struct switched {
	enum blind_cause cause;
	struct slice place;
	int64_t time_us, to_us;
	bool ends, intruder;
	uint64_t index;
};

struct switches {
	struct switched *list;
	size_t count;
};

static int
by_time(const void *a, const void *b)
{
	const struct switched *x = a, *y = b;
	int order = (int)x->cause - (int)y->cause;

	if (!order)
		order = slice_order(x->place, y->place);
	if (!order)
		order = (x->time_us > y->time_us) - (x->time_us < y->time_us);
	if (!order)
		order = (int)x->ends - (int)y->ends;
	return order ? order : (x->index > y->index) - (x->index < y->index);
}

static bool
is_blinding(const struct act *act, const struct blind *blind)
{
	bool intruder = act->certainty != NOT_INTRUDER;

	/* Such items are there: throttled, possibly accessed. */
	if (blind->cause == BLIND_THROTTLED)
		return !intruder;
	return blind->cause != BLIND_EDISCOVERY || intruder;
}

static void
collect(const struct unseen_list *list, struct switches *out)
{
	const struct unseen_of *of = list->of;
	size_t room = 0;

	for (size_t i = 0; i < of->act_count; i++)
		room += of->acts[i].blind_count;
	out->list = arena_calloc(of->arena, room + 1, sizeof(*out->list));
	for (size_t i = 0; i < of->act_count; i++) {
		const struct act *act = &of->acts[i];

		if (act->outcome == OUTCOME_FAILURE)
			continue;
		for (uint32_t k = 0; k < act->blind_count; k++) {
			const struct blind *blind = &act->blinds[k];

			if (!is_blinding(act, blind))
				continue;
			out->list[out->count++] =
			    (struct switched){.cause = blind->cause,
			        .place = blind->place,
			        .time_us = act->time_us,
			        .to_us = blind->to_us,
			        .ends = blind->ends,
			        .intruder = act->certainty != NOT_INTRUDER,
			        .index = act->index};
		}
	}
	if (out->count)
		qsort(out->list, out->count, sizeof(*out->list), by_time);
}

/* --- saying it --- */

static const char *
what(const struct unseen_list *list, const struct switched *off)
{
	static const char *const causes[BLIND_CAUSES] = {
	    [BLIND_LOG_OFF] = "the audit log was off",
	    [BLIND_MAILBOX_OFF] = "auditing was off in mailbox",
	    [BLIND_BYPASS] = "nothing was logged (audit bypass) of",
	    [BLIND_LICENCE] =
	        "no licence to log what mail is read was there for",
	    [BLIND_THROTTLED] =
	        "what was read was not logged (throttled) in mailbox",
	    [BLIND_EDISCOVERY] =
	        "eDiscovery by the intruder, which no mailbox logs,",
	};

	if (!off->place.len)
		return off->cause == BLIND_MAILBOX_OFF
		           ? "auditing was off in all mailboxes"
		           : causes[off->cause];
	return arena_printf(list->of->arena, "%s " SLICE_FMT,
	    causes[off->cause], SLICE_ARG(off->place))
	    .ptr;
}

static struct slice
words(const struct unseen_list *list, const struct switched *off, bool unknown)
{
	struct arena *arena = list->of->arena;
	const char *is = what(list, off);

	if (unknown)
		return arena_printf(arena,
		    "%s until %s, or was not: it was switched on then, and "
		    "what was before is not in the data",
		    is, say_time(arena, off->to_us));
	if (off->to_us == EVENT_NO_TIME)
		return arena_printf(arena,
		    "%s from %s, and nothing says that it ended", is,
		    say_time(arena, off->time_us));
	return arena_printf(arena, "%s from %s to %s", is,
	    say_time(arena, off->time_us), say_time(arena, off->to_us));
}

static bool
is_address(struct slice place)
{
	return place.len && memchr(place.ptr, '@', place.len);
}

/* A name that is no address cannot be compared with those of accounts. */
static bool
is_relevant(const struct unseen_list *list, const struct switched *off)
{
	return off->cause == BLIND_LOG_OFF || off->intruder ||
	       unseen_opens(list, off->place) || !is_address(off->place);
}

static void
tell(struct unseen_list *list, const struct switched *off, bool unknown)
{
	struct unseen *unseen;

	if (!unseen_touches(list, off->to_us) || !is_relevant(list, off))
		return;
	unseen = unseen_add(list,
	    off->cause == BLIND_EDISCOVERY ? UNSEEN_EDISCOVERY : UNSEEN_BLIND);
	unseen->from_us = unknown ? EVENT_NO_TIME : off->time_us;
	unseen->to_us = off->to_us;
	unseen->index = off->index;
	unseen->detail = words(list, off, unknown);
	if (off->cause == BLIND_LOG_OFF)
		return;
	/* Who is bypassed can open other mailboxes, too. */
	if (off->cause != BLIND_BYPASS && is_address(off->place))
		unseen_place(list, unseen, off->place);
	else if (off->cause != BLIND_EDISCOVERY)
		unseen_places(list, unseen);
}

/* --- pairing --- */

static bool
is_same(const struct switched *a, const struct switched *b)
{
	return a->cause == b->cause && slice_eq(a->place, b->place);
}

/* One more while it is off already. */
static void
extend(struct switched *off, const struct switched *more)
{
	if (off->to_us != EVENT_NO_TIME &&
	    (more->to_us == EVENT_NO_TIME || more->to_us > off->to_us))
		off->to_us = more->to_us;
	off->intruder |= more->intruder;
}

static bool
is_past(const struct switched *off, int64_t time_us)
{
	return off->to_us != EVENT_NO_TIME && off->to_us < time_us;
}

/* Those of one cause and place, by time. */
static void
pair(struct unseen_list *list, const struct switched *at, size_t count)
{
	struct switched off = {0};
	bool is_off = false;

	for (size_t i = 0; i < count; i++) {
		if (is_off && is_past(&off, at[i].time_us)) {
			tell(list, &off, false);
			is_off = false;
		}
		if (at[i].ends && is_off) {
			off.to_us = at[i].time_us;
			off.intruder |= at[i].intruder;
			tell(list, &off, false);
			is_off = false;
		} else if (at[i].ends && i == 0) {
			off = at[i];
			off.to_us = at[i].time_us;
			tell(list, &off, true);
		} else if (!at[i].ends && is_off) {
			extend(&off, &at[i]);
		} else if (!at[i].ends) {
			off = at[i];
			is_off = true;
		}
	}
	if (is_off)
		tell(list, &off, false);
}

void
unseen_blinds(struct unseen_list *list)
{
	struct switches all = {0};
	size_t end;

	collect(list, &all);
	for (size_t i = 0; i < all.count; i = end) {
		end = i + 1;
		while (end < all.count && is_same(&all.list[i], &all.list[end]))
			end++;
		pair(list, &all.list[i], end - i);
	}
}
