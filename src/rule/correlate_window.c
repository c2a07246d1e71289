#include "rule/correlate_window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

/* How often a value is in the window; a hash of 0 never happens. */
struct tally {
	uint64_t value;
	uint32_t epoch; /* another: the place is free */
	uint32_t count;
};

__extension__ typedef __int128 exact;

struct window {
	const struct correlation *c;
	size_t count;
	struct tally *table; /* owned; value_count */
	size_t table_size, table_used;
	uint32_t epoch;
	size_t distinct;
	exact sum;      /* in millionths */
	double *sorted; /* owned; value_percentile */
	size_t sorted_size;
	uint32_t seen[CORRELATION_REFS_MAX]; /* temporal */
	uint64_t mask;
	/* temporal_ordered: when the rules up to a place began at the latest */
	int64_t began[CORRELATION_TERMS_MAX][CORRELATION_REFS_MAX];
};

/* --- the order of entries --- */

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int
by_ref(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = (x->time_us > y->time_us) - (x->time_us < y->time_us);

	order = order ? order : compare(x->ref, y->ref);
	return order ? order : compare(x->value, y->value);
}

/* Events of one time are in the order of the rules, whatever that is. */
static int
by_rule(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = (x->time_us > y->time_us) - (x->time_us < y->time_us);

	order = order ? order : compare(x->value, y->value);
	return order ? order : compare(x->ref, y->ref);
}

bool
entry_before(
    const struct correlation *c, const struct entry *a, const struct entry *b)
{
	return (c->type == CORRELATION_TEMPORAL_ORDERED ? by_rule(a, b)
	                                                : by_ref(a, b)) < 0;
}

void
entries_sort(const struct correlation *c, struct entry *list, size_t count)
{
	qsort(list, count, sizeof(*list),
	    c->type == CORRELATION_TEMPORAL_ORDERED ? by_rule : by_ref);
}

/* --- distinct values --- */

static struct tally *
find(const struct window *w, uint64_t value)
{
	uint64_t at = hash_mix(value, 0x9e3779b97f4a7c15u);

	for (;; at++) {
		struct tally *t = &w->table[at & (w->table_size - 1)];

		if (t->epoch != w->epoch || t->value == value)
			return t;
	}
}

/* Makes room, and leaves out values that are gone. */
static void
grow(struct window *w)
{
	struct tally *old = w->table;
	size_t size = w->table_size;
	uint32_t epoch = w->epoch;

	w->table_size = w->distinct * 4 < size ? size : size * 2;
	if (!size)
		w->table_size = 256;
	w->table = xcalloc(w->table_size, sizeof(*w->table));
	w->epoch = 1;
	w->table_used = 0;
	for (size_t i = 0; i < size; i++) {
		if (old[i].epoch != epoch || !old[i].count)
			continue;
		*find(w, old[i].value) =
		    (struct tally){old[i].value, w->epoch, old[i].count};
		w->table_used++;
	}
	free(old);
}

static void
add_value(struct window *w, uint64_t value)
{
	struct tally *t;

	if (w->table_used * 2 >= w->table_size)
		grow(w);
	t = find(w, value);
	if (t->epoch != w->epoch) {
		*t = (struct tally){value, w->epoch, 0};
		w->table_used++;
	}
	w->distinct += !t->count++;
}

static void
remove_value(struct window *w, uint64_t value)
{
	w->distinct -= !--find(w, value)->count;
}

/* --- numbers --- */

/* Together with 2^27 events this stays below 2^127. */
#define NUMBER_MAX 1e24

bool
entry_number_fits(double number)
{
	return number >= -NUMBER_MAX && number <= NUMBER_MAX;
}

/*
 * Millionths: whole numbers add up to the same in every order, doubles do
 * not.
 */
static exact
millionths(double number)
{
	return (exact)nearbyint(number * 1e6);
}

