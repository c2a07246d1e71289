#include "incident/say.h"
#include "incident/verdict_part.h"

#define EACH_MAX 20 /* ways back that are said one by one */
#define LIST_MAX 5  /* names in a sentence */

/* Of one kind, what keeps it from being known to be closed. */
struct of_kind {
	size_t open, shut, unchecked, stale;
	struct slice *places; /* of the unchecked ones */
	size_t place_count;
};

static struct slice
owner_of(const struct way_back *way)
{
	if (way->holder_name.len)
		return way->holder_name;
	return way->holder.len ? way->holder : way->place;
}

/* "inbox rule 'x' of kim@example.org" */
static const char *
label(struct arena *arena, const struct way_back *way)
{
	struct slice name = way->name.len ? way->name : way->object;
	struct slice of = owner_of(way);
	const char *said = way_kinds[way->way].words;

	if (name.len)
		said = arena_printf(
		    arena, "%s '" SLICE_FMT "'", said, SLICE_ARG(name))
		           .ptr;
	if (of.len && !slice_alike(of, name))
		said =
		    arena_printf(arena, "%s of " SLICE_FMT, said, SLICE_ARG(of))
		        .ptr;
	return said;
}

static const char *
since(struct arena *arena, const char *word, int64_t time_us)
{
	if (time_us == EVENT_NO_TIME)
		return "";
	return arena_printf(arena, ", %s %s", word, say_time(arena, time_us))
	    .ptr;
}

static void
say_open(struct judge *j, const struct way_back *way)
{
	struct arena *arena = j->of->arena;
	const char *there = "";

	if (way->seen_present)
		there = since(arena, "seen there", way->seen_us);
	judge_say(j, &j->reasons,
	    arena_printf(arena, "%s is open%s%s%s", label(arena, way),
	        since(arena, "opened", way->opened_us),
	        since(arena, "last used", way->used_us), there));
}

static void
say_shut(struct judge *j, const struct way_back *way)
{
	struct arena *arena = j->of->arena;

	if (way->closed_us == EVENT_NO_TIME)
		judge_say(j, &j->reasons,
		    arena_printf(arena,
		        "%s was not there at %s, and nothing in the log closed "
		        "it",
		        label(arena, way), say_time(arena, way->seen_us)));
	else
		judge_say(j, &j->reasons,
		    arena_printf(arena,
		        "%s was closed at %s, and no later state shows that it "
		        "is gone",
		        label(arena, way), say_time(arena, way->closed_us)));
}

/* Who looked before the intruder's last use cannot know what came then. */
static bool
is_stale(const struct judge *j, const struct way_back *way)
{
	const struct verdict_of *of = j->of;

	return way->statement >= of->statement_count ||
	       (j->last &&
	           of->statements[way->statement].at_us < j->last->time_us);
}

static void
say_stale(struct judge *j, const struct way_back *way)
{
	struct arena *arena = j->of->arena;
	bool known = way->statement < j->of->statement_count;
	int64_t at_us =
	    known ? j->of->statements[way->statement].at_us : EVENT_NO_TIME;

	judge_say(j, &j->reasons,
	    arena_printf(arena,
	        "%s was checked elsewhere at %s, before the intruder was last "
	        "there",
	        label(arena, way), say_time(arena, at_us)));
}

/* --- by kind --- */

static void
add_place(struct judge *j, struct of_kind *kind, struct slice place)
{
	if (!kind->places)
		kind->places = arena_calloc(
		    j->of->arena, j->of->way_count, sizeof(*kind->places));
	for (size_t i = 0; i < kind->place_count; i++)
		if (slice_eq(kind->places[i], place))
			return;
	if (place.len)
		kind->places[kind->place_count++] = place;
}

/* Counts it; whether it is said one by one. */
static bool
add(size_t *of_kind, size_t *all)
{
	++*of_kind;
	return ++*all <= EACH_MAX;
}

static void
judge_way(struct judge *j, const struct way_back *way, struct of_kind *kind)
{
	struct against *against = &j->against;

	switch (way->state) {
	case WAY_OPEN:
		if (add(&kind->open, &against->open))
			say_open(j, way);
		break;
	case WAY_GONE:
		/* What no log would show, a list from after it all does. */
		if (way->closed_us != EVENT_NO_TIME ||
		    (way->opened_index == NO_ACT &&
		        way->seen_us >= j->since_us))
			break;
		/* fallthrough */
	case WAY_SHUT:
		if (add(&kind->shut, &against->shut))
			say_shut(j, way);
		break;
	case WAY_STATED:
		if (is_stale(j, way) && add(&kind->stale, &against->stale))
			say_stale(j, way);
		break;
	default:
		kind->unchecked++;
		add_place(j, kind, owner_of(way));
		break;
	}
}

static void
say_more(struct judge *j, size_t count, const char *what)
{
	if (count > EACH_MAX)
		judge_say(j, &j->reasons,
		    arena_printf(j->of->arena, "%zu more ways back %s",
		        count - EACH_MAX, what));
}

static void
say_unchecked(struct judge *j, enum way way, const struct of_kind *kind)
{
	struct arena *arena = j->of->arena;

	if (!kind->unchecked)
		return;
	j->against.unchecked++;
	judge_say(j, &j->reasons,
	    arena_printf(arena,
	        "nothing shows whether there is a way back by %s%s%s",
	        way_kinds[way].words, kind->place_count ? ": " : "",
	        say_list(arena, kind->places, kind->place_count, LIST_MAX)));
}

/* --- what would settle it --- */

static const char *
to_read(struct arena *arena, const struct way_kind *kind)
{
	if (kind->state && kind->export)
		return arena_printf(arena,
		    "'%s' of a source graph, or an export of %s, ", kind->state,
		    kind->export)
		    .ptr;
	if (kind->state)
		return arena_printf(
		    arena, "'%s' of a source graph, ", kind->state)
		    .ptr;
	if (kind->export)
		return arena_printf(arena, "an export of %s, ", kind->export)
		    .ptr;
	return "";
}

static void
say_settles(struct judge *j, enum way way, const struct of_kind *of)
{
	struct arena *arena = j->of->arena;
	const struct way_kind *kind = &way_kinds[way];
	const char *read = to_read(arena, kind);

	if (of->open)
		judge_say(j, &j->settles,
		    arena_printf(arena, "close what is open: %zu of %s",
		        of->open, kind->words));
	if (!of->open && !of->shut && !of->unchecked && !of->stale)
		return;
	judge_say(j, &j->settles,
	    arena_printf(arena,
	        "%s, to see that there is none after the closing: %sor who "
	        "checked it says so: --state '%s: none, by NAME, evidence "
	        "FILE'",
	        kind->words, read, kind->name));
}

void
judge_ways(struct judge *j)
{
	struct of_kind kinds[WAY_COUNT] = {0};

	for (size_t i = 0; i < j->of->way_count; i++)
		judge_way(j, &j->of->ways[i], &kinds[j->of->ways[i].way]);
	say_more(j, j->against.open, "are open");
	say_more(j, j->against.shut, "are closed, and not seen to be gone");
	say_more(j, j->against.stale, "were checked too early");
	for (unsigned i = 0; i < WAY_COUNT; i++)
		say_unchecked(j, (enum way)i, &kinds[i]);
	for (unsigned i = 0; i < WAY_COUNT; i++)
		say_settles(j, (enum way)i, &kinds[i]);
}
