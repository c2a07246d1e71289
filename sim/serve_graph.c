#include "serve_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "serve_graph_part.h"
#include "serve_token.h"
#include "json/build.h"

#define SECOND_US INT64_C(1000000)
#define TOP_STATE 100
#define TOP_MAX   1000

struct graph {
	struct serve *serve;
	struct spool *spool;
	struct json_parser *parser;
	struct graph_tenant *tenants;
};

/* Where each list is, and by which member its time is asked for. */
static const struct {
	const char *path, *time, *kind;
} lists[GRAPH_LISTS] = {
    [GRAPH_SIGNINS] = {"auditLogs/signIns", "createdDateTime",
        "interactiveUser"},
    [GRAPH_SILENT] = {"auditLogs/signIns", "createdDateTime",
        "nonInteractiveUser"},
    [GRAPH_SERVICE] = {"auditLogs/signIns", "createdDateTime",
        "servicePrincipal"},
    [GRAPH_MANAGED] = {"auditLogs/signIns", "createdDateTime",
        "managedIdentity"},
    [GRAPH_AUDITS] = {"auditLogs/directoryAudits", "activityDateTime", NULL},
    [GRAPH_RISKS] = {"identityProtection/riskDetections", "detectedDateTime",
        NULL},
    [GRAPH_ALERTS] = {"security/alerts_v2", "lastUpdateDateTime", NULL},
};

/* --- what happens --- */

/* In order of time; most come last. */
static void
insert(struct graph_rows *rows, const struct graph_row *row)
{
	size_t at = rows->count;

	if (rows->count == rows->size) {
		rows->size = rows->size * 2 + 64;
		rows->list =
		    xrealloc(rows->list, rows->size * sizeof(*rows->list));
	}
	while (at && rows->list[at - 1].time_us > row->time_us)
		at--;
	memmove(&rows->list[at + 1], &rows->list[at],
	    (rows->count - at) * sizeof(*rows->list));
	rows->list[at] = *row;
	rows->count++;
}

static void
keep(struct graph *graph, struct graph_rows *rows, int64_t time_us,
    struct slice bytes)
{
	struct graph_row row = {
	    .time_us = time_us, .seq = (uint32_t)rows->count};
	struct err err;

	/* The disk is full: the simulator is of no use any more. */
	if (spool_put(graph->spool, bytes, &row.at, &err)) {
		fprintf(stderr, "firn-sim: %s\n", err.msg);
		exit(2);
	}
	insert(rows, &row);
}

/* A sign-in of the Event Hub as Graph has it. */
static void
write_signin(struct buf *out, struct json signin, const char *kind)
{
	struct buf text = {0};

	json_write(&text, signin);
	buf_printf(out, "{\"signInEventTypes\":[\"%s\"],", kind);
	buf_add(out, text.ptr + 1, text.len - 1);
	buf_release(&text);
}

/* What the sign-in was held for, as a detection of its own. */
static void
write_risk(struct buf *out, const struct sim_record *record, struct json s)
{
	static const char *const same[] = {"correlationId", "ipAddress",
	    "location", "userId", "userDisplayName", "userPrincipalName",
	    "tokenIssuerType"};
	size_t object = json_open(out, NULL, '{');
	struct buf id = {0};

	buf_str(&id, "risk-");
	buf_slice_add(&id, record->id);
	json_text(out, "id", buf_slice(&id));
	json_text(out, "requestId", record->id);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		json_key(out, same[i]);
		json_write(out, json_get(s, slice_cstr(same[i])));
	}
	json_text(out, "riskEventType",
	    json_str(json_at(JSON_GET(s, "riskEventTypes_v2"), 0)));
	json_text(
	    out, "riskLevel", json_str(JSON_GET(s, "riskLevelDuringSignIn")));
	json_cstr(out, "riskState", "atRisk");
	json_cstr(out, "riskDetail", "none");
	json_cstr(out, "source", "IdentityProtection");
	json_cstr(out, "detectionTimingType", "realtime");
	json_cstr(out, "activity", "signin");
	json_text(
	    out, "activityDateTime", json_str(JSON_GET(s, "createdDateTime")));
	json_text(
	    out, "detectedDateTime", json_str(JSON_GET(s, "createdDateTime")));
	json_text(out, "lastUpdatedDateTime",
	    json_str(JSON_GET(s, "createdDateTime")));
	json_close(out, object);
	buf_release(&id);
}

static void
put_signin(struct graph *graph, struct graph_tenant *tenant,
    enum graph_list list, const struct sim_record *record, struct json root)
{
	struct json inner = JSON_GET(root, "properties");
	struct json s = json_present(inner) ? inner : root;
	struct slice level = json_str(JSON_GET(s, "riskLevelDuringSignIn"));
	struct buf text = {0};

