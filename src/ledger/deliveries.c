#include "ledger/deliveries.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/hash.h"

/* By number: the list itself, which is in order.  By name: open addressing. */
struct deliveries {
	uint64_t seed;
	struct delivery *list; /* owned */
	size_t count, room;
	uint32_t *slots;   /* owned: 1 + place in the list; 0: free */
	size_t slot_count; /* a power of two, at least twice the count */
};

#define FIRST_ROOM 32

struct deliveries *
deliveries_new(void)
{
	struct deliveries *deliveries = xcalloc(1, sizeof(*deliveries));

	/* Without randomness the table is as right, only guessable. */
	if (getrandom(&deliveries->seed, sizeof(deliveries->seed), 0) < 0)
		deliveries->seed = 0;
	return deliveries;
}

void
deliveries_free(struct deliveries *deliveries)
{
	if (!deliveries)
		return;
	free(deliveries->list);
	free(deliveries->slots);
	free(deliveries);
}

/* The slot of the name, or the free one where it would stand. */
static size_t
slot_of(const struct deliveries *deliveries, const unsigned char name[16])
{
	size_t mask = deliveries->slot_count - 1;
	size_t slot =
	    (size_t)hash64(slice_of(name, 16), deliveries->seed) & mask;

	for (;; slot = (slot + 1) & mask) {
		uint32_t place = deliveries->slots[slot];

		if (!place ||
		    !memcmp(deliveries->list[place - 1].name, name, 16))
			return slot;
	}
}

static void
fill_slots(struct deliveries *deliveries)
{
	memset(deliveries->slots, 0,
	    deliveries->slot_count * sizeof(*deliveries->slots));
	for (size_t i = 0; i < deliveries->count; i++)
		deliveries
		    ->slots[slot_of(deliveries, deliveries->list[i].name)] =
		    (uint32_t)(i + 1);
}

static void
grow(struct deliveries *deliveries)
{
	size_t room = deliveries->room ? 2 * deliveries->room : FIRST_ROOM;

	assert(room < UINT32_MAX / 2);
	deliveries->list =
	    xrealloc(deliveries->list, room * sizeof(*deliveries->list));
	deliveries->room = room;
	deliveries->slot_count = 2 * room;
	deliveries->slots = xrealloc(deliveries->slots,
	    deliveries->slot_count * sizeof(*deliveries->slots));
	fill_slots(deliveries);
}

void
deliveries_add(
    struct deliveries *deliveries, const unsigned char name[16], uint64_t index)
{
	struct delivery *last;

	if (deliveries->count == deliveries->room)
		grow(deliveries);
	last = &deliveries->list[deliveries->count];
	assert(!deliveries->count || last[-1].index < index);
	*last = (struct delivery){.index = index};
	memcpy(last->name, name, sizeof(last->name));
	deliveries->slots[slot_of(deliveries, name)] =
	    (uint32_t)(++deliveries->count);
}

struct delivery *
deliveries_named(
    const struct deliveries *deliveries, const unsigned char name[16])
{
	uint32_t place;

	if (!deliveries->count)
		return NULL;
	place = deliveries->slots[slot_of(deliveries, name)];
	return place ? &deliveries->list[place - 1] : NULL;
}

struct delivery *
deliveries_at(const struct deliveries *deliveries, uint64_t index)
{
	size_t low = 0, high = deliveries->count;

	/* Records mostly belong to the newest. */
	if (high && deliveries->list[high - 1].index == index)
		return &deliveries->list[high - 1];
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (deliveries->list[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low < deliveries->count && deliveries->list[low].index == index
	           ? &deliveries->list[low]
	           : NULL;
}

struct wal_mark *
deliveries_marks(
    const struct deliveries *deliveries, uint64_t size, size_t *count)
{
	struct wal_mark *marks = xcalloc(deliveries->count + 1, sizeof(*marks));

	*count = 0;
	for (size_t i = 0; i < deliveries->count; i++) {
		const struct delivery *d = &deliveries->list[i];
		bool open = !d->closed || d->closing >= size;

		if (open && d->index < size)
			marks[(*count)++] =
			    (struct wal_mark){d->index, d->durable};
	}
	return marks;
}

void
deliveries_forget(struct deliveries *deliveries, uint64_t end)
{
	size_t kept = 0;

	for (size_t i = 0; i < deliveries->count; i++) {
		const struct delivery *d = &deliveries->list[i];

		if (!d->closed || d->closing >= end)
			deliveries->list[kept++] = *d;
	}
	deliveries->count = kept;
	if (deliveries->slots)
		fill_slots(deliveries);
}
