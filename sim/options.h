#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdint.h>

#include "base/err.h"

/*
 * options - what the commands' options have in common: how values are read.
 *
 * `name` is the option's, for the message.
 */

int option_number(const char *name, const char *text, uint64_t max,
    uint64_t *out, struct err *err);

/* The same, and not 0. */
int option_count(const char *name, const char *text, uint64_t max,
    uint32_t *out, struct err *err);

/* A number of seconds, or one with a unit: s, m, h, d. */
int option_duration(const char *name, const char *text, int64_t max_us,
    int64_t *out, struct err *err);

#endif
