#include "event_case.h"
#include "incident/change.h"

/*
 * What records open, close and use: for each kind of way that the id is the
 * same in the record that opens it and in the one that closes it, and in both
 * logs.
 */
struct told {
	const char *record, *says; /* "opens consent a:b @place; closes ..." */
};

#define GUID(n) "00000000-0000-4000-8000-0000000000" n

/* --- the audit log's directory --- */

#define UAL_HEAD(operation)                                                    \
	"{'CreationTime':'2026-10-05T08:00:00','Id':'" GUID(                   \
	    "99") "',"                                                         \
	          "'Operation':'" operation                                    \
	          "','RecordType':8,'ResultStatus':'Success',"                 \
	          "'UserId':'eve@a.example','UserType':0,'UserKey':'x',"       \
	          "'Workload':'AzureActiveDirectory','OrganizationId':'" GUID( \
	              "01") "',"                                               \
	                    "'Actor':[{'ID':'eve@a.example','Type':5},{'ID':'" \
	                    "User_" GUID("0e") "',"                            \
	                                       "'Type':2}],"
#define UAL_TARGET(type, id, name)                                             \
	"'Target':[{'ID':'" type "_" id "','Type':2},{'ID':'" id "',"          \
	"'Type':2},{'ID':'" name "','Type':1}]"
#define UAL(operation, type, id, name, properties)                             \
	UAL_HEAD(operation)                                                    \
	"'ModifiedProperties':[" properties "]," UAL_TARGET(type, id, name) "}"
#define UAL_P(name, now, before)                                               \
	"{'Name':'" name "','NewValue':'" now "','OldValue':'" before "'}"

/* --- Graph's --- */

#define GRAPH(operation, targets)                                              \
	"{'id':'x','category':'UserManagement','correlationId':'c',"           \
	"'result':'success','activityDisplayName':'" operation "',"            \
	"'activityDateTime':'2026-10-05T08:00:00.5Z','loggedByService':"       \
	"'Core Directory','initiatedBy':{'user':{'id':'" GUID(                 \
	    "0e") "',"                                                         \
	          "'userPrincipalName':'eve@a.example'}},'targetResources':"   \
	          "[" targets "],'additionalDetails':[{'key':'DeviceId','"     \
	          "value':'DEV-1'}]}"
#define GRAPH_T(type, id, name, properties)                                    \
	"{'id':'" id "','displayName':'" name "','type':'" type "',"           \
	"'modifiedProperties':[" properties "]}"
#define GRAPH_P(name, now, before)                                             \
	"{'displayName':'" name "','newValue':'" now "','oldValue':'" before   \
	"'}"

/* --- Exchange --- */

#define CMDLET(operation, object, parameters)                                  \
	"{'CreationTime':'2026-10-05T08:00:00','Id':'" GUID(                   \
	    "98") "',"                                                         \
	          "'Operation':'" operation                                    \
	          "','RecordType':1,'ResultStatus':'True',"                    \
	          "'UserId':'Bob@A.example','UserType':2,'UserKey':'1003','"   \
	          "Workload':"                                                 \
	          "'Exchange','ObjectId':'" object                             \
	          "','Parameters':[" parameters "]}"
#define P(name, value) "{'Name':'" name "','Value':'" value "'}"

#define SITE(operation, rest)                                                  \
	"{'CreationTime':'2026-10-05T08:00:00','Id':'" GUID(                   \
	    "97") "',"                                                         \
	          "'Operation':'" operation                                    \
	          "','RecordType':14,'UserId':'bob@a.example',"                \
	          "'UserType':0,'UserKey':'k','Workload':'SharePoint'," rest   \
	          "}"

#define KEY(id)                                                                \
	"[KeyIdentifier=" id ",KeyType=Password,KeyUsage=Verify,DisplayName="  \
	"n]"
