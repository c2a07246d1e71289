/*
 * Okta's System Log: as the API gives it, and in the flat columns of Log
 * Analytics' Okta_CL (`actor_alternateId_s`).
 */
#include "event/read.h"
#include "event/read_fields.h"

static const char *const okta_times[] = {
    "published|published_t",
    "TimeGenerated",
};

static const struct read_field okta_fields[] = {
    {EV_ID, "uuid|uuid_g|uuid_s"},
    {EV_OPERATION, "eventType|eventType_s"},
    {EV_STATUS_CODE, "outcome/result|outcome_result_s"},
    {EV_ACTOR_ID, "actor/id|actor_id_s"},
    {EV_ACTOR_NAME, "actor/alternateId|actor_alternateId_s"},
    {EV_SESSION, "authenticationContext/externalSessionId"},
    {EV_SESSION, "authenticationContext_externalSessionId_s"},
    {EV_APP_ID, "client/id|client_id_s"},
    {EV_CLIENT, "client/userAgent/browser|client_userAgent_browser_s"},
    {EV_USER_AGENT, "client/userAgent/rawUserAgent"},
    {EV_USER_AGENT, "client_userAgent_rawUserAgent_s"},
    {EV_DEVICE, "device/id|device_id_s"},
    {EV_DEVICE, "debugContext/debugData/deviceFingerprint"},
    {EV_DEVICE, "debugContext_debugData_deviceFingerprint_g"},
    {EV_DEVICE, "debugContext_debugData_deviceFingerprint_s"},
    {EV_IP, "client/ipAddress|client_ipAddress_s"},
    {EV_COUNTRY, "client/geographicalContext/country"},
    {EV_COUNTRY, "client_geographicalContext_country_s"},
    {EV_ASN, "securityContext/asNumber|securityContext_asNumber_d"},
    {EV_AS_ORG, "securityContext/asOrg|securityContext_asOrg_s"},
};

/* Where the better name is "unknown". */
static const struct read_field okta_late_fields[] = {
    {EV_ACTOR_NAME, "actor/displayName|actor_displayName_s"},
};

static const struct read_class okta_classes[] = {
    {"user.session.start", 3002, 1},
    {"user.session.end", 3002, 2},
    {"user.session.", 3002, 99},
    {"user.authentication.", 3002, 1},
    {"user.mfa.factor.activate", 3001, 10},
    {"user.mfa.factor.deactivate", 3001, 11},
    {"user.mfa.factor.reset", 3001, 11},
    {"user.mfa.", 3002, 99},
    {"user.account.update_password", 3001, 3},
    {"user.account.reset_password", 3001, 4},
    {"user.account.lock", 3001, 9},
    {"user.account.unlock", 3001, 12},
    {"user.account.privilege.grant", 3005, 1},
    {"user.account.privilege.revoke", 3005, 2},
    {"user.account.", 3001, 99},
    {"user.lifecycle.create", 3001, 1},
    {"user.lifecycle.activate", 3001, 2},
    {"user.lifecycle.reactivate", 3001, 2},
    {"user.lifecycle.unsuspend", 3001, 2},
    {"user.lifecycle.deactivate", 3001, 5},
    {"user.lifecycle.suspend", 3001, 5},
    {"user.lifecycle.delete", 3001, 6},
    {"user.lifecycle.", 3001, 99},
    {"group.user_membership.add", 3006, 3},
    {"group.user_membership.remove", 3006, 4},
    {"group.lifecycle.delete", 3006, 5},
    {"group.lifecycle.create", 3006, 6},
    {"group.privilege.grant", 3006, 1},
    {"group.privilege.revoke", 3006, 2},
    {"group.", 3006, 99},
    {"application.user_membership.add", 3005, 1},
    {"application.user_membership.remove", 3005, 2},
    {"application.lifecycle.create", 3004, 1},
    {"application.lifecycle.update", 3004, 3},
    {"application.lifecycle.delete", 3004, 4},
    {"policy.lifecycle.create", 3004, 1},
    {"policy.lifecycle.update", 3004, 3},
    {"policy.lifecycle.delete", 3004, 4},
    {"policy.rule.add", 3004, 1},
    {"policy.rule.update", 3004, 3},
    {"policy.rule.delete", 3004, 4},
    {"system.api_token.create", 3004, 1},
    {"system.api_token.revoke", 3004, 4},
    {"security.threat.", 2004, 1},
    {"app.oauth2.", 3002, 3},
};

