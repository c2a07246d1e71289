#include "pipeline_recall.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"

struct recalled {
	uint64_t index;
	struct merkle_hash file;
	size_t bytes;
	struct frame frame; /* its slices, and those of the stream: the arena */
	struct stream stream;
};

struct recall {
	struct recalled *list; /* owned; by index */
	size_t count, room;
	struct arena arena;
	size_t bytes; /* that the arena has */
	size_t live;  /* of these, of records that are in the list */
};

struct recall *
recall_new(void)
{
	return xcalloc(1, sizeof(struct recall));
}

void
recall_free(struct recall *recall)
{
	if (!recall)
		return;
	free(recall->list);
	arena_release(&recall->arena);
	free(recall);
}

static int
order(const void *a, const void *b)
{
	const struct recalled *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

/* Of the first `count`, which are sorted. */
static struct recalled *
find(const struct recall *recall, size_t count, uint64_t index)
{
	const struct recalled key = {.index = index};

	return count ? bsearch(&key, recall->list, count, sizeof(key), order)
	             : NULL;
}

/* NULL: it is in no segment. */
static const struct merkle_hash *
file_of(const struct view *view, uint64_t index)
{
	const struct manifest *manifest = view_manifest(view);

	if (index >= manifest_end(manifest))
		return NULL;
	return &manifest->list[manifest_find(manifest, index)].raw;
}

bool
recall_find(const struct recall *recall, const struct view *view,
    uint64_t index, struct frame *frame, struct stream *stream)
{
	const struct recalled *found = find(recall, recall->count, index);
	const struct merkle_hash *file = file_of(view, index);

	if (!found || !file || !merkle_eq(file, &found->file) ||
	    index >= view_tree(view)->size)
		return false;
	*frame = found->frame;
	*stream = found->stream;
	return true;
}

/* --- adding --- */

static void
copy(struct recall *recall, struct slice *slice, size_t *bytes)
{
	*bytes += slice->len;
	*slice = arena_copy(&recall->arena, *slice);
}

static int
read_one(struct recall *recall, struct view *view, struct recalled *to,
    struct err *err)
{
	size_t bytes = 0;

	if (view_record(view, to->index, &to->frame, &to->stream, err))
		return -1;
	copy(recall, &to->frame.raw, &bytes);
	copy(recall, &to->frame.text, &bytes);
	copy(recall, &to->stream.source, &bytes);
	copy(recall, &to->stream.tenant, &bytes);
	to->bytes = bytes + sizeof(*to);
	recall->bytes += to->bytes;
	recall->live += to->bytes;
	return 0;
}

/* Whether there is room for more. */
static bool
has_room(struct recall *recall)
{
	if (recall->bytes < RECALL_MAX)
		return true;
	if (recall->live > RECALL_MAX / 2)
		return false;
	arena_release(&recall->arena);
	recall->count = recall->bytes = recall->live = 0;
	return true;
}

static struct recalled *
append(struct recall *recall)
{
	if (recall->count == recall->room) {
		recall->room = recall->room ? 2 * recall->room : 1024;
		recall->list = xrealloc(
		    recall->list, recall->room * sizeof(*recall->list));
	}
	return &recall->list[recall->count];
}

int
recall_add(struct recall *recall, struct view *view, const struct set *set,
    struct err *err)
{
	size_t before;
	int status = 0;

	if (!set->count || !has_room(recall))
		return 0;
	before = recall->count;
	for (uint64_t i = set->first;
	     !status && recall->bytes < RECALL_MAX && set_next(set, &i); i++) {
		struct recalled one = {.index = i}, *old;
		const struct merkle_hash *file = file_of(view, i);

		if (!file)
			break;
		one.file = *file;
		status = read_one(recall, view, &one, err);
		old = find(recall, before, i);
		if (!status && old) {
			recall->live -= old->bytes;
			*old = one;
		} else if (!status) {
			*append(recall) = one;
			recall->count++;
		}
	}
	if (recall->count)
		qsort(
		    recall->list, recall->count, sizeof(*recall->list), order);
	return status;
}
