#ifndef LEDGER_EVIDENCE_H
#define LEDGER_EVIDENCE_H

#include "ledger/change_list.h"
#include "ledger/keys.h"
#include "ledger/view.h"

/*
 * evidence - the proof of one record: a C2SP tlog-proof (ledger/proof.h) whose
 * extra line is base64 of what opens the leaf (ledger/evidence_extra.h), with
 *
 *	change <base64 of a change of the ledger's key or name>
 *	...
 *
 * behind it, all there were, the oldest first: so a proof also convinces who
 * has only an older key.  They need not be proven to be in the log, for whoever
 * has a key that is trusted could have signed for anything.
 *
 * With the record's raw bytes it shows that the log's owner signed for exactly
 * these, from where and when they were received; without them, that something
 * was there.  The salt is in it: whoever has the proof and a guess of the
 * record can try the guess.
 */

/* Adds the proof of a record against the view's checkpoint. */
int evidence_make(struct buf *out, struct view *view,
    const struct changes *changes, uint64_t index, struct err *err);

/* What a proof has proven; slices lie in `text` and in the proof. */
struct evidence {
	struct buf text;
	struct slice origin;
	struct merkle_head tree;
	uint64_t index;
	struct leaf leaf;
	bool erased;
	struct key signer; /* the first of the keys that signed */
	bool followed;     /* a change in the proof leads to it */
};

/*
 * Reads a proof and checks leaf, inclusion and the signature by one of the
 * keys, and, unless raw is NULL, that these bytes are the record's.  -1 with
 * the first reason that it is no proof: ERR_CORRUPT or ERR_INPUT.  To be
 * released in any case.
 */
int evidence_check(struct evidence *evidence, struct slice bytes,
    const struct slice *raw, const struct keys *keys, struct err *err);

void evidence_release(struct evidence *evidence);

#endif
