#include <stdlib.h>

#include "base/alloc.h"
#include "rule/correlate_state.h"

/* What the early lane says of a group before the settled one judges, at most.
 */
#define SAID_MAX 256

/* Of a large window the early lane looks again after this part more. */
#define EARLY_PART 64

struct said *
said_find(const struct group *g, int64_t start_us)
{
	for (size_t i = 0; i < g->said_count; i++)
		if (g->said[i].start_us == start_us)
			return &g->said[i];
	return NULL;
}

void
said_drop(struct group *g, struct said *said)
{
	*said = g->said[--g->said_count];
}

static bool
say_early(void *context, const struct window_hit *hit)
{
	struct run *run = context;
	struct correlator *cor = run->correlator;
	struct group *g = run->group;
	struct firing f;

	if (hit->time_us > g->early_us)
		g->early_us = hit->time_us;
	g->early_wait = 0;
	if (said_find(g, hit->start_us))
		return false;
	if (g->said_count == SAID_MAX) {
		cor->early_left++;
		return false;
	}
	f = firing_of(run, hit);
	f.state = FIRING_EARLY;
	/* A power of two: all places are taken. */
	if (!(g->said_count & (g->said_count - 1)))
		g->said = xrealloc(g->said,
		    (g->said_count ? g->said_count * 2 : 1) * sizeof(*g->said));
	g->said[g->said_count++] =
	    (struct said){f.start_us, f.time_us, f.events};
	if (!rules_is_silent(cor->options.rules, f.rule))
		cor->fire(cor->context, &f);
	pass_on(cor, &f);
	return false;
}

/* Fewer events can make nothing true. */
static size_t
least_events(const struct correlation *c)
{
	double least = 1;

	if (c->type != CORRELATION_EVENT_COUNT &&
	    c->type != CORRELATION_VALUE_COUNT &&
	    c->type != CORRELATION_TEMPORAL)
		return 1;
	for (size_t i = 0; i < c->bound_count; i++)
		if (c->bounds[i].limit > least && c->bounds[i].op <= BOUND_GTE)
			least = c->bounds[i].limit;
	return least < 1e9 ? (size_t)least : (size_t)1e9;
}

void
early_look_at_end(struct run *run)
{
	struct window *w = run->correlator->window;
	struct group *g = run->group;
	const struct correlation *c = run->store->c;
	const struct entry *list = group_entries(g);
	size_t count = group_count(g), n, first = g->early_first;
	struct window_hit hit = {.end = count};
	int64_t since;

	hit.time_us = list[count - 1].time_us;
	since = time_less(hit.time_us, c->span_us);
	while (list[first].time_us < since ||
	       (list[first].time_us <= g->early_us && first + 1 < count))
		first++;
	g->early_first = (uint32_t)first;
	n = count - first;
	/* At the time of a firing, all is used up. */
	if (list[first].time_us <= g->early_us || n < least_events(c))
		return;
	if (g->early_wait && --g->early_wait)
		return;
	window_reset(w, c);
	for (size_t i = first; i < count; i++)
		window_add(w, &list[i]);
	hit.start_us = list[first].time_us;
	if (!window_holds(w, since, &hit.start_us, &hit.value)) {
		g->early_wait = (uint32_t)(n / EARLY_PART);
		return;
	}
	while (list[first].time_us < hit.start_us)
		first++;
	hit.first = first;
	(void)say_early(run, &hit);
}

/* The first entry that is not before the time. */
static size_t
entry_at(const struct group *g, int64_t time_us)
{
	const struct entry *list = group_entries(g);
	size_t low = 0, high = group_count(g);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list[middle].time_us < time_us)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void
early_look_around(struct run *run, int64_t time_us)
{
	struct correlator *cor = run->correlator;
	struct group *g = run->group;
	int64_t span = run->store->c->span_us;
	int64_t since = time_less(time_us, span);
	struct window_part part = {
	    .from_us = time_us - 1, .until_us = time_plus(time_us, span)};
	size_t first;

	for (size_t i = 0; i < g->said_count; i++)
		if (g->said[i].time_us < time_us && g->said[i].time_us >= since)
			since = g->said[i].time_us + 1;
	first = entry_at(g, since);
	if (entry_at(g, time_us) - first > EARLY_BACK_MAX) {
		cor->early_left++;
		return;
	}
	run->base = first;
	part.list = group_entries(g) + first;
	part.count = group_count(g) - first;
	(void)window_run(cor->window, run->store->c, &part, say_early, run);
}
