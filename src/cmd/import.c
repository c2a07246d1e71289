#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/ledger_cosign.h"
#include "cmd/options.h"
#include "cmd/writer.h"
#include "pipeline_import.h"
#include "json/json.h"

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
    "At its end it asks the ledger's witnesses, if it keeps a policy that "
    "names them.\n"
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

/* For a writer that has the lock and does not answer: it may be recovering. */
#define PATIENCE_MS 60000

enum option_id {
	OPT_KEY = 256,
	OPT_THREADS,
	OPT_FORMAT,
	OPT_PROGRESS,
};

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"threads", required_argument, NULL, OPT_THREADS},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct import_args {
	const char *dir, *key;
	char **paths;
	unsigned threads, format; /* 0 text, 1 json */
	bool progress, help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct import_args *args = to;

	switch (id) {
	case OPT_KEY:
		args->key = value;
		return 0;
	case OPT_THREADS:
		return option_threads(value, &args->threads, err);
	case OPT_FORMAT:
		return option_format(value, "text|json", &args->format, err);
	case OPT_PROGRESS:
		return option_progress(value, &args->progress, err);
	default:
		args->help = true;
		return 0;
	}
}

static int
parse(int argc, char **argv, struct import_args *args, struct err *err)
{
	int first;

	args->threads = option_threads_default();
	args->progress = isatty(STDERR_FILENO);
	first = options_read(argc, argv, options, set_option, args, err);
	if (first < 0 || args->help)
		return first < 0 ? -1 : 0;
	if (argc - first < 2)
		return err_set(err, ERR_USAGE,
		    "import wants a ledger's folder and what to take in; "
		    "'firn import --help' says how");
	args->dir = argv[first];
	args->paths = argv + first + 1;
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
show(const struct import_result *result, uint64_t size, bool json)
{
	const struct tally *t = &result->tally;
	const struct line lines[] = {
	    {"files", t->files, "files read", false},
	    {"files_before", result->files_before,
	        "files that were taken whole before", true},
	    {"files_skipped", t->files_skipped, "files that are no logs", true},
	    {"before", result->before, "items taken by another run", true},
	    {"records", t->records, "records in them", false},
	    {"events", t->events, "new events", false},
	    {"duplicates", t->duplicates, "told before", true},
	    {"tellings", t->tellings, "of these kept: they tell more", true},
	    {"conflicts", t->conflicts, "of these kept: they contradict", true},
	    {"unreadable", t->rejected, "unreadable, kept as they are", true},
	    {"not_kept", result->not_kept,
	        "of these not kept: longer than 64 MiB", true},
	    {"within", result->within, "events inside another's record", true},
	    {"size", size, "records in the ledger now", false},
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
import(const struct import_args *args, struct append *append, struct err *err)
{
	struct import_options how = {.append = append,
	    .threads = args->threads,
	    .progress = args->progress};
	struct import_result *result = calloc(1, sizeof(*result));
	struct files files = {0};
	uint64_t size;
	int status = -1;

	if (!result)
		abort();
	for (char **path = args->paths; *path; path++)
		if (files_add(&files, *path, err))
			goto out;
	status = pipeline_import(&how, &files, result, err);
	show_skipped(&result->tally);
	if (status)
		goto out;
	status = append_size(append, &size, err);
	if (status)
		goto out;
	show(result, size, args->format == 1);
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
	struct writer_options how = {.serve = true, .patience_ms = PATIENCE_MS};
	struct append *append = NULL;
	struct err err = {0};
	int status = 2;

	if (parse(argc, argv, &args, &err))
		goto out;
	if (args.help) {
		fputs(cmd_import_help, stdout);
		return 0;
	}
	how.dir = args.dir;
	how.key = args.key;
	if (!writer_open(&append, &how, &err) && !import(&args, append, &err))
		status = 0;
	/* Others may write while witnesses take their time. */
	writer_close(append);
	if (append)
		ledger_cosign_kept(args.dir);
out:
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status;
}
