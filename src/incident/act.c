#include "incident/act.h"

#include "base/fold.h"
#include "event/read.h"
#include "event/read_fields.h"
#include "incident/act_part.h"
#include "incident/change.h"
#include "incident/intruder.h"

/* --- texts --- */

struct slice
act_fold(struct arena *arena, struct slice s)
{
	char *out;

	if (s.len == 0)
		return SLICE("");
	out = arena_alloc(arena, fold_room(s.len));
	return slice_of(out, fold_bytes(s, out));
}

/* Cut between two characters. */
static struct slice
shorten(struct slice s)
{
	if (s.len <= ACT_TEXT_MAX)
		return s;
	s.len = ACT_TEXT_MAX;
	while (s.len > 0 && ((unsigned char)s.ptr[s.len] & 0xc0) == 0x80)
		s.len--;
	return s;
}

static struct slice
keep(struct arena *arena, struct slice s)
{
	return s.len > 0 ? arena_copy(arena, s) : SLICE("");
}

struct slice
act_plain(struct slice s)
{
	while (
	    s.len > 0 && (s.ptr[s.len - 1] == '.' || s.ptr[s.len - 1] == ' '))
		s.len--;
	return s;
}

static bool
has_at(struct slice s)
{
	return s.len > 0 && memchr(s.ptr, '@', s.len) != NULL;
}

/* --- lists --- */

/* A list that has room for one more; what it was stays in the arena. */
static void *
grow(struct arena *arena, void *list, size_t count, size_t *room, size_t size)
{
	void *larger;

	if (count < *room)
		return list;
	*room = *room ? *room * 2 : 4;
	larger = arena_calloc(arena, *room, size);
	if (count > 0)
		memcpy(larger, list, count * size);
	return larger;
}

void
act_add_reach(struct act_reading *reading, struct reach reach)
{
	struct arena *arena = reading->arena;

	if (reading->reach_count == ACT_REACHES_MAX) {
		reading->beyond++;
		return;
	}
	reading->reaches = grow(arena, reading->reaches, reading->reach_count,
	    &reading->reach_room, sizeof(reach));
	/* Many items have one place, so it is not copied for each. */
	if (reach.place.len == 0)
		reach.place = reading->place;
	else if (reach.place.ptr != reading->place.ptr)
		reach.place = keep(arena, reach.place);
	reach.id = keep(arena, reach.id);
	reach.folder = keep(arena, shorten(reach.folder));
	reach.name = keep(arena, shorten(reach.name));
	reach.label = keep(arena, shorten(reach.label));
	if (reach.size < 0)
		reach.size = -1;
	if (reach.from_us == 0) {
		reach.from_us = reading->event->time_us;
		reach.to_us = reach.from_us;
	}
	reading->reaches[reading->reach_count++] = reach;
}

void
act_add_blind(struct act_reading *reading, struct blind blind)
{
	reading->blinds = grow(reading->arena, reading->blinds,
	    reading->blind_count, &reading->blind_room, sizeof(blind));
	blind.place = act_fold(reading->arena, blind.place);
	reading->blinds[reading->blind_count++] = blind;
}

/* --- mailboxes --- */

struct slice
act_parameter(const struct act_reading *reading, const char *name)
{
	const struct record *record = reading->record;
	struct json list = read_any(record, record->root, "Parameters");

	return slice_trim(
	    read_scalar(record, read_named(record, list, name, "Value")));
}

struct slice
act_mailbox(const struct act_reading *reading)
{
	const struct record *record = reading->record;
	struct slice owner = reading->event->col[EV_MAILBOX];

	if (owner.len == 0)
		owner = read_text(record, record->root, "MailboxGuid");
	if (owner.len == 0)
		owner = reading->account;
	return act_fold(reading->arena, owner);
}

/* The part of an address before its '@' is the name given. */
static bool
is_local_part(struct slice name, struct slice address)
{
	struct slice local = slice_cut(&address, '@');

	return name.len > 0 && address.len > 0 && read_same(name, local);
}

struct slice
act_command_mailbox(const struct act_reading *reading)
{
	static const char *const names[] = {"Mailbox", "Identity"};
	struct slice found = reading->event->col[EV_MAILBOX];

	for (size_t i = 0; i < 2; i++) {
		struct slice value = act_parameter(reading, names[i]);
		struct slice mailbox = slice_cut(&value, '\\');

		if (has_at(mailbox))
			return act_fold(reading->arena, mailbox);
		if (found.len == 0 && i == 0)
			found = mailbox;
	}
	if (found.len == 0 || is_local_part(found, reading->account))
		found = reading->account;
	return act_fold(reading->arena, found);
}

