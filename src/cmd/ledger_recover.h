#ifndef CMD_LEDGER_RECOVER_H
#define CMD_LEDGER_RECOVER_H

/* `firn ledger recover`; as in cmd/cmd.h. */
int cmd_ledger_recover(int argc, char **argv);

#endif
