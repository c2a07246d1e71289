#include "net/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/version.h"

#define WAIT_MS 200 /* between two looks whether we are to stop */

/* A request under way. */
struct exchange {
	CURL *curl;
	CURLM *multi; /* of the call that it belongs to */
	struct curl_slist *headers;
	struct http_ask ask;
	struct http_reply reply;
	size_t number;
	bool full, busy;
	char why[CURL_ERROR_SIZE]; /* what curl says of the last failure */
};

struct http_client {
	struct http_options options;
	CURLM *multi; /* of the call at hand */
	unsigned depth;
	struct exchange **exchanges; /* owned */
	size_t count;
};

static void
start_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
}

struct http_client *
http_client_new(const struct http_options *options)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_client *client = xcalloc(1, sizeof(*client));

	pthread_once(&once, start_curl);
	if (options)
		client->options = *options;
	client->multi = curl_multi_init();
	if (!client->multi)
		abort();
	return client;
}

void
http_client_free(struct http_client *client)
{
	if (!client)
		return;
	for (size_t i = 0; i < client->count; i++) {
		curl_easy_cleanup(client->exchanges[i]->curl);
		free(client->exchanges[i]);
	}
	free(client->exchanges);
	curl_multi_cleanup(client->multi);
	free(client);
}

/* --- one request --- */

static size_t
take(char *bytes, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	size_t n = size * count;

	if (n > x->ask.answer_max - x->reply.body.len) {
		x->full = true;
		return 0;
	}
	buf_add(&x->reply.body, bytes, n);
	return n;
}

static size_t
take_header(char *bytes, size_t size, size_t count, void *ctx)
{
	struct exchange *x = ctx;
	size_t n = size * count;

	/* A new status line begins the headers of another answer. */
	if (n > 5 && !memcmp(bytes, "HTTP/", 5))
		buf_clear(&x->reply.headers);
	buf_add(&x->reply.headers, bytes, n);
	return n;
}

static void
add_header(struct exchange *x, const char *line)
{
	x->headers = curl_slist_append(x->headers, line);
	if (!x->headers)
		abort();
}

static void
set_body(struct exchange *x)
{
	const struct http_ask *ask = &x->ask;
	struct buf line = {0};

	buf_printf(&line, "Content-Type: %s",
	    ask->content_type ? ask->content_type : "text/plain");
	buf_char(&line, '\0');
	add_header(x, line.ptr);
	buf_release(&line);
	curl_easy_setopt(x->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(
	    x->curl, CURLOPT_POSTFIELDS, ask->body.len ? ask->body.ptr : "");
	curl_easy_setopt(
	    x->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.len);
}

static void
set_up(const struct http_client *client, struct exchange *x)
{
	CURL *curl = x->curl;

	curl_easy_reset(curl);
	x->why[0] = '\0';
	curl_easy_setopt(curl, CURLOPT_PRIVATE, x);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->why);
	curl_easy_setopt(curl, CURLOPT_URL, x->ask.url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "firn/" FIRN_VERSION);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)x->ask.timeout_ms);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
	if (client->options.ca)
		curl_easy_setopt(curl, CURLOPT_CAINFO, client->options.ca);
	if (client->options.proxy)
		curl_easy_setopt(curl, CURLOPT_PROXY, client->options.proxy);
	for (size_t i = 0; i < x->ask.header_count; i++)
		add_header(x, x->ask.headers[i]);
	if (!strcmp(x->ask.method, "POST"))
		set_body(x);
	else if (strcmp(x->ask.method, "GET") != 0)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, x->ask.method);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, x->headers);
}

/* What became of it, in words. */
static void
judge(struct exchange *x, CURLcode code, struct err *err)
{
	const char *type = NULL;
	long status = 0;

	if (x->full) {
		err_set(err, ERR_LIMIT, "'%s' answers with more than %zu bytes",
		    x->ask.url, x->ask.answer_max);
		return;
	}
	if (code) {
		err_set(err, ERR_SYSTEM, "cannot reach '%s': %s", x->ask.url,
		    *x->why ? x->why : curl_easy_strerror(code));
		return;
	}
	curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(x->curl, CURLINFO_CONTENT_TYPE, &type);
	x->reply.status = (unsigned)status;
	if (type)
		buf_str(&x->reply.content_type, type);
}

/* --- several --- */

static struct exchange *
idle(struct http_client *client)
{
	struct exchange *x;

	for (size_t i = 0; i < client->count; i++)
		if (!client->exchanges[i]->busy)
			return client->exchanges[i];
	client->exchanges = xrealloc(
	    client->exchanges, (client->count + 1) * sizeof(struct exchange *));
	x = client->exchanges[client->count++] = xcalloc(1, sizeof(*x));
	x->curl = curl_easy_init();
	if (!x->curl)
		abort();
	return x;
}

