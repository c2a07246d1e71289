#ifndef FINDING_OUT_SYSLOG_H
#define FINDING_OUT_SYSLOG_H

#include "finding/output.h"

/*
 * out_syslog - a finding as a message of RFC 5424.
 *
 * The message is the finding's JSON with all that is not ASCII escaped, so that
 * it needs no byte order mark, which readers of JSON would stumble over.
 */

/* Adds it, without framing.  `host` is what the header says of us. */
void syslog_write(struct buf *out, const struct output_item *item,
    unsigned facility, const char *host);

#endif
