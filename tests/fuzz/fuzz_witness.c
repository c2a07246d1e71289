#include <stdint.h>
#include <stdlib.h>

#include "ledger/cosign.h"
#include "ledger/witness_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A witness' answer: no bytes are a cosignature of a key that never signed, and
 * the next size to ask from is within the tree.
 */
static void
check_answer(struct slice bytes)
{
	static struct signer *signer;
	struct slice text =
	    SLICE("a\n5\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
	          "\xe2\x80\x94 a AAAAAAA=\n");
	struct cosign_answer answer = {.old = 3, .body = bytes};
	struct buf lines = {0};
	struct cosign cosign;
	uint64_t old = 3;

	if (!signer)
		signer = signer_new(
		    SLICE("w"), KEY_COSIGNER, (unsigned char[32]){9});
	if (cosign_read(text, &cosign, NULL))
		abort();
	answer.status = 200;
	if (cosign_judge(&cosign, signer_key(signer), &answer, &lines, &old,
	        NULL) != COSIGN_REFUSED)
		abort();
	answer.status = 409;
	if (cosign_judge(&cosign, signer_key(signer), &answer, &lines, &old,
	        NULL) == COSIGN_AGAIN &&
	    (old > 5 || old == 3))
		abort();
	if (lines.len)
		abort();
	buf_release(&lines);
}

/* A request prints as it was read, and has no more hashes than allowed. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);
	struct witness_request request;
	struct buf out = {0};

	if (!witness_request_parse(bytes, &request, NULL)) {
		if (request.count > WITNESS_PROOF_MAX || !request.note.len)
			abort();
		witness_request_print(&out, &request);
		if (!slice_eq(buf_slice(&out), bytes))
			abort();
	}
	check_answer(bytes);
	buf_release(&out);
	return 0;
}
