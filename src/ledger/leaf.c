#include "ledger/leaf.h"

#include <string.h>

#include "base/time.h"
#include "base/utf8.h"

#define HEAD "firn-record/v1\n"

bool
leaf_name_ok(struct slice name)
{
	const unsigned char *p = (const unsigned char *)name.ptr;

	if (!name.len || name.len > LEAF_NAME_MAX || slice_eq(name, SLICE("-")))
		return false;
	for (size_t i = 0, n; i < name.len; i += n) {
		n = p[i] < 0x80 ? 1 : utf8_len(p + i, name.len - i);
		if (!n || p[i] < 0x20 || p[i] == 0x7f ||
		    (p[i] == 0xc2 && p[i + 1] < 0xa0))
			return false;
	}
	return true;
}

void
leaf_commit(struct sha256 *sha, const unsigned char salt[LEAF_SALT_LEN],
    struct slice raw, struct merkle_hash *commit)
{
	static const char label[] = "firn-commit/v1\n";

	sha256_begin(sha);
	sha256_add(sha, label, sizeof(label) - 1);
	sha256_add(sha, salt, LEAF_SALT_LEN);
	sha256_add(sha, raw.ptr, raw.len);
	sha256_end(sha, commit->bytes);
}

static void
add_time(struct buf *out, const char *name, int64_t time_us)
{
	char room[TIME_TEXT_MAX];

	buf_str(out, name);
	if (time_us == LEAF_NO_TIME)
		buf_char(out, '-');
	else
		buf_slice_add(out, time_format(time_us, room));
	buf_char(out, '\n');
}

void
leaf_print(struct buf *out, const struct leaf *leaf)
{
	static const char set[] = "0123456789abcdef";
	char *hex;

	buf_str(out, HEAD "source ");
	buf_slice_add(out, leaf->source);
	buf_str(out, "\ntenant ");
	buf_slice_add(out, leaf->tenant.len ? leaf->tenant : SLICE("-"));
	buf_char(out, '\n');
	add_time(out, "available ", leaf->available_us);
	add_time(out, "received ", leaf->received_us);
	buf_str(out, "delivery ");
	buf_u64(out, leaf->delivery);
	buf_str(out, "\ncommit ");
	hex = buf_reserve(out, 2 * (size_t)SHA256_LEN);
	for (size_t i = 0; i < SHA256_LEN; i++) {
		hex[2 * i] = set[leaf->commit.bytes[i] >> 4];
		hex[2 * i + 1] = set[leaf->commit.bytes[i] & 15];
	}
	out->len += 2 * (size_t)SHA256_LEN;
	buf_char(out, '\n');
}

/* The value of the line that begins with `name`; false if it does not. */
static bool
take_line(struct slice *rest, const char *name, struct slice *value)
{
	struct slice line = slice_cut(rest, '\n'), word = slice_cstr(name);

	if (line.len <= word.len ||
	    !slice_eq(slice_of(line.ptr, word.len), word))
		return false;
	*value = slice_skip(line, word.len);
	return true;
}

/* Decimal digits, without a look at what they are: see leaf_parse(). */
static int
digits(const char *p, size_t n)
{
	int v = 0;

	for (size_t i = 0; i < n; i++)
		v = v * 10 + (p[i] - '0');
	return v;
}

/* 2021-05-18T10:48:21.000000Z */
static bool
take_time(struct slice *rest, const char *name, int64_t *time_us)
{
	struct time_civil civil;
	struct slice value;
	const char *p;

	if (!take_line(rest, name, &value))
		return false;
	*time_us = LEAF_NO_TIME;
	if (slice_eq(value, SLICE("-")))
		return true;
	if (value.len != TIME_TEXT_MAX - 1)
		return false;
	p = value.ptr;
	civil = (struct time_civil){digits(p, 4), digits(p + 5, 2),
	    digits(p + 8, 2), digits(p + 11, 2), digits(p + 14, 2),
	    digits(p + 17, 2)};
	*time_us = time_of_civil(&civil) + digits(p + 20, 6);
	return true;
}

static bool
take_hash(struct slice *rest, const char *name, struct merkle_hash *hash)
{
	struct slice hex;

	if (!take_line(rest, name, &hex) || hex.len != 2 * (size_t)SHA256_LEN)
		return false;
	for (size_t i = 0; i < hex.len; i++) {
		static const char set[] = "0123456789abcdef";
		const char *digit = memchr(set, hex.ptr[i], 16);

		if (!digit)
			return false;
		hash->bytes[i / 2] =
		    (unsigned char)(hash->bytes[i / 2] << 4 | (digit - set));
	}
	return true;
}

int
leaf_parse(struct slice text, struct leaf *leaf, struct err *err)
{
	struct slice rest = text, head, number;
	struct buf again = {0};
	bool ok;

	*leaf = (struct leaf){0};
	head = slice_cut(&rest, '\n');
	ok = text.len <= LEAF_TEXT_MAX &&
	     slice_eq(head, slice_of(HEAD, sizeof(HEAD) - 2)) &&
	     take_line(&rest, "source ", &leaf->source) &&
	     take_line(&rest, "tenant ", &leaf->tenant) &&
	     take_time(&rest, "available ", &leaf->available_us) &&
	     take_time(&rest, "received ", &leaf->received_us) &&
	     leaf->received_us != LEAF_NO_TIME &&
	     take_line(&rest, "delivery ", &number) &&
	     slice_to_u64(number, &leaf->delivery) &&
	     take_hash(&rest, "commit ", &leaf->commit) &&
	     leaf_name_ok(leaf->source);
	if (ok && slice_eq(leaf->tenant, SLICE("-")))
		leaf->tenant = SLICE("");
	else if (ok)
		ok = leaf_name_ok(leaf->tenant);
	/* What has two spellings has two hashes: only ours is right. */
	if (ok) {
		leaf_print(&again, leaf);
		ok = slice_eq(buf_slice(&again), text);
		buf_release(&again);
	}
	return ok ? 0 : err_set(err, ERR_INPUT, "not the text of a leaf");
}
