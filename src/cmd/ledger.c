#include "cmd/ledger.h"

#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/ledger_cosign.h"
#include "cmd/ledger_recover.h"
#include "cmd/options.h"

const char cmd_ledger_help[] =
    "usage: firn ledger seal DIR [--follow]\n"
    "       firn ledger stat DIR [--format FORMAT]\n"
    "       firn ledger publish DIR OUT [--bundles]\n"
    "       firn ledger cosign DIR [--policy FILE [--keep]]\n"
    "       firn ledger erase DIR --query QUERY --reason TEXT [--yes] [--key "
    "FILE]\n"
    "       firn ledger expire DIR --before DAY [--source NAME] --reason TEXT\n"
    "                              [--yes] [--key FILE]\n"
    "       firn ledger reindex DIR [--all]\n"
    "       firn ledger recover DIR --new-origin NAME --reason TEXT [--new "
    "FILE]\n"
    "                   [--key FILE]\n"
    "\n"
    "  seal     makes segments of the records up to the checkpoint, puts small "
    "ones\n"
    "           together, and removes what is not needed any more: search and "
    "sql\n"
    "           read their columns, and need not read the records again\n"
    "  stat     the ledger's name, keys and checkpoint, its bytes by kind of "
    "file,\n"
    "           and its records by source and tenant\n"
    "  publish  brings the folder OUT to the ledger's checkpoint: a copy of "
    "the log\n"
    "           that any web server can serve, as C2SP's tlog-tiles says; "
    "hashes,\n"
    "           and no record\n"
    "  cosign   asks witnesses to cosign the newest checkpoint, and keeps that "
    "with\n"
    "           their cosignatures in DIR/cosigned\n"
    "  erase    destroys the bytes of all records that a query finds (firn "
    "search\n"
    "           has the same words); what stays says that something was there, "
    "and\n"
    "           every proof of other records holds.  Shows what it would "
    "erase,\n"
    "           and erases only with --yes\n"
    "  expire   the same for all records that were received before a day\n"
    "  reindex  makes the columns of segments again that an older version of "
    "firn\n"
    "           or another country table made, or that have no postings\n"
    "  recover  goes on under another name with the records that are there, "
    "where\n"
    "           others were signed for and are lost for good; a record says "
    "so\n"
    "\n"
    "  --follow           of seal: goes on, every 50,000 records or ten "
    "minutes\n"
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
    "  --query QUERY      of erase: which records\n"
    "  --before DAY       of expire: 2026-01-31, its first moment in UTC\n"
    "  --source NAME      of expire: only of this source (o365/Exchange), or "
    "of any\n"
    "                     below it (o365)\n"
    "  --yes              erase what was shown\n"
    "  --all              of reindex: all segments\n"
    "  --new-origin NAME  of recover: the other name\n"
    "  --new FILE         of recover: the secret key of the other name; made "
    "if it is\n"
    "                     not there (default: $XDG_CONFIG_HOME/firn/<name>"
    ".key)\n"
    "  --reason TEXT      of erase, expire and recover: why; it is kept in "
    "the ledger\n"
    "                     with who did it, so name nobody else in it\n"
    "  --key FILE         of erase and expire: the secret key; of recover: "
    "the one\n"
    "                     that signed last (default: the one in\n"
    "                     $XDG_CONFIG_HOME/firn)\n"
    "\n"
    "examples:\n"
    "  firn ledger seal /srv/ledger\n"
    "  firn ledger publish /srv/ledger /srv/www/contoso-eu\n"
    "  firn ledger cosign /srv/ledger --policy policy --keep\n"
    "  firn ledger erase /srv/ledger --query user:anna@example.com \\\n"
    "      --reason 'request 4711' --yes\n"
    "  firn ledger expire /srv/ledger --before 2025-11-01 --source o365 \\\n"
    "      --reason 'kept for a year' --yes\n"
    "  firn ledger recover /srv/ledger --new-origin "
    "firn.example.com/contoso-eu-2 \\\n"
    "      --reason 'the disk died; the copy is of the day before'\n"
    "\n"
    "exit codes: 0 fine, 1 the copy is that of another log, the ledger is "
    "damaged,\n"
    "the policy is not satisfied, or there was something to erase and no "
    "--yes,\n"
    "2 wrong usage, or it could not be read or written\n";

enum option_id {
	OPT_FIRST = 256,
	OPT_ALL = OPT_FIRST,
	OPT_BEFORE,
	OPT_BUNDLES,
	OPT_FOLLOW,
	OPT_FORMAT,
	OPT_KEY,
	OPT_QUERY,
	OPT_REASON,
	OPT_SOURCE,
	OPT_YES,
};

