#ifndef LEDGER_PROOF_H
#define LEDGER_PROOF_H

#include "base/buf.h"
#include "ledger/merkle.h"

/*
 * proof - that a log holds an entry, in one text that is checked offline (C2SP
 * tlog-proof):
 *
 *	c2sp.org/tlog-proof@v1
 *	extra <base64; the whole line may be absent>
 *	index <decimal>
 *	<base64 of a hash, from the leaf's sibling up>
 *	...
 *	(an empty line)
 *	<the checkpoint: a signed note>
 *
 * Whoever checks it makes the leaf from what he has, verifies the note, reads
 * its checkpoint, and asks merkle_includes().  No one signs `extra`.
 */
#define PROOF_MAX ((size_t)4 << 20)

/* The slices lie in the bytes that were parsed, or with who writes. */
struct proof {
	struct slice extra; /* base64; empty: there is no such line */
	uint64_t index;
	size_t count;
	struct merkle_hash path[MERKLE_PROOF_MAX];
	struct slice note;
};

/* Reads a proof; its note is not looked at, but for not being empty. */
int proof_parse(struct slice bytes, struct proof *proof, struct err *err);

/* Adds the text; extra is well-formed base64, index below 2^63. */
void proof_print(struct buf *out, const struct proof *proof);

#endif
