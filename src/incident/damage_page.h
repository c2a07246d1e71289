#ifndef INCIDENT_DAMAGE_PAGE_H
#define INCIDENT_DAMAGE_PAGE_H

#include "incident/damage.h"

/*
 * damage_page - an assessment of damage as one page of HTML for people: half a
 * page for a board, then the story, the intrusion as a graph, what was reached
 * by certainty, the ways back, what is not seen, method and limits.
 *
 * It loads nothing and has no script (finding/report_page.h).  Tables end after
 * their first 1,000 rows and say where the rest is.  Pure.
 */
void damage_page(struct buf *out, const struct damage *damage);

#endif
