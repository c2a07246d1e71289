#ifndef PIPELINE_MISSING_H
#define PIPELINE_MISSING_H

#include "coverage/habit.h"
#include "pipeline_work.h"
#include "source/hub.h"

/*
 * pipeline_missing - what a run looks for now and then and nobody told it of:
 * hours that are too quiet (coverage/silence.h), and events that one way has
 * and another has not (coverage/paths.h).
 *
 * Ways are compared for what both of them tell: sign-ins of people, which the
 * audit log tells, too; sign-ins of each other kind, directory audits and calls
 * of Graph.  Directory audits of the audit log have ids of their own.
 *
 * Who told an event that was known already is in no record, but in a file
 * beside the ledger (coverage/told.h).  Where that cannot be used, only hours
 * that begin after the start are compared.  Nor is an hour compared in which
 * one of the ways had not told anything yet.
 *
 * One thread.
 */
struct missing;

struct missing_options {
	struct hub
	    *hub; /* it has its coverage: that of a new ledger is empty */
	const struct habit_days *holidays;
	const char *dir, *origin; /* of the ledger; NULL: no file is kept */
	/* All that are configured; NULL: whoever tells. */
	const char *const *sources;
	size_t source_count;
	int64_t now_us;
};

/* What it points to is borrowed. */
struct missing *missing_new(const struct missing_options *options);
void missing_free(struct missing *missing);

/*
 * An event that came, told before or not, and also if its item was taken before
 * of a delivery that is gone on with.
 */
void missing_event(struct missing *missing, const struct parcel *parcel,
    const struct outcome *o);

/* A delivery was closed. */
void missing_delivery(struct missing *missing);

/*
 * To be called before that is made durable.  -1: the next start will not know
 * who told what; that is no reason to stop.
 */
int missing_keep(struct missing *missing, int64_t now_us, struct err *err);

/*
 * Once in a while, and more often soon after the start: calls `tell` with the
 * text of each firn/gap record that is due.  The coverage must not change
 * meanwhile.
 */
void missing_look(struct missing *missing, int64_t now_us,
    void (*tell)(void *ctx, struct slice text), void *ctx);

#endif
