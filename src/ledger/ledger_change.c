#include "ledger/ledger_change.h"

#include "base/alloc.h"
#include "ledger/ledger_parts_change.h"

int
ledger_add_change(struct ledger *ledger, enum change_kind kind,
    struct slice note, struct err *err)
{
	const char *source =
	    kind == CHANGE_KEY ? CHANGE_KEY_SOURCE : CHANGE_NAME_SOURCE;
	struct head *head = &ledger->head;
	size_t keep = head->changes.count - (head_pending(head) != NULL);
	struct buf extra = {0};
	int status = ledger_add_kept(ledger, source, note, &extra, err);

	if (!status)
		status = changes_put(&head->changes, ledger->dir, keep,
		    buf_slice(&extra), note, err);
	buf_release(&extra);
	return status;
}

int
ledger_holds_change(struct ledger *ledger, const struct change_entry *entry,
    bool *holds, struct err *err)
{
	struct merkle_hash leaf, there;

	*holds = false;
	if (entry->change.size >= ledger->size)
		return 0;
	if (hashes_read(ledger->hashes, entry->change.size, &there, 1, err))
		return -1;
	merkle_leaf(ledger->sha, entry->extra.text, &leaf);
	*holds = merkle_eq(&leaf, &there);
	return 0;
}

int
ledger_put_key(struct ledger *ledger, const struct key *key, struct err *err)
{
	struct head *head = &ledger->head;

	head->keys =
	    xrealloc(head->keys, (head->key_count + 1) * sizeof(*head->keys));
	head->keys[head->key_count++] = *key;
	return head_write_keys(ledger->dir, head->keys, head->key_count, err);
}

int
ledger_settle(struct ledger *ledger, struct err *err)
{
	const struct change_entry *pending = head_pending(&ledger->head);
	const struct key *new;
	bool holds, by_new;

	if (!pending)
		return 0;
	new = &pending->change.new;
	by_new = key_same(ledger_key(ledger), new);
	if (ledger_holds_change(ledger, pending, &holds, err))
		return -1;
	if (!holds && by_new)
		return err_set(err, ERR_USAGE,
		    "the key %s+%08x does not sign for the ledger '%s': the "
		    "record of the change to it is not there",
		    new->name, new->id, ledger->dir);
	if (!holds)
		return changes_keep(&ledger->head.changes, ledger->dir,
		    ledger->head.changes.count - 1, err);
	if (!by_new && ledger_checkpoint(ledger, err))
		return -1;
	if (ledger_put_key(ledger, new, err))
		return -1;
	if (by_new)
		return 0;
	return err_set(err, ERR_USAGE,
	    "the change from %s+%08x to another key, which had been cut off, "
	    "is done: since record %llu %08x signs for the ledger '%s'",
	    new->name, pending->change.old.id,
	    (unsigned long long)pending->change.size, new->id, ledger->dir);
}

/* --- changing it --- */

static int
check_new(const struct ledger *ledger, const struct key *key, struct err *err)
{
	const struct head *head = &ledger->head;

	if (key->type != KEY_ED25519)
		return err_set(err, ERR_USAGE,
		    "the new key is that of a cosigner, not of a log");
	if (!slice_eq(slice_cstr(key->name), buf_slice(&head->origin)))
		return err_set(err, ERR_USAGE,
		    "the new key is of '%s', and the ledger is '" SLICE_FMT "'",
		    key->name, SLICE_ARG(buf_slice(&head->origin)));
	for (size_t i = 0; i < head->key_count; i++)
		if (key_same(&head->keys[i], key))
			return err_set(err, ERR_USAGE,
			    "the key %s+%08x has signed for the ledger before",
			    key->name, key->id);
	if (head->key_count == HEAD_KEYS)
		return err_set(err, ERR_LIMIT,
		    "the ledger '%s' has had %d keys, and can have no more",
		    ledger->dir, HEAD_KEYS);
	return 0;
}

static int
change_key(struct ledger *ledger, const struct signer *new, struct err *err)
{
	struct change change = {.kind = CHANGE_KEY,
	    .size = ledger_size(ledger),
	    .old = *ledger_key(ledger),
	    .new = *signer_key(new)};
	struct buf note = {0};
	int status;

	if (check_new(ledger, &change.new, err))
		return -1;
	change_print(&note, &change, ledger->signer, new);
	status = ledger_add_change(ledger, CHANGE_KEY, buf_slice(&note), err);
	buf_release(&note);
	if (status || ledger_commit(ledger, err) ||
	    ledger_checkpoint(ledger, err))
		return -1;
	return ledger_put_key(ledger, &change.new, err);
}

/* Whether that key signs already; then `done` says since when. */
static bool
signs_already(
    const char *dir, const struct key *key, struct ledger_rotated *done)
{
	struct head head = {0};
	const struct change_entry *last;
	bool signs = false;

	if (!head_read(&head, dir, NULL)) {
		last = changes_last(&head.changes);
		signs = last && last->change.kind == CHANGE_KEY &&
		        key_same(key, head_signer(&head)) &&
		        key_same(key, &last->change.new);
		if (signs) {
			done->before = true;
			done->old = last->change.old;
			done->index = last->change.size;
		}
	}
	head_release(&head);
	return signs;
}

int
ledger_rotate(const char *dir, const struct ledger_options *options,
    const char *new_key, struct ledger_rotated *done, struct err *err)
{
	struct signer *new = signer_open(new_key, err);
	struct ledger *ledger = NULL;
	int status = -1;

	*done = (struct ledger_rotated){0};
	if (!new)
		return -1;
	done->new = *signer_key(new);
	if (!ledger_open(&ledger, dir, options, &done->found, err)) {
		done->old = *ledger_key(ledger);
		done->index = ledger_size(ledger);
		status = change_key(ledger, new, err);
	} else if (signs_already(dir, &done->new, done)) {
		if (err)
			*err = (struct err){0};
		status = 0;
	}
	ledger_close(ledger);
	signer_free(new);
	return status;
}
