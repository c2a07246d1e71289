/* Whose an act is, what files, chats and requests reach, what is hidden. */
#include "incident_made.h"

#define O365(type, workload)                                                   \
	"{'Id':'1','RecordType':" type ",'Workload':'" workload "',"           \
	"'CreationTime':'2026-04-01T10:00:00','UserId':'Ada@corp.example',"    \
	"'OrganizationId':'T','UserType':0,"

/* --- the frame --- */

static void
assert_text(struct slice got, const char *want)
{
	if (!slice_eq(got, slice_cstr(want)))
		fail_msg("'" SLICE_FMT "', not '%s'", SLICE_ARG(got), want);
}

static void
test_frame(void **state)
{
	struct made made;

	(void)state;
	made_read(&made,
	    O365("50",
	        "Exchange") "'Operation':'Send',"
	                    "'TokenObjectId':'AAAAAAAA-0000-4000-8000-"
	                    "000000000001','SessionId':'s','ClientIPAddress':"
	                    "'192.0.2.1'}");
	assert_text(made.act.event, "o365.audit:1");
	assert_text(made.act.account, "ada@corp.example");
	assert_text(
	    made.act.account_id, "aaaaaaaa-0000-4000-8000-000000000001");
	assert_text(made.act.ip, "192.0.2.1");
	assert_text(made.act.col[EV_SESSION], "s");
	assert_false(made.act.app_only);
	assert_false(made.act.signin);
	assert_int_equal(made.act.certainty, NOT_INTRUDER);
	/* No byte of it may be the record's. */
	event_case_release(&made.reading);
	assert_text(made.act.col[EV_OPERATION], "Send");
	arena_release(&made.arena);
}

/* An app may be called like a person; it is none. */
static void
test_app_name(void **state)
{
	struct made made;

	(void)state;
	made_read(&made,
	    "{'Id':'1','RecordType':8,'Workload':'AzureActiveDirectory',"
	    "'CreationTime':'2026-04-01T10:00:00','Operation':'Add user.',"
	    "'UserType':4,'UserId':'ServicePrincipal_aaaaaaaa-0000-4000-"
	    "8000-000000000001','Actor':[{'ID':'ada@corp.example','Type':1},"
	    "{'ID':'ServicePrincipal','Type':2}]}");
	assert_true(made.act.app_only);
	assert_int_equal(made.act.account.len, 0);
	made_release(&made);
}

static void
test_signin(void **state)
{
	struct made made;

	(void)state;
	made_read(&made,
	    O365("15", "AzureActiveDirectory") "'Operation':'UserLoggedIn','"
	                                       "ErrorNumber':'0',"
	                                       "'ExtendedProperties':[{'Name':'"
	                                       "RequestType','Value':"
	                                       "'Login:login'}]}");
	assert_true(made.act.signin);
	assert_text(made.act.event, "entra.signin:1");
	made_release(&made);
	made_read(&made, "{'time':'2026-04-01T10:00:00Z','category':"
	                 "'ServicePrincipalSignInLogs','properties':{'id':'i',"
	                 "'createdDateTime':'2026-04-01T10:00:00Z','appId':'a',"
	                 "'servicePrincipalId':'p','servicePrincipalName':'n',"
	                 "'servicePrincipalCredentialKeyId':'KEY','status':"
	                 "{'errorCode':0}}}");
	assert_true(made.act.signin && made.act.app_only);
	assert_text(made.act.credential, "key");
	made_release(&made);
}

/* --- background --- */

