#ifndef LEDGER_APPEND_H
#define LEDGER_APPEND_H

#include "ledger/ledger_own.h"

/*
 * append - adding to a ledger, whoever writes it.
 *
 * Who finds no writer takes the lock and is it; who finds one asks it through
 * the socket `control` in the ledger's folder.  All calls mean the same both
 * ways.  If the writer goes away, however it ends, its client takes the lock
 * or finds the next one, and asks again: everything here may be asked twice.
 *
 * Deliveries are known by their names, and their items by number, from 0, so
 * that several processes may take in the same one: what one has taken, the
 * others pass over.
 *
 * With `serve` the writer answers others from a thread of its own, whatever
 * its caller is busy with.  A struct append belongs to one thread.
 */
struct append;

struct append_options {
	struct ledger_options ledger;
	bool serve; /* as the writer, let others write, too */
	/*
	 * How long to wait for a writer that has the lock and does not answer,
	 * before it is ERR_LIMIT.
	 */
	unsigned patience_ms;
};

int append_open(struct append **out, const char *dir,
    const struct append_options *options, struct err *err);

/*
 * What was not signed for may be lost; what others were answered is not, and is
 * signed for.  NULL is allowed.
 */
void append_close(struct append *append);

/* Bytes of torn writes that were cut off, as often as we became the writer. */
uint64_t append_cut_bytes(const struct append *append);

/*
 * Why others cannot write although we are the writer: code 0 if they can, or
 * if we are not.
 */
const struct err *append_unserved(const struct append *append);

/* --- deliveries --- */

/* *found says whether there is one of this name, 16 bytes. */
int append_find(struct append *append, const unsigned char name[16],
    bool *found, struct ledger_delivery *delivery, struct err *err);

#define APPEND_NOWHERE UINT64_MAX

struct append_delivery {
	const unsigned char *name; /* 16 bytes */
	struct slice tenant, raw;  /* of the record that opens or closes it */
	/* Out, append_end(): its place; APPEND_NOWHERE: it was closed.  NULL */
	uint64_t *index;
};

/* Opens it, unless it is there; *delivery says how far it is. */
int append_begin(struct append *append, const struct append_delivery *of,
    struct ledger_delivery *delivery, struct err *err);

/* An item of a delivery. */
struct append_item {
	bool keep; /* false: done with, and nothing of it is kept */
	bool historic;
	struct slice source, tenant;
	int64_t available_us; /* LEAF_NO_TIME: unknown */
	/* No record received before can tell its event; INT64_MIN: unknown. */
	int64_t since_us;
	const struct identity *identity; /* NULL: an event without an id */
	struct slice raw;
	/*
	 * NULL: made by the writer, else salt and commitment that a worker
	 * made.  Another process' are not believed: it makes them anew.
	 */
	const unsigned char *salt;
	const struct merkle_hash *commit;
};

/* What became of an item; the first are those of enum ledger_known. */
enum append_verdict {
	APPEND_NEW = LEDGER_NEW,
	APPEND_REPEAT = LEDGER_REPEAT, /* and not added; the others are */
	APPEND_TELLING = LEDGER_TELLING,
	APPEND_CONFLICT = LEDGER_CONFLICT,
	APPEND_PASSED, /* nothing of it was to be kept */
	APPEND_BEFORE, /* it had been taken: nothing was done */
};

struct append_batch {
	const unsigned char *name; /* of the delivery, 16 bytes */
	uint64_t first;            /* number of the first item */
	const struct append_item *items;
	size_t count;
	/* Out: where item i was added; APPEND_NOWHERE: it was not.  NULL. */
	uint64_t *indexes;
};

/*
 * Takes the items in their order: what tells something new, or has no
 * identity, is added; all are done with then.  verdicts[i] becomes what came of
 * item i.  Durable when append_sign() is back.
 */
int append_take(struct append *append, const struct append_batch *batch,
    unsigned char *verdicts, struct err *err);

/* The last one: adds the record that closes it, if it is open. */
int append_end(
    struct append *append, const struct append_delivery *of, struct err *err);

/* --- the rest --- */

/* As ledger_own_add(), but own->key may be NULL.  Durable when back. */
int append_own(struct append *append, const struct ledger_own *own,
    uint64_t *index, struct err *err);

/* The same, but durable when append_commit() or append_sign() is back. */
int append_note(struct append *append, const struct ledger_own *own,
    uint64_t *index, struct err *err);

/*
 * Back with 0, all that was taken is durable.  A checkpoint signs for it
 * within a quarter of a second, if this is called again then.
 */
int append_commit(struct append *append, struct err *err);

/* The same, and a checkpoint signs for it. */
int append_sign(struct append *append, struct err *err);

/*
 * The same, and as ledger_roll(): the first *size records are in files of the
 * WAL that nothing is added to.
 */
int append_roll(struct append *append, uint64_t *size, struct err *err);

/* As ledger_own_last(); 0 while another process is the writer. */
uint64_t append_own_last(struct append *append, struct slice stream);

/* Records in the ledger, others' with ours. */
int append_size(struct append *append, uint64_t *size, struct err *err);

#endif
