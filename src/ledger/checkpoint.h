#ifndef LEDGER_CHECKPOINT_H
#define LEDGER_CHECKPOINT_H

#include "base/buf.h"
#include "ledger/merkle.h"

/*
 * checkpoint - the text of the note by which a log commits to its tree (C2SP
 * tlog-checkpoint):
 *
 *	<origin>
 *	<size, decimal>
 *	<base64 of the root, 32 bytes>
 *	<extension lines: others may write some, we do not>
 */
#define CHECKPOINT_SIZE_MAX ((uint64_t)INT64_MAX)

/* The slices lie in the text that was parsed. */
struct checkpoint {
	struct slice origin;
	struct merkle_head tree;
	struct slice extensions; /* whole lines; empty if there are none */
};

/*
 * Reads the text of a note.  What a signature says of it is the caller's to
 * know, and whether an empty tree has the root of one.
 */
int checkpoint_parse(
    struct slice text, struct checkpoint *checkpoint, struct err *err);

/* Adds the text; the origin is one non-empty line, the size within limits. */
void checkpoint_print(
    struct buf *out, struct slice origin, const struct merkle_head *tree);

/* What proofs share: a number and a hash as a line has them. */
bool checkpoint_number(struct slice line, uint64_t *number);
bool checkpoint_hash(struct slice line, struct merkle_hash *hash);

#endif
