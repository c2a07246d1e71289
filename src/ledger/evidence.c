#include "ledger/evidence.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/base64.h"
#include "ledger/proof.h"

#define HEAD "firn-proof/v1\n"

static const char digits[] = "0123456789abcdef";

/* --- making --- */

static void
add_extra(struct buf *out, const struct frame *frame, struct slice text)
{
	buf_str(out, HEAD "salt ");
	for (size_t i = 0; i < LEAF_SALT_LEN && !frame->erased; i++) {
		buf_char(out, digits[frame->salt[i] >> 4]);
		buf_char(out, digits[frame->salt[i] & 15]);
	}
	buf_str(out, frame->erased ? "-\n" : "\n");
	buf_slice_add(out, text);
}

/* The leaf as base64, and its hash. */
static int
make_extra(struct sha256 *sha, struct view *view, uint64_t index,
    struct buf *base64, struct err *err)
{
	struct buf text = {0}, extra = {0};
	struct merkle_hash leaf;
	struct stream stream;
	struct frame frame;
	int status = view_record(view, index, &frame, &stream, err);

	if (!status && frame_leaf(sha, &frame, &stream, &text, &leaf))
		status = err_set(err, ERR_CORRUPT,
		    "record %" PRIu64 " has no valid leaf", index);
	if (!status) {
		add_extra(&extra, &frame, buf_slice(&text));
		base64_add(base64, extra.ptr, extra.len);
	}
	buf_release(&text);
	buf_release(&extra);
	return status;
}

int
evidence_make(
    struct buf *out, struct view *view, uint64_t index, struct err *err)
{
	const struct merkle_head *tree = view_tree(view);
	struct merkle_source source = view_source(view);
	struct sha256 *sha = sha256_new();
	struct buf extra = {0};
	struct merkle_path path;
	struct proof proof = {.index = index};
	int status = -1;

	if (index >= tree->size) {
		err_set(err, ERR_USAGE,
		    "no record %" PRIu64 ": the checkpoint is for %" PRIu64,
		    index, tree->size);
		goto out;
	}
	merkle_inclusion_path(index, tree->size, &path);
	if (make_extra(sha, view, index, &extra, err) ||
	    merkle_path_hashes(sha, &path, &source, proof.path, err))
		goto out;
	proof.extra = buf_slice(&extra);
	proof.count = path.count;
	proof.note = view_checkpoint(view);
	proof_print(out, &proof);
	status = 0;
out:
	buf_release(&extra);
	sha256_free(sha);
	return status;
}

/* --- checking --- */

static bool
read_salt(struct slice hex, bool *erased, unsigned char salt[LEAF_SALT_LEN])
{
	*erased = slice_eq(hex, SLICE("-"));
	if (!*erased && hex.len != 2 * (size_t)LEAF_SALT_LEN)
		return false;
	for (size_t i = 0; i < hex.len && !*erased; i++) {
		const char *digit = memchr(digits, hex.ptr[i], 16);

		if (!digit)
			return false;
		salt[i / 2] =
		    (unsigned char)(salt[i / 2] << 4 | (digit - digits));
	}
	return true;
}

/* *text becomes the leaf's, in the evidence. */
static int
read_extra(struct evidence *evidence, struct slice base64, struct slice *text,
    unsigned char salt[LEAF_SALT_LEN], struct err *err)
{
	struct slice rest, word;
	size_t len;

	if (!base64.len || !base64_len(base64, &len))
		return err_set(err, ERR_INPUT,
		    "the proof has no line 'extra': it is not one of firn's");
	if (!base64_read(base64, buf_reserve(&evidence->text, len), len))
		return err_set(err, ERR_INPUT, "'extra' is not base64");
	evidence->text.len = len;
	rest = buf_slice(&evidence->text);
	word = slice_cut(&rest, '\n');
	if (!slice_eq(word, slice_of(HEAD, sizeof(HEAD) - 2)))
		return err_set(
		    err, ERR_INPUT, "'extra' does not hold 'firn-proof/v1'");
	word = slice_cut(&rest, '\n');
	if (word.len < 5 || memcmp(word.ptr, "salt ", 5) != 0 ||
	    !read_salt(slice_skip(word, 5), &evidence->erased, salt))
		return err_set(err, ERR_INPUT, "'extra' holds no salt");
	*text = rest;
	return leaf_parse(rest, &evidence->leaf, err);
}

static int
check_raw(struct sha256 *sha, const struct evidence *evidence,
    const unsigned char salt[LEAF_SALT_LEN], struct slice raw, struct err *err)
{
	struct merkle_hash commit;

	if (evidence->erased)
		return err_set(err, ERR_CORRUPT,
		    "record %" PRIu64
		    " was erased: that it was this one, nobody can prove",
		    evidence->index);
	leaf_commit(sha, salt, raw, &commit);
	if (!merkle_eq(&commit, &evidence->leaf.commit))
		return err_set(err, ERR_CORRUPT,
		    "the bytes given (%zu) are not those of record %" PRIu64,
		    raw.len, evidence->index);
	return 0;
}

static int
check(struct evidence *evidence, const struct proof *proof,
    const struct slice *raw, struct sha256 *sha, struct err *err)
{
	unsigned char salt[LEAF_SALT_LEN] = {0};
	struct merkle_hash leaf;
	struct slice text;

	evidence->index = proof->index;
	if (read_extra(evidence, proof->extra, &text, salt, err))
		return -1;
	merkle_leaf(sha, text, &leaf);
	if (!merkle_includes(&evidence->tree, proof->index, &leaf, proof->path,
	        proof->count))
		return err_set(err, ERR_CORRUPT,
		    "the proof does not lead from the leaf of record %" PRIu64
		    " to the signed root",
		    proof->index);
	return raw ? check_raw(sha, evidence, salt, *raw, err) : 0;
}

int
evidence_check(struct evidence *evidence, struct slice bytes,
    const struct slice *raw, const struct keys *keys, struct err *err)
{
	struct checkpoint checkpoint;
	struct sha256 *sha;
	struct proof proof;
	int status;

	*evidence = (struct evidence){0};
	if (proof_parse(bytes, &proof, err) ||
	    keys_checkpoint(
	        keys, proof.note, &checkpoint, &evidence->signer, err))
		return -1;
	evidence->origin = checkpoint.origin;
	evidence->tree = checkpoint.tree;
	sha = sha256_new();
	status = check(evidence, &proof, raw, sha, err);
	sha256_free(sha);
	return status;
}

void
evidence_release(struct evidence *evidence)
{
	buf_release(&evidence->text);
	*evidence = (struct evidence){0};
}
