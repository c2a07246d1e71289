/*
 * The directory's changes, as the audit log has them (operations end with a
 * period, one target, lists laid out in strings), as Graph and Event Hubs do
 * (several targets, values as JSON in strings) and as the portal's CSV.
 */
#include <stdio.h>

#include "event/read.h"
#include "event/read_fields.h"
#include "event/read_o365.h"
#include "incident/change_part.h"

#define PORTAL_PROPERTIES 5 /* of a target, in the portal's columns */

static void
add_property(struct directory *dir, const struct dir_property *property)
{
	if (dir->count == dir->room) {
		size_t room = 2 * dir->room + 8;
		struct dir_property *list =
		    arena_alloc(dir->changes->arena, room * sizeof(*list));

		if (dir->count)
			memcpy(
			    list, dir->properties, dir->count * sizeof(*list));
		dir->properties = list;
		dir->room = room;
	}
	dir->properties[dir->count++] = *property;
}

/* --- reading: everything is copied, since one JSON in a text is open --- */

static void
read_properties(struct directory *dir, struct json list)
{
	const struct record *record = dir->changes->record;
	struct json_iter it = json_iter(list);
	struct json entry;

	while (json_next(&it, NULL, &entry)) {
		struct dir_property property = {
		    read_text(record, entry, "displayName|Name|DisplayName"),
		    read_text(record, entry, "newValue|NewValue"),
		    read_text(record, entry, "oldValue|OldValue")};

		add_property(dir, &property);
	}
}

static void
read_audit_log(struct directory *dir)
{
	const struct record *record = dir->changes->record;
	struct o365_identity what =
	    read_o365_identity(record, JSON_GET(record->root, "Target"));

	dir->targets[dir->target_count++] = (struct dir_target){.id = what.oid,
	    .name = what.name,
	    .upn = what.upn,
	    .type = what.kind,
	    .app = what.app_id};
	read_properties(dir,
	    read_open(record, JSON_GET(record->root, "ModifiedProperties")));
}

static void
read_entra(struct directory *dir)
{
	const struct record *record = dir->changes->record;
	struct json_iter it =
	    json_iter(read_part(record, "targetResources|TargetResources"));
	struct json target;

	while (
	    json_next(&it, NULL, &target) && dir->target_count < DIR_TARGETS) {
		dir->targets[dir->target_count++] = (struct dir_target){
		    .id = read_text(record, target, "id|Id"),
		    .name =
		        read_text(record, target, "displayName|DisplayName"),
		    .upn = read_text(
		        record, target, "userPrincipalName|UserPrincipalName"),
		    .type = read_text(record, target, "type|Type")};
		read_properties(
		    dir, read_any(record, target,
		             "modifiedProperties|ModifiedProperties"));
	}
	dir->reason =
	    read_text(record, read_body(record), "resultReason|ResultReason");
}

static void
read_details(struct directory *dir)
{
	const struct record *record = dir->changes->record;
	struct json list =
	    read_part(record, "additionalDetails|AdditionalDetails");
	struct json_iter it = json_iter(list);
	struct json entry;

	while (json_next(&it, NULL, &entry)) {
		struct slice key = read_text(record, entry, "key|Key");
		struct slice value = read_text(record, entry, "value|Value");

		if (change_is(key, "Device ID") || change_is(key, "DeviceId"))
			dir->device = value;
		else if (change_begins(key, "lifetimeInMinutes"))
			dir->minutes = value;
	}
}

/* Of a column such as Target1ModifiedProperty2Name. */
static struct slice
portal(const struct directory *dir, const char *begin, int n, const char *end)
{
	const struct record *record = dir->changes->record;
	char name[64];

	(void)snprintf(name, sizeof(name), "%s%d%s", begin, n, end);
	return read_scalar(record, json_get(record->root, slice_cstr(name)));
}

static void
read_portal(struct directory *dir)
{
	static const char part[] = "Target1ModifiedProperty";

	for (int i = 1; i <= 3; i++) {
		struct dir_target target = {
		    .id = portal(dir, "Target", i, "ObjectId"),
		    .name = portal(dir, "Target", i, "DisplayName"),
		    .upn = portal(dir, "Target", i, "UserPrincipalName"),
		    .type = portal(dir, "Target", i, "Type")};

		if (target.id.len || target.name.len)
			dir->targets[dir->target_count++] = target;
	}
	for (int i = 1; i <= PORTAL_PROPERTIES; i++) {
		struct dir_property property = {portal(dir, part, i, "Name"),
		    portal(dir, part, i, "NewValue"),
		    portal(dir, part, i, "OldValue")};

		if (property.name.len)
			add_property(dir, &property);
	}
	dir->reason = read_text(
	    dir->changes->record, dir->changes->record->root, "ResultReason");
}

/* --- asking --- */

static struct slice
inside(struct slice s, char open, char close)
{
	s = slice_trim_json(s);
	if (s.len >= 2 && s.ptr[0] == open && s.ptr[s.len - 1] == close)
		s = slice_of(s.ptr + 1, s.len - 2);
	return slice_trim_json(s);
}

/* "x", "\"x\"", "[\r\n  \"x\"\r\n]" and "[\"x\"]" are x; "[]", "null": none. */
static struct slice
plain(struct slice s)
{
	s = inside(inside(inside(s, '"', '"'), '[', ']'), '"', '"');
	return change_is(s, "null") ? SLICE("") : s;
}

const struct dir_property *
dir_property(const struct directory *dir, const char *name)
{
	for (size_t i = 0; i < dir->count; i++)
		if (change_is(dir->properties[i].name, name))
			return &dir->properties[i];
	return NULL;
}

struct slice
dir_now(const struct directory *dir, const char *name)
{
	const struct dir_property *property = dir_property(dir, name);

	return property ? plain(property->now) : SLICE("");
}

struct slice
dir_before(const struct directory *dir, const char *name)
{
	const struct dir_property *property = dir_property(dir, name);

	return property ? plain(property->before) : SLICE("");
}

struct slice
dir_value(const struct directory *dir, const char *name)
{
	struct slice now = dir_now(dir, name);

	return now.len ? now : dir_before(dir, name);
}

struct dir_target
dir_target(const struct directory *dir, const char *type)
{
	for (size_t i = 0; i < dir->target_count; i++)
		if (change_is(dir->targets[i].type, type))
			return dir->targets[i];
	return (struct dir_target){0};
}

struct dir_target
dir_principal(const struct directory *dir)
{
	static const char *const types[] = {
	    "User", "ServicePrincipal", "Group"};
	struct dir_target target = {0};

	for (size_t i = 0; i < 3 && !target.id.len; i++)
		target = dir_target(dir, types[i]);
	return target.id.len ? target : dir->targets[0];
}

void
change_directory(struct changes *changes)
{
	struct directory dir = {.changes = changes,
	    .operation = slice_trim(changes->event->col[EV_OPERATION])};
	const struct record *record = changes->record;

	if (dir.operation.len &&
	    dir.operation.ptr[dir.operation.len - 1] == '.')
		dir.operation.len--;
	if (changes->event->kind == KIND_O365_AUDIT)
		read_audit_log(&dir);
	else if (json_present(JSON_GET(record->root, "Date (UTC)")))
		read_portal(&dir);
	else
		read_entra(&dir);
	if (changes->event->kind == KIND_ENTRA_AUDIT)
		read_details(&dir);
	if (!change_person(&dir) && !change_app(&dir))
		(void)change_tenant(&dir);
}
