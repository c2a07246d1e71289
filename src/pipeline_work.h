#ifndef PIPELINE_WORK_H
#define PIPELINE_WORK_H

#include "event/seen.h"
#include "finding/finding.h"
#include "geo/geo.h"
#include "ledger/frame.h"
#include "pipeline.h"
#include "rule/correlate.h"
#include "source/batch.h"

/*
 * pipeline_work - what a worker does with a batch: every cut becomes one or
 * more records, every record an outcome.  Workers share nothing that changes.
 */

/* What is to be kept of a record, when it goes into a ledger. */
struct taken {
	struct slice
	    raw; /* in the batch's bytes: all that was delivered of it */
	/*
	 * Of what the record says; in batch.arena.  Empty for what could not
	 * be read.
	 */
	struct slice source, tenant;
	bool has_identity;
	bool shared; /* its id is of a family that several kinds tell */
	struct identity identity;
	unsigned char salt[LEAF_SALT_LEN];
	struct merkle_hash commit;
};

/* What became of one record. */
struct outcome {
	size_t cut;       /* index in the batch */
	uint64_t in_line; /* which of its line's records, from 1; 0: the only */
	const char *why;  /* rejected, for this reason; NULL: an event */
	enum event_kind kind;
	int64_t time_us;
	struct seen_event seen;
	const struct taken *taken;     /* in batch.arena; NULL: not asked for */
	size_t finding, finding_count; /* in work->findings */
	/* What it adds to correlations, and the event; in batch.arena. */
	const struct contribution *contributions;
	size_t contribution_count;
	const struct event *event;
	const struct undecided *undecided; /* rules; in batch.arena */
	size_t undecided_count;
	size_t text, text_len; /* in work->text */
	uint64_t watched;      /* by whom, see pipeline_watch.h */
	uint32_t duplicate_keys;
	bool repaired;
	bool outside; /* of the times asked for: not judged */
};

struct work {
	struct batch batch;
	struct outcome *outcomes; /* owned, like what follows */
	size_t count, size;
	struct finding *findings; /* without uid and position */
	size_t finding_count, finding_size;
	struct buf text;         /* events as the report wants them */
	uint64_t regex_limited;  /* see matcher_regex_limited() */
	uint64_t lookup_limited; /* see matcher_lookup_limited() */
};

void work_release(struct work *work);

struct worker;

/* `geo` may be NULL; the seed is seen_seed(). */
struct worker *worker_new(const struct pipeline_options *options,
    const struct geo *geo, uint64_t seed);
void worker_free(struct worker *worker);

/* Fills all of `work` but the batch, which it reads. */
void worker_run(struct worker *worker, struct work *work);

#endif
