#ifndef LEDGER_KEYS_H
#define LEDGER_KEYS_H

#include "ledger/change.h"
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
 * one wrongly (ERR_CORRUPT), or it is no checkpoint (ERR_INPUT).  The message
 * names the log's key that seems to have signed instead.
 */
int keys_checkpoint(const struct keys *keys, struct slice bytes,
    struct checkpoint *checkpoint, struct key *signer, struct err *err);

/* Adds copies of the keys. */
void keys_add(struct keys *keys, const struct key *list, size_t count);

bool keys_have(const struct keys *keys, const struct key *key);

/*
 * Adds the new key of a change whose old key is among the keys and signed it:
 * whoever trusts a key trusts the one that it hands over to.
 */
void keys_follow(struct keys *keys, const struct change *change);

void keys_release(struct keys *keys);

#endif
