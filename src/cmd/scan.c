#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/ruleset.h"
#include "geo/geo.h"
#include "pipeline.h"

const char cmd_scan_help[] =
    "usage: firn scan [options] PATH...\n"
    "\n"
    "Reads exported activity logs (files, folders, or - for standard input)\n"
    "and says what looks wrong in them, what was read, and what could not be.\n"
    "The form and the kind of every record are told by content: NDJSON, JSON\n"
    "arrays and wrappers, CSV exports, gzip or zstd around them, UTF-8 or\n"
    "UTF-16; Microsoft 365 audit log, Entra sign-ins and audit, Graph "
    "activity,\n"
    "message trace, Google Workspace, Okta, GitHub.\n"
    "\n"
    "  --rules DIR        adds rules (Sigma) from a file or folder; "
    "repeatable\n"
    "  --no-shipped-rules uses only those given with --rules\n"
    "  --level LEVEL      findings of at least this level: informational, "
    "low,\n"
    "                     medium, high, critical\n"
    "  --from TIME        events from then on ...\n"
    "  --to TIME          ... and before then, UTC: 2026-10-05 or\n"
    "                     2026-10-05T14:30:00Z\n"
    "  --format FORMAT    table (default), ndjson, json, csv, html\n"
    "  --out FILE         writes there instead of to standard output\n"
    "  --events           the events instead of the findings\n"
    "  --ocsf             with --events: whole OCSF objects\n"
    "  --summary FILE     writes the tally as JSON\n"
    "  --rejects FILE     writes what could not be read: file, line or "
    "number,\n"
    "                     reason; one JSON object a line\n"
    "  --threads N        worker threads (default: one a processor, up to 8)\n"
    "  --fail-on LEVEL    exit code 1 if there is a finding of that level or\n"
    "                     a higher one\n"
    "  --progress WHEN    auto (default: on a terminal) or never\n"
    "\n"
    "examples:\n"
    "  firn scan AuditLog_2026-10-05.csv\n"
    "  firn scan exports/ --format html --out report.html\n"
    "  firn scan exports/ --rules ~/sigma/rules/cloud --level high\n"
    "  firn scan exports/ --events --format ndjson | jq .operation\n"
    "  zcat audit.json.gz | firn scan - --fail-on critical\n"
    "\n"
    "exit codes: 0 done, 1 findings at the level of --fail-on, 2 wrong usage "
    "or\n"
    "nothing could be read\n";

enum option_id {
	OPT_RULES = 256,
	OPT_NO_SHIPPED,
	OPT_LEVEL,
	OPT_FROM,
	OPT_TO,
	OPT_FORMAT,
	OPT_OUT,
	OPT_EVENTS,
	OPT_OCSF,
	OPT_SUMMARY,
	OPT_REJECTS,
	OPT_THREADS,
	OPT_FAIL_ON,
	OPT_PROGRESS,
};

static const struct option options[] = {
    {"rules", required_argument, NULL, OPT_RULES},
    {"no-shipped-rules", no_argument, NULL, OPT_NO_SHIPPED},
    {"level", required_argument, NULL, OPT_LEVEL},
    {"from", required_argument, NULL, OPT_FROM},
    {"to", required_argument, NULL, OPT_TO},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"out", required_argument, NULL, OPT_OUT},
    {"events", no_argument, NULL, OPT_EVENTS},
    {"ocsf", no_argument, NULL, OPT_OCSF},
    {"summary", required_argument, NULL, OPT_SUMMARY},
    {"rejects", required_argument, NULL, OPT_REJECTS},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"fail-on", required_argument, NULL, OPT_FAIL_ON},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct scan_args {
	struct pipeline_options pipeline;
	const char **rules; /* owned */
	size_t rule_count;
	bool shipped, help;
	bool fails;
	enum level fail_on;
	const char *out, *summary, *rejects;
};

