#include "ledger/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/term.h"
#include "cmd/cmd.h"
#include "cmd/cosigned.h"
#include "cmd/options.h"
#include "cmd/place.h"
#include "cmd/verify_columns.h"
#include "cmd/vkey.h"
#include "ledger/dir.h"
#include "source/progress.h"
#include "json/build.h"
#include "json/json.h"

const char cmd_verify_help[] =
    "usage: firn verify DIR [--key VKEY|FILE] [--quick] [--format FORMAT]\n"
    "                   [--progress WHEN]\n"
    "\n"
    "Checks a ledger: that its checkpoint is signed, that it goes on from the "
    "one\n"
    "that was seen here last, and that every record is the one that was "
    "signed\n"
    "for.  Names the first fault.\n"
    "\n"
    "  --key VKEY|FILE  a verifier key that you have from elsewhere, or a file "
    "of\n"
    "                   them; without it those in the ledger are believed, "
    "which\n"
    "                   whoever can write to the ledger could change; an "
    "older key\n"
    "                   of the ledger will do, if records in it lead on from "
    "it\n"
    "  --quick          only the signature, the root, and a sample of 1000 "
    "records\n"
    "                   that follows from the root\n"
    "  --format FORMAT  table (default) or json\n"
    "  --progress WHEN  auto (default: on a terminal) or never\n"
    "\n"
    "What was seen is kept in $XDG_STATE_HOME/firn/verified.\n"
    "\n"
    "examples:\n"
    "  firn verify /srv/ledger --key ~/contoso.pub\n"
    "  firn verify /srv/ledger --quick --format json\n"
    "\n"
    "exit codes: 0 all of it verifies, 1 it does not, 2 wrong usage, or it "
    "could\n"
    "not be read\n";

enum option_id { OPT_KEY = 256, OPT_QUICK, OPT_FORMAT, OPT_PROGRESS };

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"quick", no_argument, NULL, OPT_QUICK},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"progress", required_argument, NULL, OPT_PROGRESS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct verify_args {
	const char *dir, *key;
	unsigned format; /* 0 table, 1 json */
	bool quick, progress, help;
	struct verified_columns columns; /* the answer's */
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct verify_args *args = to;

	switch (id) {
	case OPT_KEY:
		args->key = value;
		return 0;
	case OPT_QUICK:
		args->quick = true;
		return 0;
	case OPT_FORMAT:
		return option_format(value, "table|json", &args->format, err);
	case OPT_PROGRESS:
		return option_progress(value, &args->progress, err);
	default:
		args->help = true;
		return 0;
	}
}

static int
parse(int argc, char **argv, struct verify_args *args, struct err *err)
{
	int first;

	args->progress = isatty(STDERR_FILENO);
	first = options_read(argc, argv, options, set_option, args, err);
	if (first < 0)
		return -1;
	if (!args->help && argc - first != 1)
		return err_set(err, ERR_USAGE,
		    "verify wants one folder; 'firn verify --help' says how");
	args->dir = argv[first];
	return 0;
}

/* --- the answer --- */

static void
add_root(struct buf *out, const struct merkle_head *tree)
{
	base64_add(out, tree->root.bytes, sizeof(tree->root.bytes));
}

/* Whose records these are, and which are missing. */
static void
add_former(struct buf *out, const struct verify_report *r)
{
	const struct verify_former *f = &r->former;

	buf_printf(out, "was         %s, ", f->origin);
	if (f->lost_end > f->kept)
		buf_printf(out,
		    "whose records %" PRIu64 " to %" PRIu64 " are lost: ",
		    f->kept, f->lost_end - 1);
	else
		buf_str(out, "some of whose records are others here: ");
	term_fit(out, slice_cstr(f->reason), CHANGE_TEXT_MAX);
	buf_str(out, " (");
	term_fit(out, slice_cstr(f->who), CHANGE_TEXT_MAX);
	buf_printf(out, ", record %" PRIu64 "%s)\n", f->kept,
	    f->by_old ? "" : ", without the signature of the old key");
	if (r->names > 1)
		buf_printf(out, "            and had %zu names before\n",
		    r->names - 1);
}

static void
add_columns(struct buf *out, const struct verified_columns *columns)
{
	buf_printf(out, "columns     of %" PRIu64 " sealed records compared",
	    columns->compared);
	if (columns->without_country)
		buf_printf(out,
		    ", of %" PRIu64
		    " without the country, which another table gave",
		    columns->without_country);
	if (columns->others)
		buf_printf(out,
		    "\n            not those of %" PRIu64
		    ", by another version of firn; 'firn ledger reindex' makes "
		    "them again",
		    columns->others);
	buf_char(out, '\n');
}

static void
print_table(const struct verify_args *args, const struct verify_report *r)
{
	struct buf out = {0};

	buf_printf(&out, "ledger      %s\n", r->origin);
	if (r->names)
		add_former(&out, r);
	buf_printf(
	    &out, "checkpoint  %" PRIu64 " records, root ", r->tree.size);
	add_root(&out, &r->tree);
	buf_printf(&out, "\nsigned by   %s+%08x, %s\n", r->signer.name,
	    r->signer.id,
	    !args->key    ? "a key in the ledger itself; --key compares with "
	                    "one from elsewhere"
	    : r->followed ? "to which records in it lead from the key that you "
	                    "gave"
	                  : "the key that you gave");
	cosigned_line(&out, &r->cosigned);
	if (r->seen_any)
		buf_printf(&out,
		    "seen here   %" PRIu64
		    " records before, which are still the first\n",
		    r->seen);
	else
		buf_str(&out, "seen here   for the first time\n");
	buf_printf(&out, "verified    %s%" PRIu64 " of %" PRIu64 " records\n",
	    args->quick ? "a sample, " : "", r->compared, r->tree.size);
	if (args->columns.compared || args->columns.others)
		add_columns(&out, &args->columns);
	if (r->behind)
		buf_printf(&out,
		    "behind it   %" PRIu64
		    " records that no checkpoint signs for yet\n",
		    r->behind);
	if (r->torn_bytes)
		buf_printf(&out,
		    "behind it   %" PRIu64
		    " bytes of a write that was cut off\n",
		    r->torn_bytes);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
}

