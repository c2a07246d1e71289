#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/harden.h"
#include "cmd/check_m365.h"
#include "cmd/cmd.h"
#include "cmd/damage_helper.h"
#include "cmd/options.h"
#include "cmd/run_keep.h"
#include "cmd/run_service.h"
#include "finding/mail_helper.h"

const char cmd_run_help[] =
    "usage: firn run -c FILE\n"
    "\n"
    "Collects what the sources of the configuration give out into the ledger, "
    "as\n"
    "soon as they do, judges it by rules, and tells what it finds.  Runs until "
    "it\n"
    "gets SIGTERM or SIGINT: then everything taken is durable.  SIGHUP reads "
    "the\n"
    "rules again.  It may be killed at any moment: nothing is lost, nothing is "
    "twice.\n"
    "\n"
    "  -c, --config FILE  the configuration; 'firn check-config' checks one\n"
    "\n"
    "examples:\n"
    "  firn run -c /etc/firn/firn.yaml\n"
    "  firn status -c /etc/firn/firn.yaml\n"
    "\n"
    "exit codes: 0 stopped as asked, 2 wrong usage or cannot begin\n";

/* Between two tries when the ledger does not take what it should. */
#define AGAIN_S        5

#define SEAL_AGAIN_MS  5000  /* when it has ended */
#define CHECK_FIRST_MS 60000 /* when all is under way */

static struct service_signals signals;

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct run_args {
	const char *config;
	bool help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct run_args *args = to;

	(void)err;
	if (id == 'c')
		args->config = value;
	else
		args->help = true;
	return 0;
}

static void
on_signal(int signal)
{
	if (signal == SIGHUP)
		atomic_store(&signals.reload, true);
	else
		atomic_store(&signals.stop, true);
}

static void
set_signals(void)
{
	const struct sigaction action = {.sa_handler = on_signal};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

/* sd_notify(3): tells systemd how far we are, if it started us. */
static void
notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = path ? strlen(path) : 0;
	int fd;

	if (!n || n >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, n);
	if (*path == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (const struct sockaddr *)(const void *)&to,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

/* At once: to close what failed may take a while. */
static void
say_again(const struct err *err)
{
	fprintf(stderr, "firn: %s; trying again in %d s\n", err->msg, AGAIN_S);
}

/* Once, until it is to stop or fails. */
static int
run_once(const struct service_options *how, bool *began, struct err *err)
{
	struct service *service = NULL;
	int status = service_open(&service, how, err);

	if (status) {
		if (*began)
			say_again(err);
		return -1;
	}
	*began = true;
	notify("READY=1");
	status = service_run(service, err);
	if (status)
		say_again(err);
	service_close(service);
	return status;
}

/* Mail is sent by a process that is started before there are threads. */
static int
start_mail(
    const struct run_config *config, struct mail_helper **out, struct err *err)
{
	struct config_texts *commands =
	    xcalloc(config->output_count + 1, sizeof(*commands));
	size_t count = 0;
	int status = 0;

	for (size_t i = 0; i < config->output_count; i++) {
		const struct config_texts *command =
		    output_mail_command(&config->outputs[i].output);

		if (command)
			commands[count++] = *command;
	}
	if (count)
		status = mail_helper_start(out, commands, count, err);
	free(commands);
	return status;
}

/* Until it is to stop; again where the ledger does not take what it should. */
static int
serve(const struct service_options *how, struct err *err)
{
	const struct timespec again = {.tv_sec = AGAIN_S};
	bool began = false;

	while (!atomic_load(&signals.stop)) {
		if (!run_once(how, &began, err))
			return 0;
		if (!began)
			return -1;
		nanosleep(&again, NULL);
	}
	return 0;
}

static int
start_seal(
    const struct run_config *config, struct run_keep **out, struct err *err)
{
	if (!config->seal)
		return 0;
	return run_keep_start(out,
	    &(struct run_keep_how){
	        .args = {"ledger", "seal", config->ledger, "--follow"},
	        .again_ms = SEAL_AGAIN_MS},
	    err);
}

/* What the tenants lack is looked for again and again. */
static int
start_check(
    const struct run_config *config, struct run_keep **out, struct err *err)
{
	int64_t ms = config->check_us / 1000;
	bool asked = false;

	for (size_t i = 0; i < config->source_count; i++)
		asked |= check_m365_knows(&config->sources[i]);
	if (!asked || !ms)
		return 0;
	return run_keep_start(out,
	    &(struct run_keep_how){
	        .args = {"check", "m365", "-c", config->file.path},
	        .first_ms = ms < CHECK_FIRST_MS ? (int)ms : CHECK_FIRST_MS,
	        .again_ms = (int)ms},
	    err);
}

/*
 * First the processes that may start others, while there is one thread; then
 * this one gives up the right to.
 */
static int
run(const struct run_config *config, struct err *err)
{
	struct service_options how = {.config = config, .signals = &signals};
	struct run_keep *seal = NULL, *check = NULL;
	int status = start_mail(config, &how.mail, err);

	if (!status)
		status = start_seal(config, &seal, err);
	if (!status)
		status = start_check(config, &check, err);
	if (!status)
		status = damage_helper_start(
		    &how.damage, config->ledger, config->assess_us, err);
	if (!status)
		status = harden(err);
	if (!status)
		status = serve(&how, err);
	notify("STOPPING=1");
	damage_helper_close(how.damage);
	run_keep_stop(check);
	run_keep_stop(seal);
	mail_helper_close(how.mail);
	return status;
}

int
cmd_run(int argc, char **argv)
{
	struct run_args args = {0};
	struct run_config config = {0};
	struct err err = {0};
	int status = 2;
	int first = options_read(argc, argv, options, set_option, &args, &err);

	if (first >= 0 && args.help) {
		fputs(cmd_run_help, stdout);
		return 0;
	}
	if (first >= 0 && (first < argc || !args.config))
		err_set(&err, ERR_USAGE,
		    "run wants -c and a configuration; 'firn run --help' says "
		    "how");
	if (err.code)
		goto out;
	set_signals();
	if (!run_config_read(&config, args.config, &err) &&
	    !run(&config, &err)) {
		status = 0;
		err.code = ERR_NONE;
	}
out:
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	run_config_release(&config);
	return status;
}
