#ifndef CMD_CHILD_H
#define CMD_CHILD_H

#include "base/buf.h"
#include "base/err.h"

/*
 * child - the programs that load DuckDB, which firn starts: in lib/firn beside
 * firn (as it is built) or in ../lib/firn (as it is installed).
 */

/*
 * Runs one to its end, with `input` as its standard input; argv[0] is its name,
 * NULL ends them, at
 * most seven.  What it writes is added to `output`, or, with NULL, written
 * where we write.  Returns its exit code, or -1 if it has none.
 */
int child_run(const char *const argv[], struct slice input, struct buf *output,
    struct err *err);

/* firn-query over the ledger; `plan` is as store/plan.h writes it. */
int child_query(
    const char *dir, const char *format, struct slice plan, struct err *err);

#endif
