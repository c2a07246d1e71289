#include "ledger/verify_parts.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/base64.h"

/*
 * The changes in force; one more may be pending, of a record that is not there
 * or not signed for yet.
 */
static size_t
in_force(const struct head *head)
{
	return head->changes.count - (head_pending(head) != NULL);
}

/* --- who signs --- */

/*
 * head_read() has verified that some key of keys.pub signed.  Only the newest
 * may, or the one before it if the change from it is the last thing that it
 * signs for.
 */
static int
check_turn(const struct verify *verify, const struct key *signer,
    const struct change *last, struct err *err)
{
	const struct key *newest = head_signer(&verify->head);

	if (key_same(signer, newest))
		return 0;
	if (last && last->kind == CHANGE_KEY && key_same(signer, &last->old) &&
	    verify->report->tree.size == last->size + 1)
		return 0;
	return err_set(err, ERR_CORRUPT,
	    "'%s/checkpoint': is signed by %s+%08x, after which %08x came",
	    verify->dir, signer->name, signer->id, newest->id);
}

/* The caller's keys, and those that they lead to. */
static int
find_signer(struct verify *verify, struct err *err)
{
	const struct changes *changes = &verify->head.changes;
	const struct keys *given = verify->options->keys;
	struct verify_report *report = verify->report;
	struct checkpoint checkpoint;
	struct keys all = {0};
	int status;

	keys_add(&all, given->list, given->count);
	for (size_t i = 0; i < in_force(&verify->head); i++)
		keys_follow(&all, &changes->list[i].change);
	status = keys_checkpoint(&all, buf_slice(&verify->head.note),
	    &checkpoint, &report->signer, err);
	report->followed = !status && !keys_have(given, &report->signer);
	keys_release(&all);
	return status;
}

/* Which key of keys.pub signed: the newest, if it did. */
static int
find_own(struct verify *verify, struct err *err)
{
	const struct head *head = &verify->head;
	struct key *newest = &head->keys[head->key_count - 1];
	const struct keys one = {newest, 1},
	                  all = {head->keys, head->key_count};
	struct key *signer = &verify->report->signer;
	struct checkpoint checkpoint;

	if (!keys_checkpoint(
	        &one, buf_slice(&head->note), &checkpoint, signer, NULL))
		return 0;
	return keys_checkpoint(
	    &all, buf_slice(&head->note), &checkpoint, signer, err);
}

int
verify_signer(struct verify *verify, struct err *err)
{
	const struct head *head = &verify->head;
	struct verify_report *report = verify->report;
	size_t count = in_force(head);

	assert(head->origin.len <= KEY_NAME_MAX);
	memcpy(report->origin, head->origin.ptr, head->origin.len);
	report->tree = head->tree;
	if (find_own(verify, err))
		return err_context(err, "'%s/checkpoint'", verify->dir);
	if (check_turn(verify, &report->signer,
	        count ? &head->changes.list[count - 1].change : NULL, err))
		return -1;
	if (verify->options->keys && find_signer(verify, err))
		return err_context(err, "'%s/checkpoint'", verify->dir);
	return 0;
}

/* --- former names --- */

/* Says that a record says what is not so. */
static int
untrue(const struct verify *verify, const struct change *change,
    const char *what, uint64_t size, struct err *err)
{
	return err_set(err, ERR_CORRUPT,
	    "'%s': record %" PRIu64 " is not true of '%s': %s %" PRIu64,
	    verify->dir, change->size, change->old.name, what, size);
}

static int
check_fate(struct verify *verify, const struct change *change,
    enum change_fate fate, const struct checkpoint *known, struct err *err)
{
	uint64_t size = known->tree.size;
	bool begins, lost = size > change->size;

	if (!slice_eq(known->origin, slice_cstr(change->old.name)) ||
	    size > change->lost_end || lost != (fate == CHANGE_LOST))
		return untrue(verify, change,
		    "it has a checkpoint that does not fit, of size", size,
		    err);
	if (lost)
		return 0;
	if (verify_begins(verify, &known->tree, &begins, err))
		return -1;
	if (begins != (fate == CHANGE_KEPT))
		return untrue(verify, change,
		    begins ? "these records are there, which it denies: the "
		             "first"
		           : "these records are not there: the first",
		    size, err);
	return 0;
}

