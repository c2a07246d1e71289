#ifndef SOURCE_M365_H
#define SOURCE_M365_H

#include "source/source.h"

/*
 * m365 - the Office 365 Management Activity API of one tenant.
 *
 * Content is listed by when it became available, from the last clock minus an
 * overlap on, and each piece that the ledger does not have is fetched.  The
 * clock of a content type moves when all that was listed is durable or in a
 * gap.  What is announced and cannot be had is a gap, and is asked for until
 * it expires.
 *
 * Errors are read as "Office 365 Management Activity API reference" has them
 * (AF codes), and as they are seen to be beside it: AF20024 is success, 403
 * with AF429 is throttling.
 */
extern const struct source_kind source_m365;

#endif
