/* The audit log's reader, and what the readers share. */
#include "event/event.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/time.h"
#include "event/read.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD                                                                   \
	"\"CreationTime\":\"2021-05-18T10:48:21\",\"Id\":\"id-1\","            \
	"\"OrganizationId\":\"tenant-1\",\"UserId\":\"Ada@example.com\","      \
	"\"UserKey\":\"10032001266C162C\",\"UserType\":0,"

#define OID  "9d8001cb-a159-4252-a3a1-c2dc689f322a"
#define OID2 "189870dc-ab0a-49b0-9ff9-e30caa58ddb1"
#define APP  "00000002-0000-0ff1-ce00-000000000000"
#define NIL  "00000000-0000-0000-0000-000000000000"

struct fixture {
	struct json_parser *parser, *inner;
	struct arena arena;
	struct record record;
	struct event event;
};

static int
setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	f->parser = json_parser_new();
	f->inner = json_parser_new();
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	json_parser_free(f->parser);
	json_parser_free(f->inner);
	arena_release(&f->arena);
	free(f);
	return 0;
}

static void
read_record(struct fixture *f, const char *text)
{
	size_t n = strlen(text);
	char *padded = arena_calloc(&f->arena, 1, n + JSON_PADDING);
	struct json root;

	memcpy(padded, text, n);
	if (json_parse(f->parser, slice_of(padded, n), &root, NULL) != JSON_OK)
		fail_msg("no JSON: %s", text);
	f->record = (struct record){
	    .root = root, .arena = &f->arena, .inner = f->inner};
	event_read(&f->record, &f->event);
	assert_int_equal(event_recognise(root), f->event.kind);
}

static void
expect(const struct fixture *f, enum event_column col, const char *want)
{
	struct slice got = f->event.col[col];

	if (!slice_eq(got, slice_cstr(want)))
		fail_msg("%s is '" SLICE_FMT "', not '%s'",
		    event_column_name(col), SLICE_ARG(got), want);
}

static void
expect_item(const struct event_item *item, const char *id, const char *parent,
    const char *name, int64_t size)
{
	if (!slice_eq(item->id, slice_cstr(id)) ||
	    !slice_eq(item->parent, slice_cstr(parent)) ||
	    !slice_eq(item->name, slice_cstr(name)) || item->size != size)
		fail_msg("item " SLICE_FMT " | " SLICE_FMT " | " SLICE_FMT
		         " | %jd",
		    SLICE_ARG(item->id), SLICE_ARG(item->parent),
		    SLICE_ARG(item->name), (intmax_t)item->size);
}

static void
reads_a_mailbox_record(void **state)
{
	struct fixture *f = *state;
	const struct event_item *items;
	char room[TIME_TEXT_MAX];

	read_record(f,
	    "{" HEAD "\"Operation\":\"MailItemsAccessed\",\"RecordType\":50,"
	    "\"ResultStatus\":\"Succeeded\",\"Workload\":\"Exchange\","
	    "\"ClientIP\":\"2001:db8::99\","
	    "\"ClientIPAddress\":\"[::ffff:192.0.2.7]:443\","
	    "\"ClientInfoString\":\"Client=REST;;\",\"AppId\":\"" APP "\","
	    "\"ClientAppId\":\"" NIL "\",\"TokenObjectId\":\"" OID "\","
	    "\"AppAccessContext\":{\"AADSessionId\":\"s-2\","
	    "\"UniqueTokenId\":\"uti\",\"ClientAppId\":\"" OID2 "\"},"
	    "\"MailboxOwnerUPN\":\"bob@example.com\",\"Folders\":["
	    "{\"Path\":\"\\\\Inbox\",\"FolderItems\":["
	    "{\"InternetMessageId\":\"<1@x>\",\"Subject\":\"Hi\","
	    "\"SizeInBytes\":12},{\"Id\":\"two\"}]},"
	    "{\"Path\":\"Not Available\",\"FolderItems\":[{\"Id\":\"3\"}]}]}");
	assert_string_equal(time_format(f->event.time_us, room).ptr,
	    "2021-05-18T10:48:21.000000Z");
	assert_int_equal(f->event.outcome, OUTCOME_SUCCESS);
	assert_int_equal(f->event.class_uid, 6005);
	assert_int_equal(f->event.activity, 1);
	assert_string_equal(f->event.family, "o365.audit");
	expect(f, EV_SOURCE, "o365/Exchange");
	expect(f, EV_TENANT, "tenant-1");
	expect(f, EV_ID, "id-1");
	expect(f, EV_OPERATION, "MailItemsAccessed");
	expect(f, EV_STATUS_CODE, "Succeeded");
	expect(f, EV_ACTOR_NAME, "Ada@example.com");
	expect(f, EV_ACTOR_ID, OID);
	expect(f, EV_ACTOR_TYPE, "user");
	expect(f, EV_SESSION, "s-2");
	expect(f, EV_TOKEN, "uti");
	expect(f, EV_APP_ID, APP);
	expect(f, EV_CLIENT, "Client=REST;;");
	expect(f, EV_IP, "192.0.2.7");
	expect(f, EV_MAILBOX, "bob@example.com");
	assert_int_equal(event_items(&f->record, f->event.kind, &items), 3);
	expect_item(&items[0], "<1@x>", "\\Inbox", "Hi", 12);
	expect_item(&items[1], "two", "\\Inbox", "", -1);
	expect_item(&items[2], "3", "", "", -1);
}

