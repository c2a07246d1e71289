#ifndef COVERAGE_LAG_H
#define COVERAGE_LAG_H

#include <stdint.h>

/*
 * lag - how long things took: a histogram, two bins a doubling.
 *
 * Bin 0 is up to 62.5 ms, and whatever was there before its time; each bin
 * ends at 1.41 times the end of the one before; the last has all that took
 * longer than 12.1 days.  All zero is empty.  Lags can be added up, in any
 * order.  Pure.
 */
#define LAG_BINS 50

struct lag {
	uint64_t bins[LAG_BINS];
	uint64_t count; /* of all bins */
};

void lag_add(struct lag *lag, int64_t us, uint64_t count);

/* Adds to a bin by its number, below LAG_BINS. */
void lag_add_bin(struct lag *lag, unsigned bin, uint64_t count);

void lag_add_all(struct lag *lag, const struct lag *more);

/*
 * The time within which `percent` of them are, as the end of a bin: at most
 * 1.41 times too long.  0 if there are none; of the last bin its beginning.
 */
int64_t lag_quantile(const struct lag *lag, unsigned percent);

#endif
