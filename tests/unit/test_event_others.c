#include "event_case.h"

#define GOOGLE(application)                                                    \
	"'kind':'admin#reports#activity','id':{'time':"                        \
	"'2026-03-04T05:06:07.123Z','uniqueQualifier':'-77',"                  \
	"'applicationName':'" application "','customerId':'C01'},"             \
	"'actor':{'email':'ada@contoso.example','profileId':'1001'},"          \
	"'ipAddress':'192.0.2.1',"

static void
reads_google_activities(void **state)
{
	static const struct event_case cases[] = {
	    {"a login that failed",
	        "{" GOOGLE(
	            "login") "'events':[{'type':'login',"
	                     "'name':'login_failure','parameters':[{'name':"
	                     "'login_failure_type','value':'login_failure_"
	                     "invalid_password'"
	                     "}]}]}",
	        {{"kind", "google.reports"}, {"source", "google/login"},
	            {"tenant", "C01"}, {"class", "3002/1"},
	            {"outcome", "failure"}, {"operation", "login_failure"},
	            {"status_code", "login_failure_invalid_password"},
	            {"actor_id", "1001"}, {"actor_name", "ada@contoso.example"},
	            {"actor_type", "user"}, {"ip", "192.0.2.1"},
	            {"time", "2026-03-04T05:06:07.123000Z"},
	            {"family", "google.reports"}}},
	    {"a document, in two events",
	        "{" GOOGLE("drive") "'events':[{'name':'download',"
	                            "'parameters':[{'name':'primary_event','"
	                            "boolValue':true},"
	                            "{'name':'doc_id','value':'d-1'},"
	                            "{'name':'doc_title','value':'Plan'}]},"
	                            "{'name':'view','parameters':[{'name':'doc_"
	                            "id','value':'d-1'}]}"
	                            "]}",
	        {{"operation", "download"}, {"class", "6006/2"},
	            {"target_type", "document"}, {"target_id", "d-1"},
	            {"target_name", "Plan"}, {"items", "1"},
	            {"outcome", "unknown"}}},
	    {"a grant, as a single object",
	        "{" GOOGLE(
	            "token") "'events':{'name':'authorize',"
	                     "'parameters':[{'name':'client_id','value':'c-1'},"
	                     "{'name':'app_name','value':'Notes'},"
	                     "{'name':'scope','multiValue':['mail','drive']}]}"
	                     "}",
	        {{"class", "3005/1"}, {"app_id", "c-1"}, {"app_name", "Notes"},
	            {"target_type", "app"}, {"items", "0"}}},
	    {"by the system, on a group",
	        "{'kind':'admin#reports#activity','id':{'time':"
	        "'2026-03-04T05:06:07Z','applicationName':'admin'},"
	        "'actor':{'callerType':'KEY','key':'SYSTEM'},"
	        "'events':[{'name':'ADD_GROUP_MEMBER','parameters':["
	        "{'name':'USER_EMAIL','value':'eve@contoso.example'},"
	        "{'name':'GROUP_EMAIL','value':'staff@contoso.example'}]}]}",
	        {{"actor_type", "system"}, {"actor_name", "SYSTEM"},
	            {"class", "3006/3"}, {"target_type", "group"},
	            {"target_name", "staff@contoso.example"}, {"family", ""},
	            {"ip", ""}, {"app_name", "admin"}}},
	    {"a challenge that was passed, events held in a string",
	        "{" GOOGLE(
	            "login") "'events':'[{`name`:`login_challenge`,"
	                     "`parameters`:[{`name`:`login_challenge_status`,"
	                     "`value`:`Challenge Passed.`}]}]'}",
	        {{"operation", "login_challenge"}, {"outcome", "success"}}},
	    {"no events", "{" GOOGLE("meet") "'events':[]}",
	        {{"operation", ""}, {"class", "6003/99"}, {"items", "0"}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

/* Google's key alone does not tell the parts of a split activity apart. */
static void
google_parts_are_events_of_their_own(void **state)
{
	struct event_reading list, object, other;

	(void)state;
	event_case_read(&list,
	    "{" GOOGLE(
	        "drive") "'events':[{'type':'access','name':'view',"
	                 "'parameters':[{'name':'doc_id','value':'d-1'}]}]}");
	event_case_read(&object,
	    "{" GOOGLE(
	        "drive") "'etag':'x','events':{'name':'view',"
	                 "'parameters':[{'name':'doc_id','value':'d-1'}]}}");
	event_case_read(&other,
	    "{" GOOGLE(
	        "drive") "'events':{'name':'view',"
	                 "'parameters':[{'name':'doc_id','value':'d-2'}]}}");
	assert_true(slice_eq(list.event.col[EV_ID], object.event.col[EV_ID]));
	assert_false(slice_eq(list.event.col[EV_ID], other.event.col[EV_ID]));
	event_case_release(&list);
	event_case_release(&object);
	event_case_release(&other);
}

static const char okta_api[] =
    "{'uuid':'9b7c0000-1111-11ee-8888-0123456789ab',"
    "'published':'2026-03-04T05:06:07.891Z','version':'0','severity':'WARN',"
    "'eventType':'user.authentication.sso','displayMessage':'SSO',"
    "'actor':{'id':'00u1','type':'User','alternateId':'ada@contoso.example',"
    "'displayName':'Ada L'},"
    "'client':{'id':null,'ipAddress':'192.0.2.1','device':'Computer',"
    "'userAgent':{'rawUserAgent':'Mozilla/5.0','browser':'FIREFOX'},"
    "'geographicalContext':{'country':'Norway'}},"
    "'authenticationContext':{'externalSessionId':'102abc'},"
    "'outcome':{'result':'SUCCESS','reason':null},"
    "'securityContext':{'asNumber':64500,'asOrg':'Example Net'},"
    "'debugContext':{'debugData':{'deviceFingerprint':'f00'}},"
    "'target':[{'id':'0oa1','type':'AppInstance','alternateId':'Wiki',"
    "'displayName':'Our wiki'}]}";

static const char okta_columns[] =
    "{'TenantId':'workspace','TimeGenerated':'2026-03-04T05:11:00Z',"
    "'uuid_g':'9b7c0000-1111-11ee-8888-0123456789ab',"
    "'published_t':'2026-03-04T05:06:07.891Z','Type':'Okta_CL',"
    "'eventType_s':'user.authentication.sso','actor_id_s':'00u1',"
    "'actor_type_s':'User','actor_alternateId_s':'ada@contoso.example',"
    "'actor_displayName_s':'Ada L','client_ipAddress_s':'192.0.2.1',"
    "'client_userAgent_rawUserAgent_s':'Mozilla/5.0',"
    "'client_userAgent_browser_s':'FIREFOX',"
    "'client_geographicalContext_country_s':'Norway',"
    "'authenticationContext_externalSessionId_s':'102abc',"
    "'outcome_result_s':'SUCCESS','securityContext_asNumber_d':'64500',"
    "'securityContext_asOrg_s':'Example Net',"
    "'debugContext_debugData_deviceFingerprint_g':'f00',"
    "'target_s':'[{`id`:`0oa1`,`type`:`AppInstance`,`alternateId`:`Wiki`,"
    "`displayName`:`Our wiki`}]'}";

static void
reads_okta(void **state)
{
	static const struct event_case cases[] = {
	    {"a single sign-on", okta_api,
	        {{"kind", "okta.system"}, {"family", "okta.system"},
	            {"class", "3002/1"}, {"outcome", "success"},
	            {"actor_id", "00u1"}, {"actor_name", "ada@contoso.example"},
	            {"actor_type", "user"}, {"session", "102abc"},
	            {"app_id", "0oa1"}, {"app_name", "Our wiki"},
	            {"client", "FIREFOX"}, {"device", "f00"}, {"country", ""},
	            {"asn", "64500"}, {"as_org", "Example Net"},
	            {"target_name", "Wiki"}, {"target_type", "AppInstance"},
	            {"tenant", ""}, {"time", "2026-03-04T05:06:07.891000Z"}}},
	    {"a challenge, by nobody known",
	        "{'uuid':'1','published':'2026-03-04T05:06:07Z',"
	        "'eventType':'policy.evaluate_sign_on','actor':{'id':'0',"
	        "'type':'PublicClientApp','alternateId':'unknown',"
	        "'displayName':'Portal'},'client':{'userAgent':{'browser':"
	        "'UNKNOWN'},'geographicalContext':{'country':'NO'}},"
	        "'authenticationContext':{'externalSessionId':'unknown'},"
	        "'outcome':{'result':'CHALLENGE'},'target':null}",
	        {{"outcome", "unknown"}, {"status_code", "CHALLENGE"},
	            {"actor_name", "Portal"}, {"actor_type", "app"},
	            {"session", ""}, {"client", ""}, {"country", "NO"},
	            {"target_type", ""}, {"class", "6003/99"}}},
	    {"denied, by the system",
	        "{'uuid':'2','published':'2026-03-04T05:06:07Z',"
	        "'eventType':'group.user_membership.add','actor':{'type':"
	        "'SystemPrincipal'},'outcome':{'result':'DENY'}}",
	        {{"outcome", "failure"}, {"actor_type", "system"},
	            {"class", "3006/3"}}},
	};

	(void)state;
	EVENT_CASES(cases);
	event_case_same(okta_api, okta_columns);
}

static void
reads_github(void **state)
{
	static const struct event_case cases[] = {
	    {"a clone with a token",
	        "{'@timestamp':1772600767123,'_document_id':'doc-1',"
	        "'action':'git.clone','actor':'ada','actor_ip':'192.0.2.1',"
	        "'actor_location':{'country_code':'NO'},'business':'contoso',"
	        "'org':'contoso-dev','repo':'contoso-dev/plan','user':'',"
	        "'user_id':0,'hashed_token':'h=','token_id':5,"
	        "'programmatic_access_type':'OAuth access token',"
	        "'user_agent':'git/2.39'}",
	        {{"kind", "github.audit"}, {"family", "github.audit"},
	            {"id", "doc-1"}, {"class", "6003/2"},
	            {"time", "2026-03-04T05:06:07.123000Z"},
	            {"tenant", "contoso"}, {"actor_name", "ada"},
	            {"actor_type", "user"}, {"ip", "192.0.2.1"},
	            {"country", "NO"}, {"token", "5"},
	            {"client", "OAuth access token"},
	            {"target_type", "repository"}, {"target_id", ""},
	            {"target_name", "contoso-dev/plan"},
	            {"outcome", "unknown"}}},
	    {"a member added by a bot, without id",
	        "{'created_at':1772600767123,'action':'org.add_member',"
	        "'actor':'sync[bot]','org':'contoso-dev','org_id':7,"
	        "'user':'eve','user_id':9,'operation_type':'create'}",
	        {{"family", ""}, {"actor_type", "app"}, {"class", "3006/3"},
	            {"target_type", "user"}, {"target_name", "eve"},
	            {"target_id", "9"}, {"tenant", "contoso-dev"}}},
	    {"an organisation changed",
	        "{'@timestamp':1772600767123,'action':'org.disable_saml',"
	        "'actor':'ada','org':'contoso-dev','org_id':7,"
	        "'operation_type':'modify'}",
	        {{"class", "3004/3"}, {"target_type", "organization"},
	            {"target_id", "7"}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_google_activities),
	    cmocka_unit_test(google_parts_are_events_of_their_own),
	    cmocka_unit_test(reads_okta),
	    cmocka_unit_test(reads_github),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
