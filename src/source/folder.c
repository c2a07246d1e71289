#include "source/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/time.h"
#include "coverage/coverage.h"
#include "event/event.h"
#include "ledger/streams.h"
#include "source/file.h"
#include "source/files.h"
#include "json/build.h"

#define SECOND_US ((int64_t)1000000)
#define PATH_KEY  480 /* of a path in a gap's key */

struct folder_config {
	const char *path;
	int64_t poll_us, still_us;
};

static const struct config_row rows[] = {
    {.name = "path",
        .type = CONFIG_PATH,
        .at = offsetof(struct folder_config, path),
        .must = true,
        .help = "the folder"},
    {.name = "poll",
        .type = CONFIG_TIME,
        .at = offsetof(struct folder_config, poll_us),
        .preset = "5 s",
        .min = 100000,
        .max = 3600 * SECOND_US,
        .help = "between two looks"},
    {.name = "still",
        .type = CONFIG_TIME,
        .at = offsetof(struct folder_config, still_us),
        .preset = "5 s",
        .max = 3600 * SECOND_US,
        .help = "how long a file must be unchanged before it is taken"},
};

static const struct config_table table = {.name = "source, kind file",
    .help = "a folder that exports are dropped into",
    .rows = rows,
    .count = sizeof(rows) / sizeof(rows[0])};

/* A file as it was seen last. */
struct seen_file {
	off_t size;
	struct timespec modified;
	ino_t inode;
	bool done; /* given, or found to be no log, as it is */
};

/* Files by their paths, which have numbers in `paths`; all zero is none. */
struct seen_files {
	struct streams paths;
	struct seen_file *list; /* owned */
	size_t size;
};

struct source {
	struct hub *hub;
	const char *name;
	const struct folder_config *config;
	struct seen_files before, now; /* the last look, and this one */
};

static void
files_forget(struct seen_files *files)
{
	streams_release(&files->paths);
	free(files->list);
	*files = (struct seen_files){0};
}

/* As it was at the last look; good until the next call. */
static struct seen_file *
find(struct source *f, const char *path)
{
	struct slice name = slice_cstr(path);
	uint32_t at = streams_number(&f->now.paths, name, SLICE("")), old;

	if (at == f->now.size) {
		f->now.size = f->now.size * 2 + 16;
		f->now.list =
		    xrealloc(f->now.list, f->now.size * sizeof(*f->now.list));
	}
	f->now.list[at] = (struct seen_file){0};
	if (streams_find(&f->before.paths, name, SLICE(""), &old))
		f->now.list[at] = f->before.list[old];
	return &f->now.list[at];
}

static bool
is_being_written(const char *path)
{
	size_t n = strlen(path);

	return (n > 4 && !strcmp(path + n - 4, ".tmp")) ||
	       (n > 5 && !strcmp(path + n - 5, ".part"));
}

/* Whether it has been as it is for long enough, and was not given. */
static bool
is_due(struct source *f, struct seen_file *seen, const struct stat *st)
{
	int64_t modified_us = (int64_t)st->st_mtim.tv_sec * SECOND_US +
	                      st->st_mtim.tv_nsec / 1000;
	bool same = seen->size == st->st_size && seen->inode == st->st_ino &&
	            seen->modified.tv_sec == st->st_mtim.tv_sec &&
	            seen->modified.tv_nsec == st->st_mtim.tv_nsec;

	if (!same) {
		seen->size = st->st_size;
		seen->inode = st->st_ino;
		seen->modified = st->st_mtim;
		seen->done = false;
	}
	return !seen->done &&
	       time_now_us() - modified_us >= f->config->still_us;
}

static void
make_key(char key[PATH_KEY + 8], const char *path)
{
	(void)snprintf(key, PATH_KEY + 8, "file/%.*s", PATH_KEY, path);
}

static void
note_broken(struct source *f, const char *path, const char *why)
{
	char key[PATH_KEY + 8];
	int64_t now_us = time_now_us();
	struct gap gap = {.source = f->name,
	    .stream = "files",
	    .key = key,
	    .cause = GAP_UNREADABLE,
	    .from_us = now_us,
	    .to_us = now_us,
	    .heals_until_us = EVENT_NO_TIME,
	    .detail = why};

	make_key(key, path);
	hub_gap(f->hub, &gap);
}

