/*
 * Microsoft Graph activity logs: every request to Graph that reached the
 * tenant, as Event Hub and Log Analytics have them.
 *
 * The operation is the method and the path of the request as they are, without
 * host and query ("GET /v1.0/me/messages"): rules look for parts of the path,
 * and ids in it are what was reached.  The whole address is the target.
 */
#include "event/read.h"
#include "event/read_fields.h"

static const char *const graph_times[] = {
    "timeGenerated|TimeGenerated|TimeGenerated [UTC]",
};

static const char *const envelope_times[] = {"time"};

/*
 * In Log Analytics, TenantId is the workspace; the envelope's tenantId is the
 * tenant.
 */
static const struct read_field graph_fields[] = {
    {EV_TENANT, "tenantId|AadTenantId|AADTenantId"},
    {EV_ID, "requestId|RequestId"},
    {EV_STATUS_CODE, "responseStatusCode|ResponseStatusCode"},
    {EV_SESSION, "c_sid|c_Sid|C_Sid|sessionId|SessionId"},
    {EV_TOKEN, "signInActivityId|SignInActivityId"},
    {EV_APP_ID, "appId|AppId"},
    {EV_USER_AGENT, "userAgent|UserAgent"},
    {EV_DEVICE, "C_DeviceId|c_DeviceId|deviceId|DeviceId"},
    {EV_IP, "ipAddress|IPAddress|IpAddress"},
    {EV_TARGET_ID, "requestUri|RequestUri"},
};

static const struct read_field graph_root_fields[] = {
    {EV_TENANT, "tenantId"},
    {EV_IP, "callerIpAddress"},
    {EV_STATUS_CODE, "resultSignature"},
};

static void
graph_actor(const struct record *record, struct event *event)
{
	struct json body = read_body(record);

	event->col[EV_ACTOR_TYPE] = SLICE("user");
	read_put(record, event, EV_ACTOR_ID,
	    read_text(record, body, "userId|UserId"));
	if (event->col[EV_ACTOR_ID].len > 0)
		return;
	read_put(record, event, EV_ACTOR_ID,
	    read_text(record, body, "servicePrincipalId|ServicePrincipalId"));
	read_put(record, event, EV_ACTOR_ID, event->col[EV_APP_ID]);
	event->col[EV_ACTOR_TYPE] =
	    event->col[EV_ACTOR_ID].len > 0 ? SLICE("app") : SLICE("unknown");
}

/* The path of an address: from the first '/' behind the host to the query. */
static struct slice
uri_path(struct slice uri)
{
	struct slice path = slice_cut(&uri, '?');
	const char *host =
	    path.len > 0 ? memmem(path.ptr, path.len, "://", 3) : NULL;
	const char *slash;

	if (host == NULL)
		return path;
	path = slice_skip(path, (size_t)(host - path.ptr) + 3);
	slash = path.len > 0 ? memchr(path.ptr, '/', path.len) : NULL;
	return slice_skip(
	    path, slash != NULL ? (size_t)(slash - path.ptr) : path.len);
}

/* The next part of a path; a doubled '/' counts once. */
static struct slice
path_next(struct slice *path)
{
	struct slice part;

	do
		part = slice_cut(path, '/');
	while (part.len == 0 && path->len > 0);
	return part;
}

static bool
is_mail(struct slice part)
{
	return read_same(part, SLICE("messages")) ||
	       read_same(part, SLICE("mailFolders")) ||
	       read_same(part, SLICE("mailboxSettings")) ||
	       read_same(part, SLICE("sendMail"));
}

/* /v1.0/users/X/messages… and /v1.0/me/messages… say whose mail it is. */
static struct slice
path_mailbox(struct slice path, struct slice user)
{
	struct slice owner = {0};
	struct slice part;

	path_next(&path); /* the version */
	part = path_next(&path);
	if (read_same(part, SLICE("me")))
		owner = user;
	else if (read_same(part, SLICE("users")))
		owner = path_next(&path);
	return is_mail(path_next(&path)) ? owner : (struct slice){0};
}

static void
graph_request(const struct record *record, struct event *event)
{
	static const struct read_class methods[] = {
	    {"POST", 6003, 1},
	    {"GET", 6003, 2},
	    {"HEAD", 6003, 2},
	    {"PUT", 6003, 3},
	    {"PATCH", 6003, 3},
	    {"DELETE", 6003, 4},
	};
	struct slice method =
	    read_text(record, read_body(record), "requestMethod|RequestMethod");
	struct slice path = uri_path(event->col[EV_TARGET_ID]);
	struct slice operation[] = {method, path};

	event->class_uid = 6003; /* API activity */
	event->activity = 99;
	read_class(method, methods, READ_COUNT(methods), event);
	if (method.len + path.len > 0)
		event->col[EV_OPERATION] = read_join(record, operation, 2, ' ');
	if (event->col[EV_TARGET_ID].len > 0)
		event->col[EV_TARGET_TYPE] = SLICE("url");
	event->col[EV_MAILBOX] = path_mailbox(
	    path, read_same(event->col[EV_ACTOR_TYPE], SLICE("user"))
	              ? event->col[EV_ACTOR_ID]
	              : (struct slice){0});
}

void
read_graph_activity(const struct record *record, struct event *event)
{
	uint64_t status;

	event->col[EV_SOURCE] = SLICE("graph/MicrosoftGraphActivityLogs");
	read_times(record, read_body(record), graph_times,
	    READ_COUNT(graph_times), event);
	read_times(record, record->root, envelope_times,
	    READ_COUNT(envelope_times), event);
	read_fields(record, read_body(record), graph_fields,
	    READ_COUNT(graph_fields), event);
	read_fields(record, record->root, graph_root_fields,
	    READ_COUNT(graph_root_fields), event);
	graph_actor(record, event);
	graph_request(record, event);

	if (slice_to_u64(event->col[EV_STATUS_CODE], &status) && status >= 100)
		event->outcome =
		    status < 400 ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
	if (event->col[EV_ID].len > 0)
		event->family = "graph.activity";
}
