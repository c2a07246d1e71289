#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/term.h"
#include "base/time.h"
#include "cmd/rules.h"
#include "pipeline.h"
#include "json/build.h"

#define DAY_US INT64_C(86400000000)
#define NO_DAY INT64_MIN

/* Days of one rule that are kept apart: times can be forged. */
#define DAYS_MAX 4096

/* What a rule fired on in a day. */
struct day {
	int64_t day; /* since 1970; NO_DAY: without a time, or past DAYS_MAX */
	uint64_t findings;
	struct position first;
};

struct fired {
	struct day *days; /* owned; ascending at the end */
	size_t count, size;
	uint64_t findings;
};

struct backtest {
	const struct rules *rules;
	struct fired *fired; /* for each rule */
	uint64_t findings;
};

/* The rule's number, by where its meta lies: rules do not move. */
static size_t
number_of(const struct backtest *test, const struct rule_meta *meta)
{
	size_t low = 0, high = rules_count(test->rules);

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (rules_meta(test->rules, middle) <= meta)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static struct day *
day_of(struct fired *fired, int64_t time_us)
{
	int64_t day = time_us / DAY_US - (time_us % DAY_US < 0);

	if (time_us == EVENT_NO_TIME)
		day = NO_DAY;
	/* Logs are mostly in order: the day is among the last. */
	for (size_t i = fired->count; i > 0; i--)
		if (fired->days[i - 1].day == day)
			return &fired->days[i - 1];
	if (fired->count == DAYS_MAX)
		return &fired->days[0];
	if (fired->count == fired->size) {
		fired->size = fired->size ? fired->size * 2 : 8;
		fired->days =
		    xrealloc(fired->days, fired->size * sizeof(*fired->days));
	}
	fired->days[fired->count] = (struct day){.day = day};
	return &fired->days[fired->count++];
}

static void
found(void *context, const struct finding *finding)
{
	struct backtest *test = context;
	struct fired *fired = &test->fired[number_of(test, finding->rule)];
	struct day *day = day_of(fired, finding_time(finding));

	if (!day->findings++)
		day->first = finding->position;
	fired->findings++;
	test->findings++;
}

/* --- the answer --- */

static int
by_day(const void *a, const void *b)
{
	const struct day *x = a, *y = b;

	return x->day < y->day ? -1 : x->day > y->day;
}

static void
add_day(struct buf *out, int64_t day)
{
	char room[TIME_TEXT_MAX];

	if (day == NO_DAY)
		buf_str(out, "no time");
	else
		buf_slice_add(
		    out, slice_of(time_format(day * DAY_US, room).ptr, 10));
}

static void
table_rule(
    struct buf *out, const struct rule_meta *meta, const struct fired *fired)
{
	struct buf place = {0};

	term_pad(out, slice_cstr(rules_level(meta)), 8);
	buf_char(out, ' ');
	term_pad(out, meta->title, 60);
	buf_printf(out, " %9ju\n", (uintmax_t)fired->findings);
	for (size_t i = 0; i < fired->count; i++) {
		const struct day *day = &fired->days[i];

		buf_clear(&place);
		add_day(&place, day->day);
		buf_printf(out, "         %-10.*s %9ju  first ", (int)place.len,
		    place.ptr, (uintmax_t)day->findings);
		buf_clear(&place);
		position_write(&place, &day->first);
		/* The end of a path says more than its beginning. */
		if (place.len > 41 && term_width(buf_slice(&place)) > 41) {
			buf_str(out, "...");
			term_fit(
			    out, slice_of(place.ptr + place.len - 38, 38), 38);
		} else {
			term_fit(out, buf_slice(&place), 41);
		}
		buf_char(out, '\n');
	}
	buf_release(&place);
}

/* How many rules fired, and on how many days. */
static size_t
count_fired(const struct backtest *test)
{
	size_t count = 0;

	for (size_t i = 0; i < rules_count(test->rules); i++)
		count += test->fired[i].findings != 0;
	return count;
}

static void
table(struct buf *out, const struct backtest *test, const struct tally *tally)
{
	size_t n = rules_count(test->rules);

	for (int level = LEVEL_COUNT - 1; level >= 0; level--)
		for (size_t i = 0; i < n; i++) {
			const struct rule_meta *meta =
			    rules_meta(test->rules, i);

			if ((int)meta->level == level &&
			    test->fired[i].findings)
				table_rule(out, meta, &test->fired[i]);
		}
	buf_printf(out,
	    "%zu of %zu rules would have fired: %ju findings in %ju events\n",
	    count_fired(test), n, (uintmax_t)test->findings,
	    (uintmax_t)tally->events);
	if (tally->rejected)
		buf_printf(out, "%ju records could not be read\n",
		    (uintmax_t)tally->rejected);
	for (size_t i = 0; i < tally->skipped_count; i++) {
		buf_str(out, "not read: ");
		term_fit(out, tally->skipped[i].file, 40);
		buf_str(out, ": ");
		term_fit(out, tally->skipped[i].why, 27);
		buf_char(out, '\n');
	}
}

static void
json_rule(
    struct buf *out, const struct rule_meta *meta, const struct fired *fired)
{
	size_t mark = json_open(out, NULL, '{'), days, day, first;

	rules_json_member(out, "id", meta->id);
	rules_json_member(out, "title", meta->title);
	json_cstr(out, "level", level_name(meta->level));
	json_u64(out, "findings", fired->findings);
	days = json_open(out, "days", '[');
	for (size_t i = 0; i < fired->count; i++) {
		day = json_open(out, NULL, '{');
		json_key(out, "day");
		if (fired->days[i].day == NO_DAY) {
			buf_str(out, "null");
		} else {
			buf_char(out, '"');
			add_day(out, fired->days[i].day);
			buf_char(out, '"');
		}
		json_u64(out, "findings", fired->days[i].findings);
		first = json_open(out, "first", '{');
		rules_json_position(out, &fired->days[i].first);
		json_close(out, first);
		json_close(out, day);
	}
	json_close(out, days);
	json_close(out, mark);
}

static void
json(struct buf *out, const struct backtest *test, const struct tally *tally)
{
	size_t mark = json_open(out, NULL, '{'), list;

	json_u64(out, "events", tally->events);
	json_u64(out, "rejected", tally->rejected);
	json_u64(out, "findings", test->findings);
	list = json_open(out, "rules", '[');
	for (size_t i = 0; i < rules_count(test->rules); i++)
		json_rule(out, rules_meta(test->rules, i), &test->fired[i]);
	json_close(out, list);
	json_close(out, mark);
	buf_char(out, '\n');
}

int
rules_backtest(const struct rules_args *args, struct err *err)
{
	struct backtest test = {0};
	struct pipeline_options options = {.found = found, .context = &test};
	struct files files = {0};
	struct tally tally = {0};
	struct loaded loaded;
	struct buf out = {0};
	size_t n;
	int status;

	if (rules_open(&loaded, args, NULL, err))
		return -1;
	rules_print_problems(&loaded.report, stderr);
	n = rules_count(loaded.rules);
	test.rules = loaded.rules;
	test.fired = xcalloc(n + 1, sizeof(*test.fired));
	options.rules = loaded.rules;
	status = rules_scan(args, &options, &files, &tally, err);
	for (size_t i = 0; i < n; i++)
		if (test.fired[i].count)
			qsort(test.fired[i].days, test.fired[i].count,
			    sizeof(*test.fired[i].days), by_day);
	if (!status && args->json)
		json(&out, &test, &tally);
	else if (!status)
		table(&out, &test, &tally);
	rules_write(&out);
	if (!status)
		status = loaded.report.count != 0;
	for (size_t i = 0; i < n; i++)
		free(test.fired[i].days);
	free(test.fired);
	buf_release(&out);
	tally_release(&tally);
	files_release(&files);
	rules_close(&loaded);
	return status;
}
