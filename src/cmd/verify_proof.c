#include <inttypes.h>
#include <stdio.h>

#include "base/term.h"
#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/vkey.h"
#include "ledger/dir.h"
#include "ledger/evidence.h"
#include "ledger/frame.h"
#include "ledger/proof.h"

const char cmd_verify_proof_help[] =
    "usage: firn verify-proof FILE --key VKEY|FILE [--record RAW]\n"
    "\n"
    "Checks a proof that 'firn prove' wrote, without a ledger, and says what "
    "it has\n"
    "proven.\n"
    "\n"
    "  --key VKEY|FILE  the verifier key of the ledger, or a file of keys\n"
    "  --record RAW     the record's bytes, exactly as they were delivered; - "
    "is\n"
    "                   standard input; without it the proof shows only that\n"
    "                   something was there, from where, and when\n"
    "\n"
    "examples:\n"
    "  firn verify-proof 1234.tlog-proof --record 1234.json --key "
    "contoso.pub\n"
    "\n"
    "exit codes: 0 proven, 1 not proven, 2 wrong usage, or a file could not "
    "be\n"
    "read\n";

enum option_id { OPT_KEY = 256, OPT_RECORD };

static const struct option options[] = {
    {"key", required_argument, NULL, OPT_KEY},
    {"record", required_argument, NULL, OPT_RECORD},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct proof_args {
	const char *file, *key, *record;
	bool help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct proof_args *args = to;

	(void)err;
	if (id == OPT_KEY)
		args->key = value;
	else if (id == OPT_RECORD)
		args->record = value;
	else
		args->help = true;
	return 0;
}

static int
parse(int argc, char **argv, struct proof_args *args, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0)
		return -1;
	if (args->help)
		return 0;
	if (argc - first != 1)
		return err_set(err, ERR_USAGE,
		    "verify-proof wants one file; 'firn verify-proof --help' "
		    "says how");
	args->file = argv[first];
	if (!args->key)
		return err_set(err, ERR_USAGE,
		    "verify-proof wants --key: who must have "
		    "signed");
	return 0;
}

/* Names are foreign text. */
static void
add_name(struct buf *out, struct slice name)
{
	term_fit(out, name, (size_t)8 * LEAF_NAME_MAX);
}

static void
add_time(struct buf *out, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	buf_slice_add(out, time_format(time_us, room));
}

/* One sentence. */
static void
tell(const struct evidence *e, const struct slice *raw)
{
	struct buf out = {0};

	if (raw)
		buf_printf(&out, "proven: these %zu bytes are", raw->len);
	else
		buf_str(&out, e->erased ? "proven: there is, erased since,"
		                        : "proven: there is");
	buf_printf(&out, " record %" PRIu64 " of the ledger '", e->index);
	add_name(&out, e->origin);
	buf_str(&out, "', received ");
	add_time(&out, e->leaf.received_us);
	buf_str(&out, " from '");
	add_name(&out, e->leaf.source);
	if (e->leaf.tenant.len) {
		buf_str(&out, "' of tenant '");
		add_name(&out, e->leaf.tenant);
	}
	buf_printf(&out,
	    "', and %s+%08x%s signed for the %" PRIu64
	    " records of which it is one\n",
	    e->signer.name, e->signer.id,
	    e->followed ? ", to which the key that you gave has led," : "",
	    e->tree.size);
	fwrite(out.ptr, 1, out.len, stdout);
	buf_release(&out);
}

static int
read_record(const char *path, struct buf *raw, struct err *err)
{
	return dir_read(strcmp(path, "-") != 0 ? path : "/dev/stdin",
	    FRAME_RAW_MAX, raw, NULL, err);
}

static int
run(const struct proof_args *args, struct err *err)
{
	struct buf proof = {0}, bytes = {0};
	struct evidence evidence = {0};
	struct keys keys = {0};
	struct slice raw;
	int code = 2;

	if (vkey_read(&keys, args->key, err) ||
	    dir_read(args->file, PROOF_MAX, &proof, NULL, err) ||
	    (args->record && read_record(args->record, &bytes, err)))
		goto out;
	raw = buf_slice(&bytes);
	code = 1;
	if (!evidence_check(&evidence, buf_slice(&proof),
	        args->record ? &raw : NULL, &keys, err)) {
		tell(&evidence, args->record ? &raw : NULL);
		code = fflush(stdout) ? 2 : 0;
		if (code)
			err_sys(err, "cannot write");
	} else {
		err_context(err, "not proven");
	}
out:
	evidence_release(&evidence);
	keys_release(&keys);
	buf_release(&proof);
	buf_release(&bytes);
	return code;
}

int
cmd_verify_proof(int argc, char **argv)
{
	struct proof_args args = {0};
	struct err err = {0};
	int code = 2;

	if (!parse(argc, argv, &args, &err)) {
		if (args.help) {
			fputs(cmd_verify_proof_help, stdout);
			return 0;
		}
		code = run(&args, &err);
	}
	if (code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return code;
}
