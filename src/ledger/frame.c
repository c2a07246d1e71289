#include "ledger/frame.h"

#include <string.h>

#include "base/bytes.h"
#include "event/identity.h"

#define FLAG_ERASED   1u
#define FLAG_HISTORIC 2u
#define FLAG_IDENTITY 4u
#define FLAGS         7u
#define HEAD_LEN      29u /* flags, stream, two times, delivery */

bool
identity_erased(const struct identity *identity)
{
	for (size_t i = 0; i < sizeof(identity->told); i++)
		if (identity->told[i] != IDENTITY_ERASED)
			return false;
	return true;
}

void
identity_fill(struct identity *told, const struct identity *now)
{
	unsigned differs;

	(void)told_join(told->told, now->told, &differs);
}

void
frame_add(struct buf *out, const struct frame *frame)
{
	struct slice body = frame->erased ? frame->text : frame->raw;
	unsigned char *p;

	p = (unsigned char *)buf_reserve(
	    out, HEAD_LEN + sizeof(frame->identity) + LEAF_SALT_LEN + 4);
	*p++ = (unsigned char)((frame->erased ? FLAG_ERASED : 0) |
	                       (frame->historic ? FLAG_HISTORIC : 0) |
	                       (frame->has_identity ? FLAG_IDENTITY : 0));
	put_le(p, 4, frame->stream);
	put_le(p + 4, 8, (uint64_t)frame->available_us);
	put_le(p + 12, 8, (uint64_t)frame->received_us);
	put_le(p + 20, 8, frame->delivery);
	p += HEAD_LEN - 1;
	if (frame->has_identity) {
		memcpy(p, frame->identity.id, sizeof(frame->identity.id));
		memcpy(
		    p + 16, frame->identity.told, sizeof(frame->identity.told));
		p += 24;
	}
	if (!frame->erased) {
		memcpy(p, frame->salt, LEAF_SALT_LEN);
		p += LEAF_SALT_LEN;
	}
	put_le(p, 4, body.len);
	out->len = (size_t)(p + 4 - (unsigned char *)out->ptr);
	buf_slice_add(out, body);
}

/* Moves on by n bytes, if they are there. */
static const unsigned char *
take(struct slice *rest, size_t n)
{
	const unsigned char *p = (const unsigned char *)rest->ptr;

	if (rest->len < n)
		return NULL;
	*rest = slice_skip(*rest, n);
	return p;
}

static bool
read_head(struct slice *rest, struct frame *frame)
{
	const unsigned char *p = take(rest, HEAD_LEN);

	if (!p || *p & ~FLAGS)
		return false;
	frame->erased = *p & FLAG_ERASED;
	frame->historic = *p & FLAG_HISTORIC;
	frame->has_identity = *p & FLAG_IDENTITY;
	frame->stream = get_u32(p + 1);
	frame->available_us = (int64_t)get_u64(p + 5);
	frame->received_us = (int64_t)get_u64(p + 13);
	frame->delivery = get_u64(p + 21);
	return frame->received_us != LEAF_NO_TIME;
}

size_t
frame_read(struct slice bytes, struct frame *frame)
{
	struct slice rest = bytes;
	const unsigned char *p;
	size_t len;

	*frame = (struct frame){0};
	if (!read_head(&rest, frame))
		return 0;
	if (frame->has_identity) {
		p = take(&rest, sizeof(frame->identity));
		if (!p)
			return 0;
		memcpy(frame->identity.id, p, 16);
		memcpy(frame->identity.told, p + 16, 8);
	}
	if (!frame->erased) {
		p = take(&rest, LEAF_SALT_LEN);
		if (!p)
			return 0;
		memcpy(frame->salt, p, LEAF_SALT_LEN);
	}
	p = take(&rest, 4);
	len = p ? get_u32(p) : 0;
	if (!p || len > (frame->erased ? LEAF_TEXT_MAX : FRAME_RAW_MAX) ||
	    len > rest.len)
		return 0;
	*(frame->erased ? &frame->text : &frame->raw) = slice_of(rest.ptr, len);
	return bytes.len - rest.len + len;
}

int
frame_leaf(struct sha256 *sha, const struct frame *frame,
    const struct stream *stream, struct buf *text, struct merkle_hash *hash)
{
	struct leaf leaf = {.source = stream->source,
	    .tenant = stream->tenant,
	    .available_us = frame->available_us,
	    .received_us = frame->received_us,
	    .delivery = frame->delivery};

	buf_clear(text);
	if (frame->erased) {
		/* What stands beside the text must say the same. */
		struct leaf kept;

		if (leaf_parse(frame->text, &kept, NULL))
			return -1;
		leaf.commit = kept.commit;
		leaf_print(text, &leaf);
		if (!slice_eq(buf_slice(text), frame->text))
			return -1;
	} else {
		leaf_commit(sha, frame->salt, frame->raw, &leaf.commit);
		leaf_print(text, &leaf);
	}
	merkle_leaf(sha, buf_slice(text), hash);
	return 0;
}
