#ifndef CMD_COSIGNED_H
#define CMD_COSIGNED_H

#include "ledger/cosign_kept.h"

/*
 * How far witnesses have cosigned a ledger, as verify and ledger stat tell it.
 */

/* Adds a line; nothing if there is nothing to tell. */
void cosigned_line(struct buf *out, const struct cosigned *cosigned);

/* Adds the member `witnessed`, an object or null. */
void cosigned_member(struct buf *out, const struct cosigned *cosigned);

#endif
