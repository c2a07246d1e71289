#include "ledger/idx.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define MAGIC     "firn-idx/1\n"
#define HEAD_LEN  40
#define ENTRY_LEN 28
#define ID_LEN    16

struct idx_writer {
	uint64_t first, end;
	struct buf entries;
};

struct idx {
	void *mapped;
	const unsigned char *map; /* the same */
	size_t len;
	uint64_t first, end, count;
};

/* --- writing --- */

struct idx_writer *
idx_writer_new(uint64_t first, uint64_t end)
{
	struct idx_writer *w = xcalloc(1, sizeof(*w));

	assert(first <= end && end - first <= IDX_RECORDS_MAX);
	w->first = first;
	w->end = end;
	return w;
}

void
idx_writer_free(struct idx_writer *w)
{
	if (!w)
		return;
	buf_release(&w->entries);
	free(w);
}

void
idx_add(struct idx_writer *w, uint64_t index, const struct identity *told)
{
	unsigned char entry[ENTRY_LEN];

	assert(index >= w->first && index < w->end);
	memcpy(entry, told->id, ID_LEN);
	memcpy(entry + ID_LEN, told->told, sizeof(told->told));
	put_le(entry + 24, 4, index - w->first);
	buf_add(&w->entries, entry, sizeof(entry));
}

static int
compare(const void *a, const void *b)
{
	int order = memcmp(a, b, ID_LEN);
	uint32_t x = get_u32((const unsigned char *)a + 24);
	uint32_t y = get_u32((const unsigned char *)b + 24);

	return order ? order : (x > y) - (x < y);
}

static void
make_head(const struct idx_writer *w, unsigned char head[HEAD_LEN])
{
	memset(head, 0, HEAD_LEN);
	memcpy(head, MAGIC, sizeof(MAGIC) - 1);
	put_le(head + 16, 8, w->first);
	put_le(head + 24, 8, w->end);
	put_le(head + 32, 8, w->entries.len / ENTRY_LEN);
}

static int
write_all(int fd, struct slice bytes)
{
	while (bytes.len) {
		ssize_t n = write(fd, bytes.ptr, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		bytes = slice_skip(bytes, (size_t)n);
	}
	return 0;
}

int
idx_write(struct idx_writer *w, const char *path, struct err *err)
{
	struct sha256 *sha = sha256_new();
	unsigned char head[HEAD_LEN], foot[SHA256_LEN];
	int fd, status = 0;

	if (w->entries.len)
		qsort(w->entries.ptr, w->entries.len / ENTRY_LEN, ENTRY_LEN,
		    compare);
	make_head(w, head);
	sha256_begin(sha);
	sha256_add(sha, head, sizeof(head));
	sha256_add(sha, w->entries.ptr, w->entries.len);
	sha256_end(sha, foot);
	sha256_free(sha);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "cannot make '%s'", path);
	if (write_all(fd, slice_of(head, sizeof(head))) ||
	    write_all(fd, buf_slice(&w->entries)) ||
	    write_all(fd, slice_of(foot, sizeof(foot))) || fsync(fd))
		status = err_sys(err, "cannot write '%s'", path);
	close(fd);
	return status;
}

/* --- reading --- */

uint64_t
idx_first(const struct idx *idx)
{
	return idx->first;
}

uint64_t
idx_end(const struct idx *idx)
{
	return idx->end;
}

static const unsigned char *
entry_at(const struct idx *idx, uint64_t i)
{
	return idx->map + HEAD_LEN + i * ENTRY_LEN;
}

static bool
is_whole(struct idx *idx)
{
	static const char magic[16] = MAGIC;
	unsigned char hash[SHA256_LEN];
	size_t body = idx->len - HEAD_LEN - SHA256_LEN;

	sha256(slice_of(idx->map, idx->len - SHA256_LEN), hash);
	if (memcmp(hash, idx->map + idx->len - SHA256_LEN, SHA256_LEN) != 0 ||
	    memcmp(idx->map, magic, sizeof(magic)) != 0)
		return false;
	idx->first = get_u64(idx->map + 16);
	idx->end = get_u64(idx->map + 24);
	idx->count = get_u64(idx->map + 32);
	return body % ENTRY_LEN == 0 && idx->count == body / ENTRY_LEN;
}

int
idx_open(struct idx **out, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct idx *idx;
	struct stat st;
	void *map;

	if (fd < 0 || fstat(fd, &st)) {
		err_sys(err, "cannot open '%s'", path);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (st.st_size < HEAD_LEN + SHA256_LEN) {
		close(fd);
		return err_set(
		    err, ERR_CORRUPT, "'%s' is damaged: it was cut off", path);
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return err_sys(err, "cannot map '%s'", path);
	idx = xcalloc(1, sizeof(*idx));
	idx->map = idx->mapped = map;
	idx->len = (size_t)st.st_size;
	if (!is_whole(idx)) {
		idx_close(idx);
		return err_set(err, ERR_CORRUPT,
		    "'%s' is damaged: it does not verify", path);
	}
	*out = idx;
	return 0;
}

void
idx_close(struct idx *idx)
{
	if (!idx)
		return;
	munmap(idx->mapped, idx->len);
	free(idx);
}

bool
idx_find(const struct idx *idx, const unsigned char id[16],
    struct identity *told, uint64_t *index)
{
	uint64_t low = 0, high = idx->count;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (memcmp(entry_at(idx, middle), id, ID_LEN) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == idx->count || memcmp(entry_at(idx, low), id, ID_LEN) != 0)
		return false;
	*told = (struct identity){0};
	memcpy(told->id, id, ID_LEN);
	*index = idx->first + get_u32(entry_at(idx, low) + 24);
	for (; low < idx->count; low++) {
		const unsigned char *entry = entry_at(idx, low);

		if (memcmp(entry, id, ID_LEN) != 0)
			break;
		for (size_t i = 0; i < sizeof(told->told); i++)
			if (!told->told[i])
				told->told[i] = entry[ID_LEN + i];
	}
	return true;
}
