#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/term.h"
#include "base/time.h"
#include "cmd/check_m365.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "ledger/head.h"
#include "json/build.h"

const char cmd_check_help[] =
    "usage: firn check m365 -c FILE [options]\n"
    "\n"
    "Asks the tenants of a configuration whether what firn's questions need is "
    "there:\n"
    "the token and its permissions, each API, the licences and what is logged. "
    " For\n"
    "each thing that is missing it says which detections and which answers are "
    "blind\n"
    "without it, and what to do.  Takes no records.\n"
    "\n"
    "The ledger shows which logs come, and what exports of PowerShell told of "
    "auditing.\n"
    "What is otherwise than before becomes a record of it, firn/check.  'firn "
    "run' does\n"
    "all this once a day.\n"
    "\n"
    "  -c, --config FILE  the configuration of 'firn run'\n"
    "  --source NAME      this source only\n"
    "  --all              shows what is good, too\n"
    "  --format FORMAT    table (default) or json\n"
    "\n"
    "examples:\n"
    "  firn check m365 -c /etc/firn/firn.yaml\n"
    "  firn check m365 -c /etc/firn/firn.yaml --format json\n"
    "\n"
    "exit codes: 0 nothing is missing, 1 something is, 2 wrong usage or no "
    "answer\n";

enum { OPT_SOURCE = 256, OPT_ALL, OPT_FORMAT };

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"all", no_argument, NULL, OPT_ALL},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct check_args {
	const char *config, *source;
	unsigned format;
	bool all, help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct check_args *args = to;

	switch (id) {
	case 'c':
		args->config = value;
		return 0;
	case OPT_SOURCE:
		args->source = value;
		return 0;
	case OPT_ALL:
		args->all = true;
		return 0;
	case OPT_FORMAT:
		return option_format(value, "table|json", &args->format, err);
	default:
		args->help = true;
		return 0;
	}
}

/* --- what is said --- */

/* Detections that are blind without it. */
static size_t
blind_rules(const struct check_answer *answer, const struct rules *rules)
{
	size_t count = 0;

	if (answer->state != CHECK_MISSING || answer->kind == KIND_UNKNOWN)
		return 0;
	for (size_t i = 0; i < rules_count(rules); i++)
		count += rules_looks_at(rules, i, answer->kind);
	return count;
}

static void
add_line(struct buf *out, const char *label, struct slice text)
{
	buf_printf(out, "             %s", label);
	term_fit(out, text, SIZE_MAX);
	buf_char(out, '\n');
}

static void
table_answer(struct buf *out, const struct check_answer *answer,
    const struct rules *rules)
{
	size_t blind = blind_rules(answer, rules);

	term_pad(out, slice_cstr(check_states[answer->state]), 12);
	buf_char(out, ' ');
	term_fit(out, slice_cstr(answer->source), SIZE_MAX);
	buf_str(out, ": ");
	term_fit(out, slice_cstr(answer->what), SIZE_MAX);
	buf_char(out, '\n');
	if (answer->state == CHECK_GOOD)
		return;
	if (answer->why)
		add_line(out, "", slice_cstr(answer->why));
	if (answer->blind)
		add_line(out, "blind:  ", slice_cstr(answer->blind));
	if (blind)
		buf_printf(out,
		    "             blind:  %zu detections that look at %s\n",
		    blind, event_kind_name(answer->kind));
	if (answer->todo)
		add_line(out, "to do:  ", slice_cstr(answer->todo));
}

static void
json_answer(struct buf *out, const struct check_answer *answer,
    const struct rules *rules)
{
	size_t mark = json_open(out, NULL, '{'), list;

	check_members(out, answer);
	if (answer->state != CHECK_GOOD) {
		json_cstr(out, "blind", answer->blind ? answer->blind : "");
		json_cstr(out, "todo", answer->todo ? answer->todo : "");
	}
	if (blind_rules(answer, rules)) {
		list = json_open(out, "detections", '[');
		for (size_t i = 0; i < rules_count(rules); i++)
			if (rules_looks_at(rules, i, answer->kind))
				json_text(out, NULL, rules_meta(rules, i)->id);
		json_close(out, list);
	}
	json_close(out, mark);
	buf_char(out, '\n');
}

/* How many are missing. */
static size_t
show(const struct check_args *args, const struct check_answers *answers,
    const struct rules *rules)
{
	size_t counts[CHECK_UNKNOWN + 1] = {0};
	struct buf out = {0};

	for (size_t i = 0; i < answers->count; i++) {
		const struct check_answer *answer = &answers->list[i];

		counts[answer->state]++;
		if (args->format)
			json_answer(&out, answer, rules);
		else if (args->all || answer->state != CHECK_GOOD)
			table_answer(&out, answer, rules);
	}
	if (!args->format)
		buf_printf(&out, "%zu good, %zu missing, %zu not checked\n",
		    counts[CHECK_GOOD], counts[CHECK_MISSING],
		    counts[CHECK_UNKNOWN]);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
	return counts[CHECK_MISSING];
}

/* --- the command --- */

/* That it cannot be read, or added to, hides nothing that was found else. */
static void
look_at_ledger(const struct check_args *args, const char *dir,
    struct check_answers *answers)
{
	struct err err = {0};
	size_t changed = 0;

	if (head_is(dir, NULL))
		return;
	if (check_ledger(dir, time_now_us(), answers, &err) ||
	    check_record(dir, answers, &changed, &err))
		fprintf(
		    stderr, "firn: what the ledger shows of it: %s\n", err.msg);
	if (changed)
		fprintf(stderr,
		    "firn: what the tenants lack has changed: 'firn check m365 "
		    "-c %s' says what is missing; the change is recorded\n",
		    args->config);
}

static int
check(const struct check_args *args, struct err *err)
{
	struct check_answers answers = {0};
	struct run_config config = {0};
	struct rules *rules = NULL;
	int status = 2;

	if (run_config_read(&config, args->config, err) ||
	    run_config_rules(&config, &rules, err))
		goto out;
	for (size_t i = 0; i < config.source_count; i++)
		if (!args->source ||
		    !strcmp(args->source, config.sources[i].name))
			check_m365(&config.sources[i], &answers);
	if (!answers.count) {
		err_set(err, ERR_USAGE,
		    "'%s' has no such source of kind m365 or graph",
		    args->config);
		goto out;
	}
	if (!args->source)
		look_at_ledger(args, config.ledger, &answers);
	status = show(args, &answers, rules) ? 1 : 0;
out:
	check_answers_release(&answers);
	rules_free(rules);
	run_config_release(&config);
	return status;
}

int
cmd_check(int argc, char **argv)
{
	struct check_args args = {0};
	struct err err = {0};
	int status = 2;
	int first = options_read(argc, argv, options, set_option, &args, &err);

	if (first >= 0 && args.help) {
		fputs(cmd_check_help, stdout);
		return 0;
	}
	if (first >= 0 && (first != argc - 1 ||
	                      strcmp(argv[first], "m365") != 0 || !args.config))
		err_set(&err, ERR_USAGE,
		    "check wants the word m365, and -c and a configuration; "
		    "'firn check --help' says how");
	if (!err.code)
		status = check(&args, &err);
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return err.code ? 2 : status;
}
