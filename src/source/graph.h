#ifndef SOURCE_GRAPH_H
#define SOURCE_GRAPH_H

#include "source/source.h"

/*
 * graph - Microsoft Graph: a tenant's sign-ins, directory audits, risk
 * detections and others' alerts, and once a day its state.
 *
 * Activity is asked for by windows of the time at which it happened, and shown
 * late: each look begins before where the last one ended, and the recent past
 * is read again.  Pages that are the same bytes are the same delivery; what is
 * in two pages is one event, by its id.
 *
 * For small tenants and for repair: the limits are narrow, and who outgrows
 * them is told so.
 */
extern const struct source_kind source_graph;

#endif
