#include "ledger/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "ledger/dir.h"
#include "ledger/hashes.h"
#include "ledger/note.h"
#include "ledger/publish_files.h"
#include "ledger/view.h"

#define WIDTH 256 /* hashes of a tile, texts of a bundle */

struct publish {
	const char *dir, *out;
	int fd; /* of the folder `out`, locked; -1: none yet */
	struct view *view;
	struct hashes *hashes;
	struct merkle_source source; /* of the hashes */
	struct sha256 *sha;
	struct publish_report *report;
	struct buf path;
	struct buf bundle, text, gzip;
	uint64_t in_bundle; /* texts */
};

/* --- the copy as it was --- */

static int
lock_copy(struct publish *p, struct err *err)
{
	if (dir_make_open(p->out, err))
		return -1;
	p->fd = open(p->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->fd < 0)
		return err_sys(err, "cannot open '%s'", p->out);
	if (!flock(p->fd, LOCK_EX | LOCK_NB))
		return 0;
	return errno == EWOULDBLOCK
	           ? err_set(err, ERR_LIMIT,
	                 "another process publishes to '%s'", p->out)
	           : err_sys(err, "cannot lock '%s'", p->out);
}

/* Whether the tree of that size has this root. */
static int
check_root(struct publish *p, const struct merkle_head *tree, const char *what,
    struct err *err)
{
	struct merkle_hash root;

	if (merkle_range_hash(p->sha, (struct merkle_range){0, tree->size},
	        &p->source, &root, err))
		return -1;
	return merkle_eq(&root, &tree->root)
	           ? 0
	           : err_set(err, ERR_CORRUPT,
	                 "'%s/checkpoint' has another root at %" PRIu64
	                 " records than the ledger's hashes",
	                 what, tree->size);
}

static int
check_copy(struct publish *p, struct slice bytes, struct err *err)
{
	struct slice origin = view_origin(p->view);
	uint64_t size = view_tree(p->view)->size;
	struct checkpoint old;
	struct note note;

	if (note_parse(bytes, &note, err) ||
	    checkpoint_parse(note.text, &old, err)) {
		err->code = ERR_CORRUPT;
		return err_context(err, "'%s/checkpoint'", p->out);
	}
	if (!slice_eq(old.origin, origin))
		return err_set(err, ERR_CORRUPT,
		    "'%s' is a copy of '" SLICE_FMT "', not of '" SLICE_FMT "'",
		    p->out, SLICE_ARG(old.origin), SLICE_ARG(origin));
	if (old.tree.size > size)
		return err_set(err, ERR_CORRUPT,
		    "'%s' has %" PRIu64 " records, and the ledger only %" PRIu64
		    ": a log never shrinks",
		    p->out, old.tree.size, size);
	p->report->before = old.tree.size;
	return check_root(p, &old.tree, p->out, err);
}

static int
read_copy(struct publish *p, struct err *err)
{
	char *path = dir_path(p->out, "checkpoint");
	struct buf note = {0};
	bool found = false;
	int status = dir_read(path, NOTE_MAX, &note, &found, err);

	if (!status && found)
		status = check_copy(p, buf_slice(&note), err);
	buf_release(&note);
	free(path);
	return status;
}

/* --- tiles --- */

/* Hashes [first, first + count) of level 8 * `level`. */
static int
read_level(struct publish *p, int level, uint64_t first,
    struct merkle_hash *hashes, size_t count, struct err *err)
{
	if (!level)
		return hashes_read(p->hashes, first, hashes, count, err);
	for (size_t i = 0; i < count; i++)
		if (p->source.read(p->source.ctx, 8 * (unsigned)level,
		        first + i, &hashes[i], err))
			return -1;
	return 0;
}

static int
put_tile(struct publish *p, const struct publish_name *name, struct err *err)
{
	struct merkle_hash hashes[WIDTH];
	size_t count = name->width ? name->width : WIDTH;

	if (read_level(
	        p, name->level, name->number * WIDTH, hashes, count, err))
		return -1;
	publish_path(&p->path, p->out, name);
	p->report->tiles++;
	return publish_put(
	    p->path.ptr, slice_of(hashes, count * sizeof(*hashes)), err);
}

