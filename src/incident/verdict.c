#include "incident/verdict.h"

#include "incident/say.h"
#include "incident/verdict_part.h"

#define DAY_US    INT64_C(86400000000)
#define SHOWS_ANY (~0u)

const char *
damage_verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
	    [VERDICT_CONTINUES] = "access continues",
	    [VERDICT_NONE_SEEN] = "no access seen since",
	    [VERDICT_NOT_ESTABLISHED] = "not established",
	};

	return names[verdict];
}

void
judge_say(struct judge *j, struct sentences *to, struct slice sentence)
{
	if (to->count == to->room) {
		size_t room = to->room ? 2 * to->room : 16;
		struct slice *grown =
		    arena_alloc(j->of->arena, room * sizeof(*grown));

		if (to->count)
			memcpy(grown, to->list, to->count * sizeof(*grown));
		to->list = grown;
		to->room = room;
	}
	to->list[to->count++] = sentence;
}

/* --- closings --- */

static int64_t
later(int64_t a_us, int64_t b_us)
{
	return a_us > b_us ? a_us : b_us;
}

static void
find_closings(struct judge *j)
{
	j->closed_us = j->tokens_us = j->since_us = EVENT_NO_TIME;
	for (size_t i = 0; i < j->of->way_count; i++) {
		const struct way_back *way = &j->of->ways[i];
		int64_t lives_us = way_kinds[way->way].lives_us;

		j->life_us = later(j->life_us, lives_us);
		if (way->closed_us == EVENT_NO_TIME)
			continue;
		j->closed_us = later(j->closed_us, way->closed_us);
		if (lives_us)
			j->tokens_us =
			    later(j->tokens_us, way->closed_us + lives_us);
	}
}

/* --- the verdict --- */

static bool
is_clear(const struct against *against)
{
	return !against->open && !against->shut && !against->unchecked &&
	       !against->stale && !against->sources && !against->unseen &&
	       !against->no_time && !against->nothing;
}

/*
 * Used after the last closing, and not only by what had been given out before
 * and is known to have ended; or used until now, with a way back open.
 */
static bool
is_going_on(const struct judge *j, int64_t complete_us)
{
	int64_t last_us = j->last ? j->last->time_us : EVENT_NO_TIME;
	int64_t now_us =
	    complete_us != EVENT_NO_TIME ? complete_us : j->of->data_to_us;

	if (!j->last)
		return false;
	if (j->closed_us != EVENT_NO_TIME && last_us > j->closed_us &&
	    (j->against.open || last_us > j->tokens_us ||
	        complete_us == EVENT_NO_TIME ||
	        complete_us < last_us + j->life_us))
		return true;
	return j->against.open && now_us != EVENT_NO_TIME &&
	       last_us >= now_us - DAY_US;
}

static enum verdict
decide(const struct judge *j, int64_t complete_us)
{
	if (is_going_on(j, complete_us))
		return VERDICT_CONTINUES;
	return is_clear(&j->against) ? VERDICT_NONE_SEEN
	                             : VERDICT_NOT_ESTABLISHED;
}

/* --- sentences --- */

static const char *
last_words(const struct judge *j)
{
	struct arena *arena = j->of->arena;

	if (!j->last)
		return "no act in the data is the intruder's";
	return arena_printf(arena, "last use %s by %s%s",
	    say_time(arena, j->last->time_us), say_who(arena, j->last),
	    j->last->certainty == LIKELY_INTRUDER ? " (likely, not certain)"
	                                          : "")
	    .ptr;
}

static const char *
continues_words(const struct judge *j)
{
	struct arena *arena = j->of->arena;
	const char *last = last_words(j);

	if (!j->last || j->closed_us == EVENT_NO_TIME)
		return arena_printf(arena,
		    "%s, within a day of the end of the data; no way back was "
		    "closed, and %zu are open",
		    last, j->against.open)
		    .ptr;
	return arena_printf(arena,
	    "%s, %s the last closing at %s; %zu ways back are open", last,
	    j->last->time_us > j->closed_us ? "after" : "before",
	    say_time(arena, j->closed_us), j->against.open)
	    .ptr;
}

static const char *
none_words(const struct judge *j, int64_t complete_us)
{
	struct arena *arena = j->of->arena;
	const char *tokens = "";

	if (j->tokens_us != EVENT_NO_TIME)
		tokens = arena_printf(arena,
		    "; tokens issued before the closing were valid to %s",
		    say_time(arena, j->tokens_us))
		             .ptr;
	return arena_printf(arena,
	    "%s; none since; every way back is closed and seen gone, or "
	    "checked by someone who is named; every source that would show it "
	    "is complete to %s%s",
	    last_words(j), say_time(arena, complete_us), tokens)
	    .ptr;
}

