#include "coverage_case.h"

#define EXCHANGE "Audit.Exchange"

static void
cover_gap(
    struct cover *c, const char *key, enum gap_cause cause, int64_t from_us)
{
	gap_write(&c->text, &(struct gap){.source = "contoso",
	                        .stream = "Audit.Exchange",
	                        .key = key,
	                        .cause = cause,
	                        .from_us = from_us,
	                        .to_us = from_us + COVER_HOUR_US,
	                        .heals_until_us = EVENT_NO_TIME,
	                        .detail = "as a test says"});
	cover_apply(c, "firn/gap");
}

static void
cover_heal(struct cover *c, const char *key)
{
	gap_write_healed(&c->text, "contoso", key);
	cover_apply(c, "firn/gap");
}

static struct coverage_stream
stream_of(const struct cover *c, size_t i)
{
	struct coverage_stream stream;

	coverage_stream(c->coverage, i, &stream);
	return stream;
}

static void
expect(
    const struct cover *c, uint64_t announced, uint64_t fetched, uint64_t lost)
{
	struct coverage_hour total = cover_total(c->coverage, 0);

	assert_int_equal(total.announced, announced);
	assert_int_equal(total.fetched, fetched);
	assert_int_equal(total.lost, lost);
}

static void
test_delivery(void **state)
{
	struct cover c;
	struct coverage_stream s;
	unsigned char name[16];
	uint64_t delivery;

	(void)state;
	cover_init(&c, "2026-10-05T09:30:00");
	delivery = cover_open(&c, EXCHANGE, 7, cover_at("2026-10-05T09:10:00"));
	expect(&c, 1, 0, 0);
	cover_name(name, 7);
	assert_false(coverage_has(c.coverage, name));
	cover_close(&c, EXCHANGE, delivery, cover_at("2026-10-05T08:59:00"), 5);
	expect(&c, 1, 1, 0);
	assert_true(coverage_has(c.coverage, name));
	assert_int_equal(coverage_stream_count(c.coverage), 1);
	s = stream_of(&c, 0);
	assert_string_equal(s.source, "contoso");
	assert_string_equal(s.stream, EXCHANGE);
	assert_string_equal(s.by, "m365");
	assert_string_equal(s.tenant, "0000-1");
	assert_int_equal(s.hour_count, 1);
	assert_int_equal(s.hours[0].hour_us, cover_at("2026-10-05T09:00:00"));
	assert_int_equal(s.hours[0].records, 5);
	assert_int_equal(s.hours[0].events, 5);
	assert_int_equal(s.event_count, 1);
	assert_int_equal(s.events[0].hour_us, cover_at("2026-10-05T08:00:00"));
	assert_int_equal(s.events[0].events, 5);
	assert_int_equal(s.newest_us, cover_at("2026-10-05T08:59:00"));
	assert_int_equal(s.clock_us, EVENT_NO_TIME);
	assert_int_equal(coverage_strange(c.coverage), 0);
	assert_int_equal(coverage_size(c.coverage), 2);
	/* Names are known for eight days. */
	c.now_us += 9 * COVER_DAY_US;
	cover_clock(&c, EXCHANGE, c.now_us);
	assert_false(coverage_has(c.coverage, name));
	cover_release(&c);
}

static void
test_counts(void **state)
{
	struct delivered d;
	struct cover c;
	struct coverage_hour total;

	(void)state;
	cover_init(&c, "2026-10-05T09:30:00");
	delivered_init(&d);
	d.delivery = cover_open(&c, EXCHANGE, 7, EVENT_NO_TIME);
	d.source = SLICE("contoso");
	d.stream = SLICE(EXCHANGE);
	d.items = 20;
	d.before = 3;
	d.added = 8; /* with two tellings and a conflict: five are new */
	d.tellings = 2;
	d.conflicts = 1;
	d.repeats = 4;
	d.unreadable = 4;
	d.not_kept = 1;
	d.within = 1;
	d.after = SLICE("\"next\":\"here\"");
	delivered_event(&d, c.now_us - 2 * COVER_DAY_US, c.now_us, c.now_us);
	delivered_event(&d, EVENT_NO_TIME, c.now_us, c.now_us);
	delivered_write(&c.text, &d);
	cover_apply(&c, "firn/delivered");
	total = cover_total(c.coverage, 0);
	assert_int_equal(total.records, 20);
	assert_int_equal(total.events, 6);
	assert_int_equal(total.duplicates, 7);
	assert_int_equal(total.refused, 4);
	assert_int_equal(total.before, 3);
	assert_int_equal(total.late, 1);
	assert_int_equal(stream_of(&c, 0).events_other, 1);
	assert_int_equal(coverage_strange(c.coverage), 0);
	/* Counts that cannot be. */
	d.items = 21;
	delivered_write(&c.text, &d);
	cover_apply(&c, "firn/delivered");
	assert_int_equal(coverage_strange(c.coverage), 1);
	assert_int_equal(cover_total(c.coverage, 0).records, 20);
	delivered_release(&d);
	cover_release(&c);
}

