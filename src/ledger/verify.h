#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include "ledger/cosign_kept.h"
#include "ledger/keys.h"

/*
 * verify - whether a ledger is what its checkpoint says.
 *
 *  1. The checkpoint is signed by the key of keys.pub that signs at its size,
 *     each key but the first is introduced by a record that is in the log, and,
 *     if the caller has keys from elsewhere, one of them signed or such records
 *     lead from it to the one that did.
 *  2. The root that it signs follows from the hash files.
 *  3. Its records begin with those of the checkpoint that was seen here last.
 *  4. All records are there: each segment is the one that the manifest names,
 *     with the events of its records in its index, each file of the WAL
 *     verifies, and the leaf that follows from each record is the one in
 *     hash/0.  Behind the checkpoint, records that have a hash there must be
 *     there, too: they were acknowledged.
 *  5. The upper hash files follow from hash/0.
 *  6. What witnesses cosigned is the beginning of it, and so is what it had
 *     under a name before, but for what it says is lost.
 *
 * A quick check does 1 to 3 and 6, and proves a sample of the records to be
 * below the root.  Which ones follows from the root, so that it can be
 * repeated, and so that nobody knows beforehand.
 *
 * What the columns of segments say is not looked at here: that takes DuckDB.
 *
 * Reads only; what a writer adds meanwhile is behind the checkpoint, and what a
 * sealer would remove stays until this is done.  One thread.
 */
#define VERIFY_SAMPLE 1000 /* records, at most, of a quick check */

struct verify_options {
	const struct keys *keys; /* from elsewhere; NULL: there are none */
	/* Folder of the checkpoints that were seen here, made if it is not
	 * there; NULL: nothing is remembered. */
	const char *seen;
	bool quick;
	/* How far it has come: bytes of records' files, and records.  Or NULL.
	 */
	void (*progress)(void *ctx, uint64_t bytes, uint64_t records);
	void *progress_ctx;
};

/* The name that a ledger had before, of which it lost records. */
struct verify_former {
	char origin[KEY_NAME_MAX + 1];
	uint64_t kept, lost_end; /* [kept, lost_end) are lost */
	bool by_old;             /* its last key signed for the change, too */
	char who[CHANGE_TEXT_MAX + 1], reason[CHANGE_TEXT_MAX + 1];
};

struct verify_report {
	char origin[KEY_NAME_MAX + 1];
	struct merkle_head tree;
	struct key signer;
	bool followed;  /* it is none of the caller's: those lead to it */
	size_t changes; /* of key and of name, whose records are in the log */
	size_t names;   /* that it had before, and the last of them: */
	struct verify_former former;
	struct cosigned cosigned; /* without the bytes of its files */
	bool seen_any;            /* whether a checkpoint was seen before */
	uint64_t seen;            /* its size */
	uint64_t compared;        /* records that were looked at */
	/* Of a whole check: what is in segments. */
	size_t segments;
	uint64_t sealed; /* records */
	/* And what no checkpoint signs for yet. */
	uint64_t behind;     /* records */
	uint64_t torn_bytes; /* and of a write that was cut off */
};

enum verify_verdict {
	VERIFY_FINE,  /* the values are exit codes */
	VERIFY_FAULT, /* the ledger is not what it says; err has the first */
	VERIFY_NO_ANSWER, /* it is none, or could not be read */
};

/*
 * The report is complete with VERIFY_FINE; then the checkpoint is remembered
 * as seen.
 */
enum verify_verdict
verify_ledger(const char *dir, const struct verify_options *options,
    struct verify_report *report, struct err *err);

#endif
