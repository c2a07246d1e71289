#include "ledger/witness.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/checkpoint.h"
#include "ledger/dir.h"
#include "ledger/note.h"

#define LOGS_TEXT_MAX ((size_t)WITNESS_LOGS_MAX * 512)

/* A log that may be cosigned; its keys lie next to each other. */
struct log {
	struct slice origin; /* the name of its keys */
	const struct key *keys;
	size_t key_count;
	char hex[DIR_LOG_NAME];  /* of the file */
	struct merkle_head tree; /* that was cosigned last, or the empty one */
	struct buf note;         /* of it; empty if nothing was cosigned */
};

struct witness {
	pthread_mutex_t lock; /* of trees, notes and `failed` */
	struct signer *signer;
	char *dir;
	int lock_fd;
	struct key *keys; /* of logs, by name */
	size_t key_count;
	struct log *logs; /* by origin */
	size_t log_count;
	bool failed;
};

/* --- logs --- */

static int
add_key(struct witness *witness, struct slice line, struct err *err)
{
	struct key *key;

	if (witness->key_count == WITNESS_LOGS_MAX)
		return err_set(
		    err, ERR_LIMIT, "more than %d keys", WITNESS_LOGS_MAX);
	witness->keys = xrealloc(
	    witness->keys, (witness->key_count + 1) * sizeof(*witness->keys));
	key = &witness->keys[witness->key_count];
	if (key_parse(line, key, err))
		return -1;
	if (key->type != KEY_ED25519)
		return err_set(err, ERR_INPUT,
		    "a key of type %02x is no key of a log", key->type);
	witness->key_count++;
	return 0;
}

static int
read_keys(struct witness *witness, const char *path, struct err *err)
{
	struct buf text = {0};
	struct slice rest;
	int status = dir_read(path, LOGS_TEXT_MAX, &text, NULL, err);

	rest = buf_slice(&text);
	for (size_t number = 1; !status && rest.len; number++) {
		struct slice line = slice_trim(slice_cut(&rest, '\n'));

		if (!line.len || line.ptr[0] == '#')
			continue;
		status = add_key(witness, line, err);
		if (status)
			err_context(err, "%s:%zu", path, number);
	}
	if (!status && !witness->key_count)
		status =
		    err_set(err, ERR_INPUT, "%s: no key of a log in it", path);
	buf_release(&text);
	return status;
}

