#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/time.h"
#include "cmd/child.h"
#include "cmd/ledger.h"
#include "ledger/dir.h"
#include "ledger/segment.h"
#include "ledger/view.h"

#define RECORDS_MAX 1000000 /* in a segment */

struct seal {
	const char *dir;
	char *path; /* of segment/ */
	struct view *view;
	struct hashes *hashes;
	struct manifest manifest;
	int lock;
};

/* What an earlier run left when it was killed: no manifest names it. */
static void
remove_files(const struct seal *seal, const struct segment *segment)
{
	static const char *const endings[] = {".raw", ".parquet", ".idx"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		char *path = segment_path(seal->dir, segment, endings[i]);

		unlink(path);
		free(path);
	}
}

/* firn-seal makes the files and says what they are. */
static int
make_files(struct seal *seal, struct segment *segment, struct err *err)
{
	struct segment asked = *segment;
	struct buf room = {0}, said = {0};
	struct slice line;
	char *out, first[24], end[24];
	int code;

	buf_printf(&room, "%s/segment/%s", seal->dir, segment->day);
	buf_char(&room, '\0');
	out = room.ptr;
	snprintf(first, sizeof(first), "%ju", (uintmax_t)segment->first);
	snprintf(end, sizeof(end), "%ju", (uintmax_t)segment->end);
	code = dir_make(out, err);
	if (!code) {
		const char *argv[] = {
		    "firn-seal", seal->dir, first, end, out, NULL};

		remove_files(seal, segment);
		code = child_run(argv, SLICE(""), &said, err);
	}
	line = buf_slice(&said);
	if (code > 0)
		err_set(err, ERR_SYSTEM,
		    "firn-seal could not seal records "
		    "%s to %s",
		    first, end);
	else if (!code && (!segment_parse(slice_cut(&line, '\n'), segment) ||
	                      segment->first != asked.first ||
	                      segment->end != asked.end ||
	                      strcmp(segment->day, asked.day) != 0))
		code = err_set(
		    err, ERR_CORRUPT, "firn-seal does not say what it sealed");
	buf_release(&room);
	buf_release(&said);
	return code ? -1 : 0;
}

static int
seal_next(struct seal *seal, uint64_t size, struct err *err)
{
	uint64_t first = manifest_end(&seal->manifest), left = size - first;
	struct segment segment = {.first = first,
	    .end = first + (left < RECORDS_MAX ? left : RECORDS_MAX)};
	char room[TIME_TEXT_MAX];
	struct stream stream;
	struct frame frame;

	if (view_record(seal->view, first, &frame, &stream, err))
		return -1;
	memcpy(
	    segment.day, time_format(frame.received_us, room).ptr, SEGMENT_DAY);
	if (make_files(seal, &segment, err) ||
	    segment_check(&segment, seal->dir, seal->hashes, err))
		return -1;
	if (dir_sync(seal->path, err))
		return -1;
	manifest_add(&seal->manifest, &segment);
	return manifest_write(&seal->manifest, seal->dir, err);
}

/* One sealer at a time; writers and readers go on. */
static int
open_all(struct seal *seal, struct err *err)
{
	int status;

	seal->path = dir_path(seal->dir, "segment");
	status = view_open(&seal->view, seal->dir, err) ||
	         dir_make(seal->path, err) ||
	         dir_lock(seal->path, &seal->lock, err) ||
	         manifest_read(&seal->manifest, seal->dir, err) ||
	         hashes_open(&seal->hashes, seal->dir, false, err);
	return status ? -1 : 0;
}

int
ledger_seal(const struct ledger_args *args, struct err *err)
{
	struct seal seal = {.dir = args->words[0], .lock = -1};
	uint64_t size = 0, before = 0;
	int status = open_all(&seal, err);

	if (!status) {
		size = view_tree(seal.view)->size;
		before = manifest_end(&seal.manifest);
	}
	while (!status && manifest_end(&seal.manifest) < size)
		status = seal_next(&seal, size, err);
	if (!status)
		printf("%12ju  records sealed now\n%12ju  records in %zu "
		       "segments\n",
		    (uintmax_t)(manifest_end(&seal.manifest) - before),
		    (uintmax_t)manifest_end(&seal.manifest),
		    seal.manifest.count);
	hashes_close(seal.hashes);
	view_close(seal.view);
	manifest_release(&seal.manifest);
	free(seal.path);
	if (seal.lock >= 0)
		close(seal.lock);
	if (!status)
		return 0;
	return err->code == ERR_CORRUPT ? 1 : 2;
}
