#include "pipeline_undecided.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "rule/correlate.h"

struct lack {
	uint64_t events;
	uint64_t last; /* the event that was counted last, from 1 */
	uint32_t facts;
};

struct scan_undecided {
	const struct rules *rules;
	struct lack *lacks; /* one a rule; owned */
	struct seen *told;  /* (rule, event) */
	uint64_t events;
};

struct scan_undecided *
scan_undecided_new(const struct rules *rules)
{
	struct scan_undecided *s = xcalloc(1, sizeof(*s));

	s->rules = rules;
	s->lacks = xcalloc(rules_count(rules) + 1, sizeof(*s->lacks));
	s->told = seen_new();
	return s;
}

void
scan_undecided_free(struct scan_undecided *s)
{
	if (!s)
		return;
	seen_free(s->told);
	free(s->lacks);
	free(s);
}

/* Whether an earlier telling of the event was counted for the rule. */
static bool
was_told(struct scan_undecided *s, const struct outcome *o, uint32_t rule)
{
	uint32_t text[] = {rule, o->seen.id[0], o->seen.id[1], o->seen.id[2]};
	struct seen_event key = {0};
	unsigned differs;

	if (!o->seen.known_id)
		return false;
	seen_key(seen_seed(s->told), slice_of(text, sizeof(text)), &key);
	return seen_add(s->told, &key, &differs) != SEEN_NEW;
}

/* Correlations do not stand in each other in a circle. */
static void
add(struct scan_undecided *s, uint32_t rule, uint32_t facts)
{
	struct lack *lack = &s->lacks[rule];
	size_t n = rules_part_count(s->rules, rule);

	/* By way of another rule it may come here again. */
	if (lack->last == s->events && (lack->facts & facts) == facts)
		return;
	lack->events += lack->last != s->events;
	lack->last = s->events;
	lack->facts |= facts;
	for (size_t i = 0; i < n; i++)
		add(s, rules_part_of(s->rules, rule, i), facts);
}

void
scan_undecided_add(struct scan_undecided *s, const struct outcome *o)
{
	s->events++;
	for (size_t i = 0; i < o->undecided_count; i++)
		if (!was_told(s, o, o->undecided[i].rule))
			add(s, o->undecided[i].rule, o->undecided[i].facts);
}

uint32_t
scan_undecided_facts(const struct scan_undecided *s, uint32_t rule)
{
	return s->lacks[rule].facts;
}

static int
by_events(const void *a, const void *b)
{
	const struct tally_undecided *x = a, *y = b;

	if (x->events != y->events)
		return x->events < y->events ? 1 : -1;
	return slice_order(x->rule, y->rule);
}

void
scan_undecided_count(
    const struct scan_undecided *s, enum level level, struct tally *tally)
{
	size_t count = rules_count(s->rules), n = 0;

	free(tally->undecided);
	tally->undecided = xcalloc(count + 1, sizeof(*tally->undecided));
	for (size_t i = 0; i < count; i++) {
		const struct rule_meta *meta = rules_meta(s->rules, i);

		if (!s->lacks[i].events || meta->level < level ||
		    rules_is_silent(s->rules, i))
			continue;
		tally->undecided[n++] = (struct tally_undecided){
		    .rule = arena_copy(&tally->arena, meta->id),
		    .title = arena_copy(&tally->arena, meta->title),
		    .events = s->lacks[i].events,
		    .facts = s->lacks[i].facts};
	}
	tally->undecided_count = n;
	if (n)
		qsort(
		    tally->undecided, n, sizeof(*tally->undecided), by_events);
}
