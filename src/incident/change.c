#include "incident/change.h"

#include <strings.h>

#include "event/read.h"
#include "event/read_o365.h"
#include "incident/change_part.h"

struct slice
way_lower(struct slice s, struct arena *arena)
{
	char *text = arena_alloc(arena, s.len + 1);

	for (size_t i = 0; i < s.len; i++)
		text[i] =
		    (char)(s.ptr[i] >= 'A' && s.ptr[i] <= 'Z' ? s.ptr[i] | 0x20
		                                              : s.ptr[i]);
	text[s.len] = '\0';
	return slice_of(text, s.len);
}

struct slice
way_alias(struct slice who, struct arena *arena)
{
	const char *mark;

	who = slice_trim(who);
	if (change_begins(who, "smtp:"))
		who = slice_skip(who, 5);
	mark = who.len ? memrchr(who.ptr, '/', who.len) : NULL;
	if (mark)
		who = slice_skip(who, (size_t)(mark - who.ptr) + 1);
	mark = who.len ? memrchr(who.ptr, '\\', who.len) : NULL;
	if (mark)
		who = slice_skip(who, (size_t)(mark - who.ptr) + 1);
	mark = who.len ? memchr(who.ptr, '@', who.len) : NULL;
	if (mark && mark > who.ptr)
		who.len = (size_t)(mark - who.ptr);
	return way_lower(who, arena);
}

/* --- what the parts share --- */

void
change_add(struct changes *changes, const struct way_change *change)
{
	struct arena *arena = changes->arena;
	struct way_change *added;

	if (!change->object.len)
		return;
	if (changes->count == changes->room) {
		size_t room = 2 * changes->room + 4;
		struct way_change *list =
		    arena_alloc(arena, room * sizeof(*list));

		if (changes->count)
			memcpy(list, changes->list,
			    changes->count * sizeof(*list));
		changes->list = list;
		changes->room = room;
	}
	added = &changes->list[changes->count++];
	*added = (struct way_change){.way = change->way,
	    .verb = change->verb,
	    .object = way_lower(change->object, arena),
	    .also = way_lower(change->also, arena),
	    .holder = way_lower(change->holder, arena),
	    .name = arena_copy(arena, change->name),
	    .holder_name = arena_copy(arena, change->holder_name),
	    .place = arena_copy(arena, change->place),
	    .detail = arena_copy(arena, change->detail),
	    .to = arena_copy(arena, change->to),
	    .until_us = change->until_us ? change->until_us : EVENT_NO_TIME};
}

struct slice
change_join(struct changes *changes, struct slice a, struct slice b)
{
	char *text;

	if (!a.len || !b.len)
		return SLICE("");
	text = arena_alloc(changes->arena, a.len + b.len + 1);
	memcpy(text, a.ptr, a.len);
	text[a.len] = ':';
	memcpy(text + a.len + 1, b.ptr, b.len);
	return slice_of(text, a.len + b.len + 1);
}

bool
change_is(struct slice s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.ptr, word, s.len);
}

bool
change_begins(struct slice s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && !strncasecmp(s.ptr, word, n);
}

static const char *
find(struct slice s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.len; i++)
		if (!strncasecmp(s.ptr + i, word, n))
			return s.ptr + i;
	return NULL;
}

bool
change_has(struct slice s, const char *word)
{
	return find(s, word) != NULL;
}

bool
change_holds(struct slice s, struct slice part)
{
	return part.len && s.len >= part.len &&
	       memmem(s.ptr, s.len, part.ptr, part.len);
}

struct slice
change_behind(struct slice s, const char *word)
{
	const char *at = find(s, word);

	return at ? slice_skip(s, (size_t)(at - s.ptr) + strlen(word))
	          : SLICE("");
}

static bool
is_one_of(char c, const char *set)
{
	return memchr(set, c, strlen(set)) != NULL;
}

struct slice
change_member(struct slice *text, const char *name)
{
	size_t n = strlen(name);
	struct slice s = *text, value;

	for (; s.len > n + 2; s = slice_skip(s, 1))
		if (s.ptr[0] == '"' && s.ptr[n + 1] == '"' &&
		    !strncasecmp(s.ptr + 1, name, n))
			break;
	s = slice_skip(s, n + 2);
	while (s.len && is_one_of(s.ptr[0], " \t\r\n:\""))
		s = slice_skip(s, 1);
	value = slice_of(s.ptr, 0);
	while (value.len < s.len && !is_one_of(s.ptr[value.len], "\",}]\r\n"))
		value.len++;
	*text = slice_skip(s, value.len);
	return change_is(value, "null") ? SLICE("") : value;
}

bool
change_fits(struct slice operation, const char *row)
{
	size_t n = strlen(row);

	if (row[n - 1] != '*')
		return change_is(operation, row);
	return operation.len >= n - 1 &&
	       !strncasecmp(operation.ptr, row, n - 1);
}

/* --- the record --- */

static void
read_audit(struct changes *changes)
{
	int64_t type = o365_type(read_any(changes->record,
	    changes->record->root, "RecordType|auditLogRecordType"));

	switch (type) {
	case O365_EXCHANGE_ADMIN:
		change_exchange(changes);
		break;
	case O365_EXCHANGE_ITEM:
	case O365_EXCHANGE_GROUP:
	case O365_EXCHANGE_AGGREGATED:
		change_mailbox(changes);
		break;
	case O365_DIRECTORY:
		change_directory(changes);
		break;
	case O365_STS_LOGON:
	case O365_ACCOUNT_LOGON:
		change_signin(changes);
		break;
	default:
		/* Of Purview's cmdlets the type is written in many ways. */
		change_site(changes);
		change_exchange(changes);
	}
}

size_t
way_changes(const struct record *record, const struct event *event,
    const struct way_change **out, struct arena *arena)
{
	struct changes changes = {
	    .record = record, .event = event, .arena = arena};

	*out = NULL;
	if (event->outcome == OUTCOME_FAILURE)
		return 0;
	switch (event->kind) {
	case KIND_O365_AUDIT:
		read_audit(&changes);
		break;
	case KIND_ENTRA_AUDIT:
		change_directory(&changes);
		break;
	case KIND_SIGNIN:
	case KIND_SIGNIN_NONINTERACTIVE:
	case KIND_SIGNIN_SP:
	case KIND_SIGNIN_MI:
		change_signin(&changes);
		break;
	case KIND_GRAPH_ACTIVITY:
		change_graph(&changes);
		break;
	default:
		break;
	}
	*out = changes.list;
	return changes.count;
}