static int
set_level(const char *name, const char *text, enum level *out, struct err *err)
{
	if (level_parse(slice_cstr(text), out))
		return 0;
	return err_set(err, ERR_USAGE,
	    "--%s: '%s' is none of informational, low, medium, high, critical",
	    name, text);
}

static int
set_time(const char *name, const char *text, int64_t *out, struct err *err)
{
	if (time_parse(slice_cstr(text), out))
		return 0;
	return err_set(err, ERR_USAGE,
	    "--%s: '%s' is no time like 2026-10-05 or 2026-10-05T14:30:00Z",
	    name, text);
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct scan_args *args = to;
	struct pipeline_options *p = &args->pipeline;

	switch (id) {
	case OPT_RULES:
		args->rules[args->rule_count++] = value;
		return 0;
	case OPT_NO_SHIPPED:
		args->shipped = false;
		return 0;
	case OPT_LEVEL:
		return set_level("level", value, &p->level, err);
	case OPT_FROM:
		return set_time("from", value, &p->from_us, err);
	case OPT_TO:
		return set_time("to", value, &p->to_us, err);
	case OPT_FORMAT:
		if (report_format_parse(slice_cstr(value), &p->report.format))
			return 0;
		return err_set(err, ERR_USAGE,
		    "--format: '%s' is none of table, ndjson, json, csv, html",
		    value);
	case OPT_OUT:
		args->out = value;
		return 0;
	case OPT_EVENTS:
		p->report.events = true;
		return 0;
	case OPT_OCSF:
		p->report.ocsf = true;
		return 0;
	case OPT_SUMMARY:
		args->summary = value;
		return 0;
	case OPT_REJECTS:
		args->rejects = value;
		p->report.rejects = value;
		return 0;
	case OPT_THREADS:
		return option_threads(value, &p->threads, err);
	case OPT_FAIL_ON:
		args->fails = true;
		return set_level("fail-on", value, &args->fail_on, err);
	case OPT_PROGRESS:
		return option_progress(value, &p->progress, err);
	default:
		args->help = true;
		return 0;
	}
}

/* Fills what the options do not say. */
static void
set_defaults(struct scan_args *args, int argc)
{
	*args = (struct scan_args){.shipped = true};
	args->rules = xcalloc((size_t)argc, sizeof(*args->rules));
	args->pipeline.from_us = INT64_MIN;
	args->pipeline.to_us = INT64_MAX;
	args->pipeline.threads = option_threads_default();
	args->pipeline.progress = isatty(STDERR_FILENO);
}

static int
parse(int argc, char **argv, struct scan_args *args, struct err *err)
{
	const struct pipeline_options *p = &args->pipeline;
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0)
		return -1;
	if (args->help)
		return 0;
	if (first == argc)
		return err_set(err, ERR_USAGE,
		    "no path given; 'firn scan --help' says how");
	if (p->report.ocsf && !p->report.events)
		return err_set(err, ERR_USAGE, "--ocsf goes with --events");
	if (p->report.events && p->report.format == REPORT_HTML)
		return err_set(err, ERR_USAGE,
		    "--format html shows findings, not --events");
	if (args->fails && args->fail_on < p->level)
		return err_set(err, ERR_USAGE,
		    "--fail-on %s is below --level %s: such findings are not "
		    "looked for",
		    level_name(args->fail_on), level_name(p->level));
	if (p->from_us >= p->to_us)
		return err_set(err, ERR_USAGE, "--from is not before --to");
	return 0;
}

static FILE *
open_out(const char *path, struct err *err)
{
	FILE *file = fopen(path, "we");

	if (!file)
		err_sys(err, "cannot write '%s'", path);
	return file;
}

/* Closes a file that was written, and says so if not all of it was. */
static int
close_out(FILE *file, const char *path, struct err *err)
{
	bool failed = ferror(file) != 0;

	if (fclose(file) || failed)
		return err_sys(err, "cannot write '%s'", path);
	return 0;
}

