/*
 * Sign-ins, directory audit and risk detections of Entra ID, each in the
 * shapes of Graph (camelCase), of a diagnostic-settings envelope (Graph's
 * object under `properties`) and of Log Analytics (capitalised columns, JSON
 * held in strings).  PowerShell's objects written as JSON are capitalised at
 * every level.
 */
#include "event/read.h"
#include "event/read_fields.h"

/*
 * In Log Analytics, TenantId is the workspace and ResourceId a path, so
 * neither is looked at.
 */
static const struct read_field tenant_fields[] = {
    {EV_TENANT, "tenantId|AADTenantId|AadTenantId"},
    {EV_TENANT, "resourceTenantId|ResourceTenantId"},
    {EV_TENANT, "homeTenantId|HomeTenantId"},
};

static void
read_tenant(const struct record *record, struct event *event)
{
	read_fields(record, record->root, tenant_fields, 1, event);
	read_fields(record, read_body(record), tenant_fields,
	    READ_COUNT(tenant_fields), event);
}

/* --- sign-ins --- */

static const char *const signin_times[] = {
    "createdDateTime|CreatedDateTime|CreatedDateTime [UTC]",
};

static const char *const envelope_times[] = {
    "time",
    "TimeGenerated",
    "TimeGenerated [UTC]",
};

static const struct read_field signin_fields[] = {
    {EV_ID, "id|Id"},
    {EV_SESSION, "sessionId|SessionId"},
    {EV_TOKEN, "uniqueTokenIdentifier|UniqueTokenIdentifier"},
    {EV_APP_ID, "appId|AppId"},
    {EV_APP_NAME, "appDisplayName|AppDisplayName"},
    {EV_CLIENT, "clientAppUsed|ClientAppUsed"},
    {EV_USER_AGENT, "userAgent|UserAgent"},
    {EV_IP, "ipAddress|IPAddress|IpAddress"},
    {EV_ASN, "autonomousSystemNumber|AutonomousSystemNumber"},
    {EV_TARGET_NAME, "resourceDisplayName|ResourceDisplayName"},
};

static const struct read_field signin_user_fields[] = {
    {EV_ACTOR_ID, "userId|UserId"},
    {EV_ACTOR_NAME, "userPrincipalName|UserPrincipalName"},
    {EV_ACTOR_NAME, "userDisplayName|UserDisplayName"},
};

static const struct read_field signin_app_fields[] = {
    {EV_ACTOR_ID, "servicePrincipalId|ServicePrincipalId"},
    {EV_ACTOR_NAME, "servicePrincipalName|ServicePrincipalName"},
    {EV_ACTOR_NAME, "appDisplayName|AppDisplayName"},
    {EV_APP_NAME, "servicePrincipalName|ServicePrincipalName"},
};

static const struct read_field device_fields[] = {
    {EV_DEVICE, "deviceId|DeviceId"},
    {EV_DEVICE, "displayName|DisplayName"},
};

static const struct read_field place_fields[] = {
    {EV_COUNTRY, "countryOrRegion|CountryOrRegion"},
};

/* What the envelope and the flat columns say if the body does not. */
static const struct read_field signin_root_fields[] = {
    {EV_IP, "callerIpAddress"},
    {EV_COUNTRY, "location|Location"},
    {EV_STATUS_CODE, "resultType|ResultType"},
};

static void
signin_actor(const struct record *record, struct event *event)
{
	struct json body = read_body(record);
	struct slice type = read_text(record, body, "userType|UserType");

	if (event->kind == KIND_SIGNIN_SP || event->kind == KIND_SIGNIN_MI) {
		event->col[EV_ACTOR_TYPE] = SLICE("app");
		read_fields(record, body, signin_app_fields,
		    READ_COUNT(signin_app_fields), event);
		return;
	}
	event->col[EV_ACTOR_TYPE] =
	    read_same(type, SLICE("guest")) ? SLICE("guest") : SLICE("user");
	read_fields(record, body, signin_user_fields,
	    READ_COUNT(signin_user_fields), event);
}

/* The resource: `resourceId` in Graph, but ResourceIdentity as a column. */
static void
signin_target(const struct record *record, struct event *event)
{
	struct json body = read_body(record);
	bool columns = json_present(JSON_GET(record->root, "TimeGenerated"));

	read_put(record, event, EV_TARGET_ID,
	    read_text(record, body,
	        columns ? "ResourceIdentity" : "resourceId|ResourceId"));
	if (event->col[EV_TARGET_ID].len + event->col[EV_TARGET_NAME].len > 0)
		event->col[EV_TARGET_TYPE] = SLICE("resource");
}

enum event_outcome
read_signin_outcome(struct slice code)
{
	uint64_t n;

	if (!slice_to_u64(code, &n))
		return OUTCOME_UNKNOWN;
	return n == 0 ? OUTCOME_SUCCESS : OUTCOME_FAILURE;
}

