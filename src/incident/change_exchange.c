/*
 * Cmdlets of Exchange and of Purview: rules, forwarding, permissions,
 * connectors, roles, what is passed over by auditing.
 */
#include "event/read.h"
#include "incident/change_part.h"

struct row {
	const char *cmdlet;
	void (*read)(struct changes *changes, const struct row *row);
	enum way way;
	enum way_verb verb;
};

/* --- parameters --- */

/* Purview's are a text: -Identity "x" -Member "y" */
static struct slice
from_text(struct slice text, const char *name)
{
	struct slice rest = text, value = {0};

	while (!value.len && (rest = change_behind(rest, "-")).len) {
		if (!change_begins(rest, name))
			continue;
		value = slice_skip(rest, strlen(name));
		if (!value.len || (value.ptr[0] != ' ' && value.ptr[0] != ':'))
			value.len = 0;
	}
	value = slice_trim(slice_skip(value, 1));
	if (value.len && value.ptr[0] == '"') {
		value = slice_skip(value, 1);
		return slice_cut(&value, '"');
	}
	return slice_cut(&value, ' ');
}

/* Whether it is there at all: one that is empty takes something away. */
static bool
parameter(struct changes *changes, const char *name, struct slice *out)
{
	const struct record *record = changes->record;
	struct json list = read_any(record, record->root, "Parameters");
	struct json value = read_named(record, list, name, "Value");

	*out = SLICE("");
	if (json_present(value)) {
		*out = slice_trim(read_scalar(record, value));
		return true;
	}
	if (json_type(list) == JSON_STRING)
		*out = from_text(json_str(list), name);
	return out->len > 0;
}

static struct slice
value_of(struct changes *changes, const char *name)
{
	struct slice value;

	(void)parameter(changes, name, &value);
	return value;
}

static struct slice
object_id(struct changes *changes)
{
	return read_text(
	    changes->record, changes->record->root, "ObjectId|OfficeObjectId");
}

/* What a cmdlet is about. */
static struct slice
identity(struct changes *changes)
{
	struct slice s = value_of(changes, "Identity");

	return s.len ? s : object_id(changes);
}

static struct slice
alias(struct changes *changes, struct slice who)
{
	return way_alias(who, changes->arena);
}

/* What stands behind the last '\\' or '/'. */
static struct slice
tail(struct slice s)
{
	for (size_t i = s.len; i > 0; i--)
		if (s.ptr[i - 1] == '\\' || s.ptr[i - 1] == '/')
			return slice_skip(s, i);
	return s;
}

static bool
is_number(struct slice s)
{
	uint64_t n;

	return slice_to_u64(s, &n);
}

/* --- inbox rules --- */

/* "alias\rule", where the rule is a number or a name. */
static struct slice
mailbox_of_rule(struct changes *changes)
{
	const struct slice *col = changes->event->col;
	struct slice rest = identity(changes), mailbox, actor;

	mailbox = value_of(changes, "Mailbox");
	if (!mailbox.len && tail(rest).len < rest.len)
		mailbox = slice_cut(&rest, '\\');
	if (!mailbox.len)
		rest = object_id(changes);
	if (!mailbox.len && tail(rest).len < rest.len)
		mailbox = slice_cut(&rest, '\\');
	actor = col[EV_ACTOR_NAME];
	/* People have rules in their own mailbox: then its address is known. */
	if (!mailbox.len ||
	    slice_eq(alias(changes, mailbox), alias(changes, actor)))
		mailbox = actor;
	return mailbox;
}

static struct slice
rule_leads_to(struct changes *changes, struct slice *detail)
{
	static const char *const names[] = {"ForwardTo", "RedirectTo",
	    "ForwardAsAttachmentTo", "BlindCopyTo", "RedirectMessageTo",
	    "CopyTo", "AddToRecipients", "DeleteMessage", "MoveToFolder",
	    "SoftDeleteMessage"};
	struct slice value;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = value_of(changes, names[i]);
		if (!value.len || change_is(value, "False"))
			continue;
		*detail = arena_printf(changes->arena, "%s " SLICE_FMT,
		    names[i], SLICE_ARG(value));
		return i < 7 ? value : SLICE("");
	}
	return SLICE("");
}

static void
inbox_rule(struct changes *changes, const struct row *row)
{
	struct slice mailbox = mailbox_of_rule(changes);
	struct slice key = alias(changes, mailbox);
	struct slice name = value_of(changes, "Name");
	struct slice id = tail(object_id(changes));
	struct way_change change = {
	    .way = row->way, .verb = row->verb, .place = mailbox};

	if (!id.len)
		id = tail(identity(changes));
	if (!name.len && !is_number(id))
		name = id;
	change.object = change_join(changes, key, name.len ? name : id);
	if (is_number(id) && name.len)
		change.also = change_join(changes, key, id);
	change.name = name.len ? name : id;
	change.holder = mailbox;
	change.to = rule_leads_to(changes, &change.detail);
	change_add(changes, &change);
}

