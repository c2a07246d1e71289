#ifndef LEDGER_DIR_H
#define LEDGER_DIR_H

#include "base/buf.h"
#include "base/err.h"

/*
 * dir - the small files of a ledger's directory: read whole, replaced whole.
 */

/* The path of a name in a directory; release with free(). */
char *dir_path(const char *dir, const char *name);

/* Makes the directory and those above it that are missing, for us alone. */
int dir_make(const char *path, struct err *err);

/* The same, for whom the umask lets in. */
int dir_make_open(const char *path, struct err *err);

/* What was made, renamed or removed in it is on disk when back with 0. */
int dir_sync(const char *dir, struct err *err);

/*
 * Adds the file's bytes, at most `max`, to out.  Where there is no such file,
 * `found` becomes false and nothing is added; with NULL that is an error.
 */
int dir_read(const char *path, size_t max, struct buf *out, bool *found,
    struct err *err);

/*
 * Puts a file with these bytes in the place of `name`, or where there is none:
 * written beside it, synced, renamed, and the directory synced.  Whenever it
 * is cut off, the file is the old one or the new one.
 */
int dir_replace(
    const char *dir, const char *name, struct slice bytes, struct err *err);

/* Writes all of it; `path` is the file's name, for the error. */
int dir_write(int fd, const char *path, struct slice bytes, struct err *err);

/*
 * The name of a file about a log, wherever such files lie: an origin may hold
 * slashes, so it is the SHA-256 of it in hexadecimal.
 */
#define DIR_LOG_NAME 65 /* bytes, with its NUL */
void dir_log_name(struct slice origin, char name[DIR_LOG_NAME]);

/*
 * The file `lock` in a directory, byte by byte.  A lock belongs to *fd and ends
 * with it, at the latest with the process.
 */
enum dir_lock {
	DIR_WRITER,  /* who appends */
	DIR_SEALER,  /* who makes, merges and rewrites segments */
	DIR_READERS, /* shared by who reads, against who removes files */
};

/* Alone.  ERR_LIMIT if another holds it. */
int dir_lock(const char *dir, enum dir_lock what, int *fd, struct err *err);

/*
 * With others.  Waits for who holds it alone, which is never for long.  Where
 * there is no such file, nobody removes any: *fd is -1 then.
 */
int
dir_lock_shared(const char *dir, enum dir_lock what, int *fd, struct err *err);

/* A file of the WAL, by its name. */
struct dir_wal {
	uint64_t first; /* index of its first record */
	char *path;     /* owned */
};

struct dir_wals {
	struct dir_wal *files; /* owned, by first */
	size_t count;
};

/* All zero before; a file that is not named like one of the WAL is damage. */
int dir_wals_read(struct dir_wals *wals, const char *dir, struct err *err);
void dir_wals_release(struct dir_wals *wals);

#endif
