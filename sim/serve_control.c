#include "serve_control.h"

#include "base/time.h"
#include "serve_flow.h"
#include "serve_keys.h"
#include "serve_token.h"
#include "json/build.h"

static void
answer_ok(struct serve_call *call)
{
	struct buf body = {0};

	buf_str(&body, "{\"ok\":true}");
	serve_json(call, 200, &body);
}

static void
list_faults(struct serve_call *call)
{
	struct buf body = {0};

	buf_char(&body, '[');
	serve_faults_write(serve_faults(call->serve), &body, ",\n");
	buf_char(&body, ']');
	serve_json(call, 200, &body);
}

static void
add_faults(struct serve_call *call)
{
	struct err err;

	if (serve_faults_add(serve_faults(call->serve), call->request->body,
	        serve_now(call->serve), &err))
		serve_refuse(call, 400, "BadFaults", "%s", err.msg);
	else
		answer_ok(call);
}

static void
heal(struct serve_call *call)
{
	serve_faults_heal(serve_faults(call->serve), serve_now(call->serve));
	answer_ok(call);
}

static void
stop_events(struct serve_call *call)
{
	flow_stop(serve_flow(call->serve));
	answer_ok(call);
}

static void
tell_truth(struct serve_call *call)
{
	const struct flow *flow = serve_flow(call->serve);
	size_t pending = flow_pending(flow);
	char room[TIME_TEXT_MAX];
	struct buf body = {0};

	buf_char(&body, '{');
	json_text(&body, "time", time_format(serve_now(call->serve), room));
	json_key(&body, "stopped");
	buf_str(&body, flow_stopped(flow) ? "true" : "false");
	json_key(&body, "settled");
	buf_str(&body, pending ? "false" : "true");
	json_u64(&body, "pending", pending);
	truth_counts(flow_truth(flow), &body);
	buf_char(&body, '}');
	serve_json(call, 200, &body);
}

void
control_add(struct serve *serve)
{
	static const struct serve_route routes[] = {
	    {"GET", "/sim/faults", list_faults, NULL},
	    {"POST", "/sim/faults", add_faults, NULL},
	    {"POST", "/sim/heal", heal, NULL},
	    {"POST", "/sim/stop-events", stop_events, NULL},
	    {"GET", "/sim/truth", tell_truth, NULL},
	};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		serve_add_route(serve, &routes[i]);
}

static void
add_path(struct buf *out, const char *key, const char *dir, const char *name)
{
	struct buf path = {0};

	buf_printf(&path, "%s/%s", dir, name);
	json_text(out, key, buf_slice(&path));
	buf_release(&path);
}

static void
add_tenant(struct buf *out, const struct serve *serve, size_t i)
{
	const struct org *org = serve_tenant_org(serve_tenant_at(serve, i));
	const char *dir = serve_dir(serve);
	size_t object = json_open(out, NULL, '{');

	json_cstr(out, "tenant", org->tenant);
	json_cstr(out, "domain", org->domain);
	json_key(out, "test");
	buf_str(out, org->test ? "true" : "false");
	json_cstr(out, "client", tokens_client(serve_tokens(serve)));
	add_path(out, "secret", dir, "client.secret");
	add_path(out, "certificate", dir, "client.pem");
	add_path(out, "key", dir, "client.key");
	add_path(out, "federated", dir, "federated.jwt");
	json_close(out, object);
}

int
control_tell(struct serve *serve, struct err *err)
{
	const char *dir = serve_dir(serve);
	struct buf out = {0};
	int status;

	buf_char(&out, '[');
	for (size_t i = 0; i < serve_tenants(serve); i++) {
		buf_str(&out, i ? ",\n" : "\n");
		add_tenant(&out, serve, i);
	}
	buf_str(&out, "\n]\n");
	status =
	    tokens_provide(serve_tokens(serve), dir, serve_now(serve), err);
	if (!status)
		status = keys_write(dir, "tenants.json", buf_slice(&out), err);
	buf_clear(&out);
	buf_printf(&out, "%s\n", serve_url(serve));
	if (!status)
		status = keys_write(dir, "address", buf_slice(&out), err);
	buf_release(&out);
	return status;
}
