#include "ledger/ledger_open.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"
#include "ledger/ledger_parts_change.h"

struct ledger *
ledger_new(const char *dir, const struct ledger_options *options)
{
	struct ledger *ledger = xcalloc(1, sizeof(*ledger));

	ledger->dir = xstrdup(dir);
	ledger->state = xstrdup(options->state);
	ledger->options = *options;
	ledger->options.key = NULL; /* used once, and not ours */
	ledger->options.state = NULL;
	ledger->lock = -1;
	ledger->sha = sha256_new();
	ledger->known = known_new();
	ledger->deliveries = deliveries_new();
	return ledger;
}

void
ledger_close(struct ledger *ledger)
{
	struct pending *pending;

	if (!ledger)
		return;
	pending = &ledger->pending;
	buf_release(&pending->frames);
	streams_release(&pending->streams);
	free(pending->leaves);
	free(pending->marks);
	wal_close(ledger->wal);
	hashes_close(ledger->hashes);
	sealed_close(ledger->sealed);
	known_free(ledger->known);
	deliveries_free(ledger->deliveries);
	signer_free(ledger->signer);
	head_release(&ledger->head);
	buf_release(&ledger->text);
	sha256_free(ledger->sha);
	explicit_bzero(ledger->salts, sizeof(ledger->salts));
	/* Last: until here no one else may write. */
	if (ledger->lock >= 0)
		close(ledger->lock);
	free(ledger->dir);
	free(ledger->state);
	free(ledger);
}

int
ledger_read_key(struct ledger *ledger, const char *path, struct err *err)
{
	const struct key *key;

	ledger->signer = signer_open(path, err);
	if (!ledger->signer)
		return -1;
	key = signer_key(ledger->signer);
	if (key->type != KEY_ED25519)
		return err_set(err, ERR_USAGE,
		    "'%s' is the key of a cosigner, not of a log", path);
	return 0;
}

/* --- making --- */

static const char *const folders[] = {"wal", "hash"};
static const char *const files[] = {
    "origin", "keys.pub", "checkpoint", "format", "lock"};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* But for the lock, which we have put there. */
static int
check_empty(const char *dir, struct err *err)
{
	DIR *stream = opendir(dir);
	const struct dirent *entry;
	int status = 0;

	if (!stream)
		return err_sys(err, "cannot open folder '%s'", dir);
	while (errno = 0, !status && (entry = readdir(stream)))
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 &&
		    strcmp(entry->d_name, "lock") != 0)
			status = err_set(err, ERR_USAGE,
			    "'%s' is not empty: there is '%s' in it", dir,
			    entry->d_name);
	if (!status && errno)
		status = err_sys(err, "cannot read folder '%s'", dir);
	closedir(stream);
	return status;
}

static int
make_folders(const char *dir, struct err *err)
{
	for (size_t i = 0; i < COUNT(folders); i++) {
		char *path = dir_path(dir, folders[i]);
		int status = mkdir(path, 0700);

		if (status)
			err_sys(err, "cannot make '%s'", path);
		free(path);
		if (status)
			return -1;
	}
	return 0;
}

/* `format` last: what has it is a whole ledger. */
static int
make_files(struct ledger *ledger, struct err *err)
{
	const struct head *head = &ledger->head;
	int status =
	    head_write_origin(ledger->dir, buf_slice(&head->origin), err);

	if (!status)
		status = head_write_keys(
		    ledger->dir, head->keys, head->key_count, err);
	if (!status)
		status = ledger_sign(ledger, err);
	if (!status)
		status =
		    dir_replace(ledger->dir, "format", SLICE(HEAD_FORMAT), err);
	return status;
}

static void
undo(const char *dir)
{
	for (size_t i = 0; i < COUNT(files); i++) {
		char *path = dir_path(dir, files[i]);

		unlink(path);
		free(path);
	}
	for (size_t i = 0; i < COUNT(folders); i++) {
		char *path = dir_path(dir, folders[i]);

		rmdir(path);
		free(path);
	}
}

