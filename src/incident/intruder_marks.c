/*
 * The marks, and by which names they are known.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/fold.h"
#include "base/hash.h"
#include "incident/intruder_part.h"

#define FIRST_ROOM 64

/* --- names --- */

struct name_slot {
	uint32_t scope; /* 1 + what was given; 0: free */
	uint32_t hash;
	struct slice name;
	int64_t number;
};

static uint32_t
hash_of(uint32_t scope, struct slice name)
{
	return (uint32_t)(hash64(name, scope) >> 32);
}

/* Its slot, or the free one where it would stand; there is always one. */
static struct name_slot *
slot_of(const struct numbered *names, uint32_t scope, struct slice name)
{
	uint32_t hash = hash_of(scope, name);
	size_t i = hash & (names->room - 1);

	while (names->slots[i].scope) {
		struct name_slot *slot = &names->slots[i];

		if (slot->hash == hash && slot->scope == scope + 1 &&
		    slice_eq(slot->name, name))
			break;
		i = (i + 1) & (names->room - 1);
	}
	return &names->slots[i];
}

int64_t *
numbered_find(struct numbered *names, uint32_t scope, struct slice name)
{
	struct name_slot *slot;

	if (!names->room || !name.len)
		return NULL;
	slot = slot_of(names, scope, name);
	return slot->scope ? &slot->number : NULL;
}

static void
numbered_grow(struct numbered *names)
{
	struct numbered more = {
	    .room = names->room ? 2 * names->room : FIRST_ROOM,
	    .used = names->used};

	more.slots = xcalloc(more.room, sizeof(*more.slots));
	for (size_t i = 0; i < names->room; i++) {
		const struct name_slot *slot = &names->slots[i];

		if (slot->scope)
			*slot_of(&more, slot->scope - 1, slot->name) = *slot;
	}
	free(names->slots);
	*names = more;
}

int64_t *
numbered_add(
    struct numbered *names, uint32_t scope, struct slice name, int64_t number)
{
	struct name_slot *slot;

	if (2 * names->used >= names->room)
		numbered_grow(names);
	slot = slot_of(names, scope, name);
	if (!slot->scope) {
		*slot = (struct name_slot){.scope = scope + 1,
		    .hash = hash_of(scope, name),
		    .name = name,
		    .number = number};
		names->used++;
	}
	return &slot->number;
}

void
numbered_release(struct numbered *names)
{
	free(names->slots);
	*names = (struct numbered){0};
}

/* --- marks --- */

const char *const mark_kind_names[MARK_KINDS] = {
    [MARK_IP] = "ip",
    [MARK_SESSION] = "session",
    [MARK_TOKEN] = "token",
    [MARK_DEVICE] = "device",
    [MARK_CREDENTIAL] = "credential",
    [MARK_APP] = "app",
    [MARK_USER] = "user",
    [MARK_RECORD] = "record",
};

/* Longer texts are no names of anything. */
#define NAME_MAX_BYTES 1024

struct slice
intruder_fold(struct intruder *intruder, struct slice text)
{
	char *folded = arena_alloc(&intruder->arena, fold_room(text.len) + 1);
	size_t len = fold_bytes(text, folded);

	folded[len] = '\0';
	return slice_of(folded, len);
}

/* The value as marks are compared: tokens are told apart by case. */
static struct slice
value_of(enum mark_kind kind, struct slice value, char *room)
{
	if (kind == MARK_TOKEN || value.len > NAME_MAX_BYTES)
		return value;
	return slice_of(room, fold_bytes(value, room));
}

static uint32_t
find_net(const struct intruder *intruder, struct slice text)
{
	struct ip ip;

	if (!intruder->net_count || !ip_parse(text, &ip))
		return NO_MARK;
	for (size_t i = 0; i < intruder->net_count; i++)
		if (ip_net_has(&intruder->nets[i], &ip))
			return intruder->net_marks[i];
	return NO_MARK;
}

uint32_t
mark_find(struct intruder *intruder, enum mark_kind kind, struct slice value)
{
	char room[NAME_MAX_BYTES + NAME_MAX_BYTES / 2 + 8];
	const int64_t *found;

	if (!value.len)
		return NO_MARK;
	found =
	    numbered_find(&intruder->known, kind, value_of(kind, value, room));
	if (found)
		return (uint32_t)*found;
	return kind == MARK_IP ? find_net(intruder, value) : NO_MARK;
}

/* --- texts of acts, by where they stand --- */

static size_t
spot_of(struct slice text, uint64_t kind, size_t room)
{
	uint64_t mixed = hash_mix(
	    (uintptr_t)text.ptr ^ kind << 56, UINT64_C(0x9e3779b97f4a7c15));

	return (size_t)mixed & (room - 1);
}

