/* The way of a parcel into the ledger, its findings, and what its source is
 * told. */
#include "pipeline_run.h"

#include <time.h>

#include "run_case_parcel.h"

static void
expect_ends(const struct run_case *c, size_t count, enum parcel_end last)
{
	const struct run_seen *seen = &c->seen;

	assert_int_equal(seen->end_count, count);
	if (seen->ends[count - 1] != last)
		fail_msg("ended as %d: %s", (int)seen->ends[count - 1],
		    seen->whys[count - 1]);
}

static struct run_counts
counts_of(const struct run_case *c)
{
	struct run_counts counts;

	run_counts(c->run, &counts);
	return counts;
}

/* A rule that fires, and a record that nothing is found in. */
static void
give_two(struct run_case *c, const char *name)
{
	struct parcel *parcel = run_case_parcel(c, name);
	/* Once, as in another second they would contradict each other. */
	static int64_t made_us;

	if (!made_us)
		made_us = time_now_us();
	run_case_record(parcel, 1, "New-InboxRule", made_us);
	run_case_record(parcel, 2, "Set-Mailbox", made_us);
	run_case_give(c, parcel);
}

static void
test_a_parcel(void **state)
{
	struct run_case c;
	struct run_counts counts;
	struct run_held held;

	(void)state;
	run_case_init(&c);
	run_case_start(&c);
	give_two(&c, "a");
	run_case_round(&c);
	expect_ends(&c, 1, PARCEL_DURABLE);
	assert_int_equal(c.seen.told_count, 1);
	assert_non_null(strstr(c.seen.last, "Rule added"));
	counts = counts_of(&c);
	assert_int_equal(counts.records, 2);
	assert_int_equal(counts.events, 2);
	assert_int_equal(counts.duplicates, 0);
	assert_int_equal(counts.deliveries, 1);
	assert_int_equal(counts.findings[LEVEL_HIGH], 1);
	assert_int_equal(counts.to_alert.count, 1);
	/* Told with another parcel: the ledger has it. */
	give_two(&c, "b");
	run_case_round(&c);
	expect_ends(&c, 2, PARCEL_DURABLE);
	assert_int_equal(counts_of(&c).duplicates, 2);
	assert_int_equal(c.seen.told_count, 1);
	/* The same parcel: nothing of it is looked at. */
	give_two(&c, "b");
	run_case_round(&c);
	expect_ends(&c, 3, PARCEL_DURABLE);
	assert_int_equal(counts_of(&c).records, 4);
	run_case_stop(&c);
	held = run_case_held(&c);
	assert_int_equal(held.events, 2);
	assert_int_equal(held.findings, 1);
	assert_int_equal(held.opened, 2);
	assert_int_equal(held.closed, 2);
	run_case_end(&c);
}

/* The ledger says where to go on, and what was told: once is enough. */
static void
test_again_and_again(void **state)
{
	struct run_case c;
	struct run_held held;

	(void)state;
	run_case_init(&c);
	for (int i = 0; i < 4; i++) {
		run_case_start(&c);
		give_two(&c, i % 2 ? "b" : "a");
		run_case_round(&c);
		expect_ends(&c, (size_t)i + 1, PARCEL_DURABLE);
		/* Half of them end well, the others do not. */
		if (i % 2)
			run_case_stop(&c);
		else
			run_case_drop(&c);
	}
	assert_int_equal(c.seen.told_count, 1);
	held = run_case_held(&c);
	assert_int_equal(held.events, 2);
	assert_int_equal(held.findings, 1);
	assert_int_equal(held.closed, 2);
	run_case_end(&c);
}

/* Two parcels of one name at once are one. */
static void
test_twice_at_once(void **state)
{
	struct run_case c;

	(void)state;
	run_case_init(&c);
	c.threads = 2;
	run_case_start(&c);
	give_two(&c, "a");
	give_two(&c, "a");
	run_case_round(&c);
	expect_ends(&c, 2, PARCEL_DURABLE);
	assert_int_equal(counts_of(&c).records, 2);
	run_case_stop(&c);
	assert_int_equal(run_case_held(&c).events, 2);
	run_case_end(&c);
}

