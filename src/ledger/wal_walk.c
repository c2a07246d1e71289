#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/bytes.h"
#include "ledger/wal_part.h"
#include "ledger/wal_reader.h"

#define SECTOR 512 /* is written whole or not at all */

/* What it takes to read one batch after another. */
struct walk {
	const char *path;
	int fd;
	uint64_t at, size; /* in the file */
	uint64_t next;     /* index of the next record */
	struct sha256 *sha;
	unsigned char seal[SHA256_LEN];
	struct buf body, text;
	struct stream *streams;
	struct wal_mark *marks;
	struct frame *records;
	size_t *offsets;
	struct merkle_hash *leaves;
	size_t stream_size, mark_size, record_size;
};

/* All of n bytes; -1 with errno 0 where the file ends before. */
static int
read_at(int fd, uint64_t at, void *to, size_t n)
{
	char *p = to;

	while (n) {
		ssize_t got = pread(fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			errno = got ? errno : 0;
			return -1;
		}
		p += got;
		at += (size_t)got;
		n -= (size_t)got;
	}
	return 0;
}

int
wal_last_seal(int fd, uint64_t good, unsigned char seal[SHA256_LEN])
{
	unsigned char head[WAL_HEAD_LEN];

	if (good > WAL_HEAD_LEN)
		return read_at(fd, good - SHA256_LEN, seal, SHA256_LEN);
	if (read_at(fd, 0, head, sizeof(head)))
		return -1;
	wal_head_seal(head, seal);
	return 0;
}

/* --- the tables in front of the frames --- */

static bool
take_number(struct slice *rest, unsigned n, uint64_t *v)
{
	if (rest->len < n)
		return false;
	*v = get_le((const unsigned char *)rest->ptr, n);
	*rest = slice_skip(*rest, n);
	return true;
}

static bool
take_name(struct slice *rest, bool needed, struct slice *name)
{
	uint64_t len;

	if (!take_number(rest, 2, &len) || rest->len < len)
		return false;
	*name = slice_of(rest->ptr, len);
	*rest = slice_skip(*rest, len);
	return leaf_name_ok(*name) || (!needed && !len);
}

static bool
take_streams(struct walk *w, struct slice *rest, struct wal_batch *batch)
{
	uint64_t n;

	if (!take_number(rest, 4, &n) || n > WAL_STREAMS_MAX ||
	    n * 4 > rest->len)
		return false;
	if (n > w->stream_size) {
		w->stream_size = n;
		w->streams = xrealloc(w->streams, n * sizeof(*w->streams));
	}
	for (size_t i = 0; i < n; i++)
		if (!take_name(rest, true, &w->streams[i].source) ||
		    !take_name(rest, false, &w->streams[i].tenant))
			return false;
	batch->streams = w->streams;
	batch->stream_count = n;
	return true;
}

static bool
take_marks(struct walk *w, struct slice *rest, struct wal_batch *batch)
{
	uint64_t n;

	if (!take_number(rest, 4, &n) || n > WAL_MARKS_MAX ||
	    n * 16 > rest->len)
		return false;
	if (n > w->mark_size) {
		w->mark_size = n;
		w->marks = xrealloc(w->marks, n * sizeof(*w->marks));
	}
	for (size_t i = 0; i < n; i++)
		if (!take_number(rest, 8, &w->marks[i].delivery) ||
		    !take_number(rest, 8, &w->marks[i].consumed))
			return false;
	batch->marks = w->marks;
	batch->mark_count = n;
	return true;
}

/* --- one batch --- */

static void
make_room(struct walk *w, size_t count)
{
	if (count <= w->record_size)
		return;
	w->record_size = count;
	w->records = xrealloc(w->records, count * sizeof(*w->records));
	w->offsets = xrealloc(w->offsets, count * sizeof(*w->offsets));
	w->leaves = xrealloc(w->leaves, count * sizeof(*w->leaves));
}

/* How many there are up to the first that is not right; *rest is behind them.
 */