static bool
is_same_text(struct slice a, struct slice b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

void
mark_forget(struct intruder *intruder)
{
	if (++intruder->turn)
		return;
	memset(intruder->found_marks, 0, sizeof(intruder->found_marks));
	memset(intruder->found_places, 0, sizeof(intruder->found_places));
	intruder->turn = 1;
}

uint32_t
mark_of_text(struct intruder *intruder, enum mark_kind kind, struct slice text)
{
	struct found_mark *found =
	    &intruder->found_marks[spot_of(text, kind, FOUND_MARKS)];

	if (!text.len)
		return NO_MARK;
	if (found->turn != intruder->turn || found->kind != kind ||
	    !is_same_text(found->text, text))
		*found = (struct found_mark){text, kind, intruder->turn,
		    mark_find(intruder, kind, text)};
	return found->mark;
}

struct slice
place_of_text(struct intruder *intruder, struct slice ip)
{
	struct found_place *found =
	    &intruder->found_places[spot_of(ip, 0, FOUND_PLACES)];

	if (!ip.len)
		return SLICE("");
	if (found->turn != intruder->turn || !is_same_text(found->text, ip)) {
		found->text = ip;
		found->turn = intruder->turn;
		found->place = place_of(ip, found->room);
	}
	return found->place;
}

uint32_t
mark_of_account(struct intruder *intruder, const struct act *act)
{
	uint32_t mark = mark_of_text(intruder, MARK_USER, act->account_id);

	return mark != NO_MARK
	           ? mark
	           : mark_of_text(intruder, MARK_USER, act->account);
}

uint32_t
mark_of_app(struct intruder *intruder, const struct act *act)
{
	uint32_t mark = mark_of_text(intruder, MARK_APP, act->col[EV_APP_ID]);

	if (mark == NO_MARK && act->app_only)
		mark = mark_of_text(intruder, MARK_APP, act->account_id);
	return mark;
}

static void
add_name(struct intruder *intruder, uint32_t mark, struct slice value)
{
	enum mark_kind kind = intruder->marks[mark].kind;

	numbered_add(&intruder->known, kind, value, mark);
	if (intruder->name_count == intruder->name_room) {
		intruder->name_room =
		    intruder->name_room ? 2 * intruder->name_room : FIRST_ROOM;
		intruder->names = xrealloc(intruder->names,
		    intruder->name_room * sizeof(*intruder->names));
	}
	intruder->names[intruder->name_count++] =
	    (struct mark_name){kind, value};
	intruder->changed = true;
	mark_forget(intruder);
}

void
mark_alias(struct intruder *intruder, uint32_t mark, struct slice name)
{
	enum mark_kind kind = intruder->marks[mark].kind;

	if (!name.len || mark_of_text(intruder, kind, name) != NO_MARK)
		return;
	add_name(intruder, mark, intruder_fold(intruder, name));
}

void
mark_call(struct intruder *intruder, uint32_t mark, struct slice name)
{
	if (!intruder->marks[mark].name.len && name.len)
		intruder->marks[mark].name = arena_copy(&intruder->arena, name);
}

static uint32_t
mark_new(struct intruder *intruder, const struct mark *like)
{
	uint32_t number = (uint32_t)intruder->mark_count;
	struct mark *mark;

	if (intruder->mark_count == intruder->mark_room) {
		intruder->mark_room =
		    intruder->mark_room ? 2 * intruder->mark_room : FIRST_ROOM;
		intruder->marks = xrealloc(
		    intruder->marks, intruder->mark_room * sizeof(*mark));
	}
	intruder->records |= like->kind == MARK_RECORD;
	mark = &intruder->marks[intruder->mark_count++];
	*mark = *like;
	mark->value = like->kind == MARK_TOKEN
	                  ? arena_copy(&intruder->arena, like->value)
	                  : intruder_fold(intruder, like->value);
	mark->name = arena_copy(&intruder->arena, like->name);
	mark->cut =
	    numbered_find(&intruder->cuts, like->kind, mark->value) != NULL;
	add_name(intruder, number, mark->value);
	return number;
}

/* `number` is the one that is there, or NO_MARK. */
static uint32_t
put(struct intruder *intruder, const struct mark *like, uint32_t number)
{
	struct mark *mark;

	if (!like->value.len || like->value.len > NAME_MAX_BYTES)
		return NO_MARK;
	if (number == NO_MARK)
		return mark_new(intruder, like);
	mark = &intruder->marks[number];
	if (mark->from_us > like->from_us) {
		mark->from_us = like->from_us;
		intruder->changed = true;
	}
	if (mark->certainty < like->certainty) {
		mark->certainty = like->certainty;
		intruder->changed = true;
	}
	if (!mark->own && like->own) {
		mark->own = true;
		mark->rule = like->rule;
		intruder->changed = true;
	}
	if (!mark->name.len && like->name.len)
		mark->name = arena_copy(&intruder->arena, like->name);
	return number;
}

uint32_t
mark_put(struct intruder *intruder, const struct mark *like)
{
	return put(
	    intruder, like, mark_find(intruder, like->kind, like->value));
}

uint32_t
mark_put_text(struct intruder *intruder, const struct mark *like)
{
	return put(
	    intruder, like, mark_of_text(intruder, like->kind, like->value));
}

struct slice
place_of(struct slice ip, char room[IP_TEXT_MAX])
{
	struct ip bytes;

	if (!ip_parse(ip, &bytes))
		return SLICE("");
	if (!ip_is_v4(&bytes))
		memset(bytes.bytes + 8, 0, 8);
	return ip_format(&bytes, room);
}
