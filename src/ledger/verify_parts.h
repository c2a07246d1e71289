#ifndef LEDGER_VERIFY_PARTS_H
#define LEDGER_VERIFY_PARTS_H

#include "ledger/hashes.h"
#include "ledger/verify.h"

/* What the parts of a check share. */
struct verify {
	const char *dir;
	const struct verify_options *options;
	struct verify_report *report;
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

#endif
