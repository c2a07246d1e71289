#ifndef SOURCE_PACE_H
#define SOURCE_PACE_H

#include <stdint.h>

/*
 * pace - how many requests a source may make: a bucket of tokens that learns.
 *
 * No minute has more than `rate` requests, which is `most` at first: the bucket
 * holds a tenth of them and is filled with the others.  Being throttled empties
 * it, takes a third off the rate and pauses, each time for longer; a minute
 * without it gives a twentieth back.  Times are the caller's, microseconds that
 * only grow. One thread.
 */
struct pace {
	double rate, most; /* requests a minute */
	double tokens;
	int64_t filled_us, paused_until_us, grown_us;
	unsigned throttled; /* times in a row */
	uint64_t throttles; /* ever */
};

void pace_init(struct pace *pace, unsigned per_minute, int64_t now_us);

/* Takes one: 0, or after how long to ask again. */
int64_t pace_take(struct pace *pace, int64_t now_us);

/* An answer said that there were too many; after_us: it says when. 0: not. */
void pace_throttled(struct pace *pace, int64_t now_us, int64_t after_us);

/* An answer was no complaint. */
void pace_well(struct pace *pace);

#endif
