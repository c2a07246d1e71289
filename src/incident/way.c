#include "incident/way.h"

#include <strings.h>

/*
 * Entra's access tokens live 60 to 90 minutes; those for clients that are asked
 * again at once when something happens live longer, and end with it.
 */
#define TOKEN_US ((int64_t)90 * 60 * 1000000)

const struct way_kind way_kinds[WAY_COUNT] = {
    [WAY_PASSWORD] = {"password", "password", WAY_OF_PERSON, "state.users",
        NULL, TOKEN_US},
    [WAY_SESSION] = {"session", "session", WAY_OF_PERSON, "state.users", NULL,
        TOKEN_US},
    [WAY_REFRESH_TOKEN] = {"refresh-token", "refresh token", WAY_OF_PERSON,
        "state.users", NULL, TOKEN_US},
    [WAY_MFA_METHOD] = {"mfa-method", "MFA method", WAY_OF_PERSON,
        "state.authenticationMethods", NULL, 0},
    [WAY_TEMPORARY_PASS] = {"temporary-pass", "temporary access pass",
        WAY_OF_PERSON, NULL, NULL, TOKEN_US},
    [WAY_DEVICE] = {"device", "registered device", WAY_OF_PERSON, NULL, NULL,
        TOKEN_US},
    [WAY_APP_CREDENTIAL] = {"app-credential", "app credential", WAY_OF_APP,
        "state.applications", NULL, TOKEN_US},
    [WAY_APP_OWNER] = {"app-owner", "app owner", WAY_OF_APP,
        "state.applications", NULL, 0},
    [WAY_CONSENT] = {"consent", "consent", WAY_OF_PERSON,
        "state.oauth2PermissionGrants", NULL, TOKEN_US},
    [WAY_PERMISSION] = {"permission", "delegated permission", WAY_OF_ADMIN,
        "state.oauth2PermissionGrants", NULL, TOKEN_US},
    [WAY_APP_ROLE] = {"app-role", "app role", WAY_OF_ADMIN, "state.appRoles",
        NULL, TOKEN_US},
    [WAY_DIRECTORY_ROLE] = {"directory-role", "directory role", WAY_OF_ADMIN,
        "state.roleAssignments", NULL, TOKEN_US},
    [WAY_ELIGIBLE_ROLE] = {"eligible-role", "eligible role", WAY_OF_ADMIN,
        "state.roleEligibility", NULL, TOKEN_US},
    [WAY_CONDITIONAL_ACCESS] = {"conditional-access",
        "conditional access exclusion", WAY_OF_ADMIN, "state.conditionalAccess",
        NULL, TOKEN_US},
    [WAY_INBOX_RULE] = {"inbox-rule", "inbox rule", WAY_OF_PERSON,
        "state.inboxRules", "Get-InboxRule", 0},
    [WAY_HIDDEN_RULE] = {"hidden-rule", "hidden inbox rule", WAY_OF_PERSON,
        NULL, "Get-InboxRule -IncludeHidden", 0},
    [WAY_FORWARDING] = {"forwarding", "forwarding", WAY_OF_PERSON, NULL,
        "Get-Mailbox", 0},
    [WAY_TRANSPORT_RULE] = {"transport-rule", "transport rule", WAY_OF_ADMIN,
        NULL, "Get-TransportRule", 0},
    [WAY_JOURNAL_RULE] = {"journal-rule", "journal rule", WAY_OF_ADMIN, NULL,
        "Get-JournalRule", 0},
    [WAY_CONNECTOR] = {"connector", "connector", WAY_OF_ADMIN, NULL,
        "Get-InboundConnector, Get-OutboundConnector", 0},
    [WAY_MAILBOX_PERMISSION] = {"mailbox-permission", "mailbox permission",
        WAY_OF_ADMIN, NULL, "Get-MailboxPermission, Get-RecipientPermission",
        0},
    [WAY_FOLDER_PERMISSION] = {"folder-permission", "folder permission",
        WAY_OF_PERSON, NULL, "Get-MailboxFolderPermission", 0},
    [WAY_FEDERATION] = {"federation", "federated or added domain", WAY_OF_ADMIN,
        "state.domains", NULL, TOKEN_US},
    [WAY_CROSS_TENANT] = {"cross-tenant", "cross-tenant access", WAY_OF_ADMIN,
        "state.crossTenantPartners", NULL, TOKEN_US},
    [WAY_DELEGATED_ADMIN] = {"delegated-admin", "delegated administration",
        WAY_OF_ADMIN, NULL, NULL, TOKEN_US},
    [WAY_GUEST] = {"guest", "guest", WAY_OF_PERSON, "state.users", NULL,
        TOKEN_US},
    [WAY_ACCOUNT] = {"account", "created account", WAY_OF_ADMIN, "state.users",
        NULL, TOKEN_US},
    [WAY_APP] = {"app", "added app", WAY_OF_PERSON, "state.servicePrincipals",
        NULL, TOKEN_US},
    [WAY_SHARING_LINK] = {"sharing-link", "sharing link", WAY_OF_PERSON, NULL,
        NULL, 0},
    [WAY_SITE_ADMIN] = {"site-admin", "site administrator", WAY_OF_ADMIN, NULL,
        NULL, 0},
    [WAY_FLOW] = {"flow", "Power Automate flow", WAY_OF_PERSON, NULL, NULL, 0},
    [WAY_SUBSCRIPTION] = {"subscription", "Graph subscription", WAY_OF_PERSON,
        NULL, NULL, 0},
    [WAY_EDISCOVERY_ROLE] = {"ediscovery-role", "eDiscovery role", WAY_OF_ADMIN,
        NULL, "Get-RoleGroupMember", 0},
    [WAY_AUDIT_BYPASS] = {"audit-bypass", "audit bypass", WAY_OF_ADMIN, NULL,
        "Get-MailboxAuditBypassAssociation", 0},
};

static bool
same(struct slice a, const char *b)
{
	return a.len == strlen(b) && !strncasecmp(a.ptr, b, a.len);
}

bool
way_parse(struct slice name, enum way *out)
{
	struct slice one = name;

	if (one.len && (one.ptr[one.len - 1] | 0x20) == 's')
		one.len--;
	for (int i = 0; i < WAY_COUNT; i++) {
		const struct way_kind *kind = &way_kinds[i];

		if (!same(name, kind->name) && !same(name, kind->words) &&
		    !same(one, kind->name) && !same(one, kind->words))
			continue;
		*out = (enum way)i;
		return true;
	}
	return false;
}
