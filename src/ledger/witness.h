#ifndef LEDGER_WITNESS_H
#define LEDGER_WITNESS_H

#include "base/buf.h"
#include "ledger/key.h"
#include "ledger/witness_request.h"

/*
 * witness - cosigns the checkpoints of others' logs (C2SP tlog-witness), if
 * each extends the one before.
 *
 * Of each log the last checkpoint that was cosigned is kept, in the file
 * <directory>/<hex of SHA-256(origin)>: the note with the log's signatures and
 * our cosignature.  It is on disk before the cosignature is given away, and
 * comparing and setting are one step.  So whatever happens, this witness never
 * cosigns two trees of a log of which none extends the other.
 *
 * The directory is locked: one witness a directory.  Threads may share a
 * witness.  After a failed write it refuses all until it is opened again.
 */
#define WITNESS_LOGS_MAX 10000 /* keys of logs */

struct witness;

struct witness_files {
	const char *key;  /* the secret key of a cosigner */
	const char *logs; /* a verifier key a line, of logs; or '#' and words */
	const char *dir;  /* what was cosigned; made if missing */
};

/*
 * -1 if the key is none of a cosigner, a line is no key of a log, or what was
 * cosigned does not verify (ERR_CORRUPT).
 */
int witness_open(
    struct witness **out, const struct witness_files *files, struct err *err);
void witness_close(struct witness *witness);

const struct key *witness_key(const struct witness *witness);
size_t witness_log_count(const struct witness *witness);

/* Statuses of HTTP. */
enum witness_status {
	WITNESS_COSIGNED = 200,
	WITNESS_MALFORMED = 400,
	WITNESS_UNSIGNED = 403, /* by the log, or wrongly */
	WITNESS_UNKNOWN = 404,  /* the log */
	WITNESS_CONFLICT = 409, /* the old size is not that of the last one */
	WITNESS_INCONSISTENT = 422,
	WITNESS_FAILED = 500,
};

struct witness_answer {
	enum witness_status status;
	/*
	 * The line that cosigns; of a conflict the size that was cosigned
	 * last; else why not, in short.  Ends in a line feed.
	 */
	struct buf body;
	struct err why; /* for who runs the witness; of no conflict */
	/* As good as the witness; empty if the request names no known log. */
	struct slice origin;
	uint64_t old, size; /* of a known log only */
};

/* Seconds since 1970, at most NOTE_TIME_MAX.  The answer is all zero before. */
void witness_add(struct witness *witness, struct slice request, uint64_t time,
    struct witness_answer *answer);
void witness_answer_release(struct witness_answer *answer);

/*
 * Adds the note that was cosigned last of the log whose origin has that
 * SHA-256, in hex.  False if there is none.
 */
bool witness_last(struct witness *witness, struct slice hex, struct buf *out);

#endif
