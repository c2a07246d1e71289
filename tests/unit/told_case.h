#ifndef TOLD_CASE_H
#define TOLD_CASE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/dir.h"

/*
 * told_case - a folder that a file of who told what lies in, and what is done
 * to that from outside.
 */
struct told_folder {
	char dir[128], path[160];
};

static inline void
told_folder_make(struct told_folder *folder)
{
	snprintf(folder->dir, sizeof(folder->dir), "%s/firn-told-XXXXXX",
	    access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	assert_non_null(mkdtemp(folder->dir));
	snprintf(folder->path, sizeof(folder->path), "%s/told", folder->dir);
}

static inline void
told_folder_end(struct told_folder *folder)
{
	(void)unlink(folder->path);
	assert_int_equal(rmdir(folder->dir), 0);
}

/* Its bytes, behind those of `out`; none if there is no file. */
static inline void
told_folder_read(const struct told_folder *folder, struct buf *out)
{
	struct err err = {0};
	bool found;

	if (dir_read(folder->path, (size_t)1 << 30, out, &found, &err))
		fail_msg("%s", err.msg);
}

static inline void
told_folder_write(const struct told_folder *folder, struct slice bytes)
{
	struct err err = {0};

	if (dir_replace(folder->dir, "told", bytes, &err))
		fail_msg("%s", err.msg);
}

#endif
