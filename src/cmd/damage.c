#include <stdio.h>

#include "base/ip.h"
#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/damage_aware.h"
#include "cmd/damage_record.h"
#include "cmd/damage_report.h"
#include "cmd/options.h"
#include "incident/damage_json.h"
#include "incident/damage_text.h"
#include "pipeline_damage.h"

const char cmd_damage_help[] =
    "usage: firn damage DIR WHAT... [options]\n"
    "       firn damage aware DIR --at TIME --by NAME [--within TIME]\n"
    "\n"
    "What an intruder reached, item by item, with the certainty that the "
    "evidence\n"
    "allows; which ways back are left; and whether access has stopped.  It "
    "begins with\n"
    "what is known to be the intruder's, and works outward by stated rules:\n"
    "\n"
    "  --ip ADDRESS     an address, or a network: 203.0.113.0/24\n"
    "  --user NAME      an account that was taken, by name or id\n"
    "  --session ID     a session that was taken\n"
    "  --app ID         an app of the intruder's\n"
    "  --finding UID    a finding; the records it rests on\n"
    "\n"
    "These may be repeated and given together.\n"
    "\n"
    "  --from TIME      when the intrusion began, at the earliest\n"
    "  --to TIME        when it was over\n"
    "  --at SIZE        as the ledger was with so many records\n"
    "  --cut KIND:ID    what is not the intruder's after all; KIND is ip, "
    "session,\n"
    "                   token, device, credential, app, user or record\n"
    "  --add KIND:ID    what is, besides\n"
    "  --state TEXT     what was checked elsewhere, by whom:\n"
    "                   'hidden inbox rules: none, by NAME, evidence FILE'\n"
    "                   'log o365 complete to TIME, by NAME'\n"
    "  --report FOLDER  writes a page, JSON, CSV and the evidence into a new "
    "folder\n"
    "  --by NAME        who assesses, for the record\n"
    "  --purpose TEXT   what for\n"
    "  --format FORMAT  text (default) or json\n"
    "\n"
    "Accessed is what a record names and only the intruder can have done; "
    "possibly\n"
    "accessed is what a record covers, or what the owner may have done; "
    "undetermined\n"
    "is what no record shows.  docs/damage.md has the rules.\n"
    "\n"
    "examples:\n"
    "  firn damage /srv/ledger --ip 203.0.113.66\n"
    "  firn damage /srv/ledger --session 5f2c... --from 2026-10-01 --report "
    "case-17\n"
    "  firn damage aware /srv/ledger --at 2026-10-03T09:30 --by 'A. Weber'\n"
    "\n"
    "exit codes: 0 no access seen since, 1 access continues or that is not "
    "established,\n"
    "2 wrong usage, or no answer possible\n";

enum option_id {
	OPT_ADD = 256,
	OPT_APP,
	OPT_AT,
	OPT_BY,
	OPT_CUT,
	OPT_FINDING,
	OPT_FORMAT,
	OPT_FROM,
	OPT_IP,
	OPT_PURPOSE,
	OPT_REPORT,
	OPT_SESSION,
	OPT_STATE,
	OPT_TO,
	OPT_USER,
};

static const struct option options[] = {
    {"add", required_argument, NULL, OPT_ADD},
    {"app", required_argument, NULL, OPT_APP},
    {"at", required_argument, NULL, OPT_AT},
    {"by", required_argument, NULL, OPT_BY},
    {"cut", required_argument, NULL, OPT_CUT},
    {"finding", required_argument, NULL, OPT_FINDING},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"from", required_argument, NULL, OPT_FROM},
    {"ip", required_argument, NULL, OPT_IP},
    {"purpose", required_argument, NULL, OPT_PURPOSE},
    {"report", required_argument, NULL, OPT_REPORT},
    {"session", required_argument, NULL, OPT_SESSION},
    {"state", required_argument, NULL, OPT_STATE},
    {"to", required_argument, NULL, OPT_TO},
    {"user", required_argument, NULL, OPT_USER},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

