#ifndef LEDGER_LEDGER_CHANGE_H
#define LEDGER_LEDGER_CHANGE_H

#include "ledger/ledger.h"

/*
 * A ledger that goes on with another key, or under another name.
 *
 * Both lock the ledger as its writer does, and may be cut off at any moment:
 * called again with the same new key they finish what was begun.
 */

struct ledger_rotated {
	struct ledger_found found;
	struct key old, new;
	uint64_t index; /* of the record that says so */
	bool before;    /* it was done already */
};

/*
 * Lets the key in the file `new_key`, which bears the ledger's name, sign from
 * now on.  options->key is the one that signs now.  In this order: the record
 * is in `changes`; it is in the log; the old key has signed for it; the new one
 * is in keys.pub.  Once it is in the log the new key signs: whoever opens the
 * ledger finishes the rest, and the old key opens it no more.
 */
int ledger_rotate(const char *dir, const struct ledger_options *options,
    const char *new_key, struct ledger_rotated *done, struct err *err);

struct ledger_rename {
	const char *old_key; /* its file; NULL: it is not at hand */
	const char *new_key; /* bears the new name */
	const char *state;   /* as in struct ledger_options, and so are these */
	int64_t (*now_us)(void *ctx);
	void *now_ctx;
	struct slice who, reason; /* change_text_ok() */
};

struct ledger_renamed {
	struct ledger_found found;
	struct key old, new;
	uint64_t index,
	    lost_end; /* of the record; [index, lost_end) are lost */
	bool by_old;  /* the old key signed for it, too */
	bool before;  /* it was done already */
};

/*
 * Goes on under another name with the records that are there, where ones are
 * lost that were signed for or acknowledged; otherwise ERR_USAGE.  A record
 * says which log this was and what it lacks.  In this order: the record is in
 * `changes`; hashes of lost records are cut off; it is in the log; the new key
 * has signed for it; keys.pub has only the new key; `cosigned` is gone;
 * `origin` has the new name.  From the first to the last step nobody else can
 * open the ledger.  What is remembered of the old name stays, so that nobody
 * signs in it again.
 */
int ledger_rename(const char *dir, const struct ledger_rename *how,
    struct ledger_renamed *done, struct err *err);

#endif