	write_signin(&text, s, lists[list].kind);
	keep(graph, &tenant->rows[list], record->time_us, buf_slice(&text));
	buf_clear(&text);
	if (level.len && !slice_eq(level, SLICE("none")) && !record->repeat) {
		write_risk(&text, record, s);
		keep(graph, &tenant->rows[GRAPH_RISKS], record->time_us,
		    buf_slice(&text));
	}
	buf_release(&text);
}

static void
put(void *ctx, struct serve_tenant *of, const struct sim_record *record)
{
	struct graph *graph = ctx;
	struct graph_tenant *tenant = &graph->tenants[serve_tenant_index(of)];
	struct buf text = {0};
	struct json root = {0};

	buf_slice_add(&text, record->bytes);
	memset(buf_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
	(void)json_parse(graph->parser, buf_slice(&text), &root, NULL);
	switch (record->stream) {
	case STREAM_SIGNIN:
		put_signin(graph, tenant, GRAPH_SIGNINS, record, root);
		break;
	case STREAM_SIGNIN_SILENT:
		put_signin(graph, tenant, GRAPH_SILENT, record, root);
		break;
	case STREAM_SIGNIN_SERVICE:
		put_signin(graph, tenant, GRAPH_SERVICE, record, root);
		break;
	default:
		keep(graph, &tenant->rows[GRAPH_AUDITS], record->time_us,
		    record->bytes);
		if (!record->repeat)
			graph_change(tenant, root);
		break;
	}
	buf_release(&text);
}

/* --- requests --- */

struct ask {
	struct serve_call *call;
	struct graph *graph;
	struct graph_tenant *tenant;
	struct form form;
	struct slice path; /* without a version */
	struct slice version;
	size_t top;
};

static void
refuse_throttled(const struct ask *ask, int64_t seconds)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%d", (int)seconds);
	http_answer_header(ask->call->answer, "Retry-After", text);
	serve_refuse(ask->call, 429, "TooManyRequests",
	    "Too many requests. Please retry after %s seconds.", text);
}

/* Requests of a tenant in a minute, as many as the plan says. */
static bool
over_quota(const struct ask *ask)
{
	unsigned most = serve_plan(ask->call->serve)->quota;
	int64_t now_us = serve_now(ask->call->serve);
	int64_t minute = now_us / (60 * SECOND_US);

	if (ask->tenant->minute != minute) {
		ask->tenant->minute = minute;
		ask->tenant->requests = 0;
	}
	if (!most || ++ask->tenant->requests <= most)
		return false;
	refuse_throttled(ask, 60 - now_us / SECOND_US % 60);
	return true;
}

static bool
is_struck(const struct ask *ask, const struct fault_target *target)
{
	enum fault_kind found;

	if (serve_strike(ask->call, target, &found))
		return true;
	if (found == FAULT_THROTTLE)
		refuse_throttled(ask, 1);
	else if (found == FAULT_UNAUTHORISED)
		serve_refuse(ask->call, 401, "InvalidAuthenticationToken",
		    "Access token has expired or is not yet valid.");
	return found != FAULT_KINDS;
}

static bool
is_stale(const struct ask *ask, const struct fault_target *target)
{
	struct serve *serve = ask->call->serve;

	if (!serve_faults_strike(serve_faults(serve), FAULT_STALE_PAGE, target,
	        serve_now(serve)))
		return false;
	serve_refuse(ask->call, 400, "BadRequest", "Invalid Skip Token");
	return true;
}

/* --- pages --- */

static void
open_page(const struct ask *ask, struct buf *out)
{
	buf_printf(out,
	    "{\"@odata.context\":\"%s/" SLICE_FMT "/$metadata#" SLICE_FMT "\"",
	    serve_url(ask->call->serve), SLICE_ARG(ask->version),
	    SLICE_ARG(ask->path));
}

/* The same question, from there on. */
static void
add_link(const struct ask *ask, struct buf *out, const char *token)
{
	struct buf url = {0};

	buf_printf(&url, "%s/" SLICE_FMT "/" SLICE_FMT "?$skiptoken=%s",
	    serve_url(ask->call->serve), SLICE_ARG(ask->version),
	    SLICE_ARG(ask->path), token);
	for (size_t i = 0; i < ask->form.n; i++) {
		const struct form_field *field = &ask->form.fields[i];

		if (slice_eq(field->name, SLICE("$skiptoken")))
			continue;
		buf_char(&url, '&');
		buf_slice_add(&url, field->name);
		buf_char(&url, '=');
		form_add(&url, field->value);
	}
	json_text(out, "@odata.nextLink", buf_slice(&url));
	buf_release(&url);
}