static void
test_bodies(void **state)
{
	static const struct {
		const char *body;
		enum parcel_end end;
		uint64_t odd;
	} cases[] = {
	    {"", PARCEL_DURABLE, 0},
	    {" \r\n", PARCEL_DURABLE, 0},
	    {"[]", PARCEL_DURABLE, 0},
	    {" [ \n ] ", PARCEL_DURABLE, 0},
	    {"[]\r\n", PARCEL_DURABLE, 0},
	    {"\x01\x02\x03", PARCEL_BROKEN, 0},
	    {"this is no log at all", PARCEL_BROKEN, 0},
	    {"[{\"a\":1},{\"b\":}]", PARCEL_DURABLE, 1},
	};
	struct run_case c;
	uint64_t odd = 0;

	(void)state;
	run_case_init(&c);
	run_case_start(&c);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char name[16];
		struct parcel *parcel;

		snprintf(name, sizeof(name), "%zu", i);
		parcel = run_case_parcel(&c, name);
		buf_str(&parcel->body, cases[i].body);
		hub_give(c.hub, parcel);
		run_case_round(&c);
		expect_ends(&c, i + 1, cases[i].end);
		odd += cases[i].odd;
	}
	assert_int_equal(counts_of(&c).broken, 2);
	assert_int_equal(counts_of(&c).unreadable, odd);
	run_case_stop(&c);
	assert_int_equal(run_case_held(&c).odd, odd);
	run_case_end(&c);
}

/* Of a parcel that is given again less is there than was taken. */
/* Of the only stream. */
static struct coverage_hour
total_of(const struct run_case *c)
{
	struct coverage *coverage = hub_coverage(c->hub);
	struct coverage_hour total = {0};
	struct coverage_stream stream;

	assert_int_equal(coverage_stream_count(coverage), 1);
	coverage_stream(coverage, 0, &stream);
	for (size_t i = 0; i < stream.hour_count; i++)
		coverage_hour_add(&total, &stream.hours[i]);
	return total;
}

static void
test_too_short(void **state)
{
	struct run_case c;
	struct parcel *parcel;
	struct append_delivery of = {.tenant = SLICE("0000-1"),
	    .raw = SLICE("{\"by\":\"m365\",\"source\":\"contoso\"}")};
	struct ledger_delivery delivery;
	struct append_item item = {.keep = true,
	    .source = SLICE("file/x"),
	    .tenant = SLICE("0000-1"),
	    .available_us = LEAF_NO_TIME,
	    .since_us = INT64_MIN,
	    .raw = SLICE("{}")};
	unsigned char verdict;
	struct err err = {0};

	(void)state;
	run_case_init(&c);
	run_case_start(&c);
	parcel = run_case_parcel(&c, "a");
	run_case_record(parcel, 1, "Set-Mailbox", time_now_us());
	of.name = parcel->name;
	/* Three items of it were taken by one who was cut off. */
	assert_int_equal(append_begin(c.append, &of, &delivery, &err), 0);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(append_take(c.append,
		                     &(struct append_batch){.name = of.name,
		                         .first = i,
		                         .items = &item,
		                         .count = 1},
		                     &verdict, &err),
		    0);
	run_case_give(&c, parcel);
	run_case_round(&c);
	expect_ends(&c, 1, PARCEL_SHORT);
	/* With five, two are new. */
	parcel = run_case_parcel(&c, "a");
	for (uint64_t i = 0; i < 5; i++)
		run_case_record(parcel, i, "Set-Mailbox", time_now_us());
	run_case_give(&c, parcel);
	run_case_round(&c);
	expect_ends(&c, 2, PARCEL_DURABLE);
	assert_int_equal(counts_of(&c).records, 2);
	assert_int_equal(total_of(&c).announced, 1);
	assert_int_equal(total_of(&c).fetched, 1);
	assert_int_equal(total_of(&c).records, 5);
	assert_int_equal(total_of(&c).before, 0);
	run_case_stop(&c);
	assert_int_equal(run_case_held(&c).events, 5);
	assert_int_equal(run_case_held(&c).closed, 1);
	run_case_end(&c);
}