#define GIVEN_MAX  1000
#define STATED_MAX 100

struct damage_args {
	struct damage_ask ask;
	struct damage_given given[GIVEN_MAX];
	struct damage_statement stated[STATED_MAX];
	const char *report, *by, *purpose;
	struct buf command; /* the options that say what is asked, as typed */
	struct arena arena;
	unsigned format;
	bool help;
};

/* --- options --- */

static int
set_time(const char *option, const char *value, int64_t *to, struct err *err)
{
	if (time_parse(slice_cstr(value), to))
		return 0;
	return err_set(err, ERR_USAGE, "--%s: '%s' is no time", option, value);
}

static int
give(struct damage_args *args, struct damage_given given, struct err *err)
{
	if (!given.value.len)
		return err_set(err, ERR_USAGE, "what is given cannot be empty");
	if (args->ask.given_count == GIVEN_MAX)
		return err_set(err, ERR_USAGE,
		    "more than %d things are given; networks, from and to say "
		    "more at once",
		    GIVEN_MAX);
	args->given[args->ask.given_count++] = given;
	return 0;
}

static int
give_known(struct damage_args *args, int id, const char *value, struct err *err)
{
	enum mark_kind kind = id == OPT_IP        ? MARK_IP
	                      : id == OPT_APP     ? MARK_APP
	                      : id == OPT_SESSION ? MARK_SESSION
	                                          : MARK_USER;
	struct ip_net net;

	if (kind == MARK_IP && !ip_net_parse(slice_cstr(value), &net))
		return err_set(err, ERR_USAGE,
		    "--ip: '%s' is no address or network", value);
	return give(args,
	    (struct damage_given){
	        .kind = kind, .rule = RULE_GIVEN, .value = slice_cstr(value)},
	    err);
}

static int
give_branch(
    struct damage_args *args, bool cut, const char *value, struct err *err)
{
	struct damage_given given = {.rule = RULE_ADDED, .cut = cut};

	if (!intruder_mark_parse(slice_cstr(value), &given.kind, &given.value))
		return err_set(err, ERR_USAGE,
		    "--%s: '%s' is not KIND:ID, such as ip:203.0.113.66 or "
		    "session:5f2c",
		    cut ? "cut" : "add", value);
	return give(args, given, err);
}

/* The document that is named becomes its hash. */
static int
hash_evidence(struct damage_args *args, struct damage_statement *statement,
    struct err *err)
{
	char hex[DAMAGE_HASH_ROOM];
	struct slice path = arena_copy(&args->arena, statement->evidence);

	if (!path.len)
		return 0;
	if (damage_hash_file(path.ptr, hex, err))
		return -1;
	statement->evidence = arena_copy(&args->arena, slice_cstr(hex));
	return 0;
}

static int
state(struct damage_args *args, const char *value, struct err *err)
{
	struct damage_statement *statement =
	    &args->stated[args->ask.statement_count];

	if (args->ask.statement_count == STATED_MAX)
		return err_set(err, ERR_USAGE,
		    "more than %d statements in one call", STATED_MAX);
	if (statement_parse(slice_cstr(value), statement, err) ||
	    hash_evidence(args, statement, err))
		return -1;
	args->ask.statement_count++;
	return 0;
}

static int
set_plain(int id, const char *value, struct damage_args *args, struct err *err)
{
	switch (id) {
	case OPT_FORMAT:
		return option_format(value, "text|json", &args->format, err);
	case OPT_REPORT:
		args->report = value;
		return 0;
	case OPT_BY:
		args->by = value;
		return 0;
	case OPT_PURPOSE:
		args->purpose = value;
		return 0;
	default:
		args->help = true;
		return 0;
	}
}

