#include "coverage/silence.h"

#include <math.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "coverage_case.h"

#define BEGIN   "2026-01-05T00:00:00" /* a Monday */
#define DAYS(n) ((int64_t)(n)*24)     /* hours */

/* --- chance, the same each time --- */

static uint64_t chance;

static double
draw(void)
{
	chance = chance * 6364136223846793005u + 1442695040888963407u;
	return (double)(chance >> 11) / 9007199254740992.0;
}

static double
normal(void)
{
	return sqrt(-2 * log(1 - draw())) * cos(6.283185307179586 * draw());
}

static uint64_t
poisson(double mean)
{
	double product = 1, least = exp(-mean);
	uint64_t n = 0;

	if (mean > 200)
		return (uint64_t)fmax(0, mean + sqrt(mean) * normal() + 0.5);
	while ((product *= draw()) > least)
		n++;
	return n;
}

/* --- a made-up source --- */

struct made_stream {
	const char *name;
	double peak;  /* events in an hour of work */
	double floor; /* part of it at night and on days of rest */
	double burst; /* chance that a day has five times as many */
};

static const struct made_stream streams[] = {
    {"big", 20000, 0.06, 0.01},
    {"mid", 1500, 0.08, 0.02},
    {"small", 250, 0.05, 0.02},
    {"few", 30, 0.03, 0.02},
    {"rare", 3, 0.10, 0.02},
};

#define STREAMS (sizeof(streams) / sizeof(streams[0]))

/* How busy people are in an hour of their day, from 0 to 1. */
static double
busy(int64_t hour)
{
	static const double hours[24] = {0, 0, 0, 0, 0, .02, .08, .3, .75, 1, 1,
	    .95, .7, .85, 1, .95, .85, .5, .2, .1, .08, .05, .02, 0};

	return hours[hour % 24];
}

struct world {
	struct cover c;
	int64_t begin;             /* hours since 1970 */
	int64_t *holidays, *named; /* days; owned */
	size_t holiday_count, named_count;
	double noise; /* of a day, and again of an hour */
	double day[STREAMS];
	/* What is lost of an hour of a stream: a part of it. */
	double (*lost)(size_t stream, int64_t hour);
	struct buf
	    claimed; /* keys of all gaps that were ever told, a line each */
};

static bool
is_holiday(const struct world *w, int64_t day)
{
	for (size_t i = 0; i < w->holiday_count; i++)
		if (w->holidays[i] == day)
			return true;
	return false;
}

static double
mean_of(const struct world *w, size_t i, int64_t hour)
{
	const struct made_stream *s = &streams[i];
	int64_t day = (w->begin + hour) / 24;
	bool rest = hour / 24 % 7 >= 5 || is_holiday(w, day);
	/* Summer time in the middle of it, and a slow growth. */
	double now = busy(hour + (hour > DAYS(90) && hour < DAYS(270)));
	double grown = 1 + 0.02 * (double)hour / 720;

	return s->peak * grown *
	       (rest ? s->floor * (0.5 + now) : s->floor + now);
}

static void
tell(void *ctx, struct slice text)
{
	struct world *w = ctx;

	buf_slice_add(&w->claimed, text);
	buf_char(&w->claimed, '\n');
}

/* As the loop does: judge, then make records of what is to be said. */
static void
judge(struct world *w)
{
	struct habit_days days = {w->named, w->named_count};
	struct silences found = {0};
	struct buf told = {0};
	struct slice rest;

	buf_clear(&w->claimed);
	silence_find(w->c.coverage, &days, &found);
	silence_tell(w->c.coverage, &found, tell, w);
	buf_slice_add(&told, buf_slice(&w->claimed));
	for (rest = buf_slice(&told); rest.len;) {
		struct slice line = slice_cut(&rest, '\n');

		buf_slice_add(&w->c.text, line);
		cover_apply(&w->c, "firn/gap");
	}
	buf_release(&told);
	silences_release(&found);
}

