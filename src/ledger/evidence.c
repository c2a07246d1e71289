#include "ledger/evidence.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/base64.h"
#include "ledger/proof.h"

#define CHANGE "change "

/* --- making --- */

static void
add_changes(struct buf *out, const struct changes *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct slice note = changes->list[i].note;

		buf_str(out, CHANGE);
		base64_add(out, note.ptr, note.len);
		buf_char(out, '\n');
	}
}

/* What opens the leaf, and the changes, as base64. */
static int
make_extra(struct view *view, const struct changes *changes, uint64_t index,
    struct buf *base64, struct err *err)
{
	struct sha256 *sha = sha256_new();
	struct buf text = {0}, extra = {0};
	struct merkle_hash leaf;
	struct stream stream;
	struct frame frame;
	int status = view_record(view, index, &frame, &stream, err);

	if (!status && frame_leaf(sha, &frame, &stream, &text, &leaf))
		status = err_set(err, ERR_CORRUPT,
		    "record %" PRIu64 " has no valid leaf", index);
	if (!status) {
		extra_print(
		    &extra, frame.erased ? NULL : frame.salt, buf_slice(&text));
		add_changes(&extra, changes);
		base64_add(base64, extra.ptr, extra.len);
	}
	buf_release(&text);
	buf_release(&extra);
	sha256_free(sha);
	return status;
}

int
evidence_make(struct buf *out, struct view *view, const struct changes *changes,
    uint64_t index, struct err *err)
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
	if (make_extra(view, changes, index, &extra, err) ||
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

static int
read_extra(struct evidence *evidence, struct slice base64, struct extra *extra,
    struct err *err)
{
	size_t len;

	if (!base64.len || !base64_len(base64, &len))
		return err_set(err, ERR_INPUT,
		    "the proof has no line 'extra': it is not one of firn's");
	if (!base64_read(base64, buf_reserve(&evidence->text, len), len))
		return err_set(err, ERR_INPUT, "'extra' is not base64");
	evidence->text.len = len;
	if (extra_parse(buf_slice(&evidence->text), extra, err))
		return -1;
	evidence->leaf = extra->leaf;
	evidence->erased = extra->erased;
	return 0;
}

/* Adds the keys that those among `keys` hand over to, as the lines say. */
static int
follow_changes(struct keys *keys, struct slice lines, struct err *err)
{
	struct slice word = SLICE(CHANGE);
	struct change change;
	struct buf note = {0};
	int status = 0;

	for (size_t i = 0; !status && lines.len; i++) {
		struct slice line = slice_cut(&lines, '\n');
		struct slice base64 = slice_skip(line, word.len);
		size_t len = 0;

		line.len = line.len < word.len ? line.len : word.len;
		if (i == CHANGES_MAX || !slice_eq(line, word) ||
		    !base64_len(base64, &len) ||
		    !base64_read(base64, buf_reserve(&note, len), len))
			status = err_set(err, ERR_INPUT,
			    "'extra' holds a line that is no change of key");
		else
			status =
			    change_read(slice_of(note.ptr, len), &change, err);
		if (!status)
			keys_follow(keys, &change);
	}
	buf_release(&note);
	return status;
}

/* The checkpoint: signed by one of the keys, or by one that they lead to. */
static int
check_note(struct evidence *evidence, struct slice note, struct slice changes,
    const struct keys *keys, struct err *err)
{
	struct checkpoint checkpoint;
	struct keys all = {0};
	int status;

	keys_add(&all, keys->list, keys->count);
	status = follow_changes(&all, changes, err);
	if (!status)
		status = keys_checkpoint(
		    &all, note, &checkpoint, &evidence->signer, err);
	if (!status) {
		evidence->origin = checkpoint.origin;
		evidence->tree = checkpoint.tree;
		evidence->followed = !keys_have(keys, &evidence->signer);
	}
	keys_release(&all);
	return status;
}

static int
check_raw(struct sha256 *sha, const struct extra *extra, uint64_t index,
    struct slice raw, struct err *err)
{
	if (extra->erased)
		return err_set(err, ERR_CORRUPT,
		    "record %" PRIu64
		    " was erased: that it was this one, nobody can prove",
		    index);
	if (!extra_opens(sha, extra, raw))
		return err_set(err, ERR_CORRUPT,
		    "the bytes given (%zu) are not those of record %" PRIu64,
		    raw.len, index);
	return 0;
}

static int
check_leaf(const struct evidence *evidence, const struct proof *proof,
    const struct extra *extra, const struct slice *raw, struct err *err)
{
	struct sha256 *sha = sha256_new();
	struct merkle_hash leaf;
	int status = 0;

	merkle_leaf(sha, extra->text, &leaf);
	if (!merkle_includes(&evidence->tree, proof->index, &leaf, proof->path,
	        proof->count))
		status = err_set(err, ERR_CORRUPT,
		    "the proof does not lead from the leaf of record %" PRIu64
		    " to the signed root",
		    proof->index);
	else if (raw)
		status = check_raw(sha, extra, proof->index, *raw, err);
	sha256_free(sha);
	return status;
}

int
evidence_check(struct evidence *evidence, struct slice bytes,
    const struct slice *raw, const struct keys *keys, struct err *err)
{
	struct extra extra = {0};
	struct proof proof;

	*evidence = (struct evidence){0};
	if (proof_parse(bytes, &proof, err))
		return -1;
	evidence->index = proof.index;
	if (read_extra(evidence, proof.extra, &extra, err) ||
	    check_note(evidence, proof.note, extra.more, keys, err))
		return -1;
	return check_leaf(evidence, &proof, &extra, raw, err);
}

void
evidence_release(struct evidence *evidence)
{
	buf_release(&evidence->text);
	*evidence = (struct evidence){0};
}
