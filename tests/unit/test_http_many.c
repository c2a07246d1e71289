/* The HTTP client with several requests at once, and what it is told to end. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/http_client.h"
#include "net/http_server.h"

#define MANY   24
#define LATE   100 /* milliseconds */
#define LENGTH 3000

static struct http_server *served;

static void
handle(
    void *ctx, const struct http_request *request, struct http_answer *answer)
{
	struct slice asked = http_request_header(request, "x-asked");

	(void)ctx;
	answer->status = 200;
	answer->content_type = "text/plain";
	http_answer_header(answer, "X-Told", "one");
	http_answer_header(answer, "x-told", "two");
	if (slice_eq(request->path, SLICE("/late")))
		answer->delay_ms = LATE;
	if (slice_eq(request->path, SLICE("/very-late")))
		answer->delay_ms = 60000;
	if (slice_eq(request->path, SLICE("/cut"))) {
		answer->cut = HTTP_CUT_BODY;
		answer->cut_at = 5;
	}
	if (slice_eq(request->path, SLICE("/long"))) {
		memset(buf_reserve(&answer->body, LENGTH), 'x', LENGTH);
		answer->body.len = LENGTH;
	}
	buf_printf(&answer->body, SLICE_FMT " " SLICE_FMT,
	    SLICE_ARG(request->query), SLICE_ARG(asked));
}

static void
end_server(int signal)
{
	(void)signal;
	http_server_stop(served);
}

/* A process of its own, for h2o keeps memory by thread. */
static pid_t
serve(char *address, size_t size)
{
	const struct http_server_options options = {.listen = "127.0.0.1:0",
	    .body_max = 1000,
	    .timeout_ms = 10000,
	    .connections_max = 20,
	    .handle = handle};
	const struct sigaction action = {.sa_handler = end_server};
	int pipes[2], status;
	pid_t child;

	assert_int_equal(pipe(pipes), 0);
	child = fork();
	if (!child) {
		if (http_server_open(&served, &options, NULL))
			_exit(1);
		sigaction(SIGTERM, &action, NULL);
		signal(SIGPIPE, SIG_IGN);
		if (write(pipes[1], http_server_address(served),
		        strlen(http_server_address(served))) < 0)
			_exit(1);
		status = http_server_run(served, NULL);
		http_server_close(served);
		_exit(status ? 1 : 0);
	}
	assert_true(read(pipes[0], address, size - 1) > 0);
	close(pipes[0]);
	close(pipes[1]);
	return child;
}

static struct {
	pid_t child;
	char address[100];
} server;

static int
set_up(void **state)
{
	(void)state;
	server.child = serve(server.address, sizeof(server.address));
	return 0;
}

static int
tear_down(void **state)
{
	int status;

	(void)state;
	kill(server.child, SIGTERM);
	waitpid(server.child, &status, 0);
	return status;
}

/* --- requests --- */

struct wish {
	const char *path;
	char url[200], header[64];
	const char *headers[2];
	int done;
	enum err_code code;
	struct buf body;
};

struct scene {
	struct wish wishes[MANY];
	size_t count;
	size_t under_way, most; /* at once */
	atomic_bool stop;
	size_t stop_after; /* so many ends; 0: never */
	size_t ends;
};

static bool
next(void *ctx, size_t i, struct http_ask *ask)
{
	struct scene *scene = ctx;
	struct wish *wish = &scene->wishes[i];

	if (i >= scene->count)
		return false;
	snprintf(wish->url, sizeof(wish->url), "http://%s%s?n=%zu",
	    server.address, wish->path, i);
	snprintf(wish->header, sizeof(wish->header), "X-Asked: why %zu", i);
	wish->headers[0] = "X-Other: other";
	wish->headers[1] = wish->header;
	*ask = (struct http_ask){.method = "GET",
	    .url = wish->url,
	    .headers = wish->headers,
	    .header_count = 2,
	    .timeout_ms = 20000,
	    .answer_max = 1000};
	if (++scene->under_way > scene->most)
		scene->most = scene->under_way;
	return true;
}

static void
done(void *ctx, size_t i, struct http_reply *reply, const struct err *err)
{
	struct scene *scene = ctx;
	struct wish *wish = &scene->wishes[i];

	assert_true(i < scene->count);
	assert_int_equal(wish->done++, 0);
	wish->code = err->code;
	wish->body = reply->body;
	reply->body = (struct buf){0};
	scene->under_way--;
	if (++scene->ends == scene->stop_after)
		atomic_store(&scene->stop, true);
}

