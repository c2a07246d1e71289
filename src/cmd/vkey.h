#ifndef CMD_VKEY_H
#define CMD_VKEY_H

#include "ledger/keys.h"

/*
 * vkey - the verifier keys that --key of several commands names: one key, or a
 * file with one a line, such as a copy of a ledger's keys.pub.
 */

/* All zero before; to be released also if it failed. */
int vkey_read(struct keys *keys, const char *word, struct err *err);

#endif
