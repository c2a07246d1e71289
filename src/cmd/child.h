#ifndef CMD_CHILD_H
#define CMD_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

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

/*
 * One that answers question after question: starting it costs more than most
 * answers, and it keeps what it has read.  A question is sent as its length, in
 * four bytes, and itself; its answer, without a NUL in it, ends in one, and
 * what was wrong, mostly nothing, in another.  A question of no length has it
 * let go of the ledger's files until the next.  All zero is closed.
 *
 * A process that was forked may go on with it, as long as nobody else asks: to
 * him it is lent, and who opened it waits for its end.
 */
struct child_session {
	pid_t pid;
	int fd;
	bool lent;
};

int child_open(
    struct child_session *session, const char *const argv[], struct err *err);
/* Adds the answer; closed if there is none to come any more. */
int child_ask(struct child_session *session, struct slice question,
    struct buf *answer, struct err *err);
/* Ends when it has answered. */
void child_close(struct child_session *session);

/*
 * Whether it lives, has said nothing that was not heard, and has not yet taken
 * so many seconds of the processor's time.
 */
bool child_is_fresh(const struct child_session *session, unsigned cpu_seconds);
/* Ends at once, whatever it does. */
void child_kill(struct child_session *session);

/* firn-query over the ledger; `plan` is as store/plan.h writes it. */
int child_query(
    const char *dir, const char *format, struct slice plan, struct err *err);

#endif
