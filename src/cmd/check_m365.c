#include "cmd/check_m365.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "source/graph_answer.h"
#include "source/graph_api.h"
#include "source/graph_config.h"
#include "source/graph_span.h"
#include "source/m365_answer.h"
#include "source/m365_config.h"

#define TIMEOUT_MS 60000
#define ANSWER_MAX (16u << 20)

/* Who asks, of one source. */
struct asker {
	const char *source;
	struct check_answers *answers;
	struct entra *entra;
	struct http_client *client;
	struct json_parser *parser;
	struct buf roles; /* of the token: each between blanks */
};

/* --- answers --- */

static char *
copy(const char *text)
{
	return text && *text ? xstrdup(text) : NULL;
}

void
check_add(struct check_answers *answers, const struct check_answer *answer)
{
	struct check_answer *to;

	if (answers->count == answers->size) {
		answers->size = answers->size * 2 + 16;
		answers->list = xrealloc(
		    answers->list, answers->size * sizeof(*answers->list));
	}
	to = &answers->list[answers->count++];
	*to = *answer;
	to->what = copy(answer->what);
	to->why = copy(answer->why);
}

static void
add(struct asker *asker, const struct check_answer *answer)
{
	struct check_answer of_source = *answer;

	of_source.source = asker->source;
	check_add(asker->answers, &of_source);
}

void
check_answers_release(struct check_answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		free(answers->list[i].what);
		free(answers->list[i].why);
	}
	free(answers->list);
	*answers = (struct check_answers){0};
}

/* --- the token --- */

/* RFC 4648 5 without padding, as JSON; the token is not verified. */
static bool
read_claims(struct asker *asker, struct slice part, struct json *claims)
{
	struct http_reply text = {0};
	struct buf digits = {0};
	size_t n;
	bool ok;

	buf_slice_add(&digits, part);
	for (size_t i = 0; i < digits.len; i++)
		digits.ptr[i] = digits.ptr[i] == '-'   ? '+'
		                : digits.ptr[i] == '_' ? '/'
		                                       : digits.ptr[i];
	while (digits.len % 4)
		buf_char(&digits, '=');
	ok = base64_len(buf_slice(&digits), &n) &&
	     base64_read(buf_slice(&digits), buf_reserve(&text.body, n + 1), n);
	if (ok) {
		text.body.len = n;
		ok = reply_parse(asker->parser, &text, claims);
	}
	http_reply_release(&text);
	buf_release(&digits);
	return ok;
}

/* Which permissions the application has, as its token says. */
static bool
read_roles(struct asker *asker, const char *header)
{
	struct slice rest = slice_cstr(header), part;
	struct json claims, role;
	struct json_iter it;

	(void)slice_cut(&rest, '.');
	part = slice_cut(&rest, '.');
	if (!read_claims(asker, part, &claims))
		return false;
	buf_char(&asker->roles, ' ');
	it = json_iter(JSON_GET(claims, "roles"));
	while (json_next(&it, NULL, &role)) {
		buf_slice_add(&asker->roles, json_str(role));
		buf_char(&asker->roles, ' ');
	}
	buf_char(&asker->roles, '\0');
	return true;
}

static bool
check_token(struct asker *asker)
{
	struct check_answer answer = {
	    .what = (char[]){"token"}, .blind = "all that this source brings"};
	struct err err = {0};
	const char *header = entra_token(asker->entra, asker->client, &err);

	if (!header) {
		answer.state = CHECK_MISSING;
		answer.why = err.msg;
		answer.todo = "check tenant, client and the secret, "
		              "certificate or federated credential";
	} else if (!read_roles(asker, header)) {
		answer.state = CHECK_UNKNOWN;
		answer.why = (char[]){"the token is none that can be read: "
		                      "its permissions are not known"};
	}
	add(asker, &answer);
	return header != NULL;
}

static bool
has_role(const struct asker *asker, const char *role)
{
	struct buf word = {0};
	bool has;

	buf_printf(&word, " %s %c", role, '\0');
	has = asker->roles.len && strstr(asker->roles.ptr, word.ptr);
	buf_release(&word);
	return has;
}

