/*
 * OCSF 1.x class and activity of audit records.  An operation is sorted by its
 * record type, then by how its name begins; what no table knows is API
 * Activity, Other: that something was done through the service is sure.
 */
#include <strings.h>

#include "event/read_o365.h"

enum {
	CLASS_ACCOUNT_CHANGE = 3001,
	CLASS_AUTHENTICATION = 3002,
	CLASS_ENTITY = 3004,
	CLASS_USER_ACCESS = 3005,
	CLASS_GROUP = 3006,
	CLASS_DETECTION = 2004,
	CLASS_EMAIL = 4009,
	CLASS_API = 6003,
	CLASS_DATASTORE = 6005,
	CLASS_FILE_HOSTING = 6006,
};

#define OTHER 99

struct rule {
	struct slice begin; /* of the operation, in any case */
	uint32_t class_uid, activity;
};

/* Entra directory; with and without the full stop at the end. */
static const struct rule directory[] = {
    {SLICE_INIT("Add user"), CLASS_ACCOUNT_CHANGE, 1},
    {SLICE_INIT("Delete user"), CLASS_ACCOUNT_CHANGE, 6},
    {SLICE_INIT("Hard Delete user"), CLASS_ACCOUNT_CHANGE, 6},
    {SLICE_INIT("Change user password"), CLASS_ACCOUNT_CHANGE, 3},
    {SLICE_INIT("Reset user password"), CLASS_ACCOUNT_CHANGE, 4},
    {SLICE_INIT("Enable account"), CLASS_ACCOUNT_CHANGE, 2},
    {SLICE_INIT("Disable account"), CLASS_ACCOUNT_CHANGE, 5},
    {SLICE_INIT("Enable Strong Authentication"), CLASS_ACCOUNT_CHANGE, 10},
    {SLICE_INIT("Disable Strong Authentication"), CLASS_ACCOUNT_CHANGE, 11},
    {SLICE_INIT("Update user"), CLASS_ACCOUNT_CHANGE, OTHER},
    {SLICE_INIT("Update StsRefreshTokenValidFrom"), CLASS_ACCOUNT_CHANGE,
        OTHER},
    {SLICE_INIT("Add member to role"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Add eligible member to role"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Remove member from role"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Remove eligible member from role"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Add app role assignment"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Remove app role assignment"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Add delegated permission grant"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Add OAuth2PermissionGrant"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Remove delegated permission grant"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Remove OAuth2PermissionGrant"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Consent to application"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Add member to group"), CLASS_GROUP, 3},
    {SLICE_INIT("Remove member from group"), CLASS_GROUP, 4},
    {SLICE_INIT("Add "), CLASS_ENTITY, 1},
    {SLICE_INIT("Create "), CLASS_ENTITY, 1},
    {SLICE_INIT("Update "), CLASS_ENTITY, 3},
    {SLICE_INIT("Set "), CLASS_ENTITY, 3},
    {SLICE_INIT("Delete "), CLASS_ENTITY, 4},
    {SLICE_INIT("Hard Delete "), CLASS_ENTITY, 4},
    {SLICE_INIT("Remove "), CLASS_ENTITY, 4},
    {SLICE_INIT(""), CLASS_ENTITY, OTHER},
};

/* Mailboxes: what is kept there is data, what leaves is mail. */
static const struct rule mailbox[] = {
    {SLICE_INIT("MailItemsAccessed"), CLASS_DATASTORE, 1},
    {SLICE_INIT("AttachmentAccess"), CLASS_DATASTORE, 1},
    {SLICE_INIT("MessageBind"), CLASS_DATASTORE, 1},
    {SLICE_INIT("FolderBind"), CLASS_DATASTORE, 1},
    {SLICE_INIT("Send"), CLASS_EMAIL, 1},
    {SLICE_INIT("Create"), CLASS_DATASTORE, 6},
    {SLICE_INIT("Copy"), CLASS_DATASTORE, 6},
    {SLICE_INIT("Move"), CLASS_DATASTORE, 2},
    {SLICE_INIT("Update"), CLASS_DATASTORE, 2},
    {SLICE_INIT("SoftDelete"), CLASS_DATASTORE, 7},
    {SLICE_INIT("HardDelete"), CLASS_DATASTORE, 7},
    {SLICE_INIT("MailboxLogin"), CLASS_AUTHENTICATION, 1},
    {SLICE_INIT("AddFolderPermissions"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("ModifyFolderPermissions"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("RemoveFolderPermissions"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("SearchQuery"), CLASS_DATASTORE, 4},
    {SLICE_INIT(""), CLASS_DATASTORE, OTHER},
};

/* Commands: who may do what first, then by verb. */
static const struct rule admin[] = {
    {SLICE_INIT("Add-MailboxPermission"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Add-MailboxFolderPermission"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Add-RecipientPermission"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Remove-MailboxPermission"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Remove-MailboxFolderPermission"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Remove-RecipientPermission"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("New-ManagementRoleAssignment"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("Remove-ManagementRoleAssignment"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("Add-RoleGroupMember"), CLASS_GROUP, 3},
    {SLICE_INIT("Remove-RoleGroupMember"), CLASS_GROUP, 4},
    {SLICE_INIT("Add-DistributionGroupMember"), CLASS_GROUP, 3},
    {SLICE_INIT("Remove-DistributionGroupMember"), CLASS_GROUP, 4},
    {SLICE_INIT("New-"), CLASS_API, 1},
    {SLICE_INIT("Add-"), CLASS_API, 1},
    {SLICE_INIT("Install-"), CLASS_API, 1},
    {SLICE_INIT("Get-"), CLASS_API, 2},
    {SLICE_INIT("Search-"), CLASS_API, 2},
    {SLICE_INIT("Set-"), CLASS_API, 3},
    {SLICE_INIT("Update-"), CLASS_API, 3},
    {SLICE_INIT("Enable-"), CLASS_API, 3},
    {SLICE_INIT("Disable-"), CLASS_API, 3},
    {SLICE_INIT("Remove-"), CLASS_API, 4},
    {SLICE_INIT(""), CLASS_API, OTHER},
};

/* SharePoint and OneDrive, after File, Folder, Page or List. */
static const struct rule site[] = {
    {SLICE_INIT("Accessed"), CLASS_FILE_HOSTING, 14},
    {SLICE_INIT("Viewed"), CLASS_FILE_HOSTING, 14},
    {SLICE_INIT("Previewed"), CLASS_FILE_HOSTING, 9},
    {SLICE_INIT("Downloaded"), CLASS_FILE_HOSTING, 2},
    {SLICE_INIT("SyncDownloaded"), CLASS_FILE_HOSTING, 2},
    {SLICE_INIT("Uploaded"), CLASS_FILE_HOSTING, 1},
    {SLICE_INIT("SyncUploaded"), CLASS_FILE_HOSTING, 1},
    {SLICE_INIT("Created"), CLASS_FILE_HOSTING, 1},
    {SLICE_INIT("Modified"), CLASS_FILE_HOSTING, 3},
    {SLICE_INIT("Updated"), CLASS_FILE_HOSTING, 3},
    {SLICE_INIT("Deleted"), CLASS_FILE_HOSTING, 4},
    {SLICE_INIT("Recycled"), CLASS_FILE_HOSTING, 4},
    {SLICE_INIT("VersionsAllDeleted"), CLASS_FILE_HOSTING, 4},
    {SLICE_INIT("Renamed"), CLASS_FILE_HOSTING, 5},
    {SLICE_INIT("Copied"), CLASS_FILE_HOSTING, 6},
    {SLICE_INIT("Moved"), CLASS_FILE_HOSTING, 7},
    {SLICE_INIT("Restored"), CLASS_FILE_HOSTING, 8},
    {SLICE_INIT("CheckedOut"), CLASS_FILE_HOSTING, 10},
    {SLICE_INIT("CheckedIn"), CLASS_FILE_HOSTING, 11},
    {SLICE_INIT("CheckOutDiscarded"), CLASS_FILE_HOSTING, 11},
    {SLICE_INIT("AnonymousLinkUsed"), CLASS_FILE_HOSTING, 14},
    {SLICE_INIT("SecureLinkUsed"), CLASS_FILE_HOSTING, 14},
    {SLICE_INIT("CompanyLinkUsed"), CLASS_FILE_HOSTING, 14},
    {SLICE_INIT("AnonymousLinkRemoved"), CLASS_FILE_HOSTING, 13},
    {SLICE_INIT("CompanyLinkRemoved"), CLASS_FILE_HOSTING, 13},
    {SLICE_INIT("SecureLinkDeleted"), CLASS_FILE_HOSTING, 13},
    {SLICE_INIT("RemovedFromSecureLink"), CLASS_FILE_HOSTING, 13},
    {SLICE_INIT("SharingRevoked"), CLASS_FILE_HOSTING, 13},
    {SLICE_INIT("SharingInvitationRevoked"), CLASS_FILE_HOSTING, 13},
    {SLICE_INIT("SharingPolicy"), CLASS_API, 3},
    {SLICE_INIT("Sharing"), CLASS_FILE_HOSTING, 12},
    {SLICE_INIT("AnonymousLink"), CLASS_FILE_HOSTING, 12},
    {SLICE_INIT("SecureLink"), CLASS_FILE_HOSTING, 12},
    {SLICE_INIT("CompanyLink"), CLASS_FILE_HOSTING, 12},
    {SLICE_INIT("AddedToSecureLink"), CLASS_FILE_HOSTING, 12},
    {SLICE_INIT("AddedToGroup"), CLASS_GROUP, 3},
    {SLICE_INIT("RemovedFromGroup"), CLASS_GROUP, 4},
    {SLICE_INIT("SiteCollectionAdminAdded"), CLASS_USER_ACCESS, 1},
    {SLICE_INIT("SiteCollectionAdminRemoved"), CLASS_USER_ACCESS, 2},
    {SLICE_INIT("SearchQuery"), CLASS_DATASTORE, 4},
    {SLICE_INIT("SiteCollectionCreated"), CLASS_API, 1},
    {SLICE_INIT("SiteDeleted"), CLASS_API, 4},
    {SLICE_INIT(""), CLASS_API, OTHER},
};

static const struct rule teams[] = {
    {SLICE_INIT("MemberAdded"), CLASS_GROUP, 3},
    {SLICE_INIT("MemberRemoved"), CLASS_GROUP, 4},
    {SLICE_INIT("MemberRoleChanged"), CLASS_GROUP, 1},
    {SLICE_INIT("TeamsSessionStarted"), CLASS_AUTHENTICATION, 1},
    {SLICE_INIT("TeamCreated"), CLASS_API, 1},
    {SLICE_INIT("ChannelAdded"), CLASS_API, 1},
    {SLICE_INIT("ChatCreated"), CLASS_API, 1},
    {SLICE_INIT("TeamDeleted"), CLASS_API, 4},
    {SLICE_INIT("ChannelDeleted"), CLASS_API, 4},
    {SLICE_INIT(""), CLASS_API, OTHER},
};

static const struct rule alert[] = {
    {SLICE_INIT("AlertUpdated"), CLASS_DETECTION, 2},
    {SLICE_INIT(""), CLASS_DETECTION, 1},
};

static const struct rule data_loss[] = {
    {SLICE_INIT("DlpRuleUndo"), CLASS_DETECTION, 2},
    {SLICE_INIT(""), CLASS_DETECTION, 1},
};

static bool
fits(struct slice begin, struct slice operation)
{
	if (begin.len == 0)
		return true;
	return begin.len <= operation.len &&
	       ((begin.ptr[0] ^ operation.ptr[0]) & 0xdf) == 0 &&
	       !strncasecmp(begin.ptr, operation.ptr, begin.len);
}

/* Every table ends with the empty beginning, which all have. */
static void
sort_by(const struct rule *rule, struct slice operation, struct event *event)
{
	while (!fits(rule->begin, operation))
		rule++;
	event->class_uid = rule->class_uid;
	event->activity = rule->activity;
}

/* Without the thing in front that the verb is about. */
static struct slice
site_verb(struct slice operation)
{
	static const struct slice things[] = {SLICE_INIT("File"),
	    SLICE_INIT("Folder"), SLICE_INIT("Page"), SLICE_INIT("ListItem"),
	    SLICE_INIT("List")};

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
		if (operation.len > things[i].len &&
		    !memcmp(operation.ptr, things[i].ptr, things[i].len))
			return slice_skip(operation, things[i].len);
	return operation;
}

void
read_o365_class(int64_t type, struct event *event)
{
	struct slice operation = event->col[EV_OPERATION];

	switch (type) {
	case O365_ACCOUNT_LOGON:
	case O365_STS_LOGON:
		event->class_uid = CLASS_AUTHENTICATION;
		event->activity = 1;
		break;
	case O365_DIRECTORY:
		sort_by(directory, operation, event);
		break;
	case O365_EXCHANGE_ITEM:
	case O365_EXCHANGE_GROUP:
	case O365_EXCHANGE_AGGREGATED:
	case O365_EXCHANGE_AGGREGATED_OPERATION:
	case O365_EXCHANGE_SEARCH:
		sort_by(mailbox, operation, event);
		break;
	case O365_SHAREPOINT:
	case O365_SHAREPOINT_FILE:
	case O365_ONEDRIVE:
	case O365_SHARING:
	case O365_SHAREPOINT_LIST:
	case O365_SHAREPOINT_ITEM:
	case O365_SHAREPOINT_CONTENT:
	case O365_SHAREPOINT_FIELD:
	case O365_SHAREPOINT_SEARCH:
		sort_by(site, site_verb(operation), event);
		break;
	case O365_TEAMS:
		sort_by(teams, operation, event);
		break;
	case O365_ALERT:
	case O365_THREAT:
	case O365_THREAT_URL:
	case O365_RISK:
		sort_by(alert, operation, event);
		break;
	case O365_DLP_SHAREPOINT:
	case O365_DLP_EXCHANGE:
	case O365_DLP_ENDPOINT:
		sort_by(data_loss, operation, event);
		break;
	default:
		sort_by(admin, operation, event);
	}
}
