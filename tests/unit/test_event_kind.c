/* How records are told apart, and what kinds and columns are called. */
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
names_go_both_ways(void **state)
{
	enum event_kind kind;

	(void)state;
	for (int i = 0; i < KIND_COUNT; i++) {
		const char *name = event_kind_name((enum event_kind)i);

		assert_true(event_kind_parse(slice_cstr(name), &kind));
		assert_int_equal(kind, i);
	}
	assert_false(event_kind_parse(SLICE("entra"), &kind));
	for (int i = 0; i < EV_COLUMNS; i++)
		assert_non_null(event_column_name((enum event_column)i));
	assert_string_equal(event_outcome_name(OUTCOME_FAILURE), "failure");
}

static const struct {
	const char *text;
	enum event_kind kind;
} shapes[] = {
    {"{}", KIND_UNKNOWN},
    {"{\"a\":1,\"Operation\":\"x\"}", KIND_UNKNOWN},
    {"{\"CreationTime\":\"2021-05-18T10:48:21\",\"Operation\":\"Send\","
     "\"RecordType\":2}",
        KIND_O365_AUDIT},
    {"{\"RecordType\":\"98\",\"CreationTime\":\"2021-05-18T10:48:21\"}",
        KIND_O365_AUDIT},
    {"{\"OfficeWorkload\":\"Exchange\",\"Operation\":\"Send\","
     "\"TimeGenerated\":\"2021-05-18T10:48:21Z\"}",
        KIND_O365_AUDIT},
    {"{\"id\":\"a\",\"createdDateTime\":\"2024-01-01T00:00:00Z\","
     "\"auditLogRecordType\":\"exchangeItem\",\"operation\":\"Send\","
     "\"service\":\"Exchange\",\"userPrincipalName\":\"a@b\"}",
        KIND_O365_AUDIT},
    {"{\"id\":\"a\",\"createdDateTime\":\"2024-01-01T00:00:00Z\","
     "\"userPrincipalName\":\"a@b\",\"appDisplayName\":\"x\","
     "\"ipAddress\":\"1.2.3.4\",\"status\":{\"errorCode\":0}}",
        KIND_SIGNIN},
    {"{\"createdDateTime\":\"2024-01-01T00:00:00Z\","
     "\"userPrincipalName\":\"a@b\",\"status\":{},"
     "\"isInteractive\":false}",
        KIND_SIGNIN_NONINTERACTIVE},
    {"{\"createdDateTime\":\"2024-01-01T00:00:00Z\","
     "\"userPrincipalName\":\"a@b\",\"status\":{},"
     "\"signInEventTypes\":[\"nonInteractiveUser\"]}",
        KIND_SIGNIN_NONINTERACTIVE},
    {"{\"createdDateTime\":\"2024-01-01T00:00:00Z\",\"status\":{},"
     "\"userPrincipalName\":\"\",\"servicePrincipalId\":\"x\"}",
        KIND_SIGNIN_SP},
    {"{\"createdDateTime\":\"2024-01-01T00:00:00Z\",\"status\":{},"
     "\"servicePrincipalId\":\"x\","
     "\"signInEventTypes\":[\"managedIdentity\"]}",
        KIND_SIGNIN_MI},
    {"{\"time\":\"2024-01-01T00:00:00Z\",\"properties\":{},"
     "\"category\":\"SignInLogs\"}",
        KIND_SIGNIN},
    {"{\"category\":\"NonInteractiveUserSignInLogs\","
     "\"properties\":{}}",
        KIND_SIGNIN_NONINTERACTIVE},
    {"{\"category\":\"ServicePrincipalSignInLogs\","
     "\"properties\":{}}",
        KIND_SIGNIN_SP},
    {"{\"category\":\"MANAGEDIDENTITYSIGNINLOGS\",\"properties\":{}}",
        KIND_SIGNIN_MI},
    {"{\"category\":\"AuditLogs\",\"properties\":{}}", KIND_ENTRA_AUDIT},
    {"{\"category\":\"RiskyUsers\",\"properties\":{}}", KIND_ENTRA_RISK},
    {"{\"category\":\"MicrosoftGraphActivityLogs\","
     "\"properties\":{}}",
        KIND_GRAPH_ACTIVITY},
    {"{\"category\":\"SomethingElse\",\"properties\":{}}", KIND_UNKNOWN},
    {"{\"TimeGenerated\":\"x\",\"Type\":"
     "\"AADNonInteractiveUserSignInLogs\"}",
        KIND_SIGNIN_NONINTERACTIVE},
    {"{\"TimeGenerated\":\"x\",\"ResultType\":\"0\","
     "\"UserPrincipalName\":\"a@b\",\"AppDisplayName\":\"x\"}",
        KIND_SIGNIN},
    {"{\"TimeGenerated\":\"x\",\"OperationName\":\"Add user\","
     "\"InitiatedBy\":\"{}\",\"TargetResources\":\"[]\"}",
        KIND_ENTRA_AUDIT},
    {"{\"activityDateTime\":\"x\",\"activityDisplayName\":\"Add "
     "user\",\"initiatedBy\":{},\"targetResources\":[]}",
        KIND_ENTRA_AUDIT},
    {"{\"riskEventType\":\"unlikelyTravel\",\"ipAddress\":"
     "\"1.2.3.4\",\"userPrincipalName\":\"a@b\"}",
        KIND_ENTRA_RISK},
    {"{\"TimeGenerated\":\"x\",\"RequestUri\":\"/me\","
     "\"RequestMethod\":\"GET\"}",
        KIND_GRAPH_ACTIVITY},
    {"{\"Received\":\"2024-01-01T00:00:00\",\"SenderAddress\":"
     "\"a@b\",\"RecipientAddress\":\"c@d\",\"Status\":"
     "\"Delivered\"}",
        KIND_MESSAGE_TRACE},
    {"{\"date_time_utc\":\"2024-01-01T00:00:00\","
     "\"sender_address\":\"a@b\",\"recipient_status\":\"c@d\"}",
        KIND_MESSAGE_TRACE},
    {"{\"kind\":\"admin#reports#activity\"}", KIND_GOOGLE},
    {"{\"id\":{\"applicationName\":\"login\"},\"actor\":{},"
     "\"events\":[]}",
        KIND_GOOGLE},
    {"{\"eventType\":\"user.session.start\",\"uuid\":\"x\","
     "\"published\":\"x\",\"actor\":{}}",
        KIND_OKTA},
    {"{\"action\":\"repo.create\",\"actor\":\"a\",\"org\":\"o\","
     "\"@timestamp\":1617895821000}",
        KIND_GITHUB},
};

static enum event_kind
recognise(struct json_parser *parser, const char *text)
{
	static char padded[4096];
	size_t n = strlen(text);
	struct json root;

	assert_true(n + JSON_PADDING <= sizeof(padded));
	memcpy(padded, text, n);
	if (json_parse(parser, slice_of(padded, n), &root, NULL) != JSON_OK)
		fail_msg("no JSON: %s", text);
	return event_recognise(root);
}

static void
tells_kinds_by_their_shape(void **state)
{
	struct json_parser *parser = json_parser_new();

	(void)state;
	for (size_t i = 0; i < COUNT(shapes); i++) {
		enum event_kind kind = recognise(parser, shapes[i].text);

		if (kind != shapes[i].kind)
			fail_msg(
			    "%s: %s", shapes[i].text, event_kind_name(kind));
	}
	json_parser_free(parser);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_go_both_ways),
	    cmocka_unit_test(tells_kinds_by_their_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
