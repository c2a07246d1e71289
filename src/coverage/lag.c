#include "coverage/lag.h"

/* The end of the bin; the last has none. */
static int64_t
bin_end(unsigned bin)
{
	/* 62.5 ms, and that times the square root of two. */
	int64_t base = bin % 2 ? 88388 : 62500;

	return base << bin / 2;
}

void
lag_add(struct lag *lag, int64_t us, uint64_t count)
{
	unsigned low = 0, high = LAG_BINS - 1;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (us > bin_end(middle))
			low = middle + 1;
		else
			high = middle;
	}
	lag_add_bin(lag, low, count);
}

void
lag_add_bin(struct lag *lag, unsigned bin, uint64_t count)
{
	lag->bins[bin] += count;
	lag->count += count;
}

void
lag_add_all(struct lag *lag, const struct lag *more)
{
	for (unsigned i = 0; i < LAG_BINS; i++)
		lag_add_bin(lag, i, more->bins[i]);
}

int64_t
lag_quantile(const struct lag *lag, unsigned percent)
{
	uint64_t below = 0, most = lag->count / 100 * percent;
	unsigned bin = 0;

	/* Rounded up: of three, 50 % are two. */
	most += (lag->count % 100 * percent + 99) / 100;
	if (!lag->count)
		return 0;
	while (bin < LAG_BINS - 1 && (below += lag->bins[bin]) < most)
		bin++;
	return bin < LAG_BINS - 1 ? bin_end(bin) : bin_end(bin - 1);
}
