#ifndef CMD_LEDGER_COSIGN_H
#define CMD_LEDGER_COSIGN_H

/* `firn ledger cosign`; as in cmd/cmd.h. */
int ledger_cosign(int argc, char **argv);

#endif
