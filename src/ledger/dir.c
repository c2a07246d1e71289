#include "ledger/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/sha256.h"

#define WAL_DIGITS 20

char *
dir_path(const char *dir, const char *name)
{
	struct buf path = {0};

	buf_printf(&path, "%s/%s", dir, name);
	buf_char(&path, '\0');
	return path.ptr;
}

static int
make(const char *path, mode_t mode, struct err *err)
{
	char *part = xstrdup(path);
	int status = 0;

	for (char *p = part + 1; !status && p[-1]; p++) {
		char old = *p;

		if (old != '/' && old != '\0')
			continue;
		*p = '\0';
		if (mkdir(part, mode) && errno != EEXIST)
			status = err_sys(err, "cannot make '%s'", part);
		*p = old;
	}
	free(part);
	return status;
}

int
dir_make(const char *path, struct err *err)
{
	return make(path, 0700, err);
}

int
dir_make_open(const char *path, struct err *err)
{
	return make(path, 0777, err);
}

int
dir_sync(const char *dir, struct err *err)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = 0;

	if (fd < 0 || fsync(fd))
		status = err_sys(err, "cannot sync folder '%s'", dir);
	if (fd >= 0)
		close(fd);
	return status;
}

static int
read_all(int fd, const char *path, size_t max, struct buf *out, struct err *err)
{
	size_t start = out->len;

	for (;;) {
		ssize_t n = read(fd, buf_reserve(out, 4096), 4096);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "cannot read '%s'", path);
		if (!n)
			return 0;
		out->len += (size_t)n;
		if (out->len - start > max)
			return err_set(err, ERR_CORRUPT,
			    "'%s' is longer than %zu bytes", path, max);
	}
}

int
dir_read(
    const char *path, size_t max, struct buf *out, bool *found, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int status;

	if (found)
		*found = fd >= 0;
	if (fd < 0 && found && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_sys(err, "cannot open '%s'", path);
	status = read_all(fd, path, max, out, err);
	close(fd);
	return status;
}

int
dir_write(int fd, const char *path, struct slice bytes, struct err *err)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno != EINTR)
			return err_sys(err, "cannot write '%s'", path);
		if (n > 0)
			bytes = slice_skip(bytes, (size_t)n);
	}
	return 0;
}

static int
write_file(const char *path, struct slice bytes, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int status;

	if (fd < 0)
		return err_sys(err, "cannot create '%s'", path);
	status = dir_write(fd, path, bytes, err);
	if (!status && fsync(fd))
		status = err_sys(err, "cannot sync '%s'", path);
	if (close(fd) && !status)
		status = err_sys(err, "cannot write '%s'", path);
	return status;
}

int
dir_replace(
    const char *dir, const char *name, struct slice bytes, struct err *err)
{
	char *path = dir_path(dir, name);
	struct buf beside = {0};
	int status;

	buf_printf(&beside, "%s.new", path);
	buf_char(&beside, '\0');
	status = write_file(beside.ptr, bytes, err);
	if (!status && rename(beside.ptr, path))
		status =
		    err_sys(err, "cannot put '%s' in its place", beside.ptr);
	if (!status)
		status = dir_sync(dir, err);
	else
		unlink(beside.ptr);
	buf_release(&beside);
	free(path);
	return status;
}

void
dir_log_name(struct slice origin, char name[DIR_LOG_NAME])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char digest[SHA256_LEN];

	sha256(origin, digest);
	for (size_t i = 0; i < sizeof(digest); i++) {
		name[2 * i] = digits[digest[i] >> 4];
		name[2 * i + 1] = digits[digest[i] & 15];
	}
	name[DIR_LOG_NAME - 1] = '\0';
}

/* Held by what was opened: it does not end with another close(). */
static struct flock
lock_of(enum dir_lock what, short type)
{
	return (struct flock){.l_type = type,
	    .l_whence = SEEK_SET,
	    .l_start = (off_t)what,
	    .l_len = 1};
}

int
dir_lock(const char *dir, enum dir_lock what, int *fd, struct err *err)
{
	static const char *const does[] = {"writes to", "seals", "reads"};
	struct flock lock = lock_of(what, F_WRLCK);
	char *path = dir_path(dir, "lock");
	int status = 0;

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (*fd < 0) {
		status = err_sys(err, "cannot open '%s'", path);
	} else if (fcntl(*fd, F_OFD_SETLK, &lock)) {
		status = errno == EAGAIN || errno == EACCES
		             ? err_set(err, ERR_LIMIT,
		                   "another process %s the ledger '%s'",
		                   does[what], dir)
		             : err_sys(err, "cannot lock '%s'", path);
		close(*fd);
		*fd = -1;
	}
	free(path);
	return status;
}

int
dir_lock_shared(const char *dir, enum dir_lock what, int *fd, struct err *err)
{
	struct flock lock = lock_of(what, F_RDLCK);
	char *path = dir_path(dir, "lock");
	int status = 0;

	*fd = open(path, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && errno != ENOENT)
		status = err_sys(err, "cannot open '%s'", path);
	while (*fd >= 0 && !status && fcntl(*fd, F_OFD_SETLKW, &lock))
		if (errno != EINTR)
			status = err_sys(err, "cannot lock '%s'", path);
	if (status && *fd >= 0) {
		close(*fd);
		*fd = -1;
	}
	free(path);
	return status;
}

/* --- the files of the WAL --- */

/* "<20 digits>.wal" */
static bool
wal_name(const char *name, uint64_t *first)
{
	struct slice rest = slice_cstr(name);
	struct slice digits = slice_cut(&rest, '.');

	return digits.len == WAL_DIGITS && slice_eq(rest, SLICE("wal")) &&
	       slice_to_u64(digits, first);
}

static int
by_first(const void *a, const void *b)
{
	const struct dir_wal *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static int
add_wal(
    struct dir_wals *wals, const char *dir, const char *name, struct err *err)
{
	uint64_t first;

	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return 0;
	if (!wal_name(name, &first))
		return err_set(err, ERR_CORRUPT,
		    "'%s/%s': no file of the WAL has such a name", dir, name);
	wals->files =
	    xrealloc(wals->files, (wals->count + 1) * sizeof(*wals->files));
	wals->files[wals->count++] =
	    (struct dir_wal){first, dir_path(dir, name)};
	return 0;
}

int
dir_wals_read(struct dir_wals *wals, const char *dir, struct err *err)
{
	char *path = dir_path(dir, "wal");
	DIR *stream = opendir(path);
	const struct dirent *entry = NULL;
	int status = 0;

	if (!stream) {
		status = err_sys(err, "cannot open folder '%s'", path);
		goto out;
	}
	while (errno = 0, !status && (entry = readdir(stream)))
		status = add_wal(wals, path, entry->d_name, err);
	if (!status && errno)
		status = err_sys(err, "cannot read folder '%s'", path);
	closedir(stream);
	if (wals->count)
		qsort(wals->files, wals->count, sizeof(*wals->files), by_first);
out:
	free(path);
	return status;
}

void
dir_wals_release(struct dir_wals *wals)
{
	for (size_t i = 0; i < wals->count; i++)
		free(wals->files[i].path);
	free(wals->files);
	*wals = (struct dir_wals){0};
}