/* The place of an option in the sets of those that belong to a verb. */
#define BIT(id) (1u << ((id)-OPT_FIRST))

static const struct option options[] = {
    {"all", no_argument, NULL, OPT_ALL},
    {"before", required_argument, NULL, OPT_BEFORE},
    {"bundles", no_argument, NULL, OPT_BUNDLES},
    {"follow", no_argument, NULL, OPT_FOLLOW},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"key", required_argument, NULL, OPT_KEY},
    {"query", required_argument, NULL, OPT_QUERY},
    {"reason", required_argument, NULL, OPT_REASON},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"yes", no_argument, NULL, OPT_YES},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

#define ERASING (BIT(OPT_KEY) | BIT(OPT_REASON) | BIT(OPT_YES))

static const struct verb {
	const char *name;
	int words; /* behind it */
	unsigned must, may;
	int (*run)(const struct ledger_args *args, struct err *err);
	const char *usage;
} verbs[] = {
    {"seal", 1, 0, BIT(OPT_FOLLOW), ledger_seal, "one ledger"},
    {"stat", 1, 0, BIT(OPT_FORMAT), ledger_stat, "one ledger"},
    {"publish", 2, 0, BIT(OPT_BUNDLES), ledger_publish,
        "a ledger and a folder to write to"},
    {"erase", 1, BIT(OPT_QUERY) | BIT(OPT_REASON), ERASING | BIT(OPT_QUERY),
        ledger_erase, "a ledger, --query and --reason"},
    {"expire", 1, BIT(OPT_BEFORE) | BIT(OPT_REASON),
        ERASING | BIT(OPT_BEFORE) | BIT(OPT_SOURCE), ledger_expire,
        "a ledger, --before and --reason"},
    {"reindex", 1, 0, BIT(OPT_ALL), ledger_reindex, "one ledger"},
};

/* Those that have options of their own. */
static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} own[] = {
    {"cosign", ledger_cosign},
    {"recover", cmd_ledger_recover},
};

struct line {
	struct ledger_args args;
	const struct verb *verb; /* of verbs; NULL: help is asked for */
	unsigned given;          /* options */
	bool help;
};

/* Where the value of an option goes; NULL: it has none. */
static const char **
value_of(struct ledger_args *args, int id)
{
	switch (id) {
	case OPT_BEFORE:
		return &args->before;
	case OPT_KEY:
		return &args->key;
	case OPT_QUERY:
		return &args->query;
	case OPT_REASON:
		return &args->reason;
	case OPT_SOURCE:
		return &args->source;
	default:
		return NULL;
	}
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct line *line = to;
	struct ledger_args *args = &line->args;
	const char **text = value_of(args, id);
	unsigned format = 0;

	if (id == OPTION_HELP) {
		line->help = true;
		return 0;
	}
	line->given |= BIT((unsigned)id);
	if (text)
		*text = value;
	if (id == OPT_FORMAT &&
	    option_format(value, "table|json", &format, err))
		return -1;
	args->json = args->json || format == 1;
	args->all = args->all || id == OPT_ALL;
	args->bundles = args->bundles || id == OPT_BUNDLES;
	args->follow = args->follow || id == OPT_FOLLOW;
	args->yes = args->yes || id == OPT_YES;
	return 0;
}

static int
take_words(struct line *line, int count, char **words, struct err *err)
{
	const struct verb *verb = NULL;

	for (size_t i = 0; count && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(words[0], verbs[i].name))
			verb = &verbs[i];
	if (!verb)
		return err_set(err, ERR_USAGE,
		    "ledger: seal, stat, publish, cosign, erase, expire, "
		    "reindex or recover? 'firn ledger --help' says more");
	for (size_t i = 0; options[i].name; i++)
		if (options[i].val >= OPT_FIRST &&
		    line->given & BIT((unsigned)options[i].val) & ~verb->may)
			return err_set(err, ERR_USAGE,
			    "'ledger %s' has no option --%s", verb->name,
			    options[i].name);
	if (count - 1 != verb->words || verb->must & ~line->given)
		return err_set(err, ERR_USAGE,
		    "'ledger %s' wants %s; 'firn ledger --help' says more",
		    verb->name, verb->usage);
	line->verb = verb;
	for (int i = 1; i < count; i++)
		line->args.words[i - 1] = words[i];
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
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return code;
}
