#ifndef LEDGER_WITNESS_REQUEST_H
#define LEDGER_WITNESS_REQUEST_H

#include "base/buf.h"
#include "ledger/merkle.h"

/*
 * witness_request - what a witness is asked (C2SP tlog-witness):
 *
 *	old <size of the tree that it cosigned last, decimal>
 *	<base64 of a hash of the proof that the new tree extends that one>
 *	...
 *	(an empty line)
 *	<the new checkpoint: a signed note>
 */
#define WITNESS_PROOF_MAX   63
#define WITNESS_REQUEST_MAX ((size_t)64 << 10)

/* The slice lies in the bytes that were parsed, or with who writes. */
struct witness_request {
	uint64_t old;
	size_t count;
	struct merkle_hash proof[WITNESS_PROOF_MAX];
	struct slice note;
};

/* Reads a request; its note is not looked at, but for not being empty. */
int witness_request_parse(
    struct slice bytes, struct witness_request *request, struct err *err);

void
witness_request_print(struct buf *out, const struct witness_request *request);

#endif
