#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/run_config.h"

const char cmd_check_config_help[] =
    "usage: firn check-config FILE\n"
    "       firn check-config --keys\n"
    "\n"
    "Checks a configuration of 'firn run' without running anything: every key, "
    "its\n"
    "type and bounds, and that secrets can be read.  What is wrong is said "
    "with "
    "its\n"
    "place, FILE:LINE.\n"
    "\n"
    "  --keys  lists all keys that there are, with their defaults\n"
    "\n"
    "examples:\n"
    "  firn check-config /etc/firn/firn.yaml\n"
    "  firn check-config --keys | less\n"
    "\n"
    "exit codes: 0 it is good, 1 it is not, 2 wrong usage\n";

static const struct option options[] = {
    {"keys", no_argument, NULL, 256},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct check_args {
	bool keys, help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct check_args *args = to;

	(void)value;
	(void)err;
	if (id == OPTION_HELP)
		args->help = true;
	else
		args->keys = true;
	return 0;
}

/* Opens what can be opened without a network, and closes it again. */
static int
check_sources(const struct run_config *config, struct err *err)
{
	struct hub *hub = hub_new(1);
	int status = 0;

	for (size_t i = 0; i < config->source_count && !status; i++) {
		const struct run_source *configured = &config->sources[i];
		const struct source_place place = {
		    .hub = hub, .name = configured->name};
		struct source *source = NULL;

		status = configured->kind->open(
		    &source, &place, configured->config, err);
		if (status)
			err_context(err, "source '%s'", configured->name);
		configured->kind->close(source);
	}
	hub_free(hub);
	return status;
}

static int
check(const char *path)
{
	struct run_config config;
	struct err err = {0};
	int status = run_config_read(&config, path, &err);

	if (!status)
		status = check_sources(&config, &err);
	if (status)
		fprintf(stderr, "firn: %s\n", err.msg);
	else
		printf("%s: good: %zu source%s into the ledger '%s'\n", path,
		    config.source_count, config.source_count == 1 ? "" : "s",
		    config.ledger);
	run_config_release(&config);
	return status ? 1 : 0;
}

static void
list_keys(void)
{
	struct buf text = {0};

	run_config_describe(&text);
	fwrite(text.ptr, 1, text.len, stdout);
	buf_release(&text);
}

int
cmd_check_config(int argc, char **argv)
{
	struct check_args args = {0};
	struct err err = {0};
	int first = options_read(argc, argv, options, set_option, &args, &err);

	if (first >= 0 && args.help) {
		fputs(cmd_check_config_help, stdout);
		return 0;
	}
	if (first >= 0 && args.keys && first == argc) {
		list_keys();
		return 0;
	}
	if (first >= 0 && first == argc - 1 && !args.keys)
		return check(argv[first]);
	if (!err.code)
		err_set(&err, ERR_USAGE,
		    "check-config wants one file; 'firn check-config --help' "
		    "says how");
	fprintf(stderr, "firn: %s\n", err.msg);
	return 2;
}
