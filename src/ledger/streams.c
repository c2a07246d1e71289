#include "ledger/streams.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"

#define FIRST_ROOM 32

/* The slot of the pair, or the free one where it would stand. */
static size_t
slot_of(const struct streams *streams, const struct stream *stream)
{
	size_t mask = streams->slot_count - 1;
	uint64_t hash = hash64(stream->tenant, hash64(stream->source, 0));

	for (size_t slot = (size_t)hash & mask;; slot = (slot + 1) & mask) {
		uint32_t at = streams->slots[slot];
		const struct stream *have;

		if (!at)
			return slot;
		have = &streams->list[at - 1];
		if (slice_eq(have->source, stream->source) &&
		    slice_eq(have->tenant, stream->tenant))
			return slot;
	}
}

static void
grow(struct streams *streams)
{
	size_t room = streams->room ? 2 * streams->room : FIRST_ROOM;

	assert(room < UINT32_MAX / 2);
	streams->list = xrealloc(streams->list, room * sizeof(*streams->list));
	streams->room = room;
	free(streams->slots);
	streams->slot_count = 2 * room;
	streams->slots = xcalloc(streams->slot_count, sizeof(*streams->slots));
	for (size_t i = 0; i < streams->count; i++)
		streams->slots[slot_of(streams, &streams->list[i])] =
		    (uint32_t)(i + 1);
}

uint32_t
streams_number(
    struct streams *streams, struct slice source, struct slice tenant)
{
	struct stream stream = {source, tenant};
	size_t slot;

	if (streams->count == streams->room)
		grow(streams);
	slot = slot_of(streams, &stream);
	if (!streams->slots[slot]) {
		stream.source = arena_copy(&streams->names, source);
		stream.tenant = arena_copy(&streams->names, tenant);
		streams->list[streams->count] = stream;
		streams->slots[slot] = (uint32_t)(++streams->count);
	}
	return streams->slots[slot] - 1;
}

bool
streams_find(const struct streams *streams, struct slice source,
    struct slice tenant, uint32_t *number)
{
	struct stream stream = {source, tenant};
	size_t slot;

	if (!streams->count)
		return false;
	slot = slot_of(streams, &stream);
	*number = streams->slots[slot] - 1;
	return streams->slots[slot] != 0;
}

void
streams_clear(struct streams *streams)
{
	if (streams->count)
		memset(streams->slots, 0,
		    streams->slot_count * sizeof(*streams->slots));
	streams->count = 0;
	arena_reset(&streams->names);
}

void
streams_release(struct streams *streams)
{
	free(streams->list);
	free(streams->slots);
	arena_release(&streams->names);
	*streams = (struct streams){0};
}
