#include <stdlib.h>

#include "base/time.h"
#include "net/http_client.h"
#include "source/entra.h"
#include "source/kafka_session.h"
#include "json/json.h"

#define TOKEN_MAX   65536
#define TOKEN_MS    20000
#define SECONDS_MAX 86400

/*
 * OAUTHBEARER by the client-credentials grant.  Debian's librdkafka is built
 * without its own way to ask for tokens.
 */

static int
write_form(const struct kafka_config *config, struct buf *form, struct err *err)
{
	struct buf secret = {0};
	int status = config_secret_read(&config->token_secret, &secret, err);

	buf_str(form, "grant_type=client_credentials&client_id=");
	http_escape(form, slice_cstr(config->token_client));
	if (config->token_scope) {
		buf_str(form, "&scope=");
		http_escape(form, slice_cstr(config->token_scope));
	}
	buf_str(form, "&client_secret=");
	http_escape(form, buf_slice(&secret));
	kafka_secret_release(&secret);
	return status;
}

static int
set_token(rd_kafka_t *rk, const struct kafka_config *config,
    const struct http_reply *reply, struct err *err)
{
	struct json_parser *parser = json_parser_new();
	struct buf text = {0}, token = {0};
	int64_t seconds = 0;
	char why[256] = "no token in the answer";
	struct json v = {0};
	int status = -1;

	buf_reserve(&text, reply->body.len + JSON_PADDING);
	buf_slice_add(&text, buf_slice(&reply->body));
	(void)json_parse(parser, buf_slice(&text), &v, NULL);
	if (reply->status != 200) {
		entra_no_token(reply->status, v, err);
		goto out;
	}
	buf_slice_add(&token, json_str(JSON_GET(v, "access_token")));
	if (!json_to_i64(JSON_GET(v, "expires_in"), &seconds) || seconds <= 0)
		seconds = 300;
	seconds = seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
	buf_char(&token, '\0');
	if (token.len > 1 &&
	    !rd_kafka_oauthbearer_set_token(rk, token.ptr,
	        time_now_us() / 1000 + seconds * 1000, config->token_client,
	        NULL, 0, why, sizeof(why)))
		status = 0;
	else
		err_set(err, ERR_INPUT, "%s", why);
out:
	json_parser_free(parser);
	kafka_secret_release(&text);
	kafka_secret_release(&token);
	return status;
}

static int
refresh(rd_kafka_t *rk, const struct source *source, struct err *err)
{
	const struct kafka_config *config = &source->config;
	struct http_client *client = http_client_new(&(struct http_options){
	    .ca = config->token_ca, .stop = hub_stop_flag(source->place.hub)});
	struct http_reply reply = {0};
	struct buf form = {0};
	int status = write_form(config, &form, err);

	if (!status)
		status = http_client_ask(client,
		    &(struct http_ask){.method = "POST",
		        .url = config->token_url,
		        .content_type = "application/x-www-form-urlencoded",
		        .body = buf_slice(&form),
		        .timeout_ms = TOKEN_MS,
		        .answer_max = TOKEN_MAX},
		    &reply, err);
	if (!status)
		status = set_token(rk, config, &reply, err);
	kafka_secret_release(&form);
	kafka_secret_release(&reply.body);
	http_reply_release(&reply);
	http_client_free(client);
	return status ? err_context(err, "cannot log in") : 0;
}

int
kafka_token_get(struct kafka_session *session, struct err *err)
{
	const struct source *source = session->source;

	return source->config.mechanism == KAFKA_OAUTHBEARER &&
	               kafka_has_login(&source->config)
	           ? refresh(session->rk, source, err)
	           : 0;
}

/*
 * The old token is good for a while.  Of a failure it is told as soon as
 * somebody has to log in, which is after a new session was opened in vain.
 */
void
kafka_token_refresh(rd_kafka_t *rk, const char *text, void *opaque)
{
	struct kafka_session *session = opaque;
	struct err err = {0};

	(void)text;
	if (!refresh(rk, session->source, &err))
		return;
	session->no_token = true;
	/* It is asked for again in ten seconds. */
	(void)rd_kafka_oauthbearer_set_token_failure(rk, err.msg);
}
