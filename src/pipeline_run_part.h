#ifndef PIPELINE_RUN_PART_H
#define PIPELINE_RUN_PART_H

#include <pthread.h>

#include "coverage/delivered.h"
#include "pipeline_correlate.h"
#include "pipeline_intake.h"
#include "pipeline_missing.h"
#include "pipeline_run.h"
#include "pipeline_run_follow.h"

/*
 * pipeline_run_part - what the parts of pipeline_run share.
 */

/* A parcel on its way. */
struct incoming {
	struct intake_delivery delivery;
	struct parcel *parcel;
	struct delivered delivered;
	enum parcel_end end;
	struct incoming *next; /* those that wait to be durable */
};

/* A record about firn that is added and not yet durable. */
struct heard {
	const char *source;
	struct buf raw;
	uint64_t index;
};

struct run {
	struct run_options options;
	struct pipeline_options work;
	struct intake *intake;
	struct scan_correlate *correlate;
	struct missing *missing;
	struct follow *follow;                   /* NULL: none is followed */
	struct incoming *waiting, *waiting_last; /* to be durable */
	struct heard *heard;                     /* owned, like what follows */
	size_t heard_count, heard_size;
	struct buf text;
	struct heard *findings; /* of this round; owned */
	size_t finding_count, finding_size;
	struct heard *gaps; /* that are to be told; owned */
	size_t gap_count, gap_size;
	int64_t arrived_us; /* of the item at hand */
	int64_t settle_us;  /* when it was last made durable */
	int64_t settled_us, forgot_us;
	uint64_t seed;
	struct err *err; /* of the call at hand */
	struct run_counts counts;
	/* For other threads: */
	pthread_mutex_t lock;
	struct run_counts shown; /* the counts after the last round */
	struct run_glance glances[RUN_GLANCES]; /* a ring */
	size_t glance_count;                    /* ever */
};

/* --- pipeline_run_heard.c: records about firn, and findings --- */

/* Copies the record behind those of the list. */
void run_hold(struct heard **list, size_t *count, size_t *size,
    const struct heard *record, struct slice raw);

/* A record that coverage is to hear of, once it is durable. */
void
run_hear(struct run *run, const char *source, struct slice raw, uint64_t index);

/* All of them are: coverage may know of it, and sources through it. */
void run_tell_coverage(struct run *run);

/* Adds a record about firn; coverage hears of gaps and clocks. */
int run_add_record(struct run *run, const char *stream, struct slice raw);

/* A finding: a record, unless it is there. */
int run_found(void *ctx, struct finding *finding);

/* --- pipeline_run_parcel.c: deliveries --- */

/* Of the intake. */
int run_item(void *ctx, struct intake_delivery *delivery, struct work *work,
    const struct outcome *o, enum append_verdict verdict, uint64_t index);
void run_recalled(void *ctx, struct intake_delivery *delivery,
    const struct outcome *o, enum append_verdict verdict, int64_t received_us);
bool run_closing(
    void *ctx, const struct intake_delivery *delivery, struct buf *text);
int run_closed(void *ctx, struct intake_delivery *delivery, struct slice text,
    uint64_t index);

/* Takes all of it.  The parcel is the run's, or the hub's again. */
int run_take_parcel(struct run *run, struct parcel *parcel);

/* Its source is told when it is durable. */
void run_wait_durable(struct run *run, struct incoming *incoming);
void incoming_free(struct incoming *incoming);

/* Makes all durable that was taken, and tells it. */
int run_settle(struct run *run);

#endif