static struct slice
signin_source(enum event_kind kind)
{
	switch (kind) {
	case KIND_SIGNIN_NONINTERACTIVE:
		return SLICE("entra/NonInteractiveUserSignInLogs");
	case KIND_SIGNIN_SP:
		return SLICE("entra/ServicePrincipalSignInLogs");
	case KIND_SIGNIN_MI:
		return SLICE("entra/ManagedIdentitySignInLogs");
	default:
		return SLICE("entra/SignInLogs");
	}
}

static void
signin_log(const struct record *record, struct event *event)
{
	read_times(record, read_body(record), signin_times,
	    READ_COUNT(signin_times), event);
	read_times(record, record->root, envelope_times,
	    READ_COUNT(envelope_times), event);
	read_tenant(record, event);
	read_fields(record, read_body(record), signin_fields,
	    READ_COUNT(signin_fields), event);
	signin_actor(record, event);
	signin_target(record, event);

	read_put(record, event, EV_STATUS_CODE,
	    read_text(record, read_part(record, "status|Status"),
	        "errorCode|ErrorCode"));
	read_fields(record, read_part(record, "deviceDetail|DeviceDetail"),
	    device_fields, READ_COUNT(device_fields), event);
	read_fields(record,
	    read_part(record, "location|LocationDetails|Location"),
	    place_fields, READ_COUNT(place_fields), event);
	read_fields(record, record->root, signin_root_fields,
	    READ_COUNT(signin_root_fields), event);
	event->outcome = read_signin_outcome(event->col[EV_STATUS_CODE]);
}

void
read_signin(const struct record *record, struct event *event)
{
	event->class_uid = 3002; /* authentication */
	event->activity = 1;     /* logon */
	event->col[EV_SOURCE] = signin_source(event->kind);
	event->col[EV_OPERATION] = SLICE("Sign-in activity");
	if (json_present(read_any(record, record->root, "Date (UTC)")))
		read_portal_signin(record, event);
	else
		signin_log(record, event);
	if (event->col[EV_ID].len > 0)
		event->family = "entra.signin";
}

/* --- directory audit --- */

static const char *const audit_times[] = {
    "activityDateTime|ActivityDateTime|ActivityDateTime [UTC]",
};

static const struct read_field audit_fields[] = {
    {EV_ID, "id|Id"},
    {EV_OPERATION, "activityDisplayName|ActivityDisplayName"},
    {EV_STATUS_CODE, "result|Result"},
    {EV_USER_AGENT, "userAgent|UserAgent"},
};

static const struct read_field audit_root_fields[] = {
    {EV_OPERATION, "operationName|OperationName"},
    {EV_IP, "callerIpAddress|CallerIpAddress"},
    {EV_ACTOR_NAME, "identity|Identity"},
};

static const struct read_field initiator_user_fields[] = {
    {EV_ACTOR_ID, "user/id|User/Id"},
    {EV_ACTOR_NAME, "user/userPrincipalName|User/UserPrincipalName"},
    {EV_ACTOR_NAME, "user/displayName|User/DisplayName"},
    {EV_IP, "user/ipAddress|User/IpAddress"},
};

static const struct read_field initiator_app_fields[] = {
    {EV_APP_ID, "app/appId|App/AppId"},
    {EV_APP_NAME, "app/displayName|App/DisplayName"},
};

static const struct read_field initiator_as_app_fields[] = {
    {EV_ACTOR_ID, "app/servicePrincipalId|App/ServicePrincipalId"},
    {EV_ACTOR_ID, "app/appId|App/AppId"},
    {EV_ACTOR_NAME, "app/displayName|App/DisplayName"},
    {EV_ACTOR_NAME, "app/servicePrincipalName|App/ServicePrincipalName"},
};

static const struct read_field linkable_fields[] = {
    {EV_SESSION, "linkableIdentifiers/sessionId"},
    {EV_TOKEN, "linkableIdentifiers/tokenDetails/uniqueTokenIdentifier"},
    {EV_DEVICE, "linkableIdentifiers/deviceId"},
};

static const struct read_field target_fields[] = {
    {EV_TARGET_ID, "id|Id"},
    {EV_TARGET_NAME, "userPrincipalName|UserPrincipalName"},
    {EV_TARGET_NAME, "displayName|DisplayName"},
    {EV_TARGET_TYPE, "type|Type"},
};

/* OCSF classes, by the directory's category ... */
static const struct read_class audit_categories[] = {
    {"UserManagement", 3001, 99},
    {"GroupManagement", 3006, 99},
    {"RoleManagement", 3005, 99},
};

/* ... and within them by the words that the activity begins with. */
static const struct read_class account_activities[] = {
    {"Add user", 3001, 1},
    {"Create user", 3001, 1},
    {"Enable account", 3001, 2},
    {"Change user password", 3001, 3},
    {"Change password", 3001, 3},
    {"Reset", 3001, 4},
    {"Disable account", 3001, 5},
    {"Delete user", 3001, 6},
    {"Hard delete user", 3001, 6},
    {"User registered", 3001, 10},
    {"User deleted security info", 3001, 11},
    {"Add app role assignment", 3005, 1},
    {"Remove app role assignment", 3005, 2},
};

