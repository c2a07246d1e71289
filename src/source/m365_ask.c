#include "source/m365_part.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

#define LIST_MAX (16u << 20)

int64_t
m365_now_us(const struct source *m)
{
	return time_now_us() + m->skew_us;
}

void
m365_say(struct source *m, const char *what, const char *why)
{
	m->trouble = true;
	hub_say(m->hub, m->name, HUB_TROUBLE, "%s: %s", what, why);
}

/* --- asking --- */

/* Waits for its turn. */
static bool
turn(struct source *m)
{
	int64_t wait;

	while ((wait = pace_take(&m->pace, time_mono_us())) != 0) {
		if (wait > 5 * SECOND_US)
			hub_say(m->hub, m->name, HUB_WAITS,
			    "throttled: %.0f requests a minute now",
			    m->pace.rate);
		if (!hub_sleep(m->hub, wait))
			return false;
	}
	return !hub_stopping(m->hub);
}

enum m365_answer
m365_look(
    struct source *m, const struct http_reply *reply, char why[M365_WHY_MAX])
{
	enum m365_answer answer = m365_answer(m->parser, reply, why);

	(void)reply_skew(reply, &m->skew_us);
	if (answer == ANSWER_THROTTLED)
		pace_throttled(
		    &m->pace, time_mono_us(), reply_retry_after_us(reply));
	else
		pace_well(&m->pace);
	if (answer == ANSWER_TOKEN)
		entra_refused(m->entra);
	return answer;
}

static enum m365_answer
ask_once(struct source *m, const char *method, const char *url,
    struct http_reply *reply, char why[M365_WHY_MAX])
{
	struct http_ask how = {.method = method,
	    .url = url,
	    .content_type = "application/json",
	    .header_count = 1,
	    .timeout_ms = TIMEOUT_MS,
	    .answer_max = LIST_MAX};
	const char *token;
	struct err err;

	http_reply_release(reply);
	*reply = (struct http_reply){0};
	(void)snprintf(why, M365_WHY_MAX, "stopped");
	if (!turn(m))
		return ANSWER_AGAIN;
	token = entra_token(m->entra, m->client, &err);
	how.headers = &token;
	if (!token || http_client_ask(m->client, &how, reply, &err)) {
		(void)snprintf(why, M365_WHY_MAX, "%s", err.msg);
		return ANSWER_AGAIN;
	}
	return m365_look(m, reply, why);
}

enum m365_answer
m365_ask(struct source *m, const char *method, const char *url,
    struct http_reply *reply, char why[M365_WHY_MAX])
{
	enum m365_answer answer = ask_once(m, method, url, reply, why);

	if (answer == ANSWER_TOKEN || answer == ANSWER_THROTTLED)
		answer = ask_once(m, method, url, reply, why);
	return answer;
}

void
m365_add_publisher(const struct source *m, struct buf *url)
{
	const struct m365_config *config = m->config;

	if (url->len && url->ptr[url->len - 1] == '\0')
		url->len--;
	buf_char(url, memchr(url->ptr, '?', url->len) ? '&' : '?');
	buf_str(url, "PublisherIdentifier=");
	http_escape(url, slice_cstr(config->publisher ? config->publisher
	                                              : config->entra.tenant));
	buf_char(url, '\0');
}
