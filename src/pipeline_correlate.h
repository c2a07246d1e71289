#ifndef PIPELINE_CORRELATE_H
#define PIPELINE_CORRELATE_H

#include "event/seen.h"
#include "finding/finding.h"
#include "pipeline_undecided.h"
#include "pipeline_work.h"

/*
 * pipeline_correlate - correlations over a scan: what events add to them is
 * gathered in the order of the input, and judged when all of it is read.
 *
 * Of events that may be part of a finding a copy is kept, of SCAN_COPIES_MAX
 * bytes together; of those past it only where they are.  One thread.
 */
#define SCAN_COPIES_MAX (96u << 20)

struct scan_correlate;

/*
 * Borrows the options, what is undecided, and the names of files until it is
 * freed.
 */
struct scan_correlate *
scan_correlate_new(const struct pipeline_options *options,
    const struct scan_undecided *undecided, uint64_t seed);
void scan_correlate_free(struct scan_correlate *s);

/* Takes what an event adds that has not added it before, told otherwise. */
void scan_correlate_add(struct scan_correlate *s, const struct outcome *o,
    const struct position *position);

/*
 * Judges, up to the newest event's time, and calls `found` for each finding,
 * without its uid, in the order of time; other than 0 ends it and is returned.
 */
int scan_correlate_end(struct scan_correlate *s, int64_t last_us,
    int (*found)(void *context, struct finding *finding), void *context);

/* What was left out is counted in the tally. */
void scan_correlate_count(const struct scan_correlate *s, struct tally *tally);

#endif
