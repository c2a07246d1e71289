/*
 * output_webhook: a POST to a URL, signed as Standard Webhooks says
 * (standardwebhooks.com, v1).
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/base64.h"
#include "base/sha256.h"
#include "finding/out_http.h"

#define KEY_MIN    24
#define KEY_MAX    64
#define ANSWER_MAX (1u << 20)
#define KEYS       2
#define ID_MAX     40

struct webhook_config {
	struct output_common common;
	const char *url, *ca, *proxy;
	struct config_secret secret, secret_old;
	int64_t timeout_us, batch, bytes;
};

static const struct config_row rows[] = {
    OUTPUT_ROWS,
    {.name = "url",
        .type = CONFIG_TEXT,
        .at = offsetof(struct webhook_config, url),
        .must = true,
        .help = "where to POST; https, or http on this machine"},
    {.name = "secret",
        .type = CONFIG_SECRET,
        .at = offsetof(struct webhook_config, secret),
        .must = true,
        .help = "to sign with: whsec_ and base64 of 24 to 64 bytes"},
    {.name = "secret-old",
        .type = CONFIG_SECRET,
        .at = offsetof(struct webhook_config, secret_old),
        .help = "signs besides, while the receiver changes to the new one"},
    {.name = "ca",
        .type = CONFIG_PATH,
        .at = offsetof(struct webhook_config, ca),
        .help = "file of certificates to trust in place of the system's"},
    {.name = "proxy",
        .type = CONFIG_TEXT,
        .at = offsetof(struct webhook_config, proxy),
        .help = "URL of a proxy; else as the environment says"},
    {.name = "timeout",
        .type = CONFIG_TIME,
        .at = offsetof(struct webhook_config, timeout_us),
        .preset = "30s",
        .min = 1000000,
        .max = INT64_C(600000000),
        .help = "for one POST"},
    {.name = "batch",
        .type = CONFIG_COUNT,
        .at = offsetof(struct webhook_config, batch),
        .preset = "100",
        .min = 1,
        .max = 200, /* their indexes are in one header */
        .help = "findings in one POST, at most"},
    {.name = "batch-size",
        .type = CONFIG_SIZE,
        .at = offsetof(struct webhook_config, bytes),
        .preset = "512k",
        .min = 1024,
        .max = 64 << 20,
        .help = "size from which on no finding is added to a POST"},
};

static const struct config_table table = {
    .name = "output webhook",
    .help = "a JSON array of findings by POST, signed (Standard Webhooks)",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0]),
};

struct output {
	const struct webhook_config *config;
	const struct output_place *place;
	struct http_client *client;
	struct buf keys[KEYS]; /* empty: there is none */
};

/* --- signing --- */

int
out_webhook_key(struct slice secret, struct buf *key, struct err *err)
{
	static const struct slice prefix = SLICE_INIT("whsec_");
	size_t n;

	if (secret.len > prefix.len &&
	    slice_eq(slice_of(secret.ptr, prefix.len), prefix))
		secret = slice_skip(secret, prefix.len);
	if (!base64_len(secret, &n) || n < KEY_MIN || n > KEY_MAX)
		return err_set(err, ERR_INPUT,
		    "the secret of a webhook is whsec_ and base64 of %d to %d "
		    "bytes",
		    KEY_MIN, KEY_MAX);
	base64_read(secret, buf_reserve(key, n), n);
	key->len += n;
	return 0;
}

void
out_webhook_sign(struct buf *out, struct slice key, const char *id,
    int64_t time_s, struct slice body)
{
	unsigned char mac[SHA256_LEN];
	struct buf text = {0};

	buf_printf(&text, "%s.%jd.", id, (intmax_t)time_s);
	buf_slice_add(&text, body);
	if (!HMAC(EVP_sha256(), key.ptr, (int)key.len,
	        (const unsigned char *)text.ptr, text.len, mac, NULL))
		abort();
	buf_release(&text);
	buf_str(out, "v1,");
	base64_add(out, mac, sizeof(mac));
}

/* --- open and close --- */

static void
close_webhook(struct output *output)
{
	if (!output)
		return;
	http_client_free(output->client);
	for (size_t i = 0; i < KEYS; i++) {
		if (output->keys[i].ptr)
			OPENSSL_cleanse(
			    output->keys[i].ptr, output->keys[i].size);
		buf_release(&output->keys[i]);
	}
	free(output);
}

