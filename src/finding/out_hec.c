/*
 * output_hec: Splunk's HTTP Event Collector.  With acknowledgement, events are
 * sent when the indexer says so, not when they are taken.
 */
#include "finding/out_hec.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/sha256.h"
#include "event/event.h"
#include "finding/out_http.h"
#include "json/build.h"
#include "json/json.h"

#define ANSWER_MAX   (1u << 20)
#define ACK_FIRST_US INT64_C(250000)
#define ACK_MAX_US   INT64_C(10000000)

struct hec_config {
	struct output_common common;
	const char *url, *ca, *proxy, *index, *source, *sourcetype, *host;
	struct config_secret token;
	bool ack;
	int64_t ack_us, timeout_us, batch, bytes;
};

static const struct config_row rows[] = {
    OUTPUT_ROWS,
    {.name = "url",
        .type = CONFIG_TEXT,
        .at = offsetof(struct hec_config, url),
        .must = true,
        .help = "https://HOST:8088, without /services/..."},
    {.name = "token",
        .type = CONFIG_SECRET,
        .at = offsetof(struct hec_config, token),
        .must = true,
        .help = "the collector's token"},
    {.name = "ack",
        .type = CONFIG_BOOL,
        .at = offsetof(struct hec_config, ack),
        .preset = "true",
        .help = "wait for the indexer's acknowledgement; the token must have "
                "it switched on"},
    {.name = "ack-wait",
        .type = CONFIG_TIME,
        .at = offsetof(struct hec_config, ack_us),
        .preset = "2min",
        .min = 1000000,
        .max = INT64_C(3600000000),
        .help = "what is not acknowledged by then is sent again"},
    {.name = "index",
        .type = CONFIG_TEXT,
        .at = offsetof(struct hec_config, index),
        .help = "Splunk's index; else the token's"},
    {.name = "source",
        .type = CONFIG_TEXT,
        .at = offsetof(struct hec_config, source),
        .preset = "firn",
        .help = "Splunk's source"},
    {.name = "sourcetype",
        .type = CONFIG_TEXT,
        .at = offsetof(struct hec_config, sourcetype),
        .preset = "firn:finding",
        .help = "Splunk's source type"},
    {.name = "host",
        .type = CONFIG_TEXT,
        .at = offsetof(struct hec_config, host),
        .help = "Splunk's host; else this machine's name"},
    {.name = "ca",
        .type = CONFIG_PATH,
        .at = offsetof(struct hec_config, ca),
        .help = "file of certificates to trust in place of the system's"},
    {.name = "proxy",
        .type = CONFIG_TEXT,
        .at = offsetof(struct hec_config, proxy),
        .help = "URL of a proxy; else as the environment says"},
    {.name = "timeout",
        .type = CONFIG_TIME,
        .at = offsetof(struct hec_config, timeout_us),
        .preset = "30s",
        .min = 1000000,
        .max = INT64_C(600000000),
        .help = "for one request"},
    {.name = "batch",
        .type = CONFIG_COUNT,
        .at = offsetof(struct hec_config, batch),
        .preset = "1000",
        .min = 1,
        .max = 100000,
        .help = "findings in one request, at most"},
    {.name = "batch-size",
        .type = CONFIG_SIZE,
        .at = offsetof(struct hec_config, bytes),
        .preset = "512k",
        .min = 1024,
        .max = 64 << 20,
        .help = "size from which on no finding is added to a request"},
};

