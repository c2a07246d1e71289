/*
 * The HTTP client and server, with each other; what strange clients do is in
 * tests/e2e/test_witness.py.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/http_client.h"
#include "net/http_server.h"

#define BODY_MAX 1000

struct fixture {
	pid_t child;
	struct http_client *client;
	char address[100], url[200];
};

static void
handle(
    void *ctx, const struct http_request *request, struct http_answer *answer)
{
	(void)ctx;
	answer->status = 200;
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
	f->client = http_client_new();
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
	    WITH_SERVER(answers_without_a_body),
	    WITH_SERVER(has_an_answer_where_the_handler_has_none),
	    WITH_SERVER(takes_bodies_up_to_the_limit),
	    WITH_SERVER(limits_what_is_answered),
	    WITH_SERVER(does_not_wait_for_ever),
	    WITH_SERVER(reaches_only_http),
	    cmocka_unit_test(listens_where_it_can),
	    cmocka_unit_test(takes_over_a_socket_that_nobody_listens_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
