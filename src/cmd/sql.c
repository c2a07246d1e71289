#include <stdio.h>

#include "cmd/child.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/reads.h"

const char cmd_sql_help[] =
    "usage: firn sql DIR SELECT [--format FORMAT]\n"
    "\n"
    "Runs one SELECT of DuckDB's SQL over a ledger, up to its checkpoint.  The "
    "view\n"
    "'records' has a row for each record; 'DESCRIBE records' lists its "
    "columns, "
    "and\n"
    "ip_in(ip, '10.0.0.0/8') is there besides DuckDB's functions.  Records "
    "that are\n"
    "not sealed are read again for each query.\n"
    "\n"
    "The query runs in a process that can read the ledger's folder, write no "
    "file\n"
    "and reach no network, for at most 600 seconds of processor time.\n"
    "\n"
    "  --format FORMAT  table (default), csv or ndjson\n"
    "\n"
    "examples:\n"
    "  firn sql /srv/ledger 'SELECT kind, count(*) FROM records GROUP BY ALL'\n"
    "  firn sql /srv/ledger \"FROM records WHERE session = 'a1'\" --format "
    "ndjson\n"
    "\n"
    "exit codes: 0 done, 2 wrong usage, or the query failed\n";

static const char *const formats[] = {"table", "csv", "ndjson"};

enum option_id { OPT_FORMAT = 256 };

static const struct option options[] = {
    {"format", required_argument, NULL, OPT_FORMAT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct sql_args {
	unsigned format;
	bool help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct sql_args *args = to;

	if (id == OPT_FORMAT)
		return option_format(
		    value, "table|csv|ndjson", &args->format, err);
	args->help = true;
	return 0;
}

int
cmd_sql(int argc, char **argv)
{
	struct sql_args args = {0};
	struct err err = {0};
	int first = options_read(argc, argv, options, set_option, &args, &err);
	int status = -1;

	if (args.help && first >= 0) {
		fputs(cmd_sql_help, stdout);
		return 0;
	}
	if (first >= 0 && argc - first != 2) {
		err_set(&err, ERR_USAGE,
		    "sql wants a ledger's folder and one SELECT; 'firn sql "
		    "--help' says how");
	} else if (first >= 0) {
		reads_record(
		    argv[first], &(struct read_asked){.command = "sql",
		                     .query = slice_cstr(argv[first + 1])});
		status = child_query(argv[first], formats[args.format],
		    slice_cstr(argv[first + 1]), &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status == 0 ? 0 : 2;
}