static void
check_role(struct asker *asker, const char *role, const char *blind,
    enum event_kind kind)
{
	struct check_answer answer = {.blind = blind, .kind = kind};
	struct buf what = {0};

	if (!asker->roles.len)
		return;
	buf_printf(&what, "permission %s%c", role, '\0');
	answer.what = what.ptr;
	if (!has_role(asker, role)) {
		answer.state = CHECK_MISSING;
		answer.todo = "give the application this permission, and an "
		              "administrator's consent to it";
	}
	add(asker, &answer);
	buf_release(&what);
}

static int
ask(struct asker *asker, const char *url, struct http_reply *reply,
    struct err *err)
{
	struct http_ask how = {.method = "GET",
	    .url = url,
	    .header_count = 1,
	    .timeout_ms = TIMEOUT_MS,
	    .answer_max = ANSWER_MAX};
	const char *token = entra_token(asker->entra, asker->client, err);

	how.headers = &token;
	return token ? http_client_ask(asker->client, &how, reply, err) : -1;
}

/* --- Graph --- */

static const char *
todo_of(enum graph_answer answer)
{
	switch (answer) {
	case GRAPH_DENIED:
		return "give the application the permission, and an "
		       "administrator's consent to it";
	case GRAPH_LICENCE:
		return "without the licence the suite keeps no such log; "
		       "leave the stream out";
	default:
		return "try again later";
	}
}

/* Whether the tenant logs what mail was read. */
static void
check_plans(struct asker *asker, struct json root)
{
	struct check_answer answer = {
	    .what = (char[]){"licence that logs which mail is read"},
	    .blind = "which messages were read (MailItemsAccessed)",
	    .kind = KIND_UNKNOWN,
	    .state = CHECK_MISSING,
	    .todo = "a licence with auditing of mail access for those "
	            "whose mail matters"};
	struct json_iter it = json_iter(JSON_GET(root, "value")), plans;
	struct json sku, plan;

	while (json_next(&it, NULL, &sku)) {
		plans = json_iter(JSON_GET(sku, "servicePlans"));
		while (json_next(&plans, NULL, &plan))
			if (slice_eq(
			        json_str(JSON_GET(plan, "servicePlanName")),
			        SLICE("M365_ADVANCED_AUDITING")))
				answer.state = CHECK_GOOD;
	}
	if (answer.state == CHECK_GOOD)
		answer.todo = NULL;
	add(asker, &answer);
}

static void
check_list(struct asker *asker, const char *root, const struct graph_api *api)
{
	struct check_answer answer = {
	    .blind = api->blind, .kind = api->kind, .why = NULL};
	struct http_reply reply = {0};
	struct graph_page page;
	char why[ERR_MSG_MAX] = "";
	struct buf url = {0}, what = {0};
	struct err err = {0};
	enum graph_answer got = GRAPH_AGAIN;

	graph_url_look(&url, root, api);
	buf_printf(&what, "%s%c", api->name, '\0');
	answer.what = what.ptr;
	answer.why = why;
	if (ask(asker, url.ptr, &reply, &err))
		answer.why = err.msg;
	else
		got = graph_answer(asker->parser, &reply, why);
	if (got != GRAPH_WELL) {
		answer.state =
		    got == GRAPH_AGAIN ? CHECK_UNKNOWN : CHECK_MISSING;
		answer.todo = todo_of(got);
	}
	add(asker, &answer);
	if (got == GRAPH_WELL && !strcmp(api->name, "state.subscribedSkus") &&
	    graph_page_read(asker->parser, &reply, &page))
		check_plans(asker, page.root);
	http_reply_release(&reply);
	buf_release(&url);
	buf_release(&what);
}

/* Permissions once each, in the order of the tables. */
static void
check_roles(struct asker *asker, const struct graph_api *apis, size_t n,
    struct buf *done)
{
	for (size_t i = 0; i < n; i++) {
		if (done->len && strstr(done->ptr, apis[i].permission))
			continue;
		check_role(
		    asker, apis[i].permission, apis[i].blind, apis[i].kind);
		if (done->len)
			done->len--;
		buf_printf(done, "%s %c", apis[i].permission, '\0');
	}
}

