#include "rule/correlate.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "rule/correlate_state.h"
#include "rule/number.h"
#include "rule/set.h"

struct correlator *
correlator_new(const struct correlator_options *options,
    void (*fire)(void *context, const struct firing *firing), void *context)
{
	const struct rules *rules = options->rules;
	struct correlator *cor = xcalloc(1, sizeof(*cor));

	cor->options = *options;
	if (!cor->options.groups_max)
		cor->options.groups_max = CORRELATOR_GROUPS;
	if (!cor->options.events_max)
		cor->options.events_max = CORRELATOR_EVENTS;
	/* Places of a group's events are counted in 32 bits. */
	if (cor->options.events_max > UINT32_MAX)
		cor->options.events_max = UINT32_MAX;
	cor->fire = fire;
	cor->context = context;
	cor->store_count = rules->correlation_count;
	cor->stores = xcalloc(cor->store_count + 1, sizeof(*cor->stores));
	for (size_t i = 0; i < cor->store_count; i++)
		store_init(&cor->stores[i], rules->correlations[i], &cor->pool);
	cor->window = window_new();
	cor->watermark_us = INT64_MIN;
	return cor;
}

void
correlator_free(struct correlator *cor)
{
	if (!cor)
		return;
	for (size_t i = 0; i < cor->store_count; i++)
		store_release(&cor->stores[i]);
	free(cor->stores);
	pool_release(&cor->pool);
	window_free(cor->window);
	arena_release(&cor->lost_keys);
	arena_release(&cor->firing_keys);
	free(cor->firings);
	buf_release(&cor->key);
	buf_release(&cor->tuple);
	free(cor);
}

/* --- firings --- */

static void
fill_refs(struct firing *f, const struct entry *list, size_t count)
{
	size_t half = FIRING_REFS_MAX / 2, tail = 0;

	/* An event that stands for several rules is one event. */
	for (size_t i = 0; i < count; i++) {
		uint64_t ref = list[i].ref & ~ENTRY_EARLY;

		if (i && (list[i - 1].ref & ~ENTRY_EARLY) == ref)
			continue;
		f->events++;
		if (f->ref_count < FIRING_REFS_MAX) {
			f->refs[f->ref_count++] = ref;
			continue;
		}
		/* The second half goes round. */
		f->refs[half + tail] = ref;
		tail = (tail + 1) % half;
	}
	for (; tail; tail--) {
		uint64_t first = f->refs[half];

		memmove(&f->refs[half], &f->refs[half + 1],
		    (half - 1) * sizeof(first));
		f->refs[FIRING_REFS_MAX - 1] = first;
	}
	f->last = list[count - 1].ref & ~ENTRY_EARLY;
}

struct firing
firing_of(const struct run *run, const struct window_hit *hit)
{
	struct firing f = {.rule = run->store->c->rule,
	    .group = group_key(run->group),
	    .start_us = hit->start_us,
	    .time_us = hit->time_us,
	    .value = hit->value};

	fill_refs(&f, group_entries(run->group) + run->base + hit->first,
	    hit->end - hit->first);
	return f;
}

static void
keep_firing(struct correlator *cor, const struct firing *firing)
{
	struct firing *f;

	if (rules_is_silent(cor->options.rules, firing->rule))
		return;
	if (cor->firing_count == cor->firing_size) {
		cor->firing_size = cor->firing_size ? cor->firing_size * 2 : 64;
		cor->firings = xrealloc(
		    cor->firings, cor->firing_size * sizeof(*cor->firings));
	}
	f = &cor->firings[cor->firing_count++];
	*f = *firing;
	f->group = arena_copy(&cor->firing_keys, firing->group);
}

static int
by_time(const void *a, const void *b)
{
	const struct firing *x = a, *y = b;
	size_t n = x->group.len < y->group.len ? x->group.len : y->group.len;
	int order;

	if (x->time_us != y->time_us)
		return x->time_us < y->time_us ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	order = n ? memcmp(x->group.ptr, y->group.ptr, n) : 0;
	if (order)
		return order;
	if (x->group.len != y->group.len)
		return x->group.len < y->group.len ? -1 : 1;
	return (x->start_us > y->start_us) - (x->start_us < y->start_us);
}

static void
tell_firings(struct correlator *cor)
{
	if (cor->firing_count)
		qsort(cor->firings, cor->firing_count, sizeof(*cor->firings),
		    by_time);
	for (size_t i = 0; i < cor->firing_count; i++)
		cor->fire(cor->context, &cor->firings[i]);
	cor->firing_count = 0;
	arena_reset(&cor->firing_keys);
}

/* --- taking events --- */

static void
give_up(struct correlator *cor, struct store *store)
{
	struct group *g = store_victim(store);

	cor->lost_groups++;
	cor->lost_events += group_count(g);
	if (cor->lost_count < CORRELATOR_LOST_MAX)
		cor->lost[cor->lost_count++] = (struct lost_group){
		    store->c->rule, arena_copy(&cor->lost_keys, group_key(g))};
	store_remove(store, g);
}

/*
 * Entries stay in order as long as the early lane needs it and it is cheap;
 * true if it is the last one now, or of its time.
 */
