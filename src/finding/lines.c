#include "finding/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"

#define STEP 65536

static int
sync_folder(const char *path, struct err *err)
{
	char *dir = xstrdup(path), *slash = strrchr(dir, '/');
	int status;

	if (slash)
		*(slash == dir ? slash + 1 : slash) = '\0';
	status = dir_sync(slash ? dir : ".", err);
	free(dir);
	return status;
}

static int
read_at(
    const struct lines *lines, int64_t at, char *to, size_t n, struct err *err)
{
	while (n) {
		ssize_t got = pread(lines->fd, to, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_sys(err, "cannot read '%s'", lines->path);
		if (!got)
			return err_set(err, ERR_SYSTEM,
			    "'%s' became shorter while it was read",
			    lines->path);
		at += got;
		to += got;
		n -= (size_t)got;
	}
	return 0;
}

/* Where the line that ends at `end` begins: behind the line feed before. */
static int
find_start(
    const struct lines *lines, int64_t end, int64_t *start, struct err *err)
{
	char *room = xmalloc(STEP);
	const char *feed = NULL;
	int status = 0;

	*start = end;
	while (!feed && *start > 0 && !status) {
		size_t n = *start < STEP ? (size_t)*start : STEP;

		status = read_at(lines, *start - (int64_t)n, room, n, err);
		feed = status ? NULL : memrchr(room, '\n', n);
		*start -= (int64_t)n;
		if (feed)
			*start += feed - room + 1;
	}
	free(room);
	return status;
}

/*
 * A file that somebody else began may end in a line that is none of ours: it
 * stays, and is ended.
 */
static int
mend(struct lines *lines, struct err *err)
{
	int64_t start;
	char first;

	if (find_start(lines, lines->size, &start, err))
		return -1;
	if (start == lines->size)
		return 0;
	if (read_at(lines, start, &first, 1, err))
		return -1;
	if (first != '{')
		return lines_add(lines, SLICE("\n"), err);
	if (ftruncate(lines->fd, (off_t)start))
		return err_sys(err, "cannot shorten '%s'", lines->path);
	lines->size = start;
	return 0;
}

int
lines_open(struct lines *lines, const char *path, struct err *err)
{
	/* O_NONBLOCK: not to wait for who reads a FIFO. */
	int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK;
	struct stat st;

	*lines = (struct lines){.fd = open(path, flags, 0600), .path = path};
	if (lines->fd < 0)
		return err_sys(err, "cannot open '%s'", path);
	if (fstat(lines->fd, &st)) {
		err_sys(err, "cannot read '%s'", path);
		goto fail;
	}
	if (!S_ISREG(st.st_mode)) {
		err_set(err, ERR_USAGE, "'%s' is no regular file", path);
		goto fail;
	}
	lines->size = st.st_size;
	if (lines->size ? mend(lines, err) : sync_folder(path, err))
		goto fail;
	return 0;
fail:
	lines_close(lines);
	return -1;
}

int
lines_last(const struct lines *lines, struct buf *out, struct err *err)
{
	int64_t start;
	size_t n;

	if (!lines->size)
		return 0;
	if (find_start(lines, lines->size - 1, &start, err))
		return -1;
	n = (size_t)(lines->size - 1 - start);
	if (read_at(lines, start, buf_reserve(out, n), n, err))
		return -1;
	out->len += n;
	return 0;
}

int
lines_add(struct lines *lines, struct slice text, struct err *err)
{
	if (dir_write(lines->fd, lines->path, text, err)) {
		/* If this fails, too, the next one to open it finds the end. */
		(void)!ftruncate(lines->fd, (off_t)lines->size);
		return -1;
	}
	/* What is written stays: it may be on disk, and is not trusted. */
	if (fsync(lines->fd))
		return err_sys(err, "cannot sync '%s'", lines->path);
	lines->size += (int64_t)text.len;
	return 0;
}

void
lines_close(struct lines *lines)
{
	if (lines->fd >= 0)
		close(lines->fd);
	lines->fd = -1;
}