/* States are kept, each of them, and no rule looks at them, now or later. */
static void
test_states(void **state)
{
	struct run_case c;

	(void)state;
	run_case_init(&c);
	for (int i = 0; i < 3; i++) {
		struct parcel *parcel;

		run_case_start(&c);
		parcel = run_case_parcel(&c, i ? "b" : "a");
		parcel->as = "graph/users";
		run_case_record(parcel, 1, "New-InboxRule", time_now_us());
		run_case_record(parcel, 1, "New-InboxRule", time_now_us());
		run_case_give(&c, parcel);
		run_case_round(&c);
		expect_ends(&c, (size_t)i + 1, PARCEL_DURABLE);
		run_case_stop(&c);
	}
	assert_int_equal(run_case_held(&c).states, 4);
	assert_int_equal(run_case_held(&c).findings, 0);
	assert_int_equal(c.seen.told_count, 0);
	run_case_end(&c);
}

static void
test_gaps_and_clocks(void **state)
{
	const struct gap gap = {.source = "contoso",
	    .stream = "Audit.General",
	    .key = "k",
	    .cause = GAP_MISSING,
	    .from_us = CASE_SECOND_US,
	    .to_us = CASE_SECOND_US,
	    .heals_until_us = EVENT_NO_TIME};
	struct run_case c;
	struct buf next = {0};

	(void)state;
	run_case_init(&c);
	run_case_start(&c);
	hub_gap(c.hub, &gap);
	hub_clock(c.hub, "contoso", "Audit.General", CASE_HOUR_US, "here");
	run_case_round(&c);
	assert_int_equal(counts_of(&c).gaps, 1);
	hub_gap(c.hub, &gap);
	run_case_round(&c);
	assert_int_equal(counts_of(&c).gaps, 1);
	run_case_drop(&c);
	run_case_start(&c);
	assert_true(coverage_gap_is_open(hub_coverage(c.hub), "contoso", "k"));
	assert_int_equal(
	    hub_cursor(c.hub, "contoso", "Audit.General", &next), CASE_HOUR_US);
	assert_true(slice_eq(buf_slice(&next), SLICE("here")));
	buf_release(&next);
	hub_heal(c.hub, "contoso", "k");
	run_case_stop(&c);
	assert_int_equal(run_case_held(&c).gaps, 2);
	run_case_end(&c);
}

/* --- correlations --- */

/* Rounds until it has looked at the clock, which it does each second. */
static void
rounds_of_a_second(struct run_case *c)
{
	int64_t until_us = time_now_us() + CASE_SECOND_US * 3 / 2;

	while (time_now_us() < until_us)
		run_case_round(c);
}

static void
give_failures(struct run_case *c, const char *name, uint64_t first,
    uint64_t count, int64_t time_us)
{
	struct parcel *parcel = run_case_parcel(c, name);

	for (uint64_t i = first; i < first + count; i++)
		run_case_record(parcel, i, "UserLoginFailed",
		    time_us + (int64_t)i * CASE_SECOND_US);
	run_case_give(c, parcel);
}

static void
set_clock(struct run_case *c, int64_t time_us)
{
	hub_clock(c->hub, "contoso", "Audit.General", time_us, NULL);
}

/* A run whose clock stands long ago; the time at which failures begin. */
static int64_t
start_early(struct run_case *c)
{
	int64_t now_us = time_now_us() / CASE_SECOND_US * CASE_SECOND_US;

	run_case_init(c);
	run_case_start(c);
	set_clock(c, now_us - 3 * CASE_HOUR_US);
	run_case_stop(c);
	run_case_start(c);
	return now_us - 2 * CASE_HOUR_US;
}

static void
test_early_then_confirmed(void **state)
{
	struct run_case c;
	int64_t at_us = start_early(&c);

	(void)state;
	give_failures(&c, "a", 0, 2, at_us);
	run_case_round(&c);
	assert_int_equal(c.seen.told_count, 0);
	give_failures(&c, "b", 2, 1, at_us);
	run_case_round(&c);
	assert_int_equal(c.seen.told_count, 1);
	assert_non_null(strstr(c.seen.last, "Three failed"));
	assert_int_equal(counts_of(&c).findings[LEVEL_MEDIUM], 1);
	/* Who was cut off does not say it again. */
	run_case_drop(&c);
	run_case_start(&c);
	run_case_round(&c);
	assert_int_equal(c.seen.told_count, 1);
	set_clock(&c, at_us + CASE_HOUR_US);
	rounds_of_a_second(&c);
	assert_int_equal(c.seen.told_count, 2);
	run_case_stop(&c);
	/* Nor is what was confirmed confirmed again. */
	run_case_start(&c);
	rounds_of_a_second(&c);
	run_case_stop(&c);
	assert_int_equal(c.seen.told_count, 2);
	assert_int_equal(run_case_held(&c).findings, 2);
	run_case_end(&c);
}