static void
check_graph(struct asker *asker, const struct graph_config *config)
{
	const char *root = graph_endpoint(config);
	struct buf done = {0};

	check_roles(asker, graph_activities, graph_activity_count, &done);
	if (config->state)
		check_roles(asker, graph_states, graph_state_count, &done);
	buf_release(&done);
	for (size_t i = 0; i < graph_activity_count; i++)
		if (graph_config_wants(config, &graph_activities[i]))
			check_list(asker, root, &graph_activities[i]);
	for (size_t i = 0; config->state && i < graph_state_count; i++)
		if (graph_states[i].each == EACH_ONCE)
			check_list(asker, root, &graph_states[i]);
}

/* --- the Activity API --- */

static void
check_type(
    struct asker *asker, const char *type, struct json list, const char *why)
{
	struct check_answer answer = {.state = CHECK_MISSING,
	    .kind = KIND_O365_AUDIT,
	    .blind = "what was done in mail, files and chats"};
	struct json_iter it = json_iter(list);
	struct buf what = {0}, words = {0};
	struct json item;

	buf_printf(&what, "subscription %s%c", type, '\0');
	while (json_next(&it, NULL, &item))
		if (m365_is_on(item, type))
			answer.state = CHECK_GOOD;
	answer.what = what.ptr;
	if (answer.state != CHECK_GOOD) {
		buf_printf(&words, "%s%c", *why ? why : "it is not on", '\0');
		answer.why = words.ptr;
		answer.todo = "'firn run' starts it; what came before is not "
		              "all handed out";
	}
	add(asker, &answer);
	buf_release(&what);
	buf_release(&words);
}

static void
check_activity(struct asker *asker, const struct m365_config *config)
{
	struct http_reply reply = {0};
	struct json list = {0};
	char why[M365_WHY_MAX] = "";
	struct buf url = {0};
	struct err err = {0};

	check_role(asker, "ActivityFeed.Read",
	    "what was done in mail, files and chats", KIND_O365_AUDIT);
	buf_printf(&url,
	    "%s/api/v1.0/%s/activity/feed/subscriptions/list?"
	    "PublisherIdentifier=%s%c",
	    m365_endpoint(config), config->entra.tenant,
	    config->publisher ? config->publisher : config->entra.tenant, '\0');
	if (ask(asker, url.ptr, &reply, &err))
		(void)snprintf(why, sizeof(why), "%s", err.msg);
	else if (m365_answer(asker->parser, &reply, why) == ANSWER_WELL)
		(void)reply_parse(asker->parser, &reply, &list);
	for (size_t i = 0; m365_type(config, i); i++)
		check_type(asker, m365_type(config, i), list, why);
	http_reply_release(&reply);
	buf_release(&url);
}

/* --- one source --- */

static void
check_apis(struct asker *asker, const void *config, bool graph)
{
	if (graph)
		check_graph(asker, config);
	else
		check_activity(asker, config);
}

static void
check_with(struct asker *asker, const struct entra_config *entra,
    const char *audience, const struct run_source *source, bool graph)
{
	struct err err = {0};

	asker->client = http_client_new(
	    &(struct http_options){.ca = entra->ca, .proxy = entra->proxy});
	asker->parser = json_parser_new();
	if (entra_open(&asker->entra, entra, audience, &err))
		add(asker, &(struct check_answer){.what = (char[]){"token"},
		               .state = CHECK_MISSING,
		               .why = err.msg});
	else if (check_token(asker))
		check_apis(asker, source->config, graph);
	entra_close(asker->entra);
	json_parser_free(asker->parser);
	http_client_free(asker->client);
	buf_release(&asker->roles);
}

bool
check_m365_knows(const struct run_source *source)
{
	return !strcmp(source->kind->name, "graph") ||
	       !strcmp(source->kind->name, "m365");
}

void
check_m365(const struct run_source *source, struct check_answers *answers)
{
	struct asker asker = {.source = source->name, .answers = answers};
	const struct graph_config *graph = source->config;
	const struct m365_config *m365 = source->config;

	if (!strcmp(source->kind->name, "graph"))
		check_with(
		    &asker, &graph->entra, graph_audience(graph), source, true);
	else if (!strcmp(source->kind->name, "m365"))
		check_with(
		    &asker, &m365->entra, m365_audience(m365), source, false);
}
