#ifndef COVERAGE_LEVEL_H
#define COVERAGE_LEVEL_H

#include <stdbool.h>

#include "base/slice.h"

/*
 * level - how bad it is: Sigma's five levels, in ascending order.
 */
enum level {
	LEVEL_INFORMATIONAL,
	LEVEL_LOW,
	LEVEL_MEDIUM, /* also of a rule that does not say */
	LEVEL_HIGH,
	LEVEL_CRITICAL,
	LEVEL_COUNT,
};

/* "informational", "low", ... */
const char *level_name(enum level level);

/* False if there is no such level. */
bool level_parse(struct slice name, enum level *out);

#endif