/* Those that the published checkpoint has stay as they are. */
static int
put_tiles(struct publish *p, struct err *err)
{
	uint64_t old = p->report->before, size = p->report->size;

	for (int level = 0; size; level++, old /= WIDTH, size /= WIDTH) {
		struct publish_name name = {level, old / WIDTH, 0};

		for (; name.number < size / WIDTH; name.number++)
			if (put_tile(p, &name, err))
				return -1;
		name.width = (unsigned)(size % WIDTH);
		if (name.width && size != old && put_tile(p, &name, err))
			return -1;
	}
	return 0;
}

/* --- entries --- */

static int
put_bundle(struct publish *p, uint64_t number, unsigned width, struct err *err)
{
	struct publish_name name = {-1, number, width};

	publish_path(&p->path, p->out, &name);
	buf_clear(&p->gzip);
	publish_gzip(&p->gzip, buf_slice(&p->bundle));
	buf_clear(&p->bundle);
	p->in_bundle = 0;
	p->report->bundles++;
	return publish_put(p->path.ptr, buf_slice(&p->gzip), err);
}

static int
add_entry(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	struct publish *p = ctx;
	struct merkle_hash leaf;

	if (frame_leaf(p->sha, frame, stream, &p->text, &leaf))
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %" PRIu64 " has no valid leaf", p->dir,
		    index);
	buf_char(&p->bundle, (char)(p->text.len >> 8));
	buf_char(&p->bundle, (char)p->text.len);
	buf_slice_add(&p->bundle, buf_slice(&p->text));
	return ++p->in_bundle < WIDTH ? 0
	                              : put_bundle(p, index / WIDTH, 0, err);
}

/*
 * The first bundle to be written: the first that is missing, for entries may
 * have been asked for only now, or their first writing was cut off.
 */
static uint64_t
first_missing(struct publish *p)
{
	struct publish_name name = {-1, 0, 0};

	for (; name.number < p->report->before / WIDTH; name.number++) {
		publish_path(&p->path, p->out, &name);
		if (access(p->path.ptr, F_OK))
			break;
	}
	return name.number;
}

static int
put_bundles(struct publish *p, struct err *err)
{
	uint64_t size = p->report->size, first = first_missing(p) * WIDTH;
	unsigned width = (unsigned)(size % WIDTH);

	if (view_walk(p->view, first, size, add_entry, p, err))
		return -1;
	return width ? put_bundle(p, size / WIDTH, width, err) : 0;
}

static bool
has_bundles(const struct publish *p)
{
	return !faccessat(p->fd, "tile/entries", F_OK, 0);
}

/* --- the whole --- */

static int
grow(struct publish *p, bool bundles, struct err *err)
{
	char *checkpoint;
	int status;

	if ((bundles || has_bundles(p)) && put_bundles(p, err))
		return -1;
	if (put_tiles(p, err))
		return -1;
	/* One sync for all: there may be a million files. */
	if (syncfs(p->fd))
		return err_sys(err, "cannot sync '%s'", p->out);
	checkpoint = dir_path(p->out, "checkpoint");
	status = publish_put(checkpoint, view_checkpoint(p->view), err);
	free(checkpoint);
	if (!status && syncfs(p->fd))
		status = err_sys(err, "cannot sync '%s'", p->out);
	return status;
}

int
publish(const char *dir, const char *out, bool bundles,
    struct publish_report *report, struct err *err)
{
	struct publish p = {.dir = dir, .out = out, .fd = -1, .report = report};
	int status = -1;

	*report = (struct publish_report){0};
	p.sha = sha256_new();
	if (view_open(&p.view, dir, err) ||
	    hashes_open(&p.hashes, dir, false, err))
		goto out;
	p.source = hashes_source(p.hashes);
	report->size = view_tree(p.view)->size;
	if (check_root(&p, view_tree(p.view), dir, err) || lock_copy(&p, err) ||
	    read_copy(&p, err) || grow(&p, bundles, err))
		goto out;
	status = 0;
out:
	if (p.fd >= 0)
		close(p.fd);
	hashes_close(p.hashes);
	view_close(p.view);
	sha256_free(p.sha);
	buf_release(&p.path);
	buf_release(&p.bundle);
	buf_release(&p.text);
	buf_release(&p.gzip);
	return status;
}
