#include "cmd/rules.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/term.h"
#include "cmd/cmd.h"
#include "json/build.h"
#include "json/json.h"

const char cmd_rules_help[] =
    "usage: firn rules check [DIR...]\n"
    "       firn rules list [--format table|json] [DIR...] [--cost PATH...]\n"
    "       firn rules list --attack [DIR...]\n"
    "       firn rules test [DIR...]\n"
    "       firn rules match [--ignore-logsource] [--time-field NAME]\n"
    "           DIR EVENTS\n"
    "       firn rules explain [--format table|json] [--record N] RULE PATH\n"
    "       firn rules backtest [--format table|json] DIR PATH...\n"
    "       firn rules bench [--format table|json] [--ignore-logsource]\n"
    "           DIR PATH...\n"
    "\n"
    "Works on Sigma rules: DIR is a file, or a folder whose .yml files are\n"
    "taken.  Without DIR: the rules that come with firn.\n"
    "\n"
    "  check     reads and compiles rules, filters and mappings, and says "
    "what\n"
    "            is wrong as file:line:column: reason\n"
    "  list      what rules there are, by level, and what filters hold for "
    "them\n"
    "  test      runs the samples beside the rules (x.test.ndjson beside "
    "x.yml)\n"
    "            and says which are judged otherwise than they expect\n"
    "  match     matches any JSON events, one a line, and prints a line for "
    "each\n"
    "            rule that fires: {\"event\":<line, from "
    "0>,\"rule\":\"<id>\"}\n"
    "  explain   why a rule (a file, or the id of a shipped one) is true of a\n"
    "            record or not, condition by condition\n"
    "  backtest  what the rules would have fired on in logs, by rule and day\n"
    "  bench     how fast the rules are on these logs: one thread, from "
    "memory\n"
    "\n"
    "  --format FORMAT     table (default) or json\n"
    "  --cost PATH...      of list: what each rule costs on these logs: "
    "records\n"
    "                      looked at, matches, time, and how it is found\n"
    "  --attack            of list: how many rules there are by ATT&CK "
    "tactic and\n"
    "                      technique\n"
    "  --ignore-logsource  of match and bench: every rule looks at every "
    "event\n"
    "  --time-field NAME   of match: where an event's time is\n"
    "  --placeholders FILE YAML with the values of %name%, a list a name\n"
    "  --record N          of explain: the Nth record of PATH instead of the\n"
    "                      first\n"
    "\n"
    "examples:\n"
    "  firn rules check my-rules/\n"
    "  firn rules list --format json | jq -r '.[] | .level + \" \" + .title'\n"
    "  firn rules list my-rules/ --cost exports/\n"
    "  firn rules list --attack sigma/rules/cloud/\n"
    "  firn rules match --ignore-logsource sigma/rules/ events.ndjson\n"
    "  firn rules explain my-rules/x.yml exports/AuditLog.csv --record 17\n"
    "  firn rules backtest my-rules/ exports/\n"
    "  firn rules bench my-rules/ exports/\n"
    "\n"
    "exit codes: 0 fine, 1 something is wrong with a rule or an event, 2 "
    "wrong\n"
    "usage or nothing could be read\n";

/* --- loading --- */

static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

int
rules_open(struct loaded *loaded, const struct rules_args *args,
    const struct rules_source *more, struct err *err)
{
	struct rules_source source = more ? *more : (struct rules_source){0};
	const char *mappings[1], *shipped_only[1];
	struct placeholders placeholders = {0};
	struct err none;
	char *dir = rules_shipped_dir(args->rule_count ? &none : err);
	char *maps = NULL;
	bool given = false;
	int status;

	*loaded = (struct loaded){0};
	if (!dir && !args->rule_count)
		return -1;
	if (dir && asprintf(&maps, "%s/mapping", dir) < 0)
		abort();
	for (size_t i = 0; dir && i < args->rule_count; i++)
		given |= same_file(args->rules[i], dir);
	if (args->rule_count) {
		source.paths = args->rules;
		source.path_count = args->rule_count;
		mappings[0] = maps;
		source.mappings = mappings;
		source.mapping_count = maps && !given && same_file(maps, maps);
	} else {
		shipped_only[0] = dir;
		source.paths = shipped_only;
		source.path_count = 1;
	}
	status = args->placeholders ? rules_placeholders(&placeholders,
	                                  args->placeholders, err)
	                            : 0;
	source.placeholders = placeholders.list;
	source.placeholder_count = placeholders.count;
	if (!status)
		status =
		    rules_load(&loaded->rules, &source, &loaded->report, err);
	if (status)
		rules_report_release(&loaded->report);
	arena_release(&placeholders.arena);
	free(maps);
	free(dir);
	return status;
}

void
rules_close(struct loaded *loaded)
{
	rules_free(loaded->rules);
	rules_report_release(&loaded->report);
}

