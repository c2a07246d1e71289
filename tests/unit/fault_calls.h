#ifndef FAULT_CALLS_H
#define FAULT_CALLS_H

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "fault.h"

/*
 * The calls that fault.h lets fail.  Defined in the program itself, or in a
 * library that is loaded first, they are found before those of libc by
 * everything that is linked into it.
 */

/* The function that ours stands before. */
static void
fault_next(const char *name, void *function, size_t size)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(function, &found, size);
}

/* NOLINTBEGIN(*-parameter-name, *-macro-parentheses): libc names them __fd. */

int
open(const char *path, int flags, ...)
{
	int (*next)(const char *, int, ...);
	va_list args;
	mode_t mode = 0;

	fault_next("open", &next, sizeof(next));
	va_start(args, flags);
	if (flags & O_CREAT)
		mode = va_arg(args, mode_t);
	va_end(args);
	return fault_ask(false) == FAIL ? -1 : next(path, flags, mode);
}

/* What wakes another thread is not on a disk. */
static inline bool
fault_is_file(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

ssize_t
write(int fd, const void *bytes, size_t n)
{
	ssize_t (*next)(int, const void *, size_t);
	/* What is said of a fault must be heard. */
	enum fault_answer answer =
	    fd > 2 && fault_is_file(fd) ? fault_ask(true) : LET;

	fault_next("write", &next, sizeof(next));
	if (answer == FAIL)
		return -1;
	return fault_written(
	    answer, next(fd, bytes, answer == PART ? (n + 1) / 2 : n));
}

ssize_t
pwrite(int fd, const void *bytes, size_t n, off_t at)
{
	ssize_t (*next)(int, const void *, size_t, off_t);
	enum fault_answer answer = fault_ask(true);

	fault_next("pwrite", &next, sizeof(next));
	if (answer == FAIL)
		return -1;
	return fault_written(
	    answer, next(fd, bytes, answer == PART ? (n + 1) / 2 : n, at));
}

/* A part: all but the last piece, or half of the only one. */
ssize_t
pwritev(int fd, const struct iovec *parts, int count, off_t at)
{
	ssize_t (*next)(int, const struct iovec *, int, off_t);
	struct iovec one = parts[0];
	enum fault_answer answer = fault_ask(true);

	fault_next("pwritev", &next, sizeof(next));
	if (answer == FAIL)
		return -1;
	if (answer == LET)
		return next(fd, parts, count, at);
	one.iov_len = (one.iov_len + 1) / 2;
	return fault_written(answer,
	    count > 1 ? next(fd, parts, count - 1, at) : next(fd, &one, 1, at));
}

#define FAULT_PLAIN(name, arguments, call)                                     \
	int name arguments                                                     \
	{                                                                      \
		int(*next) arguments;                                          \
                                                                               \
		fault_next(#name, &next, sizeof(next));                        \
		return fault_ask(false) == FAIL ? -1 : next call;              \
	}

FAULT_PLAIN(fsync, (int fd), (fd))
FAULT_PLAIN(fdatasync, (int fd), (fd))
FAULT_PLAIN(ftruncate, (int fd, off_t size), (fd, size))
FAULT_PLAIN(rename, (const char *from, const char *to), (from, to))
FAULT_PLAIN(mkdir, (const char *path, mode_t mode), (path, mode))

/* NOLINTEND(*-parameter-name, *-macro-parentheses) */

#endif
