#include "event_case.h"

/* One sign-in as Graph tells it ... */
#define SIGNIN                                                                 \
	"'id':'5d1c8f2e-0001-4a7b-9d6f-0a1b2c3d4e00',"                         \
	"'createdDateTime':'2026-03-04T05:06:07.1234567+00:00',"               \
	"'userId':'8a1f0c55-0000-4000-8000-000000000001',"                     \
	"'userPrincipalName':'ada@contoso.example','userType':'Member',"       \
	"'appId':'c44b4083-3bb0-49c1-b47d-974e53cbdf3c',"                      \
	"'appDisplayName':'Azure Portal','clientAppUsed':'Browser',"           \
	"'userAgent':'Mozilla/5.0','ipAddress':'[2001:db8::7]:50123',"         \
	"'autonomousSystemNumber':64500,"                                      \
	"'sessionId':'00c0ffee-0000-4000-8000-000000000002',"                  \
	"'uniqueTokenIdentifier':'AbCdEf012345','isInteractive':true,"         \
	"'resourceId':'797f4846-ba00-4fd7-ba43-dac1f8f63013',"                 \
	"'resourceDisplayName':'Service Management',"                          \
	"'resourceTenantId':'11111111-2222-4333-8444-555555555555',"

static const char signin_graph[] =
    "{" SIGNIN
    "'status':{'errorCode':50126,'failureReason':'Invalid password'},"
    "'deviceDetail':{'deviceId':'','displayName':'LAPTOP-7'},"
    "'location':{'city':'Oslo','countryOrRegion':'NO'}}";

/* ... in an Event Hub's envelope ... */
#define ENVELOPE                                                               \
	"'time':'2026-03-04T05:06:09.0000000Z','category':'SignInLogs',"       \
	"'operationName':'Sign-in activity','resultType':'50126',"             \
	"'tenantId':'11111111-2222-4333-8444-555555555555',"                   \
	"'resourceId':'/tenants/1/providers/Microsoft.aadiam','Level':'4',"    \
	"'callerIpAddress':'192.0.2.1','location':'SE','identity':'Ada L',"

static const char signin_hub[] =
    "{" ENVELOPE "'properties':{" SIGNIN "'status':{'errorCode':50126},"
    "'deviceDetail':{'displayName':'LAPTOP-7'},"
    "'location':{'countryOrRegion':'NO'}}}";

/* ... the same with the body as a string ... */
static const char signin_hub_text[] =
    "{" ENVELOPE "'properties':'{`id`:`5d1c8f2e-0001-4a7b-9d6f-0a1b2c3d4e00`,"
    "`createdDateTime`:`2026-03-04T05:06:07.1234567+00:00`,"
    "`userId`:`8a1f0c55-0000-4000-8000-000000000001`,"
    "`userPrincipalName`:`ada@contoso.example`,"
    "`appId`:`c44b4083-3bb0-49c1-b47d-974e53cbdf3c`,"
    "`appDisplayName`:`Azure Portal`,`clientAppUsed`:`Browser`,"
    "`userAgent`:`Mozilla/5.0`,`ipAddress`:`2001:db8::7`,"
    "`autonomousSystemNumber`:64500,"
    "`sessionId`:`00c0ffee-0000-4000-8000-000000000002`,"
    "`uniqueTokenIdentifier`:`AbCdEf012345`,"
    "`resourceId`:`797f4846-ba00-4fd7-ba43-dac1f8f63013`,"
    "`resourceDisplayName`:`Service Management`,"
    "`status`:{`errorCode`:50126},"
    "`deviceDetail`:{`displayName`:`LAPTOP-7`},"
    "`location`:{`countryOrRegion`:`NO`}}'}";

