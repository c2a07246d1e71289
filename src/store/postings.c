#include "store/postings.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/xxh64.h"
#include "ledger/dir.h"

#define MAGIC      "firn-postings/1\n"
#define MAGIC_LEN  16
#define COLUMNS_AT MAGIC_LEN
#define ROWS_AT    (COLUMNS_AT + SHA256_LEN)
#define COUNT_AT   (ROWS_AT + 8)
#define HEAD_LEN   (COUNT_AT + 8)
#define ENTRY_LEN  8
#define BLOCK_MASK UINT64_C(0xffff)

/* Buckets by the first byte of the hash: each is sorted by itself. */
#define BUCKETS 256
/* What was added lately: most values come again and again. */
#define RECENT 65536

struct postings_writer {
	unsigned char columns[SHA256_LEN];
	uint64_t rows;
	struct buf buckets[BUCKETS]; /* of u64 */
	uint64_t recent[RECENT];
};

struct postings {
	void *mapped;
	const unsigned char *entries;
	size_t len;
	uint64_t count;
};

/* --- what is looked for --- */

const char *
postings_name(enum postings_column column)
{
	static const char *const names[] = {[POSTINGS_IP] = "ip",
	    [POSTINGS_SESSION] = "session",
	    [POSTINGS_TOKEN] = "token",
	    [POSTINGS_DEVICE] = "device",
	    [POSTINGS_APP_ID] = "app_id",
	    [POSTINGS_ACTOR_ID] = "actor_id",
	    [POSTINGS_ACTOR_NAME] = "actor_name",
	    [POSTINGS_MAILBOX] = "mailbox",
	    [POSTINGS_TARGET_ID] = "target_id",
	    [POSTINGS_TARGET_NAME] = "target_name",
	    [POSTINGS_OPERATION] = "operation",
	    [POSTINGS_KIND] = "kind",
	    [POSTINGS_SOURCE] = "source"};

	return names[column];
}

/* Takes these off; false: they are not around it. */
static bool
take_off(struct slice *text, struct slice before, struct slice behind)
{
	size_t around = before.len + behind.len;

	if (text->len < around ||
	    !slice_eq(slice_of(text->ptr, before.len), before) ||
	    !slice_eq(slice_skip(*text, text->len - behind.len), behind))
		return false;
	*text = slice_of(text->ptr + before.len, text->len - around);
	return true;
}

bool
postings_of(struct slice expression, enum postings_column *column)
{
	/* What may stand around a column. */
	static const struct {
		struct slice before, behind;
		bool cuts; /* at the first full stop, as entries must be */
	} around[] = {
	    {SLICE_INIT(""), SLICE_INIT(""), false},
	    {SLICE_INIT("lower("), SLICE_INIT(")"), false},
	    {SLICE_INIT("rtrim(lower("), SLICE_INIT("), '. ')"), false},
	    {SLICE_INIT("split_part("), SLICE_INIT(", '.', 1)"), true},
	};

	for (size_t i = 0; i < sizeof(around) / sizeof(*around); i++) {
		struct slice name = expression;

		if (!take_off(&name, around[i].before, around[i].behind))
			continue;
		for (int c = 0; c < POSTINGS_COLUMNS; c++) {
			*column = (enum postings_column)c;
			if (slice_eq(name, slice_cstr(postings_name(*column))))
				return !around[i].cuts || c == POSTINGS_SOURCE;
		}
	}
	return false;
}

/* 0: left out. */
static char
letter(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c | 0x20);
	return (c & 0x80) || c == ' ' || c == '.' || c == 'i' || c == 'k' ? '\0'
	                                                                  : c;
}

static uint64_t
hash_of(enum postings_column column, struct slice value)
{
	char text[1 + POSTINGS_TEXT];
	size_t n = 0;

	if (column == POSTINGS_SOURCE)
		value = slice_cut(&value, '.');
	text[n++] = (char)column;
	for (size_t i = 0; i < value.len && n < sizeof(text); i++) {
		text[n] = letter(value.ptr[i]);
		n += text[n] != '\0';
	}
	return xxh64(slice_of(text, n));
}

/* --- making one --- */

struct postings_writer *
postings_writer_new(const unsigned char columns[SHA256_LEN], uint64_t rows)
{
	struct postings_writer *w = xcalloc(1, sizeof(*w));

	memcpy(w->columns, columns, SHA256_LEN);
	w->rows = rows;
	/* What belongs elsewhere is no entry that may be left out. */
	for (uint64_t i = 0; i < RECENT; i++)
		w->recent[i] = (i ^ 1) << 32;
	return w;
}

void
postings_writer_free(struct postings_writer *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		buf_release(&w->buckets[i]);
	free(w);
}

