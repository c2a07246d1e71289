#ifndef SIM_SERVE_GRAPH_H
#define SIM_SERVE_GRAPH_H

#include "serve.h"

/*
 * serve_graph - Microsoft Graph of each tenant: the lists of what happened,
 * with filters of time and pages, and the state of the directory, in which
 * what an audit tells has changed as soon as the audit is there.
 */
struct graph;

struct graph *graph_new(struct serve *serve);
void graph_free(struct graph *graph);

#endif
