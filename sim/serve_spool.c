#include "serve_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"

/* Bytes of a file, unless a single piece is larger. */
#define FILE_SIZE ((size_t)32 << 20)

struct spool_file {
	char *bytes;
	size_t size, used;
	uint64_t pieces; /* that have not been dropped */
};

struct spool {
	char *dir;
	struct spool_file *now; /* where the next piece goes; may be NULL */
	uint64_t size;
};

struct spool *
spool_new(const char *dir)
{
	struct spool *spool = xcalloc(1, sizeof(*spool));

	spool->dir = xstrdup(dir);
	return spool;
}

static void
file_close(struct spool *spool, struct spool_file *file)
{
	spool->size -= file->size;
	munmap(file->bytes, file->size);
	free(file);
}

void
spool_free(struct spool *spool)
{
	if (!spool)
		return;
	if (spool->now)
		file_close(spool, spool->now);
	free(spool->dir);
	free(spool);
}

/* NULL, and err set, where there is no room. */
static struct spool_file *
file_open(struct spool *spool, size_t size, struct err *err)
{
	struct spool_file *file = NULL;
	int fd = open(spool->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *bytes = MAP_FAILED;

	if (fd < 0) {
		err_sys(err, "cannot make a file without a name in '%s'",
		    spool->dir);
		return NULL;
	}
	/* Writing into a mapped file that has no room on disk is a signal. */
	errno = posix_fallocate(fd, 0, (off_t)size);
	if (!errno)
		bytes =
		    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED) {
		err_sys(err, "no room for %zu bytes in '%s'", size, spool->dir);
	} else {
		file = xcalloc(1, sizeof(*file));
		file->bytes = bytes;
		file->size = size;
		spool->size += size;
	}
	close(fd);
	return file;
}

int
spool_put(struct spool *spool, struct slice bytes, struct spool_at *out,
    struct err *err)
{
	struct spool_file *file = spool->now;

	if (bytes.len > UINT32_MAX)
		return err_set(
		    err, ERR_LIMIT, "%zu bytes are too many", bytes.len);
	if (!file || file->size - file->used < bytes.len) {
		if (file && !file->pieces)
			file_close(spool, file);
		file = file_open(
		    spool, bytes.len > FILE_SIZE ? bytes.len : FILE_SIZE, err);
		spool->now = file;
		if (!file)
			return -1;
	}
	if (bytes.len > 0)
		memcpy(file->bytes + file->used, bytes.ptr, bytes.len);
	*out =
	    (struct spool_at){file, (uint32_t)file->used, (uint32_t)bytes.len};
	file->used += bytes.len;
	file->pieces++;
	return 0;
}

struct slice
spool_get(struct spool_at at)
{
	return slice_of(at.file->bytes + at.offset, at.len);
}

void
spool_drop(struct spool *spool, struct spool_at at)
{
	if (at.file && --at.file->pieces == 0 && at.file != spool->now)
		file_close(spool, at.file);
}

uint64_t
spool_size(const struct spool *spool)
{
	return spool->size;
}
