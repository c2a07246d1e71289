#include "ledger/publish_files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "ledger/dir.h"

/* 1234067 is x001/x234/067. */
static void
add_number(struct buf *path, uint64_t number)
{
	if (number >= 1000) {
		uint64_t above = number / 1000;

		for (uint64_t scale = 1;; scale *= 1000)
			if (above / scale < 1000) {
				for (; scale; scale /= 1000)
					buf_printf(path, "x%03u/",
					    (unsigned)(above / scale % 1000));
				break;
			}
	}
	buf_printf(path, "%03u", (unsigned)(number % 1000));
}

void
publish_path(struct buf *path, const char *out, const struct publish_name *name)
{
	buf_clear(path);
	if (name->level < 0)
		buf_printf(path, "%s/tile/entries/", out);
	else
		buf_printf(path, "%s/tile/%d/", out, name->level);
	add_number(path, name->number);
	if (name->width)
		buf_printf(path, ".p/%u", name->width);
	buf_char(path, '\0');
}

static int
write_file(int fd, const char *path, struct slice bytes, struct err *err)
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

/* Folders are made when the first file in them is. */
static int
create(char *path, struct err *err)
{
	int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
	int fd = open(path, flags, 0666);
	char *slash = strrchr(path, '/');

	if (fd < 0 && errno == ENOENT && slash) {
		*slash = '\0';
		if (dir_make_open(path, err))
			return -1;
		*slash = '/';
		fd = open(path, flags, 0666);
	}
	return fd < 0 ? err_sys(err, "cannot create '%s'", path) : fd;
}

int
publish_put(char *path, struct slice bytes, struct err *err)
{
	struct buf beside = {0};
	int status = -1, fd;

	buf_printf(&beside, "%s.new", path);
	buf_char(&beside, '\0');
	fd = create(beside.ptr, err);
	if (fd >= 0) {
		status = write_file(fd, beside.ptr, bytes, err);
		if (close(fd) && !status)
			status = err_sys(err, "cannot write '%s'", beside.ptr);
		if (!status && rename(beside.ptr, path))
			status = err_sys(err, "cannot put '%s' in place", path);
		if (status)
			unlink(beside.ptr);
	}
	buf_release(&beside);
	return status;
}

void
publish_gzip(struct buf *out, struct slice bytes)
{
	z_stream z = {0};
	uLong bound;

	/* 15 + 16: a gzip header, which zlib gives no time. */
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
	        Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	bound = deflateBound(&z, (uLong)bytes.len);
	z.next_out = (Bytef *)buf_reserve(out, bound);
	z.avail_out = (uInt)bound;
	/* zlib does not write there. */
	memcpy(&z.next_in, &bytes.ptr, sizeof(bytes.ptr));
	z.avail_in = (uInt)bytes.len;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out->len += z.total_out;
	deflateEnd(&z);
}
