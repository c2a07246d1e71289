#include "event/seen.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/hash.h"

/*
 * 256 tables, each sorted by fingerprint: a fingerprint has a place by its
 * value, and an entry stands there or a little behind, after all smaller ones.
 * Sorted tables can be filled to 92 % and still answer after a few steps, and
 * grow by a tenth at a time, which keeps the room they waste small.
 */
#define SHARDS     256
#define ENTRY      20 /* 12 bytes id, 8 bytes told */
#define FIRST_SIZE 64
#define SLACK      64 /* places behind the last one */

struct shard {
	unsigned char *entries; /* owned; an all-zero id is a free place */
	size_t size;            /* places, without the slack */
	size_t count;
};

struct seen {
	uint64_t seed;
	struct shard shards[SHARDS];
};

struct seen *
seen_new(void)
{
	struct seen *seen = xcalloc(1, sizeof(*seen));

	/* Without randomness the table is as right, only guessable. */
	if (getrandom(&seen->seed, sizeof(seen->seed), 0) < 0)
		seen->seed = 0;
	return seen;
}

void
seen_free(struct seen *seen)
{
	if (!seen)
		return;
	for (size_t i = 0; i < SHARDS; i++)
		free(seen->shards[i].entries);
	free(seen);
}

uint64_t
seen_seed(const struct seen *seen)
{
	return seen->seed;
}

size_t
seen_bytes(const struct seen *seen)
{
	size_t bytes = sizeof(*seen);

	for (size_t i = 0; i < SHARDS; i++)
		if (seen->shards[i].size)
			bytes += (seen->shards[i].size + SLACK) * ENTRY;
	return bytes;
}

void
seen_key(uint64_t seed, struct slice text, struct seen_event *out)
{
	uint64_t h = hash64(text, seed);

	out->known_id = true;
	out->id[0] = (uint32_t)(h >> 32);
	out->id[1] = (uint32_t)h;
	out->id[2] = (uint32_t)hash64(text, seed + 1) | 1; /* never all 0 */
}

void
seen_prepare(uint64_t seed, const struct event *event, struct seen_event *out)
{
	struct slice tenant = event->col[EV_TENANT];
	uint64_t h;

	memset(out, 0, sizeof(*out));
	event_told(event, out->told);
	if (!event->family || !event->col[EV_ID].len)
		return;
	h = hash64(slice_cstr(event->family), seed ^ hash64(tenant, seed));
	seen_key(h, event->col[EV_ID], out);
}

static int
compare(const unsigned char *entry, const uint32_t id[3])
{
	uint32_t have[3];

	memcpy(have, entry, sizeof(have));
	for (int i = 0; i < 3; i++)
		if (have[i] != id[i])
			return have[i] < id[i] ? -1 : 1;
	return 0;
}

static bool
is_free(const unsigned char *entry)
{
	uint32_t last;

	memcpy(&last, entry + 8, sizeof(last));
	return last == 0;
}

/* The shard took the first 8 bits; the next 32 say where. */
static size_t
place(const struct shard *shard, const uint32_t id[3])
{
	uint64_t fraction = ((uint64_t)id[0] << 8 | id[1] >> 24) & 0xffffffffu;

	return (size_t)((fraction * shard->size) >> 32);
}

static void
grow(struct shard *shard)
{
	size_t old_size = shard->size ? shard->size + SLACK : 0;
	unsigned char *old = shard->entries;
	size_t end, next = 0;
	struct shard to = {
	    .size = shard->size ? shard->size + shard->size / 10 : FIRST_SIZE};

	to.entries = xcalloc(to.size + SLACK, ENTRY);
	end = to.size + SLACK;
	for (size_t i = 0; i < old_size; i++) {
		const unsigned char *entry = old + i * ENTRY;
		uint32_t id[3];
		size_t at;

		if (is_free(entry))
			continue;
		memcpy(id, entry, sizeof(id));
		at = place(&to, id);
		at = at > next ? at : next;
		/* Ids are random: a run as long as the slack is a bug. */
		assert(at < end - 1);
		memcpy(to.entries + at * ENTRY, entry, ENTRY);
		next = at + 1;
	}
	free(old);
	shard->entries = to.entries;
	shard->size = to.size;
}

/* Puts a new entry at `at` and moves what stands there on by one. */
static void
insert(struct shard *shard, size_t at, const struct seen_event *event)
{
	size_t stop = at;
	unsigned char *entry;

	while (!is_free(shard->entries + stop * ENTRY))
		stop++;
	entry = shard->entries + at * ENTRY;
	memmove(entry + ENTRY, entry, (stop - at) * ENTRY);
	memcpy(entry, event->id, sizeof(event->id));
	memcpy(entry + sizeof(event->id), event->told, sizeof(event->told));
	shard->count++;
}

static enum seen_result
merge(unsigned char *told, const unsigned char *now, unsigned *differs)
{
	bool fills = told_join(told, now, differs);

	return *differs ? SEEN_CONFLICT : fills ? SEEN_TELLING : SEEN_REPEAT;
}

void
seen_prefetch(const struct seen *seen, const struct seen_event *event)
{
	const struct shard *shard = &seen->shards[event->id[0] >> 24];

	if (event->known_id && shard->size)
		__builtin_prefetch(
		    shard->entries + place(shard, event->id) * ENTRY, 1);
}

enum seen_result
seen_add(struct seen *seen, const struct seen_event *event, unsigned *differs)
{
	struct shard *shard = &seen->shards[event->id[0] >> 24];
	size_t at;
	int order = -1;

	if (!event->known_id)
		return SEEN_NEW;
	/* The last place must stay free, so that every search ends. */
	if (shard->count * 100 >= shard->size * 92 ||
	    !is_free(shard->entries + (shard->size + SLACK - 2) * ENTRY))
		grow(shard);
	at = place(shard, event->id);
	while (!is_free(shard->entries + at * ENTRY)) {
		order = compare(shard->entries + at * ENTRY, event->id);
		if (order >= 0)
			break;
		at++;
	}
	if (order == 0)
		return merge(shard->entries + at * ENTRY + sizeof(event->id),
		    event->told, differs);
	insert(shard, at, event);
	return SEEN_NEW;
}