/* One hour of all streams: it happens, and is delivered an hour later. */
static void
pass_hour(struct world *w, int64_t hour)
{
	int64_t at = (w->begin + hour) * COVER_HOUR_US;

	for (size_t i = 0; i < STREAMS; i++) {
		struct delivered d;
		double mean = mean_of(w, i, hour);
		uint64_t n;

		if (hour % 24 == 0) {
			w->day[i] = exp(w->noise * normal());
			if (draw() < streams[i].burst)
				w->day[i] *= 5;
		}
		n = poisson(mean * w->day[i] * exp(w->noise * normal()));
		if (w->lost)
			n -= (uint64_t)(w->lost(i, hour) * (double)n);
		w->c.now_us = at + 2 * COVER_HOUR_US;
		delivered_init(&d);
		d.delivery = cover_open(&w->c, streams[i].name,
		    (uint64_t)hour * STREAMS + i, at + COVER_HOUR_US);
		d.source = SLICE("contoso");
		d.stream = slice_cstr(streams[i].name);
		d.items = d.added = n;
		d.hours = xcalloc(1, sizeof(*d.hours));
		d.hours[0] = (struct event_hour){at, n};
		d.hour_count = 1;
		lag_add(&d.to_available, COVER_HOUR_US, n);
		delivered_write(&w->c.text, &d);
		cover_apply(&w->c, "firn/delivered");
		delivered_release(&d);
		cover_clock(&w->c, streams[i].name, at + COVER_HOUR_US);
	}
}

static void
world_init(struct world *w, double noise)
{
	*w = (struct world){.noise = noise};
	cover_init(&w->c, BEGIN);
	w->begin = w->c.now_us / COVER_HOUR_US;
}

static void
world_release(struct world *w)
{
	free(w->holidays);
	free(w->named);
	buf_release(&w->claimed);
	cover_release(&w->c);
}

/* Ten a year; half of them are named. */
static void
add_holidays(struct world *w)
{
	w->holidays = xcalloc(10, sizeof(*w->holidays));
	w->named = xcalloc(10, sizeof(*w->named));
	for (int64_t i = 0; i < 10; i++) {
		int64_t day = w->begin / 24 + 30 + i * 35 + i % 5;

		w->holidays[w->holiday_count++] = day;
		if (i % 2)
			w->named[w->named_count++] = day * COVER_DAY_US;
	}
}

/* Of each stream, as gaps are forgotten by and by. */
static size_t gaps_told[STREAMS];

static void
count_told(struct slice rest)
{
	while (rest.len) {
		struct slice line = slice_cut(&rest, '\n');

		for (size_t i = 0; i < STREAMS; i++) {
			char word[64];
			int len = snprintf(word, sizeof(word),
			    "\"stream\":\"%s\"", streams[i].name);

			if (memmem(line.ptr, line.len, word, (size_t)len))
				gaps_told[i]++;
		}
	}
}

/*
 * A year of honest noise: days and hours that differ by chance, holidays,
 * bursts, summer time, growth.  At most one false alarm a stream a month.
 */
static void
test_honest(void **state)
{
	static const double noises[] = {0, 0.2};

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct world w;

		chance = k + 1;
		memset(gaps_told, 0, sizeof(gaps_told));
		world_init(&w, noises[k]);
		add_holidays(&w);
		for (int64_t hour = 0; hour < DAYS(365); hour++) {
			pass_hour(&w, hour);
			if (hour % 12 != 11)
				continue;
			judge(&w);
			count_told(buf_slice(&w.claimed));
		}
		for (size_t i = 0; i < STREAMS; i++) {
			print_message("noise %.2f, %s: %zu in a year\n",
			    noises[k], streams[i].name, gaps_told[i]);
			assert_in_range(gaps_told[i], 0, 11);
		}
		world_release(&w);
	}
}

/* --- losses --- */

#define LEARN   (DAYS(28)) /* hours before something is lost */
#define EVERY   61         /* hours from one loss to the next */
#define BUCKETS 6

static double lost_part;

static double
lose_some(size_t stream, int64_t hour)
{
	(void)stream;
	return hour >= LEARN && hour % EVERY == 0 ? lost_part : 0;
}