static void
test_background(void **state)
{
	static const struct {
		const char *record;
		bool want;
	} cases[] = {
	    {"'ClientInfoString':'Client=REST;Client=RESTSystem;;',"
	     "'SessionId':'s'",
	        true},
	    {"'ClientInfoString':'Client=REST;;'", false},
	    {"'ClientInfoString':'Client=OWA;Action=ViaProxy'", false},
	    {"'ClientInfoString':'Client=MSExchangeRPC'", false},
	    {"'ClientInfoString':'Client=WebServices;ExchangeServicesClient'",
	        false},
	    {"'AppId':'00000003-0000-0000-c000-000000000000',"
	     "'ClientAppId':'b669c6ea-1adf-453f-b8bc-6d526592b419'",
	        true},
	    {"'AppId':'b669c6ea-1adf-453f-b8bc-6d526592b419',"
	     "'SessionId':'s'",
	        false},
	    {"'AppId':'00000003-0000-0000-c000-000000000000'", false},
	    {"'UserAgent':'Mozilla/4.0 (compatible; MSIE 4.01; Windows NT; "
	     "MS Search 6.0 Robot)'",
	        true},
	    {"'UserAgent':'MSWAC'", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text = {0};
		struct made made;

		buf_printf(&text, "%s%s}",
		    O365("50", "Exchange") "'Operation':'MailItemsAccessed',",
		    cases[i].record);
		buf_char(&text, '\0');
		made_read(&made, text.ptr);
		if (made.act.background != cases[i].want)
			fail_msg("%s", cases[i].record);
		buf_release(&text);
		made_release(&made);
	}
}

/* --- sites --- */

#define FILE                                                                   \
	"'ObjectId':'https://c.example/sites/A/Docs/Keys.xlsx','SiteUrl':"     \
	"'https://c.example/sites/A/','SourceFileName':'Keys.xlsx',"           \
	"'SourceRelativeUrl':'Docs',"

#define SITE O365("6", "SharePoint") FILE

static void
test_site(void **state)
{
	static const struct made_case cases[] = {
	    {"accessed", SITE "'Operation':'FileAccessed'}",
	        "file named https://c.example/sites/A "
	        "https://c.example/sites/A/Docs/Keys.xlsx folder=Docs "
	        "name=Keys.xlsx\n"},
	    {"downloaded, of a size, labelled",
	        SITE "'Operation':'FileDownloaded','FileSizeBytes':9,"
	             "'SensitivityLabelId':'L'}",
	        "file named https://c.example/sites/A "
	        "https://c.example/sites/A/Docs/Keys.xlsx folder=Docs "
	        "name=Keys.xlsx label=L size=9\n"},
	    {"uploaded", SITE "'Operation':'FileUploaded'}", ""},
	    {"renamed", SITE "'Operation':'FileRenamed'}", ""},
	    {"deleted", SITE "'Operation':'FileDeleted'}", ""},
	    {"link created",
	        O365("14", "OneDrive") FILE
	        "'Operation':'AnonymousLinkCreated'}",
	        "link linked https://c.example/sites/A "
	        "https://c.example/sites/A/Docs/Keys.xlsx folder=Docs "
	        "name=Keys.xlsx\n"},
	    {"link used, path with the file in it",
	        O365("14", "OneDrive") "'ObjectId':'https://c.example/sites/A/"
	                               "Docs/K.doc',"
	                               "'SiteUrl':'https://c.example/sites/A',"
	                               "'SourceFileName':'K.doc','"
	                               "SourceRelativeUrl':'Docs/K.doc',"
	                               "'Operation':'SecureLinkUsed'}",
	        "link linked https://c.example/sites/A "
	        "https://c.example/sites/A/Docs/K.doc folder=Docs "
	        "name=K.doc\n"},
	    {"page, of a site that is not named",
	        O365("4", "SharePoint") "'ObjectId':'https://c.example/sites/A/"
	                                "B/p.aspx',"
	                                "'Operation':'PageViewed'}",
	        "site named https://c.example/sites/A "
	        "https://c.example/sites/A/B/p.aspx\n"},
	    {"page of the root",
	        O365("4", "SharePoint") "'ObjectId':'https://c.example/p.aspx',"
	                                "'Operation':'PageViewed'}",
	        "site named https://c.example https://c.example/p.aspx\n"},
	    {"prefetched",
	        O365("4", "SharePoint") "'ObjectId':'https://c.example/p.aspx',"
	                                "'Operation':'PagePrefetched'}",
	        "site unlisted https://c.example https://c.example/p.aspx\n"},
	    {"search",
	        O365("102", "SharePoint") "'QueryText':'secret',"
	                                  "'Operation':"
	                                  "'SearchQueryInitiatedSharePoint'}",
	        "search unlisted  secret name=secret\n"},
	};

	(void)state;
	MADE_CASES(cases);
}

/* --- Teams, Copilot, eDiscovery --- */

static void
test_work(void **state)
{
	static const struct made_case cases[] = {
	    {"chat read",
	        O365("25", "MicrosoftTeams") "'ChatThreadId':'19:x@thread.v2',"
	                                     "'Operation':'MessagesListed'}",
	        "chat named 19:x@thread.v2 19:x@thread.v2\n"},
	    {"channel read",
	        O365("25", "MicrosoftTeams") "'TeamGuid':'t','TeamName':'Team',"
	                                     "'ChannelGuid':'c',"
	                                     "'Operation':'MessageRead'}",
	        "chat named t c name=Team\n"},
	    {"message sent",
	        O365("25", "MicrosoftTeams") "'ChatThreadId':'19:x@thread.v2',"
	                                     "'MessageId':'5','Operation':"
	                                     "'MessageSent'}",
	        "sent named 19:x@thread.v2 5 folder=19:x@thread.v2\n"},
	    {"exported",
	        O365("25", "MicrosoftTeams") "'ChatThreadId':'19:x@thread.v2',"
	                                     "'Operation':'MessagesExported'}",
	        "export unlisted 19:x@thread.v2 19:x@thread.v2\n"},
	    {"no chat",
	        O365("25", "MicrosoftTeams") "'Operation':'MessageRead'}",
	        "chat unlisted  \n"},
	    {"session",
	        O365("25", "MicrosoftTeams") "'Operation':"
	                                     "'TeamsSessionStarted'}",
	        ""},
	    {"Copilot with resources",
	        O365("261", "Copilot") "'Operation':'CopilotInteraction','"
	                               "CopilotEventData':{"
	                               "'AppHost':'bizchat','ThreadId':'th','"
	                               "AccessedResources':["
	                               "{'Id':'https://c.example/"
	                               "a.docx','Name':'a.docx','Type':"
	                               "'docx','SensitivityLabelId':'L'},{'Id':"
	                               "'<m@x>','Type':"
	                               "'EmailMessage'},{'Id':'https://"
	                               "c.example/no','Status':"
	                               "'failure'}]}}",
	        "message named ada@corp.example <m@x>\n"
	        "file named  https://c.example/a.docx name=a.docx label=L\n"
	        "copilot named ada@corp.example th name=bizchat\n"},
	    {"Copilot without",
	        O365("261", "Copilot") "'Operation':'CopilotInteraction','"
	                               "CopilotEventData':"
	                               "'{`AppHost`:`Word`,`ThreadId`:`th`,`"
	                               "AccessedResources`:"
	                               "[]}'}",
	        "copilot unlisted ada@corp.example th name=Word\n"},
	    {"eDiscovery of some",
	        O365("24",
	            "SecurityComplianceCenter") "'Operation':'SearchExported','"
	                                        "ObjectId':'S1','QueryText':"
	                                        "'kind:email','"
	                                        "ExchangeLocations':['Bob@corp."
	                                        "example',"
	                                        "'eve@corp.example']}",
	        "export unlisted bob@corp.example S1 name=kind:email\n"
	        "export unlisted eve@corp.example S1 name=kind:email\n"
	        "blind ediscovery bob@corp.example\n"
	        "blind ediscovery eve@corp.example\n"},
	    {"eDiscovery of all",
	        O365("24",
	            "SecurityComplianceCenter") "'Operation':'SearchStarted','"
	                                        "ObjectId':'S1',"
	                                        "'ExchangeLocations':'All'}",
	        "search unlisted  S1 name=S1\n"
	        "blind ediscovery \n"},
	};

	(void)state;
	MADE_CASES(cases);
}

/* --- leaks --- */

#define COMMAND(name) O365("1", "Exchange") "'Operation':'" name "',"

static void
test_leak(void **state)
{
	static const struct made_case cases[] = {
	    {"inbox rule",
	        COMMAND("New-InboxRule") "'ObjectId':'ada\\\\Money','"
	                                 "Parameters':[{'Name':'Name',"
	                                 "'Value':'Money'},{'Name':'ForwardTo',"
	                                 "'Value':"
	                                 "'X@evil.example'}]}",
	        "leak leaked ada@corp.example x@evil.example name=Money\n"},
	    {"a rule that keeps mail",
	        COMMAND("New-InboxRule") "'ObjectId':'ada\\\\Money','"
	                                 "Parameters':[{'Name':"
	                                 "'MoveToFolder','Value':'RSS'}]}",
	        ""},
	    {"forwarding of another's mailbox",
	        COMMAND("Set-Mailbox") "'ObjectId':'bob','Parameters':[{'Name':"
	                               "'Identity','Value':"
	                               "'Bob@corp.example'},{'Name':'"
	                               "ForwardingSmtpAddress','Value':"
	                               "'smtp:x@evil.example'}]}",
	        "leak leaked bob@corp.example x@evil.example name=bob\n"},
	    {"forwarding ended",
	        COMMAND("Set-Mailbox") "'ObjectId':'bob','Parameters':[{'Name':"
	                               "'ForwardingSmtpAddress','Value':''}]}",
	        ""},
	    {"transport rule",
	        COMMAND("New-TransportRule") "'ObjectId':'All','Parameters':[{'"
	                                     "Name':'BlindCopyTo',"
	                                     "'Value':'x@evil.example'}]}",
	        "leak leaked  x@evil.example name=All\n"},
	    {"a rule of Outlook's",
	        O365("2", "Exchange") "'Operation':'UpdateInboxRules','"
	                              "MailboxOwnerUPN':"
	                              "'ada@corp.example','OperationProperties'"
	                              ":[{'Name':'RuleName',"
	                              "'Value':'r'},{'Name':'ServerRule','"
	                              "Value':'{`Type`:"
	                              "`ForwardToRecipientsAction`}'}]}",
	        "leak leaked ada@corp.example  name=r\n"},
	};

	(void)state;
	MADE_CASES(cases);
}

/* --- what is hidden --- */

static void
test_blind(void **state)
{
	static const struct made_case cases[] = {
	    {"log off",
	        COMMAND("Set-AdminAuditLogConfig") "'Parameters':[{'Name':'"
	                                           "UnifiedAuditLogIngestionEna"
	                                           "bled',"
	                                           "'Value':'False'}]}",
	        "blind log \n"},
	    {"log on",
	        COMMAND("Set-AdminAuditLogConfig") "'Parameters':[{'Name':'"
	                                           "UnifiedAuditLogIngestionEna"
	                                           "bled',"
	                                           "'Value':'True'}]}",
	        "blind log ends \n"},
	    {"another setting",
	        COMMAND(
	            "Set-AdminAuditLogConfig") "'Parameters':[{'Name':'"
	                                       "AdminAuditLogEnabled','Value':"
	                                       "'True'}]}",
	        ""},
	    {"mailbox off",
	        COMMAND(
	            "Set-Mailbox") "'Parameters':[{'Name':'Identity','Value':'"
	                           "bob@corp.example'},"
	                           "{'Name':'AuditEnabled','Value':'False'}]}",
	        "blind mailbox bob@corp.example\n"},
	    {"action taken out",
	        COMMAND("Set-Mailbox") "'Parameters':[{'Name':'Identity','"
	                               "Value':'bob@corp.example'},"
	                               "{'Name':'AuditOwner','Value':'Update, "
	                               "HardDelete'}]}",
	        "blind mailbox bob@corp.example\n"},
	    {"action put in",
	        COMMAND("Set-Mailbox") "'Parameters':[{'Name':'Identity','"
	                               "Value':'bob@corp.example'},"
	                               "{'Name':'AuditOwner','Value':'"
	                               "MailItemsAccessed, Send'}]}",
	        "blind mailbox ends bob@corp.example\n"},
	    {"bypass",
	        COMMAND(
	            "Set-MailboxAuditBypassAssociation") "'Parameters':[{'Name'"
	                                                 ":'Identity','Value':'"
	                                                 "bob@corp.example'},"
	                                                 "{'Name':'"
	                                                 "AuditBypassEnabled','"
	                                                 "Value':'True'}]}",
	        "blind bypass bob@corp.example\n"},
	};

	(void)state;
	MADE_CASES(cases);
}

static void
test_licence(void **state)
{
	static const struct made_case cases[] = {
	    {"licence taken",
	        O365("8",
	            "AzureActiveDirectory") "'Operation':'Change user "
	                                    "license.','Target':[{'ID':"
	                                    "'Bob@corp.example','Type':5}],'"
	                                    "ModifiedProperties':[{'Name':"
	                                    "'AssignedLicense','OldValue':'["
	                                    "SkuName=E5, DisabledPlans=[]]',"
	                                    "'NewValue':'[SkuName=E5, "
	                                    "DisabledPlans=[YAMMER, "
	                                    "M365_ADVANCED_AUDITING]]'}]}",
	        "blind licence bob@corp.example\n"},
	    {"licence given back",
	        O365("8",
	            "AzureActiveDirectory") "'Operation':'Change user "
	                                    "license.','Target':[{'ID':"
	                                    "'Bob@corp.example','Type':5}],'"
	                                    "ModifiedProperties':[{'Name':"
	                                    "'AssignedLicense','NewValue':'["
	                                    "SkuName=E5, DisabledPlans=[]]',"
	                                    "'OldValue':'[SkuName=E5, "
	                                    "DisabledPlans=[YAMMER, "
	                                    "M365_ADVANCED_AUDITING]]'}]}",
	        "blind licence ends bob@corp.example\n"},
	    {"licence as before",
	        O365("8",
	            "AzureActiveDirectory") "'Operation':'Change user "
	                                    "license.','Target':[{'ID':"
	                                    "'Bob@corp.example','Type':5}],'"
	                                    "ModifiedProperties':[{'Name':"
	                                    "'AssignedLicense','NewValue':'["
	                                    "DisabledPlans=[YAMMER]]',"
	                                    "'OldValue':'[DisabledPlans=[]]'}]"
	                                    "}",
	        ""},
	    {"in the details only",
	        O365("8",
	            "AzureActiveDirectory") "'Operation':'Change user "
	                                    "license.','Target':[{'ID':"
	                                    "'Bob@corp.example','Type':5}],'"
	                                    "ExtendedProperties':[{'Name':"
	                                    "'additionalDetails','Value':'"
	                                    "OldValue [DisabledPlans=[]] "
	                                    "NewValue "
	                                    "[DisabledPlans=[M365_ADVANCED_"
	                                    "AUDITING]]'}]}",
	        "blind licence bob@corp.example\n"},
	    {"plans of a user, in Graph's log",
	        "{'id':'1','category':'UserManagement','activityDateTime':"
	        "'2026-04-01T10:00:00Z','activityDisplayName':'Update user',"
	        "'result':'success','initiatedBy':{'user':{'id':'u'}},"
	        "'targetResources':[{'id':'b','userPrincipalName':"
	        "'Bob@corp.example','type':'User','modifiedProperties':["
	        "{'displayName':'AssignedPlan','oldValue':'[{`ServicePlanId`:"
	        "`2f442157-a11c-46b9-ae5b-6e39ff4e5849`,`CapabilityStatus`:0}]"
	        "','newValue':'[{`ServicePlanId`:"
	        "`2f442157-a11c-46b9-ae5b-6e39ff4e5849`,`CapabilityStatus`:3}]"
	        "'}]}]}",
	        "blind licence bob@corp.example\n"},
	};

	(void)state;
	MADE_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_frame),
	    cmocka_unit_test(test_app_name),
	    cmocka_unit_test(test_signin),
	    cmocka_unit_test(test_background),
	    cmocka_unit_test(test_site),
	    cmocka_unit_test(test_work),
	    cmocka_unit_test(test_leak),
	    cmocka_unit_test(test_blind),
	    cmocka_unit_test(test_licence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
