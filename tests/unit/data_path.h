#ifndef TESTS_UNIT_DATA_PATH_H
#define TESTS_UNIT_DATA_PATH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * data_path - where recorded data of others lies, for the tests that use it.
 *
 * The path is the caller's to free; where there is nothing, the test is
 * skipped, with a message.
 */
static inline char *
data_path(const char *name)
{
	const char *dir = getenv("FIRN_DATA");
	char *path = NULL;

	if (asprintf(&path, "%s/%s", dir ? dir : "../shared/data", name) < 0)
		abort();
	if (!access(path, R_OK))
		return path;
	print_message("no '%s': skipped\n", path);
	free(path);
	skip();
	return NULL;
}

#endif
