#include <stdio.h>

#include "cmd/child.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/reads.h"
#include "store/query.h"

const char cmd_search_help[] =
    "usage: firn search DIR [QUERY...] [options]\n"
    "\n"
    "Finds records of a ledger, up to its checkpoint.  A query is made of "
    "words, all\n"
    "of which must be true:\n"
    "\n"
    "  user:NAME     who acted, by name or id      app:NAME      by name or "
    "id\n"
    "  ip:ADDRESS    or a network: 10.0.0.0/8      op:OPERATION\n"
    "  session:ID    mailbox:NAME  country:DE      outcome:success failure "
    "unknown\n"
    "  item:NAME     what was reached, by id, name or folder\n"
    "  id:ID         the record's own id, or FAMILY:ID\n"
    "  source:NAME   o365, o365/Exchange, or the kind, entra.signin\n"
    "  after:TIME    from then on                  before:TIME\n"
    "  TEXT          anywhere in the record as it came\n"
    "\n"
    "Several values stand between commas: any of them.  In values * is "
    "anything;\n"
    "upper and lower case are the same.  A - before a word turns it round.  "
    "What has\n"
    "blanks, commas or a colon stands in double quotes.  Times without a zone "
    "are UTC.\n"
    "\n"
    "Who asks for what is recorded in the ledger, or it is said why not.\n"
    "\n"
    "  --tenant ID      records of this tenant only; may be repeated, or hold "
    "commas\n"
    "  --purpose TEXT   what the records are looked at for\n"
    "  --order ORDER    time (default), -time, index or -index\n"
    "  --limit N        the first N only; what is said then on standard error "
    "shows the\n"
    "                   next ones\n"
    "  --page TOKEN     those behind the ones that were shown\n"
    "  --format FORMAT  table (default), csv or ndjson; these have all "
    "columns\n"
    "  --count          how many\n"
    "  --histogram UNIT how many in each hour, day or month\n"
    "\n"
    "examples:\n"
    "  firn search /srv/ledger user:anna@example.com -country:DE,FR\n"
    "  firn search /srv/ledger op:MailItemsAccessed ip:203.0.113.0/24 "
    "--histogram hour\n"
    "  firn search /srv/ledger \"wire transfer\" after:2026-10-01 --limit "
    "100\n"
    "\n"
    "exit codes: 0 done, 2 wrong usage, or no answer possible\n";

static const char *const formats[] = {"table", "csv", "ndjson"};
static const char *const units[] = {"hour", "day", "month"};
static const char *const orders[] = {"time", "-time", "index", "-index"};

enum option_id {
	OPT_FORMAT = 256,
	OPT_LIMIT,
	OPT_COUNT,
	OPT_HISTOGRAM,
	OPT_ORDER,
	OPT_PAGE,
	OPT_PURPOSE,
	OPT_TENANT,
};

