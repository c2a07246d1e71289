#include "serve_graph_part.h"

#include <stdio.h>
#include <string.h>

#include "apps.h"
#include "json/build.h"

#define ADMINS_SHOWN 20 /* members of a role, as Graph expands them */
#define GLOBAL_ADMIN "62e90394-69f5-4237-9190-012177145e10"

/* --- lists: each item by its number --- */

struct page {
	const struct graph_tenant *tenant;
	size_t from, to, at; /* items from..to are written; this is the next */
	struct buf *out;
};

/* True if this item is to be written; a comma stands before it then. */
static bool
next(struct page *page)
{
	size_t at = page->at++;

	if (at < page->from || at >= page->to)
		return false;
	if (page->out->len)
		buf_char(page->out, ',');
	return true;
}

static void
add_text(struct page *page, const char *text)
{
	if (next(page))
		buf_str(page->out, text);
}

/* Those of one kind; of: NULL, or of that object alone. */
static void
add_changes(struct page *page, enum graph_change change, const char *of)
{
	for (const struct graph_changed *c = page->tenant->changes; c;
	     c = c->next)
		if (c->change == change && (!of || !strcmp(c->of, of)))
			add_text(page, c->text);
}

static bool
is_gone(const struct page *page, const char *id)
{
	for (const struct graph_changed *c = page->tenant->changes; c;
	     c = c->next)
		if (c->change == CHANGED_GONE && !strcmp(c->of, id))
			return true;
	return false;
}

static void
write_person(struct buf *out, const struct person *person)
{
	size_t mark = json_open(out, NULL, '{');

	json_cstr(out, "id", person->oid);
	json_cstr(out, "userPrincipalName", person->upn);
	json_cstr(out, "displayName", person->name);
	json_cstr(out, "mail", person->upn);
	json_cstr(out, "userType", "Member");
	json_key(out, "accountEnabled");
	buf_str(out, "true");
	json_cstr(out, "department", department_names[person->dept]);
	json_cstr(out, "usageLocation", nets[person->home].country);
	json_close(out, mark);
}

/* People are worked out one by one, so only those of the page are. */
static void
skip_to(struct page *page, size_t count, size_t *first, size_t *end)
{
	*first = page->from < count ? page->from : count;
	*end = page->to < count ? page->to : count;
	page->at += *first;
}

static void
users(struct page *page)
{
	const struct org *org = page->tenant->org;
	struct person person;
	struct buf text = {0};
	size_t first, end;

	skip_to(page, org->people, &first, &end);
	for (size_t i = first; i < end; i++) {
		person_load(&person, org, (uint32_t)i);
		buf_clear(&text);
		write_person(&text, &person);
		buf_char(&text, '\0');
		add_text(page, text.ptr);
	}
	buf_release(&text);
	page->at = org->people;
	add_changes(page, CHANGED_USER, NULL);
}

static void
registrations(struct page *page)
{
	const struct org *org = page->tenant->org;
	struct person person;
	size_t first, end;

	skip_to(page, org->people, &first, &end);
	for (size_t i = first; i < end; i++) {
		person_load(&person, org, (uint32_t)i);
		if (next(page))
			buf_printf(page->out,
			    "{\"id\":\"%s\",\"userPrincipalName\":\"%s\","
			    "\"isAdmin\":%s,\"isMfaRegistered\":true,"
			    "\"methodsRegistered\":["
			    "\"microsoftAuthenticatorPush\"]}",
			    person.oid, person.upn,
			    person.admin ? "true" : "false");
	}
	page->at = org->people;
}

static void
groups(struct page *page)
{
	for (size_t i = 0; i < DEPT_COUNT; i++) {
		char id[GUID_TEXT_MAX];

		text_guid_of(id, page->tenant->org->seed, 0x67726f7570 + i);
		if (next(page))
			buf_printf(page->out,
			    "{\"id\":\"%s\",\"displayName\":\"%s\","
			    "\"securityEnabled\":true,\"groupTypes\":[]}",
			    id, department_names[i]);
	}
}

/* Secrets and owners that an object has got. */
static void
add_parts(struct page *page, const char *key, enum graph_change change,
    const char *of, const char *usual)
{
	bool any = *usual != '\0';

	buf_printf(page->out, ",\"%s\":[%s", key, usual);
	for (const struct graph_changed *c = page->tenant->changes; c;
	     c = c->next) {
		if (c->change != change || strcmp(c->of, of) != 0)
			continue;
		buf_printf(page->out, "%s%s", any ? "," : "", c->text);
		any = true;
	}
	buf_char(page->out, ']');
}

static void
write_app(
    struct page *page, const struct app_view *app, const char *id, bool own)
{
	char secret[128] = "";

	if (own && !is_gone(page, app->key))
		(void)snprintf(
		    secret, sizeof(secret), "{\"keyId\":\"%s\"}", app->key);
	buf_printf(page->out,
	    "{\"id\":\"%s\",\"appId\":\"%s\",\"displayName\":\"%s\","
	    "\"accountEnabled\":true,\"servicePrincipalType\":\"Application\","
	    "\"appOwnerOrganizationId\":\"%s\",\"keyCredentials\":[]",
	    id, app->id, app->app.name, app->owner);
	add_parts(page, "passwordCredentials", CHANGED_SECRET, id, secret);
	add_parts(page, "owners", CHANGED_OWNER, id, "");
	buf_char(page->out, '}');
}