/* The checkpoints in the record; *other becomes whether some records differ. */
static int
check_fates(struct verify *verify, const struct change *change, bool *other,
    struct err *err)
{
	struct slice more = change->more, base64;
	struct buf note = {0};
	enum change_fate fate;
	int status = 0;

	*other = false;
	while (!status && change_next_checkpoint(&more, &fate, &base64)) {
		struct cosign known;
		size_t len = 0;

		base64_len(base64, &len);
		base64_read(base64, buf_reserve(&note, len), len);
		status = cosign_read(slice_of(note.ptr, len), &known, err);
		if (!status)
			status = check_fate(
			    verify, change, fate, &known.checkpoint, err);
		*other |= fate == CHANGE_OTHER;
	}
	buf_release(&note);
	return status;
}

/* What was seen here under the former name must be there, or told as lost. */
static int
check_seen(struct verify *verify, const struct change *change, bool other,
    struct err *err)
{
	struct merkle_head seen;
	bool found, begins;

	if (verify_seen(verify, change->old.name, &seen, &found, err))
		return -1;
	if (!found)
		return 0;
	if (seen.size > change->lost_end)
		return untrue(verify, change,
		    "one checkpoint of it was seen here, and had more "
		    "records:",
		    seen.size, err);
	if (seen.size > change->size || other)
		return 0;
	if (verify_begins(verify, &seen, &begins, err))
		return -1;
	return begins ? 0
	              : untrue(verify, change,
	                    "its first records that were seen here are not "
	                    "there:",
	                    seen.size, err);
}

static void
copy(char *to, size_t room, struct slice from)
{
	size_t n = from.len < room ? from.len : room - 1;

	memcpy(to, from.ptr, n);
	to[n] = '\0';
}

static int
check_former(
    struct verify *verify, const struct change *change, struct err *err)
{
	struct verify_former *former = &verify->report->former;
	bool other;

	if (check_fates(verify, change, &other, err) ||
	    check_seen(verify, change, other, err))
		return -1;
	verify->report->names++;
	*former = (struct verify_former){.kept = change->size,
	    .lost_end = change->lost_end,
	    .by_old = change->by_old};
	copy(former->origin, sizeof(former->origin),
	    slice_cstr(change->old.name));
	copy(former->who, sizeof(former->who), change->who);
	copy(former->reason, sizeof(former->reason), change->reason);
	return 0;
}

/* --- the records --- */

int
verify_changes(struct verify *verify, struct err *err)
{
	const struct changes *changes = &verify->head.changes;

	for (size_t i = 0; i < in_force(&verify->head); i++) {
		const struct change_entry *entry = &changes->list[i];
		const struct change *change = &entry->change;
		struct merkle_hash leaf;
		bool holds;

		merkle_leaf(verify->sha, entry->extra.text, &leaf);
		if (verify_leaf(verify, change->size, &leaf, &holds, err))
			return -1;
		if (!holds)
			return err_set(err, ERR_CORRUPT,
			    "'%s/changes:%zu': is not record %" PRIu64
			    " of the log: nothing there introduces the key "
			    "%s+%08x",
			    verify->dir, i + 2, change->size, change->new.name,
			    change->new.id);
		if (change->kind == CHANGE_NAME &&
		    check_former(verify, change, err))
			return -1;
		verify->report->changes++;
	}
	return 0;
}

int
verify_change_known(
    struct verify *verify, uint64_t index, struct slice source, struct err *err)
{
	const struct changes *changes = &verify->head.changes;

	if (!slice_eq(source, SLICE(CHANGE_KEY_SOURCE)) &&
	    !slice_eq(source, SLICE(CHANGE_NAME_SOURCE)))
		return 0;
	for (size_t i = 0; i < changes->count; i++)
		if (changes->list[i].change.size == index)
			return 0;
	return err_set(err, ERR_CORRUPT,
	    "'%s/changes' does not have record %" PRIu64
	    ", by which another key signs",
	    verify->dir, index);
}
