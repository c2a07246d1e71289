#ifndef LEDGER_CONTROL_SOCKET_H
#define LEDGER_CONTROL_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * control_socket - the Unix socket `control` in a ledger's folder, for its
 * owner alone (mode 0600), however long the folder's path is.
 */

/*
 * Listens; *fd neither blocks nor goes to children.  Only who holds the
 * ledger's lock may: what lies there was left by a writer that is gone, and
 * goes.
 */
int control_listen(const char *dir, int *fd, struct err *err);

/* Takes the name away; before the lock is given up. */
void control_unlisten(const char *dir);

/*
 * Connects; each send and receive takes at most timeout_ms.  *there becomes
 * false, and nothing else happens, if nobody listens.
 */
int control_connect(const char *dir, unsigned timeout_ms, int *fd, bool *there,
    struct err *err);

/* Whether who is at the other end is our user, or root. */
bool control_peer_ok(int fd);

/* Milliseconds by a clock that never goes back. */
int64_t control_now_ms(void);

#endif
