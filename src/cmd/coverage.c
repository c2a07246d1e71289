#include <stdio.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/coverage_show.h"
#include "cmd/options.h"
#include "coverage/kept.h"

const char cmd_coverage_help[] =
    "usage: firn coverage DIR [options]\n"
    "\n"
    "What a ledger's sources gave, up to its checkpoint, and what is missing: "
    "of each\n"
    "source and stream the deliveries and records, how late they were, and "
    "until when\n"
    "all is there; then the gaps, open ones first.  A silence is a suspicion: "
    "fewer\n"
    "events than is usual for that hour.\n"
    "\n"
    "  --from TIME      what became available from then on, and gaps of that "
    "time\n"
    "  --to TIME        what became available before\n"
    "  --source NAME    of this source only, as it is configured\n"
    "  --hours          by the hour, and by the day what is older than 35 "
    "days\n"
    "  --format FORMAT  table (default) or json\n"
    "\n"
    "Times without a zone are UTC.  Lags are of all times.\n"
    "\n"
    "examples:\n"
    "  firn coverage /srv/ledger\n"
    "  firn coverage /srv/ledger --from 2026-10-01 --hours --format json\n"
    "\n"
    "exit codes: 0 no gap is open, 1 some are, 2 wrong usage, or no answer\n";

enum option_id {
	OPT_FORMAT = 256,
	OPT_FROM,
	OPT_HOURS,
	OPT_SOURCE,
	OPT_TO,
};

static const struct option options[] = {
    {"format", required_argument, NULL, OPT_FORMAT},
    {"from", required_argument, NULL, OPT_FROM},
    {"hours", no_argument, NULL, OPT_HOURS},
    {"source", required_argument, NULL, OPT_SOURCE},
    {"to", required_argument, NULL, OPT_TO},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct coverage_args {
	struct coverage_show show;
	unsigned format;
	bool help;
};

static int
set_time(const char *option, const char *value, int64_t *to, struct err *err)
{
	if (time_parse(slice_cstr(value), to))
		return 0;
	return err_set(err, ERR_USAGE, "%s: '%s' is no time", option, value);
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct coverage_args *args = to;

	switch (id) {
	case OPT_FORMAT:
		return option_format(value, "table|json", &args->format, err);
	case OPT_FROM:
		return set_time("--from", value, &args->show.from_us, err);
	case OPT_TO:
		return set_time("--to", value, &args->show.to_us, err);
	case OPT_HOURS:
		args->show.hours = true;
		return 0;
	case OPT_SOURCE:
		args->show.source = value;
		return 0;
	default:
		args->help = true;
		return 0;
	}
}

/* Whether the source that was asked for has anything; else it is a mistake. */
static bool
has_source(const struct coverage *coverage, const char *source)
{
	for (size_t i = 0; i < coverage_stream_count(coverage); i++) {
		struct coverage_stream stream;

		coverage_stream(coverage, i, &stream);
		if (!strcmp(stream.source, source))
			return true;
	}
	return false;
}

/* The exit code. */
static int
show(struct coverage_args *args, const char *dir, struct err *err)
{
	struct coverage_show *what = &args->show;
	struct coverage *coverage = NULL;
	struct view *view = NULL;
	struct buf out = {0};
	int code = 2;

	if (view_open(&view, dir, err) ||
	    coverage_read(&coverage, dir, view, err))
		goto out;
	if (what->source && !has_source(coverage, what->source)) {
		err_set(err, ERR_USAGE,
		    "the ledger has nothing of a source '%s'", what->source);
		goto out;
	}
	what->coverage = coverage;
	what->origin = view_origin(view);
	what->size = view_tree(view)->size;
	if (args->format)
		coverage_show_json(&out, what);
	else
		coverage_show_table(&out, what);
	fwrite(out.ptr, 1, out.len, stdout);
	code = coverage_show_open(what) ? 1 : 0;
	if (fflush(stdout)) {
		err_sys(err, "cannot write");
		code = 2;
	}
out:
	coverage_free(coverage);
	view_close(view);
	buf_release(&out);
	return code;
}

int
cmd_coverage(int argc, char **argv)
{
	struct coverage_args args = {
	    .show = {.from_us = INT64_MIN, .to_us = INT64_MAX}};
	struct err err = {0};
	int code = 2;
	int first = options_read(argc, argv, options, set_option, &args, &err);

	if (first >= 0 && args.help) {
		fputs(cmd_coverage_help, stdout);
		code = 0;
	} else if (first >= 0 && argc - first != 1) {
		err_set(&err, ERR_USAGE,
		    "coverage wants one ledger's folder; 'firn coverage "
		    "--help' says how");
	} else if (first >= 0) {
		code = show(&args, argv[first], &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return code;
}