/* Locked, the directory is ours: what stands in it then, we have made. */
static int
make(struct ledger *ledger, struct err *err)
{
	const struct key *key = ledger_key(ledger);

	buf_str(&ledger->head.origin, key->name);
	ledger->head.keys = xcalloc(1, sizeof(*ledger->head.keys));
	ledger->head.keys[0] = *key;
	ledger->head.key_count = 1;
	merkle_empty(&ledger->head.tree.root);
	if (!ledger_check_behind(ledger, err) &&
	    !make_folders(ledger->dir, err) && !make_files(ledger, err))
		return 0;
	undo(ledger->dir);
	return -1;
}

int
ledger_create(
    const char *dir, const struct ledger_options *options, struct err *err)
{
	struct ledger *ledger = ledger_new(dir, options);
	bool was_there = !access(dir, F_OK);
	int status = -1;

	if (!ledger_read_key(ledger, options->key, err) &&
	    !dir_make(ledger->state, err) && !dir_make(dir, err) &&
	    !check_empty(dir, err) &&
	    !dir_lock(dir, DIR_WRITER, &ledger->lock, err) &&
	    !check_empty(dir, err))
		status = make(ledger, err);
	/* Only if it is empty. */
	if (status && !was_there)
		rmdir(dir);
	ledger_close(ledger);
	return status;
}

/* --- opening --- */

/* Since which record another key signs than this one; false: it never did. */
static bool
signed_before(const struct head *head, const struct key *key, uint64_t *since)
{
	for (size_t i = changes_first(&head->changes); i < head->changes.count;
	     i++) {
		const struct change *change = &head->changes.list[i].change;

		*since = change->size;
		if (key_same(&change->old, key))
			return true;
	}
	return false;
}

/*
 * The newest key of keys.pub; or one that a change introduces that was cut off
 * when the old key had signed for it, which ledger_settle() finishes.
 */
static int
check_key(const struct ledger *ledger, struct err *err)
{
	const struct head *head = &ledger->head;
	const struct key *ours = ledger_key(ledger);
	const struct key *newest = head_signer(head);
	const struct change_entry *pending = head_pending(head);
	uint64_t since;

	if (key_same(ours, newest) &&
	    slice_eq(slice_cstr(ours->name), buf_slice(&head->origin)))
		return 0;
	if (pending && key_same(ours, &pending->change.new) &&
	    pending->change.size < head->tree.size)
		return 0;
	if (pending && key_same(ours, &pending->change.new))
		return err_set(err, ERR_USAGE,
		    "the change of key to %s+%08x was cut off: 'firn keys "
		    "rotate' with the same two keys finishes it",
		    ours->name, ours->id);
	if (signed_before(head, ours, &since))
		return err_set(err, ERR_USAGE,
		    "the key %s+%08x signed for the ledger '%s' up to record "
		    "%llu; since then %08x signs",
		    ours->name, ours->id, ledger->dir,
		    (unsigned long long)since, newest->id);
	return err_set(err, ERR_USAGE,
	    "the key %s+%08x is not the one that signs for the ledger "
	    "'%s': %s+%08x",
	    ours->name, ours->id, ledger->dir, newest->name, newest->id);
}

/* Of what was durable when the last writer ended, some may be unsigned. */
static int
finish(struct ledger *ledger, struct err *err)
{
	ledger->signed_size = ledger->head.tree.size;
	ledger->signed_us = ledger_now_us(ledger);
	if (ledger_settle(ledger, err))
		return -1;
	return ledger_checkpoint(ledger, err);
}

int
ledger_open(struct ledger **out, const char *dir,
    const struct ledger_options *options, struct ledger_found *found,
    struct err *err)
{
	struct ledger *ledger = ledger_new(dir, options);
	struct ledger_found own;
	int status = -1;

	found = found ? found : &own;
	*found = (struct ledger_found){0};
	if (!head_is(dir, err) && !ledger_read_key(ledger, options->key, err) &&
	    !dir_lock(dir, DIR_WRITER, &ledger->lock, err) &&
	    !head_read(&ledger->head, dir, err) && !check_key(ledger, err) &&
	    !dir_make(ledger->state, err) &&
	    !hashes_open(&ledger->hashes, dir, true, err) &&
	    !ledger_recover(ledger, found, err))
		status = finish(ledger, err);
	if (status)
		ledger_close(ledger);
	else
		*out = ledger;
	return status;
}
