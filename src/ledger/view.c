#include "ledger/view.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"
#include "ledger/hashes.h"
#include "ledger/head.h"
#include "ledger/sealed.h"
#include "ledger/wal_reader.h"

/*
 * The checkpoint is read first, and then which files there are: what it signs
 * was on disk before it was, so all of it is found.  Records are looked for in
 * the segments first.  Of the WAL behind them an index is made from the heads
 * of the batches alone; a batch is read, and verified, when a record of it is
 * asked for.
 */
struct batch {
	struct wal_place place;
	size_t file; /* which of wals.files */
};

/* A batch that was read stays until its place is needed. */
struct cached {
	struct wal_reader *reader;
	size_t file;  /* that the reader has open, + 1; 0: none */
	size_t batch; /* that `seen` holds, + 1; 0: none */
	struct wal_seen seen;
	uint64_t used; /* when: a count of uses */
};

#define CACHED 4

struct view {
	int lock; /* against who removes files; -1: nobody does */
	struct head head;
	struct sealed *sealed;
	struct hashes *hashes;
	struct dir_wals wals;
	struct batch *batches; /* owned; those with records, in order */
	size_t count, room;
	struct cached cache[CACHED];
	uint64_t uses;
};

struct slice
view_origin(const struct view *view)
{
	return buf_slice(&view->head.origin);
}

const struct merkle_head *
view_tree(const struct view *view)
{
	return &view->head.tree;
}

struct slice
view_checkpoint(const struct view *view)
{
	return buf_slice(&view->head.note);
}

const struct key *
view_keys(const struct view *view, size_t *count)
{
	*count = view->head.key_count;
	return view->head.keys;
}

struct merkle_source
view_source(struct view *view)
{
	return hashes_source(view->hashes);
}

const struct manifest *
view_manifest(const struct view *view)
{
	return sealed_manifest(view->sealed);
}

/* --- the index --- */

static void
add_batch(struct view *view, const struct wal_place *place, size_t file)
{
	if (view->count == view->room) {
		view->room = view->room ? 2 * view->room : 64;
		view->batches = xrealloc(
		    view->batches, view->room * sizeof(*view->batches));
	}
	view->batches[view->count++] = (struct batch){*place, file};
}

/*
 * The batches of a file, up to the record behind the view's last; those of
 * which all is sealed are not kept.
 */
static int
index_file(struct view *view, struct wal_reader *reader, size_t file,
    uint64_t *next, struct err *err)
{
	const struct dir_wal *wal = &view->wals.files[file];
	uint64_t size = view->head.tree.size, end = size;
	uint64_t sealed = sealed_end(view->sealed);
	uint64_t at = WAL_FIRST;
	struct wal_place place;

	if (file + 1 < view->wals.count && wal[1].first < size)
		end = wal[1].first;
	if (wal->first != *next)
		return err_set(err, ERR_CORRUPT,
		    "'%s' should begin with record %ju: a file of the WAL is "
		    "missing",
		    wal->path, (uintmax_t)*next);
	if (wal_reader_open(reader, wal->path, err))
		return -1;
	for (; *next < end; at = place.next) {
		if (wal_reader_look(reader, at, &place, err))
			return -1;
		if (place.first != *next)
			return err_set(err, ERR_CORRUPT,
			    "'%s': record %ju where record %ju should be",
			    wal->path, (uintmax_t)place.first,
			    (uintmax_t)*next);
		if (place.count && place.first + place.count > sealed)
			add_batch(view, &place, file);
		*next += place.count;
	}
	return 0;
}

/* The first file that has more than what is sealed, and where it begins. */
static size_t
first_file(const struct view *view, uint64_t *next)
{
	const struct dir_wals *wals = &view->wals;
	uint64_t sealed = sealed_end(view->sealed);
	size_t i = 0;

	while (i + 1 < wals->count && wals->files[i + 1].first <= sealed)
		i++;
	*next = i < wals->count && wals->files[i].first <= sealed
	            ? wals->files[i].first
	            : sealed;
	return i;
}

static int
make_index(struct view *view, const char *dir, struct err *err)
{
	struct wal_reader *reader = wal_reader_new();
	uint64_t next = 0, size = view->head.tree.size;
	int status = dir_wals_read(&view->wals, dir, err);
	size_t i = status ? 0 : first_file(view, &next);

	for (; !status && i < view->wals.count && next < size; i++)
		status = index_file(view, reader, i, &next, err);
	if (!status && next < size)
		status = err_set(err, ERR_CORRUPT,
		    "the checkpoint of '%s' is over %ju records, but the files "
		    "hold %ju",
		    dir, (uintmax_t)size, (uintmax_t)next);
	wal_reader_free(reader);
	return status;
}

int
view_open(struct view **out, const char *dir, struct err *err)
{
	struct view *view = xcalloc(1, sizeof(*view));

	view->lock = -1;
	if (head_is(dir, err) ||
	    dir_lock_shared(dir, DIR_READERS, &view->lock, err) ||
	    head_read(&view->head, dir, err) ||
	    sealed_open(&view->sealed, dir, false, err) ||
	    make_index(view, dir, err) ||
	    hashes_open(&view->hashes, dir, false, err)) {
		view_close(view);
		return -1;
	}
	*out = view;
	return 0;
}