static bool
read_top(struct ask *ask, size_t preset)
{
	struct slice text = form_get(&ask->form, "$top");
	uint64_t top = preset;

	if (text.ptr && (!slice_to_u64(text, &top) || !top || top > TOP_MAX)) {
		serve_refuse(ask->call, 400, "BadRequest",
		    "Invalid value for the query option '$top'.");
		return false;
	}
	ask->top = (size_t)top;
	return true;
}

/* --- lists of what happened --- */

struct window {
	int64_t from_us, to_us;
	/* Those before this one in the list are given already. */
	int64_t time_us;
	uint32_t seq;
	bool later;
};

/* "createdDateTime ge T and createdDateTime le T", in this order. */
static bool
read_filter(const struct ask *ask, const char *member, struct window *window)
{
	struct slice rest = form_get(&ask->form, "$filter"), word[7];

	*window = (struct window){.from_us = INT64_MIN, .to_us = INT64_MAX};
	if (!rest.len || !memcmp(rest.ptr, "signIn", 6))
		return true;
	for (size_t i = 0; i < 7; i++)
		word[i] = slice_cut(&rest, ' ');
	return slice_eq(word[0], slice_cstr(member)) &&
	       slice_eq(word[1], SLICE("ge")) &&
	       time_parse(word[2], &window->from_us) &&
	       slice_eq(word[3], SLICE("and")) &&
	       slice_eq(word[4], slice_cstr(member)) &&
	       slice_eq(word[5], SLICE("le")) &&
	       time_parse(word[6], &window->to_us);
}

static bool
read_token(const struct ask *ask, struct window *window)
{
	struct slice token = form_get(&ask->form, "$skiptoken"), rest = token;
	struct slice first = slice_cut(&rest, '_');
	uint64_t time_us, seq;

	if (!token.ptr)
		return true;
	if (!slice_to_u64(first, &time_us) || !slice_to_u64(rest, &seq))
		return false;
	window->later = true;
	window->time_us = (int64_t)time_us;
	window->seq = (uint32_t)seq;
	return true;
}

static bool
is_in(const struct window *window, const struct graph_row *row)
{
	if (row->time_us < window->from_us || row->time_us > window->to_us)
		return false;
	return !window->later || row->time_us < window->time_us ||
	       (row->time_us == window->time_us && row->seq < window->seq);
}

static void
write_rows(const struct ask *ask, const struct graph_rows *rows,
    const struct window *window)
{
	struct buf out = {0}, value = {0};
	size_t count = 0;
	char token[48] = "";
	const struct graph_row *last = NULL;

	buf_char(&value, '[');
	for (size_t i = rows->count; i-- > 0;) {
		const struct graph_row *row = &rows->list[i];

		if (row->time_us < window->from_us)
			break;
		if (!is_in(window, row))
			continue;
		if (count++ == ask->top) {
			(void)snprintf(token, sizeof(token), "%lld_%u",
			    (long long)last->time_us, last->seq);
			break;
		}
		json_key(&value, NULL);
		buf_slice_add(&value, spool_get(row->at));
		last = row;
	}
	buf_char(&value, ']');
	open_page(ask, &out);
	if (*token)
		add_link(ask, &out, token);
	json_key(&out, "value");
	buf_slice_add(&out, buf_slice(&value));
	buf_char(&out, '}');
	serve_json(ask->call, 200, &out);
	buf_release(&value);
}

static void
answer_list(struct ask *ask, enum graph_list list)
{
	const struct fault_target target = {
	    .tenant = (int)(ask->tenant - ask->graph->tenants),
	    .type = -1,
	    .path = "graph",
	    .on = FAULT_ON_LIST};
	struct window window;

	if (is_struck(ask, &target) || !read_top(ask, TOP_MAX))
		return;
	if (!read_filter(ask, lists[list].time, &window)) {
		serve_refuse(
		    ask->call, 400, "BadRequest", "Invalid filter clause.");
		return;
	}
	if (form_get(&ask->form, "$skiptoken").ptr && is_stale(ask, &target))
		return;
	if (!read_token(ask, &window)) {
		serve_refuse(
		    ask->call, 400, "BadRequest", "Invalid Skip Token");
		return;
	}
	write_rows(ask, &ask->tenant->rows[list], &window);
}

