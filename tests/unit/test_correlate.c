/* The correlator against a slow one: random events, orders and watermarks. */
#include "correlation_case.h"

#include <inttypes.h>
#include <math.h>

enum way {
	COUNT,
	DISTINCT,
	SUM,
	AVERAGE,
	PERCENTILE,
	ANY_ORDER,
	IN_ORDER,
};

/* One correlation, as YAML and as the reference takes it. */
struct kind {
	const char *yaml; /* type, rules, timespan and condition */
	int64_t span;     /* seconds */
	bool (*holds)(double value);
	bool (*rules)(unsigned mask); /* ANY_ORDER with an expression */
	const char *const *chains;    /* IN_ORDER: "ab": a, then b */
	double percentile;
	enum way way;
	bool at_close;
};

struct sample {
	int64_t t; /* seconds */
	uint64_t ref;
	unsigned group, rule, value;
	double number;
};

/* --- the reference --- */

static bool
three_or_more(double v)
{
	return v >= 3;
}

static bool
two_or_more(double v)
{
	return v >= 2;
}

static bool
more_than_ten(double v)
{
	return v > 10;
}

static bool
more_than_five_and_a_half(double v)
{
	return v > 5.5;
}

static bool
less_than_three(double v)
{
	return v < 3;
}

static bool
two_to_four(double v)
{
	return v >= 2 && v <= 4;
}

static bool
not_two(double v)
{
	return v != 2;
}

static bool
exactly_two(double v)
{
	return v == 2;
}

static bool
a_and_b_or_c(unsigned mask)
{
	return mask & 1 && mask & 6;
}

static bool
a_without_b(unsigned mask)
{
	return (mask & 3) == 1;
}

static const char *const abc[] = {"abc", NULL};
static const char *const ab_or_ac[] = {"ab", "ac", NULL};

#define RULES "    rules: [a, b, c]\n    group-by: [g]\n"

static const struct kind kinds[] = {
    {"    type: event_count\n    timespan: 10s\n    condition: {gte: 3}\n", 10,
        three_or_more, NULL, NULL, 0, COUNT, false},
    {"    type: event_count\n    timespan: 10s\n    condition: {lt: 3}\n", 10,
        less_than_three, NULL, NULL, 0, COUNT, true},
    {"    type: event_count\n    timespan: 5s\n"
     "    condition: {gte: 2, lte: 4}\n",
        5, two_to_four, NULL, NULL, 0, COUNT, true},
    {"    type: event_count\n    timespan: 5s\n    condition: {neq: 2}\n", 5,
        not_two, NULL, NULL, 0, COUNT, true},
    {"    type: value_count\n    timespan: 10s\n"
     "    condition: {field: v, gte: 3}\n",
        10, three_or_more, NULL, NULL, 0, DISTINCT, false},
    {"    type: value_count\n    timespan: 10s\n"
     "    condition: {field: v, eq: 2}\n",
        10, exactly_two, NULL, NULL, 0, DISTINCT, true},
    {"    type: value_sum\n    timespan: 10s\n"
     "    condition: {field: n, gt: 10}\n",
        10, more_than_ten, NULL, NULL, 0, SUM, false},
    {"    type: value_avg\n    timespan: 10s\n"
     "    condition: {field: n, gt: 5.5}\n",
        10, more_than_five_and_a_half, NULL, NULL, 0, AVERAGE, false},
    {"    type: value_avg\n    timespan: 7s\n"
     "    condition: {field: n, lt: 3}\n",
        7, less_than_three, NULL, NULL, 0, AVERAGE, true},
    {"    type: value_median\n    timespan: 10s\n"
     "    condition: {field: n, gt: 5.5}\n",
        10, more_than_five_and_a_half, NULL, NULL, 50, PERCENTILE, false},
    {"    type: value_percentile\n    timespan: 10s\n"
     "    condition: {field: n, percentile: 90, gte: 3}\n",
        10, three_or_more, NULL, NULL, 90, PERCENTILE, false},
    {"    type: temporal\n    timespan: 10s\n", 10, three_or_more, NULL, NULL,
        0, ANY_ORDER, false},
    {"    type: temporal\n    timespan: 3s\n    condition: {gte: 2}\n", 3,
        two_or_more, NULL, NULL, 0, ANY_ORDER, false},
    {"    type: temporal\n    timespan: 4s\n    condition: a and (b or c)\n", 4,
        NULL, a_and_b_or_c, NULL, 0, ANY_ORDER, false},
    {"    type: temporal\n    timespan: 4s\n    condition: a and not b\n", 4,
        NULL, a_without_b, NULL, 0, ANY_ORDER, true},
    {"    type: temporal_ordered\n    timespan: 10s\n", 10, NULL, NULL, abc, 0,
        IN_ORDER, false},
    {"    type: temporal_ordered\n    timespan: 6s\n"
     "    condition: a and (b or c)\n",
        6, NULL, NULL, ab_or_ac, 0, IN_ORDER, false},
};

