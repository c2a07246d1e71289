/*
 * The lists of Graph that the source of kind graph keeps.
 */
#include "base/time.h"
#include "incident/state_part.h"

#define OWNERS_SHOWN 20

static struct slice
text(const struct state_item *item, struct json v, const char *name)
{
	return state_text(item->state, v, name);
}

static bool
is_off(struct json v)
{
	return json_type(JSON_GET(v, "accountEnabled")) == JSON_BOOL &&
	       !json_is_true(JSON_GET(v, "accountEnabled"));
}

/* --- people --- */

static void
user(struct state_item *item, struct json v)
{
	static const struct {
		enum way way;
		const char *set;
	} times[] = {{WAY_PASSWORD, "lastPasswordChangeDateTime"},
	    {WAY_SESSION, "signInSessionsValidFromDateTime"},
	    {WAY_REFRESH_TOKEN, "signInSessionsValidFromDateTime"}};
	struct state_way way = {.way = (enum way)ROW_PERSON,
	    .object = text(item, v, "id"),
	    .name = text(item, v, "displayName"),
	    .holder = text(item, v, "id"),
	    .detail = text(item, v, "usageLocation"),
	    .made_us = EVENT_NO_TIME};
	struct slice id = way.object, upn = text(item, v, "userPrincipalName");

	state_see(item, &way);
	way.object = upn;
	state_see(item, &way);
	way.object = id;
	way.name = upn;
	way.detail = SLICE("");
	/* One that is disabled has nothing that lets in. */
	for (size_t i = 0; !is_off(v) && i < 3; i++) {
		way.way = times[i].way;
		way.made_us = state_time(v, times[i].set);
		state_see(item, &way);
	}
	way.way = WAY_ACCOUNT;
	way.made_us = state_time(v, "createdDateTime");
	way.detail = text(item, v, "userType");
	if (!is_off(v))
		state_see(item, &way);
}

static void
methods(struct state_item *item, struct json v)
{
	static const char *const kinds[][2] = {
	    {"microsoftAuthenticatorPush", "app"},
	    {"microsoftAuthenticatorPasswordless", "app"},
	    {"softwareOneTimePasscode", "app"}, {"mobilePhone", "phone"},
	    {"alternateMobilePhone", "phone"}, {"officePhone", "phone"},
	    {"email", "email"}, {"fido2SecurityKey", "passkey"},
	    {"passKeyDeviceBound", "passkey"},
	    {"passKeyDeviceBoundAuthenticator", "passkey"},
	    {"passKeyDeviceBoundWindowsHello", "passkey"},
	    {"windowsHelloForBusiness", "hello"},
	    {"hardwareOneTimePasscode", "token"}};
	struct slice id = text(item, v, "id");
	struct json_iter it = json_iter(JSON_GET(v, "methodsRegistered"));
	struct json method;

	while (json_next(&it, NULL, &method))
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (slice_eq(json_str(method), slice_cstr(kinds[i][0])))
				state_see(item,
				    &(struct state_way){.way = WAY_MFA_METHOD,
				        .object = state_join(item->state, id,
				            slice_cstr(kinds[i][1])),
				        .holder = id,
				        .name = json_str(method),
				        .made_us = EVENT_NO_TIME});
}

/* --- apps --- */

static void
credentials(struct state_item *item, struct json list, const struct slice app)
{
	struct json_iter it = json_iter(list);
	struct json key;

	while (json_next(&it, NULL, &key))
		state_see(
		    item, &(struct state_way){.way = WAY_APP_CREDENTIAL,
		              .object = text(item, key, "keyId"),
		              .name = text(item, key, "displayName"),
		              .holder = app,
		              .made_us = state_time(key, "startDateTime")});
}