#define ROLE                                                                   \
	UAL_P("Role.TemplateId", GUID("1a"), "")                               \
	"," UAL_P("Role.DisplayName", "Global Administrator", "")
#define APP_ROLE(now)                                                          \
	UAL_P("AppRole.Id", GUID("2a"), "")                                    \
	"," UAL_P("AppRole.Value", "Mail.Read", "") "," UAL_P(                 \
	    "ServicePrincipal.ObjectID", GUID("2b"), "")
#define MAILBOX_RULE(what)                                                     \
	"{'CreationTime':'2026-10-05T08:00:00','Id':'" GUID(                   \
	    "96") "',"                                                         \
	          "'Operation':'UpdateInboxRules','RecordType':2,'"            \
	          "ResultStatus':"                                             \
	          "'Succeeded','UserId':'bob@a.example','UserType':0,'"        \
	          "UserKey':'k',"                                              \
	          "'Workload':'Exchange','MailboxOwnerUPN':'bob@a.example',"   \
	          "'OperationProperties':[{'Name':'RuleOperation','Value':"    \
	          "'" what "'},"                                               \
	          "{'Name':'RuleId','Value':'77'},{'Name':'RuleName','Value':" \
	          "'.'},"                                                      \
	          "{'Name':'RuleActions','Value':'[{`ActionType`:`Forward`,"   \
	          "`Recipients`:[`x@e.example`]}]'}]}"
#define FOLDER(operation, rights)                                              \
	"{'CreationTime':'2026-10-05T08:00:00','Id':'" GUID(                   \
	    "95") "',"                                                         \
	          "'Operation':'" operation "','RecordType':2,'ResultStatus':" \
	          "'Succeeded','UserId':'bob@a.example','UserType':0,'"        \
	          "UserKey':'k',"                                              \
	          "'Workload':'Exchange','MailboxOwnerUPN':'bob@a.example','"  \
	          "Item':{"                                                    \
	          "'Id':'f','ParentFolder':{'Id':'f','MemberRights':'" rights  \
	          "',"                                                         \
	          "'MemberUpn':'Everyone','Path':'\\\\Inbox'}}}"

