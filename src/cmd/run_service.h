#ifndef CMD_RUN_SERVICE_H
#define CMD_RUN_SERVICE_H

#include <stdatomic.h>

#include "cmd/run_config.h"
#include "cmd/run_upkeep.h"
#include "finding/outbox.h"
#include "pipeline_run.h"

/*
 * run_service - what `firn run` holds together: sources in their threads, the
 * loop that writes, the face that tells how it goes.
 */
struct service;

/* Set by signal handlers. */
struct service_signals {
	atomic_bool stop, reload;
};

struct mail_helper;
struct damage_helper;

struct service_options {
	const struct run_config *config;
	struct service_signals *signals;
	struct mail_helper *mail; /* NULL: no output sends mail */
	struct damage_helper *damage;
};

/*
 * Opens everything; what the options point to is borrowed.  What may pass (a
 * source that does not answer) is no failure.
 */
int service_open(struct service **out, const struct service_options *options,
    struct err *err);

/*
 * Runs until it is to stop.  -1: the ledger did not take something; all that
 * was acknowledged is durable, and the service may be opened again.
 */
int service_run(struct service *service, struct err *err);

void service_close(struct service *service);

/* As JSON, or as Prometheus has it; any thread. */
void service_status(struct service *service, struct buf *out);
void service_metrics(struct service *service, struct buf *out);

/* 200, or 503 while nothing is taken; why, in a line.  Any thread. */
#define SERVICE_FULL "the disk is nearly full and nothing is collected"
unsigned service_health(struct service *service, struct buf *out);

/* --- run_status.c: what both are made from --- */

struct service_source {
	const char *name, *kind;
	enum hub_mood mood;
	char text[256];
	int64_t since_us;
	int64_t clock_us; /* the oldest of its streams; EVENT_NO_TIME */
	uint64_t deliveries, records, events, duplicates, refused, lost, late;
	uint64_t open_gaps;
	int64_t lag_us; /* p99 from availability to a record */
};

struct service_output {
	const char *name, *kind;
	struct outbox_stats stats;
};

struct service_view {
	const char *ledger, *origin;
	int64_t started_us, now_us;
	struct run_counts counts;
	int64_t checkpoint_us; /* when the last one was signed */
	struct run_witnesses witnesses;
	uint64_t disk_free, disk_min;
	bool paused; /* for want of room */
	size_t rules, rules_refused;
	struct run_glance glances[RUN_GLANCES];
	size_t glance_count;
	struct run_followed cases[RUN_FOLLOWED];
	size_t case_count;
	uint64_t case_more;             /* that are not followed */
	struct service_source *sources; /* owned */
	size_t source_count;
	struct service_output *outputs; /* owned */
	size_t output_count;
};

void service_view_json(const struct service_view *view, struct buf *out);
void service_view_metrics(const struct service_view *view, struct buf *out);

#endif