static void
test_early_then_amended(void **state)
{
	struct run_case c;
	int64_t at_us = start_early(&c);

	(void)state;
	give_failures(&c, "a", 0, 3, at_us);
	run_case_round(&c);
	assert_int_equal(c.seen.told_count, 1);
	/* One more that happened between them, and was told later. */
	give_failures(&c, "b", 7, 1, at_us - 6 * CASE_SECOND_US);
	run_case_round(&c);
	set_clock(&c, at_us + CASE_HOUR_US);
	rounds_of_a_second(&c);
	assert_true(counts_of(&c).amended + counts_of(&c).withdrawn > 0);
	run_case_stop(&c);
	run_case_start(&c);
	rounds_of_a_second(&c);
	assert_int_equal(counts_of(&c).amended + counts_of(&c).withdrawn, 0);
	run_case_stop(&c);
	assert_int_equal(run_case_held(&c).findings, c.seen.told_count);
	run_case_end(&c);
}

static void
test_early_then_withdrawn(void **state)
{
	struct run_case c;
	int64_t at_us = start_early(&c);

	(void)state;
	give_failures(&c, "a", 10, 3, at_us);
	run_case_round(&c);
	assert_int_equal(c.seen.told_count, 1);
	/* It began earlier: the finding is another one. */
	give_failures(&c, "b", 0, 2, at_us);
	run_case_round(&c);
	set_clock(&c, at_us + CASE_HOUR_US);
	rounds_of_a_second(&c);
	assert_int_equal(counts_of(&c).withdrawn, 1);
	assert_int_equal(counts_of(&c).findings[LEVEL_MEDIUM], 2);
	run_case_stop(&c);
	assert_int_equal(run_case_held(&c).findings, c.seen.told_count);
	run_case_end(&c);
}

/* Other rules find what is there, and what was found before is not told. */
static void
test_other_rules(void **state)
{
	struct rules_text text = {"rules.yml",
	    SLICE(CASE_RULES "---\ntitle: Mailbox set\n"
	                     "id: 44444444-4444-4444-8444-444444444444\n"
	                     "logsource: {product: m365}\nlevel: critical\n"
	                     "detection: {s: {Operation: Set-Mailbox}, "
	                     "condition: s}\n")};
	const struct rules_source source = {
	    .texts = &text, .text_count = 1, .any_logsource = true};
	struct rules_report report = {0};
	const atomic_bool stop = false;
	struct rules *old, *rules;
	struct run_case c;
	struct err err = {0};

	(void)state;
	run_case_init(&c);
	run_case_start(&c);
	give_two(&c, "a");
	run_case_round(&c);
	assert_int_equal(c.seen.told_count, 1);
	old = c.rules;
	assert_int_equal(rules_load(&rules, &source, &report, NULL), 0);
	assert_int_equal(report.count, 0);
	rules_report_release(&report);
	run_set_rules(c.run, rules);
	rules_free(old);
	c.rules = rules;
	if (run_catch_up(c.run, &stop, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(c.seen.told_count, 2);
	assert_non_null(strstr(c.seen.last, "Mailbox set"));
	run_case_stop(&c);
	assert_int_equal(run_case_held(&c).findings, 2);
	run_case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_parcel),
	    cmocka_unit_test(test_again_and_again),
	    cmocka_unit_test(test_twice_at_once),
	    cmocka_unit_test(test_bodies),
	    cmocka_unit_test(test_too_short),
	    cmocka_unit_test(test_states),
	    cmocka_unit_test(test_gaps_and_clocks),
	    cmocka_unit_test(test_early_then_confirmed),
	    cmocka_unit_test(test_early_then_amended),
	    cmocka_unit_test(test_early_then_withdrawn),
	    cmocka_unit_test(test_other_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