static void
finish(struct http_client *client, const struct http_many *many,
    struct exchange *x, CURLcode code)
{
	struct err err = {0};

	curl_multi_remove_handle(client->multi, x->curl);
	curl_slist_free_all(x->headers);
	x->headers = NULL;
	x->busy = false;
	judge(x, code, &err);
	many->done(many->ctx, x->number, &x->reply, &err);
	http_reply_release(&x->reply);
}

static bool
is_stopped(const struct http_client *client)
{
	return client->options.stop && atomic_load(client->options.stop);
}

/* Begins number `at`, unless there is none. */
static bool
begin(struct http_client *client, const struct http_many *many, size_t at)
{
	struct exchange *x = idle(client);

	x->ask = (struct http_ask){0};
	x->full = false;
	/* It may ask for something itself. */
	x->busy = true;
	x->multi = NULL;
	if (is_stopped(client) || !many->next(many->ctx, at, &x->ask)) {
		x->busy = false;
		return false;
	}
	x->multi = client->multi;
	x->number = at;
	set_up(client, x);
	if (curl_multi_add_handle(client->multi, x->curl))
		abort();
	return true;
}

/* Ends those that are over; returns how many. */
static size_t
reap(struct http_client *client, const struct http_many *many)
{
	CURLMsg *message;
	int left;
	size_t n = 0;

	while ((message = curl_multi_info_read(client->multi, &left))) {
		CURLcode code = message->data.result;
		char *x = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x);
		finish(client, many, (struct exchange *)(void *)x, code);
		n++;
	}
	return n;
}

static void
cut_off(struct http_client *client, const struct http_many *many)
{
	for (size_t i = 0; i < client->count; i++)
		if (client->exchanges[i]->busy &&
		    client->exchanges[i]->multi == client->multi)
			finish(client, many, client->exchanges[i],
			    CURLE_ABORTED_BY_CALLBACK);
}

static void
ask_all(struct http_client *client, const struct http_many *many)
{
	size_t at = 0, running = 0;
	bool more = true;
	int still;

	for (;;) {
		while (more && running < many->parallel) {
			more = begin(client, many, at);
			at += more;
			running += more;
		}
		if (!running)
			return;
		curl_multi_perform(client->multi, &still);
		running -= reap(client, many);
		if (is_stopped(client)) {
			cut_off(client, many);
			return;
		}
		if (running && (size_t)still == running)
			curl_multi_poll(client->multi, NULL, 0, WAIT_MS, NULL);
	}
}

void
http_client_ask_many(struct http_client *client, const struct http_many *many)
{
	CURLM *outer = client->multi;

	if (client->depth++) {
		client->multi = curl_multi_init();
		if (!client->multi)
			abort();
	}
	ask_all(client, many);
	if (--client->depth)
		curl_multi_cleanup(client->multi);
	client->multi = outer;
}

struct one {
	const struct http_ask *ask;
	struct http_reply *reply;
	struct err err;
};

static bool
only(void *ctx, size_t i, struct http_ask *ask)
{
	const struct one *one = ctx;

	*ask = *one->ask;
	return i == 0;
}

static void
keep(void *ctx, size_t i, struct http_reply *reply, const struct err *err)
{
	struct one *one = ctx;

	(void)i;
	*one->reply = *reply;
	*reply = (struct http_reply){0};
	one->err = *err;
}

int
http_client_ask(struct http_client *client, const struct http_ask *ask,
    struct http_reply *reply, struct err *err)
{
	struct one one = {.ask = ask, .reply = reply};
	const struct http_many many = {
	    .parallel = 1, .next = only, .done = keep, .ctx = &one};

	err_set(&one.err, ERR_SYSTEM, "stopped");
	http_client_ask_many(client, &many);
	if (!one.err.code)
		return 0;
	return err_set(err, one.err.code, "%s", one.err.msg);
}

/* --- answers --- */

struct slice
http_reply_header(const struct http_reply *reply, const char *name)
{
	struct slice rest = buf_slice(&reply->headers), line, key;

	while (rest.len) {
		line = slice_cut(&rest, '\n');
		line = slice_cut(&line, '\r');
		key = slice_cut(&line, ':');
		if (key.len == strlen(name) &&
		    !strncasecmp(key.ptr, name, key.len))
			return slice_trim(line);
	}
	return (struct slice){0};
}

void
http_reply_release(struct http_reply *reply)
{
	buf_release(&reply->content_type);
	buf_release(&reply->headers);
	buf_release(&reply->body);
}

void
http_escape(struct buf *out, struct slice text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] && strchr(plain, text.ptr[i]))
			buf_char(out, text.ptr[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)text.ptr[i]);
}
