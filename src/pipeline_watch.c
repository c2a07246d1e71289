#include "pipeline_watch.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "base/hash.h"
#include "base/ip.h"

#define FIRST_ROOM 64
#define NAME_BYTES 1024 /* longer texts are no names of anything */
#define FOLD_BYTES (NAME_BYTES + NAME_BYTES / 2 + 8)

struct entry {
	struct slice name; /* folded, in the arena; empty: free */
	uint64_t hash, lookers;
};

struct network {
	struct ip_net net;
	uint64_t lookers;
};

/* Operations are told from names by their hash's seed. */
enum scope { NAME, OPERATION };

struct watch {
	struct entry *entries; /* owned */
	size_t count, room;    /* room: a power of two, at least twice */
	struct network *nets;  /* owned */
	size_t net_count, net_room;
	struct arena arena;
	uint64_t seed;
	bool operations; /* there are some */
};

struct watch *
watch_new(uint64_t seed)
{
	struct watch *watch = xcalloc(1, sizeof(*watch));

	watch->seed = seed;
	watch->room = FIRST_ROOM;
	watch->entries = xcalloc(watch->room, sizeof(*watch->entries));
	return watch;
}

void
watch_free(struct watch *watch)
{
	if (!watch)
		return;
	free(watch->entries);
	free(watch->nets);
	arena_release(&watch->arena);
	free(watch);
}

void
watch_clear(struct watch *watch)
{
	memset(watch->entries, 0, watch->room * sizeof(*watch->entries));
	watch->count = watch->net_count = 0;
	watch->operations = false;
	arena_reset(&watch->arena);
}

/* Its entry, or the free one where it would stand. */
static struct entry *
entry_of(const struct watch *watch, struct slice name, uint64_t hash)
{
	size_t i = (size_t)hash & (watch->room - 1);

	while (watch->entries[i].name.len) {
		struct entry *entry = &watch->entries[i];

		if (entry->hash == hash && slice_eq(entry->name, name))
			break;
		i = (i + 1) & (watch->room - 1);
	}
	return &watch->entries[i];
}

static void
grow(struct watch *watch)
{
	struct entry *old = watch->entries;
	size_t room = watch->room;

	watch->room *= 2;
	watch->entries = xcalloc(watch->room, sizeof(*watch->entries));
	for (size_t i = 0; i < room; i++)
		if (old[i].name.len)
			*entry_of(watch, old[i].name, old[i].hash) = old[i];
	free(old);
}

static void
add(struct watch *watch, enum scope scope, unsigned looker, struct slice name)
{
	char room[FOLD_BYTES];
	struct entry *entry;
	struct slice folded;
	uint64_t hash;

	if (!name.len || name.len > NAME_BYTES)
		return;
	folded = slice_of(room, fold_bytes(name, room));
	hash = hash64(folded, watch->seed + scope);
	if (2 * watch->count >= watch->room)
		grow(watch);
	entry = entry_of(watch, folded, hash);
	if (!entry->name.len) {
		entry->name = arena_copy(&watch->arena, folded);
		entry->hash = hash;
		watch->count++;
	}
	entry->lookers |= UINT64_C(1) << looker;
}

void
watch_name(struct watch *watch, unsigned looker, struct slice name)
{
	struct ip_net net;

	add(watch, NAME, looker, name);
	if (!name.len || !memchr(name.ptr, '/', name.len) ||
	    !ip_net_parse(name, &net))
		return;
	if (watch->net_count == watch->net_room) {
		watch->net_room = 2 * watch->net_room + 4;
		watch->nets = xrealloc(
		    watch->nets, watch->net_room * sizeof(*watch->nets));
	}
	watch->nets[watch->net_count++] =
	    (struct network){net, UINT64_C(1) << looker};
}

void
watch_operation(struct watch *watch, unsigned looker, struct slice operation)
{
	add(watch, OPERATION, looker, operation);
	watch->operations = true;
}

static uint64_t
test(const struct watch *watch, enum scope scope, struct slice text)
{
	char room[FOLD_BYTES];
	struct slice folded;

	if (!text.len || text.len > NAME_BYTES)
		return 0;
	folded = slice_of(room, fold_bytes(text, room));
	return entry_of(watch, folded, hash64(folded, watch->seed + scope))
	    ->lookers;
}

static uint64_t
test_networks(const struct watch *watch, struct slice text)
{
	uint64_t lookers = 0;
	struct ip ip;

	if (!watch->net_count || !ip_parse(text, &ip))
		return 0;
	for (size_t i = 0; i < watch->net_count; i++)
		if (ip_net_has(&watch->nets[i].net, &ip))
			lookers |= watch->nets[i].lookers;
	return lookers;
}

uint64_t
watch_test(const struct watch *watch, const struct event *event)
{
	static const enum event_column columns[] = {EV_IP, EV_SESSION, EV_TOKEN,
	    EV_DEVICE, EV_APP_ID, EV_ACTOR_ID, EV_ACTOR_NAME, EV_MAILBOX,
	    EV_TARGET_ID, EV_TARGET_NAME};
	struct slice operation = event->col[EV_OPERATION];
	uint64_t lookers = 0;

	if (!watch->count)
		return 0;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		lookers |= test(watch, NAME, event->col[columns[i]]);
	while (operation.len && (operation.ptr[operation.len - 1] == '.' ||
	                            operation.ptr[operation.len - 1] == ' '))
		operation.len--;
	if (watch->operations)
		lookers |= test(watch, OPERATION, operation);
	return lookers | test_networks(watch, event->col[EV_IP]);
}
