#include "ledger/verify_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ledger/dir.h"
#include "ledger/segment.h"
#include "ledger/wal_reader.h"

#define CHUNK 256 /* leaf hashes that are read at once */

/* A walk over all segments, and all files of the WAL. */
struct walk {
	struct verify *verify;
	const char *path; /* of the file that is read */
	uint64_t bytes;   /* in the files before it, and in it */
	uint64_t next;    /* index of the record that must come next */
	bool verified;    /* the batch that is looked at did */
	struct merkle_edge edge;
};

static void
show(const struct walk *walk)
{
	const struct verify_options *options = walk->verify->options;

	if (options->progress)
		options->progress(
		    options->progress_ctx, walk->bytes, walk->next);
}

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

/* The next leaf of the tree, if the checkpoint signs for it. */
static int
take_leaf(struct walk *walk, const struct merkle_hash *leaf, struct err *err)
{
	struct verify *verify = walk->verify;
	struct merkle_hash done[MERKLE_LEVELS];
	unsigned levels;

	if (walk->edge.size >= verify->report->tree.size)
		return 0;
	levels = merkle_append(verify->sha, &walk->edge, leaf, done);
	return compare_nodes(walk, done, levels, err);
}

/*
 * At most CHUNK leaves from record `first` on.  Those that are sealed, too,
 * were taken into the tree before: they must be the same here.
 */
static int
compare_leaves(struct walk *walk, uint64_t first,
    const struct merkle_hash *leaves, size_t count, struct err *err)
{
	struct merkle_hash kept[CHUNK];
	struct verify *verify = walk->verify;

	if (hashes_read(verify->hashes, first, kept, count, err))
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (!merkle_eq(&leaves[i], &kept[i]))
			return err_set(err, ERR_CORRUPT,
			    "'%s/hash/0': hash %" PRIu64
			    " is not that of the record, which is in '%s'",
			    verify->dir, first + i, walk->path);
		if (first + i >= walk->edge.size &&
		    take_leaf(walk, &leaves[i], err))
			return -1;
	}
	return 0;
}

/* --- segments --- */

static int
take_sealed(void *ctx, const struct stream *stream,
    const struct merkle_hash *leaf, struct err *err)
{
	struct walk *walk = ctx;
	struct verify *verify = walk->verify;
	uint64_t index = walk->next++;

	if (index < verify->report->tree.size &&
	    verify_change_known(verify, index, stream->source, err))
		return -1;
	return take_leaf(walk, leaf, err);
}

static int
walk_segments(
    struct walk *walk, const struct manifest *manifest, struct err *err)
{
	struct verify *verify = walk->verify;
	const struct segment_checker checker = {
	    .hashes = verify->hashes, .record = take_sealed, .ctx = walk};

	for (size_t i = 0; i < manifest->count; i++) {
		const struct segment *s = &manifest->list[i];
		char *path = segment_path(verify->dir, s, SEGMENT_RAW);
		struct stat st;

		if (!stat(path, &st))
			walk->bytes += (uint64_t)st.st_size;
		free(path);
		if (segment_check(s, verify->dir, &checker, err))
			return -1;
		show(walk);
	}
	verify->report->segments = manifest->count;
	verify->report->sealed = manifest_end(manifest);
	return 0;
}

/* --- the WAL --- */

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

	walk->verified = true;
	if (batch->first != walk->next)
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %" PRIu64 " stands where record %" PRIu64
		    " should",
		    walk->path, batch->first, walk->next);
	if (check_changes(walk, seen, err))
		return -1;
	while (done < batch->count && batch->first + done < size) {
		size_t n = batch->count - done;

		if (n > CHUNK)
			n = CHUNK;
		if (n > size - batch->first - done)
			n = (size_t)(size - batch->first - done);
		if (compare_leaves(walk, batch->first + done,
		        batch->leaves + done, n, err))
			return -1;
		done += n;
	}
	walk->verified = false;
	walk->next += batch->count;
	walk->bytes += batch->frames.len;
	show(walk);
	return 0;
}

/*
 * Which record of the batch that did not verify is not that of its hash, for
 * the message; the batch has those from walk->next on.
 */
static void
name_record(const struct walk *walk, struct err *err)
{
	struct wal_reader *reader = wal_reader_new();
	struct wal_place place = {.next = WAL_FIRST};
	struct merkle_hash kept;
	struct wal_seen seen;
	uint32_t i = 0;

	if (wal_reader_open(reader, walk->path, NULL))
		goto out;
	do
		if (wal_reader_look(reader, place.next, &place, NULL))
			goto out;
	while (place.first + place.count <= walk->next);
	if (wal_reader_damaged(reader, &place, &seen))
		goto out;
	for (; i < seen.batch.count; i++)
		if (hashes_read(walk->verify->hashes, place.first + i, &kept, 1,
		        NULL) ||
		    !merkle_eq(&kept, &seen.batch.leaves[i]))
			break;
	/* All are right: it is something beside them. */
	if (i < place.count)
		err_set(err, ERR_CORRUPT, "'%s': record %" PRIu64 " is damaged",
		    walk->path, place.first + i);
out:
	wal_reader_free(reader);
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
	/* Records may be in a segment and still in the WAL. */
	if (wals->count && wals->files[0].first < walk->next)
		walk->next = wals->files[0].first;
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
		        walk, &end, &good, err)) {
			if (err && err->code == ERR_CORRUPT && !walk->verified)
				name_record(walk, err);
			return -1;
		}
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
	struct manifest manifest = {0};
	struct dir_wals wals = {0};
	uint64_t known = 0, sealed = 0;
	int status;

	/* Counted first: a writer adds records before their hashes. */
	status = hashes_count(verify->hashes, &known, err);
	if (!status)
		status = manifest_read(&manifest, verify->dir, err);
	if (!status)
		status = dir_wals_read(&wals, verify->dir, err);
	if (!status)
		status = walk_segments(&walk, &manifest, err);
	sealed = walk.next;
	if (!status)
		status = walk_files(&walk, &wals, err);
	if (!status && walk.next < sealed && wals.count)
		status = check_end(&walk, sealed, "which are sealed", err);
	if (walk.next < sealed)
		walk.next = sealed;
	if (!status)
		status = check_end(&walk, report->tree.size,
		    "for which the checkpoint signs", err);
	if (!status)
		status =
		    check_end(&walk, known, "which have a hash in hash/0", err);
	report->compared = walk.edge.size;
	report->behind = walk.next - walk.edge.size;
	manifest_release(&manifest);
	dir_wals_release(&wals);
	return status;
}
