#ifndef LEDGER_EVIDENCE_EXTRA_H
#define LEDGER_EVIDENCE_EXTRA_H

#include "ledger/leaf.h"

/*
 * extra - what opens a record's leaf: its salt, and the text that was hashed.
 *
 *	firn-proof/v1
 *	salt <hex of the record's 16 bytes; - if it was erased>
 *	<leaf text: seven lines>
 *	<more, which is the reader's to know>
 */
struct extra {
	bool erased;
	unsigned char salt[LEAF_SALT_LEN]; /* not erased */
	struct slice text;                 /* of the leaf */
	struct leaf leaf;
	struct slice more; /* whole lines; empty if there are none */
};

/* Adds all but `more`; the salt is NULL if the record was erased. */
void extra_print(struct buf *out, const unsigned char *salt, struct slice text);

/* The slices lie in the bytes. */
int extra_parse(struct slice bytes, struct extra *extra, struct err *err);

/* Whether these bytes are the record's; of an erased one nobody can know. */
bool
extra_opens(struct sha256 *sha, const struct extra *extra, struct slice raw);

#endif
