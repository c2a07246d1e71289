#include "base/texts.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/hash.h"

#define FIRST_SLOTS 4096

/* The slot of the text, or the free one where it would stand. */
static struct text_slot *
slot_of(const struct texts *texts, struct slice s, uint64_t hash)
{
	size_t mask = texts->slot_count - 1;

	for (size_t at = (size_t)hash & mask;; at = (at + 1) & mask) {
		struct text_slot *slot = &texts->slots[at];

		if (!slot->text ||
		    (slot->hash == hash && slice_eq(slot->text->slice, s)))
			return slot;
	}
}

static void
grow(struct texts *texts)
{
	struct text_slot *old = texts->slots;
	size_t old_count = texts->slot_count;

	if (!old && getrandom(&texts->seed, sizeof(texts->seed), 0) < 0)
		texts->seed = 0;
	texts->slot_count = old ? 2 * old_count : FIRST_SLOTS;
	assert(texts->slot_count <= UINT32_MAX);
	texts->slots = xcalloc(texts->slot_count, sizeof(*texts->slots));
	for (size_t i = 0; old && i < old_count; i++)
		if (old[i].text)
			*slot_of(texts, old[i].text->slice, old[i].hash) =
			    old[i];
	free(old);
}

const struct known_text *
texts_keep(struct texts *texts, struct slice s)
{
	struct text_slot *slot;
	struct known_text *text;
	uint64_t hash;

	if (texts->count == texts->slot_count / 2)
		grow(texts);
	hash = hash64(s, texts->seed);
	slot = slot_of(texts, s, hash);
	if (slot->text)
		return slot->text;
	text = arena_alloc(&texts->arena, sizeof(*text) + s.len);
	text->number = (uint32_t)texts->count++;
	text->slice = slice_of(text->bytes, s.len);
	if (s.len)
		memcpy(text->bytes, s.ptr, s.len);
	*slot = (struct text_slot){hash, text};
	texts->bytes += sizeof(*text) + s.len + 4 * sizeof(*slot);
	return text;
}

static int
compare(const void *x, const void *y)
{
	const struct known_text *const *a = x, *const *b = y;

	return slice_order((*a)->slice, (*b)->slice);
}

uint32_t *
texts_ranks(const struct texts *texts)
{
	const struct known_text **order =
	    xcalloc(texts->count + 1, sizeof(struct known_text *));
	uint32_t *ranks = xcalloc(texts->count + 1, sizeof(*ranks));
	size_t n = 0;

	for (size_t i = 0; i < texts->slot_count; i++)
		if (texts->slots[i].text)
			order[n++] = texts->slots[i].text;
	qsort(order, n, sizeof(struct known_text *), compare);
	for (size_t i = 0; i < n; i++)
		ranks[order[i]->number] = (uint32_t)i;
	free(order);
	return ranks;
}

void
texts_clear(struct texts *texts)
{
	if (texts->count)
		memset(
		    texts->slots, 0, texts->slot_count * sizeof(*texts->slots));
	texts->count = 0;
	texts->bytes = 0;
	arena_reset(&texts->arena);
}

void
texts_release(struct texts *texts)
{
	free(texts->slots);
	arena_release(&texts->arena);
	*texts = (struct texts){0};
}