/* What makes another assessment of it is in the report, as it was typed. */
static void
note_option(struct damage_args *args, int id, const char *value)
{
	for (const struct option *o = options; o->name; o++)
		if (o->val == id)
			buf_printf(&args->command, "%s--%s '",
			    args->command.len ? " " : "", o->name);
	buf_str(&args->command, value);
	buf_char(&args->command, '\'');
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct damage_args *args = to;
	struct damage_ask *ask = &args->ask;

	if (id == OPTION_HELP || id == OPT_FORMAT || id == OPT_REPORT ||
	    id == OPT_BY || id == OPT_PURPOSE)
		return set_plain(id, value, args, err);
	if (id != OPT_AT)
		note_option(args, id, value);
	switch (id) {
	case OPT_FROM:
		return set_time("from", value, &ask->from_us, err);
	case OPT_TO:
		return set_time("to", value, &ask->to_us, err);
	case OPT_AT:
		if (slice_to_u64(slice_cstr(value), &ask->size) && ask->size)
			return 0;
		return err_set(err, ERR_USAGE,
		    "--at: '%s' is no number of records", value);
	case OPT_FINDING:
		ask->finding = value;
		return 0;
	case OPT_CUT:
	case OPT_ADD:
		return give_branch(args, id == OPT_CUT, value, err);
	case OPT_STATE:
		return state(args, value, err);
	default:
		return give_known(args, id, value, err);
	}
}

/* --- the command --- */

static int
print(const struct damage_args *args, const struct damage *damage,
    struct err *err)
{
	struct buf out = {0};
	int status = 0;

	if (args->format)
		damage_json(&out, damage);
	else
		damage_text(&out, damage);
	fwrite(out.ptr, 1, out.len, stdout);
	if (fflush(stdout) || ferror(stdout))
		status = err_sys(err, "cannot write");
	buf_release(&out);
	return status;
}

/* The exit code. */
static int
assess(struct damage_args *args, struct err *err)
{
	const struct damage_record record = {
	    .dir = args->ask.dir, .by = args->by, .purpose = args->purpose};
	struct damage damage;
	struct view *view = NULL;
	int code = 2;

	args->ask.command = buf_slice(&args->command);
	if (damage_assess(&args->ask, &damage, &view, err))
		goto out;
	damage_record_stated(&record, &damage);
	damage_record_assessed(&record, &damage, view);
	if (args->report) {
		const struct damage_report report = {.ledger = args->ask.dir,
		    .view = view,
		    .damage = &damage,
		    .queries = damage.queries};

		if (damage_report(args->report, &report, err))
			goto out;
		damage_record_exported(&record, &damage, args->report);
	}
	if (!print(args, &damage, err))
		code = damage.verdict.verdict == VERDICT_NONE_SEEN ? 0 : 1;
out:
	damage_release(&damage);
	view_close(view);
	return code;
}

static bool
is_anything_given(const struct damage_ask *ask)
{
	for (size_t i = 0; i < ask->given_count; i++)
		if (!ask->given[i].cut)
			return true;
	return ask->finding != NULL;
}

int
cmd_damage(int argc, char **argv)
{
	static struct damage_args args;
	struct err err = {0};
	int first, code = 2;

	if (argc > 1 && !strcmp(argv[1], "aware"))
		return damage_aware(argc - 1, argv + 1);
	args.ask.from_us = INT64_MIN;
	args.ask.to_us = INT64_MAX;
	args.ask.given = args.given;
	args.ask.statements = args.stated;
	first = options_read(argc, argv, options, set_option, &args, &err);
	if (first >= 0 && args.help) {
		fputs(cmd_damage_help, stdout);
		code = 0;
	} else if (first >= 0 && argc - first != 1) {
		err_set(&err, ERR_USAGE,
		    "damage wants a ledger's folder; 'firn damage --help' says "
		    "how");
	} else if (first >= 0 && !is_anything_given(&args.ask)) {
		err_set(&err, ERR_USAGE,
		    "what is known to be the intruder's? Say --ip, --user, "
		    "--session, --app or --finding");
	} else if (first >= 0) {
		args.ask.dir = argv[first];
		code = assess(&args, &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	buf_release(&args.command);
	arena_release(&args.arena);
	return code;
}
