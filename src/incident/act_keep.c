#include "incident/act_keep.h"

/* --- texts --- */

static struct slice
share(struct act_keeper *keeper, struct slice s)
{
	return s.len ? texts_keep(&keeper->shared, s)->slice : SLICE("");
}

/* To *to, which goes behind it. */
static struct slice
copy(char **to, struct slice s)
{
	char *text = *to;

	if (!s.len)
		return SLICE("");
	memcpy(text, s.ptr, s.len);
	*to += s.len;
	return slice_of(text, s.len);
}

/* --- columns --- */

/*
 * The target is asked for where it came to something, and where nothing else
 * says what was done; most acts that reach something name it there alone.
 */
static bool
needs_target(const struct act *act)
{
	return act->change_count || !act->reach_count ||
	       (!act->reaches[0].id.len && !act->reaches[0].name.len);
}

static bool
is_asked_for(enum event_column column, bool target)
{
	switch (column) {
	case EV_SOURCE:
	case EV_ID:
	case EV_STATUS_CODE:
	case EV_COUNTRY:
	case EV_ASN:
	case EV_AS_ORG:
	case EV_TARGET_TYPE:
		return false;
	case EV_TARGET_ID:
	case EV_TARGET_NAME:
		return target;
	default:
		return true;
	}
}

static const struct slice *
keep_columns(struct act_keeper *keeper, const struct act *act)
{
	bool target = needs_target(act);
	struct slice col[EV_COLUMNS];
	struct slice row = slice_of(col, sizeof(col));

	for (int i = 0; i < EV_COLUMNS; i++)
		col[i] = is_asked_for((enum event_column)i, target)
		             ? share(keeper, act->col[i])
		             : SLICE("");
	return (const void *)texts_keep(&keeper->lists, row)->slice.ptr;
}

/* --- lists --- */

/* Of what was reached each has an id of its own, mostly. */
static const struct reach *
keep_reaches(struct act_keeper *keeper, const struct act *act, char **to)
{
	size_t size = act->reach_count * sizeof(struct reach);
	struct reach *list;

	if (!size)
		return NULL;
	list = arena_alloc(&keeper->own, size);
	memcpy(list, act->reaches, size);
	keeper->bytes += size;
	for (uint32_t i = 0; i < act->reach_count; i++) {
		struct reach *reach = &list[i];

		reach->place = share(keeper, reach->place);
		reach->folder = share(keeper, reach->folder);
		reach->label = share(keeper, reach->label);
		reach->id = copy(to, reach->id);
		reach->name = copy(to, reach->name);
	}
	return list;
}

static struct way_change
keep_change(struct act_keeper *keeper, const struct way_change *from)
{
	struct way_change change = *from;

	change.object = share(keeper, from->object);
	change.name = share(keeper, from->name);
	change.holder = share(keeper, from->holder);
	change.holder_name = share(keeper, from->holder_name);
	change.place = share(keeper, from->place);
	change.detail = share(keeper, from->detail);
	change.to = share(keeper, from->to);
	change.also = share(keeper, from->also);
	return change;
}

/* Signing in uses the same session, device and factor again and again. */
static const struct way_change *
keep_changes(
    struct act_keeper *keeper, const struct act *act, struct arena *room)
{
	size_t size = act->change_count * sizeof(struct way_change);
	struct way_change *list;

	if (!size)
		return NULL;
	list = arena_alloc(room, size);
	for (uint32_t i = 0; i < act->change_count; i++)
		list[i] = keep_change(keeper, &act->changes[i]);
	return (const void *)texts_keep(&keeper->lists, slice_of(list, size))
	    ->slice.ptr;
}

static const struct blind *
keep_blinds(struct act_keeper *keeper, const struct act *act)
{
	size_t size = act->blind_count * sizeof(struct blind);
	struct blind *list;

	if (!size)
		return NULL;
	list = arena_alloc(&keeper->own, size);
	memcpy(list, act->blinds, size);
	keeper->bytes += size;
	for (uint32_t i = 0; i < act->blind_count; i++)
		list[i].place = share(keeper, list[i].place);
	return list;
}

/* --- the act --- */

static size_t
own_bytes(const struct act *act)
{
	size_t n = 0;

	for (uint32_t i = 0; i < act->reach_count; i++)
		n += act->reaches[i].id.len + act->reaches[i].name.len;
	return n;
}

void
act_keep(struct act_keeper *keeper, struct act *act, struct arena *room)
{
	size_t own = own_bytes(act);
	char *to = own ? arena_alloc(&keeper->texts, own) : NULL;

	keeper->bytes += own + act->event.len;
	act->event = arena_copy(&keeper->own, act->event);
	act->ip = share(keeper, act->ip);
	act->token = share(keeper, act->token);
	act->mailbox = share(keeper, act->mailbox);
	act->credential = share(keeper, act->credential);
	act->account = share(keeper, act->account);
	act->account_id = share(keeper, act->account_id);
	act->col = keep_columns(keeper, act);
	act->reaches = keep_reaches(keeper, act, &to);
	act->changes = keep_changes(keeper, act, room);
	act->blinds = keep_blinds(keeper, act);
}

size_t
act_keeper_bytes(const struct act_keeper *keeper)
{
	return keeper->bytes + keeper->shared.bytes + keeper->lists.bytes;
}

void
act_keeper_release(struct act_keeper *keeper, struct arena *texts)
{
	arena_take(texts, &keeper->texts);
	arena_take(texts, &keeper->shared.arena);
	arena_release(&keeper->own);
	texts_release(&keeper->shared);
	texts_release(&keeper->lists);
}
