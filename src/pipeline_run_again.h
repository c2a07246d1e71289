#ifndef PIPELINE_RUN_AGAIN_H
#define PIPELINE_RUN_AGAIN_H

#include <stdatomic.h>

#include "pipeline_work.h"

/*
 * pipeline_run_again - judges the newest records of a ledger once more, so
 * that a run that begins knows what the one before it knew.
 *
 * These are the records of the last AGAIN_US, AGAIN_RECORDS of them at most,
 * without states and without history that was imported.  A correlation over
 * more than that may begin in the middle.
 */
#define AGAIN_US      (INT64_C(26) * 3600 * 1000000)
#define AGAIN_RECORDS 2000000

struct run;

struct run_again {
	const struct pipeline_options *work;
	const struct geo *geo; /* NULL: no countries */
	const char *dir;       /* of the ledger */
	uint64_t seed;
	const atomic_bool *stop; /* ends it */
};

int run_again(struct run *run, const struct run_again *how, struct err *err);

/* pipeline_run.c: what is found in one record that stands at `index`. */
int run_judge(struct run *run, struct work *work, const struct outcome *o,
    uint64_t index);

#endif
