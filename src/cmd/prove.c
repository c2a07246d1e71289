#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/reads.h"
#include "event/identity.h"
#include "ledger/evidence.h"

const char cmd_prove_help[] =
    "usage: firn prove DIR --index N | --id ID [--out FILE]\n"
    "\n"
    "Writes a proof that a ledger holds a record, as one file that anyone can "
    "check\n"
    "who has the record and the ledger's verifier key (firn verify-proof).  It "
    "holds\n"
    "the record's salt, but not the record.\n"
    "\n"
    "  --index N   the record's place in the ledger, from 0\n"
    "  --id ID     the record's own id, or FAMILY:ID; slow, for the whole "
    "ledger is\n"
    "              walked; of several records that tell one event, the first\n"
    "  --out FILE  writes there instead of to standard output\n"
    "\n"
    "examples:\n"
    "  firn prove /srv/ledger --index 1234 --out 1234.tlog-proof\n"
    "  firn prove /srv/ledger --id entra.signin:6a1c0f66-58ae-4b3b-bd8f-"
    "cb8d25b40b00\n"
    "\n"
    "exit codes: 0 proven, 1 no such record, 2 wrong usage, or the ledger "
    "could\n"
    "not be read\n";

enum option_id { OPT_INDEX = 256, OPT_ID, OPT_OUT };

static const struct option options[] = {
    {"index", required_argument, NULL, OPT_INDEX},
    {"id", required_argument, NULL, OPT_ID},
    {"out", required_argument, NULL, OPT_OUT},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct prove_args {
	const char *dir, *index_text, *id, *out;
	uint64_t index;
	bool help;
};

static int
check_args(struct prove_args *args, struct err *err)
{
	if (!args->dir)
		return err_set(err, ERR_USAGE,
		    "prove wants one folder; 'firn prove --help' says how");
	if (!args->index_text == !args->id)
		return err_set(err, ERR_USAGE, "prove wants --index or --id");
	if (args->index_text &&
	    !slice_to_u64(slice_cstr(args->index_text), &args->index))
		return err_set(err, ERR_USAGE, "--index: '%s' is no number",
		    args->index_text);
	return 0;
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct prove_args *args = to;

	(void)err;
	if (id == OPT_INDEX)
		args->index_text = value;
	else if (id == OPT_ID)
		args->id = value;
	else if (id == OPT_OUT)
		args->out = value;
	else
		args->help = true;
	return 0;
}

static int
parse(int argc, char **argv, struct prove_args *args, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0)
		return -1;
	if (argc - first == 1)
		args->dir = argv[first];
	return args->help ? 0 : check_args(args, err);
}

/* --- finding a record --- */

#define FAMILIES_MAX 32

/* The identities that an event of this id would have. */
struct search {
	struct slice family; /* empty: any */
	struct slice id;
	struct sha256 *sha;
	struct buf tenant; /* that the wanted are for */
	unsigned char wanted[FAMILIES_MAX][EVENT_IDENTITY_LEN];
	size_t count;
	bool found;
	uint64_t index;
};

static void
search_tenant(struct search *search, struct slice tenant)
{
	struct event event = {0};

	buf_clear(&search->tenant);
	buf_slice_add(&search->tenant, tenant);
	event.col[EV_TENANT] = tenant;
	event.col[EV_ID] = search->id;
	search->count = 0;
	for (size_t i = 0; event_families[i] && i < FAMILIES_MAX; i++) {
		event.family = event_families[i];
		if (!search->family.len ||
		    slice_eq(search->family, slice_cstr(event.family)))
			search->count += event_identity(
			    search->sha, &event, search->wanted[search->count]);
	}
}

static int
search_record(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct search *search = ctx;

	(void)err;
	if (!frame->has_identity)
		return 0;
	if (!search->count ||
	    !slice_eq(stream->tenant, buf_slice(&search->tenant)))
		search_tenant(search, stream->tenant);
	for (size_t i = 0; i < search->count; i++)
		if (!memcmp(frame->identity.id, search->wanted[i],
		        EVENT_IDENTITY_LEN)) {
			search->found = true;
			search->index = index;
			return -1;
		}
	return 0;
}

/* FAMILY:ID if what stands before the colon is a family; ids hold colons. */
static void
split_id(struct search *search, struct slice text)
{
	struct slice rest = text, family = slice_cut(&rest, ':');

	search->id = text;
	for (size_t i = 0; event_families[i] && rest.len; i++)
		if (slice_eq(family, slice_cstr(event_families[i]))) {
			search->family = family;
			search->id = rest;
		}
}

static int
find_index(struct view *view, const char *id, uint64_t *index, struct err *err)
{
	struct search search = {.sha = sha256_new()};
	int status;

	split_id(&search, slice_cstr(id));
	status = view_walk(
	    view, 0, view_tree(view)->size, search_record, &search, err);
	sha256_free(search.sha);
	buf_release(&search.tenant);
	*index = search.index;
	if (search.found)
		return 0;
	return status ? -1
	              : err_set(err, ERR_USAGE,
	                    "no record of an event '%s' in the ledger", id);
}

/* --- the command --- */

static int
write_out(const char *path, struct slice bytes, struct err *err)
{
	FILE *file = path ? fopen(path, "we") : stdout;
	bool ok;

	if (!file)
		return err_sys(err, "cannot create '%s'", path);
	ok = fwrite(bytes.ptr, 1, bytes.len, file) == bytes.len;
	ok &= !(path ? fclose(file) : fflush(file));
	return ok ? 0
	          : err_sys(err, "cannot write '%s'", path ? path : "output");
}

/* It has the record's salt in it. */
static int
show(const struct prove_args *args, struct slice proof, struct err *err)
{
	const char *which = args->id ? args->id : args->index_text;

	reads_record(args->dir, &(struct read_asked){.command = "prove",
	                            .query = slice_cstr(which)});
	return write_out(args->out, proof, err);
}

static int
run(const struct prove_args *args, struct err *err)
{
	uint64_t index = args->index;
	struct changes changes = {0};
	struct buf proof = {0};
	struct view *view;
	int code = 2;

	if (view_open(&view, args->dir, err))
		return 2;
	if (changes_read(&changes, args->dir, err) ||
	    (args->id && find_index(view, args->id, &index, err)) ||
	    evidence_make(&proof, view, &changes, index, err))
		code = err->code == ERR_USAGE ? 1 : 2;
	else if (!show(args, buf_slice(&proof), err))
		code = 0;
	buf_release(&proof);
	changes_release(&changes);
	view_close(view);
	return code;
}

int
cmd_prove(int argc, char **argv)
{
	struct prove_args args = {0};
	struct err err = {0};
	int code = 2;

	if (!parse(argc, argv, &args, &err)) {
		if (args.help) {
			fputs(cmd_prove_help, stdout);
			return 0;
		}
		code = run(&args, &err);
	}
	if (code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return code;
}
