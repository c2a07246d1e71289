#ifndef LEDGER_VERIFY_PARTS_H
#define LEDGER_VERIFY_PARTS_H

#include "ledger/hashes.h"
#include "ledger/head.h"
#include "ledger/verify.h"

/* What the parts of a check share. */
struct verify {
	const char *dir;
	const struct verify_options *options;
	struct verify_report *report;
	struct head head;
	struct sha256 *sha;
	struct hashes *hashes;
	struct merkle_source source; /* of the hashes */
};

/*
 * Every record against its leaf hash, and the upper hash files against these.
 * -1 at the first that is wrong, with ERR_CORRUPT.
 */
int verify_records(struct verify *verify, struct err *err);

/* A sample of the records against the root. */
int verify_sample(struct verify *verify, struct err *err);

/*
 * The signature of the checkpoint: report->signer.  Which records let a key
 * sign is only believed here.
 */
int verify_signer(struct verify *verify, struct err *err);

/* Those records against the root, and what they say of former names. */
int verify_changes(struct verify *verify, struct err *err);

/*
 * A record of that source: one that changes key or name must be known as such.
 */
int verify_change_known(struct verify *verify, uint64_t index,
    struct slice source, struct err *err);

/* Whether the leaf is that of a record below the root. */
int verify_leaf(struct verify *verify, uint64_t index,
    const struct merkle_hash *leaf, bool *holds, struct err *err);

/* Whether the tree begins with one of that size and root. */
int verify_begins(struct verify *verify, const struct merkle_head *tree,
    bool *begins, struct err *err);

/*
 * The checkpoint that was seen here last under that name, if `found`.
 * ERR_SYSTEM if what is remembered cannot be read.
 */
int verify_seen(const struct verify *verify, const char *origin,
    struct merkle_head *tree, bool *found, struct err *err);

#endif
