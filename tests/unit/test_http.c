/*
 * The HTTP client and server, with each other; what strange clients do is in
 * tests/e2e/test_witness.py.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/http_client.h"
#include "net/http_server.h"

#define BODY_MAX 1000
#define HUGE     ((size_t)60 << 20)

struct fixture {
	pid_t child;
	struct http_client *client;
	char address[100], url[200];
};

/* What a request's header and query say, in a header and in the body. */
static void
answer_headers(const struct http_request *request, struct http_answer *answer)
{
	struct slice value = http_request_header(request, "x-asked");

	http_answer_header(answer, "X-Told", value.ptr ? "some" : "none");
	http_answer_header(answer, "X-More", "more");
	buf_slice_add(&answer->body, request->query);
	buf_char(&answer->body, ' ');
	if (value.ptr)
		buf_slice_add(&answer->body, value);
}

/* The path says how the answer is to leave; false if that is all of it. */
static bool
set_manner(const struct http_request *request, struct http_answer *answer)
{
	static const char text[] = "0123456789abcdefghij";

	if (slice_eq(request->path, SLICE("/huge"))) {
		memset(buf_reserve(&answer->body, HUGE), 'x', HUGE);
		answer->body.len = HUGE;
		return false;
	}
	if (slice_eq(request->path, SLICE("/late")))
		answer->delay_ms = 300;
	else if (slice_eq(request->path, SLICE("/slowly")))
		answer->rate = 40;
	else if (slice_eq(request->path, SLICE("/cut-head")))
		answer->cut = HTTP_CUT_HEAD;
	else if (slice_eq(request->path, SLICE("/cut-body")))
		answer->cut = HTTP_CUT_BODY;
	else if (slice_eq(request->path, SLICE("/past")))
		answer->date_offset_s = -86400;
	else
		return true;
	answer->cut_at = 12;
	buf_str(&answer->body, text);
	return false;
}

static void
handle(
    void *ctx, const struct http_request *request, struct http_answer *answer)
{
	(void)ctx;
	answer->status = 200;
	if (slice_eq(request->path, SLICE("/headers"))) {
		answer_headers(request, answer);
		return;
	}
	if (!set_manner(request, answer))
		return;
	if (slice_eq(request->path, SLICE("/slow")))
		nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
	if (slice_eq(request->path, SLICE("/empty")))
		return;
	if (slice_eq(request->path, SLICE("/nothing")))
		answer->status = 0;
	answer->content_type = "text/x.told";
	buf_printf(&answer->body, SLICE_FMT " " SLICE_FMT " ",
	    SLICE_ARG(request->method), SLICE_ARG(request->path));
	buf_slice_add(&answer->body, request->body);
}

static struct http_server *served;

static void
stop(int signal)
{
	(void)signal;
	http_server_stop(served);
}

/*
 * A process of its own: a handler blocks, and h2o keeps memory by thread.  Says
 * where it listens.
 */
static void
serve(int out)
{
	const struct http_server_options options = {
	    .listen = "127.0.0.1:0",
	    .body_max = BODY_MAX,
	    .timeout_ms = 10000,
	    .connections_max = 10,
	    .handle = handle,
	};
	struct sigaction action = {.sa_handler = stop};
	const char *address;
	int status;

	if (http_server_open(&served, &options, NULL))
		_exit(1);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	address = http_server_address(served);
	if (write(out, address, strlen(address)) < 0)
		_exit(1);
	status = http_server_run(served, NULL);
	http_server_close(served);
	_exit(status ? 1 : 0);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int pipes[2];

	assert_non_null(f);
	assert_int_equal(pipe(pipes), 0);
	f->child = fork();
	if (!f->child)
		serve(pipes[1]);
	assert_true(read(pipes[0], f->address, sizeof(f->address) - 1) > 0);
	close(pipes[0]);
	close(pipes[1]);
	f->client = http_client_new(NULL);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;
	int status;

	kill(f->child, SIGTERM);
	waitpid(f->child, &status, 0);
	assert_int_equal(status, 0);
	http_client_free(f->client);
	free(f);
	return 0;
}

static struct http_ask
ask_for(struct fixture *f, const char *path)
{
	snprintf(f->url, sizeof(f->url), "http://%s%s", f->address, path);
	return (struct http_ask){
	    .method = "GET",
	    .url = f->url,
	    .timeout_ms = 5000,
	    .answer_max = 2000,
	};
}

