#include "ledger/idx.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/idx_part.h"

struct idx {
	void *mapped;
	const unsigned char *map; /* the same */
	size_t len;
	uint64_t first, end, count, blocks;
	int64_t received_us;
};

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

uint64_t
idx_count(const struct idx *idx)
{
	return idx->count;
}

int64_t
idx_received_us(const struct idx *idx)
{
	return idx->received_us;
}

const unsigned char *
idx_entry(const struct idx *idx, uint64_t i)
{
	return idx->map + IDX_HEAD_LEN + i * IDX_ENTRY_LEN;
}

bool
idx_may_have(const struct idx *idx, const unsigned char id[IDX_ID_LEN])
{
	return idx->blocks &&
	       bloom_has(idx_entry(idx, idx->count), idx->blocks, idx_hash(id));
}

/* --- the file --- */

static bool
is_whole(struct idx *idx, bool all)
{
	static const char magic[16] = IDX_MAGIC;
	size_t body = idx->len - IDX_HEAD_LEN - SHA256_LEN;
	unsigned char hash[SHA256_LEN];

	if (memcmp(idx->map, magic, sizeof(magic)) != 0)
		return false;
	idx->first = get_u64(idx->map + 16);
	idx->end = get_u64(idx->map + 24);
	idx->received_us = (int64_t)get_u64(idx->map + 32);
	idx->count = get_u64(idx->map + 40);
	idx->blocks = get_u64(idx->map + 48);
	/* Neither product can overflow: both counts are bounded first. */
	if (idx->first > idx->end || idx->count > body / IDX_ENTRY_LEN ||
	    idx->blocks != (idx->count + IDX_BLOCK_IDS - 1) / IDX_BLOCK_IDS ||
	    body != idx->count * IDX_ENTRY_LEN + idx->blocks * BLOOM_BLOCK_LEN)
		return false;
	if (!all)
		return true;
	sha256(slice_of(idx->map, idx->len - SHA256_LEN), hash);
	return !memcmp(hash, idx->map + idx->len - SHA256_LEN, SHA256_LEN);
}

int
idx_open(struct idx **out, const char *path, bool whole, struct err *err)
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
	if (st.st_size < IDX_HEAD_LEN + SHA256_LEN) {
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
	if (!is_whole(idx, whole)) {
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

/* --- looking --- */

#define GUESSES 8  /* then the middle: whoever writes records can make ids */
#define NEAR    16 /* entries */

/* An id as a number: the order is that of its bytes. */
static uint64_t
key_of(const unsigned char *id)
{
	uint64_t key = 0;

	for (size_t i = 0; i < 8; i++)
		key = key << 8 | id[i];
	return key;
}

/*
 * The first entry whose id is not before this one.  Ids are hashes, so where
 * one stands follows from its value but for a little: a guess or three find
 * the page, where halving would touch twenty.
 */
static uint64_t
lower_bound(const struct idx *idx, const unsigned char id[IDX_ID_LEN])
{
	uint64_t low = 0, high = idx->count, key = key_of(id);
	uint64_t low_key = 0, high_key = UINT64_MAX;

	for (unsigned tries = 0; low < high; tries++) {
		uint64_t n = high - low, at = low + n / 2;
		const unsigned char *entry;

		if (n > NEAR && tries < GUESSES && high_key > low_key &&
		    key >= low_key && key <= high_key)
			at = low + (uint64_t)((double)(key - low_key) /
			                      (double)(high_key - low_key) *
			                      (double)(n - 1));
		if (at >= high)
			at = high - 1;
		entry = idx_entry(idx, at);
		if (memcmp(entry, id, IDX_ID_LEN) < 0) {
			low = at + 1;
			low_key = key_of(entry);
		} else {
			high = at;
			high_key = key_of(entry);
		}
	}
	return low;
}

bool
idx_find(const struct idx *idx, const unsigned char id[16],
    struct identity *told, uint64_t *index)
{
	uint64_t at;
	bool erased = false;

	if (!idx_may_have(idx, id))
		return false;
	at = lower_bound(idx, id);
	if (at == idx->count || memcmp(idx_entry(idx, at), id, IDX_ID_LEN) != 0)
		return false;
	*told = (struct identity){0};
	memcpy(told->id, id, IDX_ID_LEN);
	*index = idx->first + get_u32(idx_entry(idx, at) + 24);
	for (; at < idx->count; at++) {
		const unsigned char *entry = idx_entry(idx, at);
		struct identity one = {0};

		if (memcmp(entry, id, IDX_ID_LEN) != 0)
			break;
		memcpy(one.told, entry + IDX_ID_LEN, sizeof(one.told));
		erased = erased || identity_erased(&one);
		identity_fill(told, &one);
	}
	if (erased)
		memset(told->told, IDENTITY_ERASED, sizeof(told->told));
	return true;
}

bool
idx_record(const struct idx *idx, const unsigned char id[16], size_t n,
    uint64_t *index)
{
	const unsigned char *entry;
	uint64_t at;

	if (!idx_may_have(idx, id))
		return false;
	at = lower_bound(idx, id);
	if (n >= idx->count - at)
		return false;
	entry = idx_entry(idx, at + n);
	*index = idx->first + get_u32(entry + 24);
	return !memcmp(entry, id, IDX_ID_LEN);
}

bool
idx_has(const struct idx *idx, const struct identity *told, uint64_t index)
{
	if (!idx_may_have(idx, told->id))
		return false;
	for (uint64_t at = lower_bound(idx, told->id); at < idx->count; at++) {
		const unsigned char *entry = idx_entry(idx, at);

		if (memcmp(entry, told->id, IDX_ID_LEN) != 0)
			break;
		if (idx->first + get_u32(entry + 24) == index)
			return !memcmp(
			    entry + IDX_ID_LEN, told->told, sizeof(told->told));
	}
	return false;
}
