#include "serve_webhook.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "net/http_client.h"
#include "serve_token.h"
#include "json/build.h"
#include "json/json.h"

#define RETRY_US     INT64_C(250000)
#define FAILURES_MAX 6
#define NOTICES_MAX  20000
#define ADDRESS_MAX  2048

enum hook_status { HOOK_NONE, HOOK_ENABLED, HOOK_DISABLED, HOOK_EXPIRED };

struct hook {
	enum hook_status status;
	char *address, *auth_id, *expiration;
	int64_t expires_us;
	uint32_t next; /* the first content that it has not been told of */
	unsigned failures;
	int64_t retry_us;
	bool posting;
	unsigned generation; /* so that late answers to another are known */

	/* attempts; the number of notices[i] is base + i + 1 */
	struct notice *notices;
	size_t n, size;
	uint32_t base;
};

struct webhooks {
	struct serve *serve;
	struct hook *hooks; /* by tenant and type */
	size_t n;
	char *ca;
	struct poster *poster;
	struct http_client *client; /* for validation */
	struct json_parser *parser;
	struct buf body;
	struct rng rng;
};

static struct hook *
hook_of(
    const struct webhooks *webhooks, const struct ask *ask, enum content_type t)
{
	return &webhooks
	            ->hooks[serve_tenant_index(ask->tenant) * CONTENT_TYPES +
	                    (size_t)t];
}

/* --- what is wished for --- */

static int
read_expiration(const struct ask *ask, struct webhook_wish *out)
{
	if (!out->expiration.len)
		return 0;
	if (!time_parse(out->expiration, &out->expires_us))
		return ask_refuse(ask, 400, "AF20002",
		    SLICE("webhook.expiration"), SLICE("datetime"));
	if (out->expires_us <= serve_now(ask->call->serve))
		return ask_refuse(
		    ask, 400, "AF20003", out->expiration, SLICE(""));
	return 0;
}

int
webhook_read(
    struct webhooks *webhooks, const struct ask *ask, struct webhook_wish *out)
{
	struct slice body = ask->call->request->body;
	struct json root = {0}, hook;

	*out = (struct webhook_wish){0};
	if (!body.len)
		return 0;
	buf_clear(&webhooks->body);
	buf_slice_add(&webhooks->body, body);
	memset(buf_reserve(&webhooks->body, JSON_PADDING), 0, JSON_PADDING);
	if (json_parse(webhooks->parser, buf_slice(&webhooks->body), &root,
	        NULL) != JSON_OK ||
	    json_type(root) != JSON_OBJECT)
		return ask_refuse(
		    ask, 400, "AF20002", SLICE("body"), SLICE("JSON"));
	hook = JSON_GET(root, "webhook");
	if (json_type(hook) != JSON_OBJECT)
		return 0;
	out->address = json_str(JSON_GET(hook, "address"));
	out->auth_id = json_str(JSON_GET(hook, "authId"));
	out->expiration = json_str(JSON_GET(hook, "expiration"));
	if (!out->address.len)
		return ask_refuse(
		    ask, 400, "AF20001", SLICE("webhook.address"), SLICE(""));
	return read_expiration(ask, out);
}

bool
webhook_is(const struct webhooks *webhooks, const struct ask *ask,
    const struct webhook_wish *wish)
{
	const struct hook *hook = hook_of(webhooks, ask, ask->type);

	if (hook->status == HOOK_NONE || !wish->address.len)
		return hook->status == HOOK_NONE && !wish->address.len;
	return hook->status == HOOK_ENABLED &&
	       slice_eq(wish->address, slice_cstr(hook->address)) &&
	       slice_eq(wish->auth_id, slice_cstr(hook->auth_id)) &&
	       slice_eq(wish->expiration, slice_cstr(hook->expiration));
}

/* --- validation --- */

