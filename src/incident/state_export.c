/*
 * What PowerShell exports, as CSV (all texts) or as JSON, recognised by its
 * columns.  Whoever exports a selection of columns must keep those named here
 * (docs/damage.md).
 */
#include <strings.h>

#include "incident/change.h"
#include "incident/state_part.h"

static const struct {
	const char *cmdlet;
	const char *columns[4];
} shapes[] = {
    {"Get-InboxRule", {"RuleIdentity", "MailboxOwnerId"}},
    {"Get-MailboxFolderPermission", {"FolderName", "User", "AccessRights"}},
    {"Get-MailboxPermission", {"Identity", "User", "AccessRights", "Deny"}},
    {"Get-RecipientPermission", {"Identity", "Trustee", "AccessRights"}},
    {"Get-Mailbox", {"Identity", "ForwardingSmtpAddress"}},
    {"Get-Mailbox", {"Identity", "DeliverToMailboxAndForward"}},
    {"Get-JournalRule", {"Name", "JournalEmailAddress"}},
    {"Get-TransportRule", {"Name", "State", "Mode", "Priority"}},
    {"Get-OutboundConnector", {"Name", "ConnectorType", "SmartHosts"}},
    {"Get-OutboundConnector", {"Name", "ConnectorType", "UseMXRecord"}},
    {"Get-InboundConnector", {"Name", "ConnectorType"}},
    {"Get-MailboxAuditBypassAssociation", {"AuditBypassEnabled"}},
    {"Get-RoleGroupMember", {"RoleGroup", "Name"}},
};

static bool
in_header(struct slice header, const char *column)
{
	while (header.len) {
		struct slice name = slice_trim_json(slice_cut(&header, ','));

		if (name.len >= 2 && name.ptr[0] == '"')
			name = slice_of(name.ptr + 1, name.len - 2);
		if (slice_eq(name, slice_cstr(column)))
			return true;
	}
	return false;
}

/* Of a row of CSV only what is not empty is a member, of a header all is. */
struct slice
state_export_of(struct json root, struct slice header)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const char *const *column = shapes[i].columns;
		size_t k = 0;

		while (k < 4 && column[k] &&
		       (json_present(json_get(root, slice_cstr(column[k]))) ||
		           in_header(header, column[k])))
			k++;
		if (k == 4 || !column[k])
			return slice_cstr(shapes[i].cmdlet);
	}
	return SLICE("");
}

/* --- members --- */

static struct slice
text(const struct state_item *item, const char *name)
{
	return slice_trim(state_text(item->state, item->record->root, name));
}

static bool
is(struct slice s, const char *word)
{
	return s.len == strlen(word) && !strncasecmp(s.ptr, word, s.len);
}

static struct slice
alias(const struct state_item *item, struct slice who)
{
	return way_alias(who, &item->state->answers);
}

/* "{FullAccess, ReadPermission}" in CSV: one of them after the other. */
static struct slice
next_right(struct slice *rest)
{
	struct slice right = slice_trim(slice_cut(rest, ','));

	while (right.len && (right.ptr[0] == '{' || right.ptr[0] == ' '))
		right = slice_skip(right, 1);
	while (right.len && right.ptr[right.len - 1] == '}')
		right.len--;
	return right;
}

/* --- mailboxes --- */

