#include "cmd/ledger_recover.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/place.h"
#include "ledger/head.h"
#include "ledger/ledger_change.h"

struct recover_args {
	const char *dir, *origin, *new, *key, *reason;
	bool help;
};

/* --- whose keys --- */

/* The key in that file signs for the ledger. */
static bool
signs(const char *dir, const char *path)
{
	struct signer *signer = signer_open(path, NULL);
	struct head head = {0};
	bool same = signer && !head_load(&head, dir, NULL) &&
	            key_same(signer_key(signer), head_signer(&head));

	head_release(&head);
	signer_free(signer);
	return same;
}

/* The old key where it is by default; NULL, and no failure, if it is not. */
static int
find_old_key(const char *dir, char **path, struct err *err)
{
	char *origin = place_origin(dir, err);

	*path = origin ? place_key(slice_cstr(origin), err) : NULL;
	free(origin);
	if (!*path)
		return -1;
	if (!signs(dir, *path)) {
		free(*path);
		*path = NULL;
	}
	return 0;
}

static void
user_name(char *name, size_t size)
{
	const struct passwd *user = getpwuid(geteuid());

	if (user && change_text_ok(slice_cstr(user->pw_name)))
		snprintf(name, size, "%s", user->pw_name);
	else
		snprintf(name, size, "user %u", geteuid());
}

/* --- doing it --- */

static void
show(const char *dir, const char *path, const struct ledger_renamed *done)
{
	struct buf out = {0};

	buf_printf(&out, "ledger        %s\nwas           %s, of which ", dir,
	    done->old.name);
	if (done->lost_end > done->index)
		buf_printf(&out, "the records %ju to %ju are lost",
		    (uintmax_t)done->index, (uintmax_t)done->lost_end - 1);
	else
		buf_str(&out, "some records are others now");
	buf_printf(&out, "\nsecret key    %s\nverifier key  ", path);
	key_print(&out, &done->new);
	buf_printf(&out, "\nsigns since   record %ju, which says so%s; %s\n",
	    (uintmax_t)done->index, done->before ? " already" : "",
	    done->by_old ? "the old key has signed it, too"
	                 : "the old key was not at hand, so who knows only "
	                   "that one cannot follow");
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
}

static int
run(const struct recover_args *args, struct err *err)
{
	char who[CHANGE_TEXT_MAX + 1];
	char *old = NULL, *new = NULL, *state = NULL;
	struct ledger_rename how = {.reason = slice_cstr(args->reason)};
	struct ledger_renamed done;
	int status = -1;

	if (!args->key && find_old_key(args->dir, &old, err))
		goto out;
	if (!args->new && !(new = place_key(slice_cstr(args->origin), err)))
		goto out;
	user_name(who, sizeof(who));
	how.who = slice_cstr(who);
	how.old_key = args->key ? args->key : old;
	how.new_key = args->new ? args->new : new;
	how.state = state = place_state(err);
	if (!state || place_new_key(how.new_key, args->origin, err) ||
	    ledger_rename(args->dir, &how, &done, err))
		goto out;
	place_tell_cut(done.found.cut_bytes);
	show(args->dir, how.new_key, &done);
	status = fflush(stdout) ? err_sys(err, "cannot write") : 0;
out:
	free(old);
	free(new);
	free(state);
	return status;
}

/* --- the command --- */

enum option_id { OPT_ORIGIN = 256, OPT_NEW, OPT_KEY, OPT_REASON };

static const struct option options[] = {
    {"new-origin", required_argument, NULL, OPT_ORIGIN},
    {"new", required_argument, NULL, OPT_NEW},
    {"key", required_argument, NULL, OPT_KEY},
    {"reason", required_argument, NULL, OPT_REASON},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct recover_args *args = to;

	(void)err;
	switch (id) {
	case OPT_ORIGIN:
		args->origin = value;
		break;
	case OPT_NEW:
		args->new = value;
		break;
	case OPT_KEY:
		args->key = value;
		break;
	case OPT_REASON:
		args->reason = value;
		break;
	default:
		args->help = true;
	}
	return 0;
}

static int
parse(int argc, char **argv, struct recover_args *args, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0 || args->help)
		return first < 0 ? -1 : 0;
	if (argc - first != 1)
		return err_set(err, ERR_USAGE,
		    "'ledger recover' wants one ledger; 'firn ledger --help' "
		    "says more");
	args->dir = argv[first];
	if (!args->origin || !args->reason)
		return err_set(err, ERR_USAGE,
		    "'ledger recover' wants %s; 'firn ledger --help' says more",
		    args->origin ? "--reason: why records are lost"
		                 : "--new-origin: another name");
	if (!key_name_ok(slice_cstr(args->origin)))
		return err_set(err, ERR_USAGE,
		    "--new-origin: '%s' is no name of a log", args->origin);
	if (!change_text_ok(slice_cstr(args->reason)))
		return err_set(err, ERR_USAGE,
		    "--reason: not one line of 1 to %d bytes", CHANGE_TEXT_MAX);
	return 0;
}

int
cmd_ledger_recover(int argc, char **argv)
{
	struct recover_args args = {0};
	struct err err = {0};
	int status = parse(argc, argv, &args, &err);

	if (!status && args.help)
		fputs(cmd_ledger_help, stdout);
	else if (!status)
		status = run(&args, &err);
	if (status)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status ? 2 : 0;
}
