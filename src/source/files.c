#include "source/files.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"

#define DEPTH_MAX 64

static void
add(struct files *files, const char *path, const struct stat *st)
{
	if (files->count == files->size) {
		files->size = files->size ? files->size * 2 : 64;
		files->names =
		    xrealloc(files->names, files->size * sizeof(*files->names));
	}
	files->names[files->count++] =
	    arena_copy(&files->arena, slice_cstr(path)).ptr;
	files->bytes += (uint64_t)st->st_size;
}

static int
add_folder(
    struct files *files, const char *path, unsigned depth, struct err *err)
{
	struct dirent **entries;
	int n, status = 0;

	if (depth > DEPTH_MAX)
		return err_set(
		    err, ERR_LIMIT, "'%s': folders nested too deeply", path);
	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0)
		return err_sys(err, "cannot read folder '%s'", path);
	for (int i = 0; i < n; i++) {
		const char *name = entries[i]->d_name;
		size_t len = strlen(path);
		const char *slash = len && path[len - 1] == '/' ? "" : "/";
		const char *child;
		struct stat st;

		if (name[0] == '.' || status)
			continue;
		child = arena_printf(&files->arena, "%s%s%s", path, slash, name)
		            .ptr;
		if (lstat(child, &st))
			continue; /* gone since */
		if (S_ISLNK(st.st_mode) && stat(child, &st))
			continue;
		if (S_ISDIR(st.st_mode) && entries[i]->d_type != DT_LNK)
			status = add_folder(files, child, depth + 1, err);
		else if (S_ISREG(st.st_mode))
			add(files, child, &st);
	}
	for (int i = 0; i < n; i++)
		free(entries[i]);
	free(entries);
	return status;
}

int
files_add(struct files *files, const char *path, struct err *err)
{
	struct stat st = {0};

	if (!strcmp(path, "-")) {
		add(files, path, &st);
		return 0;
	}
	if (stat(path, &st))
		return err_sys(err, "cannot open '%s'", path);
	if (S_ISDIR(st.st_mode))
		return add_folder(files, path, 0, err);
	add(files, path, &st);
	return 0;
}

void
files_release(struct files *files)
{
	arena_release(&files->arena);
	free(files->names);
	*files = (struct files){0};
}
