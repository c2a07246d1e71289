#ifndef SOURCE_FILES_H
#define SOURCE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"

/*
 * files - what the paths on a command line mean: the files themselves, and all
 * files in the folders, at any depth, in the order of their names.  Hidden
 * files and folders (.git) are left out unless they were named.  What cannot
 * or must not be read (devices, links to folders) is listed with the reason.
 */
struct files_entry {
	const char *name;
	const char *why; /* it is not to be read; NULL: it is */
	dev_t device;
	ino_t inode;
	bool regular;
	bool found; /* in a folder, not named by the user */
};

struct files {
	struct arena arena;
	struct files_entry *list; /* owned */
	size_t count, size;
	uint64_t bytes; /* of all of them, as far as known */
};

/* Adds what `path` means.  -1 if it does not exist. */
int files_add(struct files *files, const char *path, struct err *err);

/*
 * Tells that this run will write to the file behind `st`.  If it was found in a
 * folder it is not read; -1 if the user named it as input.
 */
int files_writes(struct files *files, const struct stat *st, struct err *err);

void files_release(struct files *files);

#endif
