#ifndef PIPELINE_MISSING_H
#define PIPELINE_MISSING_H

#include "coverage/habit.h"
#include "coverage/paths.h"
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
 * Who told an event that was known already is in no record, so that it is not
 * known after a restart: only hours that begin after it are compared.  Nor is
 * an hour compared in which one of the ways had not told anything yet.
 *
 * One thread.
 */
struct missing;

/* The hub has its coverage: that of a new ledger is empty. */
struct missing *
missing_new(struct hub *hub, const struct habit_days *holidays, int64_t now_us);
void missing_free(struct missing *missing);

/* An event that came, told before or not. */
void missing_event(struct missing *missing, const struct parcel *parcel,
    const struct outcome *o);

/*
 * Once in a while, and more often soon after the start: calls `tell` with the
 * text of each firn/gap record that is due.  The coverage must not change
 * meanwhile.
 */
void missing_look(struct missing *missing, int64_t now_us,
    void (*tell)(void *ctx, struct slice text), void *ctx);

#endif
