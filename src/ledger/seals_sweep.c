#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"
#include "ledger/seals_part.h"
#include "ledger/wal_reader.h"

/* --- segments --- */

static int
by_name(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* The paths of all files that the manifest names or implies, sorted. */
static char **
named_files(const struct seals *seals, size_t *count)
{
	const struct manifest *m = &seals->manifest;
	char **names = xcalloc(m->count * SEGMENT_ALL + 1,
	    sizeof(*names)); /* NOLINT(bugprone-sizeof-*) */

	*count = 0;
	for (size_t i = 0; i < m->count; i++)
		for (int k = 0; k < SEGMENT_ALL; k++)
			names[(*count)++] = segment_path(
			    seals->dir, &m->list[i], (enum segment_file)k);
	qsort(names, *count, sizeof(*names), by_name);
	return names;
}

struct names {
	char **list;
	size_t count;
};

/* Removes from the folder what is not named; the folder, too, if it is empty.
 */
static int
sweep_folder(const char *folder, struct names names, struct err *err)
{
	DIR *stream = opendir(folder);
	const struct dirent *entry;
	bool removed = false;
	int status = 0;

	if (!stream)
		return err_sys(err, "cannot open folder '%s'", folder);
	while (!status && (entry = readdir(stream))) {
		char *path;

		if (entry->d_name[0] == '.')
			continue;
		path = dir_path(folder, entry->d_name);
		if (!bsearch(&path, names.list, names.count,
		        sizeof(*names.list), by_name)) {
			removed = true;
			if (unlink(path))
				status =
				    err_sys(err, "cannot remove '%s'", path);
		}
		free(path);
	}
	closedir(stream);
	if (!status && removed && rmdir(folder))
		status = dir_sync(folder, err);
	return status;
}

static int
sweep_segments(struct seals *seals, struct err *err)
{
	DIR *stream = opendir(seals->path);
	const struct dirent *entry;
	struct names names;
	int status = 0;

	if (!stream)
		return err_sys(err, "cannot open folder '%s'", seals->path);
	names.list = named_files(seals, &names.count);
	while (!status && (entry = readdir(stream))) {
		char *path;

		/* The days, and not the folder of drafts. */
		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		path = dir_path(seals->path, entry->d_name);
		status = sweep_folder(path, names, err);
		free(path);
	}
	closedir(stream);
	for (size_t i = 0; i < names.count; i++)
		free(names.list[i]);
	free(names.list);
	return status;
}

/* --- the WAL --- */

/*
 * A file goes when all of its records are sealed and the next one has a batch:
 * that has the marks which the file had.
 */
static bool
has_batch(const char *path)
{
	struct wal_reader *reader = wal_reader_new();
	struct wal_place place;
	bool has = !wal_reader_open(reader, path, NULL) &&
	           !wal_reader_look(reader, WAL_FIRST, &place, NULL);

	wal_reader_free(reader);
	return has;
}

static int
sweep_wal(struct seals *seals, struct err *err)
{
	uint64_t end = manifest_end(&seals->manifest);
	struct dir_wals wals = {0};
	bool removed = false;
	int status = dir_wals_read(&wals, seals->dir, err);

	for (size_t i = 0; !status && i + 1 < wals.count; i++) {
		if (wals.files[i + 1].first > end ||
		    !has_batch(wals.files[i + 1].path))
			break;
		/* From now on nothing else has the hashes of its records. */
		if (!removed)
			status = hashes_sync(seals->hashes, err);
		removed = true;
		if (!status && unlink(wals.files[i].path))
			status = err_sys(
			    err, "cannot remove '%s'", wals.files[i].path);
	}
	dir_wals_release(&wals);
	if (!status && removed) {
		char *path = dir_path(seals->dir, "wal");

		status = dir_sync(path, err);
		free(path);
	}
	return status;
}

int
seals_sweep(struct seals *seals, bool *left, struct err *err)
{
	struct err why = {0};
	int lock, status;

	*left = false;
	if (dir_lock(seals->dir, DIR_READERS, &lock, &why)) {
		*left = why.code == ERR_LIMIT;
		if (!*left && err)
			*err = why;
		return *left ? 0 : -1;
	}
	status = sweep_segments(seals, err);
	if (!status)
		status = sweep_wal(seals, err);
	close(lock);
	return status;
}
