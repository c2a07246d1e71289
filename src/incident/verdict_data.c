#include "incident/say.h"
#include "incident/verdict_part.h"

#define DAY_US INT64_C(86400000000)

/* --- sources --- */

/* Until when a source has to be complete. */
static int64_t
needed_us(const struct judge *j)
{
	return j->since_us == EVENT_NO_TIME ? INT64_MAX
	                                    : j->since_us + j->life_us;
}

static void
say_source(struct judge *j, const struct shown *shown)
{
	struct arena *arena = j->of->arena;
	struct slice name = arena_printf(arena, SLICE_FMT "/" SLICE_FMT,
	    SLICE_ARG(shown->source), SLICE_ARG(shown->stream));
	const char *need = say_time(arena, needed_us(j));

	if (!shown->source.len)
		name = shown->log;
	if (shown->complete_us != EVENT_NO_TIME)
		judge_say(j, &j->reasons,
		    arena_printf(arena,
		        SLICE_FMT
		        " (" SLICE_FMT
		        ") is complete to %s, and would have to be to %s",
		        SLICE_ARG(name), SLICE_ARG(shown->words),
		        say_time(arena, shown->complete_us), need));
	else if (shown->source.len)
		judge_say(j, &j->reasons,
		    arena_printf(arena,
		        SLICE_FMT " (" SLICE_FMT ") has no clock yet",
		        SLICE_ARG(name), SLICE_ARG(shown->words)));
	else
		judge_say(j, &j->reasons,
		    arena_printf(arena,
		        "no source that is followed shows " SLICE_FMT
		        ", and nobody says that what was imported is complete",
		        SLICE_ARG(shown->words)));
	if (j->since_us == EVENT_NO_TIME)
		return;
	judge_say(j, &j->settles,
	    arena_printf(arena,
	        SLICE_FMT " complete to %s: wait for it, or who exported all "
	                  "of it says so: --state 'log " SLICE_FMT
	                  " complete to TIME, by NAME, evidence FILE'",
	        SLICE_ARG(name), need, SLICE_ARG(name)));
}

static void
judge_sources(struct judge *j)
{
	for (size_t i = 0; i < j->shows.count; i++) {
		const struct shown *shown = &j->shows.list[i];

		if (!shown->shows || (shown->source.len && !shown->followed) ||
		    (shown->complete_us != EVENT_NO_TIME &&
		        shown->complete_us >= needed_us(j)))
			continue;
		j->against.sources++;
		say_source(j, shown);
	}
}

/* --- gaps --- */

/* Whether it reaches past T. */
static bool
is_later(const struct judge *j, int64_t to_us)
{
	return to_us == EVENT_NO_TIME || j->since_us == EVENT_NO_TIME ||
	       to_us > j->since_us;
}

/*
 * Where ways back are opened, any gap since the intruder came may hide one;
 * elsewhere it hides only what is used later.
 */
static bool
is_gap_against(const struct judge *j, const struct shown *shown, int64_t to_us)
{
	if (!shown->followed)
		return false;
	if (!(shown->shows & SHOWS_CHANGES))
		return is_later(j, to_us);
	return to_us == EVENT_NO_TIME || !j->first ||
	       to_us >= j->first->time_us - DAY_US;
}

static void
say_against(struct judge *j, struct slice what, int64_t heals_until_us)
{
	struct arena *arena = j->of->arena;

	j->against.unseen++;
	judge_say(j, &j->reasons, what);
	if (heals_until_us != EVENT_NO_TIME)
		judge_say(j, &j->settles,
		    arena_printf(arena,
		        "the gap may still heal, until %s: " SLICE_FMT,
		        say_time(arena, heals_until_us), SLICE_ARG(what)));
}

static void
judge_gaps(struct judge *j)
{
	const struct coverage *coverage = j->of->coverage;

	for (size_t i = 0; coverage && i < coverage_gap_count(coverage); i++) {
		const struct gap_seen *seen = coverage_gap(coverage, i);
		const struct shown *shown = shows_missing(&j->shows, seen);
		int64_t from_us, to_us;

		if (!shown)
			continue;
		shows_gap_times(shown, seen, &from_us, &to_us);
		if (is_gap_against(j, shown, to_us))
			say_against(j,
			    shows_gap_words(j->of->arena, shown, seen),
			    seen->gap.heals_until_us);
	}
}

/* --- the rest that is not seen --- */

/* The coverage has gaps and clocks itself. */
static bool
is_against(const struct judge *j, const struct unseen *unseen)
{
	switch (unseen->cause) {
	case UNSEEN_BLIND:
		/* Of the tenant: it hides what is opened, too. */
		return !unseen->place_count || is_later(j, unseen->to_us);
	case UNSEEN_EDISCOVERY:
		return is_later(j, unseen->to_us);
	case UNSEEN_FORGED:
	case UNSEEN_ERASED:
		return true;
	case UNSEEN_REACH:
		return unseen->from_us == EVENT_NO_TIME;
	default:
		return false;
	}
}

static void
say_settle(struct judge *j, enum unseen_cause cause)
{
	static const char *const texts[UNSEEN_CAUSES] = {
	    [UNSEEN_BLIND] =
	        "what was not logged cannot be known from logs; a state of "
	        "the tenant from after it shows what is there now",
	    [UNSEEN_FORGED] =
	        "whether tokens were forged is settled by the provider's "
	        "records of the tokens that it issued, and by the keys that "
	        "sign them",
	    [UNSEEN_ERASED] =
	        "what was erased cannot be known any more, unless it is "
	        "exported again from where it came",
	    [UNSEEN_REACH] =
	        "import logs from before the intrusion: what was left earlier "
	        "is not in the data",
	};

	if (texts[cause])
		judge_say(j, &j->settles, slice_cstr(texts[cause]));
}

static void
judge_unseen(struct judge *j)
{
	bool said[UNSEEN_CAUSES] = {false};

	for (size_t i = 0; i < j->of->unseen_count; i++) {
		const struct unseen *unseen = &j->of->unseen[i];

		if (!is_against(j, unseen))
			continue;
		j->against.forged += unseen->cause == UNSEEN_FORGED;
		say_against(j, unseen->detail, EVENT_NO_TIME);
		if (!said[unseen->cause])
			say_settle(j, unseen->cause);
		said[unseen->cause] = true;
	}
}

void
judge_data(struct judge *j)
{
	judge_sources(j);
	judge_gaps(j);
	judge_unseen(j);
}
