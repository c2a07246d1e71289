/*
 * Mailbox records: what a mail client changes without a cmdlet.
 */
#include "event/read.h"
#include "incident/change_part.h"

/* --- folder permissions --- */

/* Everybody in the organisation is Everyone in records, Default in cmdlets. */
static struct slice
member_of(struct changes *changes, struct slice who)
{
	who = way_alias(who, changes->arena);
	return change_is(who, "everyone") ? SLICE("default") : who;
}

static struct slice
folder_of(struct slice path)
{
	path = slice_trim(path);
	while (path.len && (path.ptr[0] == '\\' || path.ptr[0] == '/'))
		path = slice_skip(path, 1);
	return path.len ? path : SLICE("\\");
}

void
change_folder(struct changes *changes, const struct folder_right *right)
{
	struct slice object = change_join(changes,
	    way_alias(right->place, changes->arena), folder_of(right->path));
	struct slice member = member_of(changes, right->who);
	bool none = change_is(right->rights, "None");

	change_add(changes, &(struct way_change){.way = WAY_FOLDER_PERMISSION,
	                        .verb = none ? WAY_CLOSES : right->verb,
	                        .object = change_join(changes, object, member),
	                        .name = folder_of(right->path),
	                        .holder = member,
	                        .holder_name = right->who,
	                        .place = right->place,
	                        .detail = right->rights});
}

static void
folder(struct changes *changes, enum way_verb verb)
{
	const struct record *record = changes->record;
	struct json item =
	    read_open(record, read_any(record, record->root, "Item|Folder"));
	struct json parent = read_any(record, item, "ParentFolder");
	struct folder_right right = {
	    .verb = verb, .place = changes->event->col[EV_MAILBOX]};

	if (!json_present(parent))
		parent = item;
	right.path = read_text(record, parent, "Path|Name");
	right.who = read_text(record, parent, "MemberUpn|MemberSid");
	right.rights = read_text(record, parent, "MemberRights");
	change_folder(changes, &right);
}

/* --- rules --- */

static struct slice
property(struct changes *changes, const char *name)
{
	const struct record *record = changes->record;

	return read_scalar(
	    record, read_named(record,
	                read_any(record, record->root, "OperationProperties"),
	                name, "Value"));
}

/* Of RuleActions: "Recipients":["x@y"] */
static struct slice
recipient(struct slice actions)
{
	struct slice list = change_behind(actions, "\"Recipients\":[");

	list = slice_cut(&list, ']');
	if (list.len && list.ptr[0] == '"')
		list = slice_skip(list, 1);
	return slice_cut(&list, '"');
}

static void
rules(struct changes *changes)
{
	struct slice what = property(changes, "RuleOperation");
	struct slice name = property(changes, "RuleName");
	struct slice id = property(changes, "RuleId");
	struct slice actions = property(changes, "RuleActions");
	struct slice place = changes->event->col[EV_MAILBOX];
	struct slice key = way_alias(place, changes->arena);
	bool closes = change_begins(what, "Remove") ||
	              change_begins(what, "Delete") ||
	              change_is(property(changes, "RuleState"), "Disabled");

	if (!actions.len)
		actions = property(changes, "ServerRule");
	change_add(changes,
	    &(struct way_change){.way = WAY_INBOX_RULE,
	        .verb = closes ? WAY_CLOSES : WAY_OPENS,
	        .object = change_join(changes, key,
	            name.len ? name
	            : id.len ? id
	                     : SLICE("?")),
	        .also = name.len ? change_join(changes, key, id) : SLICE(""),
	        .name = name.len ? name : id,
	        .holder = place,
	        .place = place,
	        .detail = actions,
	        .to = recipient(actions)});
}

void
change_mailbox(struct changes *changes)
{
	struct slice operation = changes->event->col[EV_OPERATION];

	if (change_is(operation, "UpdateInboxRules"))
		rules(changes);
	else if (change_is(operation, "AddFolderPermissions") ||
	         change_is(operation, "ModifyFolderPermissions") ||
	         change_is(operation, "UpdateFolderPermissions"))
		folder(changes, WAY_OPENS);
	else if (change_is(operation, "RemoveFolderPermissions"))
		folder(changes, WAY_CLOSES);
}
