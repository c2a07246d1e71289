#ifndef RULE_NUMBER_H
#define RULE_NUMBER_H

#include <stdbool.h>

#include "base/slice.h"

/* Reads a decimal number, all of s; false if it is none. */
bool number_parse(struct slice s, double *out);

#endif
