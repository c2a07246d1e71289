#ifndef FINDING_LINES_H
#define FINDING_LINES_H

#include "base/buf.h"
#include "base/err.h"

/*
 * lines - a file that others read, to which JSON objects are appended, one a
 * line, and are on disk when that is said.
 *
 * It is opened for each time that something is added, so that it may be renamed
 * at any time (log rotation).  A last line without its end is what was cut off
 * while it was written: it goes.  All zero, with fd -1, is closed.
 */
struct lines {
	int fd;
	const char *path; /* borrowed */
	int64_t size;
};

/* Makes the file, for us alone, if there is none. */
int lines_open(struct lines *lines, const char *path, struct err *err);

/* The last line, without its line feed; nothing if there is none. */
int lines_last(const struct lines *lines, struct buf *out, struct err *err);

/* Whole lines.  After a failure none of them counts; some may be there. */
int lines_add(struct lines *lines, struct slice text, struct err *err);

void lines_close(struct lines *lines);

#endif