static const struct config_table table = {
    .name = "output hec",
    .help = "Splunk's HTTP Event Collector",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

struct output {
	const struct hec_config *config;
	const struct output_place *place;
	struct http_client *client;
	struct json_parser *parser;
	struct buf url, ack_url;   /* NUL-terminated */
	struct buf token, channel; /* header lines, NUL-terminated */
	char host[256];
};

/* --- answers --- */

static bool
parse(struct json_parser *parser, const struct buf *body, struct json *root,
    struct buf *room)
{
	buf_slice_add(room, buf_slice(body));
	buf_reserve(room, JSON_PADDING);
	return room->len &&
	       json_parse(parser, buf_slice(room), root, NULL) != JSON_BAD;
}

static bool
to_u64(struct json value, uint64_t *out)
{
	int64_t n;

	if (json_type(value) != JSON_INT || !json_to_i64(value, &n) || n < 0)
		return false;
	*out = (uint64_t)n;
	return true;
}

void
hec_answer_read(struct json_parser *parser, const struct buf *body,
    struct hec_answer *answer)
{
	struct buf room = {0};
	struct json root;

	*answer = (struct hec_answer){0};
	if (parse(parser, body, &root, &room)) {
		answer->readable =
		    json_to_i64(JSON_GET(root, "code"), &answer->code);
		answer->has_ack =
		    to_u64(JSON_GET(root, "ackId"), &answer->ack_id);
	}
	buf_release(&room);
}

bool
hec_acked(struct json_parser *parser, const struct buf *body, uint64_t ack_id)
{
	struct buf room = {0}, key = {0};
	struct json root;
	bool acked = false;

	buf_u64(&key, ack_id);
	if (parse(parser, body, &root, &room))
		acked = json_is_true(
		    json_get(JSON_GET(root, "acks"), buf_slice(&key)));
	buf_release(&key);
	buf_release(&room);
	return acked;
}

/* --- open and close --- */

static void
close_hec(struct output *output)
{
	if (!output)
		return;
	http_client_free(output->client);
	json_parser_free(output->parser);
	if (output->token.ptr)
		OPENSSL_cleanse(output->token.ptr, output->token.size);
	buf_release(&output->token);
	buf_release(&output->channel);
	buf_release(&output->url);
	buf_release(&output->ack_url);
	free(output);
}

/*
 * A channel is a GUID of the sender's choice, which acknowledgement ids belong
 * to.  It stays the same, since Splunk keeps a number of them only.
 */
static void
make_channel(struct output *output, struct buf *channel)
{
	static const unsigned dash[] = {4, 6, 8, 10};
	unsigned char digest[SHA256_LEN];
	struct buf text = {0};
	size_t next = 0;

	buf_printf(&text, "firn-channel/v1\n%s\n%s\n%s", output->place->name,
	    output->host, output->config->url);
	sha256(buf_slice(&text), digest);
	buf_release(&text);
	digest[6] = (unsigned char)(0x80 | (digest[6] & 0x0f));
	digest[8] = (unsigned char)(0x80 | (digest[8] & 0x3f));
	for (unsigned i = 0; i < 16; i++) {
		if (next < 4 && dash[next] == i) {
			buf_char(channel, '-');
			next++;
		}
		buf_printf(channel, "%02x", digest[i]);
	}
}

static void
make_lines(struct output *output)
{
	const char *url = output->config->url;
	int n = (int)strlen(url);
	struct buf channel = {0};

	while (n && url[n - 1] == '/')
		n--;
	make_channel(output, &channel);
	buf_char(&channel, '\0');
	buf_printf(&output->url, "%.*s/services/collector/event", n, url);
	buf_printf(&output->ack_url, "%.*s/services/collector/ack?channel=%s",
	    n, url, channel.ptr);
	buf_printf(
	    &output->channel, "X-Splunk-Request-Channel: %s", channel.ptr);
	buf_char(&output->url, '\0');
	buf_char(&output->ack_url, '\0');
	buf_char(&output->channel, '\0');
	buf_release(&channel);
}

/* As a header, so it has no control characters. */
static int
read_token(
    const struct config_secret *secret, struct buf *line, struct err *err)
{
	struct buf token = {0};
	int status = config_secret_read(secret, &token, err);

	for (size_t i = 0; !status && i < token.len; i++)
		if (token.ptr[i] <= ' ' || token.ptr[i] > '~')
			status = err_set(err, ERR_INPUT,
			    "the token of a collector is one word of ASCII");
	if (!status) {
		/* Room for all of it, so that no copy is left behind. */
		buf_reserve(line, token.len + 100);
		buf_str(line, "Authorization: Splunk ");
		buf_slice_add(line, buf_slice(&token));
		buf_char(line, '\0');
	}
	if (token.ptr)
		OPENSSL_cleanse(token.ptr, token.size);
	buf_release(&token);
	return status;
}

static int
open_hec(struct output **out, const struct output_place *place,
    const void *config, struct output_limits *limits, struct err *err)
{
	const struct hec_config *hec = config;
	struct output *output = xcalloc(1, sizeof(*output));
	const struct http_options options = {
	    .ca = hec->ca, .proxy = hec->proxy, .stop = place->stop};

	output->config = hec;
	output->place = place;
	if (hec->host)
		snprintf(output->host, sizeof(output->host), "%s", hec->host);
	else if (gethostname(output->host, sizeof(output->host) - 1))
		output->host[0] = '\0';
	if (out_http_check_url("url", hec->url, err) ||
	    read_token(&hec->token, &output->token, err)) {
		close_hec(output);
		return -1;
	}
	make_lines(output);
	output->client = http_client_new(&options);
	output->parser = json_parser_new();
	limits->count = (size_t)hec->batch;
	limits->bytes = (size_t)hec->bytes;
	*out = output;
	return 0;
}

/* --- sending --- */

static int
ask(struct output *output, const char *url, struct slice body,
    struct http_reply *reply, struct err *err)
{
	const char *const headers[] = {output->token.ptr, output->channel.ptr};
	const struct http_ask request = {.method = "POST",
	    .url = url,
	    .content_type = "application/json",
	    .body = body,
	    .headers = headers,
	    .header_count = sizeof(headers) / sizeof(headers[0]),
	    .timeout_ms = (unsigned)(output->config->timeout_us / 1000),
	    .answer_max = ANSWER_MAX};

	return http_client_ask(output->client, &request, reply, err);
}

static void
write_event(struct buf *out, const struct output *output,
    const struct output_item *item)
{
	const struct hec_config *config = output->config;
	size_t event = json_open(out, NULL, '{'), fields;

	/* Seconds, with the point written out: no exponent is understood. */
	if (item->time_us != EVENT_NO_TIME && item->time_us >= 0) {
		json_key(out, "time");
		buf_printf(out, "%jd.%03jd",
		    (intmax_t)(item->time_us / 1000000),
		    (intmax_t)(item->time_us / 1000 % 1000));
	}
	json_cstr(out, "host", output->host);
	json_cstr(out, "source", config->source);
	json_cstr(out, "sourcetype", config->sourcetype);
	if (config->index)
		json_cstr(out, "index", config->index);
	fields = json_open(out, "fields", '{');
	json_text(out, "finding_uid", item->uid);
	json_u64(out, "ledger_index", item->index);
	json_close(out, fields);
	json_key(out, "event");
	buf_slice_add(out, item->text);
	json_close(out, event);
	buf_char(out, '\n');
}

/*
 * 5, 6, 12, 13 and 15 are about an event.  All others, also those that come
 * with a 400, are about the token, the channel or the index: not its fault.
 */
static void
judge(struct output *output, const struct http_reply *reply,
    const struct hec_answer *answer, struct output_result *result)
{
	bool refused = answer->code == 5 || answer->code == 6 ||
	               answer->code == 12 || answer->code == 13 ||
	               answer->code == 15;

	out_http_judge(output->config->url, reply, result);
	if (answer->readable)
		result->end = refused ? OUTPUT_REFUSED : OUTPUT_AGAIN;
}

/* Until the indexer has it, or too much time is over. */
static void
await_ack(struct output *output, uint64_t id, struct output_result *result)
{
	const struct output_place *place = output->place;
	struct buf question = {0};
	int64_t waited = 0, pause = ACK_FIRST_US;
	bool acked = false;
	struct err err = {0};

	err_set(&err, ERR_SYSTEM, "'%s' acknowledges nothing in time",
	    output->config->url);
	buf_printf(&question, "{\"acks\":[%ju]}", (uintmax_t)id);
	while (!acked && waited < output->config->ack_us &&
	       place->wait(place->ctx, pause)) {
		struct http_reply reply = {0};

		waited += pause;
		pause = pause < ACK_MAX_US / 2 ? 2 * pause : ACK_MAX_US;
		if (!ask(output, output->ack_url.ptr, buf_slice(&question),
		        &reply, &err))
			acked = hec_acked(output->parser, &reply.body, id);
		http_reply_release(&reply);
	}
	buf_release(&question);
	if (!acked)
		output_again(result, &err);
}

static void
send_hec(struct output *output, const struct output_item *items, size_t n,
    struct output_result *result)
{
	struct http_reply reply = {0};
	struct hec_answer answer;
	struct buf body = {0};
	struct err err;

	for (size_t i = 0; i < n; i++)
		write_event(&body, output, &items[i]);
	if (ask(output, output->url.ptr, buf_slice(&body), &reply, &err)) {
		output_again(result, &err);
		goto out;
	}
	hec_answer_read(output->parser, &reply.body, &answer);
	if (reply.status != 200 || !answer.readable || answer.code) {
		judge(output, &reply, &answer, result);
	} else if (output->config->ack && !answer.has_ack) {
		err_set(&err, ERR_INPUT,
		    "'%s' gives no acknowledgement: switch it on for the "
		    "token, or say 'ack: false'",
		    output->config->url);
		output_again(result, &err);
	} else if (output->config->ack) {
		await_ack(output, answer.ack_id, result);
	}
out:
	buf_release(&body);
	http_reply_release(&reply);
}

const struct output_kind output_hec = {
    .name = "hec",
    .table = &table,
    .config_size = sizeof(struct hec_config),
    .open = open_hec,
    .send = send_hec,
    .close = close_hec,
};
