#ifndef LEDGER_HEAD_H
#define LEDGER_HEAD_H

#include "ledger/checkpoint.h"
#include "ledger/key.h"

/*
 * head - what a ledger says of itself: the files format, origin, keys.pub and
 * checkpoint.
 *
 * The checkpoint is believed only with a signature by one of the keys.  Whether
 * keys.pub itself is the right one only someone outside can know.
 */
#define HEAD_FORMAT "firn-ledger/1\n"

struct head {
	struct buf origin; /* without line feed */
	struct key *keys;  /* owned; newest last, at least one */
	size_t key_count;
	struct buf note; /* the checkpoint as it is on disk */
	struct merkle_head tree;
};

/* Whether the directory is a ledger: 0, or -1 if not. */
int head_is(const char *dir, struct err *err);

/* All zero before; to be released also if it failed. */
int head_read(struct head *head, const char *dir, struct err *err);
void head_release(struct head *head);

/*
 * Reads a signed note as a checkpoint of this ledger: its origin, signed by
 * one of its keys.
 */
int head_checkpoint(const struct head *head, struct slice note,
    struct merkle_head *tree, struct err *err);

#endif
