#include "ledger/seals.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "ledger/dir.h"
#include "ledger/seals_part.h"
#include "ledger/view.h"

/* Not the name of a day. */
#define DRAFTS "new"

const struct manifest *
seals_manifest(const struct seals *seals)
{
	return &seals->manifest;
}

const char *
seals_folder(const struct seals *seals)
{
	return seals->drafts;
}

/* What who was killed had made. */
static int
clear_drafts(struct seals *seals, struct err *err)
{
	DIR *stream = opendir(seals->drafts);
	const struct dirent *entry;
	int status = 0;

	if (!stream)
		return err_sys(err, "cannot open folder '%s'", seals->drafts);
	while (!status && (entry = readdir(stream))) {
		char *path;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		path = dir_path(seals->drafts, entry->d_name);
		if (remove(path))
			status = err_sys(err, "cannot remove '%s'", path);
		free(path);
	}
	closedir(stream);
	return status;
}

int
seals_open(struct seals **out, const char *dir, struct err *err)
{
	struct seals *seals = xcalloc(1, sizeof(*seals));
	struct view *view = NULL;
	int status;

	seals->dir = xstrdup(dir);
	seals->path = dir_path(dir, "segment");
	seals->drafts = dir_path(seals->path, DRAFTS);
	seals->lock = -1;
	/* That it is a ledger is looked at before anything is made in it. */
	status = view_open(&view, dir, err) ||
	         dir_lock(dir, DIR_SEALER, &seals->lock, err) ||
	         dir_make(seals->drafts, err) || clear_drafts(seals, err) ||
	         manifest_read(&seals->manifest, dir, err) ||
	         hashes_open(&seals->hashes, dir, false, err);
	view_close(view);
	if (status) {
		seals_close(seals);
		return -1;
	}
	*out = seals;
	return 0;
}

void
seals_close(struct seals *seals)
{
	if (!seals)
		return;
	hashes_close(seals->hashes);
	manifest_release(&seals->manifest);
	if (seals->lock >= 0)
		close(seals->lock);
	free(seals->dir);
	free(seals->path);
	free(seals->drafts);
	free(seals);
}

int
seals_next(
    struct seals *seals, uint64_t most, struct segment *next, struct err *err)
{
	uint64_t size, first = manifest_end(&seals->manifest);
	char room[TIME_TEXT_MAX];
	struct stream stream;
	struct frame frame;
	struct view *view;
	int status = 0;

	*next = (struct segment){.first = first, .end = first};
	if (view_open(&view, seals->dir, err))
		return -1;
	size = view_tree(view)->size;
	if (first < size) {
		status = view_record(view, first, &frame, &stream, err);
		next->end = size - first < most ? size : first + most;
	}
	if (first < size && !status)
		memcpy(next->day, time_format(frame.received_us, room).ptr,
		    SEGMENT_DAY);
	view_close(view);
	return status;
}

/* --- putting in place --- */

/* The file of one kind, from where it was made to where it stays. */
static int
place_file(struct seals *seals, const struct segment *made,
    enum segment_file file, struct err *err)
{
	char *draft = segment_draft(seals->drafts, made, file);
	char *path = segment_path(seals->dir, made, file);
	int status = 0;

	if (!access(draft, F_OK) && rename(draft, path))
		status = err_sys(err, "cannot put '%s' in its place", draft);
	free(draft);
	free(path);
	return status;
}

static int
place_files(struct seals *seals, const struct segment *made, struct err *err)
{
	char *day = dir_path(seals->path, made->day);
	int status = dir_make(day, err);

	for (int i = 0; i < SEGMENT_ALL && !status; i++)
		status = place_file(seals, made, (enum segment_file)i, err);
	if (!status)
		status = dir_sync(day, err);
	if (!status)
		status = dir_sync(seals->path, err);
	free(day);
	return status;
}

/* In place, and what the log says. */
static int
accept_files(struct seals *seals, const struct segment *made, struct err *err)
{
	const struct segment_checker checker = {.hashes = seals->hashes};

	return place_files(seals, made, err) ||
	               segment_check(made, seals->dir, &checker, err)
	           ? -1
	           : 0;
}

int
seals_add(struct seals *seals, const struct segment *made, struct err *err)
{
	if (made->first != manifest_end(&seals->manifest))
		return err_set(err, ERR_CORRUPT,
		    "a segment of record %ju where record %ju comes next",
		    (uintmax_t)made->first,
		    (uintmax_t)manifest_end(&seals->manifest));
	if (accept_files(seals, made, err))
		return -1;
	manifest_add(&seals->manifest, made);
	return manifest_write(&seals->manifest, seals->dir, err);
}

int
seals_replace(struct seals *seals, size_t at, size_t count,
    const struct segment *made, struct err *err)
{
	const struct segment *old = &seals->manifest.list[at];

	if (made->first != old[0].first || made->end != old[count - 1].end ||
	    strcmp(made->day, old[0].day) != 0)
		return err_set(err, ERR_CORRUPT,
		    "a segment of other records than those that it is to "
		    "replace");
	if (accept_files(seals, made, err))
		return -1;
	manifest_replace(&seals->manifest, at, count, made);
	return manifest_write(&seals->manifest, seals->dir, err);
}
