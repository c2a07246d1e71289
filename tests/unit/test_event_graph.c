#include "event_case.h"

static void
reads_graph_activity(void **state)
{
	static const struct event_case cases[] = {
	    {"an app's request, in the envelope",
	        "{'category':'MicrosoftGraphActivityLogs','time':"
	        "'2026-03-04T05:06:09.1234567Z','tenantId':'t',"
	        "'callerIpAddress':'192.0.2.1','resultSignature':'200',"
	        "'properties':{'timeGenerated':'2026-03-04T05:06:07.1234567Z',"
	        "'requestId':'r-1','requestMethod':'GET','requestUri':"
	        "'https://graph.microsoft.com/v1.0/users/eve@x.example/"
	        "messages?$top=50','responseStatusCode':200,'appId':'a-1',"
	        "'servicePrincipalId':'sp-1','userId':null,"
	        "'roles':'Mail.Read','ipAddress':'2001:db8::1',"
	        "'signInActivityId':'uti','userAgent':'python-requests/2',"
	        "'tenantId':'t'}}",
	        {{"kind", "graph.activity"}, {"family", "graph.activity"},
	            {"id", "r-1"}, {"time", "2026-03-04T05:06:07.123456Z"},
	            {"operation", "GET /v1.0/users/eve@x.example/messages"},
	            {"class", "6003/2"}, {"outcome", "success"},
	            {"status_code", "200"}, {"actor_type", "app"},
	            {"actor_id", "sp-1"}, {"app_id", "a-1"}, {"token", "uti"},
	            {"ip", "2001:db8::1"}, {"tenant", "t"},
	            {"mailbox", "eve@x.example"}, {"target_type", "url"}}},
	    {"a user's, in columns; TenantId is the workspace",
	        "{'TenantId':'workspace','AadTenantId':'t',"
	        "'TimeGenerated':'2026-03-04T05:06:07Z','Type':"
	        "'MicrosoftGraphActivityLogs','RequestId':'r-2',"
	        "'RequestMethod':'DELETE','RequestUri':"
	        "'https://graph.microsoft.com/beta//me/mailFolders/inbox',"
	        "'ResponseStatusCode':'404','UserId':'u-1','AppId':'a-1',"
	        "'SessionId':'s-1','SignInActivityId':'uti',"
	        "'IPAddress':'192.0.2.1'}",
	        {{"kind", "graph.activity"}, {"tenant", "t"},
	            {"operation", "DELETE /beta//me/mailFolders/inbox"},
	            {"class", "6003/4"}, {"outcome", "failure"},
	            {"actor_type", "user"}, {"actor_id", "u-1"},
	            {"session", "s-1"}, {"mailbox", "u-1"}}},
	    {"no result, no path",
	        "{'category':'MicrosoftGraphActivityLogs','properties':{"
	        "'requestMethod':'PATCH','requestUri':"
	        "'https://graph.microsoft.com?x=/me/messages'}}",
	        {{"operation", "PATCH "}, {"outcome", "unknown"},
	            {"family", ""}, {"mailbox", ""}, {"class", "6003/3"},
	            {"actor_type", "unknown"}}},
	    {"a relative address is a path",
	        "{'category':'MicrosoftGraphActivityLogs','properties':{"
	        "'requestMethod':'POST','requestUri':'/v1.0/$batch?u=a://b/c'"
	        ",'responseStatusCode':0}}",
	        {{"operation", "POST /v1.0/$batch"}, {"outcome", "unknown"}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

static void
reads_message_traces(void **state)
{
	static const struct event_case cases[] = {
	    {"delivered",
	        "{'Organization':'contoso.example','MessageId':'<1@x>',"
	        "'Received':'2026-03-04T05:06:07.1234567','Subject':'Hi',"
	        "'SenderAddress':'eve@x.example','Size':512,"
	        "'RecipientAddress':'ada@contoso.example',"
	        "'Status':'Delivered','ToIP':null,'FromIP':'192.0.2.1',"
	        "'MessageTraceId':'m-1','Index':3}",
	        {{"kind", "exchange.messagetrace"}, {"class", "4009/4"},
	            {"id", "m-1/ada@contoso.example"},
	            {"family", "exchange.messagetrace"}, {"outcome", "success"},
	            {"status_code", "Delivered"},
	            {"actor_name", "eve@x.example"}, {"ip", "192.0.2.1"},
	            {"target_name", "ada@contoso.example"},
	            {"target_id", "<1@x>"}, {"items", "1"},
	            {"tenant", "contoso.example"},
	            {"time", "2026-03-04T05:06:07.123456Z"}}},
	    {"quarantined, from a CSV",
	        "{'Received':'3/4/2026 5:06:07 AM','SenderAddress':"
	        "'eve@x.example','RecipientAddress':'ada@contoso.example',"
	        "'Status':'Quarantined','MessageTraceId':'m-2','Size':'7'}",
	        {{"outcome", "failure"},
	            {"time", "2026-03-04T05:06:07.000000Z"}, {"items", "0"}}},
	    {"a row of a historical search",
	        "{'origin_timestamp_utc':'2026-03-04T05:06:07.0000000Z',"
	        "'sender_address':'eve@x.example','message_subject':'Hi',"
	        "'recipient_status':'ada@contoso.example##Receive, Deliver',"
	        "'total_bytes':'512','message_id':'<1@x>',"
	        "'original_client_ip':'192.0.2.1'}",
	        {{"kind", "exchange.messagetrace"}, {"outcome", "success"},
	            {"time", "2026-03-04T05:06:07.000000Z"}, {"family", ""},
	            {"status_code", "Deliver"}, {"ip", "192.0.2.1"},
	            {"target_name", "ada@contoso.example"},
	            {"actor_name", "eve@x.example"}, {"items", "1"}}},
	    {"one to several, of whom one got it",
	        "{'origin_timestamp_utc':'2026-03-04T05:06:07Z',"
	        "'sender_address':'eve@x.example','message_id':'<1@x>',"
	        "'recipient_status':'a@x##Receive, Deliver;b@x##Fail'}",
	        {{"outcome", "unknown"}, {"target_name", ""},
	            {"status_code", "a@x##Receive, Deliver;b@x##Fail"}}},
	    {"a step of a message's way",
	        "{'date_time_utc':'2026-03-04T05:06:07Z','event_id':'FAIL',"
	        "'client_ip':'192.0.2.1','sender_address':'eve@x.example',"
	        "'recipient_address':'a@x','recipient_status':'550 5.1.1',"
	        "'message_id':'<1@x>','original_client_ip':''}",
	        {{"outcome", "failure"}, {"status_code", "FAIL"},
	            {"target_name", "a@x"}, {"ip", "192.0.2.1"}}},
	    {"on its way, without a trace id",
	        "{'Received':'2026-03-04T05:06:07','SenderAddress':'',"
	        "'RecipientAddress':'ada@contoso.example','Status':'Pending'}",
	        {{"outcome", "unknown"}, {"family", ""}, {"actor_name", ""}}},
	};

	(void)state;
	EVENT_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_graph_activity),
	    cmocka_unit_test(reads_message_traces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