/*
 * ALLOW is a policy's success.  A CHALLENGE asked for more and SKIPPED did
 * nothing, so neither says how it went.
 */
static enum event_outcome
okta_outcome(struct slice result)
{
	static const char *const bad[] = {"FAILURE", "DENY", "RATE_LIMIT"};

	if (read_same(result, SLICE("SUCCESS")) ||
	    read_same(result, SLICE("ALLOW")))
		return OUTCOME_SUCCESS;
	for (size_t i = 0; i < READ_COUNT(bad); i++)
		if (read_same(result, slice_cstr(bad[i])))
			return OUTCOME_FAILURE;
	return OUTCOME_UNKNOWN;
}

/* Okta writes "unknown", or "UNKNOWN", where it knows nothing. */
static void
okta_known(struct event *event, enum event_column col)
{
	if (read_same(event->col[col], SLICE("unknown")))
		event->col[col] = (struct slice){0};
}

static struct slice
okta_actor_type(struct slice type)
{
	if (read_same(type, SLICE("User")))
		return SLICE("user");
	if (read_same(type, SLICE("SystemPrincipal")))
		return SLICE("system");
	if (type.len >= 3 &&
	    read_same(slice_skip(type, type.len - 3), SLICE("App")))
		return SLICE(
		    "app"); /* PublicClientApp, ConfidentialClientApp */
	return SLICE("unknown");
}

/* The name people know: the alternate id, unless it is "unknown". */
static struct slice
okta_name(const struct record *record, struct json thing)
{
	struct slice name = read_text(record, thing, "alternateId");

	if (name.len == 0 || read_same(name, SLICE("unknown")))
		name = read_text(record, thing, "displayName");
	return name;
}

/*
 * The first target is what was acted on; an app among them is the app that was
 * used, as in a single sign-on.
 */
static void
okta_targets(const struct record *record, struct event *event)
{
	struct json_iter it = json_iter(read_open(
	    record, read_any(record, record->root, "target|target_s")));
	struct json target;

	while (json_next(&it, NULL, &target)) {
		struct slice type = read_text(record, target, "type");
		struct slice id = read_text(record, target, "id");

		if (read_same(type, SLICE("AppInstance"))) {
			read_put(record, event, EV_APP_ID, id);
			read_put(record, event, EV_APP_NAME,
			    read_text(record, target, "displayName"));
		}
		if (event->col[EV_TARGET_ID].len +
		        event->col[EV_TARGET_TYPE].len >
		    0)
			continue;
		event->col[EV_TARGET_ID] = id;
		event->col[EV_TARGET_TYPE] = type;
		event->col[EV_TARGET_NAME] = okta_name(record, target);
	}
}

void
read_okta(const struct record *record, struct event *event)
{
	struct json root = record->root;

	event->col[EV_SOURCE] = SLICE("okta/System");
	read_times(record, root, okta_times, READ_COUNT(okta_times), event);
	read_fields(record, root, okta_fields, READ_COUNT(okta_fields), event);
	okta_known(event, EV_CLIENT);
	okta_known(event, EV_SESSION);
	okta_known(event, EV_ACTOR_NAME);
	read_fields(record, root, okta_late_fields,
	    READ_COUNT(okta_late_fields), event);
	event->col[EV_ACTOR_TYPE] =
	    okta_actor_type(read_text(record, root, "actor/type|actor_type_s"));
	okta_targets(record, event);

	event->class_uid = 6003; /* API activity */
	event->activity = 99;
	read_class(event->col[EV_OPERATION], okta_classes,
	    READ_COUNT(okta_classes), event);
	event->outcome = okta_outcome(event->col[EV_STATUS_CODE]);
	if (event->col[EV_ID].len > 0)
		event->family = "okta.system";
}
