#ifndef PIPELINE_RUN_H
#define PIPELINE_RUN_H

#include <stdatomic.h>

#include "coverage/habit.h"
#include "finding/finding.h"
#include "geo/geo.h"
#include "ledger/append.h"
#include "rule/rules.h"
#include "source/hub.h"

/*
 * pipeline_run - the way of a record that is collected:
 *
 *	source -> hub -> batch -> record -> event -> rules -> ledger -> finding
 *	  ^               `--- in the workers ---'     |        |
 *	  `-- done, when durable ----------------------'        `-> told
 *
 * What the hub brings is taken in rounds: all that waits, or what comes within
 * RUN_ROUND_US, is worked on, appended and made durable together; then the
 * sources are told, and the findings of it, which are records of the ledger
 * themselves (firn/finding), are told to whoever wants them.
 *
 * A finding is a record once for each state (new, amended, ...): its uid and
 * state are its key in the ledger, so that a run that was killed and judges the
 * same events again adds none twice.  To that end a run begins by judging again
 * the newest part of the ledger.
 *
 * One thread calls everything here but run_counts(), run_glances() and
 * run_followed().
 */
#define RUN_ROUND_US ((int64_t)50000)

struct damage_helper;
struct run;

struct run_options {
	struct append *append;
	const char *dir;    /* the ledger's */
	const char *origin; /* its name */
	struct hub *hub;
	const char *const *sources; /* that are configured; NULL: any */
	size_t source_count;
	const struct rules *rules;
	const struct geo *geo; /* NULL: no countries */
	unsigned threads;
	const struct habit_days *holidays; /* on which less comes */
	struct damage_helper *damage;      /* NULL: none is followed */
	int64_t lateness_us; /* how late events may come to the settled lane */
	/* A finding that is durable, and its place; NULL. */
	void (*told)(void *ctx, uint64_t index, struct slice text);
	void *ctx;
};

struct run *run_new(const struct run_options *options);
void run_free(struct run *run);

/* Judges the ledger's newest records again; `stop` may cut it short. */
int run_catch_up(struct run *run, const atomic_bool *stop, struct err *err);

/* Other rules from now on; the old ones are not used any more when back. */
void run_set_rules(struct run *run, const struct rules *rules);

/*
 * Takes what comes, for at most a second.  -1: the ledger does not take it; its
 * sources have been told nothing.
 */
int run_round(struct run *run, struct err *err);

/* After hub_stop(): what waits is done, what is on its way is told. */
int run_finish(struct run *run, struct err *err);

struct run_counts {
	uint64_t records, events, duplicates, unreadable, not_kept, bytes;
	uint64_t deliveries, broken;
	uint64_t findings[LEVEL_COUNT]; /* new ones */
	uint64_t amended, withdrawn, gaps;
	/* Events that correlations hold, left out as too late, for want of room
	 */
	uint64_t correlate_held, correlate_bytes, correlate_late,
	    correlate_lost;
	int64_t newest_event_us, last_record_us;
	struct lag to_alert;   /* from arrival to a durable finding */
	struct lag to_verdict; /* to the verdict on damage that it concerns */
	uint64_t size;         /* of the ledger */
};

/* Findings in a line, for people: those of one rule about the same. */
struct run_glance {
	int64_t time_us; /* when it became true last; EVENT_NO_TIME */
	uint64_t count;
	enum level level;
	enum finding_state state;
	char title[96], entity[96]; /* cut short where they are longer */
};
#define RUN_GLANCES 10

/* An assessment of damage that is followed. */
struct run_followed {
	uint64_t index; /* of its record: its number */
	int64_t since_us;
	int64_t looked_us; /* when it was assessed last; 0: not yet */
	/* Cut short where they are longer: */
	char verdict[32], command[160];
	char trouble[160]; /* why it could not be, the last time */
};
#define RUN_FOLLOWED 64

/* All in any thread; the newest findings, newest last: returns how many. */
void run_counts(struct run *run, struct run_counts *out);
size_t run_glances(struct run *run, struct run_glance out[RUN_GLANCES]);

/* Those that are followed, and how many *more there is no room for. */
size_t run_followed(
    struct run *run, struct run_followed out[RUN_FOLLOWED], uint64_t *more);

#endif
