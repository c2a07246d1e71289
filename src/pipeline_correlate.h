#ifndef PIPELINE_CORRELATE_H
#define PIPELINE_CORRELATE_H

#include "event/seen.h"
#include "finding/finding.h"
#include "pipeline_undecided.h"
#include "pipeline_work.h"

/*
 * pipeline_correlate - correlations over a scan: what events add to them is
 * gathered in the order of the input, and judged when all of it is read.
 * Live, it is judged as it comes, and again when the watermark has passed.
 *
 * Of events that may be part of a finding a copy is kept, of SCAN_COPIES_MAX
 * bytes together; of those past it, or live of the oldest ones, only where
 * they are.  One thread.
 */
#define SCAN_COPIES_MAX (96u << 20)

struct scan_correlate;

struct scan_correlate_options {
	const struct pipeline_options *scan;
	const struct scan_undecided *undecided; /* NULL: not counted */
	uint64_t seed;
	bool live; /* events stand in a ledger, at ascending places */
	/*
	 * Called for each finding, without its uid; other than 0 ends it.
	 * Live, also from within scan_correlate_add().
	 */
	int (*found)(void *context, struct finding *finding);
	void *context;
};

/* Borrows what the options point to, and the names of files. */
struct scan_correlate *
scan_correlate_new(const struct scan_correlate_options *options);
void scan_correlate_free(struct scan_correlate *s);

/* Takes what an event adds that has not added it before, told otherwise. */
void scan_correlate_add(struct scan_correlate *s, const struct outcome *o,
    const struct position *position);

/*
 * All events up to this time have come: judges, in the order of time.  Returns
 * what `found` did.
 */
int scan_correlate_watermark(struct scan_correlate *s, int64_t time_us);

struct correlator_stats scan_correlate_stats(const struct scan_correlate *s);

/* What `found` returned last. */
int scan_correlate_status(const struct scan_correlate *s);

/*
 * Live: forgets which events have added something, so that memory stays as it
 * is; they are told again long after.
 */
void scan_correlate_forget(struct scan_correlate *s);

/* What was left out is counted in the tally. */
void scan_correlate_count(const struct scan_correlate *s, struct tally *tally);

#endif
