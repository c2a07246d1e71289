#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/damage_args.h"
#include "cmd/damage_aware.h"
#include "cmd/damage_close.h"
#include "cmd/damage_record.h"
#include "cmd/damage_report.h"
#include "incident/damage_json.h"
#include "incident/damage_text.h"
#include "pipeline_damage.h"

const char cmd_damage_help[] =
    "usage: firn damage DIR WHAT... [options]\n"
    "       firn damage aware DIR --at TIME --by NAME [--within TIME]\n"
    "       firn damage close DIR --case N --by NAME [--why TEXT]\n"
    "\n"
    "What an intruder reached, item by item, with the certainty that the "
    "evidence\n"
    "allows; which ways back are left; and whether access has stopped.  It "
    "begins\n"
    "with what is known to be the intruder's, and works outward by stated "
    "rules:\n"
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
    "A 'firn run' on that ledger follows each assessment that is recorded: it "
    "tells\n"
    "when the verdict changes, until somebody closes it.  'firn status' has "
    "the\n"
    "numbers.\n"
    "\n"
    "examples:\n"
    "  firn damage /srv/ledger --ip 203.0.113.66\n"
    "  firn damage /srv/ledger --session 5f2c... --from 2026-10-01 --report "
    "case-17\n"
    "  firn damage aware /srv/ledger --at 2026-10-03T09:30 --by 'A. Weber'\n"
    "\n"
    "exit codes: 0 no access seen since, 1 access continues or that is not\n"
    "established, 2 wrong usage, or no answer possible\n";

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
	const struct damage_record record = {.dir = args->ask.dir,
	    .by = args->by,
	    .purpose = args->purpose,
	    .back_to = args->ask.size};
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

int
cmd_damage(int argc, char **argv)
{
	static struct damage_args args;
	struct err err = {0};
	int first, code = 2;

	if (argc > 1 && !strcmp(argv[1], "aware"))
		return damage_aware(argc - 1, argv + 1);
	if (argc > 1 && !strcmp(argv[1], "close"))
		return damage_close(argc - 1, argv + 1);
	first = damage_args_read(&args, argc, argv, &err);
	if (first >= 0 && args.help) {
		fputs(cmd_damage_help, stdout);
		code = 0;
	} else if (first >= 0 && argc - first != 1) {
		err_set(&err, ERR_USAGE,
		    "damage wants a ledger's folder; 'firn damage --help' says "
		    "how");
	} else if (first >= 0 && !damage_args_given(&args)) {
		err_set(&err, ERR_USAGE,
		    "what is known to be the intruder's? Say --ip, --user, "
		    "--session, --app or --finding");
	} else if (first >= 0) {
		args.ask.dir = argv[first];
		code = assess(&args, &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	damage_args_release(&args);
	return code;
}