/* ... and in Log Analytics' columns, where TenantId is the workspace. */
static const char signin_columns[] =
    "{'TenantId':'99999999-0000-4000-8000-000000000000','Type':'SigninLogs',"
    "'TimeGenerated':'2026-03-04T05:06:09Z','SourceSystem':'Azure AD',"
    "'ResourceId':'/tenants/1/providers/Microsoft.aadiam',"
    "'OperationName':'Sign-in activity','Category':'SignInLogs',"
    "'ResultType':'50126','Location':'SE','Identity':'Ada L','Level':'4',"
    "'CreatedDateTime':'2026-03-04T05:06:07.1234567Z',"
    "'Id':'5d1c8f2e-0001-4a7b-9d6f-0a1b2c3d4e00',"
    "'UserId':'8a1f0c55-0000-4000-8000-000000000001',"
    "'UserPrincipalName':'ada@contoso.example','UserType':'Member',"
    "'AppId':'c44b4083-3bb0-49c1-b47d-974e53cbdf3c',"
    "'AppDisplayName':'Azure Portal','ClientAppUsed':'Browser',"
    "'UserAgent':'Mozilla/5.0','IPAddress':'2001:db8::7',"
    "'AutonomousSystemNumber':'64500',"
    "'SessionId':'00c0ffee-0000-4000-8000-000000000002',"
    "'UniqueTokenIdentifier':'AbCdEf012345','IsInteractive':true,"
    "'ResourceIdentity':'797f4846-ba00-4fd7-ba43-dac1f8f63013',"
    "'ResourceDisplayName':'Service Management',"
    "'AADTenantId':'11111111-2222-4333-8444-555555555555',"
    "'Status':'{`errorCode`:50126}',"
    "'DeviceDetail':'{`deviceId`:``,`displayName`:`LAPTOP-7`}',"
    "'LocationDetails':'{`countryOrRegion`:`NO`}'}";

static void
a_signin_is_the_same_in_every_shape(void **state)
{
	(void)state;
	event_case_same(signin_graph, signin_hub);
	event_case_same(signin_graph, signin_hub_text);
	event_case_same(signin_graph, signin_columns);
}

