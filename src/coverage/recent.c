#include "coverage/recent.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bytes.h"

#define FIRST_ROOM 64

struct recent {
	struct recent_name *list; /* owned: [begin, end) are there */
	size_t begin, end, room;  /* room: a power of two */
	uint32_t *slots; /* owned: 1 + place in the list; 0: free; 2 a place */
};

struct recent *
recent_new(void)
{
	return xcalloc(1, sizeof(struct recent));
}

void
recent_free(struct recent *recent)
{
	if (!recent)
		return;
	free(recent->list);
	free(recent->slots);
	free(recent);
}

/*
 * Its slot, or the free one where it would stand.  Of one that was forgotten
 * the slot still leads on, and does not find it.
 */
static uint32_t *
slot_of(const struct recent *recent, const unsigned char name[16])
{
	size_t mask = 2 * recent->room - 1;
	size_t slot = (size_t)get_u64(name) & mask;

	while (
	    recent->slots[slot] &&
	    memcmp(recent->list[recent->slots[slot] - 1].name, name, 16) != 0)
		slot = (slot + 1) & mask;
	return &recent->slots[slot];
}

bool
recent_has(const struct recent *recent, const unsigned char name[16])
{
	return recent->room && *slot_of(recent, name) > recent->begin;
}

/* Moves what is there to the front, in a list of this room. */
static void
rebuild(struct recent *recent, size_t room)
{
	struct recent_name *list = xcalloc(room, sizeof(*list));
	uint32_t *slots = xcalloc(2 * room, sizeof(*slots));
	size_t count = recent->end - recent->begin;

	if (count)
		memcpy(
		    list, recent->list + recent->begin, count * sizeof(*list));
	free(recent->list);
	free(recent->slots);
	recent->list = list;
	recent->slots = slots;
	recent->begin = 0;
	recent->end = count;
	recent->room = room;
	for (size_t i = 0; i < count; i++)
		*slot_of(recent, list[i].name) = (uint32_t)(i + 1);
}

static void
make_room(struct recent *recent)
{
	size_t count = recent->end - recent->begin;

	/* A quarter of it is free then, so that this is seldom. */
	if (!recent->room)
		rebuild(recent, FIRST_ROOM);
	else
		rebuild(recent, count > recent->room / 4 * 3 ? 2 * recent->room
		                                             : recent->room);
}

void
recent_add(struct recent *recent, const struct recent_name *name)
{
	if (recent_has(recent, name->name))
		return;
	if (recent_count(recent) == RECENT_MAX)
		recent->begin++;
	if (recent->end == recent->room)
		make_room(recent);
	recent->list[recent->end++] = *name;
	/* One that was forgotten gives its slot to the new one. */
	*slot_of(recent, name->name) = (uint32_t)recent->end;
}

void
recent_forget(struct recent *recent, uint64_t before)
{
	while (recent->begin < recent->end &&
	       recent->list[recent->begin].hour < before)
		recent->begin++;
}

size_t
recent_count(const struct recent *recent)
{
	return recent->end - recent->begin;
}

const struct recent_name *
recent_at(const struct recent *recent, size_t i)
{
	return &recent->list[recent->begin + i];
}
