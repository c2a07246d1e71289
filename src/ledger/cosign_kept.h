#ifndef LEDGER_COSIGN_KEPT_H
#define LEDGER_COSIGN_KEPT_H

#include "ledger/cosign.h"
#include "ledger/head.h"
#include "ledger/policy.h"

/*
 * cosigned - how far witnesses have cosigned a ledger: its file `cosigned`, a
 * checkpoint with their lines, by its file `witnesses`, the policy that says
 * who they are and how many are wanted.  Either may be missing.
 */
#define COSIGNED_FILE  "cosigned"
#define WITNESSES_FILE "witnesses"

/* All zero before; to be released in any case. */
struct cosigned {
	struct buf note, policy; /* what is in the files */
	bool there, policed;     /* whether they are there */
	/* What cosigned_judge() finds: */
	struct merkle_head tree;
	size_t witnesses;          /* in the policy */
	bool judged;               /* by the policy: */
	size_t count;              /* who cosigned */
	uint64_t time;             /* the newest cosignature: seconds, or 0 */
	bool enough;               /* the policy is satisfied */
	char missing[ERR_MSG_MAX]; /* why it is not */
};

/* Reads both files, so before the ledger's checkpoint: that is newer then. */
int cosigned_read(struct cosigned *cosigned, const char *dir, struct err *err);

/*
 * Whether the note is one of the log with that name, signed by one of its keys:
 * ERR_CORRUPT or ERR_INPUT if not.  A policy that is not satisfied is no
 * failure; one that cannot be read is.
 */
int cosigned_judge(struct cosigned *cosigned, const char *dir,
    struct slice origin, const struct key *keys, size_t count, struct err *err);

void cosigned_release(struct cosigned *cosigned);

#endif