static void
reads_signins(void **state)
{
	static const struct event_case cases[] = {
	    {"a user's, in Graph", signin_graph,
	        {{"kind", "entra.signin"},
	            {"time", "2026-03-04T05:06:07.123456Z"},
	            {"source", "entra/SignInLogs"},
	            {"tenant", "11111111-2222-4333-8444-555555555555"},
	            {"id", "5d1c8f2e-0001-4a7b-9d6f-0a1b2c3d4e00"},
	            {"family", "entra.signin"}, {"class", "3002/1"},
	            {"operation", "Sign-in activity"}, {"outcome", "failure"},
	            {"status_code", "50126"},
	            {"actor_id", "8a1f0c55-0000-4000-8000-000000000001"},
	            {"actor_name", "ada@contoso.example"},
	            {"actor_type", "user"},
	            {"session", "00c0ffee-0000-4000-8000-000000000002"},
	            {"token", "AbCdEf012345"}, {"app_name", "Azure Portal"},
	            {"client", "Browser"}, {"user_agent", "Mozilla/5.0"},
	            {"device", "LAPTOP-7"}, {"ip", "2001:db8::7"},
	            {"country", "NO"}, {"asn", "64500"},
	            {"target_type", "resource"},
	            {"target_id", "797f4846-ba00-4fd7-ba43-dac1f8f63013"},
	            {"target_name", "Service Management"}}},
	    {"a guest's, told by the envelope where the body is silent",
	        "{'time':'2026-03-04T05:06:09Z','category':'SignInLogs',"
	        "'callerIpAddress':'192.0.2.1:443','location':'SE',"
	        "'resultType':'0','properties':{'id':'1','userType':'Guest',"
	        "'userPrincipalName':'eve@fabrikam.example',"
	        "'ipAddress':'','location':{'countryOrRegion':''}}}",
	        {{"time", "2026-03-04T05:06:09.000000Z"}, {"ip", "192.0.2.1"},
	            {"country", "SE"}, {"outcome", "success"},
	            {"actor_type", "guest"}, {"status_code", "0"},
	            {"target_type", ""}}},
	    {"an app's",
	        "{'category':'ServicePrincipalSignInLogs',"
	        "'time':'2026-03-04T05:06:09Z','resultType':'7000222',"
	        "'properties':{'id':'2','userId':null,'appId':'a-1',"
	        "'servicePrincipalId':'sp-1','servicePrincipalName':'nightly',"
	        "'status':{'errorCode':7000222}}}",
	        {{"kind", "entra.signin.serviceprincipal"},
	            {"actor_type", "app"}, {"actor_id", "sp-1"},
	            {"actor_name", "nightly"}, {"app_id", "a-1"},
	            {"app_name", "nightly"}, {"outcome", "failure"},
	            {"source", "entra/ServicePrincipalSignInLogs"}}},
	    {"a managed identity's, without address",
	        "{'category':'ManagedIdentitySignInLogs','properties':{"
	        "'id':'3','ipAddress':'','servicePrincipalId':'sp-2',"
	        "'createdDateTime':'2026-03-04T05:06:07+00:00',"
	        "'status':{'errorCode':0}}}",
	        {{"kind", "entra.signin.managedidentity"}, {"ip", ""},
	            {"actor_type", "app"}, {"outcome", "success"}}},
	    {"an interrupt is no success",
	        "{'category':'SignInLogs','properties':{'id':'4',"
	        "'status':{'errorCode':50140}}}",
	        {{"outcome", "failure"}, {"status_code", "50140"},
	            {"time", ""}}},
	    {"nothing is said of the result",
	        "{'category':'NonInteractiveUserSignInLogs','properties':{"
	        "'userPrincipalName':'ada@contoso.example'}}",
	        {{"kind", "entra.signin.noninteractive"},
	            {"outcome", "unknown"}, {"family", ""}, {"id", ""}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

static void
reads_directory_audits(void **state)
{
	static const struct event_case cases[] = {
	    {"by a user, in Graph",
	        "{'id':'Directory_1_AAAAA_42','category':'RoleManagement',"
	        "'activityDateTime':'2026-03-04T05:06:07Z',"
	        "'activityDisplayName':'Add member to role',"
	        "'operationType':'Assign','result':'success',"
	        "'initiatedBy':{'app':null,'user':{'id':'u-1',"
	        "'userPrincipalName':'root@contoso.example',"
	        "'displayName':null,'ipAddress':'192.0.2.9:1234'},"
	        "'linkableIdentifiers':{'sessionId':'s-1',"
	        "'tokenDetails':{'uniqueTokenIdentifier':'t-1'}}},"
	        "'targetResources':[{'id':'u-2','type':'User',"
	        "'displayName':'Eve','userPrincipalName':'eve@x.example'},"
	        "{'id':'r-1','type':'Role'}],"
	        "'additionalDetails':[{'key':'User-Agent','value':'curl/8'}]}",
	        {{"kind", "entra.audit"}, {"family", "entra.audit"},
	            {"class", "3005/1"}, {"outcome", "success"},
	            {"operation", "Add member to role"}, {"actor_id", "u-1"},
	            {"actor_name", "root@contoso.example"},
	            {"actor_type", "user"}, {"ip", "192.0.2.9"},
	            {"session", "s-1"}, {"token", "t-1"},
	            {"user_agent", "curl/8"}, {"target_id", "u-2"},
	            {"target_type", "User"}, {"target_name", "eve@x.example"}}},
	    {"by an app, in the envelope",
	        "{'time':'2026-03-04T05:06:09Z','category':'AuditLogs',"
	        "'operationName':'Add service principal credentials',"
	        "'tenantId':'t','callerIpAddress':'192.0.2.9',"
	        "'identity':'Deployer','Level':4,'properties':{'id':'D2',"
	        "'category':'ApplicationManagement','result':'failure',"
	        "'activityDateTime':'2026-03-04T05:06:07.5+00:00',"
	        "'activityDisplayName':'Add service principal credentials',"
	        "'initiatedBy':{'app':{'appId':'a-1','displayName':'Deployer',"
	        "'servicePrincipalId':'sp-1'}},'targetResources':[]}}",
	        {{"time", "2026-03-04T05:06:07.500000Z"}, {"tenant", "t"},
	            {"class", "3004/3"}, {"outcome", "failure"},
	            {"actor_id", "sp-1"}, {"actor_name", "Deployer"},
	            {"actor_type", "app"}, {"app_id", "a-1"},
	            {"app_name", "Deployer"}, {"ip", "192.0.2.9"},
	            {"target_type", ""}, {"target_id", ""}}},
	    {"in columns, with JSON in strings",
	        "{'TenantId':'workspace','TimeGenerated':'2026-03-04T05:06:09Z'"
	        ","
	        "'Type':'AuditLogs','OperationName':'Delete user',"
	        "'Category':'UserManagement','Result':'timeout','Id':'D3',"
	        "'ActivityDateTime':'2026-03-04T05:06:07Z',"
	        "'ActivityDisplayName':'Delete user','AADTenantId':'t',"
	        "'InitiatedBy':'{`user`:{`id`:`u-1`,`ipAddress`:`::1`,"
	        "`userPrincipalName`:`root@contoso.example`}}',"
	        "'TargetResources':'[{`id`:`u-2`,`type`:`User`}]',"
	        "'AdditionalDetails':'[{`key`:`User-Agent`,`value`:`x/1`}]'}",
	        {{"kind", "entra.audit"}, {"tenant", "t"}, {"id", "D3"},
	            {"class", "3001/6"}, {"outcome", "failure"},
	            {"status_code", "timeout"}, {"actor_id", "u-1"},
	            {"ip", "::1"}, {"target_id", "u-2"},
	            {"user_agent", "x/1"}}},
	    {"by nobody it names",
	        "{'category':'AuditLogs','identity':'Sync','properties':{"
	        "'activityDisplayName':'Update user','category':"
	        "'UserManagement','initiatedBy':{},'targetResources':null}}",
	        {{"actor_type", "unknown"}, {"actor_name", "Sync"},
	            {"outcome", "unknown"}, {"family", ""},
	            {"class", "3001/99"}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

static void
reads_risks(void **state)
{
	static const struct event_case cases[] = {
	    {"a detection",
	        "{'time':'3/4/2026 6:11:52 PM','category':'UserRiskEvents',"
	        "'operationName':'User Risk Detection','tenantId':'t',"
	        "'properties':{'id':'abc','requestId':'r-1',"
	        "'riskEventType':'passwordSpray','riskState':'atRisk',"
	        "'detectedDateTime':'2026-03-04T18:05:06.133Z',"
	        "'activityDateTime':'2026-03-03T01:00:00Z',"
	        "'userId':'u-1','userPrincipalName':'ada@contoso.example',"
	        "'ipAddress':'192.0.2.4','location':{'countryOrRegion':'DE'},"
	        "'additionalInfo':'[{`Key`:`userAgent`,`Value`:`Mozilla`}]'}}",
	        {{"kind", "entra.risk"}, {"id", "abc/atRisk"},
	            {"family", "entra.risk"}, {"class", "2004/1"},
	            {"operation", "passwordSpray"}, {"status_code", "atRisk"},
	            {"time", "2026-03-04T18:05:06.133000Z"},
	            {"actor_name", "ada@contoso.example"},
	            {"actor_type", "user"}, {"ip", "192.0.2.4"},
	            {"country", "DE"}, {"user_agent", "Mozilla"},
	            {"target_type", "signin"}, {"target_id", "r-1"},
	            {"outcome", "unknown"}, {"tenant", "t"}}},
	    {"the same detection, dismissed, is another event",
	        "{'id':'abc','riskEventType':'passwordSpray',"
	        "'riskState':'dismissed','detectedDateTime':"
	        "'2026-03-04T18:05:06Z','userId':'u-1'}",
	        {{"id", "abc/dismissed"}, {"class", "2004/3"}}},
	    {"a risky user; the hour of the change has one digit",
	        "{'time':'3/4/2026 9:59:27 AM','category':'RiskyUsers',"
	        "'operationName':'Risky user','properties':{'id':'u-1',"
	        "'riskLastUpdatedDateTime':'2026-03-04T9:59:27.958Z',"
	        "'userPrincipalName':'ada@contoso.example',"
	        "'riskState':'atRisk','riskLevel':'high'}}",
	        {{"family", "entra.riskyuser"}, {"operation", "Risky user"},
	            {"actor_id", "u-1"}, {"source", "entra/RiskyUsers"}}},
	    {"an app at risk",
	        "{'category':'ServicePrincipalRiskEvents','properties':{"
	        "'id':'x','riskEventType':'suspiciousAPITraffic',"
	        "'servicePrincipalId':'sp-1','riskState':'atRisk',"
	        "'servicePrincipalDisplayName':'nightly'}}",
	        {{"actor_type", "app"}, {"actor_id", "sp-1"},
	            {"actor_name", "nightly"}, {"time", ""}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

/* Rows of the portal's downloads, as the objects that CSV becomes. */
#define PORTAL_SIGNIN                                                          \
	"'Date (UTC)':'2026-03-04T05:06:07Z','Request ID':'r-1',"              \
	"'User agent':'Mozilla/5.0','Correlation ID':'c-1',"                   \
	"'Application':'Azure Portal','Application ID':'a-1',"                 \
	"'Resource':'Service Management','Resource ID':'x-1',"                 \
	"'Resource tenant ID':'t','Home tenant ID':'h',"                       \
	"'IP address':'2001:db8::7','Location':'Oslo, Oslo, NO',"              \
	"'Client app':'Browser','Device ID':'None','Session ID':'s-1',"        \
	"'Unique token identifier':'k-1','Autonomous system  number':'64500',"

#define PORTAL_ADA                                                             \
	"'User ID':'u-1','User':'Ada L','Username':'ada@contoso.example',"

static void
reads_the_portals_downloads(void **state)
{
	static const struct event_case cases[] = {
	    {"a sign-in",
	        "{" PORTAL_SIGNIN PORTAL_ADA "'User type':'Member',"
	        "'Status':'Success','Sign-in error code':'None',"
	        "'Managed Identity type':'None'}",
	        {{"kind", "entra.signin"}, {"family", "entra.signin"},
	            {"time", "2026-03-04T05:06:07.000000Z"}, {"id", "r-1"},
	            {"tenant", "t"}, {"class", "3002/1"},
	            {"operation", "Sign-in activity"}, {"outcome", "success"},
	            {"status_code", "Success"}, {"actor_id", "u-1"},
	            {"actor_name", "ada@contoso.example"},
	            {"actor_type", "user"}, {"session", "s-1"},
	            {"token", "k-1"}, {"app_id", "a-1"},
	            {"app_name", "Azure Portal"}, {"client", "Browser"},
	            {"user_agent", "Mozilla/5.0"}, {"device", ""},
	            {"ip", "2001:db8::7"}, {"country", "NO"}, {"asn", "64500"},
	            {"target_type", "resource"}, {"target_id", "x-1"},
	            {"target_name", "Service Management"}}},
	    {"a guest's that failed",
	        "{" PORTAL_SIGNIN PORTAL_ADA "'User type':'Guest',"
	        "'Status':'Failure','Sign-in error code':'50126'}",
	        {{"outcome", "failure"}, {"status_code", "50126"},
	            {"actor_type", "guest"}}},
	    {"an interrupt",
	        "{" PORTAL_SIGNIN PORTAL_ADA "'Status':'Interrupted'}",
	        {{"outcome", "failure"}, {"status_code", "Interrupted"}}},
	    {"an app's",
	        "{" PORTAL_SIGNIN "'Service principal ID':'sp-1',"
	        "'Service principal name':'nightly','Status':'?'}",
	        {{"kind", "entra.signin.serviceprincipal"},
	            {"actor_type", "app"}, {"actor_id", "sp-1"},
	            {"actor_name", "nightly"}, {"outcome", "unknown"}}},
	    {"a managed identity's",
	        "{" PORTAL_SIGNIN "'Service principal ID':'sp-1',"
	        "'Managed Identity type':'System assigned'}",
	        {{"kind", "entra.signin.managedidentity"}}},
	    {"a directory audit",
	        "{'Date (UTC)':'2026-03-04T05:06:07.1234567Z',"
	        "'CorrelationId':'c-1','Service':'Core Directory',"
	        "'Category':'RoleManagement','Activity':'Add member to role',"
	        "'Result':'success','ActorType':'User','ActorObjectId':'u-1',"
	        "'ActorUserPrincipalName':'ada@contoso.example',"
	        "'IPAddress':'192.0.2.9','Target1Type':'User',"
	        "'Target1ObjectId':'u-2','Target1DisplayName':'Eve',"
	        "'Target1UserPrincipalName':'eve@x.example'}",
	        {{"kind", "entra.audit"}, {"family", ""}, {"class", "3005/1"},
	            {"time", "2026-03-04T05:06:07.123456Z"},
	            {"outcome", "success"}, {"actor_id", "u-1"},
	            {"actor_name", "ada@contoso.example"},
	            {"actor_type", "user"}, {"ip", "192.0.2.9"},
	            {"target_id", "u-2"}, {"target_type", "User"},
	            {"target_name", "eve@x.example"}}},
	    {"a directory audit of an app",
	        "{'Date (UTC)':'2026-03-04T05:06:07Z','Activity':'Add user',"
	        "'ActorType':'Application','ActorServicePrincipalId':'sp-1',"
	        "'ActorDisplayName':'Deployer'}",
	        {{"actor_type", "app"}, {"actor_id", "sp-1"},
	            {"actor_name", "Deployer"}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

/* PowerShell's objects as JSON: capitalised at every level. */
static void
reads_powershells_objects(void **state)
{
	static const struct event_case cases[] = {
	    {"a sign-in",
	        "{'Id':'1','CreatedDateTime':'/Date(1728364117000)/',"
	        "'UserId':'u-1','UserPrincipalName':'ada@contoso.example',"
	        "'AppId':'a-1','AppDisplayName':'X','IpAddress':'192.0.2.9',"
	        "'ResourceId':'x-1','Status':{'ErrorCode':0},"
	        "'DeviceDetail':{'DeviceId':'d-1','DisplayName':'L'},"
	        "'Location':{'City':'Oslo','CountryOrRegion':'NO'}}",
	        {{"kind", "entra.signin"}, {"ip", "192.0.2.9"},
	            {"time", "2024-10-08T05:08:37.000000Z"}, {"country", "NO"},
	            {"device", "d-1"}, {"outcome", "success"},
	            {"status_code", "0"}, {"target_id", "x-1"}}},
	    {"a directory audit",
	        "{'Id':'2','ActivityDateTime':'3/4/2026 5:06:07 AM',"
	        "'ActivityDisplayName':'Add user','Result':'success',"
	        "'Category':'UserManagement','InitiatedBy':{'App':null,"
	        "'User':{'Id':'u-1','IpAddress':'192.0.2.9',"
	        "'UserPrincipalName':'root@contoso.example'}},"
	        "'TargetResources':[{'Id':'u-2','Type':'User',"
	        "'UserPrincipalName':'eve@x.example'}],"
	        "'AdditionalDetails':[{'Key':'User-Agent','Value':'curl/8'}]}",
	        {{"kind", "entra.audit"}, {"class", "3001/1"},
	            {"actor_id", "u-1"}, {"ip", "192.0.2.9"},
	            {"actor_name", "root@contoso.example"},
	            {"target_id", "u-2"}, {"target_type", "User"},
	            {"target_name", "eve@x.example"},
	            {"user_agent", "curl/8"}}},
	    {"a directory audit by an app",
	        "{'ActivityDateTime':'2026-03-04T05:06:07Z','InitiatedBy':"
	        "{'App':{'AppId':'a-1','DisplayName':'Deployer',"
	        "'ServicePrincipalId':'sp-1'},'User':null}}",
	        {{"actor_type", "app"}, {"actor_id", "sp-1"}, {"app_id", "a-1"},
	            {"actor_name", "Deployer"}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_signin_is_the_same_in_every_shape),
	    cmocka_unit_test(reads_signins),
	    cmocka_unit_test(reads_directory_audits),
	    cmocka_unit_test(reads_risks),
	    cmocka_unit_test(reads_the_portals_downloads),
	    cmocka_unit_test(reads_powershells_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
