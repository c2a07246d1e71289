#include <stdlib.h>

#include "ledger/cosign.h"
#include "ledger/dir.h"
#include "ledger/ledger_parts_change.h"

/*
 * A checkpoint that was signed promises its records, to everyone who may have
 * seen it.  So a tree that lacks some, or has others, is signed by nobody in
 * the same name: whoever opens it is told what to do.
 */

static int
judge(struct ledger *ledger, struct promise *promise, struct err *err)
{
	struct merkle_source source = hashes_source(ledger->hashes);
	struct merkle_hash root;

	promise->fate = CHANGE_LOST;
	if (promise->tree.size > ledger->size)
		return 0;
	if (merkle_range_hash(ledger->sha,
	        (struct merkle_range){0, promise->tree.size}, &source, &root,
	        err))
		return -1;
	promise->fate =
	    merkle_eq(&root, &promise->tree.root) ? CHANGE_KEPT : CHANGE_OTHER;
	return 0;
}

static int
read_promise(struct ledger *ledger, struct promise *promise, struct err *err)
{
	struct cosign read;
	bool found;

	if (dir_read(promise->path, NOTE_MAX, &promise->note, &found, err))
		return -1;
	if (!found)
		return 0;
	if (cosign_read(buf_slice(&promise->note), &read, err))
		return err_context(err, "'%s'", promise->path);
	if (!slice_eq(read.checkpoint.origin, buf_slice(&ledger->head.origin)))
		return err_set(err, ERR_CORRUPT,
		    "'%s' is the checkpoint of another log, '" SLICE_FMT "'",
		    promise->path, SLICE_ARG(read.checkpoint.origin));
	promise->tree = read.checkpoint.tree;
	return judge(ledger, promise, err);
}

int
ledger_promises(struct ledger *ledger, struct promise promises[LEDGER_PROMISES],
    struct err *err)
{
	char name[DIR_LOG_NAME];

	dir_log_name(buf_slice(&ledger->head.origin), name);
	memset(promises, 0, LEDGER_PROMISES * sizeof(*promises));
	promises[0].path = dir_path(ledger->dir, "checkpoint");
	promises[1].path = dir_path(ledger->state, name);
	promises[2].path = dir_path(ledger->dir, "cosigned");
	for (size_t i = 0; i < LEDGER_PROMISES; i++)
		if (read_promise(ledger, &promises[i], err))
			return -1;
	return 0;
}

void
ledger_promises_release(struct promise promises[LEDGER_PROMISES])
{
	for (size_t i = 0; i < LEDGER_PROMISES; i++) {
		free(promises[i].path);
		buf_release(&promises[i].note);
	}
}

static int
check_promise(
    const struct ledger *ledger, const struct promise *promise, struct err *err)
{
	struct merkle_head tree;

	if (promise->fate == CHANGE_LOST)
		return err_set(err, ERR_CORRUPT,
		    "the ledger '%s' has %llu records, but a checkpoint over "
		    "%llu was signed (%s): records are lost, or this is an "
		    "older copy; bring back the files that hold them, or, if "
		    "they are lost for good, go on under another name: 'firn "
		    "ledger recover'",
		    ledger->dir, (unsigned long long)ledger->size,
		    (unsigned long long)promise->tree.size, promise->path);
	if (promise->fate == CHANGE_OTHER)
		return err_set(err, ERR_CORRUPT,
		    "the first %llu records of the ledger '%s' are not those "
		    "that a checkpoint was signed over (%s): bring back the "
		    "files that it was signed over, or, if they are lost for "
		    "good, go on under another name: 'firn ledger recover'",
		    (unsigned long long)promise->tree.size, ledger->dir,
		    promise->path);
	if (head_checkpoint(
	        &ledger->head, buf_slice(&promise->note), &tree, err))
		return err_context(err, "'%s'", promise->path);
	return 0;
}

int
ledger_check_behind(struct ledger *ledger, struct err *err)
{
	struct promise promises[LEDGER_PROMISES];
	int status;

	if (ledger->renaming)
		return ledger_begin_renaming(ledger, err);
	status = ledger_promises(ledger, promises, err);
	for (size_t i = 0; !status && i < LEDGER_PROMISES; i++)
		if (promises[i].note.len)
			status = check_promise(ledger, &promises[i], err);
	ledger_promises_release(promises);
	return status;
}
