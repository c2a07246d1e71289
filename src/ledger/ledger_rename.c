#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/cosign.h"
#include "ledger/dir.h"
#include "ledger/ledger_change.h"
#include "ledger/ledger_parts_change.h"

struct renaming {
	const struct ledger_rename *how;
	struct signer *old; /* NULL: not at hand */
	struct buf note;    /* of the change, once it is known */
};

/* --- what is lost --- */

/* The keys before the last, and the checkpoints, each text once. */
static void
add_more(const struct head *head,
    const struct promise promises[LEDGER_PROMISES], struct buf *more)
{
	struct slice texts[LEDGER_PROMISES];
	struct cosign read;

	for (size_t i = 0; i + 1 < head->key_count; i++)
		change_add_earlier(more, &head->keys[i]);
	/* From the last: what was cosigned says most. */
	for (size_t i = LEDGER_PROMISES; i--;) {
		struct slice note = buf_slice(&promises[i].note);
		bool again = !note.len;

		texts[i] = (struct slice){0};
		if (!again && !cosign_read(note, &read, NULL))
			texts[i] = read.note.text;
		for (size_t k = i + 1; k < LEDGER_PROMISES; k++)
			again |= slice_eq(texts[k], texts[i]);
		if (!again)
			change_add_checkpoint(more, promises[i].fate, note);
	}
}

/* Up to where there were records, and whether all that was promised is there */
static int
find_loss(struct ledger *ledger, const struct promise promises[LEDGER_PROMISES],
    uint64_t *end, struct err *err)
{
	bool whole = true;

	if (hashes_count(ledger->hashes, end, err))
		return -1;
	if (*end < ledger->size)
		*end = ledger->size;
	whole = *end == ledger->size;
	for (size_t i = 0; i < LEDGER_PROMISES; i++) {
		if (!promises[i].note.len || promises[i].fate == CHANGE_KEPT)
			continue;
		whole = false;
		if (promises[i].tree.size > *end)
			*end = promises[i].tree.size;
	}
	return whole ? err_set(err, ERR_USAGE,
	                   "the ledger '%s' has all that was signed for: it "
	                   "keeps its name",
	                   ledger->dir)
	             : 0;
}

static int
make_note(struct ledger *ledger, struct err *err)
{
	struct renaming *renaming = ledger->renaming;
	struct change change = {.kind = CHANGE_NAME,
	    .size = ledger->size,
	    .old = *head_signer(&ledger->head),
	    .new = *ledger_key(ledger),
	    .who = renaming->how->who,
	    .reason = renaming->how->reason};
	struct promise promises[LEDGER_PROMISES];
	struct buf more = {0};
	int status;

	if (renaming->old && !key_same(signer_key(renaming->old), &change.old))
		return err_set(err, ERR_USAGE,
		    "the key %s+%08x is not the one that signed for the ledger "
		    "'%s': %s+%08x",
		    signer_key(renaming->old)->name,
		    signer_key(renaming->old)->id, ledger->dir, change.old.name,
		    change.old.id);
	status = ledger_promises(ledger, promises, err);
	if (!status)
		status = find_loss(ledger, promises, &change.lost_end, err);
	if (!status) {
		add_more(&ledger->head, promises, &more);
		change.more = buf_slice(&more);
		change_print(
		    &renaming->note, &change, renaming->old, ledger->signer);
	}
	if (!status && renaming->note.len > NOTE_MAX)
		status = err_set(err, ERR_LIMIT,
		    "the checkpoints of '%s' are too long to be kept",
		    ledger->dir);
	buf_release(&more);
	ledger_promises_release(promises);
	return status;
}

/* A change of key that was cut off before: it came to be, or it did not. */
static int
settle_key(
    struct ledger *ledger, const struct change_entry *pending, struct err *err)
{
	struct changes *changes = &ledger->head.changes;
	bool holds;

	if (ledger_holds_change(ledger, pending, &holds, err))
		return -1;
	return holds ? ledger_put_key(ledger, &pending->change.new, err)
	             : changes_keep(
	                   changes, ledger->dir, changes->count - 1, err);
}

/* What was said when it began is said again, unless the log has it already. */
static int
take_up(struct ledger *ledger, const struct change_entry *pending, bool *there,
    struct err *err)
{
	uint64_t size = pending->change.size;

	if (ledger_holds_change(ledger, pending, there, err))
		return -1;
	if (ledger->size != size + *there)
		return err_set(err, ERR_CORRUPT,
		    "the ledger '%s' has %llu records; when it began to go on "
		    "under another name it had %llu",
		    ledger->dir, (unsigned long long)ledger->size,
		    (unsigned long long)size);
	buf_slice_add(&ledger->renaming->note, pending->note);
	return 0;
}

int
ledger_begin_renaming(struct ledger *ledger, struct err *err)
{
	const struct change_entry *pending = head_pending(&ledger->head);
	struct renaming *renaming = ledger->renaming;
	bool there = false;

	if (pending && pending->change.kind == CHANGE_NAME) {
		if (take_up(ledger, pending, &there, err))
			return -1;
	} else if ((pending && settle_key(ledger, pending, err)) ||
	           make_note(ledger, err)) {
		return -1;
	}
	if (!there && ledger_add_change(
	                  ledger, CHANGE_NAME, buf_slice(&renaming->note), err))
		return -1;
	return hashes_cut(ledger->hashes, ledger->size, err);
}