/* "alias\4711": the mailbox, then the rule. */
static void
inbox_rule(struct state_item *item)
{
	static const char *const away[] = {
	    "ForwardTo", "ForwardAsAttachmentTo", "RedirectTo"};
	struct slice rest = text(item, "Identity"), id;
	struct state_way way = {.way = WAY_INBOX_RULE,
	    .name = text(item, "Name"),
	    .place = text(item, "MailboxOwnerId"),
	    .made_us = EVENT_NO_TIME};
	struct slice of = slice_cut(&rest, '\\');

	id = text(item, "RuleIdentity");
	if (rest.len)
		way.place = of;
	way.holder = way.place;
	state_covers(item, way.place);
	/* Every mailbox has this one, and it is shown with the hidden only. */
	if (is(way.name, "Junk E-mail Rule")) {
		state_see(item, &(struct state_way){.way = (enum way)ROW_COVERS,
		                    .object = state_join(item->state,
		                        SLICE("Get-InboxRule -IncludeHidden"),
		                        alias(item, way.place)),
		                    .made_us = EVENT_NO_TIME});
		return;
	}
	if (is(text(item, "Enabled"), "False"))
		return;
	for (size_t i = 0; i < 3 && !way.to.len; i++) {
		way.to = text(item, away[i]);
		if (way.to.len)
			way.detail = slice_cstr(away[i]);
	}
	if (!way.to.len && is(text(item, "DeleteMessage"), "True"))
		way.detail = SLICE("DeleteMessage");
	state_see_rule(item, &way, id);
}

static void
forwarding(struct state_item *item)
{
	static const char *const kinds[][2] = {
	    {"ForwardingSmtpAddress", "smtp"}, {"ForwardingAddress", "address"},
	    {"GrantSendOnBehalfTo", "sendonbehalf"}};
	static const char *const names[] = {
	    "UserPrincipalName", "PrimarySmtpAddress", "Alias", "Identity"};
	struct slice first = {0};

	for (size_t n = 0; n < 4; n++) {
		struct slice place = text(item, names[n]);
		struct slice key = alias(item, place);

		if (!key.len)
			continue;
		if (!first.len)
			first = key;
		state_covers(item, place);
		for (size_t i = 0; i < 3; i++) {
			struct slice to = text(item, kinds[i][0]), rest = to;
			struct slice kind = slice_cstr(kinds[i][1]);
			struct state_way way = {
			    .way =
			        i < 2 ? WAY_FORWARDING : WAY_MAILBOX_PERMISSION,
			    .object = state_join(item->state, first, kind),
			    .name = place,
			    .holder = place,
			    .place = place,
			    .detail = slice_cstr(kinds[i][0]),
			    .to = to,
			    .made_us = EVENT_NO_TIME};

			if (!next_right(&rest).len)
				continue;
			if (slice_eq(key, first))
				state_see(item, &way);
			state_see_also(
			    item, &way, state_join(item->state, key, kind));
		}
	}
}

static void
rights(struct state_item *item, struct slice place, struct slice who)
{
	struct slice all = text(item, "AccessRights"), right;
	struct slice pair =
	    state_join(item->state, alias(item, place), alias(item, who));

	while (all.len) {
		right = next_right(&all);
		state_see(
		    item, &(struct state_way){.way = WAY_MAILBOX_PERMISSION,
		              .object = state_join(item->state, pair, right),
		              .name = right,
		              .holder = alias(item, who),
		              .place = place,
		              .made_us = EVENT_NO_TIME});
	}
}

static void
mailbox_permission(struct state_item *item)
{
	struct slice place = text(item, "Identity");
	struct slice who = text(item, "User");

	if (!who.len)
		who = text(item, "Trustee");
	state_covers(item, place);
	if (is(text(item, "Deny"), "True") || is(who, "NT AUTHORITY\\SELF"))
		return;
	rights(item, place, who);
}

/* The output does not say whose folder it is, unless a column is added. */
static void
folder_permission(struct state_item *item)
{
	struct slice place = text(item, "Mailbox"), rest, who, object;
	struct slice folder = text(item, "FolderName");

	rest = text(item, "Identity");
	if (!place.len && rest.len && memchr(rest.ptr, ':', rest.len)) {
		place = slice_cut(&rest, ':');
		folder = slice_skip(rest, 1);
	}
	state_covers(item, place);
	who = alias(item, text(item, "User"));
	if (is(text(item, "AccessRights"), "None") || !place.len)
		return;
	object = state_join(item->state, alias(item, place),
	    is(folder, "Top of Information Store") ? SLICE("\\") : folder);
	state_see(item, &(struct state_way){.way = WAY_FOLDER_PERMISSION,
	                    .object = state_join(item->state, object, who),
	                    .name = folder,
	                    .holder = who,
	                    .place = place,
	                    .detail = text(item, "AccessRights"),
	                    .made_us = EVENT_NO_TIME});
}

