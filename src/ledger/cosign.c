#include "ledger/cosign.h"

#include <assert.h>

#include "ledger/witness_request.h"

int
cosign_read(struct slice bytes, struct cosign *cosign, struct err *err)
{
	cosign->bytes = bytes;
	if (note_parse(bytes, &cosign->note, err))
		return -1;
	return checkpoint_parse(cosign->note.text, &cosign->checkpoint, err);
}

int
cosign_ask(const struct cosign *cosign, uint64_t old,
    const struct merkle_source *source, struct buf *out, struct err *err)
{
	struct witness_request request = {.old = old, .note = cosign->bytes};
	struct merkle_path path;
	struct sha256 *sha;
	int status;

	assert(old <= cosign->checkpoint.tree.size);
	merkle_consistency_path(old, cosign->checkpoint.tree.size, &path);
	if (path.count > WITNESS_PROOF_MAX)
		return err_set(err, ERR_LIMIT,
		    "a proof of %zu hashes is too long for a witness",
		    path.count);
	request.count = path.count;
	sha = sha256_new();
	status = merkle_path_hashes(sha, &path, source, request.proof, err);
	sha256_free(sha);
	if (!status)
		witness_request_print(out, &request);
	return status;
}

void
cosign_lines(const struct note *note, const struct key *key, struct buf *lines)
{
	for (size_t i = 0; i < note->count; i++)
		if (note->lines[i].id == key->id &&
		    slice_eq(note->lines[i].name, slice_cstr(key->name)))
			note_add_line(lines, &note->lines[i]);
}

static enum cosign_verdict
judge_lines(const struct cosign *cosign, const struct key *witness,
    struct slice body, struct buf *lines, struct err *err)
{
	enum note_verdict verdict = NOTE_UNKNOWN;
	struct buf whole = {0};
	struct note note;
	int status;

	note_begin(&whole, cosign->note.text);
	buf_slice_add(&whole, body);
	status = note_parse(buf_slice(&whole), &note, err);
	if (!status) {
		verdict = note_verify(&note, witness, 1, NULL);
		if (verdict == NOTE_OK)
			cosign_lines(&note, witness, lines);
		else
			err_set(err, ERR_INPUT,
			    verdict == NOTE_UNKNOWN
			        ? "answers with no cosignature of its key"
			        : "answers with a wrong cosignature");
	} else {
		err_context(err, "answers with what is no cosignature");
	}
	buf_release(&whole);
	return verdict == NOTE_OK ? COSIGN_DONE : COSIGN_REFUSED;
}

/* Another size than it was asked about, and one that we can prove to extend. */
static enum cosign_verdict
judge_size(const struct cosign *cosign, const struct cosign_answer *answer,
    uint64_t *old, struct err *err)
{
	uint64_t size = cosign->checkpoint.tree.size;
	struct slice rest = answer->body, line = slice_cut(&rest, '\n');
	uint64_t told;

	if (!checkpoint_number(line, &told) || rest.len) {
		err_set(err, ERR_INPUT, "answers 409 without a size");
		return COSIGN_REFUSED;
	}
	if (told == answer->old) {
		err_set(err, ERR_INPUT,
		    "has cosigned another tree of %ju records",
		    (uintmax_t)told);
		return COSIGN_REFUSED;
	}
	if (told > size) {
		err_set(err, ERR_INPUT,
		    "has cosigned %ju records, and this checkpoint has %ju",
		    (uintmax_t)told, (uintmax_t)size);
		return COSIGN_REFUSED;
	}
	*old = told;
	return COSIGN_AGAIN;
}

enum cosign_verdict
cosign_judge(const struct cosign *cosign, const struct key *witness,
    const struct cosign_answer *answer, struct buf *lines, uint64_t *old,
    struct err *err)
{
	struct slice rest = answer->body;
	struct slice line = slice_cut(&rest, '\n');

	if (answer->status == 200)
		return judge_lines(cosign, witness, answer->body, lines, err);
	if (answer->status == 409)
		return judge_size(cosign, answer, old, err);
	err_set(err, ERR_INPUT, "answers %u: " SLICE_FMT, answer->status,
	    SLICE_ARG(line));
	return COSIGN_REFUSED;
}
