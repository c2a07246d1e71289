#include "cmd/ledger.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/ledger_cosign.h"
#include "cmd/ledger_recover.h"
#include "cmd/options.h"

const char cmd_ledger_help[] =
    "usage: firn ledger publish DIR OUT [--bundles]\n"
    "       firn ledger seal DIR\n"
    "       firn ledger stat DIR [--format FORMAT]\n"
    "       firn ledger cosign DIR [--policy FILE [--keep]]\n"
    "       firn ledger recover DIR --new-origin NAME --reason TEXT [--new "
    "FILE]\n"
    "                   [--key FILE]\n"
    "\n"
    "  publish  brings the folder OUT to the ledger's checkpoint: a copy of "
    "the log\n"
    "           that any web server can serve, as C2SP's tlog-tiles says; "
    "hashes,\n"
    "           and no record\n"
    "  seal     makes segments of the records up to the checkpoint: search "
    "and sql\n"
    "           read their columns, and need not read the records again\n"
    "  stat     the ledger's name, keys and checkpoint, its bytes by kind of "
    "file,\n"
    "           and its records by source and tenant\n"
    "  cosign   asks witnesses to cosign the newest checkpoint, and keeps that "
    "with\n"
    "           their cosignatures in DIR/cosigned\n"
    "  recover  goes on under another name with the records that are there, "
    "where\n"
    "           others were signed for and are lost for good; a record says "
    "so\n"
    "\n"
    "  --bundles          of publish: also the leaf texts, which say from "
    "where and\n"
    "                     when each record was received; a copy that has them "
    "goes\n"
    "                     on having them\n"
    "  --format FORMAT    of stat: table (default) or json\n"
    "  --policy FILE      of cosign: who the witnesses are, where, and how "
    "many of\n"
    "                     them are wanted (C2SP tlog-policy); without it the "
    "one that\n"
    "                     is kept\n"
    "  --keep             of cosign: keeps the policy as DIR/witnesses; then "
    "import,\n"
    "                     too, asks them at its end\n"
    "  --new-origin NAME  of recover: the other name\n"
    "  --reason TEXT      of recover: why records are lost\n"
    "  --new FILE         of recover: the secret key of the other name; made "
    "if it is\n"
    "                     not there (default: $XDG_CONFIG_HOME/firn/<name>"
    ".key)\n"
    "  --key FILE         of recover: the secret key that signed last "
    "(default: the\n"
    "                     one in $XDG_CONFIG_HOME/firn, if it is there)\n"
    "\n"
    "examples:\n"
    "  firn ledger publish /srv/ledger /srv/www/contoso-eu\n"
    "  firn ledger stat /srv/ledger\n"
    "  firn ledger cosign /srv/ledger --policy policy --keep\n"
    "  firn ledger recover /srv/ledger --new-origin "
    "firn.example.com/contoso-eu-2 \\\n"
    "      --reason 'the disk died; the copy is of the day before'\n"
    "\n"
    "exit codes: 0 fine, 1 the copy is that of another log, the ledger is "
    "damaged,\n"
    "or the policy is not satisfied, 2 wrong usage, or it could not be read or "
    "written\n";

static const struct verb {
	const char *name;
	int words; /* behind it */
	int (*run)(const struct ledger_args *args, struct err *err);
	const char *usage;
} verbs[] = {
    {"publish", 2, ledger_publish, "a ledger and a folder to write to"},
    {"seal", 1, ledger_seal, "one ledger"},
    {"stat", 1, ledger_stat, "one ledger"},
};

/* Those that have options of their own. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} own[] = {
    {"cosign", ledger_cosign},
    {"recover", cmd_ledger_recover},
};

enum option_id { OPT_BUNDLES = 256, OPT_FORMAT };

static const struct option options[] = {
    {"bundles", no_argument, NULL, OPT_BUNDLES},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct line {
	struct ledger_args args;
	const struct verb *verb; /* of verbs; NULL: help is asked for */
	bool format, help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct line *line = to;
	unsigned format;

	switch (id) {
	case OPT_BUNDLES:
		line->args.bundles = true;
		return 0;
	case OPT_FORMAT:
		line->format = true;
		if (option_format(value, "table|json", &format, err))
			return -1;
		line->args.json = format == 1;
		return 0;
	default:
		line->help = true;
		return 0;
	}
}

static int
take_words(struct line *line, int count, char **words, struct err *err)
{
	for (size_t i = 0; count && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(words[0], verbs[i].name))
			line->verb = &verbs[i];
	if (!line->verb)
		return err_set(err, ERR_USAGE,
		    "ledger: publish, seal, stat, cosign or recover? 'firn "
		    "ledger --help' says more");
	if (count - 1 != line->verb->words)
		return err_set(err, ERR_USAGE,
		    "'ledger %s' wants %s; 'firn ledger --help' says more",
		    line->verb->name, line->verb->usage);
	for (int i = 1; i < count; i++)
		line->args.words[i - 1] = words[i];
	if (line->format && line->verb->run != ledger_stat)
		return err_set(
		    err, ERR_USAGE, "--format goes with 'ledger stat' only");
	if (line->args.bundles && line->verb->run != ledger_publish)
		return err_set(err, ERR_USAGE,
		    "--bundles goes with 'ledger publish' only");
	return 0;
}

static int
parse(int argc, char **argv, struct line *line, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, line, err);

	if (first < 0)
		return -1;
	return line->help ? 0
	                  : take_words(line, argc - first, argv + first, err);
}

int
cmd_ledger(int argc, char **argv)
{
	struct line line = {0};
	struct err err = {0};
	int code = 2;

	for (size_t i = 0; argc > 1 && i < sizeof(own) / sizeof(*own); i++) {
		if (strcmp(argv[1], own[i].name) != 0)
			continue;
		argv[1] = argv[0]; /* whose help it names */
		return own[i].run(argc - 1, argv + 1);
	}
	if (!parse(argc, argv, &line, &err)) {
		if (!line.verb) {
			fputs(cmd_ledger_help, stdout);
			return 0;
		}
		code = line.verb->run(&line.args, &err);
		if (!code && fflush(stdout)) {
			err_sys(&err, "cannot write");
			code = 2;
		}
	}
	if (code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return code;
}
