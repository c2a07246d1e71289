#ifndef RULE_REGEX_LITERAL_H
#define RULE_REGEX_LITERAL_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * regex_literal - a text that every match of a regular expression contains.
 *
 * Looks only at what stands outside of groups, classes and alternatives, so
 * that it is short; where in doubt there is none.  The text is as the
 * expression writes it: who compares without case folds both.
 */

/* Puts the longest such text into `out` (cleared before); empty: none. */
void regex_literal(struct slice regex, struct buf *out);

#endif
