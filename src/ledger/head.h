#ifndef LEDGER_HEAD_H
#define LEDGER_HEAD_H

#include "ledger/change_list.h"
#include "ledger/checkpoint.h"

/*
 * head - what a ledger says of itself: the files format, origin, keys.pub,
 * changes and checkpoint.
 *
 * The checkpoint is believed only with a signature by one of the keys, and of
 * the keys only the first without a change that introduces it.  Whether that
 * one is right only someone outside can know; whether the changes are in the
 * log is ledger/verify.h's to find out.
 */
#define HEAD_FORMAT "firn-ledger/1\n"
#define HEAD_KEYS   100 /* that a log has had, one after another */

struct head {
	struct buf origin; /* without line feed */
	struct key *keys;  /* owned; newest last, at least one */
	size_t key_count;
	struct changes changes;
	struct buf note; /* the checkpoint as it is on disk */
	struct merkle_head tree;
};

/* Whether the directory is a ledger: 0, or -1 if not. */
int head_is(const char *dir, struct err *err);

/*
 * All zero before; to be released also if it failed.  A ledger that is on its
 * way to another name is refused: only who does that may go on.
 */
int head_read(struct head *head, const char *dir, struct err *err);
void head_release(struct head *head);

/* The same, but for `tree`, without asking whether the files fit together. */
int head_load(struct head *head, const char *dir, struct err *err);
int head_check(struct head *head, const char *dir, struct err *err);

/*
 * The change that was begun and is not in force: keys.pub, or origin, is as it
 * was before.  NULL if there is none; good until the changes change.
 */
const struct change_entry *head_pending(const struct head *head);

/* The key that signs. */
const struct key *head_signer(const struct head *head);

/* Put origin and keys.pub in their places; the keys are of a known type. */
int head_write_origin(const char *dir, struct slice origin, struct err *err);
int head_write_keys(
    const char *dir, const struct key *keys, size_t count, struct err *err);

/*
 * Reads a signed note as a checkpoint of this ledger: its origin, signed by
 * one of its keys.
 */
int head_checkpoint(const struct head *head, struct slice note,
    struct merkle_head *tree, struct err *err);

#endif
