#include "serve.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "serve_activity.h"
#include "serve_control.h"
#include "serve_flow.h"
#include "serve_graph.h"
#include "serve_kafka.h"
#include "serve_token.h"
#include "json/build.h"
#include "json/json.h"

#define ROUTES_MAX 64
#define TICKS_MAX  8
#define TICK_MS    100

struct serve {
	struct serve_plan plan;
	struct http_server *server;
	struct serve_faults *faults;
	struct flow *flow;
	struct keys keys;
	struct tokens *tokens;
	struct activity *activity;
	struct graph *graph;
	struct serve_kafka *kafka; /* NULL: none */
	char *url;
	struct serve_route routes[ROUTES_MAX];
	size_t route_count;
	struct {
		void (*tick)(void *ctx);
		void *ctx;
	} ticks[TICKS_MAX];
	size_t tick_count;
	volatile sig_atomic_t stopped; /* also before there is a server */
	bool failed;                   /* err says why */
	struct err err;
};

/* --- what parts may ask --- */

int64_t
serve_now(const struct serve *serve)
{
	struct timespec ts;

	(void)serve;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

uint64_t
serve_seed(const struct serve *serve)
{
	return serve->plan.seed;
}

const char *
serve_dir(const struct serve *serve)
{
	return serve->plan.dir;
}

const char *
serve_url(const struct serve *serve)
{
	return serve->url;
}

size_t
serve_tenants(const struct serve *serve)
{
	return flow_tenants(serve->flow);
}

struct serve_tenant *
serve_tenant_at(const struct serve *serve, size_t n)
{
	return flow_tenant(serve->flow, n);
}

struct serve_tenant *
serve_tenant_of(const struct serve *serve, struct slice id)
{
	for (size_t i = 0; i < serve_tenants(serve); i++) {
		struct serve_tenant *tenant = serve_tenant_at(serve, i);
		const char *own = serve_tenant_org(tenant)->tenant;

		if (id.len == strlen(own) &&
		    strncasecmp(id.ptr, own, id.len) == 0)
			return tenant;
	}
	return NULL;
}

struct serve_faults *
serve_faults(const struct serve *serve)
{
	return serve->faults;
}

struct tokens *
serve_tokens(const struct serve *serve)
{
	return serve->tokens;
}

const struct serve_plan *
serve_plan(const struct serve *serve)
{
	return &serve->plan;
}

struct flow *
serve_flow(const struct serve *serve)
{
	return serve->flow;
}

void
serve_add_route(struct serve *serve, const struct serve_route *route)
{
	if (serve->route_count == ROUTES_MAX)
		abort();
	serve->routes[serve->route_count++] = *route;
}

void
serve_add_path(struct serve *serve, const struct serve_path *path)
{
	flow_add_path(serve->flow, path);
}

void
serve_add_tick(struct serve *serve, void (*tick)(void *ctx), void *ctx)
{
	if (serve->tick_count == TICKS_MAX)
		abort();
	serve->ticks[serve->tick_count].tick = tick;
	serve->ticks[serve->tick_count++].ctx = ctx;
}

/* --- answers --- */

void
serve_json(struct serve_call *call, unsigned status, struct buf *body)
{
	call->answer->status = status;
	call->answer->content_type = "application/json; charset=utf-8";
	buf_release(&call->answer->body);
	call->answer->body = *body;
	*body = (struct buf){0};
}

void
serve_refuse(struct serve_call *call, unsigned status, const char *code,
    const char *fmt, ...)
{
	struct buf body = {0};
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	buf_str(&body, "{\"error\":{");
	json_cstr(&body, "code", code);
	json_key(&body, "message");
	json_add_str(&body, slice_cstr(text));
	buf_str(&body, "}}");
	serve_json(call, status, &body);
}

/* The faults that let the answer through, but not as it should be. */
static void
spoil(struct serve_call *call, const struct fault_target *target, int64_t now)
{
	struct serve_faults *faults = call->serve->faults;
	struct http_answer *answer = call->answer;
	const struct fault *fault;

	fault = serve_faults_strike(faults, FAULT_CUT, target, now);
	if (fault) {
		answer->cut = fault->head ? HTTP_CUT_HEAD : HTTP_CUT_BODY;
		answer->cut_at = fault->after;
	}
	fault = serve_faults_strike(faults, FAULT_SLOW, target, now);
	if (fault)
		answer->rate = fault->rate ? fault->rate : 1;
}

bool
serve_strike(struct serve_call *call, const struct fault_target *target,
    enum fault_kind *found)
{
	struct serve_faults *faults = call->serve->faults;
	int64_t now = serve_now(call->serve);
	const struct fault *fault;

	*found = FAULT_KINDS;
	fault = serve_faults_active(faults, FAULT_SKEW, target, now);
	if (fault)
		call->answer->date_offset_s = fault->seconds;
	fault = serve_faults_strike(faults, FAULT_SERVER_ERROR, target, now);
	if (fault) {
		serve_refuse(call, fault->status, "AF50000",
		    "An internal error occurred. Retry the request.");
		return true;
	}
	if (serve_faults_strike(faults, FAULT_NOT_JSON, target, now)) {
		call->answer->status = 200;
		call->answer->content_type = "text/html; charset=utf-8";
		buf_str(&call->answer->body,
		    "<!DOCTYPE html>\n<html><head><title>Service unavailable"
		    "</title></head>\n<body><h2>Our services aren't available "
		    "right now</h2></body></html>\n");
		return true;
	}
	if (serve_faults_strike(faults, FAULT_THROTTLE, target, now))
		*found = FAULT_THROTTLE;
	else if (target->on != FAULT_ON_TOKEN &&
	         serve_faults_strike(faults, FAULT_UNAUTHORISED, target, now))
		*found = FAULT_UNAUTHORISED;
	else
		spoil(call, target, now);
	return false;
}

static bool
fits(const struct serve_route *route, const struct http_request *request)
{
	size_t n = strlen(route->prefix);

	return request->path.len >= n &&
	       !memcmp(request->path.ptr, route->prefix, n) &&
	       (!route->method ||
	           slice_eq(request->method, slice_cstr(route->method)));
}

static void
handle(
    void *ctx, const struct http_request *request, struct http_answer *answer)
{
	struct serve *serve = ctx;
	struct serve_call call = {
	    .serve = serve, .request = request, .answer = answer};
	const struct serve_route *best = NULL;

	for (size_t i = 0; i < serve->route_count; i++) {
		const struct serve_route *route = &serve->routes[i];

		if (fits(route, request) &&
		    (!best || strlen(route->prefix) > strlen(best->prefix)))
			best = route;
	}
	if (!best) {
		serve_refuse(&call, 404, "NotFound", "There is no such path.");
		return;
	}
	call.rest = slice_skip(request->path, strlen(best->prefix));
	call.ctx = best->ctx;
	best->handle(&call);
}

/* /{tenant}/oauth2/token, or nothing that is there. */
static void
handle_other(struct serve_call *call)
{
	struct slice rest = slice_skip(call->request->path, 1);

	slice_cut(&rest, '/');
	if (slice_eq(call->request->method, SLICE("POST")) &&
	    (slice_eq(rest, SLICE("oauth2/token")) ||
	        slice_eq(rest, SLICE("oauth2/v2.0/token"))))
		tokens_answer(call);
	else
		serve_refuse(call, 404, "NotFound", "There is no such path.");
}

/* --- life --- */

static void
tick(void *ctx)
{
	struct serve *serve = ctx;

	int64_t now = serve_now(serve);

	if (!serve->failed && (flow_turn(serve->flow, now, &serve->err) ||
	                          tokens_provide(serve->tokens, serve->plan.dir,
	                              now, &serve->err))) {
		serve->failed = true;
		http_server_stop(serve->server);
	}
	for (size_t i = 0; i < serve->tick_count; i++)
		serve->ticks[i].tick(serve->ticks[i].ctx);
	truth_flush(flow_truth(serve->flow));
}

/* The host of HOST:PORT or [HOST]:PORT. */
static void
host_of(const char *listen, char *out, size_t size)
{
	const char *colon = strrchr(listen, ':');
	size_t n = colon ? (size_t)(colon - listen) : strlen(listen);

	if (n >= 2 && *listen == '[') {
		listen++;
		n -= 2;
	}
	snprintf(out, size, "%.*s", (int)n, listen);
}

static int
read_faults(struct serve *serve, struct err *err)
{
	struct buf text = {0};
	char part[4096];
	FILE *file;
	size_t n;
	int status;

	if (!serve->plan.faults)
		return 0;
	file = fopen(serve->plan.faults, "re");
	if (!file)
		return err_sys(err, "cannot open '%s'", serve->plan.faults);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		buf_add(&text, part, n);
	status = ferror(file)
	             ? err_sys(err, "cannot read '%s'", serve->plan.faults)
	             : 0;
	fclose(file);
	if (!status)
		status = serve_faults_add(
		    serve->faults, buf_slice(&text), serve_now(serve), err);
	if (status && err->code == ERR_INPUT)
		err_context(err, "%s", serve->plan.faults);
	buf_release(&text);
	return status;
}

static int
make_parts(struct serve *serve, struct err *err)
{
	const struct serve_plan *plan = &serve->plan;
	const struct flow_plan flow = {
	    .dir = plan->dir,
	    .seed = plan->seed,
	    .tenants = plan->tenants,
	    .people = plan->people,
	    .attacks = &plan->attacks,
	    .attack_us = plan->attack_us,
	    .history_us = plan->history_us,
	    .load = plan->load,
	    .rate = plan->rate,
	    .delay = plan->delay,
	    .keep_us = plan->keep_us,
	    .blob_records = plan->blob_records,
	};
	char host[256], *address;

	host_of(plan->listen, host, sizeof(host));
	if (mkdir(plan->dir, 0700) && access(plan->dir, W_OK))
		return err_sys(err, "cannot make folder '%s'", plan->dir);
	/* that of an earlier run would mislead whoever waits for it */
	if (asprintf(&address, "%s/address", plan->dir) < 0)
		abort();
	unlink(address);
	free(address);
	if (keys_make(&serve->keys, plan->dir, host, err))
		return -1;
	serve->tokens =
	    tokens_new(&serve->keys, plan->seed, plan->token_life_s);
	serve->flow = flow_new(&flow, serve->faults, err);
	if (!serve->flow)
		return -1;
	serve_add_route(serve, &(struct serve_route){.method = NULL,
	                           .prefix = "/",
	                           .handle = handle_other,
	                           .ctx = serve->tokens});
	serve->activity = activity_new(serve);
	if (plan->graph)
		serve->graph = graph_new(serve);
	if (plan->kafka && !(serve->kafka = serve_kafka_new(serve, err)))
		return -1;
	control_add(serve);
	return 0;
}

int
serve_open(struct serve **out, const struct serve_plan *plan, struct err *err)
{
	struct serve *serve = xcalloc(1, sizeof(*serve));

	serve->plan = *plan;
	serve->faults = serve_faults_new(plan->seed);
	if (make_parts(serve, err)) {
		serve_close(serve, NULL);
		return -1;
	}
	*out = serve;
	return 0;
}

static int
start_listening(struct serve *serve, struct err *err)
{
	const struct http_server_options options = {
	    .listen = serve->plan.listen,
	    .body_max = (size_t)4 << 20,
	    .timeout_ms = 60000,
	    .connections_max = 4096,
	    .certificate = serve->plan.tls ? serve->keys.certificate : NULL,
	    .key = serve->keys.key,
	    .handle = handle,
	    .tick = tick,
	    .tick_ms = TICK_MS,
	    .ctx = serve,
	};

	if (http_server_open(&serve->server, &options, err))
		return -1;
	if (asprintf(&serve->url, "%s://%s", serve->plan.tls ? "https" : "http",
	        http_server_address(serve->server)) < 0)
		abort();
	return control_tell(serve, err);
}

int
serve_run(struct serve *serve, struct err *err)
{
	if (read_faults(serve, err) ||
	    flow_start(serve->flow, serve_now(serve), err) ||
	    start_listening(serve, err) || http_server_run(serve->server, err))
		return -1;
	if (serve->failed) {
		*err = serve->err;
		return -1;
	}
	return 0;
}

void
serve_stop(struct serve *serve)
{
	serve->stopped = 1;
	if (serve->server)
		http_server_stop(serve->server);
}

static void
tell_faults(struct serve *serve)
{
	struct buf out = {0};

	serve_faults_write(serve->faults, &out, "\n");
	if (out.len > 0)
		truth_line(flow_truth(serve->flow), buf_slice(&out));
	buf_release(&out);
}

int
serve_close(struct serve *serve, struct err *err)
{
	int status;

	if (!serve)
		return 0;
	http_server_close(serve->server);
	if (serve->flow)
		tell_faults(serve);
	activity_free(serve->activity);
	graph_free(serve->graph);
	serve_kafka_free(serve->kafka);
	status = flow_close(serve->flow, err);
	tokens_free(serve->tokens);
	keys_release(&serve->keys);
	serve_faults_free(serve->faults);
	free(serve->url);
	free(serve);
	return status;
}
