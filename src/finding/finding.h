#ifndef FINDING_FINDING_H
#define FINDING_FINDING_H

#include <stdint.h>

#include "base/buf.h"
#include "event/event.h"
#include "rule/rules.h"
#include "source/position.h"

/*
 * finding - one rule matched: an OCSF Detection Finding (class_uid 2004).
 *
 * Borrowed through and through: good for as long as the batch that holds the
 * record, the rules, and the position's file name.
 */

#define FINDING_UID_HEX 32

struct finding {
	char uid[FINDING_UID_HEX + 1]; /* H(rule, event), lower-case hex */
	const struct rule_meta *rule;
	const struct event *event;
	struct position position;
	const struct rule_reason *why; /* what of the record satisfied it */
	size_t why_count;
};

/*
 * Sets the uid from the rule's id and the event's identity, or, for an event
 * without one, the position.  The same finding has the same uid in every run.
 */
void finding_identify(struct finding *finding);

/* Adds the finding as one line of OCSF JSON, with its line feed. */
void finding_write_ocsf(struct buf *out, const struct finding *finding);

/* The same facts as a row of CSV; the header is finding_csv_header(). */
void finding_write_csv(struct buf *out, const struct finding *finding);
void finding_csv_header(struct buf *out);

#endif
