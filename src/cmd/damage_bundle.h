#ifndef CMD_DAMAGE_BUNDLE_H
#define CMD_DAMAGE_BUNDLE_H

#include <stdio.h>

#include "base/sha256.h"
#include "cmd/damage_report.h"

/*
 * damage_bundle - the evidence of a report: the records that it rests on, each
 * with what opens its leaf and the way to the tree's root.
 *
 * A line of records.ndjson is an object:
 *	index   the record's place in the ledger
 *	for     "evidence"; "delivery", "delivered": of how such a one came
 *	salt    16 bytes in hex; null if the record was erased
 *	leaf    the text that was hashed
 *	path    hashes in base64, from the leaf's sibling up to the root at the
 *	        size of the assessment (RFC 9162 section 2.1.3)
 *	raw     the record's bytes as text; raw64: in base64, where they are no
 *	        UTF-8; neither if it was erased
 */
struct damage_bundle {
	uint64_t records, erased;
	uint64_t unclosed; /* deliveries whose end was not found */
};

/* Writes the lines; their SHA-256 becomes *digest. */
int damage_bundle_records(FILE *out, const struct damage_report *report,
    struct damage_bundle *found, unsigned char digest[SHA256_LEN],
    struct err *err);

#endif
