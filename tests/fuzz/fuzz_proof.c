#include <stdint.h>
#include <stdlib.h>

#include "ledger/policy.h"
#include "ledger/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A proof prints as it was read; a policy that was read names everyone in it,
 * and is not satisfied by a note that nobody signed, unless it wants no one.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);
	struct slice lonely =
	    SLICE("a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
	          "\xe2\x80\x94 a AAAAAAA=\n");
	struct buf out = {0};
	struct policy *policy;
	struct err err = {0};
	struct proof proof;
	struct note note;

	if (!proof_parse(bytes, &proof, NULL)) {
		proof_print(&out, &proof);
		if (!slice_eq(buf_slice(&out), bytes))
			abort();
	}
	policy = policy_parse("p", bytes, &err);
	if (policy) {
		bool wants =
		    policy_log_count(policy) || !memmem(data, size, "none", 4);

		for (size_t i = 0; i < policy_witness_count(policy); i++)
			if (!policy_witness(policy, i)->name.len)
				abort();
		if (note_parse(lonely, &note, NULL))
			abort();
		if (!policy_check(policy, &note, NULL, &err) && wants)
			abort();
	} else if (memcmp(err.msg, "p:", 2) != 0) {
		abort();
	}
	policy_free(policy);
	buf_release(&out);
	return 0;
}
