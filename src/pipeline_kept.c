#include "pipeline_kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define BLOCK_BYTES ((size_t)256 << 10)

/* An event as it is kept: the columns that are there, one after the other. */
struct entry {
	uint64_t ref;
	struct position position;
	int64_t time_us;
	const char *family;
	const char *columns; /* in a block; length and text of each */
	uint32_t there;      /* bit 1 << column */
	uint32_t class_uid, activity;
	enum event_kind kind;
	enum event_outcome outcome;
};

/* Columns, and the entries up to which they are. */
struct block {
	struct block *next;
	uint64_t end; /* number of the entry behind its last */
	size_t used, size;
	char bytes[];
};

struct kept {
	size_t bytes, bytes_max;
	bool forget;
	struct entry *entries; /* owned */
	size_t count, size;    /* [gone, count) are there */
	size_t gone;
	uint64_t base;              /* number of entries[0] */
	struct block *first, *last; /* owned */
	uint64_t not_copied;
};

struct kept *
kept_new(size_t bytes_max, bool forget)
{
	struct kept *kept = xcalloc(1, sizeof(*kept));

	kept->bytes_max = bytes_max;
	kept->forget = forget;
	return kept;
}

void
kept_free(struct kept *kept)
{
	struct block *block;

	if (!kept)
		return;
	while ((block = kept->first)) {
		kept->first = block->next;
		free(block);
	}
	free(kept->entries);
	free(kept);
}

uint64_t
kept_not_copied(const struct kept *kept)
{
	return kept->not_copied;
}

/* Gives up the oldest block, and its events. */
static void
drop_block(struct kept *kept)
{
	struct block *block = kept->first;

	kept->first = block->next;
	kept->bytes -= block->size;
	kept->gone = (size_t)(block->end - kept->base);
	free(block);
	if (kept->gone < kept->count / 2)
		return;
	kept->count -= kept->gone;
	memmove(kept->entries, kept->entries + kept->gone,
	    kept->count * sizeof(*kept->entries));
	kept->base += kept->gone;
	kept->gone = 0;
}

/* Room for n bytes; NULL if there is none to be had. */
static char *
reserve(struct kept *kept, size_t n)
{
	struct block *block = kept->last;
	size_t size = n > BLOCK_BYTES ? n : BLOCK_BYTES;

	if (!kept->first || block->used + n > block->size) {
		if (!kept->forget && kept->bytes + size > kept->bytes_max)
			return NULL;
		block = xmalloc(sizeof(*block) + size);
		*block = (struct block){.size = size};
		if (kept->first)
			kept->last->next = block;
		else
			kept->first = block;
		kept->last = block;
		kept->bytes += size;
		while (
		    kept->bytes > kept->bytes_max && kept->first != kept->last)
			drop_block(kept);
	}
	block->used += n;
	return block->bytes + block->used - n;
}

static void
copy_columns(struct kept *kept, const struct event *event, struct entry *entry)
{
	size_t n = 0;
	char *out;

	for (size_t i = 0; i < EV_COLUMNS; i++)
		if (event->col[i].len)
			n += sizeof(uint32_t) + event->col[i].len;
	out = reserve(kept, n);
	if (!out) {
		kept->not_copied++;
		return;
	}
	entry->columns = out;
	for (size_t i = 0; i < EV_COLUMNS; i++) {
		uint32_t len = (uint32_t)event->col[i].len;

		if (!len)
			continue;
		entry->there |= 1u << i;
		memcpy(out, &len, sizeof(len));
		memcpy(out + sizeof(len), event->col[i].ptr, len);
		out += sizeof(len) + len;
	}
}

void
kept_add(struct kept *kept, uint64_t ref, const struct event *event,
    const struct position *position)
{
	struct entry entry = {.ref = ref,
	    .position = *position,
	    .time_us = event->time_us,
	    .family = event->family,
	    .class_uid = event->class_uid,
	    .activity = event->activity,
	    .kind = event->kind,
	    .outcome = event->outcome};

	copy_columns(kept, event, &entry);
	if (kept->count == kept->size) {
		kept->size = kept->size ? kept->size * 2 : 1024;
		kept->entries = xrealloc(
		    kept->entries, kept->size * sizeof(*kept->entries));
	}
	kept->entries[kept->count++] = entry;
	if (kept->last)
		kept->last->end = kept->base + kept->count;
}

static const struct entry *
find(const struct kept *kept, uint64_t ref)
{
	size_t low = kept->gone, high = kept->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (kept->entries[mid].ref < ref)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == kept->count || kept->entries[low].ref != ref)
		return NULL;
	return &kept->entries[low];
}

const struct event *
kept_get(const struct kept *kept, uint64_t ref, struct arena *arena,
    struct position *position)
{
	const struct entry *entry = find(kept, ref);
	struct event *event;
	const char *at;

	if (!entry)
		return NULL;
	event = arena_calloc(arena, 1, sizeof(*event));
	*position = entry->position;
	event->kind = entry->kind;
	event->time_us = entry->time_us;
	event->class_uid = entry->class_uid;
	event->activity = entry->activity;
	event->outcome = entry->outcome;
	event->family = entry->family;
	at = entry->columns;
	for (size_t i = 0; i < EV_COLUMNS; i++) {
		uint32_t len;

		if (!(entry->there >> i & 1))
			continue;
		memcpy(&len, at, sizeof(len));
		event->col[i] = slice_of(at + sizeof(len), len);
		at += sizeof(len) + len;
	}
	return event;
}
