#include "coverage/tally.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/fact.h"
#include "json/json.h"

#define HOUR_US INT64_C(3600000000)

static int64_t
at(const char *text)
{
	int64_t time_us;

	assert_true(time_parse(slice_cstr(text), &time_us));
	return time_us;
}

static void
assert_json(const struct tally *tally, const char *want)
{
	struct buf out = {0};

	tally_write_json(&out, tally);
	buf_char(&out, '\0');
	assert_string_equal(out.ptr, want);
	buf_release(&out);
}

static void
writes_an_empty_summary(void **state)
{
	struct tally tally = {0};

	(void)state;
	assert_json(&tally,
	    "{\"files\":0,\"files_skipped\":0,\"bytes\":0,\"records\":0,"
	    "\"events\":0,\"duplicates\":0,\"rejected\":0,\"kinds\":{},"
	    "\"time\":{\"first\":null,\"last\":null},"
	    "\"rules\":{\"loaded\":0,\"refused\":0},"
	    "\"findings\":{\"critical\":0,\"high\":0,\"medium\":0,\"low\":0,"
	    "\"informational\":0},\"tellings\":0,\"conflicts\":0,"
	    "\"conflict_fields\":{},\"repaired\":0,\"duplicate_keys\":0,"
	    "\"outside\":0,\"no_time\":0,"
	    "\"regex_limited\":0,\"lookup_limited\":0,"
	    "\"correlations\":{\"events\":0,\"no_time\":0,\"lost_groups\":0,"
	    "\"lost_events\":0,\"not_copied\":0,\"lost\":[]},"
	    "\"undecided\":[],"
	    "\"skipped\":[]}\n");
}

static void
writes_what_was_counted(void **state)
{
	struct tally tally = {.files = 2,
	    .bytes = 12345,
	    .records = 5,
	    .duplicates = 1,
	    .rejected = 1,
	    .conflicts = 1,
	    .conflict_fields = {[3] = 1},
	    .rules_loaded = 7,
	    .rules_refused = 1};

	(void)state;
	tally_event(&tally, KIND_OKTA, at("2026-03-02T10:00:00Z"));
	tally_event(&tally, KIND_O365_AUDIT, EVENT_NO_TIME);
	tally_event(&tally, KIND_O365_AUDIT, at("2026-03-01T09:00:00.5Z"));
	tally_finding(&tally, LEVEL_HIGH, at("2026-03-02T10:00:00Z"));
	tally_finding(&tally, LEVEL_HIGH, EVENT_NO_TIME);
	tally_skip(&tally, "READ \"ME\"", "no log");
	tally.undecided = xcalloc(1, sizeof(*tally.undecided));
	tally.undecided[0] = (struct tally_undecided){SLICE("r"), SLICE("R"), 4,
	    1u << FACT_COUNTRY | 1u << FACT_TRAVEL_KMH};
	tally.undecided_count = 1;
	tally.correlate_lost = xcalloc(1, sizeof(*tally.correlate_lost));
	tally.correlate_lost[0] =
	    (struct tally_lost){SLICE("c"), SLICE("C"), SLICE("kim, no ip")};
	tally.correlate_lost_count = 1;
	assert_int_equal(tally_findings(&tally), 2);
	assert_int_equal(
	    tally.records, tally.events + tally.duplicates + tally.rejected);
	assert_json(&tally,
	    "{\"files\":2,\"files_skipped\":1,\"bytes\":12345,\"records\":5,"
	    "\"events\":3,\"duplicates\":1,\"rejected\":1,"
	    "\"kinds\":{\"o365.audit\":2,\"okta.system\":1},"
	    "\"time\":{\"first\":\"2026-03-01T09:00:00.500000Z\","
	    "\"last\":\"2026-03-02T10:00:00.000000Z\"},"
	    "\"rules\":{\"loaded\":7,\"refused\":1},"
	    "\"findings\":{\"critical\":0,\"high\":2,\"medium\":0,\"low\":0,"
	    "\"informational\":0},\"tellings\":0,\"conflicts\":1,"
	    "\"conflict_fields\":{\"outcome\":1},\"repaired\":0,"
	    "\"duplicate_keys\":0,\"outside\":0,\"no_time\":1,"
	    "\"regex_limited\":0,\"lookup_limited\":0,"
	    "\"correlations\":{\"events\":0,\"no_time\":0,\"lost_groups\":0,"
	    "\"lost_events\":0,\"not_copied\":0,\"lost\":[{\"rule\":\"c\","
	    "\"group\":\"kim, no ip\"}]},\"undecided\":[{\"rule\":\"r\","
	    "\"title\":\"R\",\"events\":4,\"unknown\":[\"firn.country\","
	    "\"firn.travel_kmh\"]}],"
	    "\"skipped\":[{\"file\":\"READ \\\"ME\\\"\","
	    "\"reason\":\"no log\"}]}\n");
	tally_release(&tally);
}

static void
keeps_hours_in_order_of_time(void **state)
{
	static const char *const times[] = {"2026-03-02T23:59:59Z",
	    "2026-03-01T00:00:00Z", "2026-03-03T12:00:00Z",
	    "2026-03-01T00:59:59Z", "1969-12-31T23:00:00Z"};
	struct tally tally = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		tally_event(&tally, KIND_OKTA, at(times[i]));
	tally_finding(&tally, LEVEL_LOW, at("2026-03-01T00:30:00Z"));
	assert_int_equal(tally.day_count, 4);
	for (size_t i = 1; i < tally.day_count; i++)
		assert_true(tally.days[i - 1]->day < tally.days[i]->day);
	assert_int_equal(tally.days[0]->day, -1);
	assert_int_equal(tally.days[0]->events[23], 1);
	assert_int_equal(tally.days[1]->events[0], 2);
	assert_int_equal(tally.days[1]->findings[0][LEVEL_LOW], 1);
	assert_int_equal(tally.days[2]->events[23], 1);
	assert_int_equal(tally.first_us, at(times[4]));
	assert_int_equal(tally.last_us, at(times[2]));
	tally_release(&tally);
}

static void
bounds_forged_days(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (int64_t i = 0; i < TALLY_DAYS_MAX + 10; i++)
		tally_event(&tally, KIND_OKTA, i * 24 * HOUR_US);
	assert_int_equal(tally.events, TALLY_DAYS_MAX + 10);
	assert_int_equal(tally.day_count, TALLY_DAYS_MAX);
	assert_int_equal(tally.undated, 10);
	tally_release(&tally);
}

static void
bounds_skipped_files(void **state)
{
	struct tally tally = {0};

	(void)state;
	for (int i = 0; i < TALLY_SKIPPED_MAX + 5; i++)
		tally_skip(&tally, "f", "no log");
	assert_int_equal(tally.files_skipped, TALLY_SKIPPED_MAX + 5);
	assert_int_equal(tally.skipped_count, TALLY_SKIPPED_MAX);
	tally_release(&tally);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(writes_an_empty_summary),
	    cmocka_unit_test(writes_what_was_counted),
	    cmocka_unit_test(keeps_hours_in_order_of_time),
	    cmocka_unit_test(bounds_forged_days),
	    cmocka_unit_test(bounds_skipped_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