static uint32_t
take_frames(struct walk *w, const struct wal_batch *batch, struct slice *rest)
{
	*rest = batch->frames;
	/* No frame is shorter than its head: so a count cannot ask for much. */
	if (batch->count > rest->len / 32)
		return 0;
	make_room(w, batch->count);
	for (uint32_t i = 0; i < batch->count; i++) {
		struct frame *frame = &w->records[i];
		size_t len = frame_read(*rest, frame);

		if (!len || frame->stream >= batch->stream_count ||
		    frame_leaf(w->sha, frame, &batch->streams[frame->stream],
		        &w->text, &w->leaves[i]))
			return i;
		w->offsets[i] = batch->frames.len - rest->len;
		*rest = slice_skip(*rest, len);
	}
	return batch->count;
}

/* What stands in front of the frames, and where these are. */
static bool
take_tables(struct walk *w, const unsigned char head[WAL_BATCH_LEN],
    struct wal_batch *batch, struct slice *tables)
{
	struct slice body = buf_slice(&w->body), rest = body;

	*batch = (struct wal_batch){
	    .first = get_u64(head + 8), .count = get_u32(head + 16)};
	rest.len -= SHA256_LEN;
	if (!take_streams(w, &rest, batch) || !take_marks(w, &rest, batch))
		return false;
	*tables = slice_of(body.ptr, (size_t)(rest.ptr - body.ptr));
	batch->frames = rest;
	return true;
}

static bool
decode(struct walk *w, const unsigned char head[WAL_BATCH_LEN],
    struct wal_batch *batch)
{
	const char *kept = w->body.ptr + w->body.len - SHA256_LEN;
	unsigned char seal[SHA256_LEN];
	struct slice tables, rest;

	if (!take_tables(w, head, batch, &tables))
		return false;
	memcpy(seal, w->seal, sizeof(seal));
	if (take_frames(w, batch, &rest) != batch->count || rest.len)
		return false;
	batch->leaves = w->leaves;
	if (wal_seal(w->sha, seal, head, tables, batch) ||
	    memcmp(seal, kept, sizeof(seal)) != 0)
		return false;
	memcpy(w->seal, seal, sizeof(seal));
	return true;
}

enum step { STEP_BATCH, STEP_END, STEP_TORN, STEP_DAMAGE, STEP_ERROR };

static bool
head_ok(const unsigned char head[WAL_BATCH_LEN], size_t *body)
{
	unsigned char again[WAL_BATCH_LEN];

	*body = get_u32(head + 4);
	if (*body > WAL_BODY_MAX)
		return false;
	wal_batch_head(again, *body, get_u64(head + 8), get_u32(head + 16));
	return !memcmp(again, head, sizeof(again));
}

static enum step
next_batch(struct walk *w, struct wal_batch *batch)
{
	unsigned char head[WAL_BATCH_LEN];
	uint64_t left = w->size - w->at;
	size_t body;

	if (!left)
		return STEP_END;
	if (left < WAL_BATCH_LEN)
		return STEP_TORN;
	if (read_at(w->fd, w->at, head, sizeof(head)))
		return errno ? STEP_ERROR : STEP_TORN;
	/* A head that verifies was not torn. */
	if (!head_ok(head, &body) || get_u64(head + 8) != w->next)
		return STEP_DAMAGE;
	if (left - WAL_BATCH_LEN < body + SHA256_LEN)
		return STEP_TORN;
	buf_clear(&w->body);
	buf_reserve(&w->body, body + SHA256_LEN);
	w->body.len = body + SHA256_LEN;
	if (read_at(w->fd, w->at + WAL_BATCH_LEN, w->body.ptr, w->body.len))
		return errno ? STEP_ERROR : STEP_TORN;
	if (!decode(w, head, batch))
		return left == WAL_BATCH_LEN + body + SHA256_LEN ? STEP_TORN
		                                                 : STEP_DAMAGE;
	w->at += WAL_BATCH_LEN + body + SHA256_LEN;
	return STEP_BATCH;
}

