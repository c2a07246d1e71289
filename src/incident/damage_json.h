#ifndef INCIDENT_DAMAGE_JSON_H
#define INCIDENT_DAMAGE_JSON_H

#include "incident/damage.h"

/*
 * damage_json - an assessment of damage as one JSON object (docs/damage.md).
 *
 * Members stand in a fixed order and are always there: what is not known is
 * null.  A record of the ledger is always a member `index`, or in the list
 * `evidence`; a mark is its place in the list `marks`, from 0.  Counts stand
 * by certainty; none is a sum of two certainties.  Pure.
 */

/* Adds the object and a line feed. */
void damage_json(struct buf *out, const struct damage *damage);

#endif
