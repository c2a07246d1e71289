#ifndef RULE_CORRELATE_STORE_H
#define RULE_CORRELATE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"
#include "rule/correlate_window.h"

/*
 * correlate_store - the groups of one correlation, and their events.
 *
 * A group takes 80 bytes, 12 to 24 in the table, its name and its events, each
 * of the last two in a piece of memory whose size is a power of two.  Pieces
 * come from a pool and go back to it, so that in the long run nothing is
 * allocated.
 */

/* Pieces of 16 << i bytes; all zero is empty. */
#define POOL_SIZES 32

struct pool_piece;

struct pool {
	struct arena arena;
	struct pool_piece *free[POOL_SIZES];
	size_t bytes; /* in use */
};

void *pool_get(struct pool *pool, unsigned size);
void pool_put(struct pool *pool, void *piece, unsigned size);
void pool_release(struct pool *pool);

/* What the early lane has said and the settled one has not yet judged. */
struct said {
	int64_t start_us, time_us;
	uint64_t events;
};

struct group {
	uint64_t hash;
	int64_t next_us;  /* up to then a watermark finds nothing to do */
	int64_t early_us; /* the early lane has used up what is not later */
	struct entry *entries; /* those that count begin at `first` */
	char *key;
	struct said *said; /* owned */
	uint32_t said_count;
	uint32_t first, end;
	uint32_t early_first; /* the early lane's window, from `first` */
	uint32_t early_wait;  /* events until it looks again */
	uint16_t key_len;
	unsigned char key_size, entries_size; /* in the pool; 0: no entries */
	bool unsorted;
	bool touched; /* since eviction last came by */
};

struct slot {
	uint32_t number; /* of the group + 1; 0: free */
	uint32_t tag;    /* a part of its hash */
};

struct store {
	const struct correlation *c;
	struct pool *pool;
	struct group *groups; /* owned */
	size_t count, size;
	struct slot *table; /* owned */
	size_t table_size;
	size_t held;        /* events */
	size_t hand;        /* where eviction goes on */
	int64_t settled_us; /* the watermark it has been run up to */
};

void
store_init(struct store *store, const struct correlation *c, struct pool *pool);
void store_release(struct store *store);

/* The group of that key, made if it is not there. */
struct group *store_group(struct store *store, struct slice key, uint64_t hash);

/* Puts another in its place. */
void store_remove(struct store *store, struct group *group);

/* The group next to be given up: it has rested longer than most. */
struct group *store_victim(struct store *store);

/* Makes room for one more entry. */
void group_grow(struct store *store, struct group *group);

/* Drops n entries from the front. */
void group_drop(struct store *store, struct group *group, size_t n);

/* Bytes of the tables, without what lies in the pool. */
size_t store_bytes(const struct store *store);

static inline size_t
group_count(const struct group *group)
{
	return group->end - group->first;
}

static inline struct entry *
group_entries(const struct group *group)
{
	return group->entries + group->first;
}

static inline struct slice
group_key(const struct group *group)
{
	return slice_of(group->key, group->key_len);
}

#endif
