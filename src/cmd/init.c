#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/place.h"
#include "ledger/ledger.h"

const char cmd_init_help[] =
    "usage: firn init DIR --origin NAME [--key FILE]\n"
    "\n"
    "Makes an empty ledger: a folder whose records nobody can change, insert "
    "or\n"
    "take out unnoticed.  Prints the verifier key, by which others check it: "
    "give\n"
    "it to them now, and keep a copy of the secret key where the ledger is "
    "not.\n"
    "\n"
    "  --origin NAME  the log's name, for good, such as\n"
    "                 firn.example.com/contoso-eu; no blanks and no '+'\n"
    "  --key FILE     the secret key; made if it is not there (default:\n"
    "                 $XDG_CONFIG_HOME/firn/<origin>.key)\n"
    "\n"
    "examples:\n"
    "  firn init /srv/ledger --origin firn.example.com/contoso-eu\n"
    "  firn import /srv/ledger exports/\n"
    "\n"
    "exit codes: 0 done, 2 wrong usage, or it could not be made\n";

enum option_id { OPT_ORIGIN = 256, OPT_KEY };

static const struct option options[] = {
    {"origin", required_argument, NULL, OPT_ORIGIN},
    {"key", required_argument, NULL, OPT_KEY},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct init_args {
	const char *dir, *origin, *key;
	bool help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct init_args *args = to;

	(void)err;
	if (id == OPT_ORIGIN)
		args->origin = value;
	else if (id == OPT_KEY)
		args->key = value;
	else
		args->help = true;
	return 0;
}

static int
parse(int argc, char **argv, struct init_args *args, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0 || args->help)
		return first < 0 ? -1 : 0;
	if (argc - first != 1)
		return err_set(err, ERR_USAGE,
		    "init wants one folder; 'firn init --help' says how");
	args->dir = argv[first];
	if (!args->origin)
		return err_set(
		    err, ERR_USAGE, "init wants --origin: the log's name");
	if (!key_name_ok(slice_cstr(args->origin)))
		return err_set(err, ERR_USAGE,
		    "--origin: '%s' is no name of a log: 1 to %d bytes of "
		    "UTF-8, no blanks, no '+'",
		    args->origin, KEY_NAME_MAX);
	return 0;
}

static int
show(const char *path, const char *dir, struct err *err)
{
	struct signer *signer = signer_open(path, err);
	struct buf out = {0};

	if (!signer)
		return -1;
	buf_printf(&out, "ledger        %s\nsecret key    %s\nverifier key  ",
	    dir, path);
	key_print(&out, signer_key(signer));
	buf_char(&out, '\n');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
	signer_free(signer);
	return fflush(stdout) ? err_sys(err, "cannot write") : 0;
}

int
cmd_init(int argc, char **argv)
{
	struct init_args args = {0};
	struct ledger_options ledger = {0};
	struct err err = {0};
	char *key = NULL, *state = NULL;
	int status = 2;

	if (parse(argc, argv, &args, &err))
		goto out;
	if (args.help) {
		fputs(cmd_init_help, stdout);
		return 0;
	}
	if (!args.key && !(key = place_key(slice_cstr(args.origin), &err)))
		goto out;
	ledger.key = args.key ? args.key : key;
	ledger.state = state = place_state(&err);
	if (!state || place_new_key(ledger.key, args.origin, &err) ||
	    ledger_create(args.dir, &ledger, &err) ||
	    show(ledger.key, args.dir, &err))
		goto out;
	status = 0;
out:
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	free(key);
	free(state);
	return status;
}