static const struct told cases[] = {
    /* people */
    {UAL("Add user.", "User", GUID("03"), "new", ""),
        "opens account " GUID("03")},
    {GRAPH("Delete user", GRAPH_T("User", GUID("03"), "new", "")),
        "closes account " GUID("03")},
    {UAL("Update user.", "User", GUID("03"), "new",
         UAL_P("AccountEnabled", "[\\r\\n  false\\r\\n]",
             "[\\r\\n  true\\r\\n]")),
        "closes account " GUID("03")},
    {GRAPH("Update user", GRAPH_T("User", GUID("03"), "new",
                              GRAPH_P("AccountEnabled", "[true]", "[false]"))),
        "opens account " GUID("03")},
    {UAL("Reset user password.", "User", GUID("03"), "u", ""),
        "closes password " GUID("03") "; opens password " GUID("03")},
    {GRAPH("Change password (self-service)",
         GRAPH_T("User", GUID("03"), "u", "")),
        "closes password " GUID("03") "; opens password " GUID("03")},
    {UAL("Update StsRefreshTokenValidFrom Timestamp.", "User", GUID("03"), "u",
         ""),
        "closes session " GUID("03") "; closes refresh-token " GUID("03")},
    {UAL("Update user.", "User", GUID("03"), "u",
         UAL_P("StrongAuthenticationPhoneAppDetail",
             "[\\r\\n {\\r\\n `DeviceName`: `Mine`,\\r\\n `Id`: `A1`\\r\\n"
             "}\\r\\n]",
             "[]")),
        "opens mfa-method " GUID("03") ":app:a1"},
    {GRAPH("Update user", GRAPH_T("User", GUID("03"), "u",
                              GRAPH_P("StrongAuthenticationPhoneAppDetail",
                                  "[]", "[{`DeviceName`:`Mine`,`Id`:`A1`}]"))),
        "closes mfa-method " GUID("03") ":app:a1"},
    {UAL("Disable Strong Authentication.", "User", GUID("03"), "u", ""),
        "opens conditional-access mfa:" GUID("03")},
    /* devices */
    {UAL("Add device.", "Device", GUID("04"), "d",
         UAL_P("DevicePhysicalIds",
             "[`[HWID]:h:1`,`[USER-HWID]:" GUID("03") ":1`]", "[]")),
        "opens device " GUID("04")},
    {UAL("Add registered owner to device.", "User", GUID("03"), "u",
         UAL_P("Device.ObjectID", GUID("04"), "")),
        "opens device " GUID("04")},
    {GRAPH("Delete device", GRAPH_T("Device", GUID("04"), "d", "")),
        "closes device " GUID("04") " =dev-1"},
    /* apps */
    {UAL("Update application \xe2\x80\x93 Certificates and secrets "
         "management ",
         "Application", GUID("05"), "a",
         UAL_P("KeyDescription", "[`" KEY("K1") "`,`" KEY("K2") "`]",
             "[`" KEY("K1") "`]")),
        "opens app-credential k2"},
    {GRAPH("Remove service principal credentials",
         GRAPH_T("ServicePrincipal", GUID("06"), "a",
             GRAPH_P("KeyDescription", "[]", "[`" KEY("K2") "`]"))),
        "closes app-credential k2"},
    {UAL("Add owner to application.", "User", GUID("03"), "u",
         UAL_P("Application.ObjectID", GUID("05"), "")),
        "opens app-owner " GUID("05") ":" GUID("03")},
    {GRAPH("Remove owner from application",
         GRAPH_T("User", GUID("03"), "u",
             GRAPH_P("Application.ObjectID", "", "`" GUID("05") "`"))),
        "closes app-owner " GUID("05") ":" GUID("03")},
    {UAL("Consent to application.", "ServicePrincipal", GUID("06"), "Reader",
         UAL_P("ConsentAction.Permissions",
             "[] => [[Id: q, ClientId: " GUID("06") ", PrincipalId: " GUID(
                 "03") ", ResourceId: " GUID("07") ", ConsentType: Principal,"
                                                   " Scope: Mail.Read], [Id: "
                                                   "r, ClientId: " GUID(
                                                       "06") ", PrincipalId: , "
                                                             "ResourceId:"
                                                             " " GUID("08") ", "
                                                                            "Co"
                                                                            "ns"
                                                                            "en"
                                                                            "tT"
                                                                            "yp"
                                                                            "e:"
                                                                            " A"
                                                                            "ll"
                                                                            "Pr"
                                                                            "in"
                                                                            "ci"
                                                                            "pa"
                                                                            "ls"
                                                                            ", "
                                                                            "Sc"
                                                                            "op"
                                                                            "e:"
                                                                            " U"
                                                                            "se"
                                                                            "r."
                                                                            "Re"
                                                                            "ad"
                                                                            "]]"
                                                                            ";"
                                                                            " ",
             "")),
        "opens consent " GUID("06") ":" GUID("07") " @" GUID(
            "03") "; "
                  "opens permission " GUID("06") ":" GUID("08")},
    {UAL("Add delegated permission grant.", "ServicePrincipal", GUID("07"),
         "Graph",
         UAL_P("DelegatedPermissionGrant.ConsentType", "Principal",
             "") "," UAL_P("ServicePrincipal.ObjectID", GUID("06"), "")),
        "opens consent " GUID("06") ":" GUID("07") " @" GUID("0e")},
    {GRAPH("Remove delegated permission grant",
         GRAPH_T("ServicePrincipal", GUID("07"), "Graph",
             GRAPH_P("DelegatedPermissionGrant.ConsentType", "`Principal`",
                 "`Principal`") "," GRAPH_P("ServicePrincipal.ObjectID",
                 "`" GUID("06") "`", ""))),
        "closes consent " GUID("06") ":" GUID("07")},
    {UAL("Add app role assignment to service principal.", "ServicePrincipal",
         GUID("07"), "Graph", APP_ROLE("")),
        "opens app-role " GUID("2b") ":" GUID("07") ":" GUID("2a")},
    {GRAPH("Remove app role assignment from service principal",
         GRAPH_T("ServicePrincipal", GUID("07"), "Graph",
             GRAPH_P("AppRole.Id", "", "`" GUID("2a") "`") "," GRAPH_P(
                 "ServicePrincipal.ObjectID", "", "`" GUID("2b") "`"))),
        "closes app-role " GUID("2b") ":" GUID("07") ":" GUID("2a")},
    {UAL("Add service principal.", "ServicePrincipal", GUID("06"), "a",
         UAL_P("AppPrincipalId", "[\\r\\n `" GUID("09") "`\\r\\n]", "[]")),
        "opens app " GUID("06") " =" GUID("09")},
    {GRAPH("Remove service principal",
         GRAPH_T("ServicePrincipal", GUID("06"), "a", "")),
        "closes app " GUID("06")},
    {GRAPH("Update service principal",
         GRAPH_T("ServicePrincipal", GUID("06"), "a",
             GRAPH_P("AccountEnabled", "[false]", "[true]"))),
        "closes app " GUID("06")},
    /* roles */
    {UAL("Add member to role.", "User", GUID("03"), "u", ROLE),
        "opens directory-role " GUID("1a") ":" GUID("03")},
    {GRAPH("Remove member from role",
         GRAPH_T("User", GUID("03"), "u",
             GRAPH_P("Role.TemplateId", "", "`" GUID("1a") "`"))),
        "closes directory-role " GUID("1a") ":" GUID("03")},
    {GRAPH("Add eligible member to role in PIM completed (permanent)",
         GRAPH_T("Role", GUID("1a"), "GA", "") "," GRAPH_T(
             "User", GUID("03"), "u", "")),
        "opens eligible-role " GUID("1a") ":" GUID("03")},
    {GRAPH("Remove eligible member from role in PIM completed (permanent)",
         GRAPH_T("Role", GUID("1a"), "GA", "") "," GRAPH_T(
             "User", GUID("03"), "u", "")),
        "closes eligible-role " GUID("1a") ":" GUID("03")},
    {GRAPH("Add eligible member to role in PIM requested (permanent)",
         GRAPH_T("Role", GUID("1a"), "GA", "")),
        ""},
    /* the tenant */
    {GRAPH("Update conditional access policy",
         GRAPH_T("Policy", GUID("0a"), "MFA",
             GRAPH_P("ConditionalAccessPolicy",
                 "{`state`:`enabled`,`conditions`:{`users`:{`excludeUsers`:"
                 "[`x`]}}}",
                 "{`state`:`enabled`,`conditions`:{`users`:{`excludeUsers`:"
                 "[]}}}"))),
        "opens conditional-access " GUID("0a")},
    {GRAPH("Update conditional access policy",
         GRAPH_T("Policy", GUID("0a"), "MFA",
             GRAPH_P("ConditionalAccessPolicy", "{`state`:`enabled`}",
                 "{`state`:`disabled`}"))),
        "closes conditional-access " GUID("0a")},
    {UAL("Set domain authentication.", "Domain", GUID("0b"), "A.example",
         UAL_P("LiveType", "Federated", "Managed")),
        "opens federation a.example"},
    {GRAPH("Set domain authentication",
         GRAPH_T("Domain", "", "a.example",
             GRAPH_P("LiveType", "`Managed`", "`Federated`"))),
        "closes federation a.example"},
    {UAL("Add unverified domain.", "Domain", GUID("0b"), "e.example", ""),
        "opens federation added:e.example"},
    {GRAPH("Remove unverified domain", GRAPH_T("Domain", "", "e.example", "")),
        "closes federation added:e.example"},
    {GRAPH("Add a partner to cross-tenant access setting",
         GRAPH_T(
             "Policy", "p", "P", GRAPH_P("tenantId", "`" GUID("0c") "`", ""))),
        "opens cross-tenant " GUID("0c")},
    {GRAPH("Delete partner specific cross-tenant access setting",
         GRAPH_T(
             "Policy", "p", "P", GRAPH_P("tenantId", "", "`" GUID("0c") "`"))),
        "closes cross-tenant " GUID("0c")},
    {GRAPH("Create delegated admin relationship",
         GRAPH_T("Other", "rel-1", "R", "")),
        "opens delegated-admin rel-1"},
    {GRAPH("Terminate delegated admin relationship",
         GRAPH_T("Other", "rel-1", "R", "")),
        "closes delegated-admin rel-1"},
    {GRAPH("Invite external user", GRAPH_T("User", GUID("0d"), "g", "")),
        "opens guest " GUID("0d")},
    /* inbox rules and forwarding */
    {CMDLET("New-InboxRule", "bob\\\\771",
         P("Name", ".") "," P("ForwardTo", "x@e.example")),
        "opens inbox-rule bob:. =bob:771 @Bob@A.example >x@e.example"},
    {CMDLET("Remove-InboxRule", "bob\\\\771", P("Identity", "bob\\\\771")),
        "closes inbox-rule bob:771 @Bob@A.example"},
    {CMDLET("Disable-InboxRule", "bob\\\\.", P("Identity", "bob\\\\.")),
        "closes inbox-rule bob:. @Bob@A.example"},
    {MAILBOX_RULE("AddMailboxRule"),
        "opens inbox-rule bob:. =bob:77 @bob@a.example >x@e.example"},
    {MAILBOX_RULE("RemoveMailboxRule"),
        "closes inbox-rule bob:. =bob:77 @bob@a.example >x@e.example"},
    {CMDLET("Set-Mailbox", "ann",
         P("Identity", "ann@a.example") "," P(
             "ForwardingSmtpAddress", "smtp:x@e.example")),
        "opens forwarding ann:smtp @ann@a.example >x@e.example"},
    {CMDLET("Set-Mailbox", "EUR/Hosted/a.example/ann",
         P("Identity", "EUR/Hosted/a.example/ann") "," P(
             "ForwardingSmtpAddress", "")),
        "closes forwarding ann:smtp @ann"},
    {CMDLET("Set-Mailbox", "ann", P("AuditEnabled", "False")), ""},
    /* permissions */
    {CMDLET("Add-MailboxPermission", "ann",
         P("Identity", "o/p/ann") "," P("User", "o/p/Bob") "," P(
             "AccessRights", "FullAccess, ReadPermission")),
        "opens mailbox-permission ann:bob:fullaccess @ann; "
        "opens mailbox-permission ann:bob:readpermission @ann"},
    {CMDLET("Remove-MailboxPermission", "ann",
         P("Identity", "ann@a.example") "," P("User", "bob@a.example") "," P(
             "AccessRights", "FullAccess")),
        "closes mailbox-permission ann:bob:fullaccess @ann@a.example"},
    {CMDLET("Add-RecipientPermission", "ann",
         P("Trustee", "bob") "," P("AccessRights", "SendAs")),
        "opens mailbox-permission ann:bob:sendas @ann"},
    {CMDLET("New-ManagementRoleAssignment", "x",
         P("Name", "imp") "," P("Role", "ApplicationImpersonation") "," P(
             "User", "bob")),
        "opens mailbox-permission role:imp"},
    {CMDLET("Remove-ManagementRoleAssignment", "imp", P("Identity", "imp")),
        "closes mailbox-permission role:imp"},
    {FOLDER("AddFolderPermissions", "ReadAny"),
        "opens folder-permission bob:inbox:default @bob@a.example"},
    {FOLDER("ModifyFolderPermissions", "None"),
        "closes folder-permission bob:inbox:default @bob@a.example"},
    {CMDLET("Remove-MailboxFolderPermission", "x",
         P("Identity", "bob@a.example:\\\\Inbox") "," P("User", "Default")),
        "closes folder-permission bob:inbox:default @bob@a.example"},
    /* the organisation */
    {CMDLET("New-TransportRule", "",
         P("Name", "T") "," P("BlindCopyTo", "x@e.example")),
        "opens transport-rule t >x@e.example"},
    {CMDLET("Remove-TransportRule", "a.example\\\\T", P("Identity", "T")),
        "closes transport-rule t =t"},
    {CMDLET("New-JournalRule", "",
         P("Name", "J") "," P("JournalEmailAddress", "x@e.example")),
        "opens journal-rule j >x@e.example"},
    {CMDLET("Disable-JournalRule", "J", P("Identity", "J")),
        "closes journal-rule j =j"},
    {CMDLET("New-InboundConnector", "", P("Name", "C")),
        "opens connector inbound:c"},
    {CMDLET("Set-InboundConnector", "C",
         P("Identity", "C") "," P("Enabled", "False")),
        "closes connector inbound:c"},
    {CMDLET("Set-MailboxAuditBypassAssociation", "bob",
         P("Identity", "bob@a.example") "," P("AuditBypassEnabled", "True")),
        "opens audit-bypass bob"},
    {CMDLET("Set-MailboxAuditBypassAssociation", "bob",
         P("Identity", "bob") "," P("AuditBypassEnabled", "False")),
        "closes audit-bypass bob"},
    {CMDLET("Add-RoleGroupMember", "eDiscoveryManager",
         P("Identity", "eDiscoveryManager") "," P("Member", "bob@a.example")),
        "opens ediscovery-role ediscoverymanager:bob"},
    {"{'CreationTime':'2026-10-05T08:00:00','Id':'" GUID(
         "94") "',"
               "'Operation':'Remove-RoleGroupMember','RecordType':18,'"
               "ResultStatus':"
               "'Success','UserId':'eve@a.example','UserType':2,'UserKey':'k',"
               "'Workload':'SecurityComplianceCenter','ObjectId':'x',"
               "'Parameters':'-Identity `eDiscoveryManager` -Member `bob`'}",
        "closes ediscovery-role ediscoverymanager:bob"},
    {CMDLET("Add-RoleGroupMember", "Organization Management",
         P("Identity", "Organization Management") "," P("Member", "bob")),
        "opens directory-role rolegroup:organization management:bob"},
    /* sharing, teams, flows */
    {SITE("AnonymousLinkCreated",
         "'ObjectId':'https://s/f.docx','UniqueSharingId':'L1','SiteUrl':"
         "'https://s','SourceFileName':'f.docx','EventData':'<Type>View"
         "</Type><ExpirationDate>2026-11-01T00:00:00Z</ExpirationDate>'"),
        "opens sharing-link l1 @https://s until 2026-11-01T00:00:00.000000Z"},
    {SITE("AnonymousLinkUsed",
         "'ObjectId':'https://s/f.docx','UniqueSharingId':'L1','SiteUrl':"
         "'https://s'"),
        "uses sharing-link l1 @https://s"},
    {SITE("AnonymousLinkRemoved",
         "'ObjectId':'https://s/f.docx','UniqueSharingId':'L1','SiteUrl':"
         "'https://s'"),
        "closes sharing-link l1 @https://s"},
    {SITE("SharingSet", "'ObjectId':'https://s/f','SiteUrl':'https://s',"
                        "'TargetUserOrGroupType':'Member',"
                        "'TargetUserOrGroupName':'ann'"),
        ""},
    {SITE("SiteCollectionAdminAdded",
         "'ObjectId':'https://s','SiteUrl':'https://s/',"
         "'TargetUserOrGroupName':'Bob@a.example'"),
        "opens site-admin https://s:bob@a.example @https://s"},
    {SITE("SiteCollectionAdminRemoved",
         "'ObjectId':'https://s','SiteUrl':'https://s',"
         "'TargetUserOrGroupName':'bob@a.example'"),
        "closes site-admin https://s:bob@a.example @https://s"},
    {SITE("MemberAdded", "'TeamGuid':'T','TeamName':'Team','Members':["
                         "{'UPN':'x_e#EXT#@a.example','Role':2},"
                         "{'UPN':'ann@a.example','Role':2}]"),
        "opens guest team:t:x_e#ext#@a.example @Team"},
    {SITE("CreateFlow", "'FlowDetailsUrl':'https://p/env/flows/F1/details'"),
        "opens flow f1"},
    {SITE("DeleteFlow", "'FlowDetailsUrl':'https://p/env/flows/F1'"),
        "closes flow f1"},
    /* what failed */
    {"{'CreationTime':'2026-10-05T08:00:00','Id':'" GUID(
         "93") "',"
               "'Operation':'New-InboxRule','RecordType':1,'ResultStatus':'"
               "False',"
               "'UserId':'bob@a.example','UserType':2,'UserKey':'1','Workload':"
               "'Exchange','ObjectId':'bob\\\\.','Parameters':[" P(
                   "Name", ".") "]}",
        ""},
};