void
rules_print_problems(const struct rules_report *report, FILE *out)
{
	struct buf line = {0};

	for (size_t i = 0; i < report->count; i++) {
		const struct rules_problem *problem = &report->list[i];

		buf_clear(&line);
		term_fit(&line, problem->path, SIZE_MAX);
		if (problem->line)
			buf_printf(
			    &line, ":%u:%u", problem->line, problem->column);
		buf_str(&line, ": ");
		term_fit(&line, problem->reason, SIZE_MAX);
		buf_char(&line, '\n');
		fwrite(line.ptr, 1, line.len, out);
	}
	buf_release(&line);
}

/* --- output --- */

void
rules_json_member(struct buf *out, const char *key, struct slice text)
{
	json_key(out, key);
	json_add_str(out, text);
}

void
rules_json_position(struct buf *out, const struct position *position)
{
	rules_json_member(out, "file", slice_cstr(position->file));
	if (position->line)
		json_u64(out, "line", position->line);
	if (position->record)
		json_u64(out, "record", position->record);
}

const char *
rules_level(const struct rule_meta *meta)
{
	return meta->level == LEVEL_INFORMATIONAL ? "info"
	                                          : level_name(meta->level);
}

void
rules_write(struct buf *out)
{
	if (out->len)
		fwrite(out->ptr, 1, out->len, stdout);
	buf_clear(out);
}

/* --- check --- */

int
rules_check(const struct rules_args *args, struct err *err)
{
	struct loaded loaded;
	size_t filters;
	int status;

	if (rules_open(&loaded, args, NULL, err))
		return -1;
	rules_print_problems(&loaded.report, stdout);
	filters = rules_filter_count(loaded.rules);
	printf("%zu rules, ", rules_count(loaded.rules));
	if (filters)
		printf("%zu filters, ", filters);
	printf("%zu refused\n", rules_refused(loaded.rules));
	status = loaded.report.count != 0;
	rules_close(&loaded);
	return status;
}

/* --- the command --- */

enum option_id {
	OPT_WORD = 1, /* what getopt_long() says of a word that is no option */
	OPT_FORMAT = 256,
	OPT_COST,
	OPT_ATTACK,
	OPT_IGNORE_LOGSOURCE,
	OPT_TIME_FIELD,
	OPT_PLACEHOLDERS,
	OPT_RECORD,
	OPT_HELP,
};

