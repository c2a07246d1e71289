#ifndef FINDING_FINDING_H
#define FINDING_FINDING_H

#include <stdint.h>

#include "base/buf.h"
#include "event/event.h"
#include "rule/match.h"
#include "source/position.h"

/*
 * finding - one rule matched: an OCSF Detection Finding (class_uid 2004).
 *
 * Borrowed through and through: good for as long as the batch that holds the
 * record, the rules, and the position's file name.
 */

#define FINDING_UID_HEX 32

/* A record that a finding rests on. */
struct finding_proof {
	const struct event *event;
	struct position position;
};

/* What a correlation found: several records together. */
struct finding_window {
	const char *type;             /* "event_count", ... */
	int64_t start_us, end_us;     /* of the time in which it happened */
	uint64_t events;              /* in that time */
	double value;                 /* what the condition compares */
	const struct slice *group_by; /* names, and the value of each */
	const struct slice *group;    /* NULL: absent */
	size_t group_count;
	struct slice entity; /* the values for people; may be empty */
	struct slice key;    /* the group, for the uid */
	const struct finding_proof *proofs; /* the first and last events */
	size_t proof_count;
	/*
	 * Bits 1 << enum event_fact: unknown of events that may have counted.
	 */
	uint32_t unknown;
};

/* Of a correlation, from events as they come; of single events it is settled.
 */
enum finding_state {
	FINDING_SETTLED,
	FINDING_EARLY,     /* provisional: events may still come */
	FINDING_CONFIRMED, /* told again: as it was told early */
	FINDING_AMENDED,   /* told again: with other events */
	FINDING_WITHDRAWN, /* told again: it did not happen after all */
};

struct finding {
	/* H(rule, event), H(rule, change) or H(rule, group, start), in hex */
	char uid[FINDING_UID_HEX + 1];
	const struct rule_meta *rule;
	const struct event *event;
	struct position position;
	enum finding_state state;
	const struct rule_reason *why; /* what of the record satisfied it */
	size_t why_count;
	/* Of a correlation; its event is the one that completed it.  NULL */
	const struct finding_window *window;
};

/*
 * Sets the uid from the rule's id and the event's identity, or, for an event
 * without one, the position; for a correlation from the group and the window's
 * start.  The same finding has the same uid in every run.
 *
 * A change of the directory is two events, which share no id, where both logs
 * that have it are collected.  It is one finding, by what they share:
 * correlation id, operation and target.
 */
void finding_identify(struct finding *finding);

/* Who or what it is about, for people; as good as the finding. */
struct slice finding_entity(const struct finding *finding);

/* When it became true; EVENT_NO_TIME if that is not known. */
int64_t finding_time(const struct finding *finding);

/* Adds the finding as one line of OCSF JSON, with its line feed. */
void finding_write_ocsf(struct buf *out, const struct finding *finding);

/* The same facts as a row of CSV; the header is finding_csv_header(). */
void finding_write_csv(struct buf *out, const struct finding *finding);
void finding_csv_header(struct buf *out);

#endif