static bool
insert(struct correlator *cor, struct store *store, struct group *g,
    const struct entry *entry)
{
	struct entry *list;
	size_t n = group_count(g), at = n, stop;

	group_grow(store, g);
	list = group_entries(g);
	stop = n > EARLY_BACK_MAX ? n - EARLY_BACK_MAX : 0;
	if (!cor->options.early || g->unsorted)
		stop = n;
	while (at > stop && entry_before(store->c, entry, &list[at - 1]))
		at--;
	if (at && at == stop && entry_before(store->c, entry, &list[at - 1])) {
		g->unsorted = true;
		at = n;
	}
	memmove(&list[at + 1], &list[at], (n - at) * sizeof(*list));
	list[at] = *entry;
	g->early_first += at < g->early_first;
	g->end++;
	store->held++;
	return at == n || list[n].time_us == entry->time_us;
}

static void
add_entry(struct correlator *cor, struct store *store, struct slice key,
    const struct entry *entry)
{
	bool settled = entry->time_us <= cor->watermark_us;
	const struct correlation *c = store->c;
	uint64_t hash = hash64(key, cor->options.seed);
	struct run run = {cor, store, NULL, 0};
	int64_t due = entry->time_us;
	struct group *g;
	bool last;

	while (store->count && (store->held >= cor->options.events_max ||
	                           store->count >= cor->options.groups_max))
		give_up(cor, store);
	g = store_group(store, key, hash);
	g->touched = true;
	if (c->at_close)
		due = time_plus(due, c->span_us);
	if (due < g->next_us || !g->filed)
		store_file(store, g, due);
	last = insert(cor, store, g, entry);
	/* What a window's end decides waits for the watermark. */
	if (!cor->options.early || c->at_close || settled)
		return;
	run.group = g;
	if (g->unsorted)
		cor->early_left++;
	else if (last)
		early_look_at_end(&run);
	else
		early_look_around(&run, entry->time_us);
}

void
correlator_add(struct correlator *cor, const struct contribution *from,
    int64_t time_us, uint64_t ref)
{
	struct store *store = &cor->stores[from->correlation];
	struct entry entry = {.time_us = time_us, .ref = ref};

	if (time_us <= cor->watermark_us) {
		cor->late++;
		return;
	}
	cor->events++;
	if (correlation_is_temporal(store->c))
		entry.value = from->ref;
	else if (store->c->type == CORRELATION_VALUE_COUNT)
		entry.value = hash64(from->value, cor->options.seed);
	else
		entry.number = from->number;
	add_entry(cor, store, from->group, &entry);
}

/* --- chains --- */

static void
pack_from(struct buf *out, struct slice group, uint32_t place)
{
	struct slice value = {0};

	for (uint32_t i = 0; i <= place; i++)
		(void)unpack_value(&group, &value);
	if (value.ptr)
		pack_value(out, value);
	else
		pack_absent(out);
}

void
pass_on(struct correlator *cor, const struct firing *f)
{
	const struct rule *rule = &cor->options.rules->list[f->rule];
	bool early = f->state == FIRING_EARLY;

	for (size_t i = 0; i < rule->link_count; i++) {
		const struct correlation_link *link = &rule->links[i];
		struct store *store = &cor->stores[link->correlation];
		const struct correlation *c = store->c;
		const struct correlation_ref *ref = &c->refs[link->ref];
		struct entry entry = {.time_us = f->time_us,
		    .ref = f->last | (early ? ENTRY_EARLY : 0)};
		struct slice rest, value;

		if (early && c->at_close)
			continue;
		buf_clear(&cor->key);
		buf_clear(&cor->tuple);
		for (size_t k = 0; k < c->group_count; k++)
			pack_from(&cor->key, f->group, ref->groups[k].from);
		for (size_t k = 0; k < c->value_count; k++)
			pack_from(&cor->tuple, f->group, ref->values[k].from);
		rest = buf_slice(&cor->tuple);
		if (correlation_is_temporal(c))
			entry.value = link->ref;
		else if (c->type == CORRELATION_VALUE_COUNT)
			entry.value = hash64(rest, cor->options.seed);
		else if (c->type != CORRELATION_EVENT_COUNT &&
		         (!unpack_value(&rest, &value) || !value.ptr ||
		             !number_parse(value, &entry.number) ||
		             !entry_number_fits(entry.number)))
			continue;
		add_entry(cor, store, buf_slice(&cor->key), &entry);
	}
}

/* --- the settled lane --- */

static bool
settle_hit(void *context, const struct window_hit *hit)
{
	struct run *run = context;
	struct group *g = run->group;
	struct said *said = said_find(g, hit->start_us);
	struct firing f = firing_of(run, hit);

	f.state = FIRING_SETTLED;
	if (said) {
		f.state = said->time_us == f.time_us && said->events == f.events
		              ? FIRING_CONFIRMED
		              : FIRING_AMENDED;
		said_drop(g, said);
	}
	keep_firing(run->correlator, &f);
	pass_on(run->correlator, &f);
	return true;
}

