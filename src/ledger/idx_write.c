#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"
#include "ledger/idx_part.h"

struct idx_writer {
	uint64_t first, end;
	int64_t received_us;
	struct buf entries;
};

/* A file on its way: entries come in order, the filter grows beside. */
struct output {
	int fd;
	const char *path;
	struct sha256 *sha;
	struct buf room; /* not written yet */
	uint64_t blocks;
	unsigned char *filter; /* owned: BLOOM_BLOCK_LEN for each block */
	struct err failed;     /* the first failure */
};

#define ROOM ((size_t)1 << 20)

/* --- the file --- */

static void
flush(struct output *out)
{
	if (!out->failed.code)
		dir_write(
		    out->fd, out->path, buf_slice(&out->room), &out->failed);
	buf_clear(&out->room);
}

static void
put(struct output *out, const void *bytes, size_t n)
{
	sha256_add(out->sha, bytes, n);
	buf_add(&out->room, bytes, n);
	if (out->room.len >= ROOM)
		flush(out);
}

/* What the head says; -1 if the file cannot be made. */
static int
output_open(struct output *out, const char *path, const struct idx_writer *what,
    uint64_t count, struct err *err)
{
	unsigned char head[IDX_HEAD_LEN] = IDX_MAGIC;

	*out = (struct output){.path = path};
	out->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out->fd < 0)
		return err_sys(err, "cannot make '%s'", path);
	out->sha = sha256_new();
	out->blocks = (count + IDX_BLOCK_IDS - 1) / IDX_BLOCK_IDS;
	out->filter = xcalloc(out->blocks + 1, BLOOM_BLOCK_LEN);
	put_le(head + 16, 8, what->first);
	put_le(head + 24, 8, what->end);
	put_le(head + 32, 8, (uint64_t)what->received_us);
	put_le(head + 40, 8, count);
	put_le(head + 48, 8, out->blocks);
	sha256_begin(out->sha);
	put(out, head, sizeof(head));
	return 0;
}

static void
output_add(struct output *out, const unsigned char entry[IDX_ENTRY_LEN])
{
	bloom_add(out->filter, out->blocks, idx_hash(entry));
	put(out, entry, IDX_ENTRY_LEN);
}

static int
output_close(struct output *out, struct err *err)
{
	unsigned char foot[SHA256_LEN];

	put(out, out->filter, out->blocks * BLOOM_BLOCK_LEN);
	sha256_end(out->sha, foot);
	buf_add(&out->room, foot, sizeof(foot));
	flush(out);
	if (!out->failed.code && fsync(out->fd))
		err_sys(&out->failed, "cannot sync '%s'", out->path);
	close(out->fd);
	sha256_free(out->sha);
	buf_release(&out->room);
	free(out->filter);
	if (err && out->failed.code)
		*err = out->failed;
	return out->failed.code ? -1 : 0;
}

/* --- from records --- */

struct idx_writer *
idx_writer_new(uint64_t first, uint64_t end)
{
	struct idx_writer *w = xcalloc(1, sizeof(*w));

	assert(first <= end && end - first <= IDX_RECORDS_MAX);
	w->first = first;
	w->end = end;
	w->received_us = INT64_MIN;
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
idx_add(struct idx_writer *w, uint64_t index, const struct frame *frame)
{
	const struct identity *identity = &frame->identity;
	unsigned char entry[IDX_ENTRY_LEN];

	assert(index >= w->first && index < w->end);
	if (w->received_us < frame->received_us)
		w->received_us = frame->received_us;
	if (!frame->has_identity)
		return;
	memcpy(entry, identity->id, IDX_ID_LEN);
	memcpy(entry + IDX_ID_LEN, identity->told, sizeof(identity->told));
	put_le(entry + 24, 4, index - w->first);
	buf_add(&w->entries, entry, sizeof(entry));
}

static int
compare(const void *a, const void *b)
{
	int order = memcmp(a, b, IDX_ID_LEN);
	uint32_t x = get_u32((const unsigned char *)a + 24);
	uint32_t y = get_u32((const unsigned char *)b + 24);

	return order ? order : (x > y) - (x < y);
}

int
idx_write(struct idx_writer *w, const char *path, struct err *err)
{
	uint64_t count = w->entries.len / IDX_ENTRY_LEN;
	struct output out;

	if (count)
		qsort(w->entries.ptr, count, IDX_ENTRY_LEN, compare);
	if (output_open(&out, path, w, count, err))
		return -1;
	for (uint64_t i = 0; i < count; i++)
		output_add(&out,
		    (const unsigned char *)w->entries.ptr + i * IDX_ENTRY_LEN);
	return output_close(&out, err);
}

/* --- from others --- */

/* Where the merge stands in each of the files. */
struct cursor {
	const struct idx *idx;
	uint64_t next;
};

/* The one whose entry comes first; of equal ids that of the earlier file. */
static struct cursor *
first_of(struct cursor *cursors, size_t count)
{
	struct cursor *first = NULL;

	for (size_t i = 0; i < count; i++) {
		struct cursor *c = &cursors[i];

		if (c->next == idx_count(c->idx))
			continue;
		if (!first ||
		    memcmp(idx_entry(c->idx, c->next),
		        idx_entry(first->idx, first->next), IDX_ID_LEN) < 0)
			first = c;
	}
	return first;
}

static bool
is_in(struct idx_erased erased, uint64_t index)
{
	size_t low = 0, high = erased.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (erased.list[middle] < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < erased.count && erased.list[low] == index;
}

int
idx_merge(struct idx *const *from, size_t count, struct idx_erased erased,
    const char *path, struct err *err)
{
	struct idx_writer what = {.first = idx_first(from[0]),
	    .end = idx_end(from[count - 1]),
	    .received_us = INT64_MIN};
	struct cursor *cursors = xcalloc(count, sizeof(*cursors)), *c;
	uint64_t entries = 0;
	struct output out;

	for (size_t i = 0; i < count; i++) {
		cursors[i].idx = from[i];
		entries += idx_count(from[i]);
		if (what.received_us < idx_received_us(from[i]))
			what.received_us = idx_received_us(from[i]);
	}
	if (output_open(&out, path, &what, entries, err)) {
		free(cursors);
		return -1;
	}
	while ((c = first_of(cursors, count))) {
		unsigned char entry[IDX_ENTRY_LEN];
		uint64_t index;

		memcpy(entry, idx_entry(c->idx, c->next++), sizeof(entry));
		index = idx_first(c->idx) + get_u32(entry + 24);
		put_le(entry + 24, 4, index - what.first);
		if (is_in(erased, index))
			memset(entry + IDX_ID_LEN, IDENTITY_ERASED, 8);
		output_add(&out, entry);
	}
	free(cursors);
	return output_close(&out, err);
}
