#ifndef CMD_PLACE_H
#define CMD_PLACE_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

/*
 * place - where the commands of a ledger find what lies outside of it.
 *
 * All returned paths are the caller's to free; missing folders are made, for
 * us alone.
 */

/* $XDG_CONFIG_HOME/firn/<origin, with - for />.key */
char *place_key(struct slice origin, struct err *err);

/*
 * Makes the secret key of a log in that file, if there is none; -1 also if
 * there is one of another log.
 */
int place_new_key(const char *path, const char *origin, struct err *err);

/* $XDG_STATE_HOME/firn */
char *place_state(struct err *err);

/* Tells, on standard error, what opening a ledger has cut off; if anything. */
void place_tell_cut(uint64_t bytes);

/* The origin that the ledger's own file says; NULL if it is no ledger. */
char *place_origin(const char *dir, struct err *err);

#endif
