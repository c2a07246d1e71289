#ifndef CMD_VKEY_H
#define CMD_VKEY_H

#include "ledger/key.h"

/*
 * vkey - the verifier keys that --key of several commands names: one key, or a
 * file with one a line, such as a copy of a ledger's keys.pub.
 */
struct vkeys {
	struct key *list; /* owned */
	size_t count;
};

/* All zero before; to be released also if it failed. */
int vkeys_read(struct vkeys *keys, const char *word, struct err *err);
void vkeys_release(struct vkeys *keys);

#endif
