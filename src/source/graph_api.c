#include "source/graph_api.h"

#define AUDIT_LOG "AuditLog.Read.All"
#define DIRECTORY "Directory.Read.All"
#define SIGNINS   "auditLogs/signIns"
#define ASSIGNED  "/appRoleAssignedTo"

const struct graph_api graph_activities[] = {
    {.name = "signins",
        .path = "v1.0/" SIGNINS,
        .time = "createdDateTime",
        .top = 1000,
        .quota = QUOTA_REPORTS,
        .permission = AUDIT_LOG,
        .licence = "Entra ID P1",
        .kind = KIND_SIGNIN,
        .blind = "how an intruder got in; which sessions were theirs"},
    {.name = "signins-noninteractive",
        .path = "beta/" SIGNINS,
        .time = "createdDateTime",
        .also = "signInEventTypes/any(t: t eq 'nonInteractiveUser')",
        .top = 1000,
        .quota = QUOTA_REPORTS,
        .permission = AUDIT_LOG,
        .licence = "Entra ID P1",
        .kind = KIND_SIGNIN_NONINTERACTIVE,
        .blind = "stolen sessions: refresh tokens used elsewhere"},
    {.name = "signins-app",
        .path = "beta/" SIGNINS,
        .time = "createdDateTime",
        .also = "signInEventTypes/any(t: t eq 'servicePrincipal')",
        .top = 1000,
        .quota = QUOTA_REPORTS,
        .permission = AUDIT_LOG,
        .licence = "Entra ID P1",
        .kind = KIND_SIGNIN_SP,
        .blind = "which apps came in, from where, with which credential"},
    {.name = "signins-managed",
        .path = "beta/" SIGNINS,
        .time = "createdDateTime",
        .also = "signInEventTypes/any(t: t eq 'managedIdentity')",
        .top = 1000,
        .quota = QUOTA_REPORTS,
        .permission = AUDIT_LOG,
        .licence = "Entra ID P1",
        .kind = KIND_SIGNIN_MI,
        .blind = "what managed identities reached"},
    {.name = "audits",
        .path = "v1.0/auditLogs/directoryAudits",
        .time = "activityDateTime",
        .top = 999,
        .quota = QUOTA_REPORTS,
        .permission = AUDIT_LOG,
        .kind = KIND_ENTRA_AUDIT,
        .blind = "ways back: credentials, consents, roles, people added"},
    {.name = "risks",
        .path = "v1.0/identityProtection/riskDetections",
        .time = "detectedDateTime",
        .top = 500,
        .quota = QUOTA_RISK,
        .permission = "IdentityRiskEvent.Read.All",
        .licence = "Entra ID P1, in full P2",
        .kind = KIND_ENTRA_RISK,
        .blind = "what Microsoft itself holds for risky"},
    {.name = "alerts",
        .path = "v1.0/security/alerts_v2",
        .time = "lastUpdateDateTime",
        .as = "graph/alerts",
        .top = 1000,
        .quota = QUOTA_ALERTS,
        .permission = "SecurityAlert.Read.All",
        .licence = "a Microsoft Defender product",
        .blind = "findings of others"},
};
const size_t graph_activity_count =
    sizeof(graph_activities) / sizeof(graph_activities[0]);

/* Nothing but rows: what is alike is in the macro. */
#define STATE(text, where, options, most, wants, without, ...)                 \
	{                                                                      \
		.name = "state." text, .as = "graph/state." text,              \
		.path = "v1.0/" where, .query = (options), .top = (most),      \
		.permission = (wants), .blind = (without), __VA_ARGS__         \
	}

