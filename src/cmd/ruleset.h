#ifndef CMD_RULESET_H
#define CMD_RULESET_H

#include "rule/rules.h"

/*
 * ruleset - the rules that a command uses: those that ship, and others.
 *
 * Rules that are refused are said on standard error, and stop nothing.
 */
struct ruleset {
	const char *const *paths; /* of others; borrowed */
	size_t count;
	bool shipped;
	/* For `expand`, before those of mappings; borrowed. */
	const struct rules_placeholder *placeholders;
	size_t placeholder_count;
};

int
ruleset_load(const struct ruleset *set, struct rules **out, struct err *err);

#endif
