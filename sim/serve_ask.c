#include "serve_ask.h"

#include <stdlib.h>

#include "base/time.h"
#include "serve_token.h"
#include "json/build.h"

#define MINUTE_US    INT64_C(60000000)
#define NO_PUBLISHER "00000000-0000-0000-0000-000000000000"

/* --- refusals --- */

/* The suite's words for its codes; each takes at most two values. */
static const struct {
	const char *code, *text;
} refusals[] = {
    {"AF10001", "The permission set (%.200s) sent in the request did not "
                "include the expected permission ActivityFeed.Read."},
    {"AF20001", "Missing parameter: %.200s."},
    {"AF20002", "Invalid parameter type: %.200s. Expected type: %.40s"},
    {"AF20003", "Expiration %.200s provided is set to past date and time."},
    {"AF20010", "The tenant ID passed in the URL (%.200s) does not match the "
                "tenant ID passed in the access token (%.40s)."},
    {"AF20011", "Specified tenant ID (%.200s) does not exist in the system or "
                "has been deleted."},
    {"AF20013", "The tenant ID passed in the URL (%.200s) is not a valid "
                "GUID."},
    {"AF20020", "The specified content type is not valid."},
    {"AF20021", "The webhook endpoint (%.200s) could not be validated. %.200s"},
    {"AF20022", "No subscription found for the specified content type."},
    {"AF20023", "The subscription was disabled by %.40s."},
    {"AF20024", "The subscription is already enabled. No property change."},
    {"AF20030",
        "Start time and end time must both be specified (or both omitted) and "
        "must be less than or equal to 24 hours apart, with the start time no "
        "more than 7 days in the past."},
    {"AF20031", "Invalid nextPage Input: %.200s."},
    {"AF20050", "The specified content (%.200s) does not exist."},
    {"AF20051", "Content requested with the key %.200s has already expired. "
                "Content older than 7 days cannot be retrieved."},
    {"AF20052", "Content ID %.200s in the URL is invalid."},
    {"AF20055",
        "Start time and end time must both be specified (or both omitted) and "
        "must be less than or equal to 24 hours apart, with the start time no "
        "more than 7 days in the past."},
    {"AF429", "Too many requests. Method=%.40s, PublisherId=%.40s"},
};

/* Fills %.Ns in the order of the values; nothing else is in those texts. */
static void
add_text(struct buf *out, const char *text, struct slice a, struct slice b)
{
	const char *at;
	size_t most;

	while ((at = strstr(text, "%."))) {
		buf_add(out, text, (size_t)(at - text));
		most = (size_t)strtoul(at + 2, NULL, 10);
		buf_add(out, a.len ? a.ptr : "", a.len < most ? a.len : most);
		a = b;
		text = strchr(at, 's') + 1;
	}
	buf_str(out, text);
}

int
ask_refuse(const struct ask *ask, unsigned status, const char *code,
    struct slice a, struct slice b)
{
	struct buf text = {0};
	size_t i = 0;

	while (strcmp(refusals[i].code, code) != 0)
		i++;
	add_text(&text, refusals[i].text, a, b);
	buf_char(&text, '\0');
	serve_refuse(ask->call, status, code, "%s", text.ptr);
	buf_release(&text);
	return -1;
}

int
ask_refuse_plain(const struct ask *ask, const char *code)
{
	return ask_refuse(ask, 400, code, SLICE(""), SLICE(""));
}

static int
ask_refuse_token(const struct ask *ask)
{
	struct buf body = {0};

	buf_str(&body, "{\"Message\":\"Authorization has been denied for this "
	               "request.\"}");
	serve_json(ask->call, 401, &body);
	return -1;
}

static struct slice
publisher(const struct ask *ask)
{
	struct slice id = form_get(&ask->form, "PublisherIdentifier");

	return id.len ? id : SLICE(NO_PUBLISHER);
}

static const char *
method_name(const struct ask *ask)
{
	switch (ask->target.on) {
	case FAULT_ON_BLOB:
		return "GetBlob";
	case FAULT_ON_LIST:
		return "GetAvailableContent";
	default:
		return "Subscriptions";
	}
}

static int
ask_refuse_throttled(const struct ask *ask)
{
	return ask_refuse(
	    ask, 403, "AF429", slice_cstr(method_name(ask)), publisher(ask));
}

void
ask_add_time(struct buf *out, const char *key, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	time_format(time_us, room);
	json_key(out, key);
	buf_printf(out, "\"%.23sZ\"", room);
}

