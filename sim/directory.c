#include "directory.h"

#include <string.h>

#include "base/buf.h"

enum form {
	PLAIN,
	LIST, /* JSON in a string, laid out over lines; '\n' ends one */
};

/* A changed property.  Values may hold @FIELDs. */
struct property {
	const char *name;
	const char *now;
	const char *before;
	enum form form;
};

#define PROPERTIES_MAX 12

enum target {
	TARGET_USER,
	TARGET_PRINCIPAL,
	TARGET_APP,
	TARGET_GROUP,
	TARGET_DEVICE
};

struct row {
	const char *operation; /* in the audit log */
	const char *name;      /* in Graph */
	const char *category, *graph_category, *type;
	enum target target;
	struct property properties[PROPERTIES_MAX];
};

#define INCLUDED(names)                                                        \
	{                                                                      \
		"Included Updated Properties", names, "", PLAIN                \
	}
#define NAMES                                                                  \
	{                                                                      \
		"TargetId.ServicePrincipalNames", "@TSPN", "", PLAIN           \
	}

#define PERMISSION(id, direct, grants)                                         \
	"      {\n        'EntitlementId': '" id                               \
	"',\n        'DirectAccessGrant': " direct                             \
	",\n        'ImpersonationAccessGrants': " grants "\n      }"

#define DELEGATED "[\n          20\n        ]"

#define RESOURCE(id, permissions)                                              \
	"{\n    'ResourceAppId': '" id                                         \
	"',\n    'RequiredAppPermissions': [\n" permissions                    \
	"\n    ],\n    'EncodingVersion': 1\n  }"

#define USER_READ                                                              \
	PERMISSION("e1fe6dd8-ba31-4d61-89e7-88639da4683d", "false", DELEGATED)

#define ADDRESS(n)                                                             \
	"{\n    'AddressType': 0,\n    'Address': 'https://@P1" n "',\n    "   \
	"'ReplyAddressClientType': 1,\n    'ReplyAddressIndex': null,\n    "   \
	"'IsReplyAddressDefault': false\n  }"

