#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "base/term.h"
#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "ledger/witness.h"
#include "net/http_server.h"

const char cmd_witness_help[] =
    "usage: firn witness --key FILE --logs FILE --state DIR [--listen WHERE]\n"
    "\n"
    "Cosigns the checkpoints of others' logs, if each extends the one before "
    "(C2SP\n"
    "tlog-witness).  Serves until it gets SIGTERM; a line for each request is\n"
    "written to standard error.\n"
    "\n"
    "  --key FILE      the secret key of a cosigner; 'firn keys' makes one\n"
    "  --logs FILE     the logs, by their verifier keys, one a line\n"
    "  --state DIR     where the last checkpoint of each log is kept; whoever\n"
    "                  loses it may cosign a forked log\n"
    "  --listen WHERE  HOST:PORT or unix:PATH (127.0.0.1:7380); there is no "
    "TLS:\n"
    "                  put a proxy in front for others to reach it\n"
    "\n"
    "  POST /add-checkpoint                     answers a log that asks\n"
    "  GET /<hex SHA-256 of origin>/checkpoint  the last one that was "
    "cosigned\n"
    "\n"
    "example:\n"
    "  firn witness --key w.key --logs logs --state /var/lib/firn-witness\n"
    "\n"
    "exit codes: 0 ended by a signal, 2 wrong usage, or it cannot serve\n";

#define LISTEN          "127.0.0.1:7380"
#define TIMEOUT_MS      10000
#define CONNECTIONS_MAX 500
#define LINE_COLUMNS    400

struct witness_args {
	struct witness_files files;
	const char *listen;
	bool help;
};

/* What the signal handler stops; NULL before and after. */
static struct http_server *volatile serving;

/* --- requests --- */

/* One write, so that lines of several processes do not mix. */
static void
report(const struct witness_answer *answer)
{
	struct buf line = {0};
	char room[TIME_TEXT_MAX];

	buf_slice_add(&line, time_format((int64_t)time(NULL) * 1000000, room));
	buf_printf(&line, " %d", answer->status);
	if (answer->origin.len) {
		buf_char(&line, ' ');
		term_fit(&line, answer->origin, LINE_COLUMNS);
		buf_printf(&line, " %ju to %ju", (uintmax_t)answer->old,
		    (uintmax_t)answer->size);
	}
	if (*answer->why.msg) {
		buf_str(&line, ": ");
		term_fit(&line, slice_cstr(answer->why.msg), LINE_COLUMNS);
	}
	buf_char(&line, '\n');
	fwrite(line.ptr, 1, line.len, stderr);
	buf_release(&line);
}

static void
answer_add(struct witness *witness, const struct http_request *request,
    struct http_answer *answer)
{
	struct witness_answer own = {0};

	witness_add(witness, request->body, (uint64_t)time(NULL), &own);
	report(&own);
	answer->status = own.status;
	if (own.status == WITNESS_CONFLICT)
		answer->content_type = "text/x.tlog.size";
	buf_slice_add(&answer->body, buf_slice(&own.body));
	witness_answer_release(&own);
}

static void
refuse(struct http_answer *answer, unsigned status, const char *why)
{
	answer->status = status;
	buf_str(&answer->body, why);
}

/* "/<hex>/checkpoint" */
static void
answer_last(
    struct witness *witness, struct slice path, struct http_answer *answer)
{
	struct slice rest = slice_skip(path, 1);
	struct slice hex = slice_cut(&rest, '/');

	if (slice_eq(rest, SLICE("checkpoint")) &&
	    witness_last(witness, hex, &answer->body))
		answer->status = 200;
	else
		refuse(answer, 404, "nothing here\n");
}

static void
handle(
    void *ctx, const struct http_request *request, struct http_answer *answer)
{
	bool add = slice_eq(request->path, SLICE("/add-checkpoint"));
	bool post = slice_eq(request->method, SLICE("POST"));
	bool get = slice_eq(request->method, SLICE("GET")) ||
	           slice_eq(request->method, SLICE("HEAD"));

	if (add && post)
		answer_add(ctx, request, answer);
	else if (add || !get)
		refuse(answer, 405, "POST /add-checkpoint\n");
	else
		answer_last(ctx, request->path, answer);
}

/* --- serving --- */

static void
stop(int signal)
{
	struct http_server *server = serving;

	(void)signal;
	if (server)
		http_server_stop(server);
}

static void
set_signals(void)
{
	struct sigaction end = {.sa_handler = stop};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

static int
serve(struct witness *witness, const char *listen, struct err *err)
{
	const struct http_server_options options = {
	    .listen = listen,
	    .body_max = WITNESS_REQUEST_MAX,
	    .timeout_ms = TIMEOUT_MS,
	    .connections_max = CONNECTIONS_MAX,
	    .handle = handle,
	    .ctx = witness,
	};
	struct http_server *server;
	int status;

	if (http_server_open(&server, &options, err))
		return -1;
	serving = server;
	set_signals();
	fprintf(stderr, "firn: witness '%s' of %zu logs listens on %s\n",
	    witness_key(witness)->name, witness_log_count(witness),
	    http_server_address(server));
	status = http_server_run(server, err);
	serving = NULL;
	http_server_close(server);
	return status;
}

/* --- the command --- */

enum option_id {
	OPT_KEY = 256,
	OPT_LOGS,
	OPT_STATE,
	OPT_LISTEN,
};

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"logs", required_argument, NULL, OPT_LOGS},
    {"state", required_argument, NULL, OPT_STATE},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct witness_args *args = to;

	(void)err;
	switch (id) {
	case OPT_KEY:
		args->files.key = value;
		break;
	case OPT_LOGS:
		args->files.logs = value;
		break;
	case OPT_STATE:
		args->files.dir = value;
		break;
	case OPT_LISTEN:
		args->listen = value;
		break;
	default:
		args->help = true;
	}
	return 0;
}

static int
parse(int argc, char **argv, struct witness_args *args, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0)
		return -1;
	if (first < argc)
		return err_set(err, ERR_USAGE,
		    "'%s' is too much; 'firn witness --help' says more",
		    argv[first]);
	return 0;
}

static int
run(const struct witness_args *args, struct err *err)
{
	const struct witness_files *files = &args->files;
	struct witness *witness;
	int status;

	if (!files->key || !files->logs || !files->dir)
		return err_set(err, ERR_USAGE,
		    "'witness' wants --%s; 'firn witness --help' says more",
		    !files->key    ? "key"
		    : !files->logs ? "logs"
		                   : "state");
	if (witness_open(&witness, files, err))
		return -1;
	status = serve(witness, args->listen ? args->listen : LISTEN, err);
	witness_close(witness);
	return status;
}

int
cmd_witness(int argc, char **argv)
{
	struct witness_args args = {0};
	struct err err = {0};
	int status = parse(argc, argv, &args, &err);

	if (!status && args.help)
		fputs(cmd_witness_help, stdout);
	else if (!status)
		status = run(&args, &err);
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status ? 2 : 0;
}
