#ifndef LEDGER_APPEND_REMOTE_H
#define LEDGER_APPEND_REMOTE_H

#include "ledger/control_request.h"

/*
 * append_remote - asks the writer of a ledger, through `control`.  One thread.
 */
struct remote;

/*
 * Where nobody listens, *out becomes NULL, with 0.  Whoever listens and does
 * not greet within timeout_ms is ERR_LIMIT.
 */
int remote_open(
    struct remote **out, const char *dir, unsigned timeout_ms, struct err *err);
void remote_close(struct remote *remote);

enum remote_end {
	REMOTE_DONE, /* the answer is there: what it says, and its error */
	REMOTE_LOST, /* the writer went away: whether it was done is unknown */
	REMOTE_FAILED, /* it does not answer, or nothing that makes sense */
};

/* After anything but REMOTE_DONE only remote_close() is useful. */
enum remote_end
remote_ask(struct remote *remote, const struct control_request *request,
    struct control_answer *answer, struct err *err);

#endif
