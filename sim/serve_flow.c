#include "serve_flow.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "tenant.h"

#define SECOND_US INT64_C(1000000)

/* History passes in such steps. */
#define STEP_US (5 * SECOND_US)

/* A load that has no history is spread over so long. */
#define LOAD_US (3600 * SECOND_US)

/* A copy that is still to become available. */
struct held {
	int64_t at_us;
	uint64_t order; /* of holding: equal times come in order */
	struct serve_event *event;
	unsigned path;
	bool repeat;
};

struct serve_tenant {
	struct sink sink; /* in front: what the generator calls */
	struct flow *flow;
	size_t index;
	uint64_t seed;
	struct org org;
	struct tenant *maker; /* NULL: the test tenant, made by the first */
	struct content *content;
	double made, due; /* records, where there is a rate */
};

struct flow {
	struct flow_plan plan;
	struct serve_faults *faults;
	struct serve_truth *truth;
	struct spool *records, *blobs;
	struct serve_tenant *tenants;
	size_t n;
	struct serve_path paths[SERVE_PATHS_MAX];
	const char *path_names[SERVE_PATHS_MAX];
	unsigned path_count;
	struct rng rng;
	struct held *heap; /* the earliest first */
	size_t held, size;
	uint64_t order;
	int64_t now_us; /* where time stands */
	bool stopped;
	bool failed; /* err says why */
	struct err err;
};

/* --- what is held back --- */

static bool
before(const struct held *a, const struct held *b)
{
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us;
	return a->order < b->order;
}

static void
hold(struct flow *flow, const struct held *held)
{
	size_t i = flow->held++;

	if (flow->held > flow->size) {
		flow->size = flow->size ? flow->size * 2 : 1024;
		flow->heap =
		    xrealloc(flow->heap, flow->size * sizeof(*flow->heap));
	}
	for (; i > 0 && before(held, &flow->heap[(i - 1) / 2]); i = (i - 1) / 2)
		flow->heap[i] = flow->heap[(i - 1) / 2];
	flow->heap[i] = *held;
}

static struct held
take(struct flow *flow)
{
	struct held first = flow->heap[0], last = flow->heap[--flow->held];
	size_t i = 0, child;

	while ((child = 2 * i + 1) < flow->held) {
		if (child + 1 < flow->held &&
		    before(&flow->heap[child + 1], &flow->heap[child]))
			child++;
		if (!before(&flow->heap[child], &last))
			break;
		flow->heap[i] = flow->heap[child];
		i = child;
	}
	if (flow->held > 0)
		flow->heap[i] = last;
	return first;
}

static void
end_event(struct flow *flow, struct serve_event *event)
{
	truth_event(flow->truth, event, flow->path_names);
	spool_drop(flow->records, event->bytes);
	free(event);
}

/* A copy has gone its way. */
static void
done(void *ctx, struct serve_event *event)
{
	if (--event->left == 0)
		end_event(ctx, event);
}

static void
hand_over(struct flow *flow, const struct held *held)
{
	struct serve_event *event = held->event;
	struct serve_tenant *tenant = &flow->tenants[event->tenant];
	const struct serve_path *path = &flow->paths[held->path];
	const struct sim_record record = {
	    .stream = event->stream,
	    .time_us = event->time_us,
	    .available_us = held->at_us,
	    .id = event->id,
	    .operation = event->operation,
	    .user = event->user,
	    .bytes = spool_get(event->bytes),
	    .truth = event->truth,
	    .repeat = held->repeat,
	};

	if (!path->put) {
		content_put(tenant->content, event);
		return;
	}
	path->put(path->ctx, tenant, &record);
	event->copies[event->told++] =
	    (struct event_copy){.path = path->name, .at_us = held->at_us};
	truth_available(flow->truth, event, event->told == 1);
	done(flow, event);
}

/* --- what happens --- */

static enum content_type
type_of(const struct sim_record *record)
{
	if (record->stream > STREAM_AUDIT_TEST)
		return CONTENT_TYPES;
	return content_type_of_record(record->bytes);
}

/* How one record leaves: the times of its copies on each path. */
#define COPIES_MAX (SERVE_PATHS_MAX * 100)

struct fate {
	struct held copies[COPIES_MAX];
	unsigned n, unpublished;
};

static void
draw_path(struct serve_tenant *tenant, unsigned i, enum content_type type,
    int64_t time_us, struct fate *fate)
{
	struct flow *flow = tenant->flow;
	const struct serve_path *path = &flow->paths[i];
	const struct fault_target target = {(int)tenant->index,
	    type < CONTENT_TYPES ? (int)type : -1, path->name, 0};
	enum delay_kind kind =
	    type < CONTENT_TYPES ? delay_of_type(type) : path->delay;
	int64_t at_us =
	    time_us + delay_draw(&flow->plan.delay, kind, &flow->rng);
	const struct fault *fault;
	unsigned copies = 1;

	if (serve_faults_strike(
	        flow->faults, FAULT_UNPUBLISHED, &target, time_us)) {
		fate->unpublished |= 1u << i;
		return;
	}
	fault = serve_faults_strike(flow->faults, FAULT_LATE, &target, time_us);
	if (fault)
		at_us += fault->seconds * SECOND_US;
	fault = serve_faults_strike(
	    flow->faults, FAULT_DUPLICATE_HEAVY, &target, time_us);
	if (fault)
		copies = fault->copies;
	else if (rng_percent(&flow->rng, 1))
		copies = 2;
	for (unsigned c = 0; c < copies && fate->n < COPIES_MAX; c++) {
		fate->copies[fate->n++] =
		    (struct held){.at_us = at_us, .path = i, .repeat = c > 0};
		at_us += delay_again(&flow->plan.delay, &flow->rng);
	}
}

