#include "coverage/level.h"

static const char *const names[LEVEL_COUNT] = {
    "informational", "low", "medium", "high", "critical"};

const char *
level_name(enum level level)
{
	return names[level];
}

bool
level_parse(struct slice name, enum level *out)
{
	for (enum level i = 0; i < LEVEL_COUNT; i++) {
		if (slice_eq(name, slice_cstr(names[i]))) {
			*out = i;
			return true;
		}
	}
	return false;
}
