#include <stdlib.h>

#include "ledger/dir.h"
#include "ledger/ledger_parts.h"
#include "ledger/note.h"

/*
 * The order of a checkpoint: the WAL is synced, the hash files are written;
 * then it is signed, remembered in the state directory, and put in place.  What
 * was remembered is never behind what others may have seen, so a ledger that
 * was restored from an older copy is recognised before it signs a second tree.
 */

int
ledger_sign(struct ledger *ledger, struct err *err)
{
	char name[DIR_LOG_NAME];
	struct buf *text = &ledger->text, note = {0};
	int64_t now_us = ledger_now_us(ledger);
	struct merkle_head tree;
	int status;

	merkle_empty(&tree.root);
	tree.size = 0;
	if (ledger->size)
		hashes_tree(ledger->hashes, &tree);
	buf_clear(text);
	checkpoint_print(text, buf_slice(&ledger->head.origin), &tree);
	note_begin(&note, buf_slice(text));
	note_sign(&note, buf_slice(text), ledger->signer);
	dir_log_name(buf_slice(&ledger->head.origin), name);
	status = dir_replace(ledger->state, name, buf_slice(&note), err);
	if (!status)
		status = dir_replace(
		    ledger->dir, "checkpoint", buf_slice(&note), err);
	if (!status) {
		ledger->signed_size = tree.size;
		ledger->signed_us = now_us;
	}
	buf_release(&note);
	return status;
}

/* `where` says whose word the tree is, and what to do. */
static int
check_tree(struct ledger *ledger, const struct merkle_head *tree,
    const char *where, struct err *err)
{
	struct merkle_source source;
	struct merkle_hash root;

	if (tree->size > ledger->size)
		return err_set(err, ERR_CORRUPT,
		    "the ledger '%s' has %llu records, but a checkpoint over "
		    "%llu was signed (%s): records are lost, or this is an "
		    "older copy; bring back the files that hold them",
		    ledger->dir, (unsigned long long)ledger->size,
		    (unsigned long long)tree->size, where);
	if (tree->size) {
		source = hashes_source(ledger->hashes);
		if (merkle_range_hash(ledger->sha,
		        (struct merkle_range){0, tree->size}, &source, &root,
		        err))
			return -1;
	} else {
		merkle_empty(&root);
	}
	if (!merkle_eq(&root, &tree->root))
		return err_set(err, ERR_CORRUPT,
		    "the first %llu records of the ledger '%s' are not those "
		    "that a checkpoint was signed over (%s): bring back the "
		    "files that it was signed over",
		    (unsigned long long)tree->size, ledger->dir, where);
	return 0;
}

static int
check_remembered(struct ledger *ledger, struct err *err)
{
	char name[DIR_LOG_NAME];
	struct buf note = {0};
	struct merkle_head tree;
	bool found;
	char *path;
	int status;

	dir_log_name(buf_slice(&ledger->head.origin), name);
	path = dir_path(ledger->state, name);
	status = dir_read(path, NOTE_MAX, &note, &found, err);
	if (!status && found) {
		status = head_checkpoint(
		    &ledger->head, buf_slice(&note), &tree, err);
		if (status)
			err_context(err, "'%s'", path);
		else
			status = check_tree(ledger, &tree, path, err);
	}
	buf_release(&note);
	free(path);
	return status;
}

int
ledger_check_behind(struct ledger *ledger, struct err *err)
{
	char *path = dir_path(ledger->dir, "checkpoint");
	int status = check_tree(ledger, &ledger->head.tree, path, err);

	free(path);
	return status ? status : check_remembered(ledger, err);
}
