#ifndef LEDGER_CONTROL_REQUEST_H
#define LEDGER_CONTROL_REQUEST_H

#include "ledger/append.h"

/*
 * control_request - what is asked of the writer of a ledger, and its answer:
 * as values, and as the bytes that go over `control` (docs/ledger.md).
 *
 * Every value has one form in bytes: what was read prints as it was.  Pure.
 */
#define CONTROL_GREETING     "firn-control/1\n" /* and a zero byte */
#define CONTROL_GREETING_LEN 16
/* Bytes behind the length that a request, and an answer, begins with. */
#define CONTROL_BODY_MAX  (FRAME_RAW_MAX + (64u << 10))
#define CONTROL_ITEMS_MAX 32768

enum control_verb {
	CONTROL_FIND = 1,
	CONTROL_BEGIN,
	CONTROL_TAKE,
	CONTROL_END,
	CONTROL_OWN,
	CONTROL_SIGN,
	CONTROL_SIZE,
	CONTROL_ROLL,
};
#define CONTROL_VERBS 8

struct control_request {
	enum control_verb verb;
	bool soon; /* OWN, not sent: it need not be durable when back */
	const unsigned char *name; /* 16 bytes; of OWN the key */
	struct slice stream;       /* OWN */
	struct slice tenant, raw;  /* BEGIN, END, OWN */
	/* TAKE: */
	uint64_t first;
	size_t count;
	const struct append_item *list; /* NULL: they are in `items` */
	struct slice items;             /* as control_item_add() wrote them */
};

struct control_answer {
	struct err err; /* code 0: it was done */
	/* FIND, BEGIN: */
	bool found;
	struct ledger_delivery delivery;
	/*
	 * OWN, END: the index; TAKE: that of the first item that was added, the
	 * others follow it; SIGN, SIZE, ROLL: records.
	 */
	uint64_t number;
	/* TAKE: one an item; the caller's room for request.count. */
	unsigned char *verdicts;
};

/* --- bytes --- */

/* Adds a request, without `list`, behind its length. */
void
control_request_add(struct buf *out, const struct control_request *request);

/*
 * Reads what stands behind the length, all of it; slices and name lie in it.
 * -1 if it is malformed, also within an item.
 */
int control_request_read(struct slice body, struct control_request *request);

void control_item_add(struct buf *out, const struct append_item *item);

/*
 * Cuts the first item off; its slices lie in the bytes, its identity in
 * *identity.  -1 if it is malformed.
 */
int control_item_read(
    struct slice *items, struct append_item *item, struct identity *identity);

/* Adds the answer to `request`, behind its length. */
void control_answer_add(struct buf *out, const struct control_request *request,
    const struct control_answer *answer);

/* -1 if it is malformed.  Where it was not done, only answer->err is set. */
int control_answer_read(struct slice body,
    const struct control_request *request, struct control_answer *answer);

/* --- what it does --- */

/*
 * Does it.  Nothing is committed (but by TAKE, where much was added), and SIGN
 * and ROLL do nothing: that is for control_settle(), before the answer is
 * given. answer->err.code stays 0, or it becomes why it was not done.
 */
void control_apply(struct ledger *ledger, const struct control_request *request,
    struct control_answer *answer);

/* Commits what requests did; then signs, or leaves the file of the WAL. */
enum control_settle { SETTLE_COMMIT, SETTLE_SIGN, SETTLE_ROLL };
enum control_settle control_settle_for(enum control_verb verb);
int
control_settle(struct ledger *ledger, enum control_settle how, struct err *err);

#endif
