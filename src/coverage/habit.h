#ifndef COVERAGE_HABIT_H
#define COVERAGE_HABIT_H

#include <stdbool.h>

#include "coverage/coverage.h"

/*
 * habit - how many events the hours of a stream usually have (silence.h says
 * what that means).  Pure.
 *
 * Hours are counted from 1970; of a stream the last 36 days before its end are
 * looked at: 8 that are judged, and four weeks before each of them.
 */
#define HABIT_HOURS  ((size_t)36 * 24)
#define HABIT_JUDGED ((size_t)8 * 24)

/* Days that are known holidays, as midnight UTC. */
struct habit_days {
	const int64_t *list;
	size_t count;
};
bool habit_is_holiday(const struct habit_days *days, int64_t day);

struct habit {
	int64_t base; /* the hour of place 0 */
	size_t first; /* place of the first hour that is known of */
	uint64_t counts[HABIT_HOURS];
	/* One more, as an hour has two neighbours; below 0: none. */
	double usual[HABIT_HOURS + 1];
	double spread;
};

/* False if no hour of the stream can be judged yet. */
bool habit_read(struct habit *habit, const struct coverage_stream *stream,
    const struct habit_days *holidays);

/* From when on hours of the stream are judged now. */
int64_t habit_judged_from(const struct coverage_stream *stream);

/* Adds what each day of the week has had (0: Thursday, as 1970 began). */
void habit_weekdays(const struct habit *habit, double days[7]);

/* The habit that the hour would have on a day of rest; below 0: none. */
double habit_rest(const struct habit *habit, size_t place, unsigned rest_day);

/* What an hour of that habit has at least; 0: that says nothing. */
double habit_bound(const struct habit *habit, double usual);

#endif
