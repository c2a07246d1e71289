#ifndef INCIDENT_VERDICT_PART_H
#define INCIDENT_VERDICT_PART_H

#include "incident/verdict.h"

/*
 * verdict_part - what the parts of verdict share.
 */
struct sentences {
	struct slice *list; /* in the arena */
	size_t count, room;
};

/* What stands against "no access seen", by kind. */
struct against {
	size_t open, shut, unchecked, stale; /* ways back */
	size_t sources, unseen, forged;
	bool no_time, nothing; /* acts without a time; no act, or no way */
};

struct judge {
	const struct verdict_of *of;
	struct shows shows;
	struct sentences reasons, settles;
	struct against against;
	const struct act *first, *last; /* use by the intruder; NULL: none */
	const struct act *attempt;      /* the last one that failed */
	int64_t closed_us; /* the last closing; EVENT_NO_TIME: none */
	int64_t tokens_us; /* from before closings, good until then */
	int64_t life_us;   /* the longest of a token */
	int64_t since_us;  /* T: the last use, or the last closing */
};

void judge_say(struct judge *j, struct sentences *to, struct slice sentence);

/* verdict_use.c: the first and last use, and attempts. */
void judge_uses(struct judge *j);

/* verdict_ways.c: ways back that stand against it. */
void judge_ways(struct judge *j);

/* verdict_data.c: sources and what is unseen that stand against it. */
void judge_data(struct judge *j);

#endif
