#ifndef CMD_LEDGER_H
#define CMD_LEDGER_H

/*
 * ledger - the verbs of `firn ledger`, one file each; as in cmd/cmd.h, with the
 * verb in argv[0].
 */
int ledger_cosign(int argc, char **argv);

#endif