static int
write_summary(const char *path, const struct tally *tally, struct err *err)
{
	struct buf text = {0};
	FILE *file = open_out(path, err);

	if (!file)
		return -1;
	tally_write_json(&text, tally);
	fwrite(text.ptr, 1, text.len, file);
	buf_release(&text);
	return close_out(file, path, err);
}

static void
set_terminal(struct report_options *report, FILE *out)
{
	struct winsize size = {0};

	report->columns = 80;
	if (!isatty(fileno(out)))
		return;
	report->colour = !getenv("NO_COLOR");
	if (!ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col > 80)
		report->columns = size.ws_col > 160 ? 160 : size.ws_col;
}

/* Lists what is to be read, before anything is opened for writing. */
static int
list_files(const struct scan_args *args, const char *const *paths, size_t count,
    struct files *files, struct err *err)
{
	const char *const outs[] = {args->out, args->rejects, args->summary};
	struct stat st;

	for (size_t i = 0; i < count; i++)
		if (files_add(files, paths[i], err))
			return -1;
	for (size_t i = 0; i < sizeof(outs) / sizeof(outs[0]); i++)
		if (outs[i] && !stat(outs[i], &st) &&
		    files_writes(files, &st, err))
			return -1;
	if (!args->out && !fstat(STDOUT_FILENO, &st))
		return files_writes(files, &st, err);
	return 0;
}

/* The scan itself, with everything that it needs open. */
static int
scan(struct scan_args *args, const struct files *files, struct tally *tally,
    struct err *err)
{
	struct pipeline_options *p = &args->pipeline;
	const struct ruleset set = {.paths = args->rules,
	    .count = args->rule_count,
	    .shipped = args->shipped};
	struct rules *rules = NULL;
	struct report *report = NULL;
	FILE *out = stdout;
	int status = -1;

	if (ruleset_load(&set, &rules, err))
		return -1;
	p->rules = rules;
	if (args->rejects && !(p->rejects = open_out(args->rejects, err)))
		goto out;
	if (args->out && !(out = open_out(args->out, err)))
		goto out;
	set_terminal(&p->report, out);
	report = report_new(&p->report, out);
	status = pipeline_scan(p, files, report, tally, err);
	if (!status && fflush(out))
		status = err_sys(err, "cannot write");
	/* Who reads our output may stop when he has seen enough. */
	if (status && errno == EPIPE && out == stdout)
		err->code = ERR_NONE;
out:
	report_free(report);
	rules_free(rules);
	if (p->rejects && close_out(p->rejects, args->rejects, err))
		status = -1;
	if (out && out != stdout && close_out(out, args->out, err))
		status = -1;
	return status;
}

int
cmd_scan(int argc, char **argv)
{
	struct scan_args args;
	struct files files = {0};
	struct tally tally = {0};
	struct err err = {0};
	char *geo = geo_shipped();
	int status = 2;

	/* A reader that goes away (head, less) is an error of writing. */
	signal(SIGPIPE, SIG_IGN);
	set_defaults(&args, argc);
	args.pipeline.geo_path = geo;
	if (parse(argc, argv, &args, &err))
		goto out;
	if (args.help) {
		fputs(cmd_scan_help, stdout);
		status = 0;
		goto out;
	}
	if (list_files(&args, (const char *const *)argv + optind,
	        (size_t)(argc - optind), &files, &err) ||
	    scan(&args, &files, &tally, &err))
		goto out;
	if (args.summary && write_summary(args.summary, &tally, &err))
		goto out;
	status = 0;
	for (enum level i = args.fail_on; args.fails && i < LEVEL_COUNT; i++)
		if (tally.findings[i])
			status = 1;
	if (!tally.files) {
		err_set(&err, ERR_INPUT, "no file given is a readable log");
		status = 2;
	}
out:
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	tally_release(&tally);
	files_release(&files);
	free(args.rules);
	free(geo);
	return status;
}
