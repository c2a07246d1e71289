#include "source/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"

#define DEPTH_MAX 64

static struct files_entry *
add(struct files *files, const char *path, const struct stat *st)
{
	struct files_entry *entry;

	if (files->count == files->size) {
		files->size = files->size ? files->size * 2 : 64;
		files->list =
		    xrealloc(files->list, files->size * sizeof(*files->list));
	}
	entry = &files->list[files->count++];
	*entry = (struct files_entry){
	    .name = arena_copy(&files->arena, slice_cstr(path)).ptr,
	    .device = st->st_dev,
	    .inode = st->st_ino,
	    .regular = S_ISREG(st->st_mode)};
	if (entry->regular)
		files->bytes += (uint64_t)st->st_size;
	return entry;
}

static void add_folder(struct files *files, const char *path, unsigned depth);

/* Adds what was found in a folder. */
static void
add_found(struct files *files, const char *path, unsigned depth)
{
	struct files_entry *entry;
	struct stat st;
	bool link;

	if (lstat(path, &st))
		return; /* gone since */
	link = S_ISLNK(st.st_mode);
	if (link)
		(void)stat(path, &st); /* leads nowhere: it stays a link */
	if (S_ISDIR(st.st_mode) && !link) {
		add_folder(files, path, depth + 1);
		return;
	}
	entry = add(files, path, &st);
	entry->found = true;
	if (S_ISDIR(st.st_mode))
		entry->why = "a link to a folder";
	else if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
		entry->why = "neither a file nor a folder";
}

static void
add_folder(struct files *files, const char *path, unsigned depth)
{
	size_t len = strlen(path);
	const char *slash = len && path[len - 1] == '/' ? "" : "/";
	struct dirent **entries;
	int n = -1;

	if (depth <= DEPTH_MAX)
		n = scandir(path, &entries, NULL, alphasort);
	if (n < 0) {
		const char *why =
		    depth > DEPTH_MAX ? "nested too deeply" : strerror(errno);

		add(files, path, &(struct stat){0})->why =
		    arena_printf(&files->arena, "cannot read folder: %s", why)
		        .ptr;
		return;
	}
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;

		if (name[0] != '.')
			add_found(files,
			    arena_printf(
			        &files->arena, "%s%s%s", path, slash, name)
			        .ptr,
			    depth);
		free(entries[i]);
	}
	free(entries);
}

int
files_add(struct files *files, const char *path, struct err *err)
{
	struct stat st = {0};

	if (!strcmp(path, "-"))
		(void)fstat(STDIN_FILENO, &st);
	else if (stat(path, &st))
		return err_sys(err, "cannot open '%s'", path);
	if (S_ISDIR(st.st_mode) && strcmp(path, "-") != 0)
		add_folder(files, path, 0);
	else
		add(files, path, &st);
	return 0;
}

int
files_writes(struct files *files, const struct stat *st, struct err *err)
{
	for (size_t i = 0; i < files->count; i++) {
		struct files_entry *entry = &files->list[i];

		if (!entry->regular || entry->device != st->st_dev ||
		    entry->inode != st->st_ino)
			continue;
		if (!entry->found)
			return err_set(err, ERR_USAGE,
			    "'%s' would be read and written at once",
			    entry->name);
		entry->why = "written by this scan";
	}
	return 0;
}

void
files_release(struct files *files)
{
	arena_release(&files->arena);
	free(files->list);
	*files = (struct files){0};
}
