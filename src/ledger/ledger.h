#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "ledger/frame.h"
#include "ledger/ledger_open.h"
#include "ledger/wal.h"

/*
 * ledger - the writer: takes records, makes them durable, signs for them.
 *
 * A ledger is a directory (docs/ledger.md describes every byte).  What is
 * written at once is a commit: leaf hashes, one batch of the WAL, one sync.
 * Back from ledger_commit() with 0 its records are durable, in order, once;
 * before, none is.  A checkpoint is signed over what is durable, at most four
 * times a second, written and synced before it is put in place.
 *
 * Deliveries.  Every record belongs to a delivery, which a record of source
 * firn/delivery opens.  A mark (delivery, consumed) says that the first
 * `consumed` items of it are done with: in the ledger, or known to be told
 * already.  Marks become durable with the commit they are in.  So who is cut
 * off goes on behind the last mark: nothing is lost, nothing is twice.
 *
 * Events.  What a record tells (struct identity) is remembered, and
 * ledger_known() says whether an event was told before, in the WAL or in a
 * segment.
 *
 * One writer a ledger, enforced by a lock that dies with the process.  One
 * thread.  After a failed write or sync the ledger refuses everything until it
 * is opened again.
 */
struct ledger;

/* The verifier key; its name is the origin. */
const struct key *ledger_key(const struct ledger *ledger);

/* Records, with those added and not committed. */
uint64_t ledger_size(const struct ledger *ledger);

/* --- what is there already --- */

enum ledger_known {
	LEDGER_NEW,
	LEDGER_REPEAT,   /* tells nothing new */
	LEDGER_TELLING,  /* fills a field that was absent */
	LEDGER_CONFLICT, /* contradicts what was told first */
};

/*
 * With what was added and not committed.  It is ledger_add() who remembers.
 * since_us: nothing that was received before tells of it (an event is not told
 * before it happens); INT64_MIN: unknown.
 */
enum ledger_known ledger_known(
    struct ledger *ledger, const struct identity *identity, int64_t since_us);

/* A delivery by the text of the record that opened it. */
struct ledger_delivery {
	uint64_t index;    /* of that record */
	uint64_t consumed; /* by the last mark; of a closed one it may be 0 */
	bool closed;       /* a firn/delivered record names it */
};

/* `name`: what identifies it, 16 bytes, as ledger_open_delivery() had it. */
bool ledger_find_delivery(struct ledger *ledger, const unsigned char name[16],
    struct ledger_delivery *delivery);

/* --- appending --- */

struct ledger_add {
	struct slice source, tenant; /* leaf_name_ok() */
	int64_t available_us;        /* LEAF_NO_TIME: unknown */
	uint64_t delivery;
	bool historic;
	const struct identity *identity; /* NULL: an event without an id */
	struct slice raw;                /* copied; at most FRAME_RAW_MAX */
	/* NULL: made here; else salt and commitment that a worker made. */
	const unsigned char *salt;
	const struct merkle_hash *commit;
};

/* *index becomes its place.  ERR_USAGE, ERR_LIMIT: nothing has changed. */
int ledger_add(struct ledger *ledger, const struct ledger_add *add,
    uint64_t *index, struct err *err);

/*
 * Adds the record that opens a delivery; *index is its number.  The name, which
 * must be new, is kept as its identity, for ledger_find_delivery().
 */
int ledger_open_delivery(struct ledger *ledger, const unsigned char name[16],
    struct slice tenant, struct slice raw, uint64_t *index, struct err *err);

/* As durable as the next commit.  The delivery must be there. */
void ledger_mark(struct ledger *ledger, uint64_t delivery, uint64_t consumed);

/* The last one: adds the firn/delivered record. */
int ledger_close_delivery(struct ledger *ledger, uint64_t delivery,
    struct slice tenant, struct slice raw, struct err *err);

/* Bytes added and not committed: commit at LEDGER_COMMIT_BYTES. */
size_t ledger_pending(const struct ledger *ledger);
#define LEDGER_COMMIT_BYTES ((size_t)4 << 20)

/*
 * Makes durable what was added, and signs for it if the last checkpoint is of
 * another quarter of a second.  Does both also if nothing was added, so that a
 * caller who has nothing to do for a while signs with it.  -1: whether it is
 * durable is unknown until the ledger is opened again.
 */
int ledger_commit(struct ledger *ledger, struct err *err);

/* Signs for what is durable, if the last checkpoint does not already. */
int ledger_checkpoint(struct ledger *ledger, struct err *err);

/*
 * Commits, and leaves the file of the WAL for a new one: all records until now
 * are in files that nothing is added to, and which are removed once they are
 * sealed.
 */
int ledger_roll(struct ledger *ledger, struct err *err);

#endif
