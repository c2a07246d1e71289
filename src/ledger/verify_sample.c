#include "ledger/verify_parts.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "ledger/view.h"

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/*
 * Number i of the sample: SHA-256(root || i, eight bytes, little-endian), the
 * first eight bytes as a number, modulo the size.  Sorted, so that files are
 * read from front to back; twice the same is no harm.
 */
static size_t
choose(struct sha256 *sha, const struct merkle_head *tree,
    uint64_t chosen[VERIFY_SAMPLE])
{
	size_t count = VERIFY_SAMPLE;

	if (tree->size < count)
		count = (size_t)tree->size;
	for (size_t i = 0; i < count; i++) {
		unsigned char number[8], digest[SHA256_LEN];

		put_le(number, sizeof(number), i);
		sha256_begin(sha);
		sha256_add(sha, tree->root.bytes, sizeof(tree->root.bytes));
		sha256_add(sha, number, sizeof(number));
		sha256_end(sha, digest);
		chosen[i] =
		    count == VERIFY_SAMPLE ? get_u64(digest) % tree->size : i;
	}
	qsort(chosen, count, sizeof(*chosen), by_number);
	return count;
}

int
verify_leaf(struct verify *verify, uint64_t index,
    const struct merkle_hash *leaf, bool *holds, struct err *err)
{
	const struct merkle_head *tree = &verify->report->tree;
	struct merkle_hash proof[MERKLE_PROOF_MAX];
	struct merkle_path path;

	*holds = false;
	if (index >= tree->size)
		return 0;
	merkle_inclusion_path(index, tree->size, &path);
	if (merkle_path_hashes(verify->sha, &path, &verify->source, proof, err))
		return -1;
	*holds = merkle_includes(tree, index, leaf, proof, path.count);
	return 0;
}

static int
prove_record(struct verify *verify, struct view *view, uint64_t index,
    struct buf *text, struct err *err)
{
	struct merkle_hash leaf;
	struct stream stream;
	struct frame frame;
	bool holds;

	if (view_record(view, index, &frame, &stream, err))
		return -1;
	if (frame_leaf(verify->sha, &frame, &stream, text, &leaf))
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %" PRIu64 " has no valid leaf", verify->dir,
		    index);
	if (verify_leaf(verify, index, &leaf, &holds, err))
		return -1;
	if (!holds)
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %" PRIu64
		    ", or a hash beside it in hash/0, is not what the "
		    "checkpoint signs for",
		    verify->dir, index);
	return 0;
}

int
verify_sample(struct verify *verify, struct err *err)
{
	uint64_t chosen[VERIFY_SAMPLE];
	struct buf text = {0};
	struct view *view;
	size_t count;
	int status = 0;

	if (view_open(&view, verify->dir, err))
		return -1;
	count = choose(verify->sha, &verify->report->tree, chosen);
	for (size_t i = 0; i < count && !status; i++) {
		status = prove_record(verify, view, chosen[i], &text, err);
		verify->report->compared += !status;
	}
	view_close(view);
	buf_release(&text);
	return status;
}
