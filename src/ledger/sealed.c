#include "ledger/sealed.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "ledger/dir.h"
#include "ledger/idx.h"
#include "ledger/raw.h"

#define CACHED 4

struct cached {
	struct raw *raw;
	uint64_t used; /* when: a count of uses */
};

struct sealed {
	char *dir; /* owned */
	bool events;
	struct manifest manifest;
	struct stat stat; /* of the manifest that was read; zero: none */
	struct idx **idx; /* owned: of each segment, if events */
	struct cached cache[CACHED];
	uint64_t uses;
	size_t last; /* of the cache: where the record before was found */
};

const struct manifest *
sealed_manifest(const struct sealed *sealed)
{
	return &sealed->manifest;
}

uint64_t
sealed_end(const struct sealed *sealed)
{
	return manifest_end(&sealed->manifest);
}

/* --- which segments there are --- */

static void
close_events(struct idx **idx, size_t count)
{
	for (size_t i = 0; idx && i < count; i++)
		idx_close(idx[i]);
	free(idx);
}

/* Opens those of the new list, but for what the old one has open. */
static int
open_events(struct sealed *sealed, struct manifest *old, struct err *err)
{
	const struct manifest *now = &sealed->manifest;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers it is. */
	struct idx **list = xcalloc(now->count + 1, sizeof(*list));
	size_t at = 0;
	int status = 0;

	for (size_t i = 0; i < now->count && !status; i++) {
		const struct segment *s = &now->list[i];
		char *path;

		while (at < old->count && old->list[at].first < s->first)
			at++;
		if (at < old->count && sealed->idx[at] &&
		    merkle_eq(&old->list[at].idx, &s->idx)) {
			list[i] = sealed->idx[at];
			sealed->idx[at] = NULL;
			continue;
		}
		path = segment_path(sealed->dir, s, SEGMENT_IDX);
		status = idx_open(&list[i], path, false, err);
		free(path);
	}
	close_events(sealed->idx, old->count);
	sealed->idx = list;
	return status;
}

static void
close_records(struct sealed *sealed)
{
	for (size_t i = 0; i < CACHED; i++)
		raw_close(sealed->cache[i].raw);
	memset(sealed->cache, 0, sizeof(sealed->cache));
}

/*
 * The manifest may be replaced between: looked at first, it is read again.
 * What it names is not removed before it is open.
 */
static int
load(struct sealed *sealed, const struct stat *st, struct err *err)
{
	struct manifest old = sealed->manifest;
	int lock, status;

	status = dir_lock_shared(sealed->dir, DIR_READERS, &lock, err);
	if (status)
		return -1;
	sealed->manifest = (struct manifest){0};
	status = manifest_read(&sealed->manifest, sealed->dir, err);
	if (!status && sealed->events) {
		status = open_events(sealed, &old, err);
	} else {
		/* Of another list than the one that is there now. */
		close_events(sealed->idx, old.count);
		sealed->idx = NULL;
	}
	if (lock >= 0)
		close(lock);
	close_records(sealed);
	if (!status)
		sealed->stat = *st;
	manifest_release(&old);
	return status;
}

int
sealed_refresh(struct sealed *sealed, bool *changed, struct err *err)
{
	char *path = dir_path(sealed->dir, "manifest");
	struct stat st = {0};
	int status = stat(path, &st) && errno != ENOENT
	                 ? err_sys(err, "cannot look at '%s'", path)
	                 : 0;

	free(path);
	*changed =
	    !status && (st.st_ino != sealed->stat.st_ino ||
	                   st.st_size != sealed->stat.st_size ||
	                   st.st_mtim.tv_sec != sealed->stat.st_mtim.tv_sec ||
	                   st.st_mtim.tv_nsec != sealed->stat.st_mtim.tv_nsec);
	return *changed ? load(sealed, &st, err) : status;
}

int
sealed_open(struct sealed **out, const char *dir, bool events, struct err *err)
{
	struct sealed *sealed = xcalloc(1, sizeof(*sealed));
	bool changed;

	sealed->dir = xstrdup(dir);
	sealed->events = events;
	if (sealed_refresh(sealed, &changed, err)) {
		sealed_close(sealed);
		return -1;
	}
	*out = sealed;
	return 0;
}

void
sealed_close(struct sealed *sealed)
{
	if (!sealed)
		return;
	close_records(sealed);
	close_events(sealed->idx, sealed->manifest.count);
	manifest_release(&sealed->manifest);
	free(sealed->dir);
	free(sealed);
}

/* --- records --- */

static bool
holds(const struct cached *c, uint64_t index)
{
	return c->raw && raw_first(c->raw) <= index && index < raw_end(c->raw);
}

/* Which of the cache has it, or is to have it. */
static struct cached *
choose(struct sealed *sealed, uint64_t index)
{
	size_t best = 0;

	if (holds(&sealed->cache[sealed->last], index))
		return &sealed->cache[sealed->last];
	for (size_t i = 0; i < CACHED; i++) {
		if (holds(&sealed->cache[i], index)) {
			best = i;
			break;
		}
		if (sealed->cache[i].used < sealed->cache[best].used)
			best = i;
	}
	sealed->last = best;
	sealed->cache[best].used = ++sealed->uses;
	return &sealed->cache[best];
}

static int
open_raw(
    struct sealed *sealed, struct cached *c, uint64_t index, struct err *err)
{
	const struct segment *s =
	    &sealed->manifest.list[manifest_find(&sealed->manifest, index)];
	char *path = segment_path(sealed->dir, s, SEGMENT_RAW);
	int status;

	raw_close(c->raw);
	c->raw = NULL;
	status = raw_open(&c->raw, path, err);
	if (!status && !holds(c, index)) {
		status =
		    err_set(err, ERR_CORRUPT, "'%s' is of other records", path);
		raw_close(c->raw);
		c->raw = NULL;
	}
	free(path);
	return status;
}

int
sealed_record(struct sealed *sealed, uint64_t index, struct frame *frame,
    struct stream *stream, struct err *err)
{
	struct cached *c = choose(sealed, index);

	if (!holds(c, index) && open_raw(sealed, c, index, err))
		return -1;
	return raw_record(c->raw, index, frame, stream, err);
}

/* --- events --- */

bool
sealed_find(const struct sealed *sealed, int64_t since_us,
    struct identity *told, uint64_t *index)
{
	bool found = false, erased = false;

	assert(sealed->events);
	for (size_t i = 0; i < sealed->manifest.count; i++) {
		const struct idx *idx = sealed->idx[i];
		struct identity one;
		uint64_t at;

		if (idx_received_us(idx) < since_us ||
		    !idx_find(idx, told->id, &one, &at))
			continue;
		if (!found) {
			memset(told->told, 0, sizeof(told->told));
			*index = at;
		}
		found = true;
		erased = erased || identity_erased(&one);
		identity_fill(told, &one);
	}
	if (erased)
		memset(told->told, IDENTITY_ERASED, sizeof(told->told));
	return found;
}
