#include "cmd/damage_aware.h"

#include <stdio.h>

#include "base/time.h"
#include "cmd/options.h"
#include "cmd/who.h"
#include "cmd/writer.h"
#include "event/event.h"
#include "incident/statement.h"
#include "json/build.h"

static const char help[] =
    "usage: firn damage aware DIR --at TIME --by NAME [--within 72h]\n"
    "\n"
    "Records in the ledger since when a breach is known, and who says so.\n"
    "From then on runs the time within which others are to be told; reports "
    "say it.\n"
    "\n"
    "  --at TIME      when it became known; not in the future.  Without a "
    "zone it\n"
    "                 is UTC\n"
    "  --by NAME      who says so\n"
    "  --within TIME  until when others are to be told, from then: hours or "
    "days\n"
    "                 (72h, as Art. 33 GDPR has it)\n"
    "\n"
    "The newest of these records counts; those before it stay.\n"
    "\n"
    "example:\n"
    "  firn damage aware /srv/ledger --at 2026-10-05T14:30 --by 'A. Bauer'\n"
    "\n"
    "exit codes: 0 recorded, 2 wrong usage, or it could not be recorded\n";

#define HOUR_US     (INT64_C(3600) * 1000000)
#define WITHIN_US   (72 * HOUR_US)
#define WITHIN_DAYS UINT64_C(3660)

enum option_id {
	OPT_AT = 256,
	OPT_BY,
	OPT_WITHIN,
};

static const struct option options[] = {
    {"at", required_argument, NULL, OPT_AT},
    {"by", required_argument, NULL, OPT_BY},
    {"within", required_argument, NULL, OPT_WITHIN},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct aware_args {
	int64_t at_us, within_us;
	struct slice by;
	bool help;
};

static int
set_within(const char *value, int64_t *out, struct err *err)
{
	struct slice number = slice_cstr(value);
	char unit = number.len ? number.ptr[number.len - 1] : '\0';
	uint64_t hours = unit == 'd' ? 24 : 1, n;

	if (number.len)
		number.len--;
	number = slice_trim(number);
	if ((unit != 'h' && unit != 'd') || !slice_to_u64(number, &n) || !n ||
	    n > WITHIN_DAYS * 24 / hours)
		return err_set(err, ERR_USAGE,
		    "--within: '%s' is no number of hours or days, as in 72h "
		    "or 3d",
		    value);
	*out = (int64_t)(n * hours) * HOUR_US;
	return 0;
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct aware_args *args = to;

	switch (id) {
	case OPT_AT:
		if (!time_parse(slice_cstr(value), &args->at_us))
			return err_set(
			    err, ERR_USAGE, "--at: '%s' is no time", value);
		if (args->at_us > time_now_us())
			return err_set(err, ERR_USAGE,
			    "--at: '%s' is in the future", value);
		return 0;
	case OPT_BY:
		args->by = slice_cstr(value);
		if (leaf_name_ok(args->by))
			return 0;
		return err_set(err, ERR_USAGE,
		    "--by: who says so is named in 1 to %d bytes of text",
		    LEAF_NAME_MAX);
	case OPT_WITHIN:
		return set_within(value, &args->within_us, err);
	default:
		args->help = true;
		return 0;
	}
}

/* Unlike a record of who read, without it nothing was done. */
static int
add(const char *dir, const struct damage_statement *statement, uint64_t *index,
    struct err *err)
{
	struct buf raw = {0};
	size_t mark = json_open(&raw, NULL, '{');
	int status;

	statement_add(&raw, statement);
	who_add(&raw);
	json_close(&raw, mark);
	status = writer_add(dir, "damage", buf_slice(&raw), index, err);
	buf_release(&raw);
	return status;
}

static int
record(const char *dir, const struct aware_args *args, struct err *err)
{
	const struct damage_statement statement = {.kind = STATEMENT_AWARE,
	    .way = WAY_COUNT,
	    .by = args->by,
	    .at_us = args->at_us,
	    .until_us = args->at_us + args->within_us};
	char at[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
	uint64_t index;

	if (args->at_us == EVENT_NO_TIME || !args->by.len)
		return err_set(err, ERR_USAGE,
		    "aware wants --at TIME and --by NAME; 'firn damage aware "
		    "--help' says how");
	if (add(dir, &statement, &index, err))
		return -1;
	time_format(statement.at_us, at);
	time_format(statement.until_us, until);
	printf("record %ju: known since %.19sZ, others are to be told until "
	       "%.19sZ\n",
	    (uintmax_t)index, at, until);
	return fflush(stdout) ? err_sys(err, "cannot write") : 0;
}

int
damage_aware(int argc, char **argv)
{
	struct aware_args args = {
	    .at_us = EVENT_NO_TIME, .within_us = WITHIN_US};
	struct err err = {0};
	int status = -1;
	int first = options_read(argc, argv, options, set_option, &args, &err);

	if (first >= 0 && args.help) {
		fputs(help, stdout);
		status = 0;
	} else if (first >= 0 && argc - first != 1) {
		err_set(&err, ERR_USAGE,
		    "aware wants one ledger's folder; 'firn damage aware "
		    "--help' says how");
	} else if (first >= 0) {
		status = record(argv[first], &args, &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status ? 2 : 0;
}