static void
say(struct buf *out, const struct way_change *c)
{
	static const char *const verbs[] = {"opens", "closes", "uses"};
	char room[TIME_TEXT_MAX];

	buf_printf(out, "%s%s %s ", out->len ? "; " : "", verbs[c->verb],
	    way_kinds[c->way].name);
	buf_slice_add(out, c->object);
	if (c->also.len)
		buf_printf(out, " =" SLICE_FMT, SLICE_ARG(c->also));
	if (c->place.len)
		buf_printf(out, " @" SLICE_FMT, SLICE_ARG(c->place));
	if (c->to.len)
		buf_printf(out, " >" SLICE_FMT, SLICE_ARG(c->to));
	if (c->until_us != EVENT_NO_TIME)
		buf_printf(
		    out, " until %s", time_format(c->until_us, room).ptr);
}

static void
check(const struct told *told)
{
	struct event_reading reading;
	const struct way_change *list;
	struct arena arena = {0};
	struct buf out = {0};
	size_t n;

	event_case_read(&reading, told->record);
	n = way_changes(&reading.record, &reading.event, &list, &arena);
	event_case_release(&reading);
	/* All texts outlive the record. */
	for (size_t i = 0; i < n; i++)
		say(&out, &list[i]);
	if (!slice_eq(buf_slice(&out), slice_cstr(told->says)))
		fail_msg("%s\nsays '" SLICE_FMT "'\nnot  '%s'", told->record,
		    SLICE_ARG(buf_slice(&out)), told->says);
	buf_release(&out);
	arena_release(&arena);
}

