#ifndef SIM_SERVE_FLOW_H
#define SIM_SERVE_FLOW_H

#include "serve.h"
#include "serve_content.h"
#include "serve_truth.h"

/*
 * serve_flow - makes what happens in all tenants as time passes, holds it back
 * until it is available, and hands it to the paths.
 */
struct flow;

struct flow_plan {
	const char *dir;
	uint64_t seed;
	uint32_t tenants, people;
	const struct attack_orders *attacks; /* in the first tenant */
	int64_t attack_us; /* they last that long from the start */
	int64_t history_us;
	uint64_t load; /* records ready at the start, over all tenants */
	double rate;   /* records a second a tenant; 0: as people work */
	struct delay delay;
	int64_t keep_us;
	uint32_t blob_records;
};

/* The folder exists. */
struct flow *flow_new(
    const struct flow_plan *plan, struct serve_faults *faults, struct err *err);

/* Tells the truth of all that is left. */
int flow_close(struct flow *flow, struct err *err);

void flow_add_path(struct flow *flow, const struct serve_path *path);

/* Makes history and load; then time begins. */
int flow_start(struct flow *flow, int64_t now_us, struct err *err);

/* All that happens and becomes available until then. */
int flow_turn(struct flow *flow, int64_t now_us, struct err *err);

/* Nothing new happens any more. */
void flow_stop(struct flow *flow);

/* Copies that are still to become available. */
size_t flow_pending(const struct flow *flow);
bool flow_stopped(const struct flow *flow);

struct serve_truth *flow_truth(const struct flow *flow);

size_t flow_tenants(const struct flow *flow);
struct serve_tenant *flow_tenant(const struct flow *flow, size_t n);
struct content *flow_content(const struct serve_tenant *tenant);

#endif
