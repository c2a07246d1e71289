#ifndef LEDGER_LEDGER_OWN_H
#define LEDGER_LEDGER_OWN_H

#include "ledger/ledger.h"

/*
 * ledger_own - records about firn itself that others than the ledger make:
 * source firn/<stream>, each once.
 */

/* Longest name of a stream. */
#define OWN_STREAM_MAX 32

struct ledger_own {
	struct slice stream; /* behind "firn/" */
	struct slice tenant; /* empty: none */
	struct slice raw;
	/*
	 * 16 random bytes of whoever adds it: a record under this key is not
	 * added again, so that it may be asked for twice when an answer was
	 * lost.
	 */
	const unsigned char *key;
};

/*
 * Whether records of this stream may be added: 1 to OWN_STREAM_MAX letters
 * (lower case), digits, '-' and '_', and none that a ledger is understood by:
 * deliveries and keys.
 */
bool ledger_own_ok(struct slice stream);

/*
 * Adds it; *index becomes its place, or OWN_THERE if it is there already.
 * ERR_USAGE, ERR_LIMIT: nothing has changed.
 */
#define OWN_THERE UINT64_MAX
int ledger_own_add(struct ledger *ledger, const struct ledger_own *own,
    uint64_t *index, struct err *err);

/*
 * The place of the newest record of that stream that was added since the ledger
 * was opened, plus one; 0: none is known.  Of more than 32 streams those are
 * forgotten that are quiet longest.
 */
uint64_t ledger_own_last(const struct ledger *ledger, struct slice stream);

#endif