static void
test_changes(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check(&cases[i]);
}

#define SIGNIN(rest)                                                                                                                             \
	"{'id':'s','createdDateTime':'2026-10-05T08:00:00Z','userId':'" GUID(                                                                    \
	    "03") "','userPrincipalName':'bob@a.example','appId':'" GUID("09") "','appDisplayName':'A','ipAddress':'192.0.2.1','clientAppUsed':" \
	                                                                       "'Browser','status':{'errorCode':0}," rest                        \
	                                                                       "}"

static void
test_signins(void **unused)
{
	static const struct told signins[] = {
	    {SIGNIN("'isInteractive':true,'sessionId':'S'"),
	        "uses account " GUID("03") "; uses password " GUID(
	            "03") "; uses session " GUID("03")},
	    {SIGNIN("'isInteractive':false,'incomingTokenType':'refreshToken',"
	            "'deviceDetail':{'deviceId':'DEV-1'}"),
	        "uses account " GUID("03") "; uses refresh-token " GUID(
	            "03") "; uses device dev-1"},
	    {SIGNIN("'isInteractive':true,'authenticationDetails':[{"
	            "'authenticationMethod':'Temporary Access Pass',"
	            "'succeeded':true}]"),
	        "uses account " GUID("03") "; uses temporary-pass " GUID("03")},
	    {"{'time':'2026-10-05T08:00:00Z','resourceId':'/tenants/t/',"
	     "'operationName':'Sign-in activity','category':"
	     "'ServicePrincipalSignInLogs','tenantId':'" GUID(
	         "01") "',"
	               "'resultType':'0','properties':{'id':'s','"
	               "createdDateTime':"
	               "'2026-10-05T08:00:00Z','appId':'" GUID(
	                   "09") "',"
	                         "'servicePrincipalId':'" GUID(
	                             "06") "','servicePrincipalName':'A',"
	                                   "'ipAddress':'192.0.2.1','status':{'"
	                                   "errorCode':0},"
	                                   "'servicePrincipalCredentialKeyId':'"
	                                   "K2'}}",
	        "uses app-credential k2; uses app " GUID("06")},
	    {"{'time':'2026-10-05T08:00:00Z','category':"
	     "'MicrosoftGraphActivityLogs','operationName':'Microsoft Graph "
	     "Activity','tenantId':'" GUID(
	         "01") "','properties':{"
	               "'timeGenerated':'2026-10-05T08:00:00Z','requestId':'r',"
	               "'requestMethod':'POST','responseStatusCode':201,'appId'"
	               ":'" GUID("09") "','userId':'" GUID(
	                   "03") "','requestUri':"
	                         "'https://graph.microsoft.com/v1.0/"
	                         "subscriptions'}}",
	        "opens subscription " GUID("09") ":" GUID("03")},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(signins) / sizeof(signins[0]); i++)
		check(&signins[i]);
}