/* A good file stands where one was that is no log. */
static void
note_good(struct source *f, const char *path)
{
	char key[PATH_KEY + 8];
	bool open;

	make_key(key, path);
	hub_lock(f->hub);
	open = coverage_gap_is_open(hub_coverage(f->hub), f->name, key);
	hub_unlock(f->hub);
	if (open)
		hub_heal(f->hub, f->name, key);
}

static void
ended(void *ctx, const struct parcel *parcel, enum parcel_end end,
    const char *why)
{
	struct source *f = ctx;

	if (end == PARCEL_BROKEN)
		note_broken(f, parcel->file, why);
	else if (end == PARCEL_DURABLE)
		note_good(f, parcel->file);
}

/* -1: it cannot be read now. */
static int
give(struct source *f, const char *path, struct seen_file *seen)
{
	unsigned char digest[SHA256_LEN];
	struct parcel *parcel = parcel_new("file", f->name);
	int64_t modified_us = (int64_t)seen->modified.tv_sec * SECOND_US +
	                      seen->modified.tv_nsec / 1000;
	char room[TIME_TEXT_MAX];
	struct err err;

	seen->done = true;
	if (file_identify(path, digest, parcel->name, &err)) {
		hub_say(f->hub, f->name, HUB_TROUBLE, "%s", err.msg);
		seen->done = false;
		parcel_free(parcel);
		return -1;
	}
	if (hub_has(f->hub, parcel->name)) {
		parcel_free(parcel);
		note_good(f, path);
		return 0;
	}
	parcel->path = "file";
	parcel->asked_us = time_now_us();
	buf_str(&parcel->stream, "files");
	json_cstr(&parcel->about, "name", path);
	/* No record of a list says when it was read. */
	json_text(&parcel->about, "modified", time_format(modified_us, room));
	parcel->file = xstrdup(path);
	parcel->done = ended;
	parcel->ctx = f;
	hub_give(f->hub, parcel);
	return 0;
}

static void
look(struct source *f)
{
	struct files files = {0};
	struct err err;
	size_t waiting = 0;
	bool trouble = false;

	if (files_add(&files, f->config->path, &err)) {
		hub_say(f->hub, f->name, HUB_TROUBLE, "%s", err.msg);
		return;
	}
	for (size_t i = 0; i < files.count && !hub_stopping(f->hub); i++) {
		const struct files_entry *entry = &files.list[i];
		struct seen_file *seen;
		struct stat st;

		if (entry->why || is_being_written(entry->name) ||
		    stat(entry->name, &st) || !S_ISREG(st.st_mode))
			continue;
		seen = find(f, entry->name);
		if (is_due(f, seen, &st) && give(f, entry->name, seen))
			trouble = true;
		waiting += !seen->done;
	}
	/* Those that are gone are forgotten. */
	files_forget(&f->before);
	f->before = f->now;
	f->now = (struct seen_files){0};
	files_release(&files);
	if (!trouble)
		hub_say(f->hub, f->name, HUB_WELL,
		    waiting ? "%zu files are still being written" : "well",
		    waiting);
}

static void
folder_run(struct source *f)
{
	do
		look(f);
	while (hub_sleep(f->hub, f->config->poll_us));
}

static void
folder_close(struct source *f)
{
	if (!f)
		return;
	files_forget(&f->before);
	free(f);
}

static int
folder_open(struct source **out, const struct source_place *place,
    const void *config, struct err *err)
{
	struct source *f = xcalloc(1, sizeof(*f));

	(void)err;
	f->hub = place->hub;
	f->name = place->name;
	f->config = config;
	*out = f;
	return 0;
}

const struct source_kind source_folder = {.name = "file",
    .table = &table,
    .config_size = sizeof(struct folder_config),
    .open = folder_open,
    .run = folder_run,
    .close = folder_close};