static const struct option options[] = {
    {"format", required_argument, NULL, OPT_FORMAT},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"count", no_argument, NULL, OPT_COUNT},
    {"histogram", required_argument, NULL, OPT_HISTOGRAM},
    {"order", required_argument, NULL, OPT_ORDER},
    {"page", required_argument, NULL, OPT_PAGE},
    {"purpose", required_argument, NULL, OPT_PURPOSE},
    {"tenant", required_argument, NULL, OPT_TENANT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct search_args {
	struct query query;
	struct arena arena; /* of words and tenants */
	unsigned format;
	bool count, histogram, help;
};

static bool
choose(const char *const *names, size_t count, const char *value, unsigned *to)
{
	for (unsigned i = 0; i < count; i++) {
		if (strcmp(names[i], value) != 0)
			continue;
		*to = i;
		return true;
	}
	return false;
}

static int
set_row_option(
    int id, const char *value, struct search_args *args, struct err *err)
{
	struct query *query = &args->query;
	unsigned order;

	switch (id) {
	case OPT_LIMIT:
		if (slice_to_u64(slice_cstr(value), &query->limit) &&
		    query->limit && query->limit <= QUERY_LIMIT_MAX)
			return 0;
		return err_set(err, ERR_USAGE,
		    "--limit: '%s' is no number of records", value);
	case OPT_PAGE:
		query->page = slice_cstr(value);
		if (value[0])
			return 0;
		return err_set(err, ERR_USAGE, "--page: a token is missing");
	default:
		/* What begins with a dash has got a blank in front. */
		if (choose(orders, 4, value + (value[0] == ' '), &order)) {
			query->order = (enum query_order)order;
			return 0;
		}
		return err_set(err, ERR_USAGE,
		    "--order: '%s' is not time, -time, index or -index", value);
	}
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct search_args *args = to;
	unsigned unit;

	switch (id) {
	case OPT_FORMAT:
		return option_format(
		    value, "table|csv|ndjson", &args->format, err);
	case OPT_COUNT:
		args->count = true;
		return 0;
	case OPT_HISTOGRAM:
		args->histogram = true;
		if (!choose(units, 3, value, &unit))
			return err_set(err, ERR_USAGE,
			    "--histogram: '%s' is not hour, day or month",
			    value);
		args->query.unit = (enum query_unit)unit;
		return 0;
	case OPT_PURPOSE:
		args->query.purpose = slice_cstr(value);
		return 0;
	case OPT_TENANT:
		option_tenants(value, &args->query.tenants, &args->arena);
		return 0;
	case OPTION_HELP:
		args->help = true;
		return 0;
	default:
		return set_row_option(id, value, args, err);
	}
}

static int
search(struct search_args *args, char **words, struct err *err)
{
	struct query *query = &args->query;
	struct buf text = {0}, input = {0};
	struct plan plan = {0};
	int status;

	for (size_t i = 1; words[i]; i++) {
		buf_str(&text, words[i]);
		if (words[i + 1])
			buf_char(&text, ' ');
	}
	query->words = buf_slice(&text);
	query->all_tenants = !query->tenants.count;
	query->all_columns = args->format != 0;
	if (args->count)
		query->what = QUERY_COUNT;
	if (args->histogram)
		query->what = QUERY_HISTOGRAM;
	status = query_plan(query, &plan, err);
	if (!status) {
		reads_record(words[0], &(struct read_asked){.command = "search",
		                           .query = query->words,
		                           .tenants = query->tenants.list,
		                           .tenant_count = query->tenants.count,
		                           .purpose = query->purpose});
		plan_print(&input, &plan);
		status = child_query(
		    words[0], formats[args->format], buf_slice(&input), err);
	}
	plan_release(&plan);
	buf_release(&text);
	buf_release(&input);
	return status;
}

/*
 * A word that begins with one dash is turned round, and no option: a blank in
 * front of it hides it from who looks for options, and means nothing in a
 * query.
 */
static char **
shield(int argc, char **argv, struct arena *arena)
{
	char **out = arena_calloc(arena, (size_t)argc + 1, sizeof(*out));

	for (int i = 0; i < argc; i++) {
		const char *s = argv[i];
		size_t len = strlen(s);

		out[i] = argv[i];
		if (s[0] != '-' || len == 1 || s[1] == '-' || !strcmp(s, "-h"))
			continue;
		out[i] = arena_alloc(arena, len + 2);
		out[i][0] = ' ';
		memcpy(out[i] + 1, s, len + 1);
	}
	return out;
}

int
cmd_search(int argc, char **argv)
{
	struct search_args args = {.query.purpose = SLICE("not stated")};
	struct err err = {0};
	int first, status = -1;

	argv = shield(argc, argv, &args.arena);
	first = options_read(argc, argv, options, set_option, &args, &err);
	if (first >= 0 && args.help) {
		fputs(cmd_search_help, stdout);
		status = 0;
	} else if (first >= 0 && argc == first) {
		err_set(&err, ERR_USAGE,
		    "search wants a ledger's folder; 'firn search --help' says "
		    "how");
	} else if (first >= 0 && args.count && args.histogram) {
		err_set(&err, ERR_USAGE, "either --count or --histogram");
	} else if (first >= 0) {
		status = search(&args, argv + first, &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	arena_release(&args.arena);
	return status == 0 ? 0 : 2;
}
