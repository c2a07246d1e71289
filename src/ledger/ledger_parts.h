#ifndef LEDGER_LEDGER_PARTS_H
#define LEDGER_LEDGER_PARTS_H

#include "ledger/deliveries.h"
#include "ledger/hashes.h"
#include "ledger/head.h"
#include "ledger/known.h"
#include "ledger/ledger.h"
#include "ledger/sealed.h"
#include "ledger/streams.h"

/*
 * The inside of a ledger, for ledger.c and ledger_own.c (appending),
 * ledger_open.c (making and opening), ledger_recover.c (reading back),
 * ledger_sign.c (checkpoints), ledger_behind.c (what was promised),
 * ledger_change.c (another key) and ledger_rename.c (another name).
 */

/* How the sources of firn's own records begin. */
#define LEDGER_OWN "firn/"

/*
 * The sources of records that the ledger itself understands, with those of
 * ledger/change.h.  It alone makes them.
 */
#define LEDGER_OPENED    "firn/delivery"
#define LEDGER_DELIVERED "firn/delivered"

/* What was added and not committed. */
struct pending {
	struct buf frames;
	struct streams streams;
	struct merkle_hash *leaves; /* owned; one a record */
	size_t count, room;
	struct wal_mark *marks; /* owned */
	size_t mark_count, mark_room;
};

#define SALTS ((size_t)4096)

/* The newest record of a stream of firn's own. */
struct own_last {
	char stream[33]; /* "" : a free place */
	uint64_t next;   /* its place, and one */
};
#define OWN_LAST_MAX 32

struct renaming; /* ledger_rename.c's */

struct ledger {
	char *dir, *state; /* owned */
	struct ledger_options options;
	int lock;
	struct head head;
	struct signer *signer;
	struct sha256 *sha;
	struct hashes *hashes;
	struct wal *wal;
	uint64_t wal_first; /* index of the file's first record */
	uint64_t size;      /* of what is durable */
	struct sealed *sealed;
	struct known *known; /* what is not in `sealed`, at least */
	size_t swept;        /* parts of it that were looked at since */
	struct deliveries *deliveries;
	struct pending pending;
	struct buf text; /* of a leaf, a checkpoint */
	unsigned char salts[SALTS];
	size_t salts_left;
	uint64_t signed_size;
	int64_t signed_us;
	struct own_last own_last[OWN_LAST_MAX];
	struct renaming *renaming; /* NULL: it goes on under its name */
	struct err failed;         /* the first failure; code 0: none */
};

int64_t ledger_now_us(const struct ledger *ledger);

/* Adds a record of firn's own; the frame's delivery and identity are set. */
int ledger_append_own(struct ledger *ledger, const struct stream *stream,
    struct frame *frame, struct err *err);

/* What a committed or recovered record of the ledger's own says. */
void ledger_learn(struct ledger *ledger, uint64_t index,
    const struct frame *frame, const struct stream *stream);

/*
 * Reads what the WAL holds into the ledger, completes the hash files
 * from it, and leaves it open for appending.  `found` is filled.
 */
int ledger_recover(
    struct ledger *ledger, struct ledger_found *found, struct err *err);

/*
 * Begins a file of the WAL, whose first batch has the marks of all deliveries
 * that are open: so files before it may go when their records are sealed.
 */
int ledger_new_wal(struct ledger *ledger, struct err *err);

/*
 * Whether the tree that was read contains the ones that were promised.
 * ERR_CORRUPT if not; while it is renamed ledger_begin_renaming() has the word.
 */
int ledger_check_behind(struct ledger *ledger, struct err *err);

/* Signs for what is durable, remembers it, puts it in place. */
int ledger_sign(struct ledger *ledger, struct err *err);

/* --- opening --- */

struct ledger *
ledger_new(const char *dir, const struct ledger_options *options);
int ledger_read_key(struct ledger *ledger, const char *path, struct err *err);

#endif