static const struct read_class group_activities[] = {
    {"Add member", 3006, 3},
    {"Remove member", 3006, 4},
    {"Delete group", 3006, 5},
    {"Hard delete group", 3006, 5},
    {"Add group", 3006, 6},
    {"Create group", 3006, 6},
};

static const struct read_class role_activities[] = {
    {"Add", 3005, 1},
    {"Remove", 3005, 2},
};

static const struct read_class entity_activities[] = {
    {"Add app role assignment", 3005, 1},
    {"Remove app role assignment", 3005, 2},
    {"Add service principal credentials", 3004, 3},
    {"Remove service principal credentials", 3004, 3},
    {"Add owner", 3004, 3},
    {"Remove owner", 3004, 3},
    {"Add", 3004, 1},
    {"Create", 3004, 1},
    {"Update", 3004, 3},
    {"Set", 3004, 3},
    {"Consent", 3004, 3},
    {"Delete", 3004, 4},
    {"Hard delete", 3004, 4},
    {"Remove", 3004, 4},
};

static void
audit_class(struct slice category, struct event *event)
{
	struct slice name = event->col[EV_OPERATION];

	event->class_uid = 3004; /* entity management */
	event->activity = 99;
	read_class(
	    category, audit_categories, READ_COUNT(audit_categories), event);
	switch (event->class_uid) {
	case 3001:
		read_class(name, account_activities,
		    READ_COUNT(account_activities), event);
		return;
	case 3006:
		read_class(name, group_activities, READ_COUNT(group_activities),
		    event);
		return;
	case 3005:
		read_class(
		    name, role_activities, READ_COUNT(role_activities), event);
		return;
	default:
		read_class(name, entity_activities,
		    READ_COUNT(entity_activities), event);
	}
}

static void
audit_actor(const struct record *record, struct event *event)
{
	struct json by = read_part(record, "initiatedBy|InitiatedBy");

	read_fields(record, by, initiator_user_fields,
	    READ_COUNT(initiator_user_fields), event);
	read_fields(record, by, initiator_app_fields,
	    READ_COUNT(initiator_app_fields), event);
	read_fields(
	    record, by, linkable_fields, READ_COUNT(linkable_fields), event);
	if (event->col[EV_ACTOR_ID].len + event->col[EV_ACTOR_NAME].len > 0) {
		event->col[EV_ACTOR_TYPE] = SLICE("user");
		return;
	}
	read_fields(record, by, initiator_as_app_fields,
	    READ_COUNT(initiator_as_app_fields), event);
	event->col[EV_ACTOR_TYPE] =
	    event->col[EV_ACTOR_ID].len + event->col[EV_ACTOR_NAME].len > 0
	        ? SLICE("app")
	        : SLICE("unknown");
}

static void
audit_user_agent(const struct record *record, struct event *event)
{
	static const char *const members[] = {"value", "Value"};

	for (size_t i = 0; i < READ_COUNT(members); i++)
		read_put(record, event, EV_USER_AGENT,
		    read_scalar(
		        record, read_named(record,
		                    read_any(record, read_body(record),
		                        "additionalDetails|AdditionalDetails"),
		                    "User-Agent", members[i])));
}

static void
audit_log(const struct record *record, struct event *event)
{
	read_times(record, read_body(record), audit_times,
	    READ_COUNT(audit_times), event);
	read_times(record, record->root, envelope_times,
	    READ_COUNT(envelope_times), event);
	read_tenant(record, event);
	read_fields(record, read_body(record), audit_fields,
	    READ_COUNT(audit_fields), event);
	event->change =
	    read_text(record, read_body(record), "correlationId|CorrelationId");
	audit_actor(record, event);
	read_fields(record,
	    json_at(read_part(record, "targetResources|TargetResources"), 0),
	    target_fields, READ_COUNT(target_fields), event);
	audit_user_agent(record, event);
	read_fields(record, record->root, audit_root_fields,
	    READ_COUNT(audit_root_fields), event);
	if (event->col[EV_ID].len > 0)
		event->family = "entra.audit";
}

void
read_entra_audit(const struct record *record, struct event *event)
{
	struct slice result;

	event->col[EV_SOURCE] = SLICE("entra/AuditLogs");
	if (json_present(read_any(record, record->root, "Date (UTC)")))
		read_portal_audit(record, event);
	else
		audit_log(record, event);
	audit_class(
	    read_text(record, read_body(record), "category|Category"), event);

	result = event->col[EV_STATUS_CODE];
	if (read_same(result, SLICE("success")))
		event->outcome = OUTCOME_SUCCESS;
	else if (read_same(result, SLICE("failure")) ||
	         read_same(result, SLICE("timeout")))
		event->outcome = OUTCOME_FAILURE;
}