static void
happen(struct serve_tenant *tenant, const struct sim_record *record)
{
	struct flow *flow = tenant->flow;
	enum content_type type = type_of(record);
	struct fate fate = {.n = 0};
	struct serve_event *event;

	for (unsigned i = 0; !record->unseen && i < flow->path_count; i++)
		if (flow->paths[i].streams >> record->stream & 1)
			draw_path(tenant, i, type, record->time_us, &fate);
	event = event_new(record, fate.n);
	event->tenant = tenant->index;
	event->type = type;
	if (record->unseen) {
		truth_event(flow->truth, event, flow->path_names);
		free(event);
		return;
	}
	event->unpublished = fate.unpublished;
	if (spool_put(
	        flow->records, record->bytes, &event->bytes, &flow->err)) {
		flow->failed = true;
		free(event);
		return;
	}
	truth_happened(flow->truth, event);
	for (unsigned i = 0; i < fate.n; i++) {
		fate.copies[i].event = event;
		fate.copies[i].order = flow->order++;
		hold(flow, &fate.copies[i]);
	}
	if (fate.n == 0)
		end_event(flow, event);
}

static void
put(struct sink *sink, const struct sim_record *record)
{
	struct serve_tenant *tenant = (struct serve_tenant *)(void *)sink;
	struct flow *flow = tenant->flow;

	tenant->made++;
	if (record->stream == STREAM_AUDIT_TEST)
		tenant = &flow->tenants[flow->n - 1];
	if (!flow->failed)
		happen(tenant, record);
}

/* --- time --- */

/* Deeds of working hours until as many records are made as are due. */
static void
work_evenly(struct serve_tenant *tenant, double records, int64_t from_us,
    int64_t until_us)
{
	double from = tenant->due;

	tenant->due += records;
	while (tenant->made < tenant->due && !tenant->flow->failed) {
		double share = (tenant->made - from) / records;

		share = share < 0 ? 0 : share;
		tenant_deed(tenant->maker,
		    from_us + (int64_t)(share * (double)(until_us - from_us)));
	}
}

static void
let_work(struct flow *flow, int64_t now_us)
{
	double seconds = (double)(now_us - flow->now_us) / 1e6;

	for (size_t i = 0; i < flow->plan.tenants; i++) {
		struct serve_tenant *tenant = &flow->tenants[i];

		if (flow->plan.rate > 0) {
			work_evenly(tenant, flow->plan.rate * seconds,
			    flow->now_us, now_us);
			tenant_attacks_until(tenant->maker, now_us);
		} else {
			tenant_until(tenant->maker, now_us);
		}
	}
}

static int
let_out(struct flow *flow, int64_t now_us, struct err *err)
{
	while (flow->held > 0 && flow->heap[0].at_us <= now_us) {
		struct held held = take(flow);

		hand_over(flow, &held);
	}
	for (size_t i = 0; i < flow->n; i++)
		if (content_cut(
		        flow->tenants[i].content, now_us, done, flow, err))
			return -1;
	return 0;
}

int
flow_turn(struct flow *flow, int64_t now_us, struct err *err)
{
	if (!flow->stopped && now_us > flow->now_us)
		let_work(flow, now_us);
	flow->now_us = now_us;
	if (flow->failed) {
		*err = flow->err;
		return -1;
	}
	return let_out(flow, now_us, err);
}

/* The share of the load that comes in that step. */
static void
add_load(struct flow *flow, int64_t from_us, int64_t until_us, int64_t all_us)
{
	double records = (double)flow->plan.load / flow->plan.tenants *
	                 (double)(until_us - from_us) / (double)all_us;

	for (size_t i = 0; flow->plan.load && i < flow->plan.tenants; i++) {
		work_evenly(&flow->tenants[i], records, from_us, until_us);
	}
}

/* At the head of the truth. */
static void
tell_attacks(struct flow *flow, const struct tenant *maker)
{
	struct buf line = {0};
	size_t n;
	const struct story *stories = tenant_stories(maker, &n);

	for (size_t i = 0; i < n; i++) {
		buf_clear(&line);
		story_line(&stories[i], &line);
		truth_line(flow->truth, buf_slice(&line));
	}
	buf_release(&line);
}