#define KINDS   (sizeof(kinds) / sizeof(kinds[0]))
#define EVENTS  40
#define GROUPS  3
#define FIRINGS (EVENTS * GROUPS)

struct expected {
	unsigned group;
	int64_t start, t;
	uint64_t events, last;
};

static int
by_number(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
reckon(const struct kind *kind, const struct sample *list, size_t n)
{
	double numbers[EVENTS] = {0}, sum = 0, rank;
	unsigned seen = 0;
	size_t below;

	for (size_t i = 0; i < n; i++) {
		seen |= 1u << (kind->way == DISTINCT ? list[i].value
		                                     : list[i].rule);
		sum += list[i].number;
		numbers[i] = list[i].number;
	}
	switch (kind->way) {
	case COUNT:
		return (double)n;
	case DISTINCT:
	case ANY_ORDER:
	case IN_ORDER:
		return __builtin_popcount(seen);
	case SUM:
		return sum;
	case AVERAGE:
		return sum / (double)n;
	case PERCENTILE:
		break;
	}
	qsort(numbers, n, sizeof(numbers[0]), by_number);
	rank = kind->percentile / 100 * (double)(n - 1);
	below = (size_t)rank;
	if (below + 1 >= n)
		return numbers[n - 1];
	return numbers[below] +
	       (rank - (double)below) * (numbers[below + 1] - numbers[below]);
}

/* Whether the rest of a chain can follow, from that time on. */
static bool
follows(const struct sample *list, size_t n, const char *chain, int64_t from)
{
	if (!*chain)
		return true;
	for (size_t i = 0; i < n; i++)
		if (list[i].rule == (unsigned)(*chain - 'a') &&
		    list[i].t >= from && follows(list, n, chain + 1, list[i].t))
			return true;
	return false;
}

static bool
is_true(const struct kind *kind, const struct sample *list, size_t n,
    int64_t *start)
{
	unsigned mask = 0;
	bool held = false;

	*start = list[0].t;
	for (size_t i = 0; i < n; i++)
		mask |= 1u << list[i].rule;
	if (kind->way == ANY_ORDER && kind->rules)
		return kind->rules(mask);
	if (kind->way != IN_ORDER)
		return kind->holds(reckon(kind, list, n));
	for (size_t k = 0; kind->chains[k]; k++)
		for (size_t i = 0; i < n; i++)
			if (list[i].rule ==
			        (unsigned)(kind->chains[k][0] - 'a') &&
			    follows(list, n, kind->chains[k] + 1, list[i].t)) {
				if (list[i].t > *start)
					*start = list[i].t;
				held = true;
			}
	return held;
}

/* Of one group's events, in their order; adds to the firings. */
static size_t
expect_group(const struct kind *kind, const struct sample *list, size_t n,
    struct expected *out)
{
	int64_t used = -1000;
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t t = list[i].t, from = t - kind->span, start;
		size_t first = 0, end = i + 1;

		if (t <= used)
			continue;
		if (kind->at_close) {
			from = t;
			t += kind->span;
			used = t;
		}
		while (list[first].t < from ||
		       (!kind->at_close && list[first].t <= used))
			first++;
		while (end < n && list[end].t <= t)
			end++;
		if (!is_true(kind, list + first, end - first, &start))
			continue;
		while (list[first].t < start)
			first++;
		out[count++] = (struct expected){
		    list[0].group, start, t, end - first, list[end - 1].ref};
		used = t;
	}
	return count;
}

static int
by_time(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	return (x->ref > y->ref) - (x->ref < y->ref);
}