/*
 * Whether there is nothing but zeros from here to the end: where the size of
 * the file reached the disk and its bytes did not.  Of `head` bytes, those in
 * the sector that they begin in may have.
 */
static bool
is_blank(const struct walk *w, size_t head)
{
	unsigned char room[4096];
	uint64_t sector = (w->at / SECTOR + 1) * SECTOR;
	uint64_t from = sector < w->at + head ? sector : w->at;

	for (uint64_t at = from, n; at < w->size; at += n) {
		n = w->size - at < sizeof(room) ? w->size - at : sizeof(room);
		if (read_at(w->fd, at, room, n))
			return false;
		for (size_t i = 0; i < n; i++)
			if (room[i])
				return false;
	}
	return true;
}

/* --- the file --- */

static int
damage(const struct walk *w, struct err *err)
{
	return err_set(err, ERR_CORRUPT,
	    "'%s' is damaged at byte %ju, where record %ju begins", w->path,
	    (uintmax_t)w->at, (uintmax_t)w->next);
}

static int
walk_batches(struct walk *w, bool last,
    int (*batch)(void *ctx, const struct wal_seen *seen, struct err *err),
    void *ctx, enum wal_end *end, struct err *err)
{
	struct wal_seen seen;

	for (;;) {
		enum step step = next_batch(w, &seen.batch);

		*end = step == STEP_END ? WAL_WHOLE : WAL_TORN;
		if (step == STEP_END)
			return 0;
		if (step == STEP_ERROR)
			return err_sys(err, "cannot read '%s'", w->path);
		if (last &&
		    (step == STEP_TORN ||
		        (step == STEP_DAMAGE && is_blank(w, WAL_BATCH_LEN))))
			return 0;
		if (step != STEP_BATCH)
			return damage(w, err);
		seen.records = w->records;
		seen.offsets = w->offsets;
		if (batch(ctx, &seen, err))
			return -1;
		w->next += seen.batch.count;
	}
}

static bool
is_named(const char *path, uint64_t first)
{
	const char *slash = strrchr(path, '/');
	char name[WAL_NAME_MAX];

	wal_name(name, first);
	return !strcmp(slash ? slash + 1 : path, name);
}

static int
read_head(struct walk *w, bool last, enum wal_end *end, struct err *err)
{
	unsigned char head[WAL_HEAD_LEN], again[WAL_HEAD_LEN];
	struct stat st;

	*end = WAL_TORN;
	if (w->fd < 0 || fstat(w->fd, &st))
		return err_sys(err, "cannot open '%s'", w->path);
	w->size = (uint64_t)st.st_size;
	if (w->size < sizeof(head) && last)
		return 0;
	if (w->size < sizeof(head))
		return damage(w, err);
	if (read_at(w->fd, 0, head, sizeof(head)))
		return err_sys(err, "cannot read '%s'", w->path);
	w->next = get_u64(head + 16);
	wal_head(again, w->next);
	if (memcmp(head, again, sizeof(head)) != 0)
		return last && is_blank(w, 0) ? 0 : damage(w, err);
	if (!is_named(w->path, w->next))
		return err_set(err, ERR_CORRUPT,
		    "'%s' is damaged, or has another's name: its head says "
		    "that it begins with record %ju",
		    w->path, (uintmax_t)w->next);
	wal_head_seal(head, w->seal);
	w->at = sizeof(head);
	return 0;
}

static void
release(struct walk *w)
{
	if (w->fd >= 0)
		close(w->fd);
	sha256_free(w->sha);
	buf_release(&w->body);
	buf_release(&w->text);
	free(w->streams);
	free(w->marks);
	free(w->records);
	free(w->offsets);
	free(w->leaves);
}

/*
 * Seven parameters: what to walk over, whom to call, what a walk finds.
 * NOLINTBEGIN(readability-function-size)
 */
