#include "ledger/checkpoint.h"

#include <assert.h>

#include "base/base64.h"

/* Go's int64 bounds what other readers take; no log comes near. */
bool
checkpoint_number(struct slice line, uint64_t *number)
{
	if (line.len > 1 && line.ptr[0] == '0')
		return false;
	return slice_to_u64(line, number) && *number <= CHECKPOINT_SIZE_MAX;
}

bool
checkpoint_hash(struct slice line, struct merkle_hash *hash)
{
	return base64_read(line, hash->bytes, sizeof(hash->bytes));
}

int
checkpoint_parse(
    struct slice text, struct checkpoint *checkpoint, struct err *err)
{
	struct slice rest = text;

	if (!text.len || text.ptr[text.len - 1] != '\n')
		return err_set(
		    err, ERR_INPUT, "checkpoint: does not end in a line feed");
	checkpoint->origin = slice_cut(&rest, '\n');
	if (!checkpoint->origin.len)
		return err_set(
		    err, ERR_INPUT, "checkpoint: line 1 (origin) is empty");
	if (!checkpoint_number(slice_cut(&rest, '\n'), &checkpoint->tree.size))
		return err_set(err, ERR_INPUT,
		    "checkpoint: line 2 is no size: a decimal number without "
		    "leading zeros, below 2^63");
	if (!checkpoint_hash(slice_cut(&rest, '\n'), &checkpoint->tree.root))
		return err_set(err, ERR_INPUT,
		    "checkpoint: line 3 is no root: base64 of 32 bytes");
	checkpoint->extensions = rest;
	while (rest.len)
		if (!slice_cut(&rest, '\n').len)
			return err_set(err, ERR_INPUT,
			    "checkpoint: an extension line is empty");
	return 0;
}

void
checkpoint_print(
    struct buf *out, struct slice origin, const struct merkle_head *tree)
{
	assert(origin.len && !memchr(origin.ptr, '\n', origin.len));
	assert(tree->size <= CHECKPOINT_SIZE_MAX);
	buf_slice_add(out, origin);
	buf_char(out, '\n');
	buf_u64(out, tree->size);
	buf_char(out, '\n');
	base64_add(out, tree->root.bytes, sizeof(tree->root.bytes));
	buf_char(out, '\n');
}
