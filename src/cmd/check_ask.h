#ifndef CMD_CHECK_ASK_H
#define CMD_CHECK_ASK_H

#include "base/buf.h"
#include "base/err.h"

/*
 * check_ask - one SELECT over a ledger, of firn's own: its rows as CSV, with
 * the header cut off; *out lies in `rows`.
 */
int check_ask(const char *dir, const char *sql, struct buf *rows,
    struct slice *out, struct err *err);

#endif
