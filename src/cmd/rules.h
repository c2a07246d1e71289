#ifndef CMD_RULES_H
#define CMD_RULES_H

#include "rule/rules.h"

/* What the parts of `firn rules` share. */
struct loaded {
	struct rules *rules;
	struct rules_report report;
};

/*
 * Runs the samples beside the rules and prints what is wrong and a summary.
 * Returns the exit code.
 */
int rules_test(const struct loaded *loaded);

#endif
