#ifndef SIM_WRITER_TRUTH_H
#define SIM_WRITER_TRUTH_H

#include "base/buf.h"
#include "base/err.h"
#include "sink.h"
#include "story.h"
#include "writer_drop.h"

/*
 * writer_truth - .truth.ndjson: the attacks, what was left out, then each
 * record of the attacks in the order of time, as docs/sim.md says.
 */
struct writer_truth_line {
	int64_t time_us;
	size_t at, len; /* in `text` */
};

/* All zero is a valid one without lines. */
struct writer_truth {
	const struct story *stories;
	size_t n_stories;
	struct buf text;
	struct writer_truth_line *lines;
	size_t n;
};

/* `unpublished`: it is in no export. */
void writer_truth_add(struct writer_truth *truth,
    const struct sim_record *record, bool unpublished);

/* Nothing is written where nothing is attacked and left out (or NULL). */
int writer_truth_write(struct writer_truth *truth, const char *dir,
    const struct drops *drops, struct err *err);
void writer_truth_release(struct writer_truth *truth);

#endif
