#include "ledger/verify_parts.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "ledger/dir.h"
#include "ledger/wal.h"

#define CHUNK 256 /* leaf hashes that are read at once */

/* A walk over all files of the WAL. */
struct walk {
	struct verify *verify;
	const char *path; /* of the file that is read */
	uint64_t bytes;   /* in the files before it, and in it */
	uint64_t next;    /* index of the record that must come next */
	struct merkle_edge edge;
};

/* The upper hash files: the nodes that a leaf completes. */
static int
compare_nodes(struct walk *walk, const struct merkle_hash *done, unsigned count,
    struct err *err)
{
	const struct merkle_source *source = &walk->verify->source;

	for (unsigned level = HASHES_STEP; level < count;
	     level += HASHES_STEP) {
		uint64_t index = (walk->edge.size >> level) - 1;
		struct merkle_hash kept;

		if (source->read(source->ctx, level, index, &kept, err))
			return -1;
		if (!merkle_eq(&kept, &done[level]))
			return err_set(err, ERR_CORRUPT,
			    "'%s/hash/%u': hash %" PRIu64
			    " does not follow from the leaf hashes of the "
			    "records %" PRIu64 " to %" PRIu64,
			    walk->verify->dir, level, index, index << level,
			    walk->edge.size - 1);
	}
	return 0;
}

/* At most CHUNK leaves, which the checkpoint signs for. */
static int
compare_leaves(struct walk *walk, const struct merkle_hash *leaves,
    size_t count, struct err *err)
{
	struct merkle_hash kept[CHUNK], done[MERKLE_LEVELS];
	struct verify *verify = walk->verify;

	if (hashes_read(verify->hashes, walk->edge.size, kept, count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		unsigned levels;

		if (!merkle_eq(&leaves[i], &kept[i]))
			return err_set(err, ERR_CORRUPT,
			    "'%s/hash/0': hash %" PRIu64
			    " is not that of the record, which is in '%s'",
			    verify->dir, walk->edge.size, walk->path);
		levels =
		    merkle_append(verify->sha, &walk->edge, &leaves[i], done);
		if (compare_nodes(walk, done, levels, err))
			return -1;
	}
	return 0;
}

/* A record that lets another key sign is known as such. */
static int
check_changes(struct walk *walk, const struct wal_seen *seen, struct err *err)
{
	const struct wal_batch *batch = &seen->batch;
	struct verify *verify = walk->verify;

	for (uint32_t i = 0; i < batch->count; i++) {
		uint64_t index = batch->first + i;
		uint32_t stream = seen->records[i].stream;

		if (index < verify->report->tree.size &&
		    verify_change_known(
		        verify, index, batch->streams[stream].source, err))
			return -1;
	}
	return 0;
}

/* wal_walk() has made the leaves from the records. */
static int
compare_batch(void *ctx, const struct wal_seen *seen, struct err *err)
{
	const struct wal_batch *batch = &seen->batch;
	struct walk *walk = ctx;
	struct verify *verify = walk->verify;
	uint64_t size = verify->report->tree.size;
	size_t done = 0;

	if (batch->first != walk->next)
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %" PRIu64 " stands where record %" PRIu64
		    " should",
		    walk->path, batch->first, walk->next);
	if (check_changes(walk, seen, err))
		return -1;
	walk->next += batch->count;
	while (done < batch->count && walk->edge.size < size) {
		size_t n = batch->count - done;

		if (n > CHUNK)
			n = CHUNK;
		if (n > size - walk->edge.size)
			n = (size_t)(size - walk->edge.size);
		if (compare_leaves(walk, batch->leaves + done, n, err))
			return -1;
		done += n;
	}
	walk->bytes += batch->frames.len;
	if (verify->options->progress)
		verify->options->progress(
		    verify->options->progress_ctx, walk->bytes, walk->next);
	return 0;
}

static int
count_torn(struct walk *walk, uint64_t good, struct err *err)
{
	struct stat st;

	if (stat(walk->path, &st))
		return err_sys(err, "cannot look at '%s'", walk->path);
	walk->verify->report->torn_bytes = (uint64_t)st.st_size - good;
	return 0;
}

static int
walk_files(struct walk *walk, const struct dir_wals *wals, struct err *err)
{
	for (size_t i = 0; i < wals->count; i++) {
		const struct dir_wal *file = &wals->files[i];
		enum wal_end end = WAL_WHOLE;
		uint64_t good = 0;

		walk->path = file->path;
		if (file->first != walk->next)
			return err_set(err, ERR_CORRUPT,
			    "'%s': its name is not %020" PRIu64
			    ", the record that comes next",
			    file->path, walk->next);
		if (wal_walk(file->path, i + 1 == wals->count, compare_batch,
		        walk, &end, &good, err))
			return -1;
		if (end == WAL_TORN && count_torn(walk, good, err))
			return -1;
	}
	return 0;
}

/* That the walk came as far as `end`. */
static int
check_end(
    const struct walk *walk, uint64_t end, const char *what, struct err *err)
{
	const struct verify *verify = walk->verify;

	if (walk->next >= end)
		return 0;
	return err_set(err, ERR_CORRUPT,
	    "'%s': the records %" PRIu64 " to %" PRIu64 ", %s, are %s",
	    walk->path ? walk->path : verify->dir, walk->next, end - 1, what,
	    verify->report->torn_bytes ? "damaged or cut off" : "not there");
}

int
verify_records(struct verify *verify, struct err *err)
{
	struct verify_report *report = verify->report;
	struct walk walk = {.verify = verify};
	struct dir_wals wals = {0};
	uint64_t known = 0;
	int status;

	/* Counted first: a writer adds records before their hashes. */
	status = hashes_count(verify->hashes, &known, err);
	if (!status)
		status = dir_wals_read(&wals, verify->dir, err);
	if (!status)
		status = walk_files(&walk, &wals, err);
	if (!status)
		status = check_end(&walk, report->tree.size,
		    "for which the checkpoint signs", err);
	if (!status)
		status =
		    check_end(&walk, known, "which have a hash in hash/0", err);
	report->compared = walk.edge.size;
	report->behind = walk.next - walk.edge.size;
	dir_wals_release(&wals);
	return status;
}
