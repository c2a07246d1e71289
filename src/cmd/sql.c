#include <stdio.h>

#include "cmd/child.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/reads.h"
#include "store/query.h"

const char cmd_sql_help[] =
    "usage: firn sql DIR SELECT [--format FORMAT]\n"
    "\n"
    "Runs one SELECT of DuckDB's SQL over a ledger, up to its checkpoint.  The "
    "view\n"
    "'records' has a row for each record; 'DESCRIBE records' lists its "
    "columns.\n"
    "raw(index) gives the bytes of a record, and ip_in(ip, '10.0.0.0/8') "
    "tells whether\n"
    "an address is of a network.  Records that are not sealed are read again "
    "for each\n"
    "query.\n"
    "\n"
    "The query runs in a process that can read the ledger's folder, write no "
    "file\n"
    "and reach no network, for at most 600 seconds of processor time.  Who "
    "asks for\n"
    "what is recorded in the ledger, or it is said why not.\n"
    "\n"
    "  --tenant ID      records of this tenant only; may be repeated, or hold "
    "commas\n"
    "  --purpose TEXT   what the records are looked at for\n"
    "  --format FORMAT  table (default), csv or ndjson\n"
    "\n"
    "examples:\n"
    "  firn sql /srv/ledger 'SELECT kind, count(*) FROM records GROUP BY ALL'\n"
    "  firn sql /srv/ledger \"FROM records WHERE session = 'a1'\" --format "
    "ndjson\n"
    "\n"
    "exit codes: 0 done, 2 wrong usage, or the query failed\n";

static const char *const formats[] = {"table", "csv", "ndjson"};

enum option_id { OPT_FORMAT = 256, OPT_PURPOSE, OPT_TENANT };

static const struct option options[] = {
    {"format", required_argument, NULL, OPT_FORMAT},
    {"purpose", required_argument, NULL, OPT_PURPOSE},
    {"tenant", required_argument, NULL, OPT_TENANT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct sql_args {
	struct plan_list tenants;
	struct slice purpose;
	struct arena arena; /* of tenants */
	unsigned format;
	bool help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct sql_args *args = to;

	switch (id) {
	case OPT_FORMAT:
		return option_format(
		    value, "table|csv|ndjson", &args->format, err);
	case OPT_PURPOSE:
		args->purpose = slice_cstr(value);
		return 0;
	case OPT_TENANT:
		option_tenants(value, &args->tenants, &args->arena);
		return 0;
	default:
		args->help = true;
		return 0;
	}
}

static int
sql(const struct sql_args *args, char **words, struct err *err)
{
	struct buf input = {0};
	struct plan plan = {0};
	int status = query_plan_sql(
	    slice_cstr(words[1]), &args->tenants, args->purpose, &plan, err);

	if (!status) {
		reads_record(words[0], &(struct read_asked){.command = "sql",
		                           .query = plan.sql,
		                           .tenants = plan.tenants.list,
		                           .tenant_count = plan.tenants.count,
		                           .purpose = args->purpose});
		plan_print(&input, &plan);
		status = child_query(
		    words[0], formats[args->format], buf_slice(&input), err);
	}
	plan_release(&plan);
	buf_release(&input);
	return status;
}

int
cmd_sql(int argc, char **argv)
{
	struct sql_args args = {.purpose = SLICE("not stated")};
	struct err err = {0};
	int first = options_read(argc, argv, options, set_option, &args, &err);
	int status = -1;

	if (first >= 0 && args.help) {
		fputs(cmd_sql_help, stdout);
		status = 0;
	} else if (first >= 0 && argc - first != 2) {
		err_set(&err, ERR_USAGE,
		    "sql wants a ledger's folder and one SELECT; 'firn sql "
		    "--help' says how");
	} else if (first >= 0) {
		status = sql(&args, argv + first, &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	arena_release(&args.arena);
	return status == 0 ? 0 : 2;
}