/* Whether an open gap of the stream has the hour. */
static bool
is_claimed(const struct world *w, size_t stream, int64_t hour)
{
	int64_t at = (w->begin + hour) * COVER_HOUR_US;

	for (size_t i = 0; i < coverage_gap_count(w->c.coverage); i++) {
		const struct gap_seen *seen = coverage_gap(w->c.coverage, i);

		if (seen->healed_us == EVENT_NO_TIME &&
		    !strcmp(seen->gap.stream, streams[stream].name) &&
		    seen->gap.from_us <= at && at < seen->gap.to_us)
			return true;
	}
	return false;
}

/* How many events there were to be: 24, 50, 100, 200, 1000 or more. */
static size_t
bucket_of(double mean)
{
	static const double least[BUCKETS] = {0, 24, 50, 100, 200, 1000};
	size_t bucket = BUCKETS - 1;

	while (mean < least[bucket])
		bucket--;
	return bucket;
}

struct losses {
	size_t lost[BUCKETS], found[BUCKETS], wrong;
};

/* 90 days, of which every 61st hour loses a part on all streams. */
static struct losses
lose(double part, double noise)
{
	struct losses losses = {.wrong = 0};
	struct world w;

	chance = 77;
	lost_part = part;
	world_init(&w, noise);
	w.lost = lose_some;
	for (int64_t hour = 0; hour < DAYS(90); hour++) {
		pass_hour(&w, hour);
		if (hour % 24 == 23)
			judge(&w);
	}
	for (int64_t hour = LEARN; hour < DAYS(88); hour++) {
		for (size_t i = 0; i < STREAMS; i++) {
			size_t bucket = bucket_of(mean_of(&w, i, hour));
			bool claimed = is_claimed(&w, i, hour);

			if (hour % EVERY) {
				losses.wrong += claimed;
				continue;
			}
			losses.lost[bucket]++;
			losses.found[bucket] += claimed;
		}
	}
	world_release(&w);
	print_message("%.0f %% lost, noise %.2f: found", 100 * part, noise);
	for (size_t i = 0; i < BUCKETS; i++)
		print_message(" %zu/%zu", losses.found[i], losses.lost[i]);
	print_message(", wrong %zu\n", losses.wrong);
	return losses;
}

static void
test_lost(void **state)
{
	struct losses losses;

	(void)state;
	losses = lose(1, 0);
	for (size_t i = 2; i < BUCKETS; i++)
		assert_true(10 * losses.found[i] >= 9 * losses.lost[i]);
	assert_in_range(losses.wrong, 0, 5);
	losses = lose(0.6, 0);
	for (size_t i = 4; i < BUCKETS; i++)
		assert_true(10 * losses.found[i] >= 8 * losses.lost[i]);
	losses = lose(1, 0.2);
	assert_int_equal(losses.found[5], losses.lost[5]);
	assert_in_range(losses.wrong, 0, 5);
}

/* --- single cases --- */

static double
lose_afternoon(size_t stream, int64_t hour)
{
	(void)stream;
	/* Wednesday of the sixth week, everywhere. */
	return hour >= DAYS(37) + 13 && hour < DAYS(37) + 17;
}

/* So many events of an hour that is long past, of the first stream. */
static void
tell_late(struct world *w, int64_t hour, uint64_t events)
{
	struct delivered d;

	delivered_init(&d);
	d.delivery = cover_open(&w->c, "big", 1, w->c.now_us);
	d.source = SLICE("contoso");
	d.stream = SLICE("big");
	d.items = d.added = events;
	d.hours = xcalloc(1, sizeof(*d.hours));
	d.hours[0] =
	    (struct event_hour){(w->begin + hour) * COVER_HOUR_US, events};
	d.hour_count = 1;
	delivered_write(&w->c.text, &d);
	cover_apply(&w->c, "firn/delivered");
	delivered_release(&d);
}