static void
app(struct state_item *item, struct json v)
{
	struct slice id = text(item, v, "id");
	struct slice app_id = text(item, v, "appId");
	struct state_way way = {.way = (enum way)ROW_APP_ID,
	    .object = id,
	    .holder = id,
	    .name = text(item, v, "displayName"),
	    .detail = app_id,
	    .made_us = EVENT_NO_TIME};
	struct json_iter it = json_iter(JSON_GET(v, "owners"));
	struct json owner;
	size_t owners = 0;

	state_see(item, &way);
	way.way = WAY_APP;
	way.made_us = state_time(v, "createdDateTime");
	if (!is_off(v))
		state_see(item, &way);
	credentials(item, JSON_GET(v, "passwordCredentials"), id);
	credentials(item, JSON_GET(v, "keyCredentials"), id);
	way.way = WAY_APP_OWNER;
	way.made_us = EVENT_NO_TIME;
	way.detail = SLICE("");
	for (; json_next(&it, NULL, &owner); owners++) {
		way.holder = text(item, owner, "id");
		way.object = state_join(item->state, id, way.holder);
		state_see(item, &way);
	}
	way.way = (enum way)ROW_CROWDED;
	way.object = id;
	if (owners >= OWNERS_SHOWN)
		state_see(item, &way);
}

static void
grant(struct state_item *item, struct json v)
{
	bool all = slice_eq(
	    json_str(JSON_GET(v, "consentType")), SLICE("AllPrincipals"));
	struct slice client = text(item, v, "clientId");

	state_see(
	    item, &(struct state_way){.way = all ? WAY_PERMISSION : WAY_CONSENT,
	              .object = state_join(
	                  item->state, client, text(item, v, "resourceId")),
	              .place = all ? SLICE("") : text(item, v, "principalId"),
	              .holder = client,
	              .detail = text(item, v, "scope"),
	              .made_us = EVENT_NO_TIME});
}

static void
app_role(struct state_item *item, struct json v)
{
	struct slice grantee = text(item, v, "principalId");
	struct slice pair =
	    state_join(item->state, grantee, text(item, v, "resourceId"));

	state_see(item, &(struct state_way){.way = WAY_APP_ROLE,
	                    .object = state_join(
	                        item->state, pair, text(item, v, "appRoleId")),
	                    .name = text(item, v, "principalDisplayName"),
	                    .holder = grantee,
	                    .made_us = state_time(v, "createdDateTime")});
}

/* --- the tenant --- */

static void
role(struct state_item *item, struct json v)
{
	struct slice stream = item->state->lists[item->list].stream;
	struct slice who = text(item, v, "principalId");

	state_see(
	    item, &(struct state_way){
	              .way = slice_eq(stream, SLICE("state.roleEligibility"))
	                         ? WAY_ELIGIBLE_ROLE
	                         : WAY_DIRECTORY_ROLE,
	              .object = state_join(
	                  item->state, text(item, v, "roleDefinitionId"), who),
	              .holder = who,
	              .made_us = state_time(v, "startDateTime")});
}

static void
role_members(struct state_item *item, struct json v)
{
	struct slice id = text(item, v, "roleTemplateId");
	struct json_iter it = json_iter(JSON_GET(v, "members"));
	struct json member;

	while (json_next(&it, NULL, &member)) {
		struct slice who = text(item, member, "id");

		state_see(item, &(struct state_way){.way = WAY_DIRECTORY_ROLE,
		                    .object = state_join(item->state, id, who),
		                    .name = text(item, v, "displayName"),
		                    .holder = who,
		                    .made_us = EVENT_NO_TIME});
	}
}

static bool
leaves_out(struct json v)
{
	static const char *const names[] = {
	    "excludeUsers", "excludeGroups", "excludeRoles"};
	struct json users = JSON_GET(JSON_GET(v, "conditions"), "users");

	for (size_t i = 0; i < 3; i++)
		if (json_present(
		        json_at(json_get(users, slice_cstr(names[i])), 0)))
			return true;
	return false;
}

