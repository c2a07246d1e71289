#include "pipeline_correlate.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "pipeline_kept.h"
#include "rule/correlate.h"

struct scan_correlate {
	const struct pipeline_options *options;
	const struct scan_undecided *undecided;
	struct correlator *correlator;
	struct seen *added; /* (correlation, event) */
	struct kept *kept;
	uint64_t next; /* ref of the next event; the ledger's index if live */
	bool live;
	uint64_t no_time;
	struct arena arena; /* of one finding */
	int (*found)(void *context, struct finding *finding);
	void *context;
	int status;
};

static void tell(void *context, const struct firing *firing);

struct scan_correlate *
scan_correlate_new(const struct scan_correlate_options *options)
{
	struct scan_correlate *s = xcalloc(1, sizeof(*s));
	struct correlator_options how = {.rules = options->scan->rules,
	    .early = options->live,
	    .seed = options->seed};

	s->options = options->scan;
	s->undecided = options->undecided;
	s->live = options->live;
	s->found = options->found;
	s->context = options->context;
	s->correlator = correlator_new(&how, tell, s);
	s->added = seen_new();
	s->kept = kept_new(SCAN_COPIES_MAX, options->live);
	return s;
}

void
scan_correlate_free(struct scan_correlate *s)
{
	if (!s)
		return;
	correlator_free(s->correlator);
	seen_free(s->added);
	kept_free(s->kept);
	arena_release(&s->arena);
	free(s);
}

/* --- what events add --- */

/* Whether an earlier telling of the event was added to the correlation. */
static bool
was_added(struct scan_correlate *s, const struct outcome *o, uint32_t number)
{
	uint32_t text[] = {number, o->seen.id[0], o->seen.id[1], o->seen.id[2]};
	struct seen_event key = {0};
	unsigned differs;

	if (!o->seen.known_id)
		return false;
	seen_key(seen_seed(s->added), slice_of(text, sizeof(text)), &key);
	return seen_add(s->added, &key, &differs) != SEEN_NEW;
}

void
scan_correlate_add(struct scan_correlate *s, const struct outcome *o,
    const struct position *position)
{
	const struct contribution *list = o->contributions;
	uint64_t ref = UINT64_MAX;

	if (!o->contribution_count)
		return;
	if (o->time_us == EVENT_NO_TIME) {
		s->no_time++;
		return;
	}
	for (size_t i = 0; i < o->contribution_count; i++) {
		bool first = true;

		for (size_t k = 0; k < i; k++)
			first &= list[k].correlation != list[i].correlation;
		/* All that one telling adds to a correlation is taken. */
		if (!first || was_added(s, o, list[i].correlation))
			continue;
		if (ref == UINT64_MAX) {
			ref = s->live ? position->index : s->next++;
			kept_add(s->kept, ref, o->event, position);
		}
		for (size_t k = i; k < o->contribution_count; k++)
			if (list[k].correlation == list[i].correlation)
				correlator_add(
				    s->correlator, &list[k], o->time_us, ref);
	}
}

/* --- findings --- */

/* The values of a group, and the same for people. */
static struct slice
unpack_group(struct arena *arena, struct slice packed,
    const struct correlation_names *names, struct slice *values)
{
	struct slice all = SLICE("");

	for (size_t i = 0; i < names->group_count; i++) {
		struct slice part;

		(void)unpack_value(&packed, &values[i]);
		part = values[i];
		if (!part.ptr)
			part = arena_printf(arena, "no " SLICE_FMT,
			    SLICE_ARG(names->group_by[i]));
		if (i)
			part = arena_printf(arena, SLICE_FMT ", " SLICE_FMT,
			    SLICE_ARG(all), SLICE_ARG(part));
		all = part;
	}
	return all;
}

static void
fill_group(struct arena *arena, const struct firing *firing,
    const struct correlation_names *names, struct finding_window *window)
{
	struct slice *values =
	    arena_calloc(arena, names->group_count + 1, sizeof(*values));

	window->type = names->type;
	window->group_by = names->group_by;
	window->entity = unpack_group(arena, firing->group, names, values);
	window->group = values;
	window->group_count = names->group_count;
}

