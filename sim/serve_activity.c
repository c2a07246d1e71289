#include "serve_activity.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "serve_webhook.h"
#include "json/build.h"

#define SECOND_US INT64_C(1000000)
#define HOUR_US   (3600 * SECOND_US)
#define DAY_US    (24 * HOUR_US)

struct activity {
	struct quota *quotas; /* by tenant */
	const struct content_blob **page;
	const struct notice **notices;
	struct webhooks *webhooks;
};

/* --- subscriptions --- */

static void
add_subscription(const struct ask *ask, struct buf *out, enum content_type type,
    enum subscription subscription)
{
	size_t object = json_open(out, NULL, '{');

	json_cstr(out, "contentType", content_type_name(type));
	json_cstr(out, "status",
	    subscription == SUBSCRIPTION_ENABLED ? "enabled" : "disabled");
	webhook_add(ask->webhooks, ask, type, out);
	json_close(out, object);
}

static void
start(struct ask *ask)
{
	struct webhook_wish wish;
	struct buf out = {0};

	if (ask_check_type(ask) || webhook_read(ask->webhooks, ask, &wish))
		return;
	if (content_subscription(ask->content, ask->type) ==
	        SUBSCRIPTION_ENABLED &&
	    webhook_is(ask->webhooks, ask, &wish)) {
		ask_refuse_plain(ask, "AF20024");
		return;
	}
	if (webhook_set(ask->webhooks, ask, &wish))
		return;
	content_subscribe(ask->content, ask->type, SUBSCRIPTION_ENABLED);
	add_subscription(ask, &out, ask->type, SUBSCRIPTION_ENABLED);
	serve_json(ask->call, 200, &out);
}

/* False, and refused, unless the type's subscription is enabled. */
static bool
is_enabled(const struct ask *ask)
{
	enum subscription now = content_subscription(ask->content, ask->type);

	if (now == SUBSCRIPTION_DISABLED)
		ask_refuse(
		    ask, 400, "AF20023", SLICE("a service admin"), SLICE(""));
	else if (now != SUBSCRIPTION_ENABLED)
		ask_refuse_plain(ask, "AF20022");
	return now == SUBSCRIPTION_ENABLED;
}

static void
stop(struct ask *ask)
{
	if (ask_check_type(ask) || !is_enabled(ask))
		return;
	content_subscribe(ask->content, ask->type, SUBSCRIPTION_STOPPED);
	webhook_set(ask->webhooks, ask, &(struct webhook_wish){0});
	ask->call->answer->status = 200;
}

static void
list_subscriptions(struct ask *ask)
{
	struct buf out = {0};

	buf_char(&out, '[');
	for (int t = 0; t < CONTENT_TYPES; t++) {
		enum content_type type = (enum content_type)t;
		enum subscription now =
		    content_subscription(ask->content, type);

		if (now == SUBSCRIPTION_ENABLED || now == SUBSCRIPTION_DISABLED)
			add_subscription(ask, &out, type, now);
	}
	buf_char(&out, ']');
	serve_json(ask->call, 200, &out);
	ask_truncate(ask);
}

/* --- content --- */

/* YYYY-MM-DD, YYYY-MM-DDTHH:MM or YYYY-MM-DDTHH:MM:SS, and nothing else. */
static int
read_time(
    const struct ask *ask, const char *name, struct slice text, int64_t *out)
{
	static const char shape[] = "0000-00-00T00:00:00";
	bool ok = text.len == 10 || text.len == 16 || text.len == 19;
	char whole[20] = "0000-00-00T00:00:00";

	for (size_t i = 0; ok && i < text.len; i++)
		ok = shape[i] == '0' ? text.ptr[i] >= '0' && text.ptr[i] <= '9'
		                     : text.ptr[i] == shape[i];
	if (ok) {
		memcpy(whole, text.ptr, text.len);
		ok = time_parse(slice_of(whole, 19), out);
	}
	return ok ? 0
	          : ask_refuse(ask, 400, "AF20002", slice_cstr(name),
	                SLICE("datetime"));
}

/* The time on the service's own clock, which a fault may have moved. */
static int64_t
service_now(const struct ask *ask)
{
	struct serve *serve = ask->call->serve;
	int64_t now = serve_now(serve);
	const struct fault *skew = serve_faults_active(
	    serve_faults(serve), FAULT_SKEW, &ask->target, now);

	return now + (skew ? skew->seconds * SECOND_US : 0);
}

