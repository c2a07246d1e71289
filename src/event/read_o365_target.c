/*
 * What an audit record acted on.  target_type is the suite's own word: the
 * identity type of a directory object, SharePoint's ItemType, the noun of an
 * administrator's command.
 */
#include "event/read.h"
#include "event/read_o365.h"

static struct slice
text(const struct record *record, const struct keys *keys, enum key key)
{
	return read_scalar(record, keys_get(keys, key));
}

static void
set_target(
    struct event *event, struct slice type, struct slice id, struct slice name)
{
	event->col[EV_TARGET_TYPE] = type;
	event->col[EV_TARGET_ID] = id;
	event->col[EV_TARGET_NAME] = name;
}

static void
directory_target(
    const struct record *record, const struct keys *keys, struct event *event)
{
	struct o365_identity what =
	    read_o365_identity(record, keys_get(keys, KEY_TARGET));
	struct slice object = text(record, keys, KEY_OBJECT_ID);

	if (what.upn.len > 0)
		what.name = what.upn;
	if (what.oid.len == 0 && what.name.len == 0)
		set_target(event, SLICE(""), object, SLICE(""));
	else
		set_target(event, what.kind,
		    what.oid.len > 0 ? what.oid : object,
		    what.name.len > 0 ? what.name : object);
}

/* The resource that the token was asked for. */
static void
logon_target(
    const struct record *record, const struct keys *keys, struct event *event)
{
	struct slice id = text(record, keys, KEY_OBJECT_ID);

	if (!slice_is_guid(id))
		id = read_o365_identity(record, keys_get(keys, KEY_TARGET)).oid;
	if (id.len > 0)
		set_target(event, SLICE("Application"), id, SLICE(""));
}

/* Nouns of commands whose object is a mailbox, or a thing in one. */
static bool
is_mailbox_noun(struct slice noun)
{
	static const struct slice nouns[] = {
	    SLICE_INIT("Mailbox"),
	    SLICE_INIT("InboxRule"),
	    SLICE_INIT("MailboxPermission"),
	    SLICE_INIT("MailboxFolderPermission"),
	    SLICE_INIT("RecipientPermission"),
	    SLICE_INIT("CASMailbox"),
	    SLICE_INIT("MailboxAutoReplyConfiguration"),
	    SLICE_INIT("MailboxJunkEmailConfiguration"),
	    SLICE_INIT("MailboxMessageConfiguration"),
	    SLICE_INIT("MailboxRegionalConfiguration"),
	    SLICE_INIT("MailboxAuditBypassAssociation"),
	    SLICE_INIT("CalendarProcessing"),
	    SLICE_INIT("SweepRule"),
	};

	for (size_t i = 0; i < sizeof(nouns) / sizeof(nouns[0]); i++)
		if (slice_eq(noun, nouns[i]))
			return true;
	return false;
}

/*
 * The mailbox in an identity: "domain/path/alias", "alias\rule name",
 * "alias:\folder".
 */
static struct slice
mailbox_of(struct slice identity)
{
	struct slice rest = identity, part;
	const char *slash =
	    rest.len > 0 ? memchr(rest.ptr, '\\', rest.len) : NULL;

	if (slash != NULL)
		rest.len = (size_t)(slash - rest.ptr);
	slash = rest.len > 0 ? memrchr(rest.ptr, '/', rest.len) : NULL;
	if (slash != NULL)
		rest = slice_skip(rest, (size_t)(slash - rest.ptr) + 1);
	part = slice_cut(&rest, ':');
	return part;
}

static void
admin_target(
    const struct record *record, const struct keys *keys, struct event *event)
{
	struct slice noun = event->col[EV_OPERATION], verb;
	struct slice object = text(record, keys, KEY_OBJECT_ID);
	struct slice name = text(record, keys, KEY_MODIFIED_OBJECT);

	verb = slice_cut(&noun, '-');
	if (verb.len == 0)
		noun = SLICE("");
	if (object.len > 0 || name.len > 0)
		set_target(event, noun, object, name);
	if (is_mailbox_noun(noun))
		event->col[EV_MAILBOX] =
		    name.len > 0 ? name : mailbox_of(object);
}

/* One message or folder; of several none is the target, see items. */
static void
mailbox_target(
    const struct record *record, const struct keys *keys, struct event *event)
{
	struct json item = read_open(record, keys_get(keys, KEY_ITEM));
	struct json folder = JSON_GET(item, "ParentFolder");
	struct slice id = read_text(record, item, "InternetMessageId|Id");

	/* What was done to a whole folder has the folder's id as item too. */
	if (id.len > 0 && !slice_eq(id, read_text(record, folder, "Id"))) {
		set_target(event, SLICE("Message"), id,
		    read_text(record, item, "Subject"));
		return;
	}
	if (!json_present(folder))
		folder = read_open(record, keys_get(keys, KEY_FOLDER));
	id = read_text(record, folder, "Id");
	if (id.len > 0)
		set_target(event, SLICE("Folder"), id,
		    read_text(record, folder, "Path|Name"));
}

static void
site_target(
    const struct record *record, const struct keys *keys, struct event *event)
{
	struct slice type = text(record, keys, KEY_ITEM_TYPE);
	struct slice file = text(record, keys, KEY_SOURCE_FILE);
	struct slice with = text(record, keys, KEY_TARGET_NAME);

	/* Who was let in, where that is the point and no file is. */
	if (with.len > 0 && file.len == 0)
		set_target(event, text(record, keys, KEY_TARGET_TYPE),
		    SLICE(""), with);
	else
		set_target(
		    event, type, text(record, keys, KEY_OBJECT_ID), file);
}

static void
other_target(
    const struct record *record, const struct keys *keys, struct event *event)
{
	if (keys_have(keys, KEY_TEAM_ID))
		set_target(event, SLICE("Team"),
		    text(record, keys, KEY_TEAM_ID),
		    text(record, keys, KEY_TEAM_NAME));
	else if (keys_have(keys, KEY_ALERT_ID))
		set_target(event, SLICE("Alert"),
		    text(record, keys, KEY_ALERT_ID),
		    text(record, keys, KEY_NAME));
	else
		set_target(event, text(record, keys, KEY_ITEM_TYPE),
		    text(record, keys, KEY_OBJECT_ID),
		    text(record, keys, KEY_ITEM_NAME));
}

void
read_o365_target(const struct record *record, const struct keys *keys,
    int64_t type, struct event *event)
{
	switch (type) {
	case O365_EXCHANGE_ADMIN:
		admin_target(record, keys, event);
		break;
	case O365_EXCHANGE_ITEM:
	case O365_EXCHANGE_GROUP:
	case O365_EXCHANGE_AGGREGATED:
	case O365_EXCHANGE_AGGREGATED_OPERATION:
		mailbox_target(record, keys, event);
		break;
	case O365_DIRECTORY:
		directory_target(record, keys, event);
		break;
	case O365_ACCOUNT_LOGON:
	case O365_STS_LOGON:
		logon_target(record, keys, event);
		break;
	case O365_SHAREPOINT:
	case O365_SHAREPOINT_FILE:
	case O365_ONEDRIVE:
	case O365_SHARING:
	case O365_SHAREPOINT_LIST:
	case O365_SHAREPOINT_ITEM:
	case O365_SHAREPOINT_CONTENT:
	case O365_SHAREPOINT_FIELD:
		site_target(record, keys, event);
		break;
	default:
		other_target(record, keys, event);
	}
	if (keys_have(keys, KEY_MAILBOX_OWNER))
		event->col[EV_MAILBOX] = text(record, keys, KEY_MAILBOX_OWNER);
}
