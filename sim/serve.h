#ifndef SIM_SERVE_H
#define SIM_SERVE_H

#include "attack_order.h"
#include "net/http_server.h"
#include "people.h"
#include "serve_delay.h"
#include "serve_fault.h"
#include "sink.h"

/*
 * serve - the tenants that firn-sim serves, and where requests and records go.
 *
 * A module that speaks a protocol adds routes, to which requests go, and paths,
 * on which records leave as they become available.  Everything is called in
 * one thread, requests and records in turn, so that nothing may block.
 */
struct serve;
struct serve_tenant;

/* The simulator's clock: microseconds UTC. */
int64_t serve_now(const struct serve *serve);
uint64_t serve_seed(const struct serve *serve);

/* The folder that was given; https://HOST:PORT, once it listens. */
const char *serve_dir(const struct serve *serve);
const char *serve_url(const struct serve *serve);

/* --- tenants --- */

/* From 0 on; the last is the test tenant, if an attack has one. */
size_t serve_tenants(const struct serve *serve);
struct serve_tenant *serve_tenant_at(const struct serve *serve, size_t n);

/* NULL if there is none of that id; letters of either case. */
struct serve_tenant *
serve_tenant_of(const struct serve *serve, struct slice id);

const struct org *serve_tenant_org(const struct serve_tenant *tenant);
size_t serve_tenant_index(const struct serve_tenant *tenant);

/* --- requests --- */

/* One request; `rest` is what stands behind the route's prefix. */
struct serve_call {
	struct serve *serve;
	const struct http_request *request;
	struct http_answer *answer;
	struct slice rest;
	void *ctx; /* the route's */
};

/* Among the routes whose method and prefix fit, the longest prefix wins. */
struct serve_route {
	const char *method; /* NULL: any */
	const char *prefix; /* static; such as "/v1.0/" */
	void (*handle)(struct serve_call *call);
	void *ctx;
};

void serve_add_route(struct serve *serve, const struct serve_route *route);

/* Answers {"error":{"code":...,"message":...}}. */
void serve_refuse(struct serve_call *call, unsigned status, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Answers with that JSON; takes the buffer. */
void serve_json(struct serve_call *call, unsigned status, struct buf *body);

struct serve_faults *serve_faults(const struct serve *serve);

struct tokens;
struct tokens *serve_tokens(const struct serve *serve);

/*
 * The faults that all APIs have.  True if one has settled the answer.  If not,
 * an answer may be late or cut off without the caller's doing, and *found is
 * FAULT_THROTTLE or FAULT_UNAUTHORISED where the caller is to refuse in the
 * words of the API; else it is FAULT_KINDS.
 */
bool serve_strike(struct serve_call *call, const struct fault_target *target,
    enum fault_kind *found);

/* --- records --- */

/*
 * A way out of the suite.  Each record of these streams passes once, or more
 * often where it is repeated, in the order in which they become available
 * (record->available_us), or not at all, where a fault says so.  Slices are
 * good during the call.
 */
struct serve_path {
	const char *name; /* static, in the truth: "graph", "kafka" */
	unsigned streams; /* bit per enum stream */
	enum delay_kind delay;
	void (*put)(void *ctx, struct serve_tenant *tenant,
	    const struct sim_record *record);
	void *ctx;
};

#define SERVE_PATHS_MAX 4

/* Before the first record is made, so before serve_run(). */
void serve_add_path(struct serve *serve, const struct serve_path *path);

/* Called between requests, about ten times a second. */
void serve_add_tick(struct serve *serve, void (*tick)(void *ctx), void *ctx);

/* --- life --- */

struct serve_plan {
	const char *dir;    /* made if it is not there */
	const char *listen; /* HOST:PORT */
	bool tls;
	bool graph; /* Microsoft Graph is served, too */
	uint64_t seed;
	uint32_t tenants, people;
	struct attack_orders attacks; /* on the first tenant */
	int64_t attack_us, history_us, keep_us;
	uint64_t load;
	double rate;
	struct delay delay;
	uint32_t blob_records;
	unsigned page;  /* contents in one page of a list */
	unsigned quota; /* requests a minute and tenant; 0: any number */
	int token_life_s;
	const char *faults; /* a file, or NULL */
	const char *kafka;  /* brokers; "mock"; NULL: none */
	const char *kafka_topic;
	unsigned kafka_partitions; /* of a topic that is made */
};

/* Makes keys and tenants; nothing happens yet, so that parts can be added. */
int
serve_open(struct serve **out, const struct serve_plan *plan, struct err *err);

/* Makes the history, listens, says so in `address`, serves until stopped. */
int serve_run(struct serve *serve, struct err *err);

/* May be called by a signal handler. */
void serve_stop(struct serve *serve);

/* Writes the rest of the truth. */
int serve_close(struct serve *serve, struct err *err);

const struct serve_plan *serve_plan(const struct serve *serve);
struct flow *serve_flow(const struct serve *serve);

#endif
