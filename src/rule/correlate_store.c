#include "rule/correlate_store.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- the pool --- */

struct pool_piece {
	struct pool_piece *next;
};

/* Larger pieces are the system's, which takes them back. */
#define POOL_OWN 12

static size_t
size_bytes(unsigned size)
{
	return (size_t)16 << size;
}

/* The size that holds n bytes. */
static unsigned
size_for(size_t n)
{
	unsigned size = 0;

	while (size_bytes(size) < n)
		size++;
	return size;
}

void *
pool_get(struct pool *pool, unsigned size)
{
	struct pool_piece *piece = pool->free[size];

	pool->bytes += size_bytes(size);
	if (size >= POOL_OWN)
		return xmalloc(size_bytes(size));
	if (!piece)
		return arena_alloc(&pool->arena, size_bytes(size));
	pool->free[size] = piece->next;
	return piece;
}

void
pool_put(struct pool *pool, void *piece, unsigned size)
{
	struct pool_piece *free_piece = piece;

	pool->bytes -= size_bytes(size);
	if (size >= POOL_OWN) {
		free(piece);
		return;
	}
	free_piece->next = pool->free[size];
	pool->free[size] = free_piece;
}

void
pool_release(struct pool *pool)
{
	arena_release(&pool->arena);
	*pool = (struct pool){0};
}

/* --- the table --- */

void
store_init(struct store *store, const struct correlation *c, struct pool *pool)
{
	*store = (struct store){.c = c, .pool = pool, .settled_us = INT64_MIN};
}

/* Gives back what a group holds. */
static void
empty(struct store *store, struct group *g)
{
	store->held -= group_count(g);
	if (g->entries)
		pool_put(store->pool, g->entries, g->entries_size);
	pool_put(store->pool, g->key, g->key_size);
	free(g->said);
}

void
store_release(struct store *store)
{
	for (size_t i = 0; i < store->count; i++)
		empty(store, &store->groups[i]);
	free(store->groups);
	free(store->table);
}

static void
put(struct store *store, uint32_t number, uint64_t hash)
{
	size_t mask = store->table_size - 1, at = hash & mask;

	while (store->table[at].number)
		at = (at + 1) & mask;
	store->table[at] = (struct slot){number + 1, (uint32_t)(hash >> 32)};
}

static void
grow_table(struct store *store)
{
	store->table_size = store->table_size ? store->table_size * 2 : 64;
	free(store->table);
	store->table = xcalloc(store->table_size, sizeof(*store->table));
	for (size_t i = 0; i < store->count; i++)
		put(store, (uint32_t)i, store->groups[i].hash);
}

static struct group *
add_group(struct store *store, struct slice key, uint64_t hash)
{
	struct group *g;

	if (store->count == store->size) {
		store->size = store->size ? store->size * 2 : 64;
		store->groups = xrealloc(
		    store->groups, store->size * sizeof(*store->groups));
	}
	g = &store->groups[store->count];
	*g = (struct group){.hash = hash,
	    .next_us = INT64_MAX,
	    .early_us = INT64_MIN,
	    .key_len = (uint16_t)key.len,
	    .key_size = (unsigned char)size_for(key.len)};
	g->key = pool_get(store->pool, g->key_size);
	if (key.len)
		memcpy(g->key, key.ptr, key.len);
	put(store, (uint32_t)store->count++, hash);
	return g;
}

struct group *
store_group(struct store *store, struct slice key, uint64_t hash)
{
	size_t mask;

	if (store->count * 3 >= store->table_size * 2)
		grow_table(store);
	mask = store->table_size - 1;
	for (size_t at = hash & mask; store->table[at].number;
	     at = (at + 1) & mask) {
		struct group *g;

		if (store->table[at].tag != (uint32_t)(hash >> 32))
			continue;
		g = &store->groups[store->table[at].number - 1];
		if (g->hash != hash)
			continue;
		/* Comparing waits for memory: these are wanted next. */
		if (g->entries)
			__builtin_prefetch(&g->entries[g->end], 1);
		if (slice_eq(group_key(g), key))
			return g;
	}
	return add_group(store, key, hash);
}

/* The place in the table of group `number`. */
static size_t
place_of(const struct store *store, size_t number)
{
	size_t mask = store->table_size - 1;
	size_t at = store->groups[number].hash & mask;

	while (store->table[at].number != number + 1)
		at = (at + 1) & mask;
	return at;
}

/* Frees a place and moves up those that stand behind it for its sake. */
static void
clear_place(struct store *store, size_t at)
{
	size_t mask = store->table_size - 1;

	for (size_t next = (at + 1) & mask; store->table[next].number;
	     next = (next + 1) & mask) {
		size_t home =
		    store->groups[store->table[next].number - 1].hash & mask;

		if (((next - home) & mask) < ((next - at) & mask))
			continue;
		store->table[at] = store->table[next];
		at = next;
	}
	store->table[at].number = 0;
}

void
store_remove(struct store *store, struct group *group)
{
	size_t number = (size_t)(group - store->groups);
	size_t last = store->count - 1;

	clear_place(store, place_of(store, number));
	empty(store, group);
	if (number != last) {
		store->table[place_of(store, last)].number =
		    (uint32_t)number + 1;
		*group = store->groups[last];
	}
	store->count--;
}

struct group *
store_victim(struct store *store)
{
	for (;;) {
		struct group *g;

		if (store->hand >= store->count)
			store->hand = 0;
		g = &store->groups[store->hand];
		if (!g->touched)
			return g;
		g->touched = false;
		store->hand++;
	}
}

/* --- entries --- */

void
group_grow(struct store *store, struct group *g)
{
	struct entry *entries;
	size_t n = group_count(g), room;
	unsigned size;

	room = g->entries ? size_bytes(g->entries_size) / sizeof(*entries) : 0;
	if (g->end < room)
		return;
	/* What was dropped from the front is room, if it is worth a move. */
	if (g->entries && g->first > room / 2) {
		memmove(g->entries, group_entries(g), n * sizeof(*entries));
		g->first = 0;
		g->end = (uint32_t)n;
		return;
	}
	size = room ? g->entries_size + 1u : size_for(sizeof(*entries));
	entries = pool_get(store->pool, size);
	if (n)
		memcpy(entries, group_entries(g), n * sizeof(*entries));
	if (g->entries)
		pool_put(store->pool, g->entries, g->entries_size);
	g->entries = entries;
	g->entries_size = (unsigned char)size;
	g->first = 0;
	g->end = (uint32_t)n;
}

void
group_drop(struct store *store, struct group *g, size_t n)
{
	g->first += (uint32_t)n;
	store->held -= n;
	g->early_first = g->early_first > n ? g->early_first - (uint32_t)n : 0;
	if (g->first != g->end)
		return;
	if (g->entries)
		pool_put(store->pool, g->entries, g->entries_size);
	g->entries = NULL;
	g->first = g->end = 0;
}

size_t
store_bytes(const struct store *store)
{
	return store->size * sizeof(*store->groups) +
	       store->table_size * sizeof(*store->table);
}
