#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "store/plan.h"

/*
 * options - how the commands read their command lines, and the options that
 * several of them have.
 */

/*
 * Reads the options that `table` names, wherever they stand, and calls set()
 * for each; -h is OPTION_HELP.  Returns the place of the first word that is no
 * option (all words stand behind the options then), or -1.
 */
#define OPTION_HELP 'h'
int options_read(int argc, char **argv, const struct option *table,
    int (*set)(int id, const char *value, void *args, struct err *err),
    void *args, struct err *err);

/* --threads: a number; the default is one a processor, up to 8. */
int option_threads(const char *value, unsigned *threads, struct err *err);
unsigned option_threads_default(void);

/* --progress: auto leaves *on as it is, never makes it false. */
int option_progress(const char *value, bool *on, struct err *err);

/* --format: one of the words, separated by '|'; *choice is its place. */
int option_format(
    const char *value, const char *words, unsigned *choice, struct err *err);

/* --tenant: adds those that the value names, with commas between. */
void option_tenants(
    const char *value, struct plan_list *tenants, struct arena *arena);

#endif