/* Those that come and go are not there before. */
static bool
is_usual(enum app_id app)
{
	return app != APP_MALICIOUS && app != APP_PHISHING &&
	       app != APP_MIGRATION;
}

static void
principals(struct page *page)
{
	struct app_view app;

	for (int i = 0; i < APP_COUNT; i++) {
		if (!is_usual((enum app_id)i))
			continue;
		app_load(&app, page->tenant->org, (enum app_id)i);
		if (!is_gone(page, app.principal) && next(page))
			write_app(page, &app, app.principal, false);
	}
	add_changes(page, CHANGED_PRINCIPAL, NULL);
}

static void
applications(struct page *page)
{
	static const enum app_id own[] = {APP_HR, APP_DESK};
	struct app_view app;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		app_load(&app, page->tenant->org, own[i]);
		if (next(page))
			write_app(page, &app, app.object, true);
	}
	add_changes(page, CHANGED_APPLICATION, NULL);
}

static void
roles_of(struct page *page, enum app_id resource)
{
	struct app_view app, backup;

	app_load(&app, page->tenant->org, resource);
	app_load(&backup, page->tenant->org, APP_BACKUP);
	if (resource == APP_GRAPH && next(page))
		buf_printf(page->out,
		    "{\"id\":\"usual\",\"appRoleId\":\"810c84a8-4a9e-49e6-bf7d-"
		    "12d183f40d01\",\"principalId\":\"%s\","
		    "\"principalDisplayName\":\"%s\",\"principalType\":"
		    "\"ServicePrincipal\",\"resourceId\":\"%s\"}",
		    backup.principal, backup.app.name, app.principal);
	add_changes(page, CHANGED_APP_ROLE, app.principal);
}

static void
roles_graph(struct page *page)
{
	roles_of(page, APP_GRAPH);
}

static void
roles_exchange(struct page *page)
{
	roles_of(page, APP_EXCHANGE);
}

static void
roles_sharepoint(struct page *page)
{
	roles_of(page, APP_SHAREPOINT);
}

static void
grants(struct page *page)
{
	add_changes(page, CHANGED_GRANT, NULL);
}

/* The first administrators, which is as many as there may be. */
static size_t
admin(const struct org *org, size_t after, struct person *out)
{
	for (size_t i = after; i < org->people && i < 100000; i++)
		if (person_is_admin(org, (uint32_t)i)) {
			person_load(out, org, (uint32_t)i);
			return i + 1;
		}
	return 0;
}

static void
directory_roles(struct page *page)
{
	struct person person;
	size_t at = 0, shown = 0;

	if (!next(page))
		return;
	buf_str(page->out,
	    "{\"id\":\"" GLOBAL_ADMIN "\",\"roleTemplateId\":\"" GLOBAL_ADMIN
	    "\",\"displayName\":\"Global Administrator\",\"members\":[");
	while (shown < ADMINS_SHOWN &&
	       (at = admin(page->tenant->org, at, &person)))
		buf_printf(page->out,
		    "%s{\"id\":\"%s\",\"displayName\":\"%s\"}",
		    shown++ ? "," : "", person.oid, person.name);
	buf_str(page->out, "]}");
	/* Other roles are there once they have a member. */
	for (const struct graph_changed *c = page->tenant->changes; c;
	     c = c->next)
		if (c->change == CHANGED_MEMBER && next(page))
			buf_printf(page->out,
			    "{\"id\":\"%s\",\"roleTemplateId\":\"%s\","
			    "\"members\":[%s]}",
			    c->of, c->of, c->text);
}

static void
assignments(struct page *page)
{
	struct person person;
	size_t at = 0;

	while ((at = admin(page->tenant->org, at, &person)))
		if (next(page))
			buf_printf(page->out,
			    "{\"id\":\"a%zu\",\"principalId\":\"%s\","
			    "\"roleDefinitionId\":\"" GLOBAL_ADMIN
			    "\",\"directoryScopeId\":\"/\"}",
			    at, person.oid);
}

static void
domains(struct page *page)
{
	const struct org *org = page->tenant->org;

	if (next(page))
		buf_printf(page->out,
		    "{\"id\":\"%s\",\"authenticationType\":\"Managed\","
		    "\"isDefault\":true,\"isVerified\":true}",
		    org->domain);
	if (next(page))
		buf_printf(page->out,
		    "{\"id\":\"%s\",\"authenticationType\":\"Managed\","
		    "\"isInitial\":true,\"isVerified\":true}",
		    org->initial);
}

