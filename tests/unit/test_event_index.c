/*
 * In a scan a record comes with an index of its root and room for one of its
 * body; without them the same must be read.
 */
#include "event_case.h"

#include "json/index.h"

static const char *const records[] = {
    "{}",
    "{'id':'1','createdDateTime':'2026-03-04T05:06:07Z','userId':'u',"
    "'userPrincipalName':'ada@contoso.example','ipAddress':'192.0.2.1',"
    "'status':{'errorCode':0},'location':{'countryOrRegion':'NO'}}",
    /* the body says more than the envelope, and something else */
    "{'time':'2026-03-04T05:06:09Z','category':'SignInLogs','id':'outer',"
    "'callerIpAddress':'192.0.2.9','resultType':'7','properties':{'id':'2',"
    "'userId':'u','ipAddress':'192.0.2.1','status':{'errorCode':0},"
    "'deviceDetail':{'deviceId':'d'},'id':'again'}}",
    /* a body in a string is opened anew after each other one */
    "{'time':'2026-03-04T05:06:09Z','category':'SignInLogs',"
    "'properties':'{`id`:`3`,`status`:`{}`,`ipAddress`:`192.0.2.1`,"
    "`deviceDetail`:{`deviceId`:`d`}}'}",
    "{'category':'AuditLogs','properties':{'activityDisplayName':'Add user',"
    "'initiatedBy':{'user':{'id':'u','ipAddress':'192.0.2.1'}},"
    "'targetResources':[{'id':'t'}]}}",
    "{'category':'MicrosoftGraphActivityLogs','properties':{'requestId':'4',"
    "'requestMethod':'GET','requestUri':'https://graph.example/v1.0/me'}}",
    "{'RecordType':8,'Operation':'Add user.','properties':{'id':'x'},"
    "'CreationTime':'2026-03-04T05:06:07','Id':'5','UserId':'ada'}",
    "{'properties':[1],'id':'6','eventType':'x','uuid':'u-1'}",
    "{'properties':{},'time':'2026-03-04T05:06:09Z','action':'x'}",
};

static void
reads_the_same_with_indexes(void **state)
{
	struct json_index index = {0}, body = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		struct event_reading reading;
		struct record record;
		struct event again;

		event_case_read(&reading, records[i]);
		record = reading.record;
		json_index_build(&index, record.root);
		record.index = &index;
		record.body_index = &body;
		event_read(&record, &again);
		assert_memory_equal(
		    &again, &reading.event, offsetof(struct event, family));
		for (int k = 0; k < EV_COLUMNS; k++)
			assert_true(
			    slice_eq(again.col[k], reading.event.col[k]));
		event_case_release(&reading);
	}
	json_index_release(&index);
	json_index_release(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_the_same_with_indexes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
