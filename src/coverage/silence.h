#ifndef COVERAGE_SILENCE_H
#define COVERAGE_SILENCE_H

#include "coverage/habit.h"

/*
 * silence - hours with fewer events than a stream's habit allows: what a
 * source lost and nobody told us of.
 *
 * The habit of an hour is the median of the same hour of the week in the four
 * weeks before, and the least of that of the hour and of its two neighbours,
 * as clocks change and people come later.  An hour is quiet if it has fewer
 * events than
 *
 *	habit * exp(-4 s) - 4 sqrt(1.5 habit)
 *
 * where s is how much the stream's hours differ from one week to the next (a
 * robust spread, at least 5 %), without what chance alone explains.  So hours
 * of fewer than some 30 events say nothing each.  Such hours without any event
 * are taken together, once there are three weeks of history, and are quiet if
 * that is twice as much as was ever missed before.  There is no habit before
 * two weeks; until then an hour without events is quiet if each of the six
 * before it had at least 50, and so are those behind it.
 *
 * A holiday has the habit of the week's quietest day, the day of rest.  It is
 * named, or seen: when most of the day's hours, of all streams of the source
 * together, were nearer to those of the day of rest than to the day's own
 * habit.  An hour that would pass on a day of rest is therefore judged only
 * when six telling hours of the day are known, or the day (UTC) is over.
 *
 * An hour is judged when the stream's clock has passed its end by the time in
 * which 99 % of events became available.  Late events fill an hour: then it is
 * not quiet any more.  For 8 days it is judged again by what the habit is then;
 * after that, as long as the coverage counts its events, it is not quiet once
 *it has as many as it was said to want when it was judged last.
 *
 * What is not seen: a loss that leaves more than the bound, in an hour that
 * habit says little of; the slow loss of a whole stream, which becomes its
 * habit; on a day that looks like a day of rest, all that leaves as much as
 * such a day has.  What is wrongly seen: a quiet day that is not so quiet on
 *all streams.  Hence these gaps are suspected, and say what was expected.
 *
 * Pure: a function of the coverage and the days.
 */
/* A quiet hour, or several without events. */
struct silence {
	size_t stream; /* its place in the coverage */
	int64_t from_us, to_us;
	uint64_t seen;
	uint64_t least, usual; /* the bound and the habit; 0: there is none */
};

struct silences {
	struct silence *list; /* owned; by stream, then time */
	size_t count, room;
};

/*
 * All that are quiet now in the last 8 days that were judged of each stream.
 * `found` is all zero.
 */
void silence_find(const struct coverage *coverage,
    const struct habit_days *holidays, struct silences *found);
void silences_release(struct silences *found);

/*
 * What is to be said of it, as texts of firn/gap records: a gap for each that
 * is not open yet, or has grown; and that it healed for each gap of the last 8
 * days that is not among them any more, and each older one that has as many
 * events as it wanted.  tell() leaves the coverage as it is: the records are
 * for later.
 */
void silence_tell(const struct coverage *coverage, const struct silences *found,
    void (*tell)(void *ctx, struct slice text), void *ctx);

#endif