static void
policies(struct page *page)
{
	add_text(page,
	    "{\"id\":\"ca-1\",\"displayName\":\"Second factor for all\","
	    "\"state\":\"enabled\",\"conditions\":{\"users\":{\"includeUsers\":"
	    "["
	    "\"All\"]},\"clientAppTypes\":[\"all\"]},\"grantControls\":{"
	    "\"operator\":\"OR\",\"builtInControls\":[\"mfa\"]}}");
	add_text(page,
	    "{\"id\":\"ca-2\",\"displayName\":\"No device codes\","
	    "\"state\":\"enabledForReportingButNotEnforced\",\"conditions\":{"
	    "\"authenticationFlows\":{\"transferMethods\":"
	    "\"deviceCodeFlow\"}}}");
}

static void
locations(struct page *page)
{
	add_text(page,
	    "{\"@odata.type\":\"#microsoft.graph.ipNamedLocation\",\"id\":"
	    "\"loc-1\",\"displayName\":\"Offices\",\"isTrusted\":true,"
	    "\"ipRanges\":[{\"cidrAddress\":\"198.51.100.0/24\"}]}");
}

static void
organization(struct page *page)
{
	const struct org *org = page->tenant->org;

	if (next(page))
		buf_printf(page->out,
		    "{\"id\":\"%s\",\"displayName\":\"%s\",\"verifiedDomains\":"
		    "["
		    "{\"name\":\"%s\"}]}",
		    org->tenant, org->name, org->domain);
}

static void
skus(struct page *page)
{
	if (next(page))
		buf_printf(page->out,
		    "{\"skuPartNumber\":\"SPE_E5\",\"capabilityStatus\":"
		    "\"Enabled\",\"consumedUnits\":%u,\"servicePlans\":[{"
		    "\"servicePlanName\":\"AAD_PREMIUM_P2\"},{"
		    "\"servicePlanName\":\"M365_ADVANCED_AUDITING\"}]}",
		    page->tenant->org->people);
}

static void
nothing(struct page *page)
{
	(void)page;
}

static void
authorization(struct page *page)
{
	buf_str(page->out,
	    "\"id\":\"authorizationPolicy\",\"allowInvitesFrom\":\"everyone\","
	    "\"defaultUserRolePermissions\":{\"allowedToCreateApps\":true}");
}

static void
cross_tenant(struct page *page)
{
	buf_str(page->out,
	    "\"isServiceDefault\":true,\"inboundTrust\":{\"isMfaAccepted\":"
	    "false}");
}

/* users/WHO/mailFolders/inbox/messageRules: a rule for newsletters. */
static bool
is_rules(struct slice path)
{
	static const char tail[] = "/mailFolders/inbox/messageRules";
	size_t n = sizeof(tail) - 1;

	return path.len > n + 6 && !memcmp(path.ptr, "users/", 6) &&
	       !memcmp(path.ptr + path.len - n, tail, n);
}

static void
rules(struct page *page)
{
	add_text(page,
	    "{\"id\":\"rule-1\",\"displayName\":\"Newsletters\",\"sequence\":1,"
	    "\"isEnabled\":true,\"conditions\":{\"subjectContains\":["
	    "\"newsletter\"]},\"actions\":{\"moveToFolder\":\"News\"}}");
}

static const struct {
	const char *path;
	void (*write)(struct page *page);
	bool single;
} states[] = {
    {"users", users, false},
    {"groups", groups, false},
    {"servicePrincipals", principals, false},
    {"applications", applications, false},
    {"servicePrincipals(appId='00000003-0000-0000-c000-000000000000')/"
     "appRoleAssignedTo",
        roles_graph, false},
    {"servicePrincipals(appId='00000002-0000-0ff1-ce00-000000000000')/"
     "appRoleAssignedTo",
        roles_exchange, false},
    {"servicePrincipals(appId='00000003-0000-0ff1-ce00-000000000000')/"
     "appRoleAssignedTo",
        roles_sharepoint, false},
    {"oauth2PermissionGrants", grants, false},
    {"directoryRoles", directory_roles, false},
    {"roleManagement/directory/roleAssignments", assignments, false},
    {"roleManagement/directory/roleEligibilityScheduleInstances", nothing,
        false},
    {"identity/conditionalAccess/policies", policies, false},
    {"identity/conditionalAccess/namedLocations", locations, false},
    {"domains", domains, false},
    {"policies/crossTenantAccessPolicy/default", cross_tenant, true},
    {"policies/crossTenantAccessPolicy/partners", nothing, false},
    {"policies/authorizationPolicy", authorization, true},
    {"reports/authenticationMethods/userRegistrationDetails", registrations,
        false},
    {"organization", organization, false},
    {"subscribedSkus", skus, false},
};

bool
graph_state(const struct graph_tenant *tenant, struct graph_asked *asked)
{
	struct page page = {.tenant = tenant,
	    .from = asked->from,
	    .to = asked->from + asked->top,
	    .out = asked->out};
	size_t i = 0, n = sizeof(states) / sizeof(states[0]);

	while (i < n && !slice_eq(asked->path, slice_cstr(states[i].path)))
		i++;
	asked->single = i < n && states[i].single;
	if (i < n)
		states[i].write(&page);
	else if (is_rules(asked->path))
		rules(&page);
	else
		return false;
	asked->total = page.at;
	return true;
}
