#ifndef CMD_LEDGER_COSIGN_H
#define CMD_LEDGER_COSIGN_H

/* `firn ledger cosign`; as in cmd/cmd.h, with the verb in argv[0]. */
int ledger_cosign(int argc, char **argv);

#endif
