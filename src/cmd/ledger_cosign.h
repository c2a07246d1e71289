#ifndef CMD_LEDGER_COSIGN_H
#define CMD_LEDGER_COSIGN_H

#include "base/err.h"

/* `firn ledger cosign`; as in cmd/cmd.h. */
int ledger_cosign(int argc, char **argv);

/*
 * Asks the witnesses that the ledger keeps a policy of, if it does.  Says on
 * standard error what did not succeed.
 */
void ledger_cosign_kept(const char *dir);

#endif