static int
by_rule(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	return (x->ref > y->ref) - (x->ref < y->ref);
}

static int
by_firing(const void *a, const void *b)
{
	const struct expected *x = a, *y = b;

	if (x->t != y->t)
		return x->t < y->t ? -1 : 1;
	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	return (x->start > y->start) - (x->start < y->start);
}

static size_t
expect_all(const struct kind *kind, const struct sample *list, size_t n,
    struct expected *out)
{
	struct sample own[EVENTS];
	size_t count = 0;

	for (unsigned g = 0; g < GROUPS; g++) {
		size_t k = 0;

		for (size_t i = 0; i < n; i++)
			if (list[i].group == g)
				own[k++] = list[i];
		if (!k)
			continue;
		qsort(own, k, sizeof(own[0]),
		    kind->way == IN_ORDER ? by_rule : by_time);
		count += expect_group(kind, own, k, out + count);
	}
	qsort(out, count, sizeof(*out), by_firing);
	return count;
}

/* --- random events --- */

static uint64_t random_state;

static unsigned
below(unsigned n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % n;
}

static size_t
make_events(struct sample *list)
{
	size_t n = 1 + below(EVENTS);
	unsigned spread = 5 + below(60), groups = 1 + below(GROUPS);

	for (size_t i = 0; i < n; i++)
		list[i] = (struct sample){.t = below(spread),
		    .ref = i,
		    .group = below(groups),
		    .rule = below(3),
		    .value = below(5),
		    .number = below(20) / 2.0};
	return n;
}

static void
shuffle(struct sample *list, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = below((unsigned)i);
		struct sample other = list[k];

		list[k] = list[i - 1];
		list[i - 1] = other;
	}
}

/* --- the two compared --- */

static void
give(struct correlation_run *run, const struct sample *s)
{
	static const char *const names[GROUPS] = {NULL, "a", "b"};
	struct contribution one = {.ref = s->rule, .number = s->number};
	struct buf group = {0}, value = {0};

	if (names[s->group])
		pack_value(&group, slice_cstr(names[s->group]));
	else
		pack_absent(&group);
	buf_printf(&value, "%u", s->value);
	one.group = buf_slice(&group);
	one.value = buf_slice(&value);
	correlator_add(run->correlator, &one, s->t * SECOND, s->ref);
	buf_release(&group);
	buf_release(&value);
}

/* Feeds the events; now and then a watermark below all that is to come. */
static void
feed(struct correlation_run *run, const struct sample *list, size_t n,
    bool watermarks)
{
	for (size_t i = 0; i < n; i++) {
		int64_t least = 1000;

		give(run, &list[i]);
		for (size_t k = i + 1; k < n; k++)
			if (list[k].t < least)
				least = list[k].t;
		if (watermarks && !below(3))
			correlator_watermark(run->correlator,
			    least * SECOND - 1 - (int64_t)below(SECOND));
	}
	correlator_watermark(run->correlator, 2000 * SECOND);
}

static bool
same(const struct fired *fired, const struct expected *want)
{
	static const char *const names[GROUPS] = {"-", "a", "b"};
	const struct firing *f = &fired->firing;

	return f->start_us == want->start * SECOND &&
	       f->time_us == want->t * SECOND && f->events == want->events &&
	       f->last == want->last &&
	       !strcmp(fired->group, names[want->group]);
}

static bool
same_identity(const struct fired *a, const struct fired *b)
{
	return a->firing.start_us == b->firing.start_us &&
	       !strcmp(a->group, b->group);
}

/* The settled firings are those expected, and what is said of early ones so. */
static bool
agrees(const struct correlation_run *run, const struct expected *want,
    size_t count)
{
	size_t settled = 0;

	for (size_t i = 0; i < run->count; i++) {
		const struct fired *one = &run->list[i], *early = NULL;
		enum firing_state state = one->firing.state;
		bool known = false, changed;

		for (size_t k = 0; k < i; k++) {
			const struct fired *other = &run->list[k];

			if (!same_identity(one, other))
				continue;
			known = other->firing.state == FIRING_EARLY;
			early = known ? other : early;
		}
		if (state == FIRING_EARLY) {
			if (known)
				return false;
			continue;
		}
		if (known == (state == FIRING_SETTLED))
			return false;
		if (state == FIRING_WITHDRAWN)
			continue;
		changed = early && known &&
		          (early->firing.time_us != one->firing.time_us ||
		              early->firing.events != one->firing.events);
		if (changed != (state == FIRING_AMENDED))
			return false;
		if (settled == count || !same(one, &want[settled++]))
			return false;
	}
	return settled == count;
}