static void
reads_single_and_affected_items(void **state)
{
	struct fixture *f = *state;
	const struct event_item *items;

	read_record(f,
	    "{" HEAD "\"Operation\":\"Send\",\"RecordType\":\"ExchangeItem\","
	    "\"ResultStatus\":\"PartiallySucceeded\",\"Item\":{\"Id\":\"i\","
	    "\"InternetMessageId\":\"<2@x>\",\"Subject\":\"Plan\","
	    "\"ParentFolder\":{\"Id\":\"p\",\"Path\":\"\\\\Drafts\"},"
	    "\"SizeInBytes\":\"33\"}}");
	assert_int_equal(f->event.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(f->event.class_uid, 4009);
	expect(f, EV_TARGET_TYPE, "Message");
	expect(f, EV_TARGET_ID, "<2@x>");
	expect(f, EV_TARGET_NAME, "Plan");
	assert_int_equal(event_items(&f->record, f->event.kind, &items), 1);
	expect_item(&items[0], "<2@x>", "\\Drafts", "Plan", 33);

	read_record(f,
	    "{" HEAD "\"Operation\":\"MailItemsAccessed\",\"RecordType\":2,"
	    "\"Item\":{\"Id\":\"f\",\"ParentFolder\":{\"Id\":\"f\","
	    "\"Name\":\"Inbox\",\"Path\":\"Not Available\"}}}");
	expect(f, EV_TARGET_TYPE, "Folder");
	assert_int_equal(event_items(&f->record, f->event.kind, &items), 1);
	expect_item(&items[0], "f", "", "Inbox", -1);

	/* As Log Analytics has it: structure in strings. */
	read_record(f,
	    "{\"TimeGenerated\":\"2021-05-18T10:48:21Z\",\"OfficeId\":\"o\","
	    "\"RecordType\":\"ExchangeItemGroup\",\"UserType\":\"Admin\","
	    "\"Operation\":\"HardDelete\",\"OfficeWorkload\":\"Exchange\","
	    "\"Client_IPAddress\":\"192.0.2.8:1234\","
	    "\"Folder\":\"{\\\"Id\\\":\\\"d\\\",\\\"Path\\\":"
	    "\\\"\\\\\\\\Deleted\\\"}\",\"AffectedItems\":"
	    "\"[{\\\"Id\\\":\\\"a\\\",\\\"Subject\\\":\\\"S\\\"}]\"}");
	expect(f, EV_SOURCE, "o365/Exchange");
	expect(f, EV_ID, "o");
	expect(f, EV_IP, "192.0.2.8");
	expect(f, EV_ACTOR_TYPE, "admin");
	expect(f, EV_TARGET_ID, "d");
	assert_int_equal(f->event.class_uid, 6005);
	assert_int_equal(f->event.activity, 7);
	assert_int_equal(event_items(&f->record, f->event.kind, &items), 1);
	expect_item(&items[0], "a", "\\Deleted", "S", -1);
}

static void
a_logon_is_judged_by_operation_and_error(void **state)
{
	static const struct {
		const char *tail;
		enum event_outcome outcome;
		const char *code;
	} cases[] = {
	    {"\"Operation\":\"UserLoggedIn\",\"ErrorNumber\":\"0\"",
	        OUTCOME_SUCCESS, "0"},
	    {"\"Operation\":\"UserLoggedIn\"", OUTCOME_SUCCESS, "Success"},
	    {"\"Operation\":\"UserLoggedIn\",\"ErrorNumber\":\"50140\"",
	        OUTCOME_FAILURE, "50140"},
	    {"\"Operation\":\"UserLoggedIn\",\"ErrorCode\":\"-\"",
	        OUTCOME_UNKNOWN, "-"},
	    {"\"Operation\":\"UserLoginFailed\",\"ErrorNumber\":50126",
	        OUTCOME_FAILURE, "50126"},
	    {"\"Operation\":\"UserLoginFailed\",\"LogonError\":\"IdsLocked\"",
	        OUTCOME_FAILURE, "IdsLocked"},
	    {"\"Operation\":\"Something\"", OUTCOME_UNKNOWN, "Success"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice text = arena_printf(&f->arena,
		    "{%s\"RecordType\":%s,\"ResultStatus\":\"Success\",%s}",
		    HEAD, i % 2 ? "\"15\"" : "15", cases[i].tail);

		read_record(f, text.ptr);
		assert_int_equal(f->event.outcome, cases[i].outcome);
		assert_string_equal(f->event.family, "entra.signin");
		assert_int_equal(f->event.class_uid, 3002);
		expect(f, EV_STATUS_CODE, cases[i].code);
	}
}

static void
reads_a_logon(void **state)
{
	struct fixture *f = *state;

	read_record(f,
	    "{\"CreationTime\":\"2021-05-18T10:48:21\",\"Id\":\"l\","
	    "\"Operation\":\"UserLoggedIn\",\"RecordType\":15,"
	    "\"UserKey\":\"" OID "\",\"UserId\":\"ada@example.com\","
	    "\"UserType\":\"0\",\"ClientIP\":\"<null>\","
	    "\"ActorIpAddress\":\"192.0.2.9\",\"ApplicationId\":\"" APP "\","
	    "\"ObjectId\":\"Unknown\",\"Target\":[{\"ID\":\"" OID2 "\","
	    "\"Type\":0}],\"Actor\":[{\"ID\":\"" OID "\",\"Type\":0},"
	    "{\"ID\":\"ada@example.com\",\"Type\":\"5\"}],"
	    "\"ExtendedProperties\":[{\"Name\":\"UserAgent\",\"Value\":"
	    "\"curl/8\"}],\"DeviceProperties\":[{\"Name\":\"SessionId\","
	    "\"Value\":\"s-1\"},{\"Name\":\"DisplayName\",\"Value\":"
	    "\"LAPTOP\"}]}");
	expect(f, EV_ACTOR_ID, OID);
	expect(f, EV_ACTOR_TYPE, "user");
	expect(f, EV_IP, "192.0.2.9");
	expect(f, EV_APP_ID, APP);
	expect(f, EV_TARGET_TYPE, "Application");
	expect(f, EV_TARGET_ID, OID2);
	expect(f, EV_USER_AGENT, "curl/8");
	expect(f, EV_SESSION, "s-1");
	expect(f, EV_DEVICE, "LAPTOP");
}

static void
reads_directory_records(void **state)
{
	struct fixture *f = *state;

	read_record(f,
	    "{" HEAD "\"Operation\":\"Add member to role.\",\"RecordType\":8,"
	    "\"ResultStatus\":\"Success\",\"ObjectId\":\"bob@example.com\","
	    "\"Actor\":[{\"ID\":\"Ada@example.com\",\"Type\":5},"
	    "{\"ID\":\"10032001266C162C\",\"Type\":3},"
	    "{\"ID\":\"" APP "\",\"Type\":2},"
	    "{\"ID\":\"User_" OID "\",\"Type\":2},"
	    "{\"ID\":\"" OID "\",\"Type\":2},{\"ID\":\"User\",\"Type\":2}],"
	    "\"Target\":[{\"ID\":\"User_" OID2 "\",\"Type\":2},"
	    "{\"ID\":\"" OID2 "\",\"Type\":2},{\"ID\":\"User\",\"Type\":2},"
	    "{\"ID\":\"bob@example.com\",\"Type\":5}],"
	    "\"ExtendedProperties\":[{\"Name\":\"additionalDetails\","
	    "\"Value\":\"{\\\"User-Agent\\\":\\\"EvoSTS\\\"}\"}]}");
	assert_int_equal(f->event.class_uid, 3005);
	assert_int_equal(f->event.activity, 1);
	assert_int_equal(f->event.outcome, OUTCOME_SUCCESS);
	expect(f, EV_ACTOR_ID, OID);
	expect(f, EV_APP_ID, APP);
	expect(f, EV_TARGET_TYPE, "User");
	expect(f, EV_TARGET_ID, OID2);
	expect(f, EV_TARGET_NAME, "bob@example.com");
	expect(f, EV_USER_AGENT, "EvoSTS");

	read_record(f,
	    "{\"CreationTime\":\"2021-05-18T10:48:21\",\"RecordType\":8,"
	    "\"Operation\":\"Update application \xe2\x80\x93 Certificates and "
	    "secrets management \",\"UserId\":\"ServicePrincipal_" OID "\","
	    "\"UserKey\":\"Not Available\",\"UserType\":4,\"Actor\":["
	    "{\"ID\":\"Sync\",\"Type\":1},{\"ID\":\"" APP "\",\"Type\":2},"
	    "{\"ID\":\"ServicePrincipal_" OID "\",\"Type\":2}]}");
	assert_null(f->event.family);
	assert_int_equal(f->event.outcome, OUTCOME_UNKNOWN);
	expect(f, EV_OPERATION,
	    "Update application \xe2\x80\x93 Certificates and secrets "
	    "management ");
	expect(f, EV_ACTOR_TYPE, "app");
	expect(f, EV_ACTOR_ID, OID);
	expect(f, EV_ACTOR_NAME, "Sync");
	expect(f, EV_APP_ID, APP);
	expect(f, EV_APP_NAME, "Sync");
	assert_int_equal(f->event.class_uid, 3004);
}

static void
reads_administrators_commands(void **state)
{
	static const struct {
		const char *operation, *object, *type, *mailbox;
		uint32_t class_uid;
	} cases[] = {
	    {"New-InboxRule", "ada\\\\Hide it", "InboxRule", "ada", 6003},
	    {"Add-MailboxPermission", "X.PROD/Org/example.com/bob",
	        "MailboxPermission", "bob", 3005},
	    {"Set-MailboxFolderPermission", "bob:\\\\Calendar",
	        "MailboxFolderPermission", "bob", 6003},
	    {"Set-TransportConfig", "example.com", "TransportConfig", "", 6003},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice text = arena_printf(&f->arena,
		    "{%s\"Operation\":\"%s\",\"RecordType\":1,"
		    "\"ResultStatus\":\"True\",\"ObjectId\":\"%s\"}",
		    HEAD, cases[i].operation, cases[i].object);

		read_record(f, text.ptr);
		expect(f, EV_TARGET_TYPE, cases[i].type);
		expect(f, EV_MAILBOX, cases[i].mailbox);
		assert_int_equal(f->event.class_uid, cases[i].class_uid);
		assert_int_equal(f->event.outcome, OUTCOME_SUCCESS);
	}
}

static void
reads_file_records(void **state)
{
	struct fixture *f = *state;
	const struct event_item *items;

	read_record(f,
	    "{\"CreationTime\":\"5/18/2021 10:48:21 AM\",\"Id\":\"x\","
	    "\"Operation\":\"FileDownloaded\",\"RecordType\":6,"
	    "\"Workload\":\"Lists\",\"UserId\":\"guest_x#EXT#@example.com\","
	    "\"UserKey\":\"i:0h.f|membership|10032001266c162c@live.com\","
	    "\"UserType\":0,\"ItemType\":\"File\",\"ObjectId\":"
	    "\"https://s/a/b.docx\",\"SiteUrl\":\"https://s/a/\","
	    "\"SourceFileName\":\"b.docx\",\"FileSizeBytes\":77,"
	    "\"ClientIP\":\"192.0.2.1\",\"UserAgent\":\"UA\"}");
	assert_int_equal(f->event.time_us, INT64_C(1621334901000000));
	assert_int_equal(f->event.outcome, OUTCOME_UNKNOWN);
	assert_int_equal(f->event.class_uid, 6006);
	assert_int_equal(f->event.activity, 2);
	expect(f, EV_SOURCE, "o365/Lists");
	expect(f, EV_ACTOR_ID, "10032001266c162c");
	expect(f, EV_ACTOR_TYPE, "guest");
	expect(f, EV_TARGET_TYPE, "File");
	expect(f, EV_TARGET_ID, "https://s/a/b.docx");
	expect(f, EV_TARGET_NAME, "b.docx");
	expect(f, EV_USER_AGENT, "UA");
	assert_int_equal(event_items(&f->record, f->event.kind, &items), 1);
	expect_item(
	    &items[0], "https://s/a/b.docx", "https://s/a/", "b.docx", 77);

	read_record(f,
	    "{" HEAD "\"Operation\":\"AddedToGroup\",\"RecordType\":14,"
	    "\"ItemType\":\"Web\",\"TargetUserOrGroupType\":\"Member\","
	    "\"TargetUserOrGroupName\":\"eve@example.org\"}");
	expect(f, EV_TARGET_TYPE, "Member");
	expect(f, EV_TARGET_NAME, "eve@example.org");
	assert_int_equal(event_items(&f->record, f->event.kind, &items), 0);
}

/* An app that reads mail by itself must not look like the mailbox's owner. */
static void
an_app_is_not_the_mailbox_owner(void **state)
{
	struct fixture *f = *state;

	read_record(f,
	    "{\"CreationTime\":\"2021-05-18T10:48:21\",\"Id\":\"x\","
	    "\"Operation\":\"AttachmentAccess\",\"RecordType\":50,"
	    "\"UserType\":5,\"UserKey\":\"" OID "\","
	    "\"UserId\":\"ada@example.com\","
	    "\"MailboxOwnerUPN\":\"ada@example.com\",\"AppId\":\"" OID "\"}");
	expect(f, EV_ACTOR_TYPE, "app");
	expect(f, EV_ACTOR_ID, OID);
	expect(f, EV_ACTOR_NAME, "");
	expect(f, EV_MAILBOX, "ada@example.com");
}

static void
graph_query_records_without_audit_data_are_read(void **state)
{
	struct fixture *f = *state;

	read_record(f,
	    "{\"id\":\"g\",\"createdDateTime\":\"2024-01-01T00:00:00Z\","
	    "\"auditLogRecordType\":\"azureActiveDirectoryStsLogon\","
	    "\"operation\":\"UserLoginFailed\",\"organizationId\":\"t\","
	    "\"userType\":\"regular\",\"userId\":\"" OID "\","
	    "\"service\":\"AzureActiveDirectory\",\"clientIp\":\"192.0.2.2\","
	    "\"userPrincipalName\":\"ada@example.com\"}");
	assert_string_equal(f->event.family, "entra.signin");
	assert_int_equal(f->event.outcome, OUTCOME_FAILURE);
	expect(f, EV_SOURCE, "o365/AzureActiveDirectory");
	expect(f, EV_ID, "g");
	expect(f, EV_TENANT, "t");
	expect(f, EV_ACTOR_NAME, "ada@example.com");
	expect(f, EV_ACTOR_ID, OID);
	expect(f, EV_ACTOR_TYPE, "user");
	expect(f, EV_IP, "192.0.2.2");
	assert_int_equal(f->event.time_us, INT64_C(1704067200000000));
}

static void
an_unknown_record_still_has_its_common_fields(void **state)
{
	struct fixture *f = *state;

	read_record(f,
	    "{\"timestamp\":1617895821.5,\"eventName\":\"Opened\","
	    "\"user\":{\"name\":\"ada\"},\"src_ip\":\"[2001:DB8::1]:80\"}");
	assert_int_equal(f->event.kind, KIND_UNKNOWN);
	assert_int_equal(f->event.time_us, INT64_C(1617895821500000));
	assert_null(f->event.family);
	expect(f, EV_OPERATION, "Opened");
	expect(f, EV_ACTOR_NAME, "ada");
	expect(f, EV_IP, "2001:db8::1");
}

/* What the readers share: the spellings of a list of names and values. */
static void
named_values_are_found_in_every_spelling(void **state)
{
	static const char *const lists[] = {
	    "[{\"Name\":\"a\"},{\"Name\":\"b\",\"Value\":\"x\"}]",
	    "[{\"key\":\"b\",\"Value\":\"x\"}]",
	    "{\"a\":1,\"b\":\"x\"}",
	    "{\"displayName\":\"b\",\"Value\":\"x\"}",
	    "\"[{\\\"Name\\\":\\\"b\\\",\\\"Value\\\":\\\"x\\\"}]\"",
	    "\" {\\\"b\\\":\\\"x\\\"}\"",
	};
	static const char *const none[] = {"null", "7", "\"[\"", "\"{b\"", "[]",
	    "[{\"Value\":\"x\"}]", "[[\"b\"]]"};
	struct fixture *f = *state;
	struct slice text;
	struct json list;

	for (size_t i = 0; i < COUNT(lists) + COUNT(none); i++) {
		text = arena_printf(&f->arena, "{\"list\":%s}",
		    i < COUNT(lists) ? lists[i] : none[i - COUNT(lists)]);
		read_record(f, text.ptr);
		list = JSON_GET(f->record.root, "list");
		text = read_scalar(
		    &f->record, read_named(&f->record, list, "b", "Value"));
		if (!slice_eq(text, i < COUNT(lists) ? SLICE("x") : SLICE("")))
			fail_msg("list %zu: " SLICE_FMT, i, SLICE_ARG(text));
	}
	read_record(
	    f, "{\"a\":null,\"b\":\"\",\"c\":{\"d\":5},\"time\":\"x\"}");
	text = read_text(&f->record, f->record.root, "x|a|b|c/e|a/d|c/d");
	assert_true(slice_eq(text, SLICE("5")));
	assert_false(json_present(
	    read_any(&f->record, f->record.root, "x|a|b|c/d/e|time/x")));
}

/* One real record of each operation, where the collection is at hand. */
static void
reads_one_real_record_of_each_operation(void **state)
{
	static const char path[] =
	    "../shared/data/m365samples/ual_one_per_operation.json";
	static const size_t max = 1u << 20;
	struct fixture *f = *state;
	FILE *file = fopen(path, "rb");
	struct json all, root;
	struct json_iter it;
	size_t n, count = 0;
	char *text;

	if (file == NULL) {
		print_message("skipped: no %s\n", path);
		skip();
	}
	text = arena_calloc(&f->arena, 1, max + JSON_PADDING);
	n = fread(text, 1, max, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(
	    json_parse(f->parser, slice_of(text, n), &all, NULL), JSON_OK);
	it = json_iter(all);
	while (json_next(&it, NULL, &root)) {
		struct record record = {
		    .root = root, .arena = &f->arena, .inner = f->inner};

		event_read(&record, &f->event);
		count++;
		assert_int_equal(f->event.kind, KIND_O365_AUDIT);
		assert_true(f->event.time_us != EVENT_NO_TIME);
		assert_true(f->event.class_uid > 0);
		assert_true(f->event.col[EV_ID].len > 0);
		assert_true(f->event.col[EV_ACTOR_NAME].len > 0 ||
		            f->event.col[EV_ACTOR_ID].len > 0 ||
		            slice_eq(f->event.col[EV_OPERATION],
		                SLICE("SearchMtpStatus")));
	}
	assert_int_equal(count, 121);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(reads_a_mailbox_record),
	    TEST(reads_single_and_affected_items),
	    TEST(a_logon_is_judged_by_operation_and_error),
	    TEST(reads_a_logon),
	    TEST(reads_directory_records),
	    TEST(reads_administrators_commands),
	    TEST(reads_file_records),
	    TEST(an_app_is_not_the_mailbox_owner),
	    TEST(graph_query_records_without_audit_data_are_read),
	    TEST(an_unknown_record_still_has_its_common_fields),
	    TEST(named_values_are_found_in_every_spelling),
	    TEST(reads_one_real_record_of_each_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