static char *
copy(struct slice text)
{
	char *out = xmalloc(text.len + 1);

	if (text.len)
		memcpy(out, text.ptr, text.len);
	out[text.len] = '\0';
	return out;
}

static char *
header(const char *name, struct slice value)
{
	char *out;

	if (asprintf(&out, "%s: " SLICE_FMT, name, SLICE_ARG(value)) < 0)
		abort();
	return out;
}

/* Whatever would end a header early. */
static bool
is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 127)
			return false;
	return text.len < ADDRESS_MAX;
}

/* It answers 200 to its validation code. */
static bool
answers(struct webhooks *webhooks, const struct webhook_wish *wish)
{
	char code[GUID_TEXT_MAX], *url = copy(wish->address);
	char *headers[2] = {NULL, header("Webhook-AuthID", wish->auth_id)};
	struct http_reply reply = {0};
	struct buf body = {0};
	struct err err;
	bool ok;

	text_guid(code, &webhooks->rng);
	headers[0] = header("Webhook-ValidationCode", slice_cstr(code));
	buf_printf(&body, "{\"validationCode\":\"%s\"}", code);
	ok = !http_client_ask(webhooks->client,
	         &(struct http_ask){
	             .method = "POST",
	             .url = url,
	             .content_type = "application/json; utf-8",
	             .body = buf_slice(&body),
	             .headers = (const char *const *)headers,
	             .header_count = wish->auth_id.len ? 2 : 1,
	             .timeout_ms = POST_WAIT_MS,
	             .answer_max = 65536,
	         },
	         &reply, &err) &&
	     reply.status == 200;
	http_reply_release(&reply);
	buf_release(&body);
	free(headers[0]);
	free(headers[1]);
	free(url);
	return ok;
}

static int
validate(struct webhooks *webhooks, const struct ask *ask,
    const struct webhook_wish *wish)
{
	static const struct slice https = SLICE_INIT("https://");

	if (wish->address.len < https.len ||
	    !slice_eq(slice_of(wish->address.ptr, https.len), https))
		return ask_refuse(ask, 400, "AF20021", wish->address,
		    SLICE("The address must begin with HTTPS."));
	if (!is_plain(wish->address) || !is_plain(wish->auth_id) ||
	    !answers(webhooks, wish))
		return ask_refuse(ask, 400, "AF20021", wish->address,
		    SLICE("The endpoint did not return HTTP 200."));
	return 0;
}

static void
forget(struct hook *hook)
{
	free(hook->address);
	free(hook->auth_id);
	free(hook->expiration);
	hook->address = hook->auth_id = hook->expiration = NULL;
	hook->status = HOOK_NONE;
	hook->posting = false;
	hook->generation++;
}

int
webhook_set(struct webhooks *webhooks, const struct ask *ask,
    const struct webhook_wish *wish)
{
	struct hook *hook = hook_of(webhooks, ask, ask->type);
	/* what another has not been told yet, this one is */
	uint32_t next = hook->status == HOOK_ENABLED
	                    ? hook->next
	                    : content_next(ask->content, ask->type);

	if (wish->address.len && validate(webhooks, ask, wish))
		return -1;
	forget(hook);
	if (!wish->address.len)
		return 0;
	hook->address = copy(wish->address);
	hook->auth_id = copy(wish->auth_id);
	hook->expiration = copy(wish->expiration);
	hook->expires_us = wish->expires_us;
	hook->next = next;
	hook->failures = 0;
	hook->retry_us = 0;
	hook->status = HOOK_ENABLED;
	return 0;
}

void
webhook_add(const struct webhooks *webhooks, const struct ask *ask,
    enum content_type type, struct buf *out)
{
	static const char *const words[] = {[HOOK_ENABLED] = "enabled",
	    [HOOK_DISABLED] = "disabled",
	    [HOOK_EXPIRED] = "expired"};
	const struct hook *hook = hook_of(webhooks, ask, type);
	size_t object;