/* All streams at once is no holiday; late events fill it again. */
static void
test_late(void **state)
{
	const int64_t hour = DAYS(37) + 13;
	struct world w;

	(void)state;
	chance = 5;
	world_init(&w, 0.1);
	w.lost = lose_afternoon;
	for (int64_t at = 0; at < DAYS(37) + 20; at++)
		pass_hour(&w, at);
	judge(&w);
	for (int64_t at = hour; at < hour + 4; at++)
		assert_true(is_claimed(&w, 0, at) && is_claimed(&w, 1, at));
	assert_false(is_claimed(&w, 0, hour - 1));
	assert_false(is_claimed(&w, 0, hour + 4));
	/* Judged again it says nothing new. */
	judge(&w);
	assert_int_equal(w.claimed.len, 0);
	tell_late(&w, hour, 20000);
	judge(&w);
	assert_false(is_claimed(&w, 0, hour));
	assert_true(is_claimed(&w, 0, hour + 1));
	world_release(&w);
}

static const struct gap *
gap_of(const struct world *w, int64_t hour)
{
	for (size_t i = 0; i < coverage_gap_count(w->c.coverage); i++) {
		const struct gap *gap = &coverage_gap(w->c.coverage, i)->gap;

		if (gap->from_us == (w->begin + hour) * COVER_HOUR_US &&
		    !strcmp(gap->stream, "big"))
			return gap;
	}
	fail_msg("no gap at %jd", (intmax_t)hour);
	return NULL;
}

/* Weeks later they fill it as well, and less than it wanted does not. */
static void
test_later(void **state)
{
	const int64_t hour = DAYS(37) + 13;
	struct world w;

	(void)state;
	chance = 5;
	world_init(&w, 0.1);
	w.lost = lose_afternoon;
	for (int64_t at = 0; at < DAYS(67); at++) {
		pass_hour(&w, at);
		if (at % 24 == 23)
			judge(&w);
	}
	assert_true(is_claimed(&w, 0, hour));
	assert_true(gap_of(&w, hour)->heals_until_us > w.c.now_us);
	tell_late(&w, hour, gap_of(&w, hour)->least);
	tell_late(&w, hour + 1, gap_of(&w, hour + 1)->least - 1);
	judge(&w);
	assert_false(is_claimed(&w, 0, hour));
	assert_true(is_claimed(&w, 0, hour + 1));
	tell_late(&w, hour + 1, 1);
	judge(&w);
	assert_false(is_claimed(&w, 0, hour + 1));
	assert_true(is_claimed(&w, 0, hour + 2));
	/* Of what is not counted any more nothing is known. */
	for (int64_t at = DAYS(67); at < DAYS(82); at++)
		pass_hour(&w, at);
	tell_late(&w, hour + 2, 20000);
	judge(&w);
	assert_true(is_claimed(&w, 0, hour + 2));
	world_release(&w);
}

static double
lose_early(size_t stream, int64_t hour)
{
	(void)stream;
	return hour == 24 + 15;
}

/* Before there is a habit only the end of many events is seen. */
static void
test_early(void **state)
{
	struct world w;

	(void)state;
	chance = 6;
	world_init(&w, 0.1);
	w.lost = lose_early;
	for (int64_t at = 0; at < DAYS(3); at++)
		pass_hour(&w, at);
	judge(&w);
	assert_true(is_claimed(&w, 0, 24 + 15));
	assert_true(is_claimed(&w, 1, 24 + 15));
	assert_true(is_claimed(&w, 2, 24 + 15));
	assert_int_equal(coverage_gap_count(w.c.coverage), 3);
	world_release(&w);
}

static double
lose_few(size_t stream, int64_t hour)
{
	return stream == 3 && hour >= DAYS(50) && hour < DAYS(51);
}

/* Hours that say nothing each say something together. */
static void
test_run(void **state)
{
	struct world w;

	(void)state;
	chance = 8;
	world_init(&w, 0.1);
	w.lost = lose_few;
	for (int64_t at = 0; at < DAYS(53); at++) {
		pass_hour(&w, at);
		if (at % 24 == 23)
			judge(&w);
	}
	assert_true(is_claimed(&w, 3, DAYS(50) + 10));
	assert_true(is_claimed(&w, 3, DAYS(50) + 16));
	assert_false(is_claimed(&w, 3, DAYS(51) + 10));
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_honest),
	    cmocka_unit_test(test_lost),
	    cmocka_unit_test(test_late),
	    cmocka_unit_test(test_later),
	    cmocka_unit_test(test_early),
	    cmocka_unit_test(test_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