/* The place of the first number that is not below it. */
static size_t
place(const struct window *w, size_t count, double number)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->sorted[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
add_number(struct window *w, double number)
{
	size_t at;

	if (w->count == w->sorted_size) {
		w->sorted_size = w->sorted_size ? w->sorted_size * 2 : 64;
		w->sorted =
		    xrealloc(w->sorted, w->sorted_size * sizeof(*w->sorted));
	}
	at = place(w, w->count, number);
	memmove(&w->sorted[at + 1], &w->sorted[at],
	    (w->count - at) * sizeof(*w->sorted));
	w->sorted[at] = number;
}

static void
remove_number(struct window *w, double number)
{
	size_t at = place(w, w->count, number);

	memmove(&w->sorted[at], &w->sorted[at + 1],
	    (w->count - at - 1) * sizeof(*w->sorted));
}

/* Between two numbers, as far as the rank lies between them. */
static double
percentile(const struct window *w)
{
	double rank = w->c->percentile / 100 * (double)(w->count - 1);
	size_t below = (size_t)rank;
	double part = rank - (double)below;

	if (below + 1 >= w->count)
		return w->sorted[w->count - 1];
	return w->sorted[below] +
	       part * (w->sorted[below + 1] - w->sorted[below]);
}

/* --- rules in their order --- */

/* The rules of a term that stand before this one. */
static size_t
place_in(uint64_t all, uint64_t rule)
{
	return (size_t)__builtin_popcountll(all & ((UINT64_C(1) << rule) - 1));
}

static void
add_step(struct window *w, const struct entry *entry)
{
	for (size_t i = 0; i < w->c->term_count; i++) {
		uint64_t all = w->c->terms[i].all;
		size_t at = place_in(all, entry->value);
		int64_t *began = w->began[i], since;

		if (!(all >> entry->value & 1))
			continue;
		since = at ? began[at - 1] : entry->time_us;
		if (since > began[at])
			began[at] = since;
	}
}

/* --- the window --- */

struct window *
window_new(void)
{
	return xcalloc(1, sizeof(struct window));
}

void
window_free(struct window *window)
{
	if (!window)
		return;
	free(window->table);
	free(window->sorted);
	free(window);
}

void
window_reset(struct window *w, const struct correlation *c)
{
	w->c = c;
	w->count = 0;
	w->distinct = 0;
	w->table_used = 0;
	w->sum = 0;
	w->mask = 0;
	if (!++w->epoch && w->table_size)
		memset(w->table, 0, w->table_size * sizeof(*w->table));
	w->epoch += !w->epoch;
	if (!correlation_is_temporal(c))
		return;
	memset(w->seen, 0, c->ref_count * sizeof(w->seen[0]));
	for (size_t i = 0;
	     c->type == CORRELATION_TEMPORAL_ORDERED && i < c->term_count; i++)
		for (size_t k = 0; k < c->ref_count; k++)
			w->began[i][k] = INT64_MIN;
}

void
window_add(struct window *w, const struct entry *entry)
{
	switch (w->c->type) {
	case CORRELATION_EVENT_COUNT:
		break;
	case CORRELATION_VALUE_COUNT:
		add_value(w, entry->value);
		break;
	case CORRELATION_VALUE_SUM:
	case CORRELATION_VALUE_AVG:
		w->sum += millionths(entry->number);
		break;
	case CORRELATION_VALUE_PERCENTILE:
		add_number(w, entry->number);
		break;
	case CORRELATION_TEMPORAL_ORDERED:
		add_step(w, entry);
		/* fallthrough */
	case CORRELATION_TEMPORAL:
		w->seen[entry->value]++;
		w->mask |= UINT64_C(1) << entry->value;
		break;
	}
	w->count++;
}

void
window_remove(struct window *w, const struct entry *entry)
{
	switch (w->c->type) {
	case CORRELATION_EVENT_COUNT:
		break;
	case CORRELATION_VALUE_COUNT:
		remove_value(w, entry->value);
		break;
	case CORRELATION_VALUE_SUM:
	case CORRELATION_VALUE_AVG:
		w->sum -= millionths(entry->number);
		break;
	case CORRELATION_VALUE_PERCENTILE:
		remove_number(w, entry->number);
		break;
	case CORRELATION_TEMPORAL:
	case CORRELATION_TEMPORAL_ORDERED:
		if (!--w->seen[entry->value])
			w->mask &= ~(UINT64_C(1) << entry->value);
		break;
	}
	w->count--;
}

/* --- whether it holds --- */

static double
value_of(const struct window *w)
{
	switch (w->c->type) {
	case CORRELATION_EVENT_COUNT:
		break;
	case CORRELATION_VALUE_COUNT:
		return (double)w->distinct;
	case CORRELATION_VALUE_SUM:
		return (double)w->sum / 1e6;
	case CORRELATION_VALUE_AVG:
		return (double)w->sum / 1e6 / (double)w->count;
	case CORRELATION_VALUE_PERCENTILE:
		return percentile(w);
	case CORRELATION_TEMPORAL:
	case CORRELATION_TEMPORAL_ORDERED:
		return (double)__builtin_popcountll(w->mask);
	}
	return (double)w->count;
}

static bool
within(const struct correlation_bound *bound, double value)
{
	switch (bound->op) {
	case BOUND_GT:
		return value > bound->limit;
	case BOUND_GTE:
		return value >= bound->limit;
	case BOUND_LT:
		return value < bound->limit;
	case BOUND_LTE:
		return value <= bound->limit;
	case BOUND_EQ:
		return value == bound->limit;
	case BOUND_NEQ:
		return value != bound->limit;
	}
	return false;
}

/* Of several ways the one that began last. */
static bool
term_holds(const struct window *w, int64_t since_us, int64_t *start_us)
{
	bool ordered = w->c->type == CORRELATION_TEMPORAL_ORDERED, held = false;
	int64_t start = INT64_MIN;

	for (size_t i = 0; i < w->c->term_count; i++) {
		const struct correlation_term *term = &w->c->terms[i];
		int n = __builtin_popcountll(term->all);

		if ((w->mask & term->all) != term->all || w->mask & term->none)
			continue;
		if (ordered && n && w->began[i][n - 1] < since_us)
			continue;
		if (ordered && n && w->began[i][n - 1] > start)
			start = w->began[i][n - 1];
		held = true;
	}
	if (start > *start_us)
		*start_us = start;
	return held;
}

bool
window_holds(
    const struct window *w, int64_t since_us, int64_t *start_us, double *value)
{
	if (!w->count)
		return false;
	*value = value_of(w);
	for (size_t i = 0; i < w->c->bound_count; i++)
		if (!within(&w->c->bounds[i], *value))
			return false;
	return !w->c->term_count || term_holds(w, since_us, start_us);
}

/* --- the run --- */

/* Windows that follow each other, each opened by the first event after. */
static size_t
run_closed(struct window *w, const struct correlation *c,
    const struct window_part *part, window_take *take, void *context)
{
	const struct entry *list = part->list;
	size_t count = part->count;
	size_t i = 0;

	while (i < count) {
		struct window_hit hit = {
		    .first = i, .start_us = list[i].time_us};

		hit.time_us = time_plus(hit.start_us, c->span_us);
		if (hit.time_us > part->until_us)
			break;
		window_reset(w, c);
		while (i < count && list[i].time_us <= hit.time_us)
			window_add(w, &list[i++]);
		hit.end = i;
		if (window_holds(w, INT64_MIN + 1, &hit.start_us, &hit.value) &&
		    !take(context, &hit))
			break;
	}
	return i;
}

size_t
window_run(struct window *w, const struct correlation *c,
    const struct window_part *part, window_take *take, void *context)
{
	const struct entry *list = part->list;
	size_t count = part->count;
	size_t first = 0, i = 0;
	int64_t since;

	if (c->at_close)
		return run_closed(w, c, part, take, context);
	window_reset(w, c);
	while (i < count && list[i].time_us <= part->until_us) {
		int64_t now = list[i].time_us;
		struct window_hit hit = {.time_us = now};

		since = time_less(now, c->span_us);
		while (first < i && list[first].time_us < since)
			window_remove(w, &list[first++]);
		while (i < count && list[i].time_us == now)
			window_add(w, &list[i++]);
		hit.start_us = list[first].time_us;
		if (now <= part->from_us ||
		    !window_holds(w, since, &hit.start_us, &hit.value))
			continue;
		hit.first = first;
		hit.end = i;
		while (list[hit.first].time_us < hit.start_us)
			hit.first++;
		if (!take(context, &hit))
			return i;
		window_reset(w, c);
		first = i;
	}
	since = time_less(part->until_us, c->span_us);
	while (first < i && list[first].time_us <= since)
		first++;
	return first;
}
