#ifndef LEDGER_NOTE_H
#define LEDGER_NOTE_H

#include "ledger/key.h"

/*
 * note - C2SP signed notes: text, and lines that sign it.
 *
 *	text, UTF-8, without control characters but line feeds; ends in one
 *	(an empty line; the last one of the note)
 *	— <name> <base64 of: key id, four bytes big-endian || signature>
 *	...
 *
 * What is signed is the text with its last line feed, or, for a cosigner,
 *
 *	cosignature/v1
 *	time <seconds since 1970, decimal>
 *	<the text>
 *
 * and then the signature begins with the seconds in eight bytes, big-endian.
 *
 * Nothing in a note may be believed before note_verify() said NOTE_OK.
 */
#define NOTE_MAX       ((size_t)1 << 20)
#define NOTE_LINES_MAX 100
#define NOTE_TIME_MAX  ((uint64_t)INT64_MAX)

/* A signature that has not been verified. */
struct note_line {
	struct slice name;
	uint32_t id;
	struct slice base64; /* well-formed, more than four bytes */
};

/* The slices lie in the bytes that were parsed. */
struct note {
	struct slice text;
	struct slice signatures; /* their lines */
	size_t count;
	struct note_line lines[NOTE_LINES_MAX];
};

int note_parse(struct slice bytes, struct note *note, struct err *err);

enum note_verdict {
	NOTE_OK,      /* at least one of the keys signed, and none wrongly */
	NOTE_UNKNOWN, /* none of the keys signed */
	NOTE_INVALID, /* a signature in the name of a key is not by that key */
};

/* What a key did. */
struct note_seal {
	bool valid;
	uint64_t time; /* of a cosignature, in seconds: its latest */
};

/*
 * Verifies the signatures of these keys; those of others are ignored.
 * seals[i], if not NULL, becomes what keys[i] did; only with NOTE_OK may it be
 * used.
 */
enum note_verdict note_verify(const struct note *note, const struct key *keys,
    size_t count, struct note_seal *seals);

/* --- writing --- */

/* Whether it may be the text of a note. */
bool note_text_ok(struct slice text);

/* Adds the text and the empty line: lines of signatures come next. */
void note_begin(struct buf *out, struct slice text);

/* Adds a line as it was parsed. */
void note_add_line(struct buf *out, const struct note_line *line);

/*
 * Add a line.  The text must not lie in out.  note_sign() wants a signer of
 * KEY_ED25519, note_cosign() one of KEY_COSIGNER and at most NOTE_TIME_MAX.
 */
void note_sign(struct buf *out, struct slice text, const struct signer *signer);
void note_cosign(struct buf *out, struct slice text,
    const struct signer *signer, uint64_t time);

#endif
