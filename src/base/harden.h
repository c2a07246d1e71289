#ifndef BASE_HARDEN_H
#define BASE_HARDEN_H

#include "base/err.h"

/*
 * harden - takes from this process, for good, what a service does not need once
 * it runs: starting programs, other users' rights, mounting, tracing, loading
 * code into the kernel, setting the clock.  Calls for these fail with EPERM.
 *
 * A list of what is forbidden, since libraries may do what they like else; an
 * allowed list is systemd's (scripts/systemd).  It holds for threads that are
 * started later, so there must be no other.  ERR_SYSTEM where the kernel does
 * not know how.
 */
int harden(struct err *err);

#endif