/* Sign-ins of other kinds than people's own are asked for by kind, in beta. */
static bool
find_list(const struct ask *ask, enum graph_list *list)
{
	struct slice filter = form_get(&ask->form, "$filter");

	for (int i = 0; i < GRAPH_LISTS; i++) {
		const char *kind = lists[i].kind;

		*list = (enum graph_list)i;
		if (!slice_eq(ask->path, slice_cstr(lists[i].path)))
			continue;
		if (!kind || (filter.ptr && strstr(filter.ptr, kind)))
			return !kind || i == GRAPH_SIGNINS ||
			       slice_eq(ask->version, SLICE("beta"));
		if (i == GRAPH_SIGNINS &&
		    !(filter.ptr && strstr(filter.ptr, "signInEventTypes")))
			return true;
	}
	return false;
}

/* --- the state --- */

static void
answer_state(struct ask *ask)
{
	const struct fault_target target = {
	    .tenant = (int)(ask->tenant - ask->graph->tenants),
	    .type = -1,
	    .path = "graph",
	    .on = FAULT_ON_GRAPH};
	struct slice token = form_get(&ask->form, "$skiptoken");
	struct buf out = {0}, items = {0};
	struct graph_asked asked = {.path = ask->path, .out = &items};
	uint64_t from = 0;
	char next[24];

	if (is_struck(ask, &target) || !read_top(ask, TOP_STATE) ||
	    (token.ptr && is_stale(ask, &target)))
		return;
	if (token.ptr && !slice_to_u64(token, &from)) {
		serve_refuse(ask->call, 400, "Directory_ExpiredPageToken",
		    "The specified page token value has expired and can no "
		    "longer be included in your request.");
		return;
	}
	asked.from = (size_t)from;
	asked.top = ask->top;
	if (!graph_state(ask->tenant, &asked)) {
		serve_refuse(ask->call, 404, "Request_ResourceNotFound",
		    "Resource not found for the segment.");
		return;
	}
	open_page(ask, &out);
	if (!asked.single && from + ask->top < asked.total) {
		(void)snprintf(
		    next, sizeof(next), "%zu", (size_t)from + ask->top);
		add_link(ask, &out, next);
	}
	if (asked.single)
		buf_char(&out, ',');
	else
		buf_str(&out, ",\"value\":[");
	buf_slice_add(&out, buf_slice(&items));
	buf_str(&out, asked.single ? "}" : "]}");
	serve_json(ask->call, 200, &out);
	buf_release(&items);
}

static void
answer(struct serve_call *call)
{
	struct ask ask = {.call = call, .graph = call->ctx};
	struct arena arena = {0};
	struct slice rest = slice_skip(call->request->path, 1);
	struct token token;
	const char *why;
	enum graph_list list;

	ask.version = slice_cut(&rest, '/');
	ask.path = rest;
	form_read(&ask.form, &arena, call->request->query);
	if (!token_check(call, TOKEN_GRAPH, &token, &why)) {
		serve_refuse(
		    call, 401, "InvalidAuthenticationToken", "%s", why);
	} else {
		ask.tenant =
		    &ask.graph->tenants[serve_tenant_index(token.tenant)];
		if (over_quota(&ask))
			;
		else if (find_list(&ask, &list))
			answer_list(&ask, list);
		else
			answer_state(&ask);
	}
	arena_release(&arena);
}

/* --- life --- */

struct graph *
graph_new(struct serve *serve)
{
	struct graph *graph = xcalloc(1, sizeof(*graph));

	graph->serve = serve;
	graph->spool = spool_new(serve_dir(serve));
	graph->parser = json_parser_new();
	graph->tenants = xcalloc(serve_tenants(serve), sizeof(*graph->tenants));
	for (size_t i = 0; i < serve_tenants(serve); i++)
		graph->tenants[i].org =
		    serve_tenant_org(serve_tenant_at(serve, i));
	serve_add_route(
	    serve, &(struct serve_route){"GET", "/v1.0/", answer, graph});
	serve_add_route(
	    serve, &(struct serve_route){"GET", "/beta/", answer, graph});
	serve_add_path(serve,
	    &(struct serve_path){.name = "graph",
	        .streams = 1u << STREAM_SIGNIN | 1u << STREAM_SIGNIN_SILENT |
	                   1u << STREAM_SIGNIN_SERVICE | 1u << STREAM_DIRECTORY,
	        .delay = DELAY_GRAPH,
	        .put = put,
	        .ctx = graph});
	return graph;
}

void
graph_free(struct graph *graph)
{
	if (!graph)
		return;
	for (size_t i = 0; i < serve_tenants(graph->serve); i++) {
		graph_changes_free(&graph->tenants[i]);
		for (size_t k = 0; k < GRAPH_LISTS; k++)
			free(graph->tenants[i].rows[k].list);
	}
	free(graph->tenants);
	json_parser_free(graph->parser);
	spool_free(graph->spool);
	free(graph);
}