static void
test_cursor(void **state)
{
	struct cover c;
	struct slice next;

	(void)state;
	cover_init(&c, "2026-10-05T09:30:00");
	assert_int_equal(coverage_clock(c.coverage, "contoso", EXCHANGE, &next),
	    EVENT_NO_TIME);
	assert_int_equal(next.len, 0);
	cover_raw(&c, "firn/clock",
	    "{\"source\":\"contoso\",\"stream\":\"Audit.Exchange\","
	    "\"until\":\"2026-10-05T09:00:00Z\",\"next\":\"page 2\"}");
	cover_clock(&c, EXCHANGE, cover_at("2026-10-05T08:00:00"));
	/* It never goes back, and a next that is not said stays. */
	assert_int_equal(coverage_clock(c.coverage, "contoso", EXCHANGE, &next),
	    cover_at("2026-10-05T09:00:00"));
	assert_true(slice_eq(next, SLICE("page 2")));
	cover_release(&c);
}

static void
test_gaps(void **state)
{
	struct cover c;
	const struct gap_seen *gap;
	int64_t from = cover_at("2026-10-05T07:10:00"), opened;

	(void)state;
	cover_init(&c, "2026-10-05T09:30:00");
	opened = c.now_us;
	cover_gap(&c, "blob-1", GAP_MISSING, from);
	assert_true(coverage_gap_is_open(c.coverage, "contoso", "blob-1"));
	assert_false(coverage_gap_is_open(c.coverage, "contoso", "blob-2"));
	assert_false(coverage_gap_is_open(c.coverage, "fabrikam", "blob-1"));
	expect(&c, 1, 0, 1);
	/* Told again it is the same, and has grown. */
	c.now_us += 1000000;
	cover_gap(&c, "blob-1", GAP_EXPIRED, from - COVER_HOUR_US);
	expect(&c, 1, 0, 1);
	assert_int_equal(coverage_gap_count(c.coverage), 1);
	gap = coverage_gap(c.coverage, 0);
	assert_int_equal(gap->gap.cause, GAP_EXPIRED);
	assert_int_equal(gap->gap.from_us, from - COVER_HOUR_US);
	assert_int_equal(gap->gap.to_us, from + COVER_HOUR_US);
	assert_int_equal(gap->opened_us, opened);
	assert_int_equal(gap->index, 0);
	assert_string_equal(gap->gap.source, "contoso");
	assert_string_equal(gap->gap.stream, EXCHANGE);
	assert_string_equal(gap->gap.detail, "as a test says");
	/* What is no delivery is not counted as one. */
	cover_gap(&c, "off", GAP_DISABLED, from);
	expect(&c, 1, 0, 1);
	cover_heal(&c, "blob-1");
	assert_false(coverage_gap_is_open(c.coverage, "contoso", "blob-1"));
	assert_int_equal(coverage_gap(c.coverage, 0)->healed_us, c.now_us);
	expect(&c, 0, 0, 0);
	/* Again. */
	c.now_us += 1000000;
	cover_gap(&c, "blob-1", GAP_MISSING, from);
	assert_int_equal(coverage_gap(c.coverage, 0)->opened_us, c.now_us);
	assert_int_equal(coverage_gap(c.coverage, 0)->gap.from_us, from);
	expect(&c, 1, 0, 1);
	cover_heal(&c, "blob-1");
	assert_int_equal(coverage_strange(c.coverage), 0);
	cover_heal(&c, "never told");
	assert_int_equal(coverage_strange(c.coverage), 1);
	/* What healed long ago is forgotten, what is open is not. */
	c.now_us += 36 * COVER_DAY_US;
	cover_clock(&c, EXCHANGE, c.now_us);
	assert_int_equal(coverage_gap_count(c.coverage), 1);
	assert_string_equal(coverage_gap(c.coverage, 0)->gap.key, "off");
	cover_release(&c);
}

/* A delivery that was begun and is in a gap is announced once. */
static void
test_gap_of_delivery(void **state)
{
	unsigned char name[16];
	struct cover c;
	struct gap gap = {.source = "contoso",
	    .stream = EXCHANGE,
	    .key = "blob-3",
	    .name = name,
	    .cause = GAP_UNREADABLE,
	    .heals_until_us = EVENT_NO_TIME};
	uint64_t delivery;

	(void)state;
	cover_init(&c, "2026-10-05T09:30:00");
	gap.from_us = gap.to_us = c.now_us;
	cover_name(name, 3);
	delivery = cover_open(&c, EXCHANGE, 3, c.now_us);
	gap_write(&c.text, &gap);
	cover_apply(&c, "firn/gap");
	expect(&c, 1, 0, 1);
	assert_memory_equal(coverage_gap(c.coverage, 0)->gap.name, name, 16);
	cover_close(&c, EXCHANGE, delivery, c.now_us, 1);
	cover_heal(&c, "blob-3");
	expect(&c, 1, 1, 0);
	cover_release(&c);
}