int
wal_walk(const char *path, bool last,
    int (*batch)(void *ctx, const struct wal_seen *seen, struct err *err),
    void *ctx, enum wal_end *end, uint64_t *good, struct err *err)
{
	struct walk w = {.path = path, .sha = sha256_new()};
	int status;

	w.fd = open(path, O_RDONLY | O_CLOEXEC);
	status = read_head(&w, last, end, err);
	if (!status && w.at)
		status = walk_batches(&w, last, batch, ctx, end, err);
	*good = w.at;
	release(&w);
	return status;
}
/* NOLINTEND(readability-function-size) */

/* --- one batch, anywhere --- */

struct wal_reader {
	struct walk walk;
	char *path; /* owned */
};

struct wal_reader *
wal_reader_new(void)
{
	struct wal_reader *reader = xcalloc(1, sizeof(*reader));

	reader->walk.fd = -1;
	reader->walk.sha = sha256_new();
	return reader;
}

void
wal_reader_free(struct wal_reader *reader)
{
	if (!reader)
		return;
	release(&reader->walk);
	free(reader->path);
	free(reader);
}

int
wal_reader_open(struct wal_reader *reader, const char *path, struct err *err)
{
	struct walk *w = &reader->walk;

	if (w->fd >= 0)
		close(w->fd);
	free(reader->path);
	reader->path = xstrdup(path);
	w->path = reader->path;
	w->fd = open(path, O_RDONLY | O_CLOEXEC);
	return w->fd < 0 ? err_sys(err, "cannot open '%s'", path) : 0;
}

int
wal_reader_look(struct wal_reader *reader, uint64_t at, struct wal_place *place,
    struct err *err)
{
	struct walk *w = &reader->walk;
	unsigned char head[WAL_BATCH_LEN];
	size_t body;

	w->at = at;
	if (read_at(w->fd, at, head, sizeof(head))) {
		if (errno)
			return err_sys(err, "cannot read '%s'", w->path);
		return err_set(err, ERR_CORRUPT,
		    "'%s' ends at byte %ju, before its last record", w->path,
		    (uintmax_t)at);
	}
	if (!head_ok(head, &body))
		return err_set(err, ERR_CORRUPT, "'%s' is damaged at byte %ju",
		    w->path, (uintmax_t)at);
	*place = (struct wal_place){.at = at,
	    .next = at + WAL_BATCH_LEN + body + SHA256_LEN,
	    .first = get_u64(head + 8),
	    .count = get_u32(head + 16)};
	return 0;
}

int
wal_reader_batch(struct wal_reader *reader, const struct wal_place *place,
    struct wal_seen *seen, struct err *err)
{
	struct walk *w = &reader->walk;
	enum step step = STEP_ERROR;

	w->at = place->at;
	w->size = place->next;
	w->next = place->first;
	errno = 0;
	if (!wal_last_seal(w->fd, place->at, w->seal))
		step = next_batch(w, &seen->batch);
	if (step == STEP_ERROR && errno)
		return err_sys(err, "cannot read '%s'", w->path);
	if (step != STEP_BATCH)
		return damage(w, err);
	seen->records = w->records;
	seen->offsets = w->offsets;
	return 0;
}

int
wal_reader_damaged(struct wal_reader *reader, const struct wal_place *place,
    struct wal_seen *seen)
{
	struct walk *w = &reader->walk;
	unsigned char head[WAL_BATCH_LEN];
	struct slice tables, rest;
	size_t len = (size_t)(place->next - place->at) - WAL_BATCH_LEN;

	buf_clear(&w->body);
	buf_reserve(&w->body, len);
	w->body.len = len;
	if (read_at(w->fd, place->at, head, sizeof(head)) ||
	    read_at(w->fd, place->at + WAL_BATCH_LEN, w->body.ptr, len) ||
	    !take_tables(w, head, &seen->batch, &tables))
		return -1;
	seen->batch.count = take_frames(w, &seen->batch, &rest);
	seen->batch.leaves = w->leaves;
	seen->records = w->records;
	seen->offsets = w->offsets;
	return 0;
}
