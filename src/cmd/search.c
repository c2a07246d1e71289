#include <stdio.h>

#include "base/arena.h"
#include "cmd/child.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/reads.h"
#include "store/search.h"

const char cmd_search_help[] =
    "usage: firn search DIR [QUERY...] [options]\n"
    "\n"
    "Finds records of a ledger, up to its checkpoint, in the order of time.  A "
    "query\n"
    "is made of words, all of which must be true:\n"
    "\n"
    "  user:NAME     who acted, by name or id      app:NAME      by name or "
    "id\n"
    "  ip:ADDRESS    or a network: 10.0.0.0/8      op:OPERATION\n"
    "  session:ID    mailbox:NAME  country:DE      outcome:success failure "
    "unknown\n"
    "  item:NAME     what was reached, by id, name or folder\n"
    "  source:NAME   o365, o365/Exchange, or the kind, entra.signin\n"
    "  after:TIME    from then on                  before:TIME\n"
    "  TEXT          in operation, actor, app, mailbox or target\n"
    "\n"
    "Several values stand between commas: any of them.  In values * is "
    "anything;\n"
    "upper and lower case are the same.  A - before a word turns it round.  "
    "What has\n"
    "blanks, commas or a colon stands in double quotes.  Times without a zone "
    "are UTC.\n"
    "\n"
    "  --format FORMAT  table (default), csv or ndjson; these have all "
    "columns\n"
    "  --limit N        the first N only\n"
    "  --count          how many\n"
    "  --histogram UNIT how many in each hour, day or month\n"
    "\n"
    "examples:\n"
    "  firn search /srv/ledger user:anna@example.com -country:DE,FR\n"
    "  firn search /srv/ledger op:MailItemsAccessed ip:203.0.113.0/24 "
    "--histogram hour\n"
    "\n"
    "exit codes: 0 done, 2 wrong usage, or no answer possible\n";

static const char *const formats[] = {"table", "csv", "ndjson"};
static const char *const units[] = {"hour", "day", "month"};

enum option_id { OPT_FORMAT = 256, OPT_LIMIT, OPT_COUNT, OPT_HISTOGRAM };

static const struct option options[] = {
    {"format", required_argument, NULL, OPT_FORMAT},
    {"limit", required_argument, NULL, OPT_LIMIT},
    {"count", no_argument, NULL, OPT_COUNT},
    {"histogram", required_argument, NULL, OPT_HISTOGRAM},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct search_args {
	unsigned format, unit;
	uint64_t limit; /* 0: none */
	bool count, histogram, help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct search_args *args = to;

	switch (id) {
	case OPT_FORMAT:
		return option_format(
		    value, "table|csv|ndjson", &args->format, err);
	case OPT_LIMIT:
		if (slice_to_u64(slice_cstr(value), &args->limit) &&
		    args->limit && args->limit <= INT64_MAX)
			return 0;
		return err_set(err, ERR_USAGE,
		    "--limit: '%s' is no number of records", value);
	case OPT_COUNT:
		args->count = true;
		return 0;
	case OPT_HISTOGRAM:
		args->histogram = true;
		for (args->unit = 0; args->unit < 3; args->unit++)
			if (!strcmp(value, units[args->unit]))
				return 0;
		return err_set(err, ERR_USAGE,
		    "--histogram: '%s' is not hour, day or month", value);
	default:
		args->help = true;
		return 0;
	}
}

static int
make_sql(const struct search_args *args, struct slice query, struct buf *sql,
    struct err *err)
{
	if (args->count)
		buf_str(sql, "SELECT count(*) AS count");
	else if (args->histogram)
		buf_printf(sql,
		    "SELECT date_trunc('%s', time)::TIMESTAMP AS time, "
		    "count(*) AS count",
		    units[args->unit]);
	else if (args->format)
		buf_str(sql, "SELECT *");
	else
		buf_str(sql, "SELECT index, time, operation, outcome, "
		             "actor_name, ip, country, app_name, "
		             "coalesce(target_name, mailbox) AS target");
	buf_str(sql, " FROM records WHERE ");
	if (search_condition(query, sql, err))
		return -1;
	if (args->histogram)
		buf_str(sql, " GROUP BY 1 ORDER BY 1");
	else if (!args->count)
		buf_str(sql, " ORDER BY time, index");
	if (args->limit)
		buf_printf(sql, " LIMIT %ju", (uintmax_t)args->limit);
	return 0;
}

static int
search(const struct search_args *args, char **words, struct err *err)
{
	struct buf query = {0}, sql = {0};
	int status;

	for (size_t i = 1; words[i]; i++) {
		buf_str(&query, words[i]);
		if (words[i + 1])
			buf_char(&query, ' ');
	}
	status = make_sql(args, buf_slice(&query), &sql, err);
	if (!status) {
		reads_record(words[0], &(struct read_asked){.command = "search",
		                           .query = buf_slice(&query)});
		status = child_query(
		    words[0], formats[args->format], buf_slice(&sql), err);
	}
	buf_release(&query);
	buf_release(&sql);
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
	struct search_args args = {0};
	struct arena arena = {0};
	struct err err = {0};
	int first, status = -1;

	argv = shield(argc, argv, &arena);
	first = options_read(argc, argv, options, set_option, &args, &err);

	if (args.help && first >= 0) {
		fputs(cmd_search_help, stdout);
		arena_release(&arena);
		return 0;
	}
	if (first >= 0 && argc == first)
		err_set(&err, ERR_USAGE,
		    "search wants a ledger's folder; 'firn search --help' says "
		    "how");
	else if (args.count && args.histogram)
		err_set(&err, ERR_USAGE, "either --count or --histogram");
	else if (first >= 0)
		status = search(&args, argv + first, &err);
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	arena_release(&arena);
	return status == 0 ? 0 : 2;
}