/* --- what all requests have in common --- */

static bool
is_guid(struct slice s)
{
	if (s.len != GUID_TEXT_MAX - 1)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? s.ptr[i] != '-'
		         : !strchr("0123456789abcdefABCDEF", s.ptr[i]))
			return false;
	}
	return true;
}

static int
ask_check_token(struct ask *ask, struct slice tenant)
{
	struct token token;
	const char *why;
	struct serve_tenant *named = serve_tenant_of(ask->call->serve, tenant);

	if (!token_check(ask->call, TOKEN_MANAGEMENT, &token, &why))
		return ask_refuse_token(ask);
	if (!is_guid(tenant))
		return ask_refuse(ask, 400, "AF20013", tenant, SLICE(""));
	if (!named)
		return ask_refuse(ask, 400, "AF20011", tenant, SLICE(""));
	if (named != token.tenant)
		return ask_refuse(ask, 400, "AF20010", tenant,
		    slice_cstr(serve_tenant_org(token.tenant)->tenant));
	ask->tenant = named;
	ask->content = flow_content(named);
	ask->target.tenant = (int)serve_tenant_index(named);
	return 0;
}

static int
check_quota(struct ask *ask)
{
	unsigned most = serve_plan(ask->call->serve)->quota;
	struct quota *quota = &ask->quotas[serve_tenant_index(ask->tenant)];
	int64_t minute = serve_now(ask->call->serve) / (MINUTE_US);

	if (quota->minute != minute)
		*quota = (struct quota){.minute = minute};
	quota->requests++;
	return most && quota->requests > most ? ask_refuse_throttled(ask) : 0;
}

/* What is asked, as faults name it, and of which type. */
static void
ask_set_target(struct ask *ask)
{
	struct slice rest = ask->operation;
	struct slice first = slice_cut(&rest, '/');
	struct slice name = form_get(&ask->form, "contentType");
	uint32_t seq;

	ask->target.path = "activity";
	ask->target.type = -1;
	ask->target.on = FAULT_ON_SUBSCRIPTION;
	if (slice_eq(first, SLICE("audit"))) {
		ask->target.on = FAULT_ON_BLOB;
		if (content_id_parse(rest, &ask->type, &seq))
			ask->target.type = (int)ask->type;
		return;
	}
	if (slice_eq(rest, SLICE("content")))
		ask->target.on = FAULT_ON_LIST;
	if (name.len && content_type_parse(name, &ask->type))
		ask->target.type = (int)ask->type;
}

static int
check_faults(struct ask *ask)
{
	enum fault_kind found;

	if (serve_strike(ask->call, &ask->target, &found))
		return -1;
	if (found == FAULT_THROTTLE)
		return ask_refuse_throttled(ask);
	if (serve_faults_strike(serve_faults(ask->call->serve),
	        FAULT_NO_PERMISSION, &ask->target, serve_now(ask->call->serve)))
		return ask_refuse(ask, 403, "AF10001",
		    SLICE("ServiceHealth.Read"), SLICE(""));
	return found == FAULT_UNAUTHORISED ? ask_refuse_token(ask) : 0;
}

static int
check_publisher(const struct ask *ask)
{
	struct slice id = form_get(&ask->form, "PublisherIdentifier");

	return id.ptr && !is_guid(id)
	           ? ask_refuse(ask, 400, "AF20002",
	                 SLICE("PublisherIdentifier"), SLICE("guid"))
	           : 0;
}

int
ask_check_type(const struct ask *ask)
{
	struct slice name = form_get(&ask->form, "contentType");

	if (!name.len)
		return ask_refuse(
		    ask, 400, "AF20001", SLICE("contentType"), SLICE(""));
	return ask->target.type < 0 ? ask_refuse_plain(ask, "AF20020") : 0;
}

/* The JSON is cut short, but the answer is whole. */
void
ask_truncate(const struct ask *ask)
{
	struct buf *body = &ask->call->answer->body;
	const struct fault *fault =
	    serve_faults_strike(serve_faults(ask->call->serve), FAULT_TRUNCATE,
	        &ask->target, serve_now(ask->call->serve));

	if (fault)
		body->len = body->len / 100 * fault->after +
		            body->len % 100 * fault->after / 100;
}

int
ask_check(struct ask *ask, struct slice tenant)
{
	if (ask_check_token(ask, tenant))
		return -1;
	ask_set_target(ask);
	return check_publisher(ask) || check_quota(ask) || check_faults(ask)
	           ? -1
	           : 0;
}