void
postings_add(struct postings_writer *w, uint64_t row,
    enum postings_column column, struct slice value)
{
	uint64_t entry =
	    (hash_of(column, value) & ~BLOCK_MASK) | row / POSTINGS_ROWS;
	uint64_t *recent = &w->recent[entry >> 32 & (RECENT - 1)];

	if (*recent == entry)
		return;
	*recent = entry;
	buf_add(&w->buckets[entry >> 56], &entry, sizeof(entry));
}

static int
order(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorted, each once, and as the file has them. */
static void
settle(struct buf *bucket)
{
	uint64_t *list = (uint64_t *)(void *)bucket->ptr, last = 0;
	size_t count = bucket->len / sizeof(*list), kept = 0;

	if (count)
		qsort(list, count, sizeof(*list), order);
	for (size_t i = 0; i < count; i++) {
		if (i && list[i] == last)
			continue;
		last = list[i];
		put_le((unsigned char *)&list[kept++], ENTRY_LEN, last);
	}
	bucket->len = kept * ENTRY_LEN;
}

static int
write_all(struct postings_writer *w, int fd, const char *path, uint64_t count,
    struct err *err)
{
	unsigned char head[HEAD_LEN] = MAGIC, foot[SHA256_LEN];
	struct sha256 *sha = sha256_new();
	int status;

	memcpy(head + COLUMNS_AT, w->columns, SHA256_LEN);
	put_le(head + ROWS_AT, 8, w->rows);
	put_le(head + COUNT_AT, 8, count);
	sha256_begin(sha);
	sha256_add(sha, head, sizeof(head));
	status = dir_write(fd, path, slice_of(head, sizeof(head)), err);
	for (size_t i = 0; !status && i < BUCKETS; i++) {
		struct slice bucket = buf_slice(&w->buckets[i]);

		sha256_add(sha, bucket.ptr, bucket.len);
		status = dir_write(fd, path, bucket, err);
	}
	sha256_end(sha, foot);
	sha256_free(sha);
	if (!status)
		status = dir_write(fd, path, slice_of(foot, sizeof(foot)), err);
	if (!status && fsync(fd))
		status = err_sys(err, "cannot sync '%s'", path);
	return status;
}

int
postings_write(struct postings_writer *w, const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	uint64_t count = 0;
	int status;

	if (fd < 0)
		return err_sys(err, "cannot make '%s'", path);
	for (size_t i = 0; i < BUCKETS; i++) {
		settle(&w->buckets[i]);
		count += w->buckets[i].len / ENTRY_LEN;
	}
	status = write_all(w, fd, path, count, err);
	close(fd);
	return status;
}

/* --- looking --- */

static bool
is_of(const unsigned char *map, size_t len,
    const unsigned char columns[SHA256_LEN], uint64_t rows)
{
	return !memcmp(map, MAGIC, MAGIC_LEN) &&
	       !memcmp(map + COLUMNS_AT, columns, SHA256_LEN) &&
	       get_u64(map + ROWS_AT) == rows &&
	       get_u64(map + COUNT_AT) ==
	           (len - HEAD_LEN - SHA256_LEN) / ENTRY_LEN &&
	       len % ENTRY_LEN == (HEAD_LEN + SHA256_LEN) % ENTRY_LEN;
}

struct postings *
postings_open(
    const char *path, const unsigned char columns[SHA256_LEN], uint64_t rows)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct postings *p;
	void *map = MAP_FAILED;
	size_t len = 0;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && st.st_size >= HEAD_LEN + SHA256_LEN) {
		len = (size_t)st.st_size;
		map = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	}
	close(fd);
	if (map == MAP_FAILED)
		return NULL;
	if (!is_of(map, len, columns, rows)) {
		munmap(map, len);
		return NULL;
	}
	p = xcalloc(1, sizeof(*p));
	p->mapped = map;
	p->len = len;
	p->entries = (const unsigned char *)map + HEAD_LEN;
	p->count = get_u64((const unsigned char *)map + COUNT_AT);
	return p;
}

void
postings_close(struct postings *p)
{
	if (!p)
		return;
	munmap(p->mapped, p->len);
	free(p);
}

bool
postings_find(const struct postings *p, enum postings_column column,
    struct slice value, bool blocks[POSTINGS_BLOCKS_MAX])
{
	uint64_t hash = hash_of(column, value) & ~BLOCK_MASK;
	uint64_t low = 0, high = p->count, first;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2;

		if (get_u64(p->entries + middle * ENTRY_LEN) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (first = low; low < p->count; low++) {
		uint64_t entry = get_u64(p->entries + low * ENTRY_LEN);

		if ((entry & ~BLOCK_MASK) != hash)
			break;
		blocks[entry & BLOCK_MASK] = true;
	}
	return low > first;
}
