#ifndef INCIDENT_VERDICT_H
#define INCIDENT_VERDICT_H

#include "incident/unseen.h"
#include "incident/ways.h"

/*
 * verdict - whether access has stopped, and why that is said.
 *
 * "No access seen since T" needs every way back closed in the log and absent
 * in a later state, and every source that would show its use complete past T,
 * the source's own delay and the longest life of a token.  It is never called
 * proof of absence.  docs/damage.md has the rules.  Pure.
 */
enum verdict {
	VERDICT_CONTINUES,
	VERDICT_NONE_SEEN,
	VERDICT_NOT_ESTABLISHED,
};
/* "access continues", … */
const char *damage_verdict_name(enum verdict verdict);

struct damage_verdict {
	enum verdict verdict;
	int64_t since_us; /* of NONE_SEEN: T */
	int64_t last_us;  /* last use by the intruder; EVENT_NO_TIME */
	uint64_t last_index;
	uint32_t last_mark;  /* that attributes it; NO_MARK */
	int64_t closed_us;   /* when the last way back was closed */
	int64_t tokens_us;   /* until when tokens from before were good */
	int64_t complete_us; /* what would show it is complete to */
	const struct slice *reasons; /* sentences, the first is the main one */
	size_t reason_count;
	const struct slice
	    *settles; /* what would settle it; for NOT_ESTABLISHED */
	size_t settle_count;
};

struct verdict_of {
	const struct act *acts; /* attributed, sorted by time */
	size_t act_count;
	const struct mark *marks; /* act.h, mark, is a place in it */
	size_t mark_count;
	const struct coverage *coverage;
	int64_t data_to_us; /* the newest event; EVENT_NO_TIME: none */
	const struct unseen *unseen;
	size_t unseen_count;
	const struct way_back *ways;
	size_t way_count;
	const struct damage_statement *statements;
	size_t statement_count;
	struct arena *arena;
};

void verdict_judge(struct damage_verdict *out, const struct verdict_of *of);

#endif
