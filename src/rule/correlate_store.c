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
	while (c->span_us >> store->wheel.shift > WHEEL_PARTS / 2)
		store->wheel.shift++;
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
	for (size_t i = 0; store->wheel.parts && i < WHEEL_PARTS; i++)
		free(store->wheel.parts[i].list);
	free(store->wheel.parts);
	free(store->wheel.due.list);
	free(store->groups);
	free(store->table);
}

/* --- which are due --- */

static void
part_add(struct wheel_part *part, uint32_t number)
{
	if (part->count == part->size) {
		part->size = part->size ? part->size * 2 : 16;
		part->list =
		    xrealloc(part->list, part->size * sizeof(*part->list));
	}
	part->list[part->count++] = number;
}

static struct wheel_part *
part_of(const struct wheel *wheel, int64_t time_us)
{
	uint64_t part = (uint64_t)time_us >> wheel->shift;

	return &wheel->parts[part & (WHEEL_PARTS - 1)];
}

static void
wheel_add(struct wheel *wheel, int64_t next_us, uint32_t number)
{
	part_add(part_of(wheel, next_us), number);
	wheel->count++;
}

/* Leaves out what is passed over. */
static void
wheel_renew(struct store *store)
{
	struct wheel *wheel = &store->wheel;

	if (!wheel->parts)
		wheel->parts = xcalloc(WHEEL_PARTS, sizeof(*wheel->parts));
	for (size_t i = 0; i < WHEEL_PARTS; i++)
		wheel->parts[i].count = 0;
	wheel->count = 0;
	for (size_t i = 0; i < store->count; i++)
		if (store->groups[i].filed)
			wheel_add(wheel, store->groups[i].next_us, (uint32_t)i);
}

void
store_file(struct store *store, struct group *g, int64_t next_us)
{
	struct wheel *wheel = &store->wheel;
	bool there;

	if (!wheel->parts || wheel->count > store->count * 2 + WHEEL_PARTS)
		wheel_renew(store);
	there =
	    g->filed && part_of(wheel, g->next_us) == part_of(wheel, next_us);
	g->next_us = next_us;
	g->filed = true;
	if (!there)
		wheel_add(wheel, next_us, (uint32_t)(g - store->groups));
}

/* Moves what is due out of a part, and what is passed over. */
static void
sift(struct store *store, struct wheel_part *part, int64_t until_us)
{
	struct wheel *wheel = &store->wheel;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < part->count; i++) {
		uint32_t number = part->list[i];
		struct group *g = &store->groups[number];

		if (number >= store->count || !g->filed ||
		    part_of(wheel, g->next_us) != part)
			continue;
		if (g->next_us > until_us) {
			part->list[kept++] = number;
			continue;
		}
		g->filed = false;
		part_add(&wheel->due, number);
	}
	wheel->count -= part->count - kept;
	part->count = kept;
}

/* The same from all groups: memory is read faster in its order. */
static void
sweep(struct store *store, int64_t until_us)
{
	for (size_t i = 0; i < store->count; i++) {
		struct group *g = &store->groups[i];

		if (!g->filed || g->next_us > until_us)
			continue;
		g->filed = false;
		part_add(&store->wheel.due, (uint32_t)i);
	}
}

/* If more than a part of this of the groups may be due, all are looked at. */
#define SWEEP_PART 16

size_t
store_due(struct store *store, int64_t until_us, const uint32_t **numbers)
{
	struct wheel *wheel = &store->wheel;
	uint64_t part = (uint64_t)(store->settled_us >> wheel->shift);
	uint64_t more = (uint64_t)(until_us >> wheel->shift) - part;
	size_t found = 0;

	wheel->due.count = 0;
	if (more >= WHEEL_PARTS)
		more = WHEEL_PARTS - 1;
	for (uint64_t i = 0; wheel->parts && i <= more; i++)
		found += wheel->parts[(part + i) & (WHEEL_PARTS - 1)].count;
	if (found > store->count / SWEEP_PART)
		sweep(store, until_us);
	for (uint64_t i = 0; wheel->parts && i <= more; i++) {
		uint64_t at = (part + i) & (WHEEL_PARTS - 1);

		sift(store, &wheel->parts[at], until_us);
	}
	*numbers = wheel->due.list;
	return wheel->due.count;
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
		if (group->filed)
			wheel_add(
			    &store->wheel, group->next_us, (uint32_t)number);
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
	       store->table_size * sizeof(*store->table) +
	       store->wheel.count * sizeof(uint32_t);
}