	if (hook->status == HOOK_NONE) {
		json_key(out, "webhook");
		buf_str(out, "null");
		return;
	}
	object = json_open(out, "webhook", '{');
	json_cstr(out, "status", words[hook->status]);
	json_cstr(out, "address", hook->address);
	json_key(out, "authId");
	json_add_str(out, slice_cstr(hook->auth_id));
	json_key(out, "expiration");
	json_add_str(out, slice_cstr(hook->expiration));
	json_close(out, object);
}

/* --- notifications --- */

void
content_describe(struct buf *out, const struct serve *serve,
    const struct serve_tenant *tenant, enum content_type type,
    const struct content_blob *blob)
{
	char id[CONTENT_ID_MAX];

	content_id(id, &(struct content_name){serve_tenant_index(tenant), type,
	                   blob->created_us, blob->seq});
	json_cstr(out, "contentType", content_type_name(type));
	json_cstr(out, "contentId", id);
	json_key(out, "contentUri");
	buf_printf(out, "\"%s/api/v1.0/%s/activity/feed/audit/%s\"",
	    serve_url(serve), serve_tenant_org(tenant)->tenant, id);
	ask_add_time(out, "contentCreated", blob->created_us);
	ask_add_time(out, "contentExpiration", blob->expires_us);
}

static void
keep(struct hook *hook, const struct post *post, int64_t now_us)
{
	for (size_t i = 0; i < post->n; i++) {
		if (hook->n == NOTICES_MAX) {
			hook->n /= 2;
			hook->base += (uint32_t)(NOTICES_MAX - hook->n);
			memmove(hook->notices,
			    hook->notices + NOTICES_MAX - hook->n,
			    hook->n * sizeof(*hook->notices));
		}
		if (hook->n == hook->size) {
			hook->size = hook->size ? hook->size * 2 : 64;
			hook->notices = xrealloc(
			    hook->notices, hook->size * sizeof(*hook->notices));
		}
		hook->notices[hook->n] = post->notices[i];
		hook->notices[hook->n].sent_us = now_us;
		hook->notices[hook->n++].ok = post->ok;
	}
}

static void
take_answer(struct webhooks *webhooks, const struct post *post, int64_t now_us)
{
	struct hook *hook = &webhooks->hooks[post->hook];

	keep(hook, post, now_us);
	if (hook->generation != post->generation)
		return;
	hook->posting = false;
	if (post->ok) {
		hook->next = post->notices[post->n - 1].seq + 1;
		hook->failures = 0;
		return;
	}
	hook->retry_us = now_us + (RETRY_US << hook->failures);
	if (++hook->failures == FAILURES_MAX)
		hook->status = HOOK_DISABLED;
}

static void
add_notification(struct webhooks *webhooks, struct buf *out,
    const struct serve_tenant *tenant, enum content_type type,
    const struct content_blob *blob)
{
	size_t object = json_open(out, NULL, '{');

	json_cstr(out, "tenantId", serve_tenant_org(tenant)->tenant);
	json_cstr(
	    out, "clientId", tokens_client(serve_tokens(webhooks->serve)));
	content_describe(out, webhooks->serve, tenant, type, blob);
	json_close(out, object);
}

