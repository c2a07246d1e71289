#include "cmd/ledger_cosign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/term.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "ledger/cosign_kept.h"
#include "ledger/dir.h"
#include "ledger/hashes.h"
#include "ledger/policy.h"
#include "ledger/witness_request.h"
#include "net/http_client.h"

#define TIMEOUT_MS   10000
#define ROUNDS       4 /* others may ask the same witness meanwhile */
#define NAME_COLUMNS 100
#define LINE_COLUMNS 400

struct cosign_args {
	const char *dir, *policy; /* NULL: the one that is kept */
	bool keep, help;
};

/* All that is needed to ask. */
struct asker {
	const char *dir;
	bool quiet; /* what fails is told, and on standard error */
	int lock_fd;
	struct buf policy_text, bytes, former_bytes;
	struct policy *policy;
	struct cosign cosign, former; /* of former only if it has a note */
	struct hashes *hashes;
	struct http_client *client;
	struct buf lines; /* that cosign */
	size_t count;     /* of witnesses who did */
};

/* --- what is there --- */

/* One process at a time; the ledger's writer is another matter. */
static int
lock_dir(struct asker *asker, struct err *err)
{
	asker->lock_fd = open(asker->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (asker->lock_fd < 0)
		return err_sys(err, "cannot open folder '%s'", asker->dir);
	if (!flock(asker->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_LIMIT,
		    "another process asks the witnesses of '%s'", asker->dir);
	return err_sys(err, "cannot lock folder '%s'", asker->dir);
}

/* Reads a file of the ledger that is a checkpoint; it may be missing. */
static int
read_checkpoint(const char *dir, const char *name, struct buf *bytes,
    struct cosign *out, bool *found, struct err *err)
{
	char *path = dir_path(dir, name);
	int status = dir_read(path, NOTE_MAX, bytes, found, err);

	if (!status && (!found || *found)) {
		status = cosign_read(buf_slice(bytes), out, err);
		if (status)
			err_context(err, "'%s'", path);
	}
	free(path);
	return status;
}

/* Whether the hashes on disk are those of the tree that a checkpoint signs. */
static int
check_tree(struct asker *asker, const struct merkle_head *tree, struct err *err)
{
	struct merkle_source source = hashes_source(asker->hashes);
	struct sha256 *sha = sha256_new();
	struct merkle_hash root;
	int status = merkle_range_hash(
	    sha, (struct merkle_range){0, tree->size}, &source, &root, err);

	sha256_free(sha);
	if (!status && !merkle_eq(&root, &tree->root))
		status = err_set(err, ERR_CORRUPT,
		    "the hashes of '%s' are not those of the tree of %ju "
		    "records that was signed",
		    asker->dir, (uintmax_t)tree->size);
	return status;
}

/* A log only grows: what was cosigned before must be its beginning. */
static int
check_former(struct asker *asker, struct err *err)
{
	const struct checkpoint *now = &asker->cosign.checkpoint;
	const struct checkpoint *former = &asker->former.checkpoint;

	if (!slice_eq(former->origin, now->origin))
		return err_set(err, ERR_CORRUPT,
		    "'%s/cosigned' is of another log", asker->dir);
	if (former->tree.size > now->tree.size)
		return err_set(err, ERR_CORRUPT,
		    "'%s/cosigned' has %ju records, and the checkpoint %ju",
		    asker->dir, (uintmax_t)former->tree.size,
		    (uintmax_t)now->tree.size);
	return check_tree(asker, &former->tree, err);
}

static int
read_policy(struct asker *asker, const char *path, struct err *err)
{
	if (dir_read(path, POLICY_TEXT_MAX, &asker->policy_text, NULL, err))
		return -1;
	asker->policy = policy_parse(path, buf_slice(&asker->policy_text), err);
	return asker->policy ? 0 : -1;
}

static int
find_policy(
    struct asker *asker, const struct cosign_args *args, struct err *err)
{
	char *kept;
	int status;

	if (args->policy)
		return read_policy(asker, args->policy, err);
	kept = dir_path(args->dir, WITNESSES_FILE);
	status = access(kept, F_OK)
	             ? err_set(err, ERR_USAGE,
	                   "'%s' keeps no policy: 'ledger cosign' wants "
	                   "--policy; 'firn ledger --help' says more",
	                   args->dir)
	             : read_policy(asker, kept, err);
	free(kept);
	return status;
}

static int
open_asker(struct asker *asker, const struct cosign_args *args, struct err *err)
{
	bool found;

	asker->dir = args->dir;
	if (find_policy(asker, args, err) || lock_dir(asker, err) ||
	    read_checkpoint(asker->dir, "checkpoint", &asker->bytes,
	        &asker->cosign, NULL, err) ||
	    read_checkpoint(asker->dir, COSIGNED_FILE, &asker->former_bytes,
	        &asker->former, &found, err) ||
	    hashes_open(&asker->hashes, asker->dir, false, err) ||
	    check_tree(asker, &asker->cosign.checkpoint.tree, err) ||
	    (found && check_former(asker, err)))
		return -1;
	if (args->keep && dir_replace(asker->dir, WITNESSES_FILE,
	                      buf_slice(&asker->policy_text), err))
		return -1;
	asker->client = http_client_new(NULL);
	return 0;
}

static void
close_asker(struct asker *asker)
{
	http_client_free(asker->client);
	hashes_close(asker->hashes);
	policy_free(asker->policy);
	if (asker->lock_fd >= 0)
		close(asker->lock_fd);
	buf_release(&asker->policy_text);
	buf_release(&asker->bytes);
	buf_release(&asker->former_bytes);
	buf_release(&asker->lines);
}

/* --- asking --- */

static int
post(struct asker *asker, const struct policy_peer *witness,
    struct slice request, struct http_reply *reply, struct err *err)
{
	struct slice url = witness->url;
	struct buf text = {0};
	struct http_ask ask = {
	    .method = "POST",
	    .body = request,
	    .timeout_ms = TIMEOUT_MS,
	    .answer_max = WITNESS_REQUEST_MAX,
	};
	int status;

	while (url.len && url.ptr[url.len - 1] == '/')
		url.len--;
	buf_slice_add(&text, url);
	buf_add(&text, "/add-checkpoint", sizeof("/add-checkpoint"));
	ask.url = text.ptr;
	status = http_client_ask(asker->client, &ask, reply, err);
	buf_release(&text);
	return status;
}

static enum cosign_verdict
ask_once(struct asker *asker, const struct policy_peer *witness, uint64_t *old,
    struct err *err)
{
	struct merkle_source source = hashes_source(asker->hashes);
	struct cosign_answer answer = {.old = *old};
	struct http_reply reply = {0};
	struct buf request = {0};
	enum cosign_verdict verdict = COSIGN_REFUSED;

	if (!cosign_ask(&asker->cosign, *old, &source, &request, err) &&
	    !post(asker, witness, buf_slice(&request), &reply, err)) {
		answer.status = reply.status;
		answer.body = buf_slice(&reply.body);
		verdict = cosign_judge(&asker->cosign, &witness->key, &answer,
		    &asker->lines, old, err);
	}
	buf_release(&request);
	http_reply_release(&reply);
	return verdict;
}

/* Whether it cosigned what is in DIR/cosigned. */
static bool
cosigned_former(const struct asker *asker, const struct policy_peer *witness)
{
	return asker->former_bytes.len &&
	       note_verify(&asker->former.note, &witness->key, 1, NULL) ==
	           NOTE_OK;
}

static int
ask_witness(
    struct asker *asker, const struct policy_peer *witness, struct err *err)
{
	/* Without a size that it cosigned, it says one if it has one. */
	uint64_t old = cosigned_former(asker, witness)
	                   ? asker->former.checkpoint.tree.size
	                   : 0;

	if (!witness->url.len)
		return err_set(err, ERR_INPUT, "has no url in the policy");
	for (unsigned i = 0; i < ROUNDS; i++) {
		enum cosign_verdict verdict =
		    ask_once(asker, witness, &old, err);

		if (verdict != COSIGN_AGAIN)
			return verdict == COSIGN_DONE ? 0 : -1;
	}
	return err_set(err, ERR_INPUT,
	    "is being asked by others; it stands at %ju", (uintmax_t)old);
}

/* `why` is not empty if it did not cosign now. */
static void
tell(const struct asker *asker, const struct policy_peer *witness,
    const char *what, const char *why)
{
	struct buf line = {0};

	if (asker->quiet && !*why)
		return;
	buf_str(&line, asker->quiet ? "firn: witness " : "");
	term_fit(&line, witness->name, NAME_COLUMNS);
	buf_printf(&line, ": %s", what);
	term_fit(&line, slice_cstr(why), LINE_COLUMNS);
	buf_char(&line, '\n');
	fwrite(line.ptr, 1, line.len, asker->quiet ? stderr : stdout);
	buf_release(&line);
}

static void
ask_all(struct asker *asker)
{
	for (size_t i = 0; i < policy_witness_count(asker->policy); i++) {
		const struct policy_peer *witness =
		    policy_witness(asker->policy, i);
		bool same =
		    slice_eq(asker->former.note.text, asker->cosign.note.text);
		struct err err = {0};

		if (!ask_witness(asker, witness, &err)) {
			tell(asker, witness, "cosigned", "");
			asker->count++;
		} else if (same && cosigned_former(asker, witness)) {
			tell(asker, witness, "cosigned before; now ", err.msg);
			cosign_lines(
			    &asker->former.note, &witness->key, &asker->lines);
			asker->count++;
		} else {
			tell(asker, witness, "", err.msg);
		}
	}
}

/* --- what comes of it --- */

static bool
is_witness(const struct policy *policy, const struct note_line *line)
{
	for (size_t i = 0; i < policy_witness_count(policy); i++) {
		const struct key *key = &policy_witness(policy, i)->key;

		if (line->id == key->id &&
		    slice_eq(line->name, slice_cstr(key->name)))
			return true;
	}
	return false;
}

/* The checkpoint with the log's signatures and the cosignatures we have. */
static void
make_note(const struct asker *asker, struct buf *out)
{
	const struct note *note = &asker->cosign.note;

	note_begin(out, note->text);
	for (size_t i = 0; i < note->count; i++)
		if (!is_witness(asker->policy, &note->lines[i]))
			note_add_line(out, &note->lines[i]);
	buf_slice_add(out, buf_slice(&asker->lines));
}

/* `missing`: whose cosignature; NULL: none is. */
static void
tell_count(const struct asker *asker, const char *missing)
{
	fprintf(asker->quiet ? stderr : stdout,
	    "%s%zu of %zu witnesses cosigned %ju records; %s%s\n",
	    asker->quiet ? "firn: " : "", asker->count,
	    policy_witness_count(asker->policy),
	    (uintmax_t)asker->cosign.checkpoint.tree.size,
	    missing ? "not enough: " : "the policy is satisfied",
	    missing ? missing : "");
}

/* 0 if the policy is satisfied, 1 if not, 2 if nothing could be kept. */
static int
finish(const struct asker *asker, struct err *err)
{
	struct buf bytes = {0};
	struct err why = {0};
	struct note note;
	int status = 2;

	make_note(asker, &bytes);
	if (note_parse(buf_slice(&bytes), &note, err))
		goto out;
	if (asker->count &&
	    dir_replace(asker->dir, COSIGNED_FILE, buf_slice(&bytes), err))
		goto out;
	status = policy_check(asker->policy, &note, NULL, &why) ? 1 : 0;
	if (status || !asker->quiet)
		tell_count(asker, status ? why.msg : NULL);
	if (fflush(stdout)) {
		err_sys(err, "cannot write");
		status = 2;
	}
out:
	buf_release(&bytes);
	return status;
}

/* --- the command --- */

enum option_id {
	OPT_POLICY = 256,
	OPT_KEEP,
};

static const struct option options[] = {
    {"policy", required_argument, NULL, OPT_POLICY},
    {"keep", no_argument, NULL, OPT_KEEP},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int
add_word(struct cosign_args *args, const char *word, struct err *err)
{
	if (args->dir)
		return err_set(err, ERR_USAGE,
		    "'%s' is too much; 'firn ledger --help' says more", word);
	args->dir = word;
	return 0;
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct cosign_args *args = to;

	(void)err;
	if (id == OPT_POLICY)
		args->policy = value;
	else if (id == OPT_KEEP)
		args->keep = true;
	else
		args->help = true;
	return 0;
}

static int
parse(int argc, char **argv, struct cosign_args *args, struct err *err)
{
	int first = options_read(argc, argv, options, set_option, args, err);

	if (first < 0)
		return -1;
	while (first < argc)
		if (add_word(args, argv[first++], err))
			return -1;
	if (args->help || (args->dir && (args->policy || !args->keep)))
		return 0;
	return err_set(err, ERR_USAGE,
	    "'ledger cosign' wants %s; 'firn ledger --help' says more",
	    args->dir ? "--policy with --keep" : "a ledger's folder");
}

static int
run(const struct cosign_args *args, bool quiet, struct err *err)
{
	struct asker asker = {.quiet = quiet, .lock_fd = -1};
	int status = 2;

	if (!open_asker(&asker, args, err)) {
		ask_all(&asker);
		status = finish(&asker, err);
	}
	close_asker(&asker);
	return status;
}

int
ledger_cosign(int argc, char **argv)
{
	struct cosign_args args = {0};
	struct err err = {0};
	int status = parse(argc, argv, &args, &err) ? 2 : 0;

	if (!status && args.help)
		fputs(cmd_ledger_help, stdout);
	else if (!status)
		status = run(&args, false, &err);
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	return status;
}

void
ledger_cosign_kept(const char *dir)
{
	const struct cosign_args args = {.dir = dir};
	char *kept = dir_path(dir, WITNESSES_FILE);
	struct err err = {0};

	if (!access(kept, F_OK) && run(&args, true, &err) == 2)
		fprintf(stderr, "firn: witnesses: %s\n", err.msg);
	free(kept);
}