static int
by_name(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static void
begin_log(struct log *log, const struct key *key)
{
	*log = (struct log){.origin = slice_cstr(key->name), .keys = key};
	dir_log_name(log->origin, log->hex);
	merkle_empty(&log->tree.root);
}

/* A log for every name among the keys. */
static void
make_logs(struct witness *witness)
{
	struct log *log = NULL;

	qsort(
	    witness->keys, witness->key_count, sizeof(*witness->keys), by_name);
	witness->logs = xcalloc(witness->key_count, sizeof(*witness->logs));
	for (size_t i = 0; i < witness->key_count; i++) {
		const struct key *key = &witness->keys[i];

		if (!log || !slice_eq(log->origin, slice_cstr(key->name))) {
			log = &witness->logs[witness->log_count++];
			begin_log(log, key);
		}
		log->key_count++;
	}
}

static int
origin_order(const void *key, const void *element)
{
	const struct slice *origin = key;
	const struct log *log = element;

	return slice_order(*origin, log->origin);
}

static struct log *
find_log(const struct witness *witness, struct slice origin)
{
	return bsearch(&origin, witness->logs, witness->log_count,
	    sizeof(*witness->logs), origin_order);
}

/* --- what was cosigned --- */

/*
 * Either signature will do: a log, and a witness, may have got another key
 * since.
 */
static enum note_verdict
verify_kept(const struct witness *witness, const struct log *log,
    const struct note *note)
{
	enum note_verdict own =
	    note_verify(note, signer_key(witness->signer), 1, NULL);
	enum note_verdict its =
	    note_verify(note, log->keys, log->key_count, NULL);

	if (own == NOTE_INVALID || its == NOTE_INVALID)
		return NOTE_INVALID;
	return own == NOTE_OK ? own : its;
}

static int
check_kept(const struct witness *witness, struct log *log, struct err *err)
{
	struct checkpoint checkpoint;
	struct note note;

	if (note_parse(buf_slice(&log->note), &note, err) ||
	    checkpoint_parse(note.text, &checkpoint, err))
		return -1;
	if (!slice_eq(checkpoint.origin, log->origin))
		return err_set(err, ERR_CORRUPT, "it is of another log");
	if (verify_kept(witness, log, &note) != NOTE_OK)
		return err_set(err, ERR_CORRUPT,
		    "neither this witness nor the log signed it");
	log->tree = checkpoint.tree;
	return 0;
}

static int
read_kept(const struct witness *witness, struct log *log, struct err *err)
{
	char *path = dir_path(witness->dir, log->hex);
	bool found;
	int status =
	    dir_read(path, WITNESS_REQUEST_MAX, &log->note, &found, err);

	if (!status && found) {
		status = check_kept(witness, log, err);
		if (status) {
			err_context(err, "'%s'", path);
			err->code = ERR_CORRUPT;
		}
	}
	free(path);
	return status;
}

/* --- life --- */

static int
open_parts(
    struct witness *witness, const struct witness_files *files, struct err *err)
{
	witness->signer = signer_open(files->key, err);
	if (!witness->signer)
		return -1;
	if (witness_key(witness)->type != KEY_COSIGNER)
		return err_set(err, ERR_USAGE,
		    "'%s' is the key of a log; 'firn keys new --cosigner' "
		    "makes one for a witness",
		    files->key);
	if (read_keys(witness, files->logs, err))
		return -1;
	make_logs(witness);
	if (dir_make(witness->dir, err))
		return -1;
	if (dir_lock(witness->dir, DIR_WRITER, &witness->lock_fd, err))
		return err->code == ERR_LIMIT
		           ? err_set(err, ERR_LIMIT,
		                 "another witness works in '%s'", witness->dir)
		           : -1;
	for (size_t i = 0; i < witness->log_count; i++)
		if (read_kept(witness, &witness->logs[i], err))
			return -1;
	return 0;
}

int
witness_open(
    struct witness **out, const struct witness_files *files, struct err *err)
{
	struct witness *witness = xcalloc(1, sizeof(*witness));
	struct err own = {0}; /* its code is looked at */

	*out = NULL;
	pthread_mutex_init(&witness->lock, NULL);
	witness->lock_fd = -1;
	witness->dir = xstrdup(files->dir);
	if (open_parts(witness, files, &own)) {
		witness_close(witness);
		return err_set(err, own.code, "%s", own.msg);
	}
	*out = witness;
	return 0;
}

void
witness_close(struct witness *witness)
{
	if (!witness)
		return;
	for (size_t i = 0; i < witness->log_count; i++)
		buf_release(&witness->logs[i].note);
	if (witness->lock_fd >= 0)
		close(witness->lock_fd);
	free(witness->logs);
	free(witness->keys);
	free(witness->dir);
	signer_free(witness->signer);
	pthread_mutex_destroy(&witness->lock);
	free(witness);
}

const struct key *
witness_key(const struct witness *witness)
{
	return signer_key(witness->signer);
}

size_t
witness_log_count(const struct witness *witness)
{
	return witness->log_count;
}

/* --- judging --- */

/* A request that has been read, and whom it is about. */
struct question {
	struct witness_request request;
	struct note note;
	struct checkpoint checkpoint;
	struct log *log;
};

static enum witness_status
judge_signatures(const struct question *question, struct err *err)
{
	const struct log *log = question->log;

	switch (note_verify(&question->note, log->keys, log->key_count, NULL)) {
	case NOTE_OK:
		return WITNESS_COSIGNED;
	case NOTE_UNKNOWN:
		err_set(err, ERR_INPUT, "no key of the log signed it");
		return WITNESS_UNSIGNED;
	default:
		err_set(err, ERR_INPUT, "invalid signature of the log");
		return WITNESS_UNSIGNED;
	}
}

/* Whether the tree extends the one that was cosigned last. */
static enum witness_status
judge_tree(const struct question *question, struct err *err)
{
	const struct witness_request *request = &question->request;
	const struct merkle_head *last = &question->log->tree;
	const struct merkle_head *tree = &question->checkpoint.tree;

	if (request->old > tree->size) {
		err_set(err, ERR_INPUT, "old is more than the new size");
		return WITNESS_MALFORMED;
	}
	if (request->old != last->size)
		return WITNESS_CONFLICT;
	if (!merkle_extends(last, tree, request->proof, request->count)) {
		err_set(err, ERR_INPUT, "consistency proof does not hold");
		return WITNESS_INCONSISTENT;
	}
	return WITNESS_COSIGNED;
}

static enum witness_status
judge(struct witness *witness, struct slice bytes, struct question *question,
    struct err *err)
{
	struct checkpoint *checkpoint = &question->checkpoint;
	enum witness_status status;

	if (witness_request_parse(bytes, &question->request, err) ||
	    note_parse(question->request.note, &question->note, err) ||
	    checkpoint_parse(question->note.text, checkpoint, err))
		return WITNESS_MALFORMED;
	question->log = find_log(witness, checkpoint->origin);
	if (!question->log) {
		err_set(err, ERR_INPUT, "unknown log");
		return WITNESS_UNKNOWN;
	}
	status = judge_signatures(question, err);
	return status == WITNESS_COSIGNED ? judge_tree(question, err) : status;
}

/* --- cosigning --- */

static bool
is_by(const struct note_line *line, const struct key *key)
{
	return line->id == key->id &&
	       slice_eq(line->name, slice_cstr(key->name));
}

/* The note with what was verified of it, and nothing else. */
static void
add_note(struct buf *out, const struct question *question)
{
	const struct note *note = &question->note;
	const struct log *log = question->log;

	note_begin(out, note->text);
	for (size_t i = 0; i < note->count; i++)
		for (size_t k = 0; k < log->key_count; k++)
			if (is_by(&note->lines[i], &log->keys[k])) {
				note_add_line(out, &note->lines[i]);
				break;
			}
}

/* Keeps the checkpoint; the line is given away only if that is done. */
static enum witness_status
cosign(struct witness *witness, const struct question *question, uint64_t time,
    struct buf *line, struct err *err)
{
	struct log *log = question->log;
	struct buf note = {0};

	add_note(&note, question);
	note_cosign(line, question->note.text, witness->signer, time);
	buf_slice_add(&note, buf_slice(line));
	if (note.len > WITNESS_REQUEST_MAX) {
		buf_release(&note);
		err_set(err, ERR_LIMIT, "checkpoint is too long");
		return WITNESS_MALFORMED;
	}
	if (dir_replace(witness->dir, log->hex, buf_slice(&note), err)) {
		witness->failed = true;
		buf_release(&note);
		return WITNESS_FAILED;
	}
	buf_release(&log->note);
	log->note = note;
	log->tree = question->checkpoint.tree;
	return WITNESS_COSIGNED;
}

static void
answer_locked(struct witness *witness, struct slice request, uint64_t time,
    struct witness_answer *answer)
{
	struct question question = {0};

	if (witness->failed) {
		err_set(&answer->why, ERR_SYSTEM,
		    "the witness could not keep what it cosigned before");
		answer->status = WITNESS_FAILED;
		return;
	}
	answer->status = judge(witness, request, &question, &answer->why);
	if (question.log) {
		answer->origin = question.log->origin;
		answer->old = question.log->tree.size;
		answer->size = question.checkpoint.tree.size;
	}
	if (answer->status == WITNESS_COSIGNED)
		answer->status = cosign(
		    witness, &question, time, &answer->body, &answer->why);
}

void
witness_add(struct witness *witness, struct slice request, uint64_t time,
    struct witness_answer *answer)
{
	pthread_mutex_lock(&witness->lock);
	answer_locked(witness, request, time, answer);
	pthread_mutex_unlock(&witness->lock);
	if (answer->status == WITNESS_COSIGNED)
		return;
	/* A line that was made and not kept is not given away. */
	buf_clear(&answer->body);
	if (answer->status == WITNESS_CONFLICT)
		buf_u64(&answer->body, answer->old);
	else if (answer->status == WITNESS_FAILED)
		buf_str(&answer->body, "the witness has failed");
	else
		buf_str(&answer->body, answer->why.msg);
	buf_char(&answer->body, '\n');
}

void
witness_answer_release(struct witness_answer *answer)
{
	buf_release(&answer->body);
}

bool
witness_last(struct witness *witness, struct slice hex, struct buf *out)
{
	bool found = false;

	pthread_mutex_lock(&witness->lock);
	for (size_t i = 0; !found && i < witness->log_count; i++) {
		const struct log *log = &witness->logs[i];

		found = log->note.len && slice_eq(hex, slice_cstr(log->hex));
		if (found)
			buf_slice_add(out, buf_slice(&log->note));
	}
	pthread_mutex_unlock(&witness->lock);
	return found;
}
