#include "ledger/proof.h"

#include <assert.h>

#include "base/base64.h"
#include "ledger/checkpoint.h"

static const struct slice first = SLICE_INIT("c2sp.org/tlog-proof@v1");
static const struct slice extra = SLICE_INIT("extra ");
static const struct slice place = SLICE_INIT("index ");

/* Whether the line begins with the word; if so, only the rest stays. */
static bool
take(struct slice *line, struct slice word)
{
	if (line->len < word.len || memcmp(line->ptr, word.ptr, word.len) != 0)
		return false;
	*line = slice_skip(*line, word.len);
	return true;
}

/* The hashes and the empty line behind them. */
static int
read_path(struct slice *rest, unsigned line_number, struct proof *proof,
    struct err *err)
{
	for (proof->count = 0; rest->len; proof->count++) {
		struct slice line = slice_cut(rest, '\n');

		if (!line.len)
			return 0;
		if (proof->count == MERKLE_PROOF_MAX)
			return err_set(err, ERR_LIMIT,
			    "proof: more than %d hashes", MERKLE_PROOF_MAX);
		if (!checkpoint_hash(line, &proof->path[proof->count]))
			return err_set(err, ERR_INPUT,
			    "proof: line %zu is no hash: base64 of 32 bytes",
			    line_number + proof->count);
	}
	return err_set(
	    err, ERR_INPUT, "proof: no empty line before the checkpoint");
}

int
proof_parse(struct slice bytes, struct proof *proof, struct err *err)
{
	struct slice rest = bytes, line;
	unsigned line_number = 2;
	size_t len;

	if (bytes.len > PROOF_MAX)
		return err_set(err, ERR_LIMIT,
		    "proof: %zu bytes, more than %zu", bytes.len, PROOF_MAX);
	if (!slice_eq(slice_cut(&rest, '\n'), first))
		return err_set(err, ERR_INPUT,
		    "proof: line 1 is not '" SLICE_FMT "'", SLICE_ARG(first));
	line = slice_cut(&rest, '\n');
	proof->extra = slice_of(NULL, 0);
	if (take(&line, extra)) {
		if (!base64_len(line, &len) || !len)
			return err_set(err, ERR_INPUT,
			    "proof: line 2 (extra) is not base64");
		proof->extra = line;
		line = slice_cut(&rest, '\n');
		line_number++;
	}
	if (!take(&line, place) || !checkpoint_number(line, &proof->index))
		return err_set(err, ERR_INPUT,
		    "proof: line %u is not 'index ' and a decimal number "
		    "without leading zeros, below 2^63",
		    line_number);
	if (read_path(&rest, line_number + 1, proof, err))
		return -1;
	proof->note = rest;
	if (!rest.len)
		return err_set(err, ERR_INPUT, "proof: no checkpoint in it");
	return 0;
}

void
proof_print(struct buf *out, const struct proof *proof)
{
	assert(proof->count <= MERKLE_PROOF_MAX && proof->note.len);
	assert(proof->index <= CHECKPOINT_SIZE_MAX);
	buf_slice_add(out, first);
	buf_char(out, '\n');
	if (proof->extra.len) {
		buf_slice_add(out, extra);
		buf_slice_add(out, proof->extra);
		buf_char(out, '\n');
	}
	buf_slice_add(out, place);
	buf_u64(out, proof->index);
	buf_char(out, '\n');
	for (size_t i = 0; i < proof->count; i++) {
		base64_add(out, proof->path[i].bytes, SHA256_LEN);
		buf_char(out, '\n');
	}
	buf_char(out, '\n');
	buf_slice_add(out, proof->note);
}
