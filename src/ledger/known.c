#include "ledger/known.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/hash.h"

/*
 * 256 tables, each sorted: an entry stands at the place that its value gives,
 * or a little behind, after all smaller ones.  Sorted tables can be filled to
 * 92 % and still answer after a few steps, also when the answer is no; each
 * grows by a tenth at a time, so that no addition waits for all of them.
 *
 * An id is a hash that anyone can compute, so whoever writes records could
 * look for ids that fall on one place.  Hence ids are scrambled with a key
 * that each table draws for itself: two rounds of Feistel, which can be
 * undone, so that different ids stay different.
 */
#define SHARDS     KNOWN_PARTS
#define FIRST_SIZE 64
#define SLACK      64 /* places behind the last one */

struct entry {
	uint64_t high, low;    /* scrambled id; both 0: a free place */
	unsigned char told[8]; /* as struct identity has it */
};

struct shard {
	struct entry *entries; /* owned */
	size_t size;           /* places, without the slack */
	size_t count;
};

struct known {
	uint64_t seed;
	size_t count;
	struct shard shards[SHARDS];
};

struct known *
known_new(void)
{
	struct known *known = xcalloc(1, sizeof(*known));

	/* Without randomness the table is as right, only guessable. */
	if (getrandom(&known->seed, sizeof(known->seed), 0) < 0)
		known->seed = 0;
	return known;
}

void
known_free(struct known *known)
{
	if (!known)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		free(known->shards[i].entries);
	free(known);
}

size_t
known_count(const struct known *known)
{
	return known->count;
}

size_t
known_bytes(const struct known *known)
{
	size_t bytes = sizeof(*known);

	for (size_t i = 0; i < SHARDS; i++)
		if (known->shards[i].size)
			bytes += (known->shards[i].size + SLACK) *
			         sizeof(struct entry);
	return bytes;
}

static uint64_t
round_of(uint64_t half, uint64_t seed)
{
	return hash64(slice_of(&half, sizeof(half)), seed);
}

/* No one finds the one id that comes out as zero: it depends on the seed. */
static struct entry
scramble(const struct known *known, const struct identity *identity)
{
	struct entry entry;

	memcpy(&entry.low, identity->id, 8);
	memcpy(&entry.high, identity->id + 8, 8);
	entry.low ^= round_of(entry.high, known->seed);
	entry.high ^= round_of(entry.low, known->seed + 1);
	memcpy(entry.told, identity->told, sizeof(entry.told));
	return entry;
}

/* The id that scramble() made the entry of. */
static struct identity
unscramble(const struct known *known, const struct entry *entry)
{
	uint64_t high = entry->high ^ round_of(entry->low, known->seed + 1);
	uint64_t low = entry->low ^ round_of(high, known->seed);
	struct identity identity;

	memcpy(identity.id, &low, 8);
	memcpy(identity.id + 8, &high, 8);
	memcpy(identity.told, entry->told, sizeof(identity.told));
	return identity;
}

static bool
is_free(const struct entry *entry)
{
	return !entry->high && !entry->low;
}

static int
compare(const struct entry *a, const struct entry *b)
{
	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return (a->low > b->low) - (a->low < b->low);
}

/* The shard took the first 8 bits; the next 32 say where. */
static size_t
place(const struct shard *shard, const struct entry *entry)
{
	uint64_t fraction = (entry->high >> 24) & 0xffffffffu;

	return (size_t)((fraction * shard->size) >> 32);
}

static void
grow(struct shard *shard)
{
	size_t old_size = shard->size ? shard->size + SLACK : 0;
	struct entry *old = shard->entries;
	struct shard to = {
	    .size = shard->size ? shard->size + shard->size / 10 : FIRST_SIZE,
	    .count = shard->count};
	size_t end = to.size + SLACK, next = 0;

	to.entries = xcalloc(end, sizeof(*to.entries));
	for (size_t i = 0; i < old_size; i++) {
		size_t at;

		if (is_free(&old[i]))
			continue;
		at = place(&to, &old[i]);
		at = at > next ? at : next;
		/* Places are random: a run as long as the slack is a bug. */
		assert(at < end - 1);
		to.entries[at] = old[i];
		next = at + 1;
	}
	free(old);
	*shard = to;
}

/* Where it stands, or where it would have to: sets *there. */
static size_t
find(const struct shard *shard, const struct entry *entry, bool *there)
{
	size_t at = place(shard, entry);

	*there = false;
	while (!is_free(&shard->entries[at])) {
		int order = compare(&shard->entries[at], entry);

		*there = order == 0;
		if (order >= 0)
			break;
		at++;
	}
	return at;
}

bool
known_find(const struct known *known, struct identity *told)
{
	struct entry entry = scramble(known, told);
	const struct shard *shard = &known->shards[entry.high >> 56];
	bool there = false;
	size_t at = 0;

	if (shard->size)
		at = find(shard, &entry, &there);
	if (there)
		memcpy(told->told, shard->entries[at].told, sizeof(told->told));
	return there;
}

void
known_add(struct known *known, const struct identity *identity)
{
	struct entry entry = scramble(known, identity);
	struct shard *shard = &known->shards[entry.high >> 56];
	size_t at, stop;
	bool there;

	/* The last place must stay free, so that every search ends. */
	if (shard->count * 100 >= shard->size * 92 ||
	    !is_free(&shard->entries[shard->size + SLACK - 2]))
		grow(shard);
	at = find(shard, &entry, &there);
	if (there) {
		struct identity told = unscramble(known, &shard->entries[at]);

		identity_fill(&told, identity);
		memcpy(shard->entries[at].told, told.told, sizeof(told.told));
		return;
	}
	for (stop = at; !is_free(&shard->entries[stop]); stop++)
		;
	memmove(&shard->entries[at + 1], &shard->entries[at],
	    (stop - at) * sizeof(entry));
	shard->entries[at] = entry;
	shard->count++;
	known->count++;
}

void
known_keep(struct known *known, size_t part,
    bool (*keep)(void *ctx, const struct identity *identity), void *ctx)
{
	struct shard *shard = &known->shards[part];
	struct shard old = *shard;
	size_t places = old.size ? old.size + SLACK : 0;

	*shard = (struct shard){0};
	known->count -= old.count;
	for (size_t i = 0; i < places; i++) {
		struct identity identity;

		if (is_free(&old.entries[i]))
			continue;
		identity = unscramble(known, &old.entries[i]);
		if (keep(ctx, &identity))
			known_add(known, &identity);
	}
	free(old.entries);
}
