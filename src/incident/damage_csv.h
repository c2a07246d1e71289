#ifndef INCIDENT_DAMAGE_CSV_H
#define INCIDENT_DAMAGE_CSV_H

#include "incident/damage.h"

/*
 * damage_csv - all items as rows of CSV, with a header, in the order of the
 * assessment: the columns are the members of an item in damage_json.h.  Pure.
 */
void damage_csv(struct buf *out, const struct damage *damage);

#endif
