#ifndef INCIDENT_REACH_STORE_H
#define INCIDENT_REACH_STORE_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * reach_store - by what the store knows a message: what its id in the audit log
 * and the one in Graph have in common.
 *
 * Both have the message's entry id in them.  The audit log has it with its
 * length before and a type behind it, in base64; Graph, as EWS, behind the
 * mailbox's GUID ([MS-OXWSITEMID]), maybe with runs shortened, and with '-' and
 * '_' for '/' and '+'.  A moved message has another; Graph's immutable ids have
 * none.
 */
#define REACH_STORE_LEN 16

/* A digest of the entry id; false if the text is no such id. */
bool reach_store_read(struct slice text, unsigned char digest[REACH_STORE_LEN]);

#endif
