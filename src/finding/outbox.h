#ifndef FINDING_OUTBOX_H
#define FINDING_OUTBOX_H

#include "finding/output.h"

/*
 * outbox - sends the ledger's findings to one configured output: in order, at
 * least once, from a cursor that outlives the process.
 *
 * An outbox has a thread, which asks for the next finding, gathers some, sends
 * them, and then makes durable up to where they are sent.  Whatever fails and
 * may pass is tried again, after half a second at first and five minutes at
 * last, for as long as it takes; findings behind wait in the ledger, not in
 * memory.  What is refused for good is a dead letter: it is written to a file,
 * with the reason, and counted, and the rest goes on.  Where a batch is refused
 * and nobody knows for which finding, it is halved until that is known.
 *
 * The folder has, for each output, NAME.cursor and, unless it is configured
 * elsewhere, NAME.dead.ndjson.  Nobody else may use them meanwhile.
 *
 * Functions may be called by any thread, open and close once.
 */
struct outbox;

struct outbox_options {
	const char *name; /* letters, digits, -, _ and .; at most 64 */
	struct output_config output;
	const char *dir; /* is there; for cursors and dead letters */
	/*
	 * Number of records in the ledger now.  A new output begins here; a
	 * cursor behind it is of another ledger, and an error.
	 */
	uint64_t end;
	/*
	 * The first finding from index `from` on: 1, its index and its text,
	 * added.  0 if there is none up to now; *index is then where to look
	 * the next time.  -1 if it failed.  Called by the outbox's thread.
	 */
	int (*next)(void *ctx, uint64_t from, uint64_t *index, struct buf *text,
	    struct err *err);
	void *ctx;
	int64_t (*now)(void);     /* microseconds UTC */
	struct mail_helper *mail; /* for outputs by mail; else NULL */
	int64_t pause_us; /* first pause after a failure; 0: half a second */
};

/* The options' texts are borrowed until the outbox is closed. */
int outbox_open(
    struct outbox **out, const struct outbox_options *options, struct err *err);

void outbox_start(struct outbox *outbox);

/* There is a new finding; `newest` is its index. */
void outbox_wake(struct outbox *outbox, uint64_t newest);

/*
 * Stops within about a second.  What was not sent, or of what it is not known,
 * is sent when it is opened again.  NULL is allowed.
 */
void outbox_close(struct outbox *outbox);

struct outbox_stats {
	uint64_t sent, dead; /* ever */
	uint64_t retried;    /* failed attempts since the start */
	uint64_t next;       /* all findings below are done with */
	uint64_t newest;     /* index of the newest finding; 0: none yet */
	/* Since when the oldest one that is not sent is tried; 0: none is. */
	int64_t waiting_us;
	int64_t sent_us;         /* when something was last sent; 0: never */
	bool trouble;            /* the last attempt failed */
	char error[ERR_MSG_MAX]; /* the last failure or refusal; maybe empty */
};

void outbox_stats(struct outbox *outbox, struct outbox_stats *stats);

#endif
