#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/place.h"
#include "pipeline_import.h"
#include "json/json.h"

#define THREADS_MAX 64

const char cmd_import_help[] =
    "usage: firn import DIR PATH... [options]\n"
    "\n"
    "Takes exported activity logs (files, folders, or - for standard input) "
    "into\n"
    "the ledger in DIR: everything that 'firn scan' reads.  Each record is "
    "there\n"
    "once, however often and in whatever form it was exported; a record of "
    "the\n"
    "same event that tells more, or something else, is kept beside it.  What\n"
    "cannot be read as a record is kept, too, and counted.\n"
    "\n"
    "It may be stopped or killed at any moment, and started again: what was\n"
    "taken is not taken twice, and nothing is left out.\n"
    "\n"
    "  --key FILE       the secret key (default: $XDG_CONFIG_HOME/firn/\n"
    "                   <origin>.key)\n"
    "  --threads N      worker threads (default: one a processor, up to 8)\n"
    "  --format FORMAT  of what was done: text (default) or json\n"
    "  --progress WHEN  auto (default: on a terminal) or never\n"
    "\n"
    "examples:\n"
    "  firn import /srv/ledger exports/\n"
    "  firn import /srv/ledger AuditLog_2026-10-05.csv --format json\n"
    "\n"
    "exit codes: 0 done, 2 wrong usage, or something could not be taken in\n";

enum option_id {
	OPT_KEY = 256,
	OPT_THREADS,
	OPT_FORMAT,
	OPT_PROGRESS,
	OPT_HELP,
};

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

struct import_args {
	const char *dir, *key;
	unsigned threads;
	bool json, progress, help;
};

static int
set_option(int id, const char *value, struct import_args *args, struct err *err)
{
	uint64_t n;

	switch (id) {
	case OPT_KEY:
		args->key = value;
		return 0;
	case OPT_THREADS:
		if (!slice_to_u64(slice_cstr(value), &n) || !n ||
		    n > THREADS_MAX)
			return err_set(err, ERR_USAGE,
			    "--threads: '%s' is no number from 1 to %d", value,
			    THREADS_MAX);
		args->threads = (unsigned)n;
		return 0;
	case OPT_FORMAT:
		args->json = !strcmp(value, "json");
		if (!args->json && strcmp(value, "text") != 0)
			return err_set(err, ERR_USAGE,
			    "--format: '%s' is neither text nor json", value);
		return 0;
	case OPT_PROGRESS:
		if (strcmp(value, "auto") != 0 && strcmp(value, "never") != 0)
			return err_set(err, ERR_USAGE,
			    "--progress: '%s' is neither auto nor never",
			    value);
		args->progress &= !strcmp(value, "auto");
		return 0;
	default:
		args->help = true;
		return 0;
	}
}

static int
parse(int argc, char **argv, struct import_args *args, struct err *err)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int id;

	args->threads = processors < 1   ? 1
	                : processors > 8 ? 8
	                                 : (unsigned)processors;
	args->progress = isatty(STDERR_FILENO);
	optind = 0;
	opterr = 0;
	while ((id = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (id == '?' || id == ':')
			return err_set(err, ERR_USAGE,
			    id == '?' ? "unknown option '%s'; 'firn import "
			                "--help' lists them"
			              : "option '%s' needs a value",
			    argv[optind - 1]);
		if (set_option(id, optarg, args, err))
			return -1;
	}
	if (args->help)
		return 0;
	if (argc - optind < 2)
		return err_set(err, ERR_USAGE,
		    "import wants a ledger's folder and what to take in; "
		    "'firn import --help' says how");
	args->dir = argv[optind];
	return 0;
}

/* --- what was done --- */

static void
show_skipped(const struct tally *tally)
{
	for (size_t i = 0; i < tally->skipped_count; i++)
		fprintf(stderr,
		    "firn: not taken: " SLICE_FMT ": " SLICE_FMT "\n",
		    SLICE_ARG(tally->skipped[i].file),
		    SLICE_ARG(tally->skipped[i].why));
	if (tally->files_skipped > tally->skipped_count)
		fprintf(stderr, "firn: and %ju more files not taken\n",
		    (uintmax_t)(tally->files_skipped - tally->skipped_count));
}

