#ifndef SOURCE_GRAPH_PART_H
#define SOURCE_GRAPH_PART_H

#include <stdatomic.h>

#include "source/graph_answer.h"
#include "source/graph_config.h"
#include "source/graph_span.h"
#include "source/hub.h"
#include "source/pace.h"

/*
 * graph_part - what the parts of the source graph share.
 */
#define SECOND_US ((int64_t)1000000)
#define HOUR_US   (3600 * SECOND_US)
#define DAY_US    (24 * HOUR_US)
#define KEPT_US   (30 * DAY_US) /* what Entra keeps with a licence */

/*
 * A list that is read page by page.
 *
 *	WANTED --asked--> FLYING --the last page--> READ --durable--> (over)
 *	   ^                 |                       |
 *	   `- next page, or it failed --- broken ----'
 */
enum job_state { JOB_WANTED, JOB_FLYING, JOB_READ, JOB_OVER };

enum job_kind {
	JOB_HEAD,  /* the newest window of a stream; there is one at most */
	JOB_PART,  /* an older window, for the first time */
	JOB_LATE,  /* one that is read again */
	JOB_STATE, /* of the daily state */
};

struct graph_job {
	const struct graph_api *api;
	struct graph_stream *stream; /* NULL: state */
	enum job_kind kind;
	enum job_state state;
	struct buf first, next; /* URLs, NUL-terminated */
	char *of;               /* owned; what %s stands for, or NULL */
	struct graph_span span;
	int64_t since_us;  /* without the overlap */
	int64_t asked_us;  /* when the page was asked for */
	int64_t began_us;  /* on the monotonic clock; 0: not yet */
	int64_t again_us;  /* the same: when it may be asked for */
	int64_t failed_us; /* the same: when it first failed */
	unsigned failures, stale;
	size_t number; /* of the request under way */
	bool gap, refused;
	bool spoiled;  /* the ledger did not take a page of it */
	char why[160]; /* it failed, or was refused */
	/* Of its parcels; the ledger's loop changes them. */
	atomic_uint pending;
	atomic_bool broken;
	struct graph_job *after; /* in the list */
};

struct graph_stream {
	const struct graph_api *api;
	int64_t until_us;     /* windows up to here have been made */
	int64_t late_from_us; /* where reading again begins next */
	int64_t late_next_us; /* and when: monotonic */
	int64_t well_us; /* when something of it was last read: monotonic */
	int64_t slow_us; /* when it was last too slow; 0: never */
	bool began;      /* the ledger has a clock of it */
};

struct source {
	struct hub *hub;
	const char *name;
	const struct graph_config *config;
	const char *root;
	struct entra *entra;
	struct http_client *client;
	struct json_parser *parser;
	struct pace paces[QUOTA_COUNT];
	struct graph_stream streams[GRAPH_ACTIVITY_MAX];
	size_t stream_count;
	struct graph_job *jobs;          /* owned; the newest first */
	struct parcel *held, *held_last; /* that the hub has no room for */
	int64_t skew_us;                 /* the API's clock minus ours */
	int64_t poll_next_us;            /* monotonic */
	char day[11];                    /* of the state that is being read */
	char day_done[11]; /* of the newest that the ledger has whole */
	struct buf unread; /* parts of the state that may not be read */
	char token_why[ERR_MSG_MAX]; /* there is no token; empty: there is */
};

/* --- graph.c --- */

/* The API's clock. */
int64_t graph_now_us(const struct source *g);

/* --- graph_job.c --- */

/* A job of this stream or, if it is NULL, of the state. */
struct graph_job *graph_job_add(struct source *g, enum job_kind kind,
    const struct graph_api *api, struct graph_stream *stream);
void graph_job_free(struct graph_job *job);

/* Sets its URLs by its span or `of`, to begin from the first page. */
void graph_job_aim(struct source *g, struct graph_job *job);

void graph_job_failed(struct graph_job *job, const char *why);

/* It may not be read; it is tried again much later. */
void graph_job_refused(struct graph_job *job, const char *why);

/* --- graph_plan.c --- */

/* What the ledger says: where to go on, and what is still missing. */
void graph_recall(struct source *g);

/* The windows and the state that are due. */
void graph_plan(struct source *g);

/* Takes out the jobs that are over; moves clocks, opens and closes gaps. */
void graph_settle(struct source *g);

/* --- graph_read.c --- */

/* Asks for all that need not be waited for. */
void graph_read(struct source *g);

/* When something may be asked for; INT64_MAX: nothing is wanted. */
int64_t graph_next_us(struct source *g);

/* --- graph_page.c --- */

/* Gives what is in the page, or holds it, and sets the next one. */
void
graph_take(struct source *g, struct graph_job *job, struct http_reply *reply);

/* Waits until there is room for all that is held. */
void graph_give_held(struct source *g);

#endif