static const struct option options[] = {
    {"format", required_argument, NULL, OPT_FORMAT},
    {"cost", no_argument, NULL, OPT_COST},
    {"attack", no_argument, NULL, OPT_ATTACK},
    {"ignore-logsource", no_argument, NULL, OPT_IGNORE_LOGSOURCE},
    {"time-field", required_argument, NULL, OPT_TIME_FIELD},
    {"placeholders", required_argument, NULL, OPT_PLACEHOLDERS},
    {"record", required_argument, NULL, OPT_RECORD},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

#define BIT(id) (1u << ((id)-OPT_FORMAT))

#define MANY    SIZE_MAX

static const struct verb {
	const char *name;
	int (*run)(const struct rules_args *args, struct err *err);
	unsigned options;        /* a BIT() for each */
	size_t rules, rules_max; /* how many words name rules */
	size_t paths, paths_max; /* how many behind them name logs */
	const char *words;       /* what is asked for */
} verbs[] = {
    {"check", rules_check, BIT(OPT_PLACEHOLDERS), 0, MANY, 0, 0, "[DIR...]"},
    {"list", rules_list,
        BIT(OPT_FORMAT) | BIT(OPT_COST) | BIT(OPT_PLACEHOLDERS) |
            BIT(OPT_ATTACK),
        0, MANY, 0, MANY, "[DIR...] [--cost PATH...]"},
    {"test", rules_test, BIT(OPT_PLACEHOLDERS), 0, MANY, 0, 0, "[DIR...]"},
    {"match", rules_match,
        BIT(OPT_IGNORE_LOGSOURCE) | BIT(OPT_TIME_FIELD) | BIT(OPT_PLACEHOLDERS),
        1, 1, 1, 1, "DIR EVENTS"},
    {"explain", rules_explain,
        BIT(OPT_FORMAT) | BIT(OPT_RECORD) | BIT(OPT_PLACEHOLDERS), 1, 1, 1, 1,
        "RULE PATH"},
    {"backtest", rules_backtest, BIT(OPT_FORMAT) | BIT(OPT_PLACEHOLDERS), 1, 1,
        1, MANY, "DIR PATH..."},
    {"bench", rules_bench,
        BIT(OPT_FORMAT) | BIT(OPT_PLACEHOLDERS) | BIT(OPT_IGNORE_LOGSOURCE), 1,
        1, 1, MANY, "DIR PATH..."},
};

#define VERB_COUNT (sizeof(verbs) / sizeof(verbs[0]))

/* What stands on the command line. */
struct line {
	const char **words; /* owned */
	size_t count;
	size_t before_cost; /* words that stand before --cost */
	unsigned options;
	bool help;
};

static int
set_option(int id, const char *value, struct rules_args *args, struct err *err)
{
	switch (id) {
	case OPT_FORMAT:
		args->json = !strcmp(value, "json");
		if (args->json || !strcmp(value, "table"))
			return 0;
		return err_set(err, ERR_USAGE,
		    "--format: '%s' is neither table nor json", value);
	case OPT_COST:
		args->cost = true;
		return 0;
	case OPT_ATTACK:
		args->attack = true;
		return 0;
	case OPT_IGNORE_LOGSOURCE:
		args->ignore_logsource = true;
		return 0;
	case OPT_TIME_FIELD:
		args->time_field = value;
		return 0;
	case OPT_PLACEHOLDERS:
		args->placeholders = value;
		return 0;
	default:
		if (slice_to_u64(slice_cstr(value), &args->record) &&
		    args->record)
			return 0;
		return err_set(err, ERR_USAGE,
		    "--record: '%s' is no number from 1 on", value);
	}
}

static int
read_line(int argc, char **argv, struct line *line, struct rules_args *args,
    struct err *err)
{
	int id;

	optind = 0;
	opterr = 0;
	while ((id = getopt_long(argc, argv, "-:h", options, NULL)) != -1) {
		if (id == 'h' || id == OPT_HELP) {
			line->help = true;
			return 0;
		}
		if (id == '?' || id == ':')
			return err_set(err, ERR_USAGE,
			    id == '?' ? "unknown option '%s'; 'firn rules "
			                "--help' lists them"
			              : "option '%s' needs a value",
			    argv[optind - 1]);
		if (id == OPT_WORD) {
			line->words[line->count++] = optarg;
			continue;
		}
		line->options |= BIT(id);
		if (set_option(id, optarg, args, err))
			return -1;
		if (id == OPT_COST)
			line->before_cost = line->count;
	}
	/* Behind --. */
	while (optind < argc)
		line->words[line->count++] = argv[optind++];
	return 0;
}

/* Which of the words behind the verb are rules, which are logs. */
static int
take_words(const struct verb *verb, const struct line *line,
    struct rules_args *args, struct err *err)
{
	size_t n = line->count - 1, rules = n;

	if (verb->paths_max)
		rules = args->cost ? line->before_cost - 1 : verb->rules;
	if (verb->options & BIT(OPT_COST) && !args->cost)
		rules = n;
	args->rules = line->words + 1;
	args->rule_count = rules < n ? rules : n;
	args->paths = args->rules + args->rule_count;
	args->path_count = n - args->rule_count;
	if (args->cost && !args->path_count)
		return err_set(
		    err, ERR_USAGE, "--cost: no logs given behind it");
	if (args->rule_count < verb->rules || args->path_count < verb->paths ||
	    args->rule_count > verb->rules_max ||
	    args->path_count > verb->paths_max)
		return err_set(err, ERR_USAGE,
		    "'rules %s' takes %s; 'firn rules --help' says how",
		    verb->name, verb->words);
	return 0;
}

static int
run(int argc, char **argv, struct line *line, struct err *err)
{
	struct rules_args args = {.record = 1};
	const struct verb *verb = NULL;
	int status;

	if (read_line(argc, argv, line, &args, err))
		return -1;
	if (line->help) {
		fputs(cmd_rules_help, stdout);
		return 0;
	}
	if (!line->count)
		return err_set(err, ERR_USAGE,
		    "rules: check, list, test, match, explain, backtest or "
		    "bench? "
		    "'firn rules --help' says more");
	for (size_t i = 0; i < VERB_COUNT; i++)
		if (!strcmp(verbs[i].name, line->words[0]))
			verb = &verbs[i];
	if (!verb)
		return err_set(err, ERR_USAGE,
		    "'%s' is none of check, list, test, match, explain, "
		    "backtest, bench",
		    line->words[0]);
	for (const struct option *o = options; o->name; o++)
		if (o->val != OPT_HELP && line->options & BIT(o->val) &&
		    !(verb->options & BIT(o->val)))
			return err_set(err, ERR_USAGE,
			    "--%s does not go with '%s'", o->name, verb->name);
	if (args.attack && (args.json || args.cost))
		return err_set(err, ERR_USAGE,
		    "--attack is a table of its own: it goes with neither "
		    "--cost nor --format json");
	if (args.cost && line->before_cost < 1)
		return err_set(err, ERR_USAGE, "--cost goes behind 'list'");
	if (take_words(verb, line, &args, err))
		return -1;
	status = verb->run(&args, err);
	if (status >= 0 && fflush(stdout))
		status = err_sys(err, "cannot write");
	/* Who reads our output may stop when he has seen enough. */
	if (status < 0 && err->code == ERR_SYSTEM && errno == EPIPE)
		err->code = ERR_NONE;
	return status;
}

int
cmd_rules(int argc, char **argv)
{
	struct line line = {0};
	struct err err = {0};
	int status;

	/* A reader that goes away (head, less) is an error of writing. */
	signal(SIGPIPE, SIG_IGN);
	line.words = xcalloc((size_t)argc + 1, sizeof(*line.words));
	status = run(argc, argv, &line, &err);
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	free(line.words);
	return status < 0 ? 2 : status;
}
