#include "ledger/head.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/dir.h"
#include "ledger/note.h"

#define LINE_BYTES 512

static int
read_file(const char *dir, const char *name, size_t max, struct buf *out,
    struct err *err)
{
	char *path = dir_path(dir, name);
	int status = dir_read(path, max, out, NULL, err);

	free(path);
	return status;
}

int
head_is(const char *dir, struct err *err)
{
	struct buf format = {0};
	bool found = false;
	char *path = dir_path(dir, "format");
	int status = dir_read(path, LINE_BYTES, &format, &found, err);

	if (!status && !found)
		status = err_set(err, ERR_INPUT,
		    "'%s' is no ledger: it has no file 'format'", dir);
	else if (!status && !slice_eq(buf_slice(&format), SLICE(HEAD_FORMAT)))
		status = err_set(err, ERR_INPUT,
		    "'%s': a format of ledger that this program does not know",
		    path);
	free(path);
	buf_release(&format);
	return status;
}

static int
read_origin(struct head *head, const char *dir, struct err *err)
{
	struct buf *origin = &head->origin;

	buf_clear(origin);
	if (read_file(dir, "origin", LINE_BYTES, origin, err))
		return -1;
	if (origin->len && origin->ptr[origin->len - 1] == '\n')
		origin->len--;
	if (!key_name_ok(buf_slice(origin)))
		return err_set(err, ERR_CORRUPT,
		    "'%s/origin' is not one line with the name of a log", dir);
	return 0;
}

static int
read_keys_text(const char *dir, struct buf *text, struct err *err)
{
	buf_clear(text);
	return read_file(
	    dir, "keys.pub", (size_t)HEAD_KEYS * LINE_BYTES, text, err);
}

static int
parse_keys(
    struct head *head, const char *dir, struct slice rest, struct err *err)
{
	head->keys = xcalloc(HEAD_KEYS, sizeof(*head->keys));
	while (rest.len && head->key_count < HEAD_KEYS) {
		struct slice line = slice_cut(&rest, '\n');

		head->key_count++;
		if (key_parse(line, &head->keys[head->key_count - 1], err))
			return err_context(
			    err, "%s/keys.pub:%zu", dir, head->key_count);
	}
	if (!head->key_count || rest.len)
		return err_set(err, ERR_CORRUPT,
		    "'%s/keys.pub' must have 1 to %d keys", dir, HEAD_KEYS);
	return 0;
}

static int
read_others(struct head *head, const char *dir, struct err *err)
{
	changes_release(&head->changes);
	buf_clear(&head->note);
	if (read_origin(head, dir, err) ||
	    read_file(dir, "checkpoint", NOTE_MAX, &head->note, err))
		return -1;
	return changes_read(&head->changes, dir, err);
}

/*
 * A change is in `changes`, then signed for, then in keys.pub.  So `changes`
 * has what the checkpoint read before it signs for, and if keys.pub has stayed
 * the same meanwhile, the rest fits to it.
 */
static int
read_files(struct head *head, const char *dir, struct err *err)
{
	struct buf keys = {0}, again = {0};
	int status = read_keys_text(dir, &again, err);
	bool same = false;

	while (!status && !same) {
		struct buf before = keys;

		keys = again;
		again = before;
		status = read_others(head, dir, err);
		if (!status)
			status = read_keys_text(dir, &again, err);
		same = slice_eq(buf_slice(&keys), buf_slice(&again));
	}
	if (!status)
		status = parse_keys(head, dir, buf_slice(&keys), err);
	buf_release(&keys);
	buf_release(&again);
	return status;
}

int
head_load(struct head *head, const char *dir, struct err *err)
{
	return head_is(dir, err) ? -1 : read_files(head, dir, err);
}

/* --- what was read --- */

const struct key *
head_signer(const struct head *head)
{
	return &head->keys[head->key_count - 1];
}

