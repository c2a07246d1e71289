#ifndef LEDGER_LEDGER_OPEN_H
#define LEDGER_LEDGER_OPEN_H

#include "ledger/frame.h"
#include "ledger/key.h"

/*
 * ledger_open - making a ledger and opening it for writing; what is done with
 * it then is in ledger/ledger.h.
 */
struct ledger;

struct ledger_options {
	const char *key; /* the secret key's file */
	/* Directory of the last checkpoints that we saw; made if missing. */
	const char *state;
	/* The clock: microseconds UTC.  NULL: the system's. */
	int64_t (*now_us)(void *ctx);
	void *now_ctx;
	/* Bytes after which a new file of the WAL begins.  0: 256 MiB. */
	uint64_t wal_bytes;
};

/*
 * Makes an empty log with its first checkpoint; its origin is the key's name.
 * -1, and nothing is left behind, if the directory is there and not empty, or
 * if we remember a log of that origin with records in it.
 */
int ledger_create(
    const char *dir, const struct ledger_options *options, struct err *err);

/* What opening found, to be told. */
struct ledger_found {
	uint64_t size;
	uint64_t cut_bytes; /* of a write that was torn; never acknowledged */
};

/*
 * Takes the lock and recovers.  -1 if another process writes (ERR_LIMIT), if
 * the ledger is damaged or stands behind the checkpoint it published or that
 * we saw (ERR_CORRUPT): nothing is changed then.
 */
int ledger_open(struct ledger **out, const char *dir,
    const struct ledger_options *options, struct ledger_found *found,
    struct err *err);

/* What was added and not committed is dropped.  NULL is allowed. */
void ledger_close(struct ledger *ledger);

#endif
