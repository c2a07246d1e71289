#ifndef CMD_COVERAGE_SHOW_H
#define CMD_COVERAGE_SHOW_H

#include "coverage/coverage.h"

/*
 * coverage_show - what `firn coverage` says.
 */
struct coverage_show {
	const struct coverage *coverage;
	const char *source; /* only this one; NULL: all */
	/* Deliveries that became available, and gaps, from <= time < to. */
	int64_t from_us, to_us;
	bool hours;
	struct slice origin;
	uint64_t size;
};

/* How many gaps of those that are shown are open. */
uint64_t coverage_show_open(const struct coverage_show *show);

void coverage_show_table(struct buf *out, const struct coverage_show *show);
void coverage_show_json(struct buf *out, const struct coverage_show *show);

#endif
