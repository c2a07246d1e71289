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
 * A group takes 80 bytes, 12 to 24 in the table, 4 to 16 among those that are
 * due (see store_due()), its name and its events, each
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
	bool filed;   /* by next_us */
};

struct slot {
	uint32_t number; /* of the group + 1; 0: free */
	uint32_t tag;    /* a part of its hash */
};

/*
 * Groups by the part of time, of 2^shift microseconds, that next_us is in.  A
 * group that is filed stands in its part's list, and may stand in others,
 * where it is passed over; now and then all are made anew.
 */
#define WHEEL_PARTS 1024 /* of two spans or more; then it goes round */

struct wheel_part {
	uint32_t *list; /* numbers of groups; owned */
	uint32_t count, size;
};

struct wheel {
	struct wheel_part *parts; /* owned; NULL until there is a group */
	unsigned shift;
	size_t count;          /* in all lists */
	struct wheel_part due; /* see store_due() */
};

struct store {
	const struct correlation *c;
	struct pool *pool;
	struct group *groups; /* owned */
	size_t count, size;
	struct slot *table; /* owned */
	size_t table_size;
	size_t held; /* events */
	size_t hand; /* where eviction goes on */
	struct wheel wheel;
	int64_t settled_us; /* the watermark it has been run up to */
};

void
store_init(struct store *store, const struct correlation *c, struct pool *pool);
void store_release(struct store *store);

/* The group of that key, made if it is not there. */
struct group *store_group(struct store *store, struct slice key, uint64_t hash);

/* Says when a watermark will find something to do: it files the group. */
void store_file(struct store *store, struct group *group, int64_t next_us);

/*
 * The numbers of the groups with something to do up to that time; they are
 * filed no longer.  Good until the next call.  Costs a look at these and at
 * those of about a five hundredth of the correlation's span.
 */
size_t
store_due(struct store *store, int64_t until_us, const uint32_t **numbers);

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
