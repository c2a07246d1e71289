#include "net/http_client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/version.h"

struct http_client {
	CURL *curl;
	char why[CURL_ERROR_SIZE]; /* what curl says of the last failure */
};

static void
start_curl(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
}

struct http_client *
http_client_new(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_client *client = xcalloc(1, sizeof(*client));

	pthread_once(&once, start_curl);
	client->curl = curl_easy_init();
	if (!client->curl)
		abort();
	return client;
}

void
http_client_free(struct http_client *client)
{
	if (!client)
		return;
	curl_easy_cleanup(client->curl);
	free(client);
}

/* Where the answer's body goes. */
struct sink {
	struct buf *body;
	size_t max;
	bool full;
};

static size_t
take(char *bytes, size_t size, size_t count, void *ctx)
{
	struct sink *sink = ctx;
	size_t n = size * count;

	if (n > sink->max - sink->body->len) {
		sink->full = true;
		return 0;
	}
	buf_add(sink->body, bytes, n);
	return n;
}

static struct curl_slist *
headers_of(const struct http_ask *ask)
{
	struct curl_slist *headers;
	struct buf line = {0};

	buf_printf(&line, "Content-Type: %s",
	    ask->content_type ? ask->content_type : "text/plain");
	buf_char(&line, '\0');
	headers = curl_slist_append(NULL, line.ptr);
	buf_release(&line);
	if (!headers)
		abort();
	return headers;
}

static void
set_up(struct http_client *client, const struct http_ask *ask,
    const struct curl_slist *headers, struct sink *sink)
{
	CURL *curl = client->curl;

	curl_easy_reset(curl);
	client->why[0] = '\0';
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->why);
	curl_easy_setopt(curl, CURLOPT_URL, ask->url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "firn/" FIRN_VERSION);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)ask->timeout_ms);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
	if (strcmp(ask->method, "POST") != 0)
		return;
	curl_easy_setopt(curl, CURLOPT_POST, 1L);
	curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDS, ask->body.len ? ask->body.ptr : "");
	curl_easy_setopt(
	    curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)ask->body.len);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
}

int
http_client_ask(struct http_client *client, const struct http_ask *ask,
    struct http_reply *reply, struct err *err)
{
	struct sink sink = {&reply->body, ask->answer_max, false};
	struct curl_slist *headers = headers_of(ask);
	const char *type = NULL;
	long status = 0;
	CURLcode code;

	set_up(client, ask, headers, &sink);
	code = curl_easy_perform(client->curl);
	curl_slist_free_all(headers);
	if (sink.full)
		return err_set(err, ERR_LIMIT,
		    "'%s' answers with more than %zu bytes", ask->url,
		    ask->answer_max);
	if (code)
		return err_set(err, ERR_SYSTEM, "cannot reach '%s': %s",
		    ask->url,
		    *client->why ? client->why : curl_easy_strerror(code));
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(client->curl, CURLINFO_CONTENT_TYPE, &type);
	reply->status = (unsigned)status;
	if (type)
		buf_str(&reply->content_type, type);
	return 0;
}

void
http_reply_release(struct http_reply *reply)
{
	buf_release(&reply->content_type);
	buf_release(&reply->body);
}
