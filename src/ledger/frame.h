#ifndef LEDGER_FRAME_H
#define LEDGER_FRAME_H

#include "ledger/leaf.h"

/*
 * frame - a record as the files of a ledger hold it.  Integers are
 * little-endian.
 *
 *	u8   flags: 1 erased, 2 historic, 4 has an identity, others 0
 *	u32  stream: which pair of source and tenant, in the table beside it
 *	i64  available, i64 received, u64 delivery
 *	if it has an identity: 16 bytes id, 8 bytes told
 *	if not erased: 16 bytes salt, u32 length, raw bytes
 *	if erased: u32 length, leaf text
 *
 * The leaf text of a record that is not erased is derived from the rest, so
 * it is not kept.
 */
#define FRAME_RAW_MAX (64u << 20) /* bytes of one record */

/*
 * What event a record tells, and what it says of it, as whoever appended it
 * understands it (event/identity.h, which compares and adds it).
 */
struct identity {
	unsigned char id[16];
	unsigned char told[8]; /* a digest for each field; 0: absent */
};

/* What the field of an erased record told: that there was something. */
#define IDENTITY_ERASED 255

/* Whether all that it told was erased. */
bool identity_erased(const struct identity *identity);

/* What was told first stays, what was absent is filled by `now`. */
void identity_fill(struct identity *told, const struct identity *now);

struct frame {
	bool erased, historic, has_identity;
	uint32_t stream;
	int64_t available_us, received_us;
	uint64_t delivery;
	struct identity identity;
	unsigned char salt[LEAF_SALT_LEN];
	struct slice raw;  /* not erased */
	struct slice text; /* erased: of the leaf */
};

/* A pair of names that many records share. */
struct stream {
	struct slice source, tenant;
};

void frame_add(struct buf *out, const struct frame *frame);

/*
 * Reads the frame at the start of `bytes`; its slices lie in them.  Returns
 * its length, or 0 if there is no whole and valid frame.
 */
size_t frame_read(struct slice bytes, struct frame *frame);

/*
 * The leaf's text and its hash.  `stream` is frame->stream's pair.  -1 if the
 * text of an erased record is no leaf.
 */
int frame_leaf(struct sha256 *sha, const struct frame *frame,
    const struct stream *stream, struct buf *text, struct merkle_hash *hash);

#endif
