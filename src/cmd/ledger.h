#ifndef CMD_LEDGER_H
#define CMD_LEDGER_H

#include <stdbool.h>

#include "base/err.h"

/* The verbs of `firn ledger`, one file each; what is returned is an exit code.
 */
struct ledger_args {
	const char *words[2]; /* behind the verb */
	bool bundles, json;
};

int ledger_publish(const struct ledger_args *args, struct err *err);
int ledger_seal(const struct ledger_args *args, struct err *err);
int ledger_stat(const struct ledger_args *args, struct err *err);

#endif