/* --- mailboxes --- */

static void
mailbox(struct changes *changes, const struct row *row)
{
	static const char *const names[][2] = {
	    {"ForwardingSmtpAddress", "smtp"}, {"ForwardingAddress", "address"},
	    {"GrantSendOnBehalfTo", "sendonbehalf"}};
	struct slice place = tail(identity(changes));
	struct slice key = alias(changes, place), to;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!parameter(changes, names[i][0], &to))
			continue;
		if (change_begins(to, "smtp:"))
			to = slice_skip(to, 5);
		change_add(changes,
		    &(struct way_change){
		        .way = i < 2 ? row->way : WAY_MAILBOX_PERMISSION,
		        .verb = to.len ? WAY_OPENS : WAY_CLOSES,
		        .object =
		            change_join(changes, key, slice_cstr(names[i][1])),
		        .name = place,
		        .holder = place,
		        .place = place,
		        .detail = arena_printf(changes->arena, "%s " SLICE_FMT,
		            names[i][0], SLICE_ARG(to)),
		        .to = to});
	}
}

static void
permission(struct changes *changes, const struct row *row)
{
	struct slice place = tail(identity(changes));
	struct slice who = value_of(changes, "User");
	struct slice rights = value_of(changes, "AccessRights"), right;
	struct slice pair;

	if (!who.len)
		who = value_of(changes, "Trustee");
	if (change_is(value_of(changes, "Deny"), "True"))
		return;
	pair = change_join(changes, alias(changes, place), alias(changes, who));
	while (rights.len) {
		right = slice_trim(slice_cut(&rights, ','));
		change_add(
		    changes, &(struct way_change){.way = row->way,
		                 .verb = row->verb,
		                 .object = change_join(changes, pair, right),
		                 .name = right,
		                 .holder = alias(changes, who),
		                 .holder_name = who,
		                 .place = place});
	}
}

/* "alias:\Calendar" */
static void
folder(struct changes *changes, const struct row *row)
{
	struct slice path = identity(changes), place, who, rights;

	place = slice_cut(&path, ':');
	who = value_of(changes, "User");
	rights = value_of(changes, "AccessRights");
	change_folder(
	    changes, &(struct folder_right){
	                 .verb = row->verb, place, path, who, rights});
}

/* --- the organisation --- */

static void
named(struct changes *changes, const struct row *row)
{
	struct slice name = value_of(changes, "Name");
	struct slice id = identity(changes);
	struct way_change change = {.way = row->way, .verb = row->verb};

	if (!name.len)
		name = tail(id);
	change.object = name;
	change.also = tail(id);
	change.name = name;
	change.to = rule_leads_to(changes, &change.detail);
	if (row->way == WAY_JOURNAL_RULE)
		change.to = value_of(changes, "JournalEmailAddress");
	if (change_is(value_of(changes, "Enabled"), "False"))
		change.verb = WAY_CLOSES;
	change_add(changes, &change);
}

static void
connector(struct changes *changes, const struct row *row)
{
	bool in = change_has(slice_cstr(row->cmdlet), "Inbound");
	struct slice name = value_of(changes, "Name");

	if (!name.len)
		name = tail(identity(changes));
	change_add(changes,
	    &(struct way_change){.way = row->way,
	        .verb = change_is(value_of(changes, "Enabled"), "False")
	                    ? WAY_CLOSES
	                    : row->verb,
	        .object = change_join(
	            changes, in ? SLICE("inbound") : SLICE("outbound"), name),
	        .name = name,
	        .to = value_of(
	            changes, in ? "SenderIPAddresses" : "SmartHosts")});
}

static void
assignment(struct changes *changes, const struct row *row)
{
	static const char *const whom[] = {"User", "App", "SecurityGroup"};
	struct slice name = value_of(changes, "Name"), who = {0};

	if (!name.len)
		name = tail(identity(changes));
	for (size_t i = 0; i < 3 && !who.len; i++)
		who = value_of(changes, whom[i]);
	change_add(
	    changes, &(struct way_change){.way = row->way,
	                 .verb = row->verb,
	                 .object = change_join(changes, SLICE("role"), name),
	                 .name = name,
	                 .holder = alias(changes, who),
	                 .holder_name = who,
	                 .detail = value_of(changes, "Role")});
}

/* Groups that search everybody's mail are of their own kind. */
static void
role_group(struct changes *changes, const struct row *row)
{
	struct slice group = tail(identity(changes));
	struct slice who = value_of(changes, "Member");
	bool finds = change_has(group, "discovery");
	struct slice object;

	if (!who.len)
		who = value_of(changes, "User");
	if (row->way == WAY_EDISCOVERY_ROLE)
		group = SLICE("case-admin");
	object = change_join(changes, group, alias(changes, who));
	finds = finds || row->way == WAY_EDISCOVERY_ROLE;
	if (!finds)
		object = change_join(changes, SLICE("rolegroup"), object);
	change_add(changes,
	    &(struct way_change){.way = finds ? WAY_EDISCOVERY_ROLE : row->way,
	        .verb = row->verb,
	        .object = object,
	        .name = group,
	        .holder = alias(changes, who),
	        .holder_name = who});
}

