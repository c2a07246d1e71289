#ifndef CMD_DAMAGE_ARGS_H
#define CMD_DAMAGE_ARGS_H

#include "pipeline_damage.h"

/*
 * damage_args - what `firn damage` is asked, from a command line, or from the
 * record of an assessment, to make it again.
 */
#define DAMAGE_GIVEN_MAX  1000
#define DAMAGE_STATED_MAX 100

/* All zero before; not to be moved once it was read. */
struct damage_args {
	struct damage_ask ask; /* but for dir and command */
	struct damage_given given[DAMAGE_GIVEN_MAX];
	struct damage_statement stated[DAMAGE_STATED_MAX];
	const char *report, *by, *purpose;
	/* The options that say what is asked, as a shell reads them. */
	struct buf command;
	struct arena arena;
	unsigned format;
	bool help;
};

/* As options_read(): the place of the first word, or -1. */
int damage_args_read(
    struct damage_args *args, int argc, char **argv, struct err *err);

/*
 * From args->command of before, and sets ask.command; but for --state: what was
 * stated is a record of the ledger.  ERR_INPUT also if nothing is given.
 */
int damage_args_again(
    struct damage_args *args, struct slice command, struct err *err);

/* Whether there is something to begin with. */
bool damage_args_given(const struct damage_args *args);

void damage_args_release(struct damage_args *args);

#endif
