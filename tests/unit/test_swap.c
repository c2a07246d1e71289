/*
 * Rules that are exchanged while threads match with them: each reader sees one
 * whole set at a time, never an older one than before, and none is freed while
 * it is held.  `make test SAN=thread` looks for races.
 */
#include "rule/swap.h"

#include <pthread.h>
#include <stdatomic.h>

#include "rule_case.h"

#define READERS 4
#define SWAPS   200

/* A set in which all rules are of that version: v<version>-0 and so on. */
static struct rules *
make_rules(unsigned version)
{
	struct buf text = {0};
	struct rules_text rule = {.path = "rule.yml"};
	struct rules_source source = {.texts = &rule, .text_count = 1};
	struct rules_report report = {0};
	struct rules *rules;
	struct err err;

	for (unsigned i = 0; i < 5; i++)
		buf_printf(&text,
		    "---\ntitle: t\nid: v%u-%u\nlogsource: {product: p}\n"
		    "detection: {s: {f|contains: x%u}}\n",
		    version, i, i);
	rule.text = buf_slice(&text);
	if (rules_load(&rules, &source, &report, &err) || report.count)
		abort();
	rules_report_release(&report);
	buf_release(&text);
	return rules;
}

struct reader {
	struct swap *swap;
	atomic_bool *stop;
	unsigned runs, wrong;
	pthread_t thread;
};

/* Matches with a set once; whether it was of one version. */
static bool
match_once(const struct rules *rules)
{
	struct matcher *matcher = matcher_new(rules);
	struct json_parser *parser = json_parser_new();
	struct arena arena = {0};
	struct record record = {.arena = &arena};
	struct event event = {.kind = KIND_UNKNOWN};
	char text[64 + JSON_PADDING] = "{\"f\": \"x0 x1 x2 x3 x4\"}";
	unsigned version, first;
	const uint32_t *hits;
	bool same = true;
	size_t n;

	if (json_parse(parser, slice_cstr(text), &record.root, NULL) ==
	    JSON_BAD)
		abort();
	n = matcher_run(matcher, &record, &event, &hits);
	for (size_t i = 0; i < n; i++) {
		version = (unsigned)strtoul(
		    rules_meta(rules, hits[i])->id.ptr + 1, NULL, 10);
		first = i ? first : version;
		same &= version == first;
	}
	arena_release(&arena);
	json_parser_free(parser);
	matcher_free(matcher);
	return same && n == 5;
}

static void *
read_rules(void *arg)
{
	struct reader *reader = arg;
	uint64_t last = 0;

	while (!atomic_load(reader->stop) || !reader->runs) {
		struct rule_set *set = swap_take(reader->swap);

		reader->wrong += rule_set_number(set) < last;
		last = rule_set_number(set);
		reader->wrong += swap_number(reader->swap) < last;
		reader->wrong += !match_once(rule_set_rules(set));
		rule_set_release(set);
		reader->runs++;
	}
	return NULL;
}

static void
readers_see_whole_sets(void **state)
{
	struct reader readers[READERS];
	atomic_bool stop = false;
	struct swap *swap = swap_new(make_rules(1));

	(void)state;
	for (size_t i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.swap = swap, .stop = &stop};
		assert_int_equal(pthread_create(&readers[i].thread, NULL,
		                     read_rules, &readers[i]),
		    0);
	}
	for (unsigned i = 2; i <= SWAPS; i++)
		swap_put(swap, make_rules(i));
	atomic_store(&stop, true);
	for (size_t i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		assert_true(readers[i].runs > 0);
		assert_int_equal(readers[i].wrong, 0);
	}
	assert_int_equal(swap_number(swap), SWAPS);
	swap_free(swap);
}

static void
held_rules_outlive_the_swap(void **state)
{
	struct swap *swap = swap_new(make_rules(1));
	struct rule_set *old = swap_take(swap), *now;

	(void)state;
	swap_put(swap, make_rules(2));
	now = swap_take(swap);
	assert_int_equal(rule_set_number(old), 1);
	assert_int_equal(rule_set_number(now), 2);
	swap_free(swap);
	assert_true(match_once(rule_set_rules(old)));
	assert_true(match_once(rule_set_rules(now)));
	rule_set_release(old);
	rule_set_release(now);
	rule_set_release(NULL);
	swap_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(readers_see_whole_sets),
	    cmocka_unit_test(held_rules_outlive_the_swap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
