#ifndef LEDGER_SEALS_PART_H
#define LEDGER_SEALS_PART_H

#include "ledger/seals.h"
#include "ledger/segment.h"

/*
 * seals_part - what making segments (seals.c) and removing what they stand for
 * (seals_sweep.c) share.  For these two only.
 */
struct seals {
	char *dir;    /* owned */
	char *path;   /* of segment/; owned */
	char *drafts; /* owned */
	int lock;
	struct manifest manifest;
	struct hashes *hashes;
};

#endif
