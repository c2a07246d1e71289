#ifndef LEDGER_COSIGN_H
#define LEDGER_COSIGN_H

#include "base/buf.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"

/*
 * cosign - a log's side of C2SP tlog-witness: what a witness is asked, what its
 * answer means, and the note that results.  How both travel is the caller's.
 */

/* A checkpoint; the slices lie in the bytes that were read. */
struct cosign {
	struct slice bytes;
	struct note note;
	struct checkpoint checkpoint;
};

/* Reads a note that is a checkpoint.  Its signatures are not verified. */
int cosign_read(struct slice bytes, struct cosign *cosign, struct err *err);

/*
 * Adds the request to cosign it, to a witness whose last checkpoint of the log
 * had the size `old`, at most that of this one.  The source is the log's tree.
 */
int cosign_ask(const struct cosign *cosign, uint64_t old,
    const struct merkle_source *source, struct buf *out, struct err *err);

/* What a witness said to a request with that size. */
struct cosign_answer {
	uint64_t old;
	unsigned status; /* of HTTP */
	struct slice body;
};

enum cosign_verdict {
	COSIGN_DONE,    /* it cosigned: the lines were added */
	COSIGN_AGAIN,   /* ask again, with the size that *old has become */
	COSIGN_REFUSED, /* the message says why; bytes of the answer are in it
	                 */
};

/* Adds lines only if the witness' key made them, over this checkpoint. */
enum cosign_verdict cosign_judge(const struct cosign *cosign,
    const struct key *witness, const struct cosign_answer *answer,
    struct buf *lines, uint64_t *old, struct err *err);

/* Adds the lines that are in this key's name. */
void
cosign_lines(const struct note *note, const struct key *key, struct buf *lines);

#endif
