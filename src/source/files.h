#ifndef SOURCE_FILES_H
#define SOURCE_FILES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * files - what the paths on a command line mean: the files themselves, and all
 * files in the folders, at any depth, in the order of their names.  Hidden
 * files and folders (.git) are left out unless they were named; links to
 * folders are not followed.
 */
struct files {
	struct arena arena;
	const char **names;
	size_t count, size;
	uint64_t bytes; /* of all of them, as far as known */
};

/* Adds what `path` means.  -1 if it does not exist. */
int files_add(struct files *files, const char *path, struct err *err);

void files_release(struct files *files);

#endif
