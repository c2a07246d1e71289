#ifndef INCIDENT_DAMAGE_TEXT_H
#define INCIDENT_DAMAGE_TEXT_H

#include "incident/damage.h"

/*
 * damage_text - an assessment of damage for a terminal: the verdict first, then
 * numbers by certainty, what is open, and what is not seen.
 *
 * About 30 lines of at most 80 columns.  Lists are cut, and say how much more
 * there is.  Pure.
 */
void damage_text(struct buf *out, const struct damage *damage);

#endif