/* Once all paths are known, and so which streams anyone wants. */
static void
open_makers(struct flow *flow, int64_t start_us, int64_t now_us)
{
	unsigned wants = 0;

	for (unsigned i = 0; i < flow->path_count; i++)
		wants |= flow->paths[i].streams;
	for (size_t i = 0; i < flow->plan.tenants; i++) {
		struct serve_tenant *tenant = &flow->tenants[i];
		const struct tenant_plan plan = {
		    .seed = tenant->seed,
		    .people = flow->plan.people,
		    .start_us = start_us,
		    .attacks = i ? NULL : flow->plan.attacks,
		    .attack_from_us = now_us,
		    .attack_to_us = now_us + flow->plan.attack_us,
		};

		tenant->sink.wants = wants;
		tenant->maker = tenant_new(&plan, &tenant->sink);
		tell_attacks(flow, tenant->maker);
	}
}

int
flow_start(struct flow *flow, int64_t now_us, struct err *err)
{
	int64_t length = flow->plan.history_us, from_us;
	bool load_only = flow->plan.load && !length;

	open_makers(flow, now_us - length, now_us);
	if (load_only)
		length = LOAD_US;
	for (from_us = now_us - length; from_us < now_us; from_us += STEP_US) {
		int64_t until_us = from_us + STEP_US;

		until_us = until_us < now_us ? until_us : now_us;
		add_load(flow, from_us, until_us, length);
		flow->now_us = load_only ? until_us : from_us;
		if (flow_turn(flow, until_us, err))
			return -1;
	}
	flow->now_us = now_us;
	return 0;
}

void
flow_stop(struct flow *flow)
{
	flow->stopped = true;
}

bool
flow_stopped(const struct flow *flow)
{
	return flow->stopped;
}

size_t
flow_pending(const struct flow *flow)
{
	size_t n = flow->held;

	for (size_t i = 0; i < flow->n; i++)
		n += content_waiting(flow->tenants[i].content);
	return n;
}

/* --- life --- */

void
flow_add_path(struct flow *flow, const struct serve_path *path)
{
	if (flow->path_count == SERVE_PATHS_MAX)
		abort();
	flow->path_names[flow->path_count] = path->name;
	flow->paths[flow->path_count++] = *path;
}

static void
open_tenant(struct flow *flow, size_t i)
{
	struct serve_tenant *tenant = &flow->tenants[i];

	tenant->seed = i ? rng_mix(flow->plan.seed, i) : flow->plan.seed;
	tenant->flow = flow;
	tenant->index = i;
	tenant->sink.put = put;
	if (i < flow->plan.tenants)
		org_init(&tenant->org, tenant->seed, flow->plan.people);
	else
		org_init_test(&tenant->org, &flow->tenants[0].org);
	tenant->content = content_new(&(struct content_plan){
	    .spool = flow->blobs,
	    .faults = flow->faults,
	    .truth = flow->truth,
	    .tenant = i,
	    .seed = flow->plan.seed,
	    .keep_us = flow->plan.keep_us,
	    .blob_records = flow->plan.blob_records,
	});
}

struct flow *
flow_new(
    const struct flow_plan *plan, struct serve_faults *faults, struct err *err)
{
	struct flow *flow;
	struct serve_truth *truth = truth_open(plan->dir, err);

	if (!truth)
		return NULL;
	flow = xcalloc(1, sizeof(*flow));
	flow->plan = *plan;
	flow->faults = faults;
	flow->truth = truth;
	flow->records = spool_new(plan->dir);
	flow->blobs = spool_new(plan->dir);
	flow->rng.state = rng_mix(plan->seed, 0x666c6f77);
	flow->n = plan->tenants + (plan->attacks->n > 0);
	flow->tenants = xcalloc(flow->n, sizeof(*flow->tenants));
	for (size_t i = 0; i < flow->n; i++)
		open_tenant(flow, i);
	flow_add_path(
	    flow, &(struct serve_path){.name = "activity",
	              .streams = 1u << STREAM_AUDIT | 1u << STREAM_AUDIT_TEST});
	return flow;
}

/* A copy that never became available. */
static void
abandon(void *ctx, struct serve_event *event)
{
	event->pending++;
	done(ctx, event);
}

int
flow_close(struct flow *flow, struct err *err)
{
	int status;

	if (!flow)
		return 0;
	for (size_t i = 0; i < flow->n; i++) {
		tenant_free(flow->tenants[i].maker);
		content_free(flow->tenants[i].content, abandon, flow);
	}
	for (size_t i = 0; i < flow->held; i++)
		abandon(flow, flow->heap[i].event);
	status = truth_close(flow->truth, err);
	spool_free(flow->records);
	spool_free(flow->blobs);
	free(flow->heap);
	free(flow->tenants);
	free(flow);
	return status;
}

struct serve_truth *
flow_truth(const struct flow *flow)
{
	return flow->truth;
}

size_t
flow_tenants(const struct flow *flow)
{
	return flow->n;
}

struct serve_tenant *
flow_tenant(const struct flow *flow, size_t n)
{
	return &flow->tenants[n];
}

struct content *
flow_content(const struct serve_tenant *tenant)
{
	return tenant->content;
}

const struct org *
serve_tenant_org(const struct serve_tenant *tenant)
{
	return &tenant->org;
}

size_t
serve_tenant_index(const struct serve_tenant *tenant)
{
	return tenant->index;
}