static void
ask_many(struct scene *scene, unsigned parallel)
{
	const struct http_options options = {.stop = &scene->stop};
	struct http_client *client = http_client_new(&options);
	const struct http_many many = {
	    .parallel = parallel, .next = next, .done = done, .ctx = scene};

	http_client_ask_many(client, &many);
	assert_int_equal(scene->under_way, 0);
	http_client_free(client);
}

static void
release(struct scene *scene)
{
	for (size_t i = 0; i < MANY; i++)
		buf_release(&scene->wishes[i].body);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
test_several_at_once(void **state)
{
	struct scene scene = {.count = MANY};
	int64_t since = now_ms();

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		scene.wishes[i].path = "/late";
	ask_many(&scene, 8);
	assert_int_equal(scene.most, 8);
	assert_true(now_ms() - since >= (int64_t)MANY / 8 * LATE - 10);
	assert_true(now_ms() - since < (int64_t)MANY * LATE);
	for (size_t i = 0; i < MANY; i++) {
		char want[64];

		snprintf(want, sizeof(want), "n=%zu why %zu", i, i);
		assert_int_equal(scene.wishes[i].done, 1);
		assert_int_equal(scene.wishes[i].code, ERR_NONE);
		assert_true(slice_eq(
		    buf_slice(&scene.wishes[i].body), slice_cstr(want)));
	}
	release(&scene);
}

/* What is wrong with one is nothing to the others. */
static void
test_each_for_itself(void **state)
{
	static const struct {
		const char *path;
		enum err_code code;
	} kinds[] = {{"/well", ERR_NONE}, {"/long", ERR_LIMIT},
	    {"/cut", ERR_SYSTEM}, {"/late", ERR_NONE}};
	struct scene scene = {.count = MANY};

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		scene.wishes[i].path = kinds[i % 4].path;
	ask_many(&scene, 5);
	for (size_t i = 0; i < MANY; i++) {
		assert_int_equal(scene.wishes[i].done, 1);
		assert_int_equal(scene.wishes[i].code, kinds[i % 4].code);
	}
	release(&scene);
}

static void
test_none(void **state)
{
	struct scene scene = {0};

	(void)state;
	ask_many(&scene, 4);
	assert_int_equal(scene.ends, 0);
}

/* Those under way are ended, at once; others are not begun. */
static void
test_stop(void **state)
{
	struct scene scene = {.count = MANY, .stop_after = 3};
	int64_t since = now_ms();

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		scene.wishes[i].path = i < 3 ? "/well" : "/very-late";
	ask_many(&scene, 4);
	assert_true(now_ms() - since < 10000);
	assert_in_range(scene.ends, 3, 7);
	for (size_t i = 0; i < scene.ends; i++)
		assert_int_equal(
		    scene.wishes[i].code, i < 3 ? ERR_NONE : ERR_SYSTEM);
	release(&scene);
	/* Nothing begins any more. */
	scene = (struct scene){.count = 1};
	scene.wishes[0].path = "/well";
	atomic_init(&scene.stop, true);
	ask_many(&scene, 4);
	assert_int_equal(scene.ends, 0);
}

static void
test_headers_of_answers(void **state)
{
	struct http_client *client = http_client_new(NULL);
	struct http_reply reply = {0};
	struct http_ask ask = {
	    .method = "GET", .timeout_ms = 20000, .answer_max = 1000};
	char url[200];

	(void)state;
	snprintf(url, sizeof(url), "http://%s/well", server.address);
	ask.url = url;
	assert_int_equal(http_client_ask(client, &ask, &reply, NULL), 0);
	assert_true(
	    slice_eq(http_reply_header(&reply, "X-TOLD"), SLICE("one")));
	assert_true(slice_eq(
	    http_reply_header(&reply, "content-type"), SLICE("text/plain")));
	assert_non_null(http_reply_header(&reply, "Date").ptr);
	assert_null(http_reply_header(&reply, "X-Tol").ptr);
	http_reply_release(&reply);
	http_client_free(client);
}

static void
test_escape(void **state)
{
	struct buf out = {0};

	(void)state;
	http_escape(&out, SLICE("aZ09-._~ /?&=%+\xc3\xa9"));
	http_escape(&out, slice_of("\0\n", 2));
	assert_true(slice_eq(buf_slice(&out),
	    SLICE("aZ09-._~%20%2F%3F%26%3D%25%2B%C3%A9%00%0A")));
	buf_release(&out);
}

#define WITH_SERVER(test)                                                      \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WITH_SERVER(test_several_at_once),
	    WITH_SERVER(test_each_for_itself),
	    WITH_SERVER(test_none),
	    WITH_SERVER(test_stop),
	    WITH_SERVER(test_headers_of_answers),
	    cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
