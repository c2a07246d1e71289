#ifndef CMD_LEDGER_H
#define CMD_LEDGER_H

#include <stdbool.h>

#include "base/err.h"

/* The verbs of `firn ledger`, one file each; what is returned is an exit code.
 */
struct ledger_args {
	const char *words[2]; /* behind the verb */
	bool bundles, json, follow, all, yes;
	/* NULL: not given. */
	const char *key, *query, *reason, *before, *source;
};

int ledger_erase(const struct ledger_args *args, struct err *err);
int ledger_expire(const struct ledger_args *args, struct err *err);
int ledger_publish(const struct ledger_args *args, struct err *err);
int ledger_reindex(const struct ledger_args *args, struct err *err);
int ledger_seal(const struct ledger_args *args, struct err *err);
int ledger_stat(const struct ledger_args *args, struct err *err);

#endif