/* --- the organisation --- */

static void
named(struct state_item *item)
{
	static const char *const leads[] = {"BlindCopyTo", "RedirectMessageTo",
	    "CopyTo", "AddToRecipients", "JournalEmailAddress"};
	struct slice cmdlet = item->state->lists[item->list].stream;
	struct state_way way = {
	    .name = text(item, "Name"), .made_us = EVENT_NO_TIME};

	way.way = is(cmdlet, "Get-JournalRule") ? WAY_JOURNAL_RULE
	                                        : WAY_TRANSPORT_RULE;
	way.object = way.name;
	if (is(text(item, "State"), "Disabled") ||
	    is(text(item, "Enabled"), "False"))
		return;
	for (size_t i = 0; i < 5 && !way.to.len; i++) {
		way.to = text(item, leads[i]);
		if (way.to.len)
			way.detail = slice_cstr(leads[i]);
	}
	state_see(item, &way);
	state_see_also(item, &way, text(item, "Guid"));
}

static void
connector(struct state_item *item)
{
	struct slice cmdlet = item->state->lists[item->list].stream;
	bool in = is(cmdlet, "Get-InboundConnector");
	struct slice name = text(item, "Name");

	if (is(text(item, "Enabled"), "False"))
		return;
	state_see(
	    item, &(struct state_way){.way = WAY_CONNECTOR,
	              .object = state_join(item->state,
	                  in ? SLICE("inbound") : SLICE("outbound"), name),
	              .name = name,
	              .to = text(item, in ? "SenderIPAddresses" : "SmartHosts"),
	              .made_us = EVENT_NO_TIME});
}

static void
bypass(struct state_item *item)
{
	struct slice who = text(item, "Name");

	if (!who.len)
		who = text(item, "Identity");
	if (is(text(item, "AuditBypassEnabled"), "True"))
		state_see(item, &(struct state_way){.way = WAY_AUDIT_BYPASS,
		                    .object = alias(item, who),
		                    .name = who,
		                    .holder = who,
		                    .made_us = EVENT_NO_TIME});
}

/* The group is in a column that whoever exports it has to add. */
static void
role_group(struct state_item *item)
{
	static const char *const names[] = {
	    "PrimarySmtpAddress", "WindowsLiveID", "Alias", "Name"};
	struct slice group = text(item, "RoleGroup");
	struct state_way way = {.way = WAY_EDISCOVERY_ROLE,
	    .name = group,
	    .made_us = EVENT_NO_TIME};

	state_covers(item, group);
	for (size_t i = 0; i < 4; i++) {
		struct slice who = alias(item, text(item, names[i]));
		struct slice object = state_join(item->state, group, who);

		if (!object.len)
			continue;
		way.holder = who;
		if (way.object.len) {
			state_see_also(item, &way, object);
			continue;
		}
		way.object = object;
		state_see(item, &way);
	}
}

void
state_export(struct state_item *item, struct slice cmdlet)
{
	static const struct {
		const char *cmdlet;
		void (*read)(struct state_item *item);
	} readers[] = {{"Get-InboxRule", inbox_rule},
	    {"Get-MailboxFolderPermission", folder_permission},
	    {"Get-MailboxPermission", mailbox_permission},
	    {"Get-RecipientPermission", mailbox_permission},
	    {"Get-Mailbox", forwarding}, {"Get-JournalRule", named},
	    {"Get-TransportRule", named}, {"Get-OutboundConnector", connector},
	    {"Get-InboundConnector", connector},
	    {"Get-MailboxAuditBypassAssociation", bypass},
	    {"Get-RoleGroupMember", role_group}};

	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (slice_eq(cmdlet, slice_cstr(readers[i].cmdlet)))
			readers[i].read(item);
}
