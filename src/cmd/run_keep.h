#ifndef CMD_RUN_KEEP_H
#define CMD_RUN_KEEP_H

#include "base/err.h"

/*
 * run_keep - keeps a command of firn's running while we run: a process that is
 * forked while there is one thread starts it, and starts it again when it has
 * ended.  So the service itself need not be able to start programs.
 *
 * The command's output is thrown away; what goes wrong it says on standard
 * error.  It ends when we stop it, or when we are gone, however we end.
 */
struct run_keep;

#define RUN_KEEP_ARGS 8

struct run_keep_how {
	const char *args[RUN_KEEP_ARGS]; /* behind "firn"; NULL ends them */
	int first_ms;                    /* before it is started */
	int again_ms;                    /* from its end to the next start */
};

int run_keep_start(
    struct run_keep **out, const struct run_keep_how *how, struct err *err);

/* Lets it end what it has begun, for a few seconds.  NULL is allowed. */
void run_keep_stop(struct run_keep *keep);

#endif
