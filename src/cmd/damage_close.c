#include "cmd/damage_close.h"

#include <stdio.h>

#include "cmd/options.h"
#include "cmd/who.h"
#include "cmd/writer.h"
#include "event/event.h"
#include "incident/statement.h"
#include "ledger/leaf.h"
#include "pipeline_damage.h"
#include "json/build.h"

static const char help[] =
    "usage: firn damage close DIR --case N --by NAME [--why TEXT]\n"
    "\n"
    "Records in the ledger that a case is closed: a running 'firn run' follows "
    "it no\n"
    "more.  A case is an assessment that was recorded; its number is that of "
    "the\n"
    "record.  Asking 'firn damage' the same again opens it again, under "
    "another\n"
    "number.\n"
    "\n"
    "  --case N    which: 'firn status' has the numbers\n"
    "  --by NAME   who closes it\n"
    "  --why TEXT  what for\n"
    "\n"
    "example:\n"
    "  firn damage close /srv/ledger --case 48113 --by 'A. Bauer' --why "
    "'rebuilt'\n"
    "\n"
    "exit codes: 0 recorded, 2 wrong usage, or it could not be recorded\n";

enum option_id {
	OPT_BY = 256,
	OPT_CASE,
	OPT_WHY,
};

static const struct option options[] = {
    {"by", required_argument, NULL, OPT_BY},
    {"case", required_argument, NULL, OPT_CASE},
    {"why", required_argument, NULL, OPT_WHY},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct close_args {
	uint64_t number;
	bool numbered, help;
	struct slice by, why;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct close_args *args = to;

	switch (id) {
	case OPT_CASE:
		args->numbered = slice_to_u64(slice_cstr(value), &args->number);
		if (args->numbered)
			return 0;
		return err_set(
		    err, ERR_USAGE, "--case: '%s' is no number", value);
	case OPT_BY:
		args->by = slice_cstr(value);
		if (leaf_name_ok(args->by))
			return 0;
		return err_set(err, ERR_USAGE,
		    "--by: who closes it is named in 1 to %d bytes of text",
		    LEAF_NAME_MAX);
	case OPT_WHY:
		args->why = slice_cstr(value);
		return 0;
	default:
		args->help = true;
		return 0;
	}
}

/* What is open is named, where something else was asked for. */
static int
check_open(const char *dir, uint64_t number, struct err *err)
{
	const struct damage_case *cases;
	struct arena arena = {0};
	struct buf open = {0};
	size_t count;
	bool found = false;
	int status = damage_cases(dir, NULL, &cases, &count, &arena, err);

	for (size_t i = 0; !status && i < count; i++) {
		found |= cases[i].index == number;
		buf_printf(
		    &open, "%s%ju", i ? ", " : "", (uintmax_t)cases[i].index);
	}
	if (!status && !found)
		status = err_set(err, ERR_USAGE,
		    "there is no open case %ju; open are: %.*s",
		    (uintmax_t)number, open.len ? (int)open.len : 4,
		    open.len ? open.ptr : "none");
	buf_release(&open);
	arena_release(&arena);
	return status;
}

static int
add(const char *dir, const struct close_args *args, uint64_t *index,
    struct err *err)
{
	const struct damage_statement closed = {.kind = STATEMENT_CLOSED,
	    .number = args->number,
	    .text = args->why,
	    .by = args->by,
	    .way = WAY_COUNT,
	    .until_us = EVENT_NO_TIME,
	    .at_us = EVENT_NO_TIME};
	struct buf raw = {0};
	size_t mark = json_open(&raw, NULL, '{');
	int status;

	statement_add(&raw, &closed);
	who_add(&raw);
	json_close(&raw, mark);
	status = writer_add(dir, "damage", buf_slice(&raw), index, err);
	buf_release(&raw);
	return status;
}

static int
record(const char *dir, const struct close_args *args, struct err *err)
{
	uint64_t index;

	if (!args->numbered || !args->by.len)
		return err_set(err, ERR_USAGE,
		    "close wants --case N and --by NAME; 'firn damage close "
		    "--help' says how");
	if (check_open(dir, args->number, err) || add(dir, args, &index, err))
		return -1;
	printf("record %ju: case %ju is closed\n", (uintmax_t)index,
	    (uintmax_t)args->number);
	return fflush(stdout) ? err_sys(err, "cannot write") : 0;
}

int
damage_close(int argc, char **argv)
{
	struct close_args args = {0};
	struct err err = {0};
	int status = -1;
	int first = options_read(argc, argv, options, set_option, &args, &err);

	if (first >= 0 && args.help) {
		fputs(help, stdout);
		status = 0;
	} else if (first >= 0 && argc - first != 1) {
		err_set(&err, ERR_USAGE,
		    "close wants one ledger's folder; 'firn damage close "
		    "--help' says how");
	} else if (first >= 0) {
		status = record(argv[first], &args, &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status ? 2 : 0;
}