/* The last name before this one; null if there was none. */
static void
add_was(struct buf *out, const struct verify_report *r)
{
	const struct verify_former *f = &r->former;
	size_t mark;

	if (!r->names) {
		json_key(out, "was");
		buf_str(out, "null");
		return;
	}
	mark = json_open(out, "was", '{');
	json_cstr(out, "origin", f->origin);
	json_u64(out, "kept", f->kept);
	json_u64(out, "lost_end", f->lost_end);
	json_key(out, "by_old_key");
	buf_str(out, f->by_old ? "true" : "false");
	json_cstr(out, "who", f->who);
	json_cstr(out, "reason", f->reason);
	json_u64(out, "names", r->names);
	json_close(out, mark);
}

static void
add_report(struct buf *out, const struct verify_args *args,
    const struct verify_report *r)
{
	struct buf text = {0};

	json_cstr(out, "origin", r->origin);
	json_u64(out, "size", r->tree.size);
	add_root(&text, &r->tree);
	json_text(out, "root", buf_slice(&text));
	buf_clear(&text);
	key_print(&text, &r->signer);
	json_text(out, "signer", buf_slice(&text));
	json_cstr(out, "key",
	    !args->key    ? "ledger"
	    : r->followed ? "followed"
	                  : "given");
	json_u64(out, "changes", r->changes);
	add_was(out, r);
	cosigned_member(out, &r->cosigned);
	json_key(out, "seen");
	if (r->seen_any)
		buf_u64(out, r->seen);
	else
		buf_str(out, "null");
	json_cstr(out, "check", args->quick ? "sample" : "all");
	json_u64(out, "verified", r->compared);
	if (!args->quick) {
		json_u64(out, "sealed", r->sealed);
		json_u64(out, "columns", args->columns.compared);
		json_u64(out, "columns_others", args->columns.others);
		json_u64(out, "columns_without_country",
		    args->columns.without_country);
		json_u64(out, "behind", r->behind);
		json_u64(out, "torn_bytes", r->torn_bytes);
	}
	buf_release(&text);
}

static void
print_json(const struct verify_args *args, const struct verify_report *report,
    const char *fault)
{
	struct buf out = {0};
	size_t mark = json_open(&out, NULL, '{');

	json_key(&out, "ok");
	buf_str(&out, fault ? "false" : "true");
	if (fault)
		json_cstr(&out, "fault", fault);
	else
		add_report(&out, args, report);
	json_close(&out, mark);
	buf_char(&out, '\n');
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
}

/* --- the command --- */

static void
show_progress(void *ctx, uint64_t bytes, uint64_t records)
{
	progress_show(ctx, bytes, records);
}

static char *
seen_folder(struct err *err)
{
	char *state = place_state(err), *seen;

	if (!state)
		return NULL;
	seen = dir_path(state, "verified");
	free(state);
	return seen;
}

static enum verify_verdict
run(const struct verify_args *args, struct verify_report *report,
    struct err *err)
{
	enum verify_verdict verdict = VERIFY_NO_ANSWER;
	struct progress progress;
	struct keys keys = {0};
	char *seen = seen_folder(err);

	if (seen && (!args->key || !vkey_read(&keys, args->key, err))) {
		struct verify_options how = {.keys = args->key ? &keys : NULL,
		    .seen = seen,
		    .quick = args->quick,
		    .progress = show_progress,
		    .progress_ctx = &progress};

		progress_start(&progress, args->progress, 0);
		verdict = verify_ledger(args->dir, &how, report, err);
		progress_end(&progress);
	}
	keys_release(&keys);
	free(seen);
	return verdict;
}

int
cmd_verify(int argc, char **argv)
{
	struct verify_report report = {0};
	struct verify_args args = {0};
	enum verify_verdict verdict;
	struct err err = {0};

	if (parse(argc, argv, &args, &err)) {
		fprintf(stderr, "firn: %s\n", err.msg);
		return 2;
	}
	if (args.help) {
		fputs(cmd_verify_help, stdout);
		return 0;
	}
	verdict = run(&args, &report, &err);
	if (verdict == VERIFY_FINE && !args.quick &&
	    verify_columns(args.dir, report.sealed, &args.columns, &err))
		verdict =
		    err.code == ERR_CORRUPT ? VERIFY_FAULT : VERIFY_NO_ANSWER;
	if (verdict != VERIFY_FINE)
		fprintf(stderr, "firn: %s\n", err.msg);
	if (args.format == 1 && verdict != VERIFY_NO_ANSWER)
		print_json(
		    &args, &report, verdict == VERIFY_FAULT ? err.msg : NULL);
	else if (verdict == VERIFY_FINE)
		print_table(&args, &report);
	if (fflush(stdout)) {
		fprintf(stderr, "firn: cannot write\n");
		return 2;
	}
	return (int)verdict;
}
