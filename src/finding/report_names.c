#include "finding/report_names.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "base/hash.h"

#define SIZE_FIRST 256

/* Bytes that an id of NAME_TEXT_MAX may need when folded. */
#define FOLD_ROOM (NAME_TEXT_MAX + NAME_TEXT_MAX / 2 + 8)

struct names_entry {
	struct slice id; /* folded */
	struct slice name;
	uint64_t hash;
};

/* Where the folded id is in the table, or where it belongs. */
static size_t
slot_of(const struct names *names, struct slice id, uint64_t hash)
{
	size_t at = hash & (names->size - 1);

	for (;; at = (at + 1) & (names->size - 1)) {
		const struct names_entry *entry = names->table[at];

		if (!entry || (entry->hash == hash && slice_eq(entry->id, id)))
			return at;
	}
}

static void
grow(struct names *names)
{
	struct names_entry **old = names->table;
	size_t old_size = names->size;

	if (!old_size && getrandom(&names->seed, sizeof(names->seed), 0) < 0)
		names->seed = 0;
	names->size = old_size ? old_size * 2 : SIZE_FIRST;
	names->table = xcalloc(names->size, sizeof(struct names_entry *));
	for (size_t i = 0; i < old_size; i++)
		if (old[i])
			names->table[slot_of(names, old[i]->id, old[i]->hash)] =
			    old[i];
	free(old);
}

static void
learn(struct names *names, struct slice id, struct slice name)
{
	char room[FOLD_ROOM];
	struct slice folded;
	struct names_entry *entry;
	uint64_t hash;
	size_t slot;

	if (!id.len || !name.len || id.len > NAME_TEXT_MAX ||
	    name.len > NAME_TEXT_MAX || slice_eq(id, name))
		return;
	if (names->count * 2 >= names->size)
		grow(names);
	folded = slice_of(room, fold_bytes(id, room));
	hash = hash64(folded, names->seed);
	slot = slot_of(names, folded, hash);
	if (names->table[slot] || names->count == NAMES_MAX)
		return;
	entry = arena_calloc(&names->arena, 1, sizeof(*entry));
	entry->id = arena_copy(&names->arena, folded);
	entry->name = arena_copy(&names->arena, name);
	entry->hash = hash;
	names->table[slot] = entry;
	names->count++;
}

void
names_learn(struct names *names, const struct event *event)
{
	learn(names, event->col[EV_ACTOR_ID], event->col[EV_ACTOR_NAME]);
	learn(names, event->col[EV_APP_ID], event->col[EV_APP_NAME]);
}

struct slice
names_of(const struct names *names, struct slice id)
{
	char room[FOLD_ROOM];
	struct slice folded;
	size_t slot;

	if (!names->size || !id.len || id.len > NAME_TEXT_MAX)
		return SLICE("");
	folded = slice_of(room, fold_bytes(id, room));
	slot = slot_of(names, folded, hash64(folded, names->seed));
	return names->table[slot] ? names->table[slot]->name : SLICE("");
}

void
names_release(struct names *names)
{
	free(names->table);
	arena_release(&names->arena);
	*names = (struct names){0};
}