static const char *
count_words(const struct judge *j)
{
	const struct against *against = &j->against;
	const struct {
		size_t count;
		const char *one, *more;
	} parts[] = {
	    {against->open, "way back is open", "ways back are open"},
	    {against->shut, "is closed and not seen gone",
	        "are closed and not seen gone"},
	    {against->stale, "was checked too early", "were checked too early"},
	    {against->unchecked, "kind of way back is not checked",
	        "kinds of ways back are not checked"},
	    {against->sources, "source is not complete",
	        "sources are not complete"},
	    {against->unseen, "thing cannot be seen", "things cannot be seen"},
	};
	const char *said = "";

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i].count)
			said = arena_printf(j->of->arena, "%s; %zu %s", said,
			    parts[i].count,
			    parts[i].count == 1 ? parts[i].one : parts[i].more)
			           .ptr;
	return said;
}

static const char *
main_words(const struct judge *j, enum verdict verdict, int64_t complete_us)
{
	if (verdict == VERDICT_CONTINUES)
		return continues_words(j);
	if (verdict == VERDICT_NONE_SEEN)
		return none_words(j, complete_us);
	return arena_printf(j->of->arena, "%s%s", last_words(j), count_words(j))
	    .ptr;
}

/* What was tried and failed is no access. */
static void
say_attempt(struct judge *j)
{
	struct arena *arena = j->of->arena;

	if (j->attempt)
		judge_say(j, &j->reasons,
		    arena_printf(arena, "last attempt that failed %s by %s",
		        say_time(arena, j->attempt->time_us),
		        say_who(arena, j->attempt)));
}

static void
say_statements(struct judge *j)
{
	struct arena *arena = j->of->arena;

	for (size_t i = 0; i < j->of->statement_count; i++) {
		const struct damage_statement *said = &j->of->statements[i];

		if (said->kind == STATEMENT_STATE)
			judge_say(j, &j->reasons,
			    arena_printf(arena,
			        "stated by " SLICE_FMT " at %s: " SLICE_FMT
			        "%s",
			        SLICE_ARG(said->by),
			        say_time(arena, said->at_us),
			        SLICE_ARG(said->text),
			        said->evidence.len ? ""
			                           : ", without evidence"));
	}
}

static void
say_lacks(struct judge *j)
{
	if (j->against.no_time)
		judge_say(j, &j->reasons,
		    SLICE("acts of the intruder have no time: they may be "
		          "later than the last use"));
	if (!j->of->way_count)
		judge_say(j, &j->reasons, SLICE("no way back was looked for"));
}

void
verdict_judge(struct damage_verdict *out, const struct verdict_of *of)
{
	struct judge j = {.of = of};
	int64_t complete_us;

	shows_find(&j.shows, &(struct shows_of){.coverage = of->coverage,
	                         .acts = of->acts,
	                         .act_count = of->act_count,
	                         .statements = of->statements,
	                         .statement_count = of->statement_count,
	                         .arena = of->arena});
	complete_us = shows_complete(&j.shows, SHOWS_ANY);
	find_closings(&j);
	judge_uses(&j);
	j.since_us =
	    later(j.closed_us, j.last ? j.last->time_us : EVENT_NO_TIME);
	j.against.nothing = !j.last || !of->way_count;
	judge_say(&j, &j.reasons, SLICE(""));
	judge_ways(&j);
	judge_data(&j);
	say_lacks(&j);
	say_attempt(&j);
	say_statements(&j);
	*out = (struct damage_verdict){.verdict = decide(&j, complete_us),
	    .since_us = EVENT_NO_TIME,
	    .last_us = j.last ? j.last->time_us : EVENT_NO_TIME,
	    .last_index = j.last ? j.last->index : NO_ACT,
	    .last_mark = j.last ? j.last->mark : NO_MARK,
	    .closed_us = j.closed_us,
	    .tokens_us = j.tokens_us,
	    .complete_us = complete_us};
	j.reasons.list[0] =
	    slice_cstr(main_words(&j, out->verdict, complete_us));
	out->reasons = j.reasons.list;
	out->reason_count = j.reasons.count;
	if (out->verdict == VERDICT_NONE_SEEN)
		out->since_us = j.since_us;
	if (out->verdict == VERDICT_NOT_ESTABLISHED) {
		out->settles = j.settles.list;
		out->settle_count = j.settles.count;
	}
}