/* --- who --- */

/*
 * Whether the actor's name is a person's.  Who writes an app's name may write
 * an address there, so of an app only the audit log's UserId counts.
 */
static bool
is_person(const struct act_reading *reading)
{
	const struct event *event = reading->event;
	struct slice name = event->col[EV_ACTOR_NAME];
	struct slice type = event->col[EV_ACTOR_TYPE];

	if (!has_at(name) || slice_eq(type, SLICE("system")) ||
	    event->kind == KIND_SIGNIN_SP || event->kind == KIND_SIGNIN_MI)
		return false;
	if (!slice_eq(type, SLICE("app")))
		return true;
	return event->kind == KIND_O365_AUDIT &&
	       read_same(name, keys_str(&reading->keys, KEY_USER_ID)) &&
	       !read_same(name, SLICE("app@sharepoint"));
}

static void
read_who(struct act *act, struct act_reading *reading)
{
	const struct event *event = reading->event;
	bool app = slice_eq(event->col[EV_ACTOR_TYPE], SLICE("app"));
	struct slice id = event->col[EV_ACTOR_ID];

	if (is_person(reading)) {
		act->account =
		    act_fold(reading->arena, event->col[EV_ACTOR_NAME]);
		app = false;
	}
	act->app_only = app;
	if (slice_is_guid(id))
		act->account_id = act_fold(reading->arena, id);
	reading->account = act->account;
}

/* --- sign-ins --- */

static void
read_logon(struct act *act, const struct act_reading *reading)
{
	const struct record *record = reading->record;
	const struct event *event = reading->event;

	act->signin = event->class_uid == 3002 && event->activity == 1;
	if (!act->signin)
		return;
	if (event->kind == KIND_SIGNIN_SP)
		act->credential = act_fold(
		    reading->arena, read_text(record, read_body(record),
		                        "servicePrincipalCredentialKeyId|"
		                        "ServicePrincipalCredentialKeyId|"
		                        "ServicePrincipalCredentialKeyID"));
}

/* --- the act --- */

static void
read_frame(struct act *act, const struct act_reading *reading)
{
	const struct event *event = reading->event;
	struct slice *col;

	act->time_us = event->time_us;
	act->kind = event->kind;
	act->outcome = event->outcome;
	if (event->family != NULL) {
		struct slice parts[] = {
		    slice_cstr(event->family), event->col[EV_ID]};

		act->event = keep(
		    reading->arena, read_join(reading->record, parts, 2, ':'));
	}
	col = arena_alloc(reading->arena, EV_COLUMNS * sizeof(*col));
	for (int i = 0; i < EV_COLUMNS; i++)
		col[i] = keep(reading->arena, shorten(event->col[i]));
	act->ip = col[EV_IP];
	act->token = col[EV_TOKEN];
	act->mailbox = col[EV_MAILBOX];
	col[EV_IP] = col[EV_TOKEN] = col[EV_MAILBOX] = SLICE("");
	act->col = col;
	act->mark = NO_MARK;
}

/* What is more than is kept is said as that, and not left out. */
static void
add_beyond(struct act_reading *reading)
{
	uint64_t beyond = reading->beyond + 1;

	if (reading->beyond == 0)
		return;
	reading->reach_count--;
	act_add_reach(reading, (struct reach){.kind = REACH_MAILBOX,
	                           .how = REACH_AGGREGATED,
	                           .place = reading->place,
	                           .more = beyond,
	                           .size = -1});
}

void
act_read(struct act *act, const struct record *record,
    const struct event *event, struct arena *arena)
{
	struct act_reading reading = {
	    .record = record,
	    .event = event,
	    .operation = act_plain(event->col[EV_OPERATION]),
	    .arena = arena,
	};
	const struct way_change *changes;
	size_t count;

	memset(act, 0, sizeof(*act));
	if (event->kind == KIND_O365_AUDIT)
		read_keys(record, &reading.keys);
	read_frame(act, &reading);
	read_who(act, &reading);
	read_logon(act, &reading);
	act->background = act_is_background(act);
	if (event->outcome != OUTCOME_FAILURE) {
		reach_read(&reading);
		add_beyond(&reading);
		blind_read(&reading);
	}
	act->reaches = reading.reaches;
	act->reach_count =
	    (uint32_t)act_tidy_reaches(reading.reaches, reading.reach_count);
	act->blinds = reading.blinds;
	act->blind_count =
	    (uint32_t)act_tidy_blinds(reading.blinds, reading.blind_count);
	count = way_changes(record, event, &changes, arena);
	act->changes =
	    act_tidy_changes(changes, count, &act->change_count, arena);
}