static void
show(const struct correlation_run *run, const struct expected *want,
    size_t count, const struct sample *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		print_message("  event %" PRIu64 " t=%" PRId64
		              " group=%u rule=%u value=%u number=%g\n",
		    list[i].ref, list[i].t, list[i].group, list[i].rule,
		    list[i].value, list[i].number);
	for (size_t i = 0; i < count; i++)
		print_message("  want group=%u %" PRId64 "..%" PRId64
		              " events=%" PRIu64 " last=%" PRIu64 "\n",
		    want[i].group, want[i].start, want[i].t, want[i].events,
		    want[i].last);
	for (size_t i = 0; i < run->count; i++) {
		const struct firing *f = &run->list[i].firing;

		print_message("  have group=%s %" PRId64 "..%" PRId64
		              " events=%" PRIu64 " last=%" PRIu64 " state=%d\n",
		    run->list[i].group, f->start_us / SECOND,
		    f->time_us / SECOND, f->events, f->last, f->state);
	}
}

static struct slice
rules_text(const struct kind *kind, struct buf *text)
{
	for (int name = 'a'; name <= 'c'; name++)
		buf_printf(text,
		    "title: %c\nid: %c\nlogsource: {product: x}\n"
		    "detection: {s: {r: %c}, condition: s}\n---\n",
		    name, name, name);
	buf_printf(
	    text, "title: it\nid: it\ncorrelation:\n%s" RULES, kind->yaml);
	return buf_slice(text);
}

#define ROUNDS 600

/* Returns how often the reference fired. */
static size_t
one_order(const struct kind *kind, struct slice rules, uint64_t seed)
{
	struct correlator_options how = {.early = seed % 2, .seed = seed};
	struct sample list[EVENTS];
	struct expected want[FIRINGS];
	struct correlation_run run;
	size_t n, count;

	random_state = seed * 1000 + (uint64_t)(kind - kinds);
	n = make_events(list);
	count = expect_all(kind, list, n, want);
	if (seed % 5 == 1)
		qsort(list, n, sizeof(list[0]), by_time);
	else
		shuffle(list, n);
	correlation_run_load(&run, rules, &how);
	feed(&run, list, n, seed % 3 == 0);
	if (!agrees(&run, want, count)) {
		show(&run, want, count, list, n);
		fail_msg("kind %td, seed %" PRIu64, kind - kinds, seed);
	}
	correlation_run_free(&run);
	return count;
}

static void
every_order(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct buf text = {0};
		struct slice rules = rules_text(&kinds[k], &text);
		size_t fired = 0;

		for (uint64_t seed = 1; seed <= ROUNDS; seed++)
			fired += one_order(&kinds[k], rules, seed);
		assert_true(fired > ROUNDS / 4); /* else it proves nothing */
		buf_release(&text);
	}
	print_message("seeds 1 to %d of %zu kinds\n", ROUNDS, KINDS);
}

/* Without anything out of order, the early lane is right at once. */
static void
in_order(void **state)
{
	struct sample list[EVENTS];

	(void)state;
	for (size_t k = 0; k < KINDS; k++) {
		struct correlator_options how = {.early = true};
		struct buf text = {0};
		struct slice rules = rules_text(&kinds[k], &text);

		for (uint64_t seed = 1; seed <= 100 && !kinds[k].at_close;
		     seed++) {
			struct correlation_run run;
			size_t n;

			random_state = seed;
			n = make_events(list);
			for (size_t i = 0; i < n; i++)
				list[i].t = (int64_t)i;
			correlation_run_load(&run, rules, &how);
			feed(&run, list, n, seed % 2);
			for (size_t i = 0; i < run.count; i++)
				assert_true(
				    run.list[i].firing.state == FIRING_EARLY ||
				    run.list[i].firing.state ==
				        FIRING_CONFIRMED);
			correlation_run_free(&run);
		}
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_order),
	    cmocka_unit_test(in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