static int
read_key(const struct config_secret *secret, struct buf *key, struct err *err)
{
	struct buf text = {0};
	int status;

	if (!secret->file && !secret->env)
		return 0;
	status = config_secret_read(secret, &text, err);
	if (!status)
		status = out_webhook_key(buf_slice(&text), key, err);
	if (text.ptr)
		OPENSSL_cleanse(text.ptr, text.size);
	buf_release(&text);
	return status;
}

static int
open_webhook(struct output **out, const struct output_place *place,
    const void *config, struct output_limits *limits, struct err *err)
{
	const struct webhook_config *webhook = config;
	struct output *output = xcalloc(1, sizeof(*output));
	const struct http_options options = {
	    .ca = webhook->ca, .proxy = webhook->proxy, .stop = place->stop};

	output->config = webhook;
	output->place = place;
	if (out_http_check_url("url", webhook->url, err) ||
	    read_key(&webhook->secret, &output->keys[0], err) ||
	    read_key(&webhook->secret_old, &output->keys[1], err)) {
		close_webhook(output);
		return -1;
	}
	output->client = http_client_new(&options);
	limits->count = (size_t)webhook->batch;
	limits->bytes = (size_t)webhook->bytes;
	*out = output;
	return 0;
}

/* --- sending --- */

struct message {
	struct buf body;
	char id[ID_MAX];
	struct buf id_line, time_line, signature_line, index_line;
};

/* The same body has the same id, whenever it is sent. */
static void
set_id(struct message *message)
{
	unsigned char digest[SHA256_LEN];
	size_t n;

	sha256(buf_slice(&message->body), digest);
	n = (size_t)snprintf(message->id, sizeof(message->id), "firn_");
	for (size_t i = 0; i < 16; i++)
		n += (size_t)snprintf(message->id + n, sizeof(message->id) - n,
		    "%02x", digest[i]);
}

static void
write_message(const struct output *output, struct message *message,
    const struct output_item *items, size_t n)
{
	int64_t now_s = output->place->now() / 1000000;

	buf_str(&message->index_line, "Firn-Index:");
	for (size_t i = 0; i < n; i++) {
		buf_char(&message->body, i ? ',' : '[');
		buf_slice_add(&message->body, items[i].text);
		buf_printf(
		    &message->index_line, " %ju", (uintmax_t)items[i].index);
	}
	buf_str(&message->body, "]");
	set_id(message);
	buf_printf(&message->id_line, "Webhook-Id: %s", message->id);
	buf_printf(
	    &message->time_line, "Webhook-Timestamp: %jd", (intmax_t)now_s);
	buf_str(&message->signature_line, "Webhook-Signature:");
	for (size_t i = 0; i < KEYS; i++) {
		if (!output->keys[i].len)
			continue;
		buf_char(&message->signature_line, ' ');
		out_webhook_sign(&message->signature_line,
		    buf_slice(&output->keys[i]), message->id, now_s,
		    buf_slice(&message->body));
	}
	buf_char(&message->id_line, '\0');
	buf_char(&message->time_line, '\0');
	buf_char(&message->signature_line, '\0');
	buf_char(&message->index_line, '\0');
}

static void
message_release(struct message *message)
{
	buf_release(&message->body);
	buf_release(&message->id_line);
	buf_release(&message->time_line);
	buf_release(&message->signature_line);
	buf_release(&message->index_line);
}

static void
post(struct output *output, const struct message *message,
    struct output_result *result)
{
	const struct webhook_config *config = output->config;
	const char *const headers[] = {message->id_line.ptr,
	    message->time_line.ptr, message->signature_line.ptr,
	    message->index_line.ptr};
	const struct http_ask ask = {.method = "POST",
	    .url = config->url,
	    .content_type = "application/json",
	    .body = buf_slice(&message->body),
	    .headers = headers,
	    .header_count = sizeof(headers) / sizeof(headers[0]),
	    .timeout_ms = (unsigned)(config->timeout_us / 1000),
	    .answer_max = ANSWER_MAX};
	struct http_reply reply = {0};
	struct err err;

	if (http_client_ask(output->client, &ask, &reply, &err))
		output_again(result, &err);
	else if (reply.status < 200 || reply.status > 299)
		out_http_judge(config->url, &reply, result);
	http_reply_release(&reply);
}

static void
send_webhook(struct output *output, const struct output_item *items, size_t n,
    struct output_result *result)
{
	struct message message = {0};

	write_message(output, &message, items, n);
	post(output, &message, result);
	message_release(&message);
}

const struct output_kind output_webhook = {
    .name = "webhook",
    .table = &table,
    .config_size = sizeof(struct webhook_config),
    .open = open_webhook,
    .send = send_webhook,
    .close = close_webhook,
};
