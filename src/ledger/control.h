#ifndef LEDGER_CONTROL_H
#define LEDGER_CONTROL_H

#include <stdbool.h>

#include "base/err.h"

/*
 * control - the writer of a ledger lets others write, through a socket in its
 * folder (docs/ledger.md has every byte).
 *
 * Requests of several clients that wait are done in turn and committed
 * together; no answer is given before what it tells of is durable.  What a
 * client sends is checked as a stranger's: it can add records as the writer's
 * own program can, to deliveries that are open, and nothing else; it cannot
 * make a record of a source that the ledger writes itself, nor one that does
 * not verify.  Any client may go on with any open delivery: it may have been
 * begun by one that died.
 *
 * Bounds: CONTROL_CLIENTS clients; of more, the one that is idle longest is
 * cut off, which costs it a connection and nothing else.  A request must come,
 * and an answer be taken, within CONTROL_SLOW_MS.  Of a request so much is in
 * memory as has come, of all together CONTROL_BYTES_MAX.
 *
 * control_wait() does not touch the ledger, so that its owner may use it
 * meanwhile in another thread.  No two calls at once with one struct control,
 * but for control_wake().
 */
#define CONTROL_CLIENTS   16
#define CONTROL_SLOW_MS   10000
#define CONTROL_BYTES_MAX ((size_t)160 << 20)

struct control;
struct ledger;

/* Listens.  The ledger must be open, and stay so. */
int control_open(struct control **out, const char *dir, struct ledger *ledger,
    struct err *err);

/*
 * Sends and receives, for at most timeout_ms.  True, and then at once, if there
 * is a request to be served.
 */
bool control_wait(struct control *control, int timeout_ms);

/* Makes control_wait() return; any thread may call it. */
void control_wake(struct control *control);

/*
 * Does what was asked, commits, and answers.  Commits also if nothing was
 * asked, which signs for what is durable.  -1 if that failed: the ledger must
 * be opened again, and clients have been told.
 */
int control_serve(struct control *control, struct err *err);

/*
 * Serves what has come, signs for it, and takes the socket away: the next
 * writer has one of its own.  NULL is allowed.
 */
void control_close(struct control *control);

#endif
