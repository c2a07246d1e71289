#ifndef PIPELINE_RUN_FOLLOW_H
#define PIPELINE_RUN_FOLLOW_H

#include "cmd/damage_helper.h"
#include "pipeline_watch.h"

/*
 * pipeline_run_follow - assessments of damage are made again when a record
 * comes that concerns them, and it is told when a verdict changes.
 *
 * Each case has the names of its marks looked out for in what comes.  What
 * touches one makes it due *soon*: it is assessed at once, or after a quarter
 * of the time that the last assessment took.  So does a gap, a read of the
 * tenant's state, and what others add to firn/damage.  What may change it all
 * the same (a clock, a delivery, another process' import) makes it due *later*:
 * after LATER_US, or twenty times as long as the last assessment took.
 *
 * A changed verdict is a finding, and a record of source firn/followed, by
 * which the next run knows what was told.
 */
struct follow;
struct run;

struct follow *follow_new(struct damage_helper *helper, uint64_t seed);
void follow_free(struct follow *follow);

/* Changes only in follow_take(). */
const struct watch *follow_watch(const struct follow *follow);

/* What came; all allow NULL. */
void follow_hit(struct follow *follow, uint64_t lookers, int64_t arrived_us);
void follow_all(struct follow *follow);
void follow_later(struct follow *follow);

/* How long the loop may wait for something else. */
int64_t follow_wait_us(const struct follow *follow);

/* Between rounds, while no worker works: takes an answer, if it is there. */
int follow_take(struct follow *follow, struct run *run);

/* When all is durable: asks for what is due. */
int follow_ask(struct follow *follow, struct run *run);

#endif