static void
expect(struct fixture *f, const struct http_ask *ask, unsigned status,
    const char *body)
{
	struct http_reply reply = {0};
	struct err err = {0};

	if (http_client_ask(f->client, ask, &reply, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(reply.status, status);
	if (body)
		assert_true(slice_eq(buf_slice(&reply.body), slice_cstr(body)));
	http_reply_release(&reply);
}

static void
asks_and_answers(void **state)
{
	struct fixture *f = *state;
	struct http_ask ask = ask_for(f, "/a/b?c=d");
	struct http_reply reply = {0};

	expect(f, &ask, 200, "GET /a/b ");
	ask.method = "POST";
	ask.body = SLICE("with a\0NUL");
	assert_int_equal(http_client_ask(f->client, &ask, &reply, NULL), 0);
	assert_true(
	    slice_eq(buf_slice(&reply.body), SLICE("POST /a/b with a\0NUL")));
	assert_true(
	    slice_eq(buf_slice(&reply.content_type), SLICE("text/x.told")));
	http_reply_release(&reply);
	ask.body = SLICE("");
	expect(f, &ask, 200, "POST /a/b ");
}

struct nested {
	struct fixture *f;
	struct http_ask ask;
	size_t done;
};

/* As who needs a new token in the middle of a round. */
static bool
asks_first(void *ctx, size_t i, struct http_ask *ask)
{
	struct nested *nested = ctx;
	struct http_ask inner = ask_for(nested->f, "/inner");

	expect(nested->f, &inner, 200, "GET /inner ");
	*ask = nested->ask = ask_for(nested->f, "/slow");
	return i < 6;
}

static void
counts(void *ctx, size_t i, struct http_reply *reply, const struct err *err)
{
	struct nested *nested = ctx;

	(void)i;
	assert_int_equal(err->code, 0);
	assert_true(slice_eq(buf_slice(&reply->body), SLICE("GET /slow ")));
	nested->done++;
}

static void
asks_while_it_asks(void **state)
{
	struct nested nested = {.f = *state};
	const struct http_many many = {
	    .parallel = 3, .next = asks_first, .done = counts, .ctx = &nested};

	http_client_ask_many(nested.f->client, &many);
	assert_int_equal(nested.done, 6);
}

static void
answers_without_a_body(void **state)
{
	struct http_ask ask = ask_for(*state, "/empty");

	expect(*state, &ask, 200, "");
}

static void
has_an_answer_where_the_handler_has_none(void **state)
{
	struct http_ask ask = ask_for(*state, "/nothing");

	expect(*state, &ask, 500, NULL);
}

static void
takes_bodies_up_to_the_limit(void **state)
{
	struct fixture *f = *state;
	struct http_ask ask = ask_for(f, "/");
	char body[BODY_MAX + 1];

	memset(body, 'x', sizeof(body));
	ask.method = "POST";
	ask.body = slice_of(body, BODY_MAX);
	expect(f, &ask, 200, NULL);
	ask.body.len++;
	expect(f, &ask, 413, NULL);
}

static void
limits_what_is_answered(void **state)
{
	struct fixture *f = *state;
	struct http_ask ask = ask_for(f, "/abc");
	struct http_reply reply = {0};
	struct err err = {0};

	ask.answer_max = strlen("GET /abc ");
	expect(f, &ask, 200, "GET /abc ");
	ask.answer_max--;
	assert_int_equal(http_client_ask(f->client, &ask, &reply, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	http_reply_release(&reply);
}

static void
does_not_wait_for_ever(void **state)
{
	struct fixture *f = *state;
	struct http_ask ask = ask_for(f, "/slow");
	struct http_reply reply = {0};
	struct err err = {0};

	expect(f, &ask, 200, NULL);
	ask.timeout_ms = 50;
	assert_int_equal(http_client_ask(f->client, &ask, &reply, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	http_reply_release(&reply);
}

/* All that the server sends to one request, then an end. */
static size_t
read_raw(const struct fixture *f, const char *path, char *out, size_t size)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	const char *colon = strchr(f->address, ':');
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char ask[200];
	size_t len = 0;
	ssize_t n;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	snprintf(ask, sizeof(ask),
	    "GET %s HTTP/1.1\r\nHost: x\r\nX-Asked: why\r\n"
	    "Connection: close\r\n\r\n",
	    path);
	assert_int_equal(write(fd, ask, strlen(ask)), strlen(ask));
	while ((n = read(fd, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fd);
	return len;
}

static void
gives_headers_and_query(void **state)
{
	char text[2000];

	read_raw(*state, "/headers?a=b&c=%20?", text, sizeof(text));
	assert_non_null(strstr(text, "\r\nX-Told: some\r\n"));
	assert_non_null(strstr(text, "\r\nX-More: more\r\n"));
	assert_non_null(strstr(text, "\r\n\r\na=b&c=%20? why"));
	read_raw(*state, "/headers?", text, sizeof(text));
	assert_non_null(strstr(text, "\r\n\r\n why"));
}

static void
answers_late_and_slowly(void **state)
{
	static const char *const paths[] = {"/late", "/slowly"};
	struct timespec from, to;
	char text[2000];

	for (size_t i = 0; i < 2; i++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		read_raw(*state, paths[i], text, sizeof(text));
		clock_gettime(CLOCK_MONOTONIC, &to);
		assert_non_null(strstr(text, "\r\n\r\n0123456789abcdefghij"));
		assert_true((to.tv_sec - from.tv_sec) * 1000 +
		                (to.tv_nsec - from.tv_nsec) / 1000000 >=
		            290);
	}
}

static void
cuts_answers(void **state)
{
	struct http_ask ask = ask_for(*state, "/cut-body");
	struct http_reply reply = {0};
	struct fixture *f = *state;
	char text[2000];

	assert_int_equal(read_raw(f, "/cut-head", text, sizeof(text)), 12);
	assert_string_equal(text, "HTTP/1.1 200");
	read_raw(f, "/cut-body", text, sizeof(text));
	assert_non_null(strcasestr(text, "\r\nContent-Length: 20\r\n"));
	assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n0123456789ab");
	assert_int_equal(http_client_ask(f->client, &ask, &reply, NULL), -1);
	http_reply_release(&reply);
	ask = ask_for(f, "/as-good-as-before");
	expect(f, &ask, 200, NULL);
}

static void
lies_about_the_date(void **state)
{
	char text[2000], *date;
	struct tm tm = {0};
	time_t now = time(NULL), told;

	for (int i = 0; i < 2; i++) {
		read_raw(*state, i ? "/a" : "/past", text, sizeof(text));
		date = strcasestr(text, "\r\nDate: ");
		assert_non_null(date);
		assert_non_null(
		    strptime(date + 8, "%a, %d %b %Y %H:%M:%S GMT", &tm));
		told = timegm(&tm);
		assert_true(llabs(now - (i ? 0 : 86400) - told) < 60);
	}
}

static void
sends_huge_bodies(void **state)
{
	struct http_ask ask = ask_for(*state, "/huge");
	struct http_reply reply = {0};
	struct fixture *f = *state;

	ask.answer_max = HUGE;
	ask.timeout_ms = 120000;
	assert_int_equal(http_client_ask(f->client, &ask, &reply, NULL), 0);
	assert_int_equal(reply.body.len, HUGE);
	http_reply_release(&reply);
}

static void
reaches_only_http(void **state)
{
	static const char *const urls[] = {
	    "file:///etc/passwd",
	    "ftp://127.0.0.1/",
	    "http://127.0.0.1:1/",
	    "no url",
	    "",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct http_ask ask = ask_for(f, "/");
		struct http_reply reply = {0};

		ask.url = urls[i];
		assert_int_equal(
		    http_client_ask(f->client, &ask, &reply, NULL), -1);
		http_reply_release(&reply);
	}
}

static void
listens_where_it_can(void **state)
{
	static const struct {
		const char *listen, *reason;
	} cases[] = {
	    {"", "neither"},
	    {"127.0.0.1", "neither"},
	    {":80", "neither"},
	    {"127.0.0.1:", "neither"},
	    {"::1:80", "neither"},
	    {"[::1:80", "neither"},
	    {"[]:80", "neither"},
	    {"127.0.0.1:http", "neither"},
	    {"127.0.0.1:65536", "neither"},
	    {"192.0.2.1:80", "cannot listen"},
	    {"unix:/no/such/folder/s", "cannot make socket"},
	    {"unix:", "neither"},
	};
	struct http_server *server;
	struct http_server_options options = {0};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options.listen = cases[i].listen;
		assert_int_equal(http_server_open(&server, &options, &err), -1);
		if (!strstr(err.msg, cases[i].reason))
			fail_msg("'%s': %s", cases[i].listen, err.msg);
	}
}

static void
takes_over_a_socket_that_nobody_listens_on(void **state)
{
	char dir[] = "/tmp/firn-http-XXXXXX", listen[100];
	struct http_server *server, *second;
	struct http_server_options options = {.listen = listen};
	struct err err;
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(listen, sizeof(listen), "unix:%s/s", dir);
	assert_int_equal(http_server_open(&server, &options, NULL), 0);
	assert_string_equal(http_server_address(server), listen);
	assert_int_equal(http_server_open(&second, &options, &err), -1);
	assert_non_null(strstr(err.msg, "in use"));
	http_server_close(server);
	assert_int_equal(access(listen + 5, F_OK), -1);
	/* What is no socket stays. */
	file = fopen(listen + 5, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(http_server_open(&second, &options, &err), -1);
	assert_int_equal(access(listen + 5, F_OK), 0);
	unlink(listen + 5);
	rmdir(dir);
}

#define WITH_SERVER(test)                                                      \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SERVER(asks_and_answers),
	    WITH_SERVER(asks_while_it_asks),
	    WITH_SERVER(answers_without_a_body),
	    WITH_SERVER(has_an_answer_where_the_handler_has_none),
	    WITH_SERVER(takes_bodies_up_to_the_limit),
	    WITH_SERVER(limits_what_is_answered),
	    WITH_SERVER(does_not_wait_for_ever),
	    WITH_SERVER(gives_headers_and_query),
	    WITH_SERVER(answers_late_and_slowly),
	    WITH_SERVER(cuts_answers),
	    WITH_SERVER(lies_about_the_date),
	    WITH_SERVER(sends_huge_bodies),
	    WITH_SERVER(reaches_only_http),
	    cmocka_unit_test(listens_where_it_can),
	    cmocka_unit_test(takes_over_a_socket_that_nobody_listens_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
