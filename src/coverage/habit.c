#include "coverage/habit.h"

#include <math.h>
#include <stdlib.h>

#include "event/event.h"

#define HOUR_US   (INT64_C(3600) * 1000000)
#define WEEK      ((size_t)7 * 24)
#define WEEKS     4 /* that make a habit */
#define WEEKS_MIN 2
#define SIGMAS    4.0
#define CHANCE    1.5 /* variance of a count beside the median of some others */

/* Of a day, to see whether its hours are where they were. */
#define MISFIT_MIN   24
#define MISFIT_HOURS 6
#define MISFIT_MORE  1.5

/* Of hours with this many events more is said than chance explains. */
#define TELLING     50
#define PAIRS_MIN   24
#define SPREAD_MIN  0.05
#define SPREAD_ELSE 0.15 /* of a stream whose hours have too few events */

/* Events that come later than that are not waited for. */
#define WAIT_MAX_US  (72 * HOUR_US)
#define WAIT_ELSE_US (2 * HOUR_US)

bool
habit_is_holiday(const struct habit_days *days, int64_t day)
{
	for (size_t i = 0; i < days->count; i++)
		if (days->list[i] / HOUR_US / 24 == day)
			return true;
	return false;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The lower of two in the middle.  Sorts the list; there is at least one. */
static double
median(double *list, size_t n)
{
	qsort(list, n, sizeof(*list), by_value);
	return list[(n - 1) / 2];
}

/* --- the same hour of weeks before --- */

/* Below 0 if there are too few. */
static double
week_median(
    const struct habit *habit, size_t place, const struct habit_days *holidays)
{
	double samples[WEEKS];
	size_t n = 0;

	for (size_t k = 1; k <= WEEKS && place >= k * WEEK; k++) {
		size_t at = place - k * WEEK;
		int64_t day = (habit->base + (int64_t)at) / 24;

		if (at >= habit->first && !habit_is_holiday(holidays, day))
			samples[n++] = (double)habit->counts[at];
	}
	return n < WEEKS_MIN ? -1 : median(samples, n);
}

static double
least(double a, double b, double c)
{
	return fmin(a, fmin(b, c));
}

/*
 * How badly the day before hour `at` fits the habit when its clock is put
 * forward by some hours; below 0: too few of its hours say anything.  A day
 * that was slow as a whole fits as well.
 */
static double
misfit(const struct habit *habit, const double *medians, size_t at, int shift)
{
	double differ[24], sorted[24], middle, sum = 0;
	size_t n = 0;

	for (size_t k = at - 24; k < at; k++) {
		double usual = medians[(size_t)((int64_t)k + shift)];

		if (medians[k] < MISFIT_MIN || usual < 0)
			continue;
		differ[n++] = log(((double)habit->counts[k] + 1) / (usual + 1));
	}
	if (n < MISFIT_HOURS)
		return -1;
	memcpy(sorted, differ, n * sizeof(*differ));
	middle = median(sorted, n);
	for (size_t k = 0; k < n; k++)
		sum += fabs(differ[k] - middle);
	return sum;
}

/*
 * When clocks change, or work begins at another time, an hour has what its
 * neighbour had.  The day before shows it; where it does not show that nothing
 * has changed, the least of the three is all that can be expected.
 */
static double
usual_of(const struct habit *habit, const double *medians, size_t at)
{
	double now, early, late;
	double all = least(medians[at - 1], medians[at], medians[at + 1]);

	if (at < HABIT_HOURS - HABIT_JUDGED || all < 0)
		return all;
	now = misfit(habit, medians, at, 0);
	early = misfit(habit, medians, at, -1);
	late = misfit(habit, medians, at, 1);
	if (now < 0 || MISFIT_MORE * now > fmin(early, late))
		return all;
	return medians[at];
}

static void
find_usual(struct habit *habit, const struct habit_days *holidays)
{
	double medians[HABIT_HOURS + 1];

	for (size_t i = 0; i <= HABIT_HOURS; i++)
		medians[i] = week_median(habit, i, holidays);
	habit->usual[0] = habit->usual[HABIT_HOURS] = -1;
	for (size_t i = 1; i < HABIT_HOURS; i++)
		habit->usual[i] = usual_of(habit, medians, i);
}

/* From one week to the next, without what chance makes of such counts. */
static void
find_spread(struct habit *habit)
{
	double differ[HABIT_HOURS], chance[HABIT_HOURS], total;
	size_t n = 0;

	for (size_t i = habit->first + WEEK; i < HABIT_HOURS; i++) {
		double before = (double)habit->counts[i - WEEK];
		double now = (double)habit->counts[i];

		if (before < TELLING)
			continue;
		differ[n] = fabs(log((now + 0.5) / (before + 0.5)));
		chance[n++] = 1 / before;
	}
	habit->spread = SPREAD_ELSE;
	if (n < PAIRS_MIN)
		return;
	/* 1.4826: from the median of distances to a standard deviation. */
	total = 1.4826 * median(differ, n) / sqrt(2);
	total = total * total - median(chance, n);
	habit->spread = fmax(SPREAD_MIN, total > 0 ? sqrt(total) : 0);
}

/* --- reading --- */

/* The hour before which all hours can be judged. */
static int64_t
judged_end(const struct coverage_stream *stream)
{
	int64_t wait_us = lag_quantile(stream->to_available, 99);

	if (!stream->to_available->count)
		wait_us = WAIT_ELSE_US;
	if (wait_us > WAIT_MAX_US)
		wait_us = WAIT_MAX_US;
	return (stream->clock_us - wait_us) / HOUR_US;
}

int64_t
habit_judged_from(const struct coverage_stream *stream)
{
	return (judged_end(stream) - (int64_t)HABIT_JUDGED) * HOUR_US;
}

bool
habit_read(struct habit *habit, const struct coverage_stream *stream,
    const struct habit_days *holidays)
{
	int64_t end, since;

	if (stream->clock_us == EVENT_NO_TIME ||
	    stream->since_us == EVENT_NO_TIME)
		return false;
	end = judged_end(stream);
	/* What its first hour has may be a part. */
	since = stream->since_us / HOUR_US + 1;
	if (end <= since || end < (int64_t)HABIT_HOURS)
		return false;
	habit->base = end - (int64_t)HABIT_HOURS;
	habit->first = since > habit->base ? (size_t)(since - habit->base) : 0;
	memset(habit->counts, 0, sizeof(habit->counts));
	for (size_t i = 0; i < stream->event_count; i++) {
		int64_t at = stream->events[i].hour_us / HOUR_US - habit->base;

		if (at >= 0 && at < (int64_t)HABIT_HOURS)
			habit->counts[at] = stream->events[i].events;
	}
	find_usual(habit, holidays);
	find_spread(habit);
	return true;
}

void
habit_weekdays(const struct habit *habit, double days[7])
{
	/* Whole weeks, so that each day is there as often. */
	size_t hours = (HABIT_HOURS - habit->first) / WEEK * WEEK;

	for (size_t i = HABIT_HOURS - hours; i < HABIT_HOURS; i++) {
		int64_t hour = habit->base + (int64_t)i;

		days[hour / 24 % 7] += (double)habit->counts[i];
	}
}

/* The median of this hour of the days of rest before. */
static double
rest_median(const struct habit *habit, int64_t place, unsigned rest_day)
{
	int64_t hour = habit->base + place;
	double samples[WEEKS];
	size_t n = 0;

	for (int64_t day = hour / 24 - 1; n < WEEKS; day--) {
		int64_t at = day * 24 + hour % 24 - habit->base;

		if (at < (int64_t)habit->first)
			break;
		if (day % 7 == rest_day && at < (int64_t)HABIT_HOURS)
			samples[n++] = (double)habit->counts[at];
	}
	return n < WEEKS_MIN ? -1 : median(samples, n);
}

double
habit_rest(const struct habit *habit, size_t place, unsigned rest_day)
{
	int64_t at = (int64_t)place;

	return least(rest_median(habit, at - 1, rest_day),
	    rest_median(habit, at, rest_day),
	    rest_median(habit, at + 1, rest_day));
}

double
habit_bound(const struct habit *habit, double usual)
{
	double bound;

	if (usual <= 0)
		return 0;
	bound = usual * exp(-SIGMAS * habit->spread) -
	        SIGMAS * sqrt(CHANCE * usual);
	return fmax(0, bound);
}
