#include "ledger/head.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "ledger/dir.h"
#include "ledger/note.h"

#define KEYS_MAX   100 /* that a ledger has had, one after another */
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
read_keys(struct head *head, const char *dir, struct err *err)
{
	struct buf text = {0};
	struct slice rest;
	int status = read_file(
	    dir, "keys.pub", (size_t)KEYS_MAX * LINE_BYTES, &text, err);

	rest = buf_slice(&text);
	head->keys = xcalloc(KEYS_MAX, sizeof(*head->keys));
	while (!status && rest.len && head->key_count < KEYS_MAX) {
		struct slice line = slice_cut(&rest, '\n');

		if (key_parse(line, &head->keys[head->key_count], err))
			status = err_context(
			    err, "%s/keys.pub:%zu", dir, head->key_count + 1);
		head->key_count++;
	}
	if (!status && (!head->key_count || rest.len))
		status = err_set(err, ERR_CORRUPT,
		    "'%s/keys.pub' must have 1 to %d keys", dir, KEYS_MAX);
	buf_release(&text);
	return status;
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
head_read(struct head *head, const char *dir, struct err *err)
{
	if (head_is(dir, err) || read_origin(head, dir, err) ||
	    read_keys(head, dir, err) ||
	    read_file(dir, "checkpoint", NOTE_MAX, &head->note, err))
		return -1;
	if (head_checkpoint(head, buf_slice(&head->note), &head->tree, err))
		return err_context(err, "'%s/checkpoint'", dir);
	return 0;
}

void
head_release(struct head *head)
{
	buf_release(&head->origin);
	buf_release(&head->note);
	free(head->keys);
	*head = (struct head){0};
}
