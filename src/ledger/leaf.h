#ifndef LEDGER_LEAF_H
#define LEDGER_LEAF_H

#include "base/buf.h"
#include "ledger/merkle.h"

/*
 * leaf - what the log says of a record without saying what is in it.
 *
 *	firn-record/v1
 *	source <kind>/<stream>
 *	tenant <tenant id or ->
 *	available <RFC 3339 UTC, microseconds, or ->
 *	received <RFC 3339 UTC, microseconds>
 *	delivery <index of the firn/delivery record that opened it>
 *	commit <hex of SHA-256("firn-commit/v1\n" || salt || raw)>
 *
 * each line with its line feed.  The leaf hash is SHA-256(00 || text).  A
 * record of firn's own names itself as its delivery.
 *
 * Pure; a struct sha256 serves one thread at a time.
 */
#define LEAF_SALT_LEN 16
#define LEAF_TEXT_MAX 4096
#define LEAF_NAME_MAX 512 /* bytes of a source or a tenant */
#define LEAF_NO_TIME  INT64_MIN

struct leaf {
	struct slice source;
	struct slice tenant;  /* empty: written as - */
	int64_t available_us; /* LEAF_NO_TIME: written as - */
	int64_t received_us;  /* never LEAF_NO_TIME */
	uint64_t delivery;
	struct merkle_hash commit;
};

/*
 * Whether it may stand as a source or as a tenant that is known: UTF-8 without
 * control characters, 1 to LEAF_NAME_MAX bytes, not "-".
 */
bool leaf_name_ok(struct slice name);

void leaf_commit(struct sha256 *sha, const unsigned char salt[LEAF_SALT_LEN],
    struct slice raw, struct merkle_hash *commit);

/* Adds the text. */
void leaf_print(struct buf *out, const struct leaf *leaf);

/* Reads exactly what leaf_print() writes; slices lie in the text. */
int leaf_parse(struct slice text, struct leaf *leaf, struct err *err);

#endif
