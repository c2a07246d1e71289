#ifndef INCIDENT_DAMAGE_H
#define INCIDENT_DAMAGE_H

#include "incident/intruder.h"
#include "incident/unseen.h"
#include "incident/verdict.h"
#include "incident/ways.h"

/*
 * damage - what an intrusion reached, item by item, with the certainty that the
 * evidence allows; what it left; and whether it has stopped.
 *
 * The result of an assessment, a function of a ledger up to a size and of what
 * the responder gave.  It is made by pipeline_damage.c from intruder.h,
 * state.h, unseen.h and verdict.h, and written by damage_json.h, damage_csv.h
 * and damage_page.h.  All texts are in its arena.
 */
enum damage_certainty {
	DAMAGE_POSSIBLE,
	DAMAGE_ACCESSED, /* certainly the intruder, and the record names it */
};

/* One thing, whatever acts reached it: kind, place and id are its identity. */
struct damage_item {
	struct reach reach; /* of its strongest act; from_us the first, to_us
	                       the last time */
	enum damage_certainty certainty;
	enum certainty intruder; /* of the strongest act */
	uint32_t mark;           /* by which */
	uint32_t secrets;        /* how worth searching for secrets, 0: no;
	                            docs/damage.md */
	uint64_t acts;           /* that reached it */
	uint64_t index;          /* record of the strongest, first act */
};

/* One line of the story. */
struct damage_step {
	int64_t time_us, last_us;
	struct slice what;    /* "read 214 messages in 3 mailboxes" */
	struct slice who, by; /* account or app; the mark, for people */
	enum certainty certainty;
	uint64_t acts, index;
};

struct damage_count {
	struct slice name; /* a country's two letters, or empty */
	uint64_t people;
};

struct damage {
	struct slice origin; /* of the ledger */
	uint64_t size;
	struct slice root;      /* base64 of the tree's hash at that size */
	int64_t as_of_us;       /* when the newest record was received */
	int64_t from_us, to_us; /* asked for; INT64_MIN, INT64_MAX: all */
	struct slice queries;   /* what the ledger was asked, a line each */
	struct slice command;   /* what was given, as options */
	const struct mark *marks;
	size_t mark_count;
	/* By which records are found that may be the intruder's. */
	const struct mark_name *names;
	size_t name_count;
	int64_t first_us, last_us; /* of the intruder's acts */
	uint64_t certain, likely;  /* acts */
	uint64_t
	    not_acts[NOT_WHYS]; /* of marked accounts, not the intruder's */
	const struct damage_item *items; /* by kind, place, time, id */
	size_t item_count;
	const struct unseen *unseen;
	size_t unseen_count;
	const struct way_back *ways; /* open first */
	size_t way_count;
	const struct damage_step *steps; /* by time */
	size_t step_count;
	const struct damage_statement *statements;
	size_t statement_count;
	const struct damage_count *countries; /* of mailbox and site owners */
	size_t country_count;
	struct damage_verdict verdict;
	int64_t aware_us;  /* EVENT_NO_TIME: not stated */
	int64_t notify_us; /* aware_us and 72 h, or what was said */
	struct slice aware_by;
	/* Records it rests on, ascending: of attributed acts, ways, gaps. */
	const uint64_t *evidence;
	size_t evidence_count;
	struct arena arena;
};

#endif