/* What was said early and can no longer come true is taken back. */
static void
withdraw(struct correlator *cor, struct store *store, struct group *g)
{
	for (size_t i = g->said_count; i--;) {
		struct said *said = &g->said[i];
		struct firing f = {.rule = store->c->rule,
		    .state = FIRING_WITHDRAWN,
		    .group = group_key(g),
		    .start_us = said->start_us,
		    .time_us = said->time_us,
		    .events = said->events};

		if (time_plus(said->start_us, store->c->span_us) >
		    cor->watermark_us)
			continue;
		keep_firing(cor, &f);
		said_drop(g, said);
	}
}

/* When a watermark will find something to do again. */
static int64_t
next_due(const struct store *store, const struct group *g, int64_t settled_us)
{
	const struct entry *list = group_entries(g);
	int64_t span = store->c->span_us, due = INT64_MAX;
	size_t n = group_count(g);

	for (size_t i = 0; i < g->said_count; i++) {
		int64_t end = time_plus(g->said[i].start_us, span);

		due = end < due ? end : due;
	}
	if (n && store->c->at_close) {
		int64_t end = time_plus(list[0].time_us, span);

		return end < due ? end : due;
	}
	for (size_t low = 0, high = n; n;) {
		size_t middle = low + (high - low) / 2;

		/* The first not settled; else when the last one is too old. */
		if (low == high) {
			int64_t at = low < n
			                 ? list[low].time_us
			                 : time_plus(list[n - 1].time_us, span);

			return at < due ? at : due;
		}
		if (list[middle].time_us <= settled_us)
			low = middle + 1;
		else
			high = middle;
	}
	return due;
}

static void
settle_group(struct correlator *cor, struct store *store, struct group *g)
{
	struct run run = {cor, store, g, 0};
	struct window_part part = {
	    .from_us = store->settled_us, .until_us = cor->watermark_us};
	size_t gone;

	if (g->unsorted)
		entries_sort(store->c, group_entries(g), group_count(g));
	g->unsorted = false;
	if (g->end) {
		part.list = group_entries(g);
		part.count = group_count(g);
		gone =
		    window_run(cor->window, store->c, &part, settle_hit, &run);
		group_drop(store, g, gone);
	}
	/* What the early lane used up otherwise is there for it again. */
	if (g->early_us <= cor->watermark_us) {
		g->early_us = INT64_MIN;
		g->early_first = 0;
		g->early_wait = 0;
	}
	withdraw(cor, store, g);
}

static bool
is_empty(const struct group *g)
{
	return g->first == g->end && !g->said_count;
}

static void
settle_store(struct correlator *cor, struct store *store)
{
	int64_t watermark = cor->watermark_us;
	const uint32_t *due;
	size_t n = store_due(store, watermark, &due);

	for (size_t i = 0; i < n; i++) {
		struct group *g = &store->groups[due[i]];

		settle_group(cor, store, g);
		if (!is_empty(g))
			store_file(store, g, next_due(store, g, watermark));
	}
	/* One that is removed makes the last take its place. */
	for (size_t i = 0; i < n; i++)
		while (
		    due[i] < store->count && is_empty(&store->groups[due[i]]))
			store_remove(store, &store->groups[due[i]]);
	store->settled_us = watermark;
}

/* What the early lane passed on and settling is going to tell anew. */
static void
drop_early(struct correlator *cor, struct store *store)
{
	const uint32_t *due;
	size_t n = store_due(store, cor->watermark_us, &due);

	for (size_t i = 0; i < n; i++) {
		struct group *g = &store->groups[due[i]];
		struct entry *list = group_entries(g);
		size_t count = group_count(g), kept = 0;

		for (size_t k = 0; k < count; k++)
			if (!(list[k].ref & ENTRY_EARLY) ||
			    list[k].time_us > cor->watermark_us)
				list[kept++] = list[k];
		g->end -= (uint32_t)(count - kept);
		store->held -= count - kept;
		g->early_first = 0;
		store_file(store, g, g->next_us);
	}
}

void
correlator_watermark(struct correlator *cor, int64_t time_us)
{
	if (time_us <= cor->watermark_us)
		return;
	cor->watermark_us = time_us;
	for (size_t i = 0; i < cor->store_count && cor->options.early; i++)
		if (cor->stores[i].c->chained)
			drop_early(cor, &cor->stores[i]);
	/* Inner correlations first: their firings are the outer ones' events.
	 */
	for (size_t i = 0; i < cor->store_count; i++)
		settle_store(cor, &cor->stores[i]);
	tell_firings(cor);
}

struct correlator_stats
correlator_stats(const struct correlator *cor)
{
	struct correlator_stats stats = {.events = cor->events,
	    .late = cor->late,
	    .lost_groups = cor->lost_groups,
	    .lost_events = cor->lost_events,
	    .early_left = cor->early_left,
	    .lost = cor->lost,
	    .lost_count = cor->lost_count,
	    .bytes = cor->pool.bytes};

	for (size_t i = 0; i < cor->store_count; i++) {
		stats.groups += cor->stores[i].count;
		stats.held += cor->stores[i].held;
		stats.bytes += store_bytes(&cor->stores[i]);
	}
	return stats;
}