static enum finding_state
state_of(enum firing_state state)
{
	static const enum finding_state states[] = {
	    [FIRING_EARLY] = FINDING_EARLY,
	    [FIRING_SETTLED] = FINDING_SETTLED,
	    [FIRING_CONFIRMED] = FINDING_CONFIRMED,
	    [FIRING_AMENDED] = FINDING_AMENDED,
	    [FIRING_WITHDRAWN] = FINDING_WITHDRAWN};

	return states[state];
}

/* Of an event that was given up there is still its place in the ledger. */
static const struct event *
get(struct scan_correlate *s, uint64_t ref, struct position *position)
{
	const struct event *there = kept_get(s->kept, ref, &s->arena, position);
	struct event *gone;

	if (there)
		return there;
	*position =
	    (struct position){.ledger = s->options->ledger, .index = ref};
	gone = arena_calloc(&s->arena, 1, sizeof(*gone));
	gone->time_us = EVENT_NO_TIME;
	return gone;
}

static void
tell(void *context, const struct firing *firing)
{
	struct scan_correlate *s = context;
	struct arena *arena = &s->arena;
	const struct rules *rules = s->options->rules;
	const struct rule_meta *meta = rules_meta(rules, firing->rule);
	struct correlation_names names =
	    rules_correlation_names(rules, firing->rule);
	struct finding_proof *proofs;
	struct finding_window window = {.start_us = firing->start_us,
	    .end_us = firing->time_us,
	    .events = firing->events,
	    .value = firing->value,
	    .key = firing->group};
	struct finding finding = {
	    .rule = meta, .window = &window, .state = state_of(firing->state)};

	if (s->status || meta->level < s->options->level)
		return;
	arena_reset(arena);
	finding.event = get(s, firing->last, &finding.position);
	fill_group(arena, firing, &names, &window);
	proofs = arena_calloc(arena, firing->ref_count, sizeof(*proofs));
	window.proofs = proofs;
	window.proof_count = firing->ref_count;
	for (size_t i = 0; i < firing->ref_count; i++)
		proofs[i].event = get(s, firing->refs[i], &proofs[i].position);
	if (s->undecided)
		window.unknown =
		    scan_undecided_facts(s->undecided, firing->rule);
	s->status = s->found(s->context, &finding);
}

int
scan_correlate_watermark(struct scan_correlate *s, int64_t time_us)
{
	correlator_watermark(s->correlator, time_us);
	return s->status;
}

struct correlator_stats
scan_correlate_stats(const struct scan_correlate *s)
{
	return correlator_stats(s->correlator);
}

int
scan_correlate_status(const struct scan_correlate *s)
{
	return s->status;
}

void
scan_correlate_forget(struct scan_correlate *s)
{
	seen_free(s->added);
	s->added = seen_new();
}

static void
name_lost(const struct scan_correlate *s, const struct correlator_stats *stats,
    struct tally *tally)
{
	const struct rules *rules = s->options->rules;
	struct arena *arena = &tally->arena;

	free(tally->correlate_lost);
	tally->correlate_lost =
	    xcalloc(stats->lost_count + 1, sizeof(*tally->correlate_lost));
	tally->correlate_lost_count = stats->lost_count;
	for (size_t i = 0; i < stats->lost_count; i++) {
		const struct lost_group *lost = &stats->lost[i];
		const struct rule_meta *meta = rules_meta(rules, lost->rule);
		struct correlation_names names =
		    rules_correlation_names(rules, lost->rule);
		struct slice *values =
		    arena_calloc(arena, names.group_count + 1, sizeof(*values));
		struct slice group =
		    unpack_group(arena, lost->group, &names, values);

		tally->correlate_lost[i] =
		    (struct tally_lost){.rule = arena_copy(arena, meta->id),
		        .title = arena_copy(arena, meta->title),
		        .group = arena_copy(arena, group)};
	}
}

void
scan_correlate_count(const struct scan_correlate *s, struct tally *tally)
{
	struct correlator_stats stats = correlator_stats(s->correlator);

	tally->correlated = stats.events;
	tally->correlate_no_time = s->no_time;
	tally->correlate_lost_groups = stats.lost_groups;
	tally->correlate_lost_events = stats.lost_events;
	tally->correlate_not_copied = kept_not_copied(s->kept);
	name_lost(s, &stats, tally);
}
