#ifndef SOURCE_GRAPH_API_H
#define SOURCE_GRAPH_API_H

#include <stddef.h>

#include "event/event.h"

/*
 * graph_api - what firn reads of Microsoft Graph: where it is, which permission
 * and licence it wants, under which limit it stands.
 *
 * Two tables: activity, read by windows of time, and the tenant's state, read
 * once a day.  docs/sources.md shows them to people.
 */

/*
 * Limits are kept for each kind: "Microsoft Graph service-specific throttling
 * limits".
 */
enum graph_quota {
	QUOTA_DIRECTORY, /* resource units: 3,500 in 10 s in small tenants */
	QUOTA_REPORTS,   /* 5 requests in 10 s, per app and tenant */
	QUOTA_RISK,      /* 1 a second, for all apps of a tenant */
	QUOTA_ALERTS,    /* 150 a minute */
	QUOTA_MAIL,      /* 10,000 in 10 min, per app and mailbox */
	QUOTA_COUNT,
};

/* Requests a minute that are made at most. */
unsigned graph_quota_rate(enum graph_quota quota);

/* What a path with %s in it is asked for, one by one. */
enum graph_each {
	EACH_ONCE,
	EACH_FEDERATED, /* domain that signs in elsewhere */
	EACH_PERSON,    /* whose rules are asked for in the configuration */
};

struct graph_api {
	const char *name;  /* of the stream: "signins", "state.users" */
	const char *path;  /* behind the endpoint */
	const char *time;  /* activity: the member that windows are over */
	const char *also;  /* activity: what else is filtered; NULL */
	const char *query; /* state: options of the request; NULL */
	/* The source of its records, if they are no events; NULL. */
	const char *as;
	unsigned top; /* largest page; 0: it has none */
	enum graph_quota quota;
	enum graph_each each;
	enum event_kind kind; /* which rules look at; KIND_UNKNOWN: none do */
	const char *permission;
	const char *licence; /* that the tenant wants for it; NULL: any */
	const char *blind;   /* what cannot be said without it */
};

extern const struct graph_api graph_activities[];
extern const size_t graph_activity_count;
extern const struct graph_api graph_states[];
extern const size_t graph_state_count;

#define GRAPH_ACTIVITY_MAX 8

/* NULL if there is none of that name. */
const struct graph_api *graph_activity_find(struct slice name);

#endif