static const struct row rows[CHANGE_COUNT] = {
    [CHANGE_ADD_USER] = {"Add user.", "Add user", "User", "UserManagement",
        "Add", TARGET_USER,
        {{"AccountEnabled", "true", "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            {"MailNickname", "'@P1'", "", LIST},
            {"StsRefreshTokensValidFrom", "'@TIMEZ'", "", LIST},
            {"UserPrincipalName", "'@TUPN'", "", LIST},
            {"UserType", "'Member'", "", LIST},
            INCLUDED("AccountEnabled, DisplayName, MailNickname, "
                     "StsRefreshTokensValidFrom, UserPrincipalName, "
                     "UserType")}},
    [CHANGE_UPDATE_USER] = {"Update user.", "Update user", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"Department", "'@P1'", "'@P2'", LIST},
            {"TelephoneNumber", "'@P3'", "", LIST},
            INCLUDED("Department, TelephoneNumber"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_UPDATE_MFA] = {"Update user.", "Update user", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"StrongAuthenticationMethod",
             "{\n    'MethodType': 6,\n    'Default': true\n  },\n  "
             "{\n    'MethodType': 7,\n    'Default': false\n  }",
             "{\n    'MethodType': 6,\n    'Default': true\n  }", LIST},
            {"StrongAuthenticationPhoneAppDetail",
                "{\n    'DeviceName': '@P1',\n    'Id': '@P3'\n  }", "", LIST},
            INCLUDED("StrongAuthenticationMethod, "
                     "StrongAuthenticationPhoneAppDetail"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_PASSWORD] = {"Change user password.", "Change user password",
        "User", "UserManagement", "Update", TARGET_USER, {{0}}},
    [CHANGE_RESET_PASSWORD] = {"Reset user password.", "Reset user password",
        "User", "UserManagement", "Update", TARGET_USER, {{0}}},
    [CHANGE_REVOKE_SESSIONS] = {"Update StsRefreshTokenValidFrom Timestamp.",
        "Update StsRefreshTokenValidFrom Timestamp", "User", "UserManagement",
        "Update", TARGET_USER,
        {{"StsRefreshTokensValidFrom", "'@TIMEZ'", "'@P1'", LIST},
            INCLUDED("StsRefreshTokensValidFrom")}},
    [CHANGE_LICENSE] = {"Change user license.", "Change user license", "User",
        "UserManagement", "Update", TARGET_USER,
        {{"AssignedLicense",
             "'[SkuName=ENTERPRISEPREMIUM, AccountId=@TENANT, "
             "SkuId=c7df2760-2c81-4ef7-b578-5b5392b571df, "
             "DisabledPlans=[@P1]]'",
             "'[SkuName=ENTERPRISEPREMIUM, AccountId=@TENANT, "
             "SkuId=c7df2760-2c81-4ef7-b578-5b5392b571df, "
             "DisabledPlans=[@P2]]'",
             LIST},
            INCLUDED("AssignedLicense"),
            {"TargetId.UserType", "Member", "", PLAIN}}},
    [CHANGE_ADD_TO_GROUP] = {"Add member to group.", "Add member to group",
        "Group", "GroupManagement", "Assign", TARGET_USER,
        {{"Group.ObjectID", "@P1", "", PLAIN},
            {"Group.DisplayName", "@P2", "", PLAIN},
            {"Group.WellKnownObjectName", "", "", PLAIN}}},
    [CHANGE_UPDATE_GROUP] = {"Update group.", "Update group", "Group",
        "GroupManagement", "Update", TARGET_GROUP,
        {INCLUDED(""), {"TargetId.GroupType", "Unified", "", PLAIN}}},
    [CHANGE_ADD_TO_ROLE] = {"Add member to role.", "Add member to role", "Role",
        "RoleManagement", "Assign", TARGET_USER,
        {{"Role.ObjectID", "@P1", "", PLAIN},
            {"Role.DisplayName", "@P2", "", PLAIN},
            {"Role.TemplateId", "@P3", "", PLAIN},
            {"Role.WellKnownObjectName", "@P4", "", PLAIN}}},
    [CHANGE_ADD_APP] = {"Add application.", "Add application", "Application",
        "ApplicationManagement", "Add", TARGET_APP,
        {{"AppId", "'@TAPP'", "", LIST},
            {"AvailableToOtherTenants", "@P2", "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            {"RequiredResourceAccess",
                RESOURCE("00000003-0000-0000-c000-000000000000", USER_READ), "",
                LIST},
            INCLUDED("AppId, AvailableToOtherTenants, "
                     "DisplayName, RequiredResourceAccess")}},
    [CHANGE_UPDATE_APP] = {"Update application.", "Update application",
        "Application", "ApplicationManagement", "Update", TARGET_APP,
        {{"RequiredResourceAccess",
             RESOURCE("00000003-0000-0000-c000-000000000000",
                 USER_READ) ",\n  " RESOURCE("@P1",
                 PERMISSION("@P2", "false", DELEGATED) ",\n" PERMISSION("@P3",
                     "true", "[]") ",\n" PERMISSION("@P4", "true", "[]")),
             RESOURCE("00000003-0000-0000-c000-000000000000",
                 USER_READ) ",\n  " RESOURCE("@P1",
                 PERMISSION("@P2", "false", DELEGATED)),
             LIST},
            INCLUDED("RequiredResourceAccess")}},
    [CHANGE_APP_SECRET] =
        {"Update application \xe2\x80\x93 Certificates and secrets management ",
            "Update application \xe2\x80\x93 Certificates and secrets "
            "management",
            "Application", "ApplicationManagement", "Update", TARGET_APP,
            {{"KeyDescription",
                 "'[KeyIdentifier=@P1,KeyType=Password,KeyUsage=Verify,"
                 "DisplayName=@P2]'",
                 "", LIST},
                INCLUDED("KeyDescription")}},
    [CHANGE_APP_OWNER] = {"Add owner to application.",
        "Add owner to application", "Application", "ApplicationManagement",
        "Assign", TARGET_USER,
        {{"Application.ObjectID", "@P1", "", PLAIN},
            {"Application.DisplayName", "@P2", "", PLAIN},
            {"Application.AppId", "@P3", "", PLAIN}}},
    [CHANGE_ADD_PRINCIPAL] = {"Add service principal.", "Add service principal",
        "ServicePrincipal", "ApplicationManagement", "Add", TARGET_PRINCIPAL,
        {{"AccountEnabled", "true", "", LIST},
            {"AppAddress",
                ADDRESS("/signin-oidc") ",\n  " ADDRESS(
                    "/auth/callback") ",\n"
                                      "  " ADDRESS("/"),
                "", LIST},
            {"AppPrincipalId", "'@TAPP'", "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            {"ServicePrincipalName", "'@TAPP'", "", LIST},
            {"Credential",
                "{\n    'CredentialType': 2,\n    'KeyStoreId': "
                "'291154f0-a9f5-45bb-87be-9c8ee5b6d62c',\n    'KeyGroupId': "
                "'@GUID'\n  }",
                "", LIST},
            INCLUDED("AccountEnabled, AppAddress, AppPrincipalId, DisplayName, "
                     "ServicePrincipalName, Credential"),
            NAMES}},
    [CHANGE_UPDATE_PRINCIPAL] = {"Update service principal.",
        "Update service principal", "ServicePrincipal", "ApplicationManagement",
        "Update", TARGET_PRINCIPAL,
        {{"AppAddress", ADDRESS("/signin-oidc"), ADDRESS("/"), LIST},
            INCLUDED("AppAddress"), NAMES}},
    [CHANGE_PRINCIPAL_SECRET] = {"Add service principal credentials.",
        "Add service principal credentials", "ServicePrincipal",
        "ApplicationManagement", "Update", TARGET_PRINCIPAL,
        {{"KeyDescription",
             "'[KeyIdentifier=@P1,KeyType=Password,KeyUsage=Verify,"
             "DisplayName=@P2]'",
             "", LIST},
            INCLUDED("KeyDescription"), NAMES}},
    [CHANGE_CONSENT] = {"Consent to application.", "Consent to application",
        "ServicePrincipal", "ApplicationManagement", "Assign", TARGET_PRINCIPAL,
        {{"ConsentContext.IsAdminConsent", "@P1", "", PLAIN},
            {"ConsentContext.IsAppOnly", "False", "", PLAIN},
            {"ConsentContext.OnBehalfOfAll", "@P1", "", PLAIN},
            {"ConsentContext.Tags", "WindowsAzureActiveDirectoryIntegratedApp",
                "", PLAIN},
            {"ConsentAction.Permissions",
                "[] => [[Id: @P2, ClientId: @P3, PrincipalId: @P4, "
                "ResourceId: @P5, ConsentType: @P6, Scope: @P7]]; ",
                "", PLAIN},
            NAMES}},
    [CHANGE_DELEGATED_GRANT] = {"Add delegated permission grant.",
        "Add delegated permission grant", "ServicePrincipal",
        "ApplicationManagement", "Assign", TARGET_PRINCIPAL,
        {{"DelegatedPermissionGrant.Scope", "@P7", "", PLAIN},
            {"DelegatedPermissionGrant.ConsentType", "@P6", "", PLAIN},
            {"ServicePrincipal.ObjectID", "@P3", "", PLAIN},
            {"ServicePrincipal.DisplayName", "", "", PLAIN},
            {"ServicePrincipal.AppId", "", "", PLAIN},
            {"ServicePrincipal.Name", "", "", PLAIN}, NAMES}},
    [CHANGE_ROLE_GRANT] = {"Add app role assignment to service principal.",
        "Add app role assignment to service principal", "ServicePrincipal",
        "ApplicationManagement", "Assign", TARGET_PRINCIPAL,
        {{"AppRole.Id", "@P1", "", PLAIN}, {"AppRole.Value", "@P2", "", PLAIN},
            {"AppRole.DisplayName", "@P3", "", PLAIN},
            {"ServicePrincipal.ObjectID", "@P4", "", PLAIN},
            {"ServicePrincipal.DisplayName", "@P5", "", PLAIN},
            {"ServicePrincipal.AppId", "@P6", "", PLAIN},
            {"ServicePrincipal.Name", "@P6", "", PLAIN}, NAMES}},
    [CHANGE_ASSIGN_TO_USER] = {"Add app role assignment grant to user.",
        "Add app role assignment grant to user", "User", "UserManagement",
        "Assign", TARGET_PRINCIPAL,
        {{"AppRole.Id", "00000000-0000-0000-0000-000000000000", "", PLAIN},
            {"AppRole.Value", "", "", PLAIN},
            {"AppRole.DisplayName", "", "", PLAIN},
            {"User.ObjectID", "@OID", "", PLAIN},
            {"User.UPN", "@UPN", "", PLAIN}, {"User.PUID", "@PUID", "", PLAIN},
            NAMES}},
    [CHANGE_ADD_DEVICE] = {"Add device.", "Add device", "Device", "Device",
        "Add", TARGET_DEVICE,
        {{"AccountEnabled", "true", "", LIST},
            {"CloudAccountEnabled", "true", "", LIST},
            {"CloudDeviceOSType", "'@P1'", "", LIST},
            {"CloudDeviceOSVersion", "'@P2'", "", LIST},
            {"CloudDisplayName", "'@TNAME'", "", LIST},
            {"DeviceOSType", "'@P1'", "", LIST},
            {"DeviceTrustType", "'Workplace'", "", LIST},
            {"DevicePhysicalIds",
                "'[USER-HWID]:@P3:@P4',\n  '[GID]:g:@P5',\n  "
                "'[USER-GID]:@P3:@P5'",
                "", LIST},
            {"DisplayName", "'@TNAME'", "", LIST},
            INCLUDED("AccountEnabled, CloudAccountEnabled, CloudDeviceOSType, "
                     "CloudDeviceOSVersion, CloudDisplayName, DeviceOSType, "
                     "DeviceTrustType, DevicePhysicalIds, DisplayName"),
            {"ActorId.ServicePrincipalNames", "@P6", "", PLAIN},
            {"SPN", "@P6", "", PLAIN}}},
    [CHANGE_DEVICE_OWNER] = {"Add registered owner to device.",
        "Add registered owner to device", "Device", "Device", "Assign",
        TARGET_USER,
        {{"Device.ObjectID", "@P1", "", PLAIN},
            {"Device.DisplayName", "@P2", "", PLAIN},
            {"ActorId.ServicePrincipalNames", "@P6", "", PLAIN},
            {"SPN", "@P6", "", PLAIN}}},
};

struct directory {
	struct tmpl audit[CHANGE_COUNT], graph[CHANGE_COUNT];
};

/* --- from a row to its two shapes --- */

static const char *const target_words[] = {
    [TARGET_USER] = "User",
    [TARGET_PRINCIPAL] = "ServicePrincipal",
    [TARGET_APP] = "Application",
    [TARGET_GROUP] = "Group",
    [TARGET_DEVICE] = "Device",
};

/* JSON that goes into a string: its quotes get a backslash. */
static void
add_nested(struct buf *out, const char *json, bool lines)
{
	for (const char *p = json; *p; p++) {
		if (*p == '\'')
			buf_str(out, "\\\"");
		else if (*p != '\n')
			buf_char(out, *p);
		else if (lines)
			buf_str(out, "\\r\\n");
	}
}

static void
add_audit_value(struct buf *out, const char *value, enum form form)
{
	buf_char(out, '\'');
	if (form == PLAIN) {
		buf_str(out, value);
	} else if (!*value) {
		buf_str(out, "[]");
	} else {
		buf_str(out, "[\\r\\n  ");
		add_nested(out, value, true);
		buf_str(out, "\\r\\n]");
	}
	buf_char(out, '\'');
}

static void
add_graph_value(struct buf *out, const char *value, enum form form)
{
	if (form == PLAIN && !*value) {
		buf_str(out, "null");
		return;
	}
	buf_str(out, form == PLAIN ? "'\\\"" : "'[");
	add_nested(out, value, false);
	buf_str(out, form == PLAIN ? "\\\"'" : "]'");
}

static void
add_properties(struct buf *out, const struct row *row, bool graph)
{
	for (int i = 0; i < PROPERTIES_MAX && row->properties[i].name; i++) {
		const struct property *p = &row->properties[i];

		buf_printf(out,
		    graph ? "%s{'displayName':'%s','oldValue':"
		          : "%s{'Name':'%s','NewValue':",
		    i > 0 ? "," : "", p->name);
		if (graph) {
			add_graph_value(out, p->before, p->form);
			buf_str(out, ",'newValue':");
			add_graph_value(out, p->now, p->form);
		} else {
			add_audit_value(out, p->now, p->form);
			buf_str(out, ",'OldValue':");
			add_audit_value(out, p->before, p->form);
		}
		buf_char(out, '}');
	}
}

static void
add_audit_target(struct buf *out, enum target target)
{
	const char *word = target_words[target];

	buf_printf(out,
	    "'Target':[{'ID':'%s_@TOID','Type':2},{'ID':'@TOID','Type':2},"
	    "{'ID':'%s','Type':2},",
	    word, word);
	if (target == TARGET_USER)
		buf_str(out, "{'ID':'@TUPN','Type':5},"
		             "{'ID':'@TPUID','Type':3}],");
	else if (target == TARGET_PRINCIPAL)
		buf_str(out, "{'ID':'@TNAME','Type':1},"
		             "{'ID':'@TAPP','Type':2},"
		             "{'ID':'@TSPN','Type':4}],");
	else
		buf_str(out, "{'ID':'@TNAME','Type':1}],");
}

static void
add_audit_shape(struct buf *out, const struct row *row)
{
	buf_str(out, SHAPE_HEAD "'ResultStatus':'Success','UserKey':'@UKEY',"
	                        "'UserType':@UTYPE,'Version':1,'Workload':"
	                        "'AzureActiveDirectory',@CIP'ObjectId':'");
	if (row->target == TARGET_USER)
		buf_str(out, "@TUPN");
	else if (row->target == TARGET_PRINCIPAL)
		buf_str(out, "@TSPN");
	else
		buf_printf(out, "%s_@TOID", target_words[row->target]);
	buf_printf(out,
	    "','UserId':'@USERID','AzureActiveDirectoryEventType':1,"
	    "'ExtendedProperties':[{'Name':'additionalDetails','Value':"
	    "'@DETAILS'},{'Name':'extendedAuditEventCategory','Value':'%s'}],"
	    "'ModifiedProperties':[",
	    row->category);
	add_properties(out, row, false);
	buf_str(out, "],'Actor':[@ACTOR],'ActorContextId':'@TENANT',@SESS"
	             "'InterSystemsId':'@CORR','IntraSystemId':'@INTRA',"
	             "'SupportTicketId':'',");
	add_audit_target(out, row->target);
	buf_str(out, "'TargetContextId':'@TENANT'}");
}

static void
add_graph_shape(struct buf *out, const struct row *row)
{
	buf_printf(out,
	    "{'id':'@ID','category':'%s','correlationId':'@CORR',"
	    "'result':'success','resultReason':'','activityDisplayName':"
	    "'%s','activityDateTime':'@TIME7Z','loggedByService':"
	    "'Core Directory','operationType':'%s','initiatedBy':@BYWHOM,"
	    "'targetResources':[{'id':'@TOID','displayName':'@TNAME',"
	    "'type':'%s','userPrincipalName':@TARGETUPN,'groupType':null,"
	    "'modifiedProperties':[",
	    row->graph_category, row->name, row->type,
	    target_words[row->target]);
	add_properties(out, row, true);
	buf_str(out, "]}],'additionalDetails':[{'key':'User-Agent',"
	             "'value':'@UA'}]}");
}

struct directory *
directory_new(struct arena *arena)
{
	struct directory *directory = arena_alloc(arena, sizeof(*directory));
	struct buf text = {0};

	for (int i = 0; i < CHANGE_COUNT; i++) {
		buf_clear(&text);
		add_audit_shape(&text, &rows[i]);
		template_compile(&directory->audit[i], arena, buf_slice(&text));
		buf_clear(&text);
		add_graph_shape(&text, &rows[i]);
		template_compile(&directory->graph[i], arena, buf_slice(&text));
	}
	buf_release(&text);
	return directory;
}

/* --- records --- */

static void
set_address(struct gen *gen, const char *ip)
{
	/* the suite leaves it out about as often as not */
	bool told = gen->truth.attack || rng_percent(&gen->rng, 45);

	gen_set(gen, F_CIP, "");
	gen_set(gen, F_SESS, "");
	if (!told)
		return;
	gen_setf(gen, F_CIP, "\"ClientIP\":\"%s\",", ip);
	gen_setf(gen, F_SESS, "\"ActorIpAddress\":\"%s\",", ip);
}

void
directory_by_person(struct gen *gen, const struct who *who)
{
	const struct person *p = who->person;

	gen_begin(gen);
	gen_who(gen, who);
	set_address(gen, who->ip);
	gen_set_guid(gen, F_INTRA);
	gen_setf(gen, F_UKEY, "%s@%s", p->puid, p->org->domain);
	gen_setf(gen, F_DETAILS, "{\"User-Agent\":\"%s\"}",
	    browsers[who->browser].agent);
	gen_setf(gen, F_ACTOR,
	    "{\"ID\":\"%s\",\"Type\":5},{\"ID\":\"%s\",\"Type\":3},"
	    "{\"ID\":\"18ed3507-a475-4ccb-b669-d66bc9f2a36e\",\"Type\":2},"
	    "{\"ID\":\"User_%s\",\"Type\":2},{\"ID\":\"%s\",\"Type\":2},"
	    "{\"ID\":\"User\",\"Type\":2}",
	    p->upn, p->puid, p->oid, p->oid);
	gen_setf(gen, F_BYWHOM,
	    "{\"app\":null,\"user\":{\"id\":\"%s\",\"displayName\":null,"
	    "\"userPrincipalName\":\"%s\",\"ipAddress\":\"%s\","
	    "\"userType\":\"Member\",\"homeTenantId\":null,"
	    "\"homeTenantName\":null}}",
	    p->oid, p->upn, who->ip);
}

void
directory_by_app(struct gen *gen, const struct app_view *app, const char *ip,
    enum net_id net)
{
	gen_begin(gen);
	set_address(gen, ip);
	gen_set_guid(gen, F_INTRA);
	gen_set_guid(gen, F_CORR);
	gen_set(gen, F_IP, ip);
	gen_set(gen, F_COUNTRY, nets[net].country);
	gen_set(gen, F_UA, "Microsoft Azure Graph Client Library 1.0");
	gen_set(gen, F_UKEY, "Not Available");
	gen_set(gen, F_UTYPE, "4");
	gen_setf(gen, F_USERID, "ServicePrincipal_%s", app->principal);
	gen_set(gen, F_DETAILS,
	    "{\"User-Agent\":\"Microsoft Azure Graph Client Library 1.0\"}");
	gen_setf(gen, F_ACTOR,
	    "{\"ID\":\"%s\",\"Type\":1},{\"ID\":\"%s\",\"Type\":2},"
	    "{\"ID\":\"ServicePrincipal_%s\",\"Type\":2},"
	    "{\"ID\":\"%s\",\"Type\":2},{\"ID\":\"ServicePrincipal\","
	    "\"Type\":2}",
	    app->app.name, app->app.id, app->principal, app->principal);
	gen_setf(gen, F_BYWHOM,
	    "{\"user\":null,\"app\":{\"appId\":\"%s\",\"displayName\":\"%s\","
	    "\"servicePrincipalId\":\"%s\",\"servicePrincipalName\":null}}",
	    app->app.id, app->app.name, app->principal);
}

void
directory_on_person(struct gen *gen, const struct person *person)
{
	gen_set(gen, F_TOID, person->oid);
	gen_set(gen, F_TUPN, person->upn);
	gen_set(gen, F_TPUID, person->puid);
	gen_set(gen, F_TNAME, person->name);
	gen_setf(gen, F_TARGETUPN, "\"%s\"", person->upn);
}

void
directory_on_principal(struct gen *gen, const struct app_view *app)
{
	directory_on_thing(gen, app->principal, app->app.name);
	gen_set(gen, F_TAPP, app->app.id);
	gen_set(gen, F_TSPN, app->app.names);
}

void
directory_on_app(struct gen *gen, const struct app_view *app)
{
	directory_on_thing(gen, app->object, app->app.name);
	gen_set(gen, F_TAPP, app->app.id);
}

void
directory_on_thing(struct gen *gen, const char *id, const char *name)
{
	gen_set(gen, F_TOID, id);
	gen_set(gen, F_TNAME, name);
	gen_set(gen, F_TARGETUPN, "null");
}

void
directory_emit(struct gen *gen, enum change change)
{
	const struct row *row = &rows[change];
	const struct tmpl *audit = &gen->directory->audit[change];
	const struct tmpl *graph = &gen->directory->graph[change];

	gen_emit_as(
	    gen, &(struct gen_shape){audit, STREAM_AUDIT, row->operation, 8});
	gen_setf(gen, F_ID, "Directory_" SLICE_FMT "_%05X_%u",
	    SLICE_ARG(gen->v[F_CORR]), rng_below(&gen->rng, 0x100000),
	    rng_range(&gen->rng, 10000000, 199999999));
	gen_emit_as(
	    gen, &(struct gen_shape){graph, STREAM_DIRECTORY, row->name, 0});
	gen_set_guid(gen, F_ID);
}

void
directory_role_grant(struct gen *gen, const struct role_grant *grant)
{
	gen_set(gen, F_P1, grant->role_id);
	gen_set(gen, F_P2, grant->role);
	gen_set(gen, F_P3, grant->role_name);
	gen_set(gen, F_P4, grant->app->principal);
	gen_set(gen, F_P5, grant->app->app.name);
	gen_set(gen, F_P6, grant->app->app.id);
	directory_on_principal(gen, grant->resource);
	directory_emit(gen, CHANGE_ROLE_GRANT);
}

void
directory_consent(struct gen *gen, const struct consent *c)
{
	directory_by_person(gen, c->who);
	if (c->new_principal) {
		gen_set(gen, F_DETAILS, "{\"User-Agent\":\"EvoSTS\"}");
		gen_set(gen, F_P1, "app.vendor.example");
		directory_on_principal(gen, c->app);
		directory_emit(gen, CHANGE_ADD_PRINCIPAL);
	}
	gen_set(gen, F_P1, c->by_admin ? "True" : "False");
	gen_set(gen, F_P2, gen_base64(gen, 43));
	gen_set(gen, F_P3, c->app->principal);
	gen_set(gen, F_P4, c->by_admin ? "" : c->who->person->oid);
	gen_set(gen, F_P5, c->resource->principal);
	gen_set(gen, F_P6, c->by_admin ? "AllPrincipals" : "Principal");
	gen_set(gen, F_P7, c->scopes);
	directory_on_principal(gen, c->app);
	directory_emit(gen, CHANGE_CONSENT);
	directory_emit(gen, CHANGE_ASSIGN_TO_USER);
	directory_on_principal(gen, c->resource);
	directory_emit(gen, CHANGE_DELEGATED_GRANT);
}
