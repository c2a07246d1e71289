#include "ledger/evidence_extra.h"

#define HEAD       "firn-proof/v1"
#define LEAF_LINES 7

static const char digits[] = "0123456789abcdef";

void
extra_print(struct buf *out, const unsigned char *salt, struct slice text)
{
	buf_str(out, HEAD "\nsalt ");
	for (size_t i = 0; i < LEAF_SALT_LEN && salt; i++) {
		buf_char(out, digits[salt[i] >> 4]);
		buf_char(out, digits[salt[i] & 15]);
	}
	buf_str(out, salt ? "\n" : "-\n");
	buf_slice_add(out, text);
}

static bool
read_salt(struct slice hex, struct extra *extra)
{
	extra->erased = slice_eq(hex, SLICE("-"));
	if (!extra->erased && hex.len != 2 * (size_t)LEAF_SALT_LEN)
		return false;
	for (size_t i = 0; i < hex.len && !extra->erased; i++) {
		const char *digit = memchr(digits, hex.ptr[i], 16);

		if (!digit)
			return false;
		extra->salt[i / 2] =
		    (unsigned char)(extra->salt[i / 2] << 4 | (digit - digits));
	}
	return true;
}

int
extra_parse(struct slice bytes, struct extra *extra, struct err *err)
{
	struct slice rest = bytes, line = slice_cut(&rest, '\n');

	*extra = (struct extra){0};
	if (!slice_eq(line, SLICE(HEAD)))
		return err_set(
		    err, ERR_INPUT, "'extra' does not hold '" HEAD "'");
	line = slice_cut(&rest, '\n');
	if (line.len < 5 || memcmp(line.ptr, "salt ", 5) != 0 ||
	    !read_salt(slice_skip(line, 5), extra))
		return err_set(err, ERR_INPUT, "'extra' holds no salt");
	extra->text = rest;
	for (int i = 0; i < LEAF_LINES; i++)
		slice_cut(&rest, '\n');
	extra->text.len -= rest.len;
	extra->more = rest;
	return leaf_parse(extra->text, &extra->leaf, err);
}

bool
extra_opens(struct sha256 *sha, const struct extra *extra, struct slice raw)
{
	struct merkle_hash commit;

	if (extra->erased)
		return false;
	leaf_commit(sha, extra->salt, raw, &commit);
	return merkle_eq(&commit, &extra->leaf.commit);
}