const struct graph_api graph_states[] = {
    STATE("users", "users",
        "$select=id,userPrincipalName,displayName,mail,userType,"
        "accountEnabled,createdDateTime,creationType,externalUserState,"
        "onPremisesSyncEnabled,onPremisesImmutableId,"
        "lastPasswordChangeDateTime,signInSessionsValidFromDateTime,"
        "department,jobTitle,usageLocation,assignedLicenses",
        999, "User.Read.All", "who people are", .licence = NULL),
    STATE("groups", "groups",
        "$select=id,displayName,mail,groupTypes,securityEnabled,"
        "isAssignableToRole,membershipRule,visibility,createdDateTime",
        999, "Group.Read.All", "groups that carry roles", .licence = NULL),
    STATE("servicePrincipals", "servicePrincipals",
        "$expand=owners($select=id,displayName)", 999, "Application.Read.All",
        "ways back: apps of others, their credentials and owners",
        .licence = NULL),
    STATE("applications", "applications",
        "$expand=owners($select=id,displayName)", 999, "Application.Read.All",
        "ways back: credentials and owners of own apps", .licence = NULL),
    STATE("appRoles.graph",
        "servicePrincipals(appId='00000003-0000-0000-c000-000000000000'"
        ")" ASSIGNED,
        NULL, 999, "Application.Read.All",
        "which apps read mail and files through Graph", .licence = NULL),
    STATE("appRoles.exchange",
        "servicePrincipals(appId='00000002-0000-0ff1-ce00-000000000000'"
        ")" ASSIGNED,
        NULL, 999, "Application.Read.All",
        "which apps read all mailboxes through Exchange", .licence = NULL),
    STATE("appRoles.sharepoint",
        "servicePrincipals(appId='00000003-0000-0ff1-ce00-000000000000'"
        ")" ASSIGNED,
        NULL, 999, "Application.Read.All", "which apps read all sites",
        .licence = NULL),
    STATE("oauth2PermissionGrants", "oauth2PermissionGrants", NULL, 999,
        DIRECTORY, "ways back: consents", .licence = NULL),
    STATE("directoryRoles", "directoryRoles",
        "$expand=members($select=id,displayName)", 0,
        "RoleManagement.Read.Directory", "who administers", .licence = NULL),
    STATE("roleAssignments", "roleManagement/directory/roleAssignments", NULL,
        999, "RoleManagement.Read.Directory",
        "who administers, people and apps", .licence = NULL),
    STATE("roleEligibility",
        "roleManagement/directory/roleEligibilityScheduleInstances", NULL, 999,
        "RoleEligibilitySchedule.Read.Directory",
        "who may make themselves administrator", .licence = "Entra ID P2"),
    STATE("conditionalAccess", "identity/conditionalAccess/policies", NULL, 0,
        "Policy.Read.All", "what guards sign-ins, and who is exempt",
        .licence = "Entra ID P1"),
    STATE("namedLocations", "identity/conditionalAccess/namedLocations", NULL,
        0, "Policy.Read.All", "which addresses are trusted",
        .licence = "Entra ID P1"),
    STATE("domains", "domains", NULL, 0, "Domain.Read.All",
        "ways back: federated domains", .licence = NULL),
    STATE("federation", "domains/%s/federationConfiguration", NULL, 0,
        "Domain.Read.All", "ways back: who signs tokens for a domain",
        .each = EACH_FEDERATED),
    STATE("crossTenantDefault", "policies/crossTenantAccessPolicy/default",
        NULL, 0, "Policy.Read.All", "what other tenants may do",
        .licence = NULL),
    STATE("crossTenantPartners", "policies/crossTenantAccessPolicy/partners",
        NULL, 0, "Policy.Read.All", "which tenants are trusted",
        .licence = NULL),
    STATE("authorization", "policies/authorizationPolicy", NULL, 0,
        "Policy.Read.All", "what people and guests may do by themselves",
        .licence = NULL),
    STATE("authenticationMethods",
        "reports/authenticationMethods/userRegistrationDetails", NULL, 999,
        AUDIT_LOG, "ways back: who could sign in without a second factor",
        .quota = QUOTA_REPORTS, .licence = "Entra ID P1"),
    STATE("organization", "organization", NULL, 0, "Organization.Read.All",
        "what the tenant is", .licence = NULL),
    STATE("subscribedSkus", "subscribedSkus", NULL, 0,
        "LicenseAssignment.Read.All", "what the tenant may log",
        .licence = NULL),
    STATE("inboxRules", "users/%s/mailFolders/inbox/messageRules", NULL, 0,
        "MailboxSettings.Read", "ways back: rules that forward or hide mail",
        .quota = QUOTA_MAIL, .each = EACH_PERSON),
};
const size_t graph_state_count = sizeof(graph_states) / sizeof(graph_states[0]);

unsigned
graph_quota_rate(enum graph_quota quota)
{
	static const unsigned rates[QUOTA_COUNT] = {[QUOTA_REPORTS] = 30,
	    [QUOTA_RISK] = 60,
	    [QUOTA_ALERTS] = 150,
	    [QUOTA_DIRECTORY] = 600,
	    [QUOTA_MAIL] = 600};

	return rates[quota];
}

const struct graph_api *
graph_activity_find(struct slice name)
{
	for (size_t i = 0; i < graph_activity_count; i++)
		if (slice_eq(name, slice_cstr(graph_activities[i].name)))
			return &graph_activities[i];
	return NULL;
}
