#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include "ledger/checkpoint.h"
#include "ledger/note.h"

/*
 * keys - verifier keys that someone trusts, and whether one of them signed.
 */
struct keys {
	struct key *list; /* owned */
	size_t count;
};
#define KEYS_MAX 100

/*
 * Reads a checkpoint that one of the keys signed, which becomes *signer: the
 * log's own key bears the log's name, a cosigner's another.  -1 if none did, or
 * one wrongly (ERR_CORRUPT), or it is no checkpoint (ERR_INPUT).
 */
int keys_checkpoint(const struct keys *keys, struct slice note,
    struct checkpoint *checkpoint, struct key *signer, struct err *err);

void keys_release(struct keys *keys);

#endif