/* A policy that is off, or leaves somebody out. */
static void
policy(struct state_item *item, struct json v)
{
	bool on = slice_eq(json_str(JSON_GET(v, "state")), SLICE("enabled"));

	if (!on || leaves_out(v))
		state_see(
		    item, &(struct state_way){.way = WAY_CONDITIONAL_ACCESS,
		              .object = text(item, v, "id"),
		              .name = text(item, v, "displayName"),
		              .detail = on ? SLICE("leaves some out")
		                           : SLICE("is not enforced"),
		              .made_us = state_time(v, "modifiedDateTime")});
}

static void
location(struct state_item *item, struct json v)
{
	state_see(item, &(struct state_way){.way = WAY_CONDITIONAL_ACCESS,
	                    .object = text(item, v, "id"),
	                    .name = text(item, v, "displayName"),
	                    .made_us = state_time(v, "modifiedDateTime")});
}

static void
domain(struct state_item *item, struct json v)
{
	struct slice id = text(item, v, "id");
	struct state_way way = {.way = (enum way)ROW_DOMAIN,
	    .object = id,
	    .name = id,
	    .made_us = EVENT_NO_TIME};

	state_see(item, &way);
	way.way = WAY_FEDERATION;
	way.object = state_join(item->state, SLICE("added"), id);
	state_see(item, &way);
	way.object = id;
	if (slice_eq(json_str(JSON_GET(v, "authenticationType")),
	        SLICE("Federated")))
		state_see(item, &way);
}

static void
partner(struct state_item *item, struct json v)
{
	struct slice id = text(item, v, "tenantId");

	state_see(item, &(struct state_way){.way = WAY_CROSS_TENANT,
	                    .object = id,
	                    .name = id,
	                    .made_us = EVENT_NO_TIME});
}

static void
cross_default(struct state_item *item, struct json v)
{
	if (!json_is_true(JSON_GET(v, "isServiceDefault")))
		state_see(item, &(struct state_way){.way = WAY_CROSS_TENANT,
		                    .object = SLICE("default"),
		                    .made_us = EVENT_NO_TIME});
}

/* --- inbox rules --- */

static void
inbox_rule(struct state_item *item, struct json v)
{
	static const char *const away[] = {
	    "forwardTo", "forwardAsAttachmentTo", "redirectTo"};
	struct slice place = item->state->lists[item->list].of;
	struct json actions = JSON_GET(v, "actions");
	struct state_way way = {.way = WAY_INBOX_RULE,
	    .name = text(item, v, "displayName"),
	    .holder = place,
	    .place = place,
	    .made_us = EVENT_NO_TIME};

	if (json_type(JSON_GET(v, "isEnabled")) == JSON_BOOL &&
	    !json_is_true(JSON_GET(v, "isEnabled")))
		return;
	for (size_t i = 0; i < 3 && !way.to.len; i++) {
		way.to = text(item, actions, away[i]);
		if (way.to.len)
			way.detail = slice_cstr(away[i]);
	}
	if (!way.to.len && json_is_true(JSON_GET(actions, "delete")))
		way.detail = SLICE("delete");
	state_see_rule(item, &way, text(item, v, "id"));
}

static const struct {
	const char *stream;
	void (*read)(struct state_item *item, struct json v);
} streams[] = {
    {"state.users", user},
    {"state.authenticationMethods", methods},
    {"state.applications", app},
    {"state.servicePrincipals", app},
    {"state.oauth2PermissionGrants", grant},
    {"state.appRoles.graph", app_role},
    {"state.appRoles.exchange", app_role},
    {"state.appRoles.sharepoint", app_role},
    {"state.roleAssignments", role},
    {"state.roleEligibility", role},
    {"state.directoryRoles", role_members},
    {"state.conditionalAccess", policy},
    {"state.namedLocations", location},
    {"state.domains", domain},
    {"state.crossTenantPartners", partner},
    {"state.crossTenantDefault", cross_default},
    {"state.inboxRules", inbox_rule},
};

void
state_graph(struct state_item *item, struct slice stream)
{
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		if (slice_eq(stream, slice_cstr(streams[i].stream)))
			streams[i].read(item, item->record->root);
}
