#ifndef CMD_KEYS_ROTATE_H
#define CMD_KEYS_ROTATE_H

#include "base/err.h"

/*
 * `firn keys rotate`: the key in the file `new`, made if it is not there, signs
 * for the ledger from now on, in the place of the one in `key` (NULL: where it
 * is by default).  Says what it has done.
 */
int
keys_rotate(const char *dir, const char *key, const char *new, struct err *err);

#endif