static void
test_strange(void **state)
{
	static const struct {
		const char *source, *text;
		bool strange;
	} cases[] = {
	    {"firn/delivery", "{\"by\":\"file\",\"name\":\"a.json\"}", false},
	    {"firn/delivered", "{\"delivery\":3,\"items\":1}", false},
	    {"firn/read", "nonsense", false},
	    {"o365/Exchange", "nonsense", false},
	    {"firn/clock", "nonsense", true},
	    {"firn/delivery", "", true},
	    {"firn/delivery", "{\"source\":\"a\",\"stream\":\"b\"}", true},
	    {"firn/clock", "{\"source\":\"a\"}", true},
	    {"firn/clock", "{\"stream\":\"a\"}", true},
	    {"firn/clock",
	        "{\"source\":\"a\",\"stream\":\"b\",\"until\":\"soon\"}", true},
	    {"firn/gap",
	        "{\"source\":\"a\",\"stream\":\"b\",\"key\":\"c\","
	        "\"cause\":\"bad luck\"}",
	        true},
	    {"firn/delivered",
	        "{\"delivery\":3,\"source\":\"a\",\"stream\":\"b\","
	        "\"items\":-1}",
	        true},
	    {"firn/delivered",
	        "{\"delivery\":3,\"source\":\"a\",\"stream\":\"b\","
	        "\"to_record\":[[50,1]]}",
	        true},
	    {"firn/delivered",
	        "{\"delivery\":3,\"source\":\"a\",\"stream\":\"b\","
	        "\"hours\":[[\"2026-10-05T8\",1]]}",
	        true},
	    /* Of a delivery that nobody opened: counted, and said. */
	    {"firn/delivered",
	        "{\"delivery\":3,\"source\":\"a\",\"stream\":\"b\"}", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cover c;

		cover_init(&c, "2026-10-05T09:30:00");
		cover_raw(&c, cases[i].source, cases[i].text);
		if (coverage_strange(c.coverage) != cases[i].strange)
			fail_msg("%s %s", cases[i].source, cases[i].text);
		cover_release(&c);
	}
}

/* Sums stay, however old it gets. */
static void
test_age(void **state)
{
	struct cover c;
	struct coverage_stream s;
	struct coverage_hour total;
	uint64_t events = 0;

	(void)state;
	cover_init(&c, "2024-01-01T00:30:00");
	for (uint64_t i = 0; i < 800; i++) {
		for (uint64_t k = 0; k < 3; k++) {
			uint64_t delivery =
			    cover_open(&c, EXCHANGE, 3 * i + k, c.now_us);

			cover_close(&c, EXCHANGE, delivery, c.now_us, 2);
			c.now_us += COVER_HOUR_US;
		}
		c.now_us += COVER_DAY_US - 3 * COVER_HOUR_US;
	}
	cover_gap(&c, "old", GAP_EXPIRED, cover_at("2024-01-03T00:00:00"));
	s = stream_of(&c, 0);
	total = cover_total(c.coverage, 0);
	assert_int_equal(total.announced, 2401);
	assert_int_equal(total.fetched, 2400);
	assert_int_equal(total.lost, 1);
	assert_int_equal(total.events, 4800);
	/* The rest, a year of days, 36 days of three hours. */
	assert_in_range(s.hour_count, 1 + 364 + 35 * 3, 1 + 366 + 37 * 3);
	for (size_t i = 1; i < s.hour_count; i++)
		assert_true(s.hours[i].hour_us >=
		            s.hours[i - 1].hour_us + s.hours[i - 1].span_us);
	for (size_t i = 0; i < s.event_count; i++)
		events += s.events[i].events;
	assert_in_range(s.event_count, 42 * 3, 44 * 3);
	assert_int_equal(events + s.events_other, 4800);
	cover_heal(&c, "old");
	assert_int_equal(cover_total(c.coverage, 0).lost, 0);
	cover_release(&c);
}

static void
test_lag(void **state)
{
	struct lag lag = {0}, more = {0};

	(void)state;
	assert_int_equal(lag_quantile(&lag, 50), 0);
	lag_add(&lag, -5, 1);
	assert_int_equal(lag_quantile(&lag, 99), 62500);
	lag_add(&lag, 1000000, 97);
	lag_add(&lag, 3600000000, 2);
	assert_int_equal(lag_quantile(&lag, 50), 1000000);
	assert_int_equal(lag_quantile(&lag, 98), 1000000);
	assert_in_range(lag_quantile(&lag, 99), 3600000000, 5100000000);
	lag_add(&more, INT64_MAX, 1000);
	lag_add_all(&lag, &more);
	assert_int_equal(lag.count, 1100);
	assert_in_range(
	    lag_quantile(&lag, 99), 12 * COVER_DAY_US, 13 * COVER_DAY_US);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_delivery),
	    cmocka_unit_test(test_counts),
	    cmocka_unit_test(test_cursor),
	    cmocka_unit_test(test_gaps),
	    cmocka_unit_test(test_gap_of_delivery),
	    cmocka_unit_test(test_strange),
	    cmocka_unit_test(test_age),
	    cmocka_unit_test(test_lag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
