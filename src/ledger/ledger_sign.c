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