static void
bypass(struct changes *changes, const struct row *row)
{
	struct slice who = tail(identity(changes)), on;

	if (!parameter(changes, "AuditBypassEnabled", &on))
		return;
	change_add(
	    changes, &(struct way_change){.way = row->way,
	                 .verb = change_is(on, "True") ? WAY_OPENS : WAY_CLOSES,
	                 .object = alias(changes, who),
	                 .name = who,
	                 .holder = who});
}

static const struct row rows[] = {
    {"New-InboxRule", inbox_rule, WAY_INBOX_RULE, WAY_OPENS},
    {"Set-InboxRule", inbox_rule, WAY_INBOX_RULE, WAY_OPENS},
    {"Enable-InboxRule", inbox_rule, WAY_INBOX_RULE, WAY_OPENS},
    {"Disable-InboxRule", inbox_rule, WAY_INBOX_RULE, WAY_CLOSES},
    {"Remove-InboxRule", inbox_rule, WAY_INBOX_RULE, WAY_CLOSES},
    {"Set-Mailbox", mailbox, WAY_FORWARDING, WAY_OPENS},
    {"Add-MailboxPermission", permission, WAY_MAILBOX_PERMISSION, WAY_OPENS},
    {"Remove-MailboxPermission", permission, WAY_MAILBOX_PERMISSION,
        WAY_CLOSES},
    {"Add-RecipientPermission", permission, WAY_MAILBOX_PERMISSION, WAY_OPENS},
    {"Remove-RecipientPermission", permission, WAY_MAILBOX_PERMISSION,
        WAY_CLOSES},
    {"Add-MailboxFolderPermission", folder, WAY_FOLDER_PERMISSION, WAY_OPENS},
    {"Set-MailboxFolderPermission", folder, WAY_FOLDER_PERMISSION, WAY_OPENS},
    {"Remove-MailboxFolderPermission", folder, WAY_FOLDER_PERMISSION,
        WAY_CLOSES},
    {"New-TransportRule", named, WAY_TRANSPORT_RULE, WAY_OPENS},
    {"Set-TransportRule", named, WAY_TRANSPORT_RULE, WAY_OPENS},
    {"Enable-TransportRule", named, WAY_TRANSPORT_RULE, WAY_OPENS},
    {"Disable-TransportRule", named, WAY_TRANSPORT_RULE, WAY_CLOSES},
    {"Remove-TransportRule", named, WAY_TRANSPORT_RULE, WAY_CLOSES},
    {"New-JournalRule", named, WAY_JOURNAL_RULE, WAY_OPENS},
    {"Set-JournalRule", named, WAY_JOURNAL_RULE, WAY_OPENS},
    {"Enable-JournalRule", named, WAY_JOURNAL_RULE, WAY_OPENS},
    {"Disable-JournalRule", named, WAY_JOURNAL_RULE, WAY_CLOSES},
    {"Remove-JournalRule", named, WAY_JOURNAL_RULE, WAY_CLOSES},
    {"New-InboundConnector", connector, WAY_CONNECTOR, WAY_OPENS},
    {"Set-InboundConnector", connector, WAY_CONNECTOR, WAY_OPENS},
    {"Remove-InboundConnector", connector, WAY_CONNECTOR, WAY_CLOSES},
    {"New-OutboundConnector", connector, WAY_CONNECTOR, WAY_OPENS},
    {"Set-OutboundConnector", connector, WAY_CONNECTOR, WAY_OPENS},
    {"Remove-OutboundConnector", connector, WAY_CONNECTOR, WAY_CLOSES},
    {"New-ManagementRoleAssignment", assignment, WAY_MAILBOX_PERMISSION,
        WAY_OPENS},
    {"Remove-ManagementRoleAssignment", assignment, WAY_MAILBOX_PERMISSION,
        WAY_CLOSES},
    {"Add-RoleGroupMember", role_group, WAY_DIRECTORY_ROLE, WAY_OPENS},
    {"Remove-RoleGroupMember", role_group, WAY_DIRECTORY_ROLE, WAY_CLOSES},
    {"Add-eDiscoveryCaseAdmin", role_group, WAY_EDISCOVERY_ROLE, WAY_OPENS},
    {"Remove-eDiscoveryCaseAdmin", role_group, WAY_EDISCOVERY_ROLE, WAY_CLOSES},
    {"Set-MailboxAuditBypassAssociation", bypass, WAY_AUDIT_BYPASS, WAY_OPENS},
};

void
change_exchange(struct changes *changes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (change_is(
		        changes->event->col[EV_OPERATION], rows[i].cmdlet))
			rows[i].read(changes, &rows[i]);
}