static void
test_pass(void **unused)
{
	static const struct told pass = {
	    "{'id':'x','category':'UserManagement','correlationId':'c',"
	    "'result':'success','resultReason':'Admin registered temporary "
	    "access pass method for user','activityDisplayName':'Admin "
	    "registered security info','activityDateTime':"
	    "'2026-10-05T08:00:00Z','loggedByService':'Authentication Methods',"
	    "'initiatedBy':{'user':{'id':'" GUID(
	        "0e") "'}},'targetResources':"
	              "[{'id':'" GUID(
	                  "03") "','type':'User','modifiedProperties':[]}],"
	                        "'additionalDetails':[{'key':'"
	                        "lifetimeInMinutes','value':'60'}]}",
	    "opens temporary-pass " GUID("03") " until "
	                                       "2026-10-05T09:00:00.000000Z"};

	(void)unused;
	check(&pass);
}

/* In the portal's CSV, a property has three columns. */
static void
test_portal(void **unused)
{
	static const struct told row = {
	    "{'Date (UTC)':'2026-10-05T08:00:00Z','Activity':'Add member to "
	    "role','Result':'success','ActorType':'User','ActorObjectId':"
	    "'" GUID(
	        "0e") "','Category':'RoleManagement','Service':'Core "
	              "Directory','CorrelationId':'c','Target1Type':'User',"
	              "'Target1ObjectId':'" GUID(
	                  "03") "',"
	                        "'Target1ModifiedProperty1Name':'Role."
	                        "TemplateId',"
	                        "'Target1ModifiedProperty1NewValue':'`" GUID(
	                            "1a") "`'}",
	    "opens directory-role " GUID("1a") ":" GUID("03")};

	(void)unused;
	check(&row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_changes),
	    cmocka_unit_test(test_signins),
	    cmocka_unit_test(test_pass),
	    cmocka_unit_test(test_portal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
