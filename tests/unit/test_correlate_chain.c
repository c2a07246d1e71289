/* Chains of correlations: whatever the early lane says of them, and in
 * whatever order events come, all ends as the settled lane alone has it. */
#include "correlation_case.h"

#include <inttypes.h>

#define BASE(name)                                                             \
	"title: " name "\nid: " name "\nname: " name "\n"                      \
	"logsource: {product: x}\n"                                            \
	"detection: {s: {r: " name "}, condition: s}\n---\n"

/* Twice a or b; that twice, or with c; and the same once more, mixed. */
static const char rules[] = BASE("a") BASE("b") BASE(
    "c") "title: in\nid: in\nname: in\ncorrelation:\n"
         "    type: event_count\n    rules: [a, b]\n    group-by: [g, h]\n"
         "    timespan: 5s\n    condition: {gte: 2}\n    generate: true\n"
         "---\n"
         "title: mid\nid: mid\nname: mid\ncorrelation:\n"
         "    type: value_count\n    rules: [in]\n    group-by: [g]\n"
         "    timespan: 20s\n    condition: {field: h, gte: 2}\n"
         "    generate: true\n---\n"
         "title: mixed\nid: mixed\nname: mixed\ncorrelation:\n"
         "    type: temporal_ordered\n    rules: [in, c]\n    group-by: [g]\n"
         "    timespan: 9s\n    generate: true\n---\n"
         "title: out\nid: out\ncorrelation:\n"
         "    type: temporal\n    rules: [mid, mixed]\n    group-by: [g]\n"
         "    timespan: 30s\n";

#define EVENTS 60

struct sample {
	int64_t t;
	uint64_t ref;
	char text[64];
};

static uint64_t random_state;

static unsigned
below(unsigned n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % n;
}

static size_t
make_events(struct sample *list, bool rising)
{
	size_t n = 10 + below(EVENTS - 10);
	unsigned spread = 10 + below(60);

	for (size_t i = 0; i < n; i++) {
		list[i].t = rising ? (int64_t)i : below(spread);
		list[i].ref = i;
		snprintf(list[i].text, sizeof(list[i].text),
		    "{\"r\": \"%c\", \"g\": \"%u\", \"h\": \"%u\"}",
		    'a' + (int)below(3), below(2), below(3));
	}
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

static void
feed(struct correlation_run *run, const struct sample *list, size_t n,
    bool watermarks)
{
	for (size_t i = 0; i < n; i++) {
		int64_t least = 1000;

		correlation_run_add(run, slice_cstr(list[i].text),
		    list[i].t * SECOND, list[i].ref);
		for (size_t k = i + 1; k < n; k++)
			least = list[k].t < least ? list[k].t : least;
		if (watermarks && !below(3))
			correlator_watermark(run->correlator,
			    least * SECOND - 1 - (int64_t)below(SECOND));
	}
	correlator_watermark(run->correlator, 2000 * SECOND);
	assert_int_equal(correlator_stats(run->correlator).groups, 0);
	assert_int_equal(correlator_stats(run->correlator).held, 0);
}

static bool
same_identity(const struct fired *a, const struct fired *b)
{
	return a->firing.rule == b->firing.rule &&
	       a->firing.start_us == b->firing.start_us &&
	       !strcmp(a->group, b->group);
}

/* Whether `one` is as `want`, which the settled lane alone has said. */
static bool
same(const struct fired *one, const struct fired *want)
{
	return same_identity(one, want) &&
	       one->firing.time_us == want->firing.time_us &&
	       one->firing.events == want->firing.events &&
	       one->firing.last == want->firing.last;
}

static size_t
count_settled(const struct correlation_run *run)
{
	size_t n = 0;

	for (size_t i = 0; i < run->count; i++)
		n += run->list[i].firing.state != FIRING_EARLY &&
		     run->list[i].firing.state != FIRING_WITHDRAWN;
	return n;
}

/* Each early one is ended once, and each end but SETTLED ends an early one. */
static void
assert_ended(const struct correlation_run *run, uint64_t seed)
{
	for (size_t i = 0; i < run->count; i++) {
		const struct fired *one = &run->list[i];
		int open = 0;

		for (size_t k = 0; k < run->count; k++) {
			enum firing_state state = run->list[k].firing.state;

			if (!same_identity(one, &run->list[k]))
				continue;
			open += state == FIRING_EARLY;
			open -=
			    state != FIRING_EARLY && state != FIRING_SETTLED;
			if (open < 0 || open > 1)
				break;
		}
		if (open)
			fail_msg("seed %" PRIu64 ": rule %u, group %s: %d",
			    seed, one->firing.rule, one->group, open);
	}
}

/* Returns how often the outermost spoke early. */
static size_t
one_order(uint64_t seed, bool rising)
{
	struct correlator_options how = {.early = true, .seed = seed};
	struct correlation_run alone, run;
	struct sample list[EVENTS];
	size_t n, found = 0, early = 0;

	random_state = seed;
	n = make_events(list, rising);
	correlation_run_load(&alone, slice_cstr(rules), NULL);
	feed(&alone, list, n, false);
	if (!rising)
		shuffle(list, n);
	correlation_run_load(&run, slice_cstr(rules), &how);
	feed(&run, list, n, seed % 2);
	assert_ended(&run, seed);
	for (size_t i = 0; i < run.count; i++) {
		const struct fired *one = &run.list[i];
		enum firing_state state = one->firing.state;

		early += state == FIRING_EARLY && one->firing.rule == 6;
		if (rising)
			assert_true(
			    state == FIRING_EARLY || state == FIRING_CONFIRMED);
		for (size_t k = 0; k < alone.count && state != FIRING_EARLY &&
		                   state != FIRING_WITHDRAWN;
		     k++)
			found += same(one, &alone.list[k]);
	}
	if (found != alone.count || count_settled(&run) != alone.count)
		fail_msg("seed %" PRIu64 ": %zu of %zu, %zu", seed, found,
		    alone.count, count_settled(&run));
	correlation_run_free(&alone);
	correlation_run_free(&run);
	return early;
}

static void
every_order(void **state)
{
	size_t early = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 1500; seed++)
		early += one_order(seed, false);
	assert_true(early > 200); /* else it proves nothing */
}

/* Without anything out of order, chains are right at once, too. */
static void
in_order(void **state)
{
	size_t early = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++)
		early += one_order(seed, true);
	assert_true(early > 50);
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