static int
keep_note(struct view *view, struct slice note, struct err *err)
{
	struct merkle_head tree;

	if (head_checkpoint(&view->head, note, &tree, err))
		return -1;
	if (tree.size != view->head.tree.size ||
	    !merkle_eq(&tree.root, &view->head.tree.root))
		return err_set(err, ERR_CORRUPT,
		    "a checkpoint that was kept is of another log");
	buf_clear(&view->head.note);
	buf_slice_add(&view->head.note, note);
	return 0;
}

int
view_limit(struct view *view, uint64_t size, struct slice note, struct err *err)
{
	struct merkle_source source = view_source(view);
	struct merkle_head *tree = &view->head.tree;
	struct sha256 *sha;
	int status;

	if (size > tree->size)
		return err_set(err, ERR_USAGE,
		    "the checkpoint is over %ju records, not %ju",
		    (uintmax_t)tree->size, (uintmax_t)size);
	sha = sha256_new();
	status = merkle_range_hash(
	    sha, (struct merkle_range){0, size}, &source, &tree->root, err);
	sha256_free(sha);
	tree->size = size;
	if (!status && note.len)
		status = keep_note(view, note, err);
	return status;
}

void
view_close(struct view *view)
{
	if (!view)
		return;
	for (size_t i = 0; i < CACHED; i++)
		wal_reader_free(view->cache[i].reader);
	sealed_close(view->sealed);
	hashes_close(view->hashes);
	dir_wals_release(&view->wals);
	head_release(&view->head);
	free(view->batches);
	/* Last: until here nothing was removed. */
	if (view->lock >= 0)
		close(view->lock);
	free(view);
}

/* --- records --- */

/* Which batch holds the record: the last that does not begin behind it. */
static size_t
find_batch(const struct view *view, uint64_t index)
{
	size_t low = 0, high = view->count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (view->batches[middle].place.first <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The place that holds the batch, or the one that was not used for longest. */
static struct cached *
choose(struct view *view, size_t batch)
{
	struct cached *best = &view->cache[0];

	for (size_t i = 0; i < CACHED; i++) {
		struct cached *c = &view->cache[i];

		if (c->batch == batch + 1)
			return c;
		if (c->used < best->used)
			best = c;
	}
	return best;
}

/* What the batch holds; NULL if it cannot be read. */
static const struct wal_seen *
read_batch(struct view *view, size_t batch, struct err *err)
{
	struct cached *c = choose(view, batch);
	size_t file = view->batches[batch].file;

	c->used = ++view->uses;
	if (c->batch == batch + 1)
		return &c->seen;
	c->batch = 0;
	if (!c->reader)
		c->reader = wal_reader_new();
	if (c->file != file + 1) {
		c->file = 0;
		if (wal_reader_open(
		        c->reader, view->wals.files[file].path, err))
			return NULL;
		c->file = file + 1;
	}
	if (wal_reader_batch(
	        c->reader, &view->batches[batch].place, &c->seen, err))
		return NULL;
	c->batch = batch + 1;
	return &c->seen;
}

static int
check_record(const struct view *view, uint64_t index, struct err *err)
{
	uint64_t size = view->head.tree.size;

	if (index < size)
		return 0;
	return err_set(err, ERR_USAGE,
	    "there is no record %ju: the checkpoint is over %ju",
	    (uintmax_t)index, (uintmax_t)size);
}

int
view_record(struct view *view, uint64_t index, struct frame *frame,
    struct stream *stream, struct err *err)
{
	const struct wal_seen *seen;
	size_t i;

	if (check_record(view, index, err))
		return -1;
	if (index < sealed_end(view->sealed))
		return sealed_record(view->sealed, index, frame, stream, err);
	seen = read_batch(view, find_batch(view, index), err);
	if (!seen)
		return -1;
	i = (size_t)(index - seen->batch.first);
	*frame = seen->records[i];
	*stream = seen->batch.streams[frame->stream];
	return 0;
}

int
view_walk(struct view *view, uint64_t first, uint64_t end,
    int (*record)(void *ctx, uint64_t index, const struct frame *frame,
        const struct stream *stream, struct err *err),
    void *ctx, struct err *err)
{
	uint64_t index = first, sealed = sealed_end(view->sealed);

	if (first < end && check_record(view, end - 1, err))
		return -1;
	for (; index < end && index < sealed; index++) {
		struct stream stream;
		struct frame frame;

		if (sealed_record(view->sealed, index, &frame, &stream, err) ||
		    record(ctx, index, &frame, &stream, err))
			return -1;
	}
	for (size_t b = find_batch(view, index); index < end; b++) {
		const struct wal_seen *seen = read_batch(view, b, err);
		size_t i;

		if (!seen)
			return -1;
		i = (size_t)(index - seen->batch.first);
		for (; i < seen->batch.count && index < end; i++, index++) {
			const struct frame *frame = &seen->records[i];

			if (record(ctx, index, frame,
			        &seen->batch.streams[frame->stream], err))
				return -1;
		}
	}
	return 0;
}