static int
read_range(const struct ask *ask, struct content_range *range)
{
	struct slice start = form_get(&ask->form, "startTime");
	struct slice end = form_get(&ask->form, "endTime");
	int64_t now = service_now(ask);

	if (!start.len && !end.len) {
		range->end_us = (now / SECOND_US + 1) * SECOND_US;
		range->start_us = range->end_us - DAY_US;
		return 0;
	}
	if (!start.len || !end.len)
		return ask_refuse_plain(ask, "AF20030");
	if (read_time(ask, "startTime", start, &range->start_us) ||
	    read_time(ask, "endTime", end, &range->end_us))
		return -1;
	if (range->end_us <= range->start_us)
		return ask_refuse_plain(ask, "AF20030");
	/* an hour more than 7 days is let pass */
	if (range->end_us - range->start_us > DAY_US ||
	    range->start_us < now - 7 * DAY_US - HOUR_US)
		return ask_refuse_plain(ask, "AF20055");
	return 0;
}

/* 2015101900R022885001761: an hour, and a number. */
static int
read_page(const struct ask *ask, struct content_range *range)
{
	struct slice page = form_get(&ask->form, "nextPage"), hour, rest = page;
	uint64_t number, seq;

	if (!page.ptr)
		return 0;
	hour = slice_cut(&rest, 'R');
	if (hour.len != 10 || rest.len != 12 || !slice_to_u64(hour, &number) ||
	    !slice_to_u64(rest, &seq) || !seq || seq > UINT32_MAX ||
	    serve_faults_strike(serve_faults(ask->call->serve),
	        FAULT_STALE_PAGE, &ask->target, serve_now(ask->call->serve)))
		return ask_refuse(ask, 400, "AF20031", page, SLICE(""));
	range->from = (uint32_t)seq;
	return 0;
}

static void
add_content(
    struct buf *out, const struct ask *ask, const struct content_blob *blob)
{
	size_t object = json_open(out, NULL, '{');

	content_describe(out, ask->call->serve, ask->tenant, ask->type, blob);
	json_close(out, object);
}

static void
add_notice(struct buf *out, const struct ask *ask, const struct notice *notice)
{
	const struct content_blob blob = {.created_us = notice->created_us,
	    .expires_us = notice->expires_us,
	    .seq = notice->seq};
	size_t object = json_open(out, NULL, '{');

	content_describe(out, ask->call->serve, ask->tenant, ask->type, &blob);
	ask_add_time(out, "notificationSent", notice->sent_us);
	json_cstr(out, "notificationStatus", notice->ok ? "success" : "failed");
	json_close(out, object);
}

static void
add_next_page(
    const struct ask *ask, const struct content_range *range, uint32_t next)
{
	char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];
	struct slice id = form_get(&ask->form, "PublisherIdentifier");
	struct buf url = {0};
	struct time_civil t = time_civil(range->start_us);

	time_format(range->start_us, start);
	time_format(range->end_us, end);
	/* another version than was asked: to be followed, not to be made */
	buf_printf(&url,
	    "%s/api/v1/%s/activity/feed/" SLICE_FMT "?contentType=%s"
	    "&startTime=%.19s&endTime=%.19s&nextPage=%04d%02d%02d%02dR%012u",
	    serve_url(ask->call->serve), serve_tenant_org(ask->tenant)->tenant,
	    SLICE_ARG(ask->operation), content_type_name(ask->type), start, end,
	    t.year, t.month, t.day, t.hour, next);
	if (id.len) {
		buf_str(&url, "&PublisherIdentifier=");
		form_add(&url, id);
	}
	buf_char(&url, '\0');
	http_answer_header(ask->call->answer, "NextPageUri", url.ptr);
	buf_release(&url);
}

/* The period and the page that are asked for.  -1, and refused. */
static int
read_list(const struct ask *ask, struct content_range *range)
{
	*range =
	    (struct content_range){.max = serve_plan(ask->call->serve)->page};
	if (ask_check_type(ask) || !is_enabled(ask) || read_range(ask, range) ||
	    read_page(ask, range))
		return -1;
	range->type = ask->type;
	return 0;
}

static void
end_list(const struct ask *ask, const struct content_range *range,
    uint32_t next, struct buf *out)
{
	buf_char(out, ']');
	if (next)
		add_next_page(ask, range, next);
	serve_json(ask->call, 200, out);
	ask_truncate(ask);
}

static void
list_content(struct ask *ask)
{
	struct content_range range;
	struct buf out = {0};
	uint32_t next;
	size_t n;

	if (read_list(ask, &range))
		return;
	n = content_list(ask->content, &range, ask->page, &next);
	buf_char(&out, '[');
	for (size_t i = 0; i < n; i++)
		add_content(&out, ask, ask->page[i]);
	end_list(ask, &range, next, &out);
}

