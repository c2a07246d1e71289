#include "pipeline_correlate.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "rule/correlate.h"

/* An event as it is kept: the columns that are there, one after the other. */
struct kept {
	struct position position;
	int64_t time_us;
	const char *family;
	const char *columns; /* in the arena; length and text of each */
	uint32_t there;      /* bit 1 << column */
	uint32_t class_uid, activity;
	enum event_kind kind;
	enum event_outcome outcome;
};

struct scan_correlate {
	const struct pipeline_options *options;
	const struct scan_undecided *undecided;
	struct correlator *correlator;
	struct seen *added; /* (correlation, event) */
	struct kept *kept;  /* owned */
	size_t kept_count, kept_size;
	size_t copied;
	struct arena columns;
	uint64_t no_time, not_copied;
	struct arena arena; /* of one finding */
	int (*found)(void *context, struct finding *finding);
	void *context;
	int status;
};

static void tell(void *context, const struct firing *firing);

struct scan_correlate *
scan_correlate_new(const struct pipeline_options *options,
    const struct scan_undecided *undecided, uint64_t seed)
{
	struct scan_correlate *s = xcalloc(1, sizeof(*s));
	struct correlator_options how = {.rules = options->rules, .seed = seed};

	s->options = options;
	s->undecided = undecided;
	s->correlator = correlator_new(&how, tell, s);
	s->added = seen_new();
	return s;
}

void
scan_correlate_free(struct scan_correlate *s)
{
	if (!s)
		return;
	correlator_free(s->correlator);
	seen_free(s->added);
	arena_release(&s->columns);
	arena_release(&s->arena);
	free(s->kept);
	free(s);
}

/* --- events kept --- */

static void
keep_columns(
    struct scan_correlate *s, const struct event *event, struct kept *kept)
{
	size_t n = 0;
	char *out;

	for (size_t i = 0; i < EV_COLUMNS; i++)
		if (event->col[i].len)
			n += sizeof(uint32_t) + event->col[i].len;
	if (s->copied + n > SCAN_COPIES_MAX) {
		s->not_copied++;
		return;
	}
	s->copied += n;
	kept->columns = out = arena_alloc(&s->columns, n + 1);
	for (size_t i = 0; i < EV_COLUMNS; i++) {
		uint32_t len = (uint32_t)event->col[i].len;

		if (!len)
			continue;
		kept->there |= 1u << i;
		memcpy(out, &len, sizeof(len));
		memcpy(out + sizeof(len), event->col[i].ptr, len);
		out += sizeof(len) + len;
	}
}

static uint64_t
keep(struct scan_correlate *s, const struct event *event,
    const struct position *position)
{
	struct kept *kept;

	if (s->kept_count == s->kept_size) {
		s->kept_size = s->kept_size ? s->kept_size * 2 : 1024;
		s->kept = xrealloc(s->kept, s->kept_size * sizeof(*s->kept));
	}
	kept = &s->kept[s->kept_count];
	*kept = (struct kept){.position = *position,
	    .time_us = event->time_us,
	    .family = event->family,
	    .class_uid = event->class_uid,
	    .activity = event->activity,
	    .kind = event->kind,
	    .outcome = event->outcome};
	keep_columns(s, event, kept);
	return s->kept_count++;
}

static struct event *
unpack(struct arena *arena, const struct kept *kept)
{
	struct event *event = arena_calloc(arena, 1, sizeof(*event));
	const char *at = kept->columns;

	event->kind = kept->kind;
	event->time_us = kept->time_us;
	event->class_uid = kept->class_uid;
	event->activity = kept->activity;
	event->outcome = kept->outcome;
	event->family = kept->family;
	for (size_t i = 0; i < EV_COLUMNS; i++) {
		uint32_t len;

		if (!(kept->there >> i & 1))
			continue;
		memcpy(&len, at, sizeof(len));
		event->col[i] = slice_of(at + sizeof(len), len);
		at += sizeof(len) + len;
	}
	return event;
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
		if (ref == UINT64_MAX)
			ref = keep(s, o->event, position);
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

static void
tell(void *context, const struct firing *firing)
{
	struct scan_correlate *s = context;
	struct arena *arena = &s->arena;
	const struct rules *rules = s->options->rules;
	const struct rule_meta *meta = rules_meta(rules, firing->rule);
	const struct kept *last = &s->kept[firing->last];
	struct correlation_names names =
	    rules_correlation_names(rules, firing->rule);
	struct finding_proof *proofs;
	struct finding_window window = {.start_us = firing->start_us,
	    .end_us = firing->time_us,
	    .events = firing->events,
	    .value = firing->value,
	    .key = firing->group,
	    .proof_count = firing->ref_count};
	struct finding finding = {
	    .rule = meta, .position = last->position, .window = &window};

	if (s->status || meta->level < s->options->level)
		return;
	arena_reset(arena);
	fill_group(arena, firing, &names, &window);
	proofs = arena_calloc(arena, firing->ref_count, sizeof(*proofs));
	window.proofs = proofs;
	for (size_t i = 0; i < firing->ref_count; i++) {
		const struct kept *kept = &s->kept[firing->refs[i]];

		proofs[i].position = kept->position;
		proofs[i].event = unpack(arena, kept);
	}
	finding.event = unpack(arena, last);
	window.unknown = scan_undecided_facts(s->undecided, firing->rule);
	s->status = s->found(s->context, &finding);
}

int
scan_correlate_end(struct scan_correlate *s, int64_t last_us,
    int (*found)(void *context, struct finding *finding), void *context)
{
	s->found = found;
	s->context = context;
	correlator_watermark(s->correlator, last_us);
	return s->status;
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
	tally->correlate_not_copied = s->not_copied;
	name_lost(s, &stats, tally);
}
