#ifndef LEDGER_LEDGER_PARTS_CHANGE_H
#define LEDGER_LEDGER_PARTS_CHANGE_H

#include "ledger/ledger_parts.h"

/*
 * The inside of a ledger as far as its key or its name changes, and what was
 * promised before: for ledger_behind.c, ledger_change.c, ledger_rename.c and
 * who calls them.
 */

/* --- promises --- */

/* A checkpoint of this log that was signed, as it is known from somewhere. */
struct promise {
	char *path;      /* owned */
	struct buf note; /* empty: there is none */
	struct merkle_head tree;
	enum change_fate fate; /* of its records, in the tree that was read */
};

/* The directory's own, the one that we remember, the one that was cosigned. */
#define LEDGER_PROMISES 3

/* To be released also if it failed.  No signature is looked at. */
int ledger_promises(struct ledger *ledger,
    struct promise promises[LEDGER_PROMISES], struct err *err);
void ledger_promises_release(struct promise promises[LEDGER_PROMISES]);

/* --- changes --- */

/*
 * Adds the record of a change, to be committed, and puts it into the file
 * `changes` at once, in the place of one that is pending.
 */
int ledger_add_change(struct ledger *ledger, enum change_kind kind,
    struct slice note, struct err *err);

/* Whether the log holds the record of a change. */
int ledger_holds_change(struct ledger *ledger, const struct change_entry *entry,
    bool *holds, struct err *err);

/* Adds a key to keys.pub: it signs from now on. */
int
ledger_put_key(struct ledger *ledger, const struct key *key, struct err *err);

/*
 * Finishes, or forgets, a change of key that was cut off.  -1 if the key that
 * the ledger was opened with does not sign any more.
 */
int ledger_settle(struct ledger *ledger, struct err *err);

/*
 * Notes what is lost, adds the record that tells it, and clears the hashes of
 * what is lost away; the tree was read, and nothing was cut off yet.
 */
int ledger_begin_renaming(struct ledger *ledger, struct err *err);

/* Adds a record of that source; what opens its leaf is added to `extra`. */
int ledger_add_kept(struct ledger *ledger, const char *source, struct slice raw,
    struct buf *extra, struct err *err);

#endif