const struct change_entry *
head_pending(const struct head *head)
{
	const struct change_entry *last = changes_last(&head->changes);
	bool done;

	if (!last)
		return NULL;
	if (last->change.kind == CHANGE_NAME)
		done = slice_eq(slice_cstr(last->change.new.name),
		    buf_slice(&head->origin));
	else
		done = key_same(&last->change.new, head_signer(head));
	return done ? NULL : last;
}

/* The key that the changes put in the place of the i-th; NULL: none. */
static const struct key *
expected(const struct changes *changes, size_t i)
{
	size_t at = changes_first(changes) + i;

	if (at)
		return at <= changes->count ? &changes->list[at - 1].change.new
		                            : NULL;
	return changes->count ? &changes->list[0].change.old : NULL;
}

static int
check_keys(const struct head *head, const char *dir, struct err *err)
{
	const struct changes *changes = &head->changes;
	const struct change_entry *pending = head_pending(head);
	size_t wanted = changes->count - changes_first(changes) + 1;

	if (pending && pending->change.kind == CHANGE_NAME)
		return err_set(err, ERR_CORRUPT,
		    "the ledger '%s' is on its way to the name '%s', and that "
		    "was cut off: 'firn ledger recover' with the same key "
		    "finishes it",
		    dir, pending->change.new.name);
	for (size_t i = 0; i < head->key_count; i++) {
		const struct key *key = &head->keys[i];
		const struct key *want = expected(changes, i);

		/* The first of a ledger that has changed nothing. */
		if (!want ? !i : key_same(key, want))
			continue;
		return err_set(err, ERR_CORRUPT,
		    "'%s/keys.pub:%zu': no record of the log introduces the "
		    "key %s+%08x",
		    dir, i + 1, key->name, key->id);
	}
	if (head->key_count + (pending != NULL) < wanted)
		return err_set(err, ERR_CORRUPT,
		    "'%s/keys.pub' lacks a key that a record of the log "
		    "introduces",
		    dir);
	return 0;
}

int
head_checkpoint(const struct head *head, struct slice note,
    struct merkle_head *tree, struct err *err)
{
	struct checkpoint checkpoint;
	struct note parsed;

	if (note_parse(note, &parsed, err))
		return -1;
	if (note_verify(&parsed, head->keys, head->key_count, NULL) != NOTE_OK)
		return err_set(err, ERR_CORRUPT,
		    "the checkpoint is not signed by a key of keys.pub");
	if (checkpoint_parse(parsed.text, &checkpoint, err))
		return -1;
	if (!slice_eq(checkpoint.origin, buf_slice(&head->origin)))
		return err_set(err, ERR_CORRUPT,
		    "the checkpoint is that of another log, '" SLICE_FMT "'",
		    SLICE_ARG(checkpoint.origin));
	*tree = checkpoint.tree;
	return 0;
}

int
head_check(struct head *head, const char *dir, struct err *err)
{
	if (check_keys(head, dir, err))
		return -1;
	if (head_checkpoint(head, buf_slice(&head->note), &head->tree, err))
		return err_context(err, "'%s/checkpoint'", dir);
	return 0;
}

int
head_read(struct head *head, const char *dir, struct err *err)
{
	return head_load(head, dir, err) ? -1 : head_check(head, dir, err);
}

void
head_release(struct head *head)
{
	buf_release(&head->origin);
	buf_release(&head->note);
	changes_release(&head->changes);
	free(head->keys);
	*head = (struct head){0};
}

int
head_write_origin(const char *dir, struct slice origin, struct err *err)
{
	struct buf line = {0};
	int status;

	buf_slice_add(&line, origin);
	buf_char(&line, '\n');
	status = dir_replace(dir, "origin", buf_slice(&line), err);
	buf_release(&line);
	return status;
}

int
head_write_keys(
    const char *dir, const struct key *keys, size_t count, struct err *err)
{
	struct buf lines = {0};
	int status;

	for (size_t i = 0; i < count; i++) {
		key_print(&lines, &keys[i]);
		buf_char(&lines, '\n');
	}
	status = dir_replace(dir, "keys.pub", buf_slice(&lines), err);
	buf_release(&lines);
	return status;
}