struct line {
	const char *name; /* in JSON */
	uint64_t count;
	const char *words; /* NULL: in JSON only */
	bool if_any;       /* in words only where there are any */
};

static void
show(const struct import_result *result, const struct ledger *ledger, bool json)
{
	const struct tally *t = &result->tally;
	const struct line lines[] = {
	    {"files", t->files, "files read", false},
	    {"files_before", result->files_before,
	        "files that were taken whole before", true},
	    {"files_skipped", t->files_skipped, "files that are no logs", true},
	    {"before", result->before, "items taken by an earlier run", true},
	    {"records", t->records, "records in them", false},
	    {"events", t->events, "new events", false},
	    {"duplicates", t->duplicates, "told before", true},
	    {"tellings", t->tellings, "of these kept: they tell more", true},
	    {"conflicts", t->conflicts, "of these kept: they contradict", true},
	    {"unreadable", t->rejected, "unreadable, kept as they are", true},
	    {"not_kept", result->not_kept,
	        "of these not kept: longer than 64 MiB", true},
	    {"within", result->within, "events inside another's record", true},
	    {"size", ledger_size(ledger), "records in the ledger now", false},
	};
	const size_t count = sizeof(lines) / sizeof(lines[0]);

	for (size_t i = 0; i < count; i++)
		if (json)
			printf("%s\"%s\":%ju", i ? "," : "{", lines[i].name,
			    (uintmax_t)lines[i].count);
		else if (lines[i].count || !lines[i].if_any)
			printf("%12ju  %s\n", (uintmax_t)lines[i].count,
			    lines[i].words);
	if (json)
		printf("}\n");
}

static int
import(const struct import_args *args, struct ledger *ledger, char **paths,
    struct err *err)
{
	struct import_options how = {.ledger = ledger,
	    .threads = args->threads,
	    .progress = args->progress};
	struct import_result *result = calloc(1, sizeof(*result));
	struct files files = {0};
	int status = -1;

	if (!result)
		abort();
	for (; *paths; paths++)
		if (files_add(&files, *paths, err))
			goto out;
	status = pipeline_import(&how, &files, result, err);
	show_skipped(&result->tally);
	if (status)
		goto out;
	show(result, ledger, args->json);
	if (!result->tally.files && !result->files_before)
		status =
		    err_set(err, ERR_INPUT, "no file given is a readable log");
	if (fflush(stdout))
		status = err_sys(err, "cannot write");
out:
	import_result_release(result);
	free(result);
	files_release(&files);
	return status;
}

int
cmd_import(int argc, char **argv)
{
	struct import_args args = {0};
	struct ledger_options where = {0};
	struct ledger_found found = {0};
	struct ledger *ledger = NULL;
	struct err err = {0};
	char *origin = NULL, *key = NULL, *state = NULL;
	int status = 2;

	if (parse(argc, argv, &args, &err))
		goto out;
	if (args.help) {
		fputs(cmd_import_help, stdout);
		return 0;
	}
	origin = place_origin(args.dir, &err);
	if (!origin)
		goto out;
	if (!args.key && !(key = place_key(slice_cstr(origin), &err)))
		goto out;
	where.key = args.key ? args.key : key;
	where.state = state = place_state(&err);
	if (!state || ledger_open(&ledger, args.dir, &where, &found, &err))
		goto out;
	if (found.cut_bytes)
		fprintf(stderr,
		    "firn: %ju bytes of a write that was cut off were removed; "
		    "none of it had been acknowledged\n",
		    (uintmax_t)found.cut_bytes);
	if (!import(&args, ledger, argv + optind + 1, &err))
		status = 0;
out:
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	ledger_close(ledger);
	free(origin);
	free(key);
	free(state);
	return status;
}
