#ifndef SIM_SERVE_GRAPH_PART_H
#define SIM_SERVE_GRAPH_PART_H

#include "base/arena.h"
#include "serve_form.h"
#include "serve_graph.h"
#include "serve_spool.h"
#include "json/json.h"

/*
 * serve_graph_part - what the parts of serve_graph share.
 */
enum graph_list {
	GRAPH_SIGNINS,
	GRAPH_SILENT,
	GRAPH_SERVICE,
	GRAPH_MANAGED, /* nobody has managed identities */
	GRAPH_AUDITS,
	GRAPH_RISKS,
	GRAPH_ALERTS, /* there is no one who raises any */
	GRAPH_LISTS,
};

struct graph_row {
	int64_t time_us;
	uint32_t seq; /* tells those of one time apart */
	struct spool_at at;
};

struct graph_rows {
	struct graph_row *list; /* owned; the oldest first */
	size_t count, size;
};

/* What has changed: an object as its list has it, or a part of one. */
enum graph_change {
	CHANGED_USER,
	CHANGED_PRINCIPAL,
	CHANGED_APPLICATION,
	CHANGED_SECRET, /* of the object `of` */
	CHANGED_OWNER,
	CHANGED_APP_ROLE, /* `of` is the resource's service principal */
	CHANGED_GRANT,
	CHANGED_MEMBER, /* `of` is the role */
	CHANGED_GONE,   /* `of` was taken away, of what is usually there */
};

struct graph_changed {
	enum graph_change change;
	char *of, *text; /* owned */
	struct graph_changed *next;
};

struct graph_tenant {
	const struct org *org;
	struct graph_rows rows[GRAPH_LISTS];
	struct graph_changed *changes; /* owned; the oldest first */
	int64_t minute;                /* of the quota */
	unsigned requests;
};

/* --- serve_graph_change.c --- */

/* What an audit tells has changed. */
void graph_change(struct graph_tenant *tenant, struct json audit);
void graph_changes_free(struct graph_tenant *tenant);

/* --- serve_graph_state.c --- */

/*
 * Adds items `from` to at most `from + top` of the list at that path; total is
 * how many there are.  What is no list is single: an object's members.  False
 * if there is no such path.
 */
struct graph_asked {
	struct slice path;
	size_t from, top;
	struct buf *out;
	/* Out: */
	size_t total;
	bool single;
};
bool graph_state(const struct graph_tenant *tenant, struct graph_asked *asked);

#endif