static void
list_notices(struct ask *ask)
{
	struct content_range range;
	struct buf out = {0};
	uint32_t next;
	size_t n;

	if (read_list(ask, &range))
		return;
	n = webhook_list(ask->webhooks, ask, &range, ask->notices, &next);
	buf_char(&out, '[');
	for (size_t i = 0; i < n; i++)
		add_notice(&out, ask, ask->notices[i]);
	end_list(ask, &range, next, &out);
}

static void
get_blob(struct ask *ask)
{
	struct slice id = ask->operation;
	struct content_blob *blob;
	struct buf out = {0};

	slice_cut(&id, '/');
	switch (content_find(ask->content, id, &ask->type, &blob)) {
	case CONTENT_BAD_ID:
		ask_refuse(ask, 400, "AF20052", id, SLICE(""));
		return;
	case CONTENT_UNKNOWN:
		ask_refuse(ask, 400, "AF20050", id, SLICE(""));
		return;
	case CONTENT_EXPIRED:
		ask_refuse(ask, 400, "AF20051", id, SLICE(""));
		return;
	case CONTENT_HERE:
		break;
	}
	content_serve(ask->content, ask->type, blob, &out);
	serve_json(ask->call, 200, &out);
	ask_truncate(ask);
}

static void
list_names(struct ask *ask)
{
	struct buf out = {0};

	buf_str(&out, "[]");
	serve_json(ask->call, 200, &out);
}

static const struct operation {
	const char *method, *name;
	void (*answer)(struct ask *ask);
} operations[] = {
    {"POST", "subscriptions/start", start},
    {"POST", "subscriptions/stop", stop},
    {"GET", "subscriptions/list", list_subscriptions},
    {"GET", "subscriptions/content", list_content},
    {"GET", "subscriptions/notifications", list_notices},
    {"GET", "resources/dlpSensitiveTypes", list_names},
};

static const struct operation get_blob_operation = {"GET", "audit/", get_blob};

static const struct operation *
operation_of(const struct http_request *request, struct slice name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (slice_eq(name, slice_cstr(operations[i].name)) &&
		    slice_eq(request->method, slice_cstr(operations[i].method)))
			return &operations[i];
	if (name.len > 6 && !memcmp(name.ptr, "audit/", 6) &&
	    slice_eq(request->method, SLICE("GET")))
		return &get_blob_operation;
	return NULL;
}

static void
answer(struct serve_call *call)
{
	static const struct slice feed = SLICE_INIT("activity/feed/");
	struct arena arena = {0};
	struct slice rest = call->rest, tenant = slice_cut(&rest, '/');
	struct activity *activity = call->ctx;
	struct ask ask = {
	    .call = call,
	    .webhooks = activity->webhooks,
	    .quotas = activity->quotas,
	    .page = activity->page,
	    .notices = activity->notices,
	};
	const struct operation *operation = NULL;
	struct form path;

	/* names as people write them: contentId may come with %24 for $ */
	form_read(&path, &arena, rest);
	rest = path.n ? path.fields[0].name : (struct slice){0};
	if (rest.len > feed.len &&
	    slice_eq(slice_of(rest.ptr, feed.len), feed)) {
		ask.operation = slice_skip(rest, feed.len);
		operation = operation_of(call->request, ask.operation);
	}
	form_read(&ask.form, &arena, call->request->query);
	if (!operation)
		serve_refuse(call, 404, "NotFound", "There is no such path.");
	else if (!ask_check(&ask, tenant))
		operation->answer(&ask);
	arena_release(&arena);
}

struct activity *
activity_new(struct serve *serve)
{
	struct activity *activity = xcalloc(1, sizeof(*activity));

	activity->quotas =
	    xcalloc(serve_tenants(serve), sizeof(*activity->quotas));
	activity->page = xcalloc(
	    serve_plan(serve)->page, sizeof(const struct content_blob *));
	activity->notices =
	    xcalloc(serve_plan(serve)->page, sizeof(const struct notice *));
	activity->webhooks = webhooks_new(serve);
	serve_add_route(
	    serve, &(struct serve_route){NULL, "/api/v1.0/", answer, activity});
	serve_add_route(
	    serve, &(struct serve_route){NULL, "/api/v1/", answer, activity});
	return activity;
}

void
activity_free(struct activity *activity)
{
	if (!activity)
		return;
	webhooks_free(activity->webhooks);
	free(activity->quotas);
	free(activity->page);
	free(activity->notices);
	free(activity);
}
