#ifndef LEDGER_EVIDENCE_H
#define LEDGER_EVIDENCE_H

#include "ledger/keys.h"
#include "ledger/leaf.h"
#include "ledger/view.h"

/*
 * evidence - the proof of one record: a C2SP tlog-proof (ledger/proof.h) whose
 * extra line is base64 of
 *
 *	firn-proof/v1
 *	salt <hex of the record's 16 bytes; - if it was erased>
 *	<leaf text>
 *
 * With the record's raw bytes it shows that the log's owner signed for exactly
 * these, from where and when they were received; without them, that something
 * was there.  The salt is in it: whoever has the proof and a guess of the
 * record can try the guess.
 */

/* Adds the proof of a record against the view's checkpoint. */
int evidence_make(
    struct buf *out, struct view *view, uint64_t index, struct err *err);

/* What a proof has proven; slices lie in `text` and in the proof. */
struct evidence {
	struct buf text;
	struct slice origin;
	struct merkle_head tree;
	uint64_t index;
	struct leaf leaf;
	bool erased;
	struct key signer; /* the first of the keys that signed */
};

/*
 * Checks leaf, inclusion and the signature by one of the keys, and, unless raw
 * is NULL, that these bytes are the record's.  -1 with the first reason that
 * it is no proof: ERR_CORRUPT or ERR_INPUT.  To be released in any case.
 */
int evidence_check(struct evidence *evidence, struct slice proof,
    const struct slice *raw, const struct keys *keys, struct err *err);

void evidence_release(struct evidence *evidence);

#endif
