/* When tokens are renewed, against an endpoint whose tokens live shortly. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/http_client.h"
#include "net/http_server.h"
#include "source/entra.h"

#define LIFE_MS 3000

struct fixture {
	pid_t child;
	struct http_client *client;
	struct entra *entra;
	struct entra_config config;
	char login[100];
};

/* The tokens are 1, 2, ... */
static void
handle(
    void *ctx, const struct http_request *request, struct http_answer *answer)
{
	static int count;

	(void)ctx;
	(void)request;
	answer->status = 200;
	buf_printf(&answer->body, "{\"access_token\":\"%d\",\"expires_in\":%d}",
	    ++count, LIFE_MS / 1000);
}

static void
serve(int out)
{
	const struct http_server_options options = {.listen = "127.0.0.1:0",
	    .body_max = 10000,
	    .timeout_ms = 10000,
	    .connections_max = 10,
	    .handle = handle};
	struct http_server *server;
	const char *address;

	if (http_server_open(&server, &options, NULL))
		_exit(1);
	address = http_server_address(server);
	if (write(out, address, strlen(address)) < 0)
		_exit(1);
	(void)http_server_run(server, NULL);
	_exit(1);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char address[80] = "";
	int pipes[2];

	assert_non_null(f);
	assert_int_equal(pipe(pipes), 0);
	f->child = fork();
	if (!f->child)
		serve(pipes[1]);
	assert_true(read(pipes[0], address, sizeof(address) - 1) > 0);
	close(pipes[0]);
	close(pipes[1]);
	snprintf(f->login, sizeof(f->login), "http://%s", address);
	setenv("FIRN_TEST_SECRET", "secret", 1);
	f->config = (struct entra_config){
	    .tenant = "11111111-1111-4111-8111-111111111111",
	    .client = "22222222-2222-4222-8222-222222222222",
	    .secret = {.env = "FIRN_TEST_SECRET"},
	    .login = f->login};
	assert_int_equal(
	    entra_open(&f->entra, &f->config, "http://api.example", NULL), 0);
	f->client = http_client_new(NULL);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	entra_close(f->entra);
	http_client_free(f->client);
	kill(f->child, SIGKILL);
	waitpid(f->child, NULL, 0);
	free(f);
	return 0;
}

static void
check(struct fixture *f, int expected)
{
	char text[60];
	const char *token = entra_token(f->entra, f->client, NULL);

	snprintf(text, sizeof(text), "Authorization: Bearer %d", expected);
	assert_non_null(token);
	assert_string_equal(token, text);
}

static void
sleep_life(int hundredths)
{
	usleep((useconds_t)(LIFE_MS * 10 * hundredths));
}

/* Before it ends, and with time to spare. */
static void
test_renews_early(void **state)
{
	struct fixture *f = *state;

	check(f, 1);
	sleep_life(40);
	check(f, 1);
	sleep_life(45);
	check(f, 2);
}

/* One that may have ended on its way is no reason to wait. */
static void
test_refused_old(void **state)
{
	struct fixture *f = *state;

	for (int i = 1; i < 4; i++) {
		check(f, i);
		sleep_life(65);
		entra_refused(f->entra);
	}
	check(f, 4);
	/* Of a new one, it is: another one will hardly help. */
	entra_refused(f->entra);
	check(f, 4);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    CASE(test_renews_early),
	    CASE(test_refused_old),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
