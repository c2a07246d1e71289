#ifndef INCIDENT_UNSEEN_H
#define INCIDENT_UNSEEN_H

#include "incident/intruder.h"
#include "incident/shows.h"

/*
 * unseen - what the evidence cannot show: gaps, auditing that was off, access
 * that is never logged, the time before the data begins and after it ends.
 *
 * Each leaves a time and mailboxes open, in which the intruder may have read
 * what no record tells.  Only what the intruder could reach is said: between
 * the first act and the end, with the accounts and apps that are the
 * intruder's.  Pure.
 */
/* Something that the evidence cannot show. */
enum unseen_cause {
	UNSEEN_GAP,   /* a gap of the ledger's coverage */
	UNSEEN_BLIND, /* auditing off, bypassed, throttled, a licence */
	UNSEEN_EDISCOVERY,
	UNSEEN_FORGED,     /* acts whose token or session no sign-in explains */
	UNSEEN_REACH,      /* before the data begins, or after it ends */
	UNSEEN_INCOMPLETE, /* a source is not complete to then, or was never */
	UNSEEN_ERASED,     /* records that were destroyed in the ledger */
	UNSEEN_CAUSES,
};
extern const char *const unseen_cause_names[UNSEEN_CAUSES];

struct unseen {
	enum unseen_cause cause;
	int64_t from_us, to_us; /* EVENT_NO_TIME: open */
	const struct slice
	    *places; /* mailboxes that it leaves open; none: all */
	size_t place_count;
	struct slice source, stream; /* of a gap */
	struct slice detail;         /* a sentence */
	int64_t heals_until_us;      /* EVENT_NO_TIME: it cannot heal */
	uint64_t index;              /* of the record that says so; NO_ACT */
};

/* Records of the intruder's time that were erased; when they were received. */
struct unseen_erased {
	uint64_t count; /* 0: none */
	int64_t first_us, last_us;
	uint64_t index; /* of the first */
};

/*
 * What is known when it is asked.  Acts are attributed, and sorted by time;
 * those of others are among them where they hide something (act.h, blinds).
 */
struct unseen_of {
	const struct act *acts;
	size_t act_count;
	const struct mark *marks;
	size_t mark_count;
	const struct coverage *coverage;  /* of the ledger at that size */
	int64_t first_us, last_us;        /* of the intruder's acts */
	int64_t data_from_us, data_to_us; /* of the ledger's events */
	struct unseen_erased erased;
	const struct damage_statement *statements;
	size_t statement_count;
	struct arena *arena;
};

/* Sorted by from_us, cause, source; *out lies in the arena. */
size_t unseen_find(const struct unseen_of *of, const struct unseen **out);

/*
 * Whether the intruder could open all mailboxes; else *places are those that it
 * could, ascending, in lower case, in the arena.  Coverage and times need not
 * be known.
 */
bool unseen_opens_all(
    const struct unseen_of *of, const struct slice **places, size_t *count);

#endif