/* --- the steps around it --- */

/*
 * The state directory may know the new name only from the last time, when it
 * was cut off; then it is this tree that it remembers.
 */
static int
check_name(const struct ledger *ledger, struct err *err)
{
	const struct changes *changes = &ledger->head.changes;
	const char *name = ledger_key(ledger)->name;
	char file[DIR_LOG_NAME], *path;
	bool used;

	dir_log_name(slice_cstr(name), file);
	path = dir_path(ledger->state, file);
	used = !access(path, F_OK);
	free(path);
	for (size_t i = 0; i < changes->count; i++)
		used |= !strcmp(changes->list[i].change.old.name, name);
	return used ? err_set(err, ERR_USAGE,
	                  "there was a log of the name '%s' already: a name is "
	                  "used once",
	                  name)
	            : 0;
}

/* Whether the new key may do it; whether it has is *done. */
static int
check_new(const struct ledger *ledger, bool *done, struct err *err)
{
	const struct change_entry *last = changes_last(&ledger->head.changes);
	const struct key *new = ledger_key(ledger);
	const struct change_entry *pending = head_pending(&ledger->head);

	*done = false;
	if (pending && pending->change.kind == CHANGE_NAME)
		return key_same(new, &pending->change.new)
		           ? 0
		           : err_set(err, ERR_USAGE,
		                 "the ledger '%s' began to go on under the "
		                 "name '%s' with another key, %08x: only that "
		                 "one can finish it",
		                 ledger->dir, pending->change.new.name,
		                 pending->change.new.id);
	if (last && last->change.kind == CHANGE_NAME &&
	    key_same(new, &last->change.new)) {
		*done = true;
		return 0;
	}
	if (slice_eq(slice_cstr(new->name), buf_slice(&ledger->head.origin)))
		return err_set(err, ERR_USAGE,
		    "'%s' is the name that the ledger has: another is needed",
		    new->name);
	return check_name(ledger, err);
}

static int
remove_cosigned(const struct ledger *ledger, struct err *err)
{
	char *path = dir_path(ledger->dir, "cosigned");
	int status = 0;

	if (unlink(path) && errno != ENOENT)
		status = err_sys(err, "cannot remove '%s'", path);
	free(path);
	return status;
}

/* The record is there, or added: it becomes durable, and then all follows. */
static int
take_name(struct ledger *ledger, struct err *err)
{
	struct head *head = &ledger->head;
	const struct key *key = ledger_key(ledger);

	buf_clear(&head->origin);
	buf_str(&head->origin, key->name);
	if (ledger_commit(ledger, err) || ledger_checkpoint(ledger, err) ||
	    head_write_keys(ledger->dir, key, 1, err) ||
	    remove_cosigned(ledger, err))
		return -1;
	return head_write_origin(ledger->dir, buf_slice(&head->origin), err);
}

static void
report(const struct changes *changes, struct ledger_renamed *done)
{
	const struct change *change = &changes_last(changes)->change;

	done->old = change->old;
	done->index = change->size;
	done->lost_end = change->lost_end;
	done->by_old = change->by_old;
}

static int
rename_ledger(
    struct ledger *ledger, struct ledger_renamed *done, struct err *err)
{
	const struct change_entry *pending;
	bool before;

	if (head_load(&ledger->head, ledger->dir, err) ||
	    check_new(ledger, &before, err))
		return -1;
	done->before = before;
	if (before) {
		report(&ledger->head.changes, done);
		return 0;
	}
	pending = head_pending(&ledger->head);
	if ((!pending || pending->change.kind == CHANGE_KEY) &&
	    head_check(&ledger->head, ledger->dir, err))
		return -1;
	if (dir_make(ledger->state, err) ||
	    hashes_open(&ledger->hashes, ledger->dir, true, err) ||
	    ledger_recover(ledger, &done->found, err) || take_name(ledger, err))
		return -1;
	report(&ledger->head.changes, done);
	return 0;
}

int
ledger_rename(const char *dir, const struct ledger_rename *how,
    struct ledger_renamed *done, struct err *err)
{
	struct renaming renaming = {.how = how};
	struct ledger_options options = {.state = how->state,
	    .now_us = how->now_us,
	    .now_ctx = how->now_ctx};
	struct ledger *ledger = ledger_new(dir, &options);
	int status = -1;

	*done = (struct ledger_renamed){0};
	ledger->renaming = &renaming;
	if (how->old_key) {
		renaming.old = signer_open(how->old_key, err);
		if (!renaming.old)
			goto out;
	}
	if (head_is(dir, err) || ledger_read_key(ledger, how->new_key, err) ||
	    dir_lock(dir, DIR_WRITER, &ledger->lock, err))
		goto out;
	done->new = *ledger_key(ledger);
	status = rename_ledger(ledger, done, err);
out:
	ledger_close(ledger);
	signer_free(renaming.old);
	buf_release(&renaming.note);
	return status;
}