/* All that it has not been told of, as far as one post goes. */
static void
tell(struct webhooks *webhooks, size_t which, const struct content *content)
{
	struct hook *hook = &webhooks->hooks[which];
	const struct serve_tenant *tenant =
	    serve_tenant_at(webhooks->serve, which / CONTENT_TYPES);
	const struct content_range range = {
	    .type = (enum content_type)(which % CONTENT_TYPES),
	    .start_us = INT64_MIN,
	    .end_us = INT64_MAX,
	    .from = hook->next,
	    .max = POST_CONTENTS,
	};
	const struct content_blob *blobs[POST_CONTENTS];
	struct post *post;
	uint32_t more;
	size_t n = content_list(content, &range, blobs, &more);

	if (n == 0)
		return;
	post = xcalloc(1, sizeof(*post));
	post->url = xstrdup(hook->address);
	if (*hook->auth_id)
		post->auth =
		    header("Webhook-AuthID", slice_cstr(hook->auth_id));
	post->hook = which;
	post->generation = hook->generation;
	post->n = n;
	buf_char(&post->body, '[');
	for (size_t i = 0; i < n; i++) {
		post->notices[i] = (struct notice){
		    .created_us = blobs[i]->created_us,
		    .expires_us = blobs[i]->expires_us,
		    .seq = blobs[i]->seq,
		};
		add_notification(
		    webhooks, &post->body, tenant, range.type, blobs[i]);
	}
	buf_char(&post->body, ']');
	hook->posting = true;
	poster_send(webhooks->poster, post);
}

static void
tick(void *ctx)
{
	struct webhooks *webhooks = ctx;
	int64_t now = serve_now(webhooks->serve);
	struct post *post;

	while ((post = poster_take(webhooks->poster))) {
		take_answer(webhooks, post, now);
		post_free(post);
	}
	for (size_t i = 0; i < webhooks->n; i++) {
		struct hook *hook = &webhooks->hooks[i];
		const struct content *content = flow_content(
		    serve_tenant_at(webhooks->serve, i / CONTENT_TYPES));
		enum content_type type = (enum content_type)(i % CONTENT_TYPES);

		if (hook->status == HOOK_ENABLED && hook->expires_us &&
		    hook->expires_us <= now)
			hook->status = HOOK_EXPIRED;
		if (hook->status == HOOK_ENABLED && !hook->posting &&
		    hook->retry_us <= now &&
		    content_subscription(content, type) == SUBSCRIPTION_ENABLED)
			tell(webhooks, i, content);
	}
}

size_t
webhook_list(const struct webhooks *webhooks, const struct ask *ask,
    const struct content_range *range, const struct notice **out,
    uint32_t *more)
{
	const struct hook *hook = hook_of(webhooks, ask, range->type);
	size_t i = 0, n = 0;

	*more = 0;
	if (range->from > hook->base + 1)
		i = range->from - hook->base - 1;
	for (; i < hook->n; i++) {
		const struct notice *notice = &hook->notices[i];

		if (notice->sent_us < range->start_us ||
		    notice->sent_us >= range->end_us)
			continue;
		if (n == range->max) {
			*more = hook->base + (uint32_t)i + 1;
			break;
		}
		out[n++] = notice;
	}
	return n;
}

/* --- life --- */

struct webhooks *
webhooks_new(struct serve *serve)
{
	struct webhooks *webhooks = xcalloc(1, sizeof(*webhooks));

	webhooks->serve = serve;
	webhooks->n = serve_tenants(serve) * CONTENT_TYPES;
	webhooks->hooks = xcalloc(webhooks->n, sizeof(*webhooks->hooks));
	webhooks->rng.state = rng_mix(serve_seed(serve), 0x686f6f6b);
	webhooks->parser = json_parser_new();
	if (asprintf(&webhooks->ca, "%s/ca.pem", serve_dir(serve)) < 0)
		abort();
	webhooks->client = http_client_new(
	    &(struct http_options){.ca = webhooks->ca, .proxy = ""});
	webhooks->poster = poster_new(webhooks->ca);
	serve_add_tick(serve, tick, webhooks);
	return webhooks;
}

void
webhooks_free(struct webhooks *webhooks)
{
	if (!webhooks)
		return;
	poster_free(webhooks->poster);
	http_client_free(webhooks->client);
	for (size_t i = 0; i < webhooks->n; i++) {
		forget(&webhooks->hooks[i]);
		free(webhooks->hooks[i].notices);
	}
	free(webhooks->hooks);
	json_parser_free(webhooks->parser);
	buf_release(&webhooks->body);
	free(webhooks->ca);
	free(webhooks);
}
