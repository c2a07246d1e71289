#ifndef CMD_RUN_SEAL_H
#define CMD_RUN_SEAL_H

#include "base/err.h"

/*
 * run_seal - seals while we run: a process that is forked while there is one
 * thread, and keeps a `firn ledger seal --follow` running.  So the service
 * itself need not be able to start programs.
 *
 * It ends when we stop it, or when we are gone, however we end.
 */
struct run_seal;

int run_seal_start(struct run_seal **out, const char *dir, struct err *err);

/* Lets it end what it has begun, for a few seconds.  NULL is allowed. */
void run_seal_stop(struct run_seal *seal);

#endif
