/* What mailbox records reach; shapes as the log has them. */
#include "incident_made.h"

#define HEAD                                                                   \
	"{'Id':'1','RecordType':50,'Workload':'Exchange',"                     \
	"'CreationTime':'2026-04-01T10:00:00','UserId':'Ada@corp.example',"    \
	"'UserKey':'10032001266C162C','UserType':0,'ResultStatus':"            \
	"'Succeeded','MailboxOwnerUPN':'Ada@corp.example','MailboxGuid':'G',"

#define ACCESS HEAD "'Operation':'MailItemsAccessed',"

#define PROPERTIES(type, throttled)                                            \
	"'OperationProperties':[{'Name':'MailAccessType','Value':'" type       \
	"'},{'Name':'IsThrottled','Value':'" throttled "'}],"

#define INBOX                                                                  \
	"'Folders':[{'Id':'LgIN','Path':'\\\\Inbox','FolderItems':["           \
	"{'InternetMessageId':'<b@x>'},"                                       \
	"{'InternetMessageId':' <a@x> ','Subject':'Key','SizeInBytes':7,"      \
	"'Sensitivity':'Private'}]}]"

static void
test_bind(void **state)
{
	static const struct made_case cases[] = {
	    {"bind names messages",
	        ACCESS PROPERTIES("Bind", "False") INBOX ",'OperationCount':2}",
	        "message named ada@corp.example <a@x> folder=\\Inbox name=Key "
	        "label=Private size=7\n"
	        "message named ada@corp.example <b@x> folder=\\Inbox\n"},
	    {"more than is named",
	        ACCESS PROPERTIES("Bind", "False") INBOX ",'OperationCount':5}",
	        "message named ada@corp.example <a@x> folder=\\Inbox name=Key "
	        "label=Private size=7\n"
	        "message named ada@corp.example <b@x> folder=\\Inbox\n"
	        "mailbox aggregated ada@corp.example  more=3\n"},
	    {"one message twice is one",
	        ACCESS PROPERTIES("Bind",
	            "False") "'OperationCount':2,'Folders':[{'Path':'\\\\Inbox'"
	                     ","
	                     "'FolderItems':[{'InternetMessageId':'<a@x>'},"
	                     "{'InternetMessageId':'<a@x>','Subject':'S'}]}]}",
	        "message named ada@corp.example <a@x> folder=\\Inbox "
	        "name=S\n"},
	    {"no message id: the store's",
	        ACCESS PROPERTIES("Bind",
	            "False") "'OperationCount':1,'Folders':[{'Id':'LgIN',"
	                     "'Path':'Not Available','FolderItems':["
	                     "{'Id':'Rg1','ImmutableId':'im'}]}]}",
	        "message named ada@corp.example im folder=LgIN\n"},
	    {"bind that names nothing",
	        ACCESS PROPERTIES("Bind", "False") "'Folders':[]}",
	        "mailbox aggregated ada@corp.example  more=1\n"},
	    {"throttled",
	        ACCESS PROPERTIES("Bind", "True") INBOX ",'OperationCount':2}",
	        "message named ada@corp.example <a@x> folder=\\Inbox name=Key "
	        "label=Private size=7\n"
	        "message named ada@corp.example <b@x> folder=\\Inbox\n"
	        "mailbox throttled ada@corp.example \n"
	        "blind throttled ada@corp.example\n"},
	    {"as a column of a table", /* lists in strings */
	        ACCESS "'OperationProperties':'[{`Name`:`MailAccessType`,"
	               "`Value`:`Bind`}]','OperationCount':'1','Folders':"
	               "'[{`Path`:`\\\\\\\\Inbox`,`FolderItems`:[{"
	               "`InternetMessageId`:`<a@x>`}]}]'}",
	        "message named ada@corp.example <a@x> folder=\\Inbox\n"},
	    {"failed",
	        "{'Id':'1','RecordType':50,'Workload':'Exchange',"
	        "'CreationTime':'2026-04-01T10:00:00','UserId':'u@x',"
	        "'ResultStatus':'Failed','Operation':'MailItemsAccessed'}",
	        ""},
	};

	(void)state;
	MADE_CASES(cases);
}

static void
test_sync(void **state)
{
	static const struct made_case cases[] = {
	    {"sync names a folder",
	        ACCESS PROPERTIES("Sync",
	            "False") "'Item':{'Id':'LgIN','ParentFolder':{'Id':'LgIN',"
	                     "'Name':'Inbox','Path':'Not Available'}}}",
	        "folder synced ada@corp.example LgIN folder=LgIN "
	        "name=Inbox\n"},
	    {"sync with folders", ACCESS PROPERTIES("Sync", "False") INBOX "}",
	        "message named ada@corp.example <a@x> folder=\\Inbox name=Key "
	        "label=Private size=7\n"
	        "message named ada@corp.example <b@x> folder=\\Inbox\n"
	        "folder synced ada@corp.example LgIN folder=\\Inbox\n"},
	    {"sync of who knows what",
	        ACCESS PROPERTIES("Sync", "False") "'Version':1}",
	        "mailbox synced ada@corp.example \n"},
	    {"not said which, and a folder",
	        ACCESS "'Item':{'Id':'LgIN','ParentFolder':{'Id':'LgIN',"
	               "'Path':'\\\\Inbox'}}}",
	        "folder synced ada@corp.example LgIN folder=\\Inbox\n"},
	    {"not said which, and messages",
	        ACCESS INBOX ",'OperationCount':2}",
	        "message named ada@corp.example <a@x> folder=\\Inbox name=Key "
	        "label=Private size=7\n"
	        "message named ada@corp.example <b@x> folder=\\Inbox\n"},
	};

	(void)state;
	MADE_CASES(cases);
}

static void
test_throttled_time(void **state)
{
	struct made made;

	(void)state;
	made_read(&made, ACCESS PROPERTIES("Bind", "True") INBOX "}");
	assert_int_equal(made.act.reach_count, 3);
	assert_int_equal(made.act.reaches[2].how, REACH_THROTTLED);
	assert_int_equal(made.act.reaches[2].from_us, made.act.time_us);
	assert_int_equal(
	    made.act.reaches[2].to_us, made.act.time_us + 24 * MADE_HOUR_US);
	assert_int_equal(made.act.blinds[0].to_us, made.act.reaches[2].to_us);
	made_release(&made);
}

#define APP_ONLY                                                               \
	"{'Id':'1','RecordType':50,'Workload':'Exchange','UserType':5,"        \
	"'CreationTime':'2026-04-01T10:00:00','UserId':'Ada@corp.example',"    \
	"'UserKey':'aaaaaaaa-0000-4000-8000-000000000001','LogonType':0,"      \
	"'AppId':'aaaaaaaa-0000-4000-8000-000000000001',"                      \
	"'ClientAppId':'aaaaaaaa-0000-4000-8000-000000000001',"                \
	"'AppAccessContext':{'UniqueTokenId':'tok'},"                          \
	"'ActorInfoString':'Client=REST;UserAgent=[NoUserAgent];',"            \
	"'MailboxOwnerUPN':'Ada@corp.example',"                                \
	"'Operation':'AttachmentAccess','OperationProperties':[{'Name':"       \
	"'AttachmentAccessType','Value':'Bind'}],'OperationCount':3,"          \
	"'Messages':[{'Id':'Lg1','Path':'\\\\Inbox','MessageItems':["          \
	"{'Id':'At1','SizeInBytes':10},{'Id':'At2'}]}]}"

static void
test_app_only(void **state)
{
	static const struct made_case cases[] = {
	    {"attachments", APP_ONLY,
	        "attachment named ada@corp.example At1 folder=\\Inbox size=10\n"
	        "attachment named ada@corp.example At2 folder=\\Inbox\n"
	        "mailbox aggregated ada@corp.example  more=1\n"},
	};
	struct made made;

	(void)state;
	MADE_CASES(cases);
	made_read(&made, APP_ONLY);
	assert_true(made.act.app_only);
	assert_false(made.act.background);
	assert_int_equal(made.act.account.len, 0);
	assert_true(slice_eq(made.act.account_id,
	    SLICE("aaaaaaaa-0000-4000-8000-000000000001")));
	made_release(&made);
}

#define MESSAGE                                                                \
	"{'Id':'Rg1','InternetMessageId':'<m@x>','Subject':'Hi',"              \
	"'ParentFolder':{'Id':'LgD','Path':'\\\\Drafts'}}"

static void
test_others(void **state)
{
	static const struct made_case cases[] = {
	    {"sent", HEAD "'Operation':'Send','Item':" MESSAGE "}",
	        "sent named ada@corp.example <m@x> folder=\\Drafts name=Hi\n"},
	    {"sent as", HEAD "'Operation':'SendAs','Item':" MESSAGE "}",
	        "sent named ada@corp.example <m@x> folder=\\Drafts name=Hi\n"},
	    {"copied", HEAD "'Operation':'Copy','AffectedItems':[" MESSAGE "]}",
	        "message named ada@corp.example <m@x> folder=\\Drafts "
	        "name=Hi\n"},
	    {"a folder copied",
	        HEAD "'Operation':'Copy','Folder':{'Id':'LgD','Path':"
	             "'\\\\Drafts'}}",
	        "folder unlisted ada@corp.example LgD folder=\\Drafts\n"},
	    {"moved", HEAD "'Operation':'Move','AffectedItems':[" MESSAGE "]}",
	        ""},
	    {"moved to another mailbox",
	        HEAD "'Operation':'Move','CrossMailboxOperation':true,"
	             "'AffectedItems':[" MESSAGE "]}",
	        "message named ada@corp.example <m@x> folder=\\Drafts "
	        "name=Hi\n"},
	    {"created", HEAD "'Operation':'Create','Item':" MESSAGE "}", ""},
	    {"deleted",
	        HEAD "'Operation':'HardDelete','AffectedItems':[" MESSAGE "]}",
	        ""},
	    {"a folder opened",
	        HEAD "'Operation':'FolderBind','Item':{'Id':'LgIN',"
	             "'ParentFolder':{'Id':'LgIN','Path':'\\\\Inbox'}}}",
	        "folder unlisted ada@corp.example LgIN folder=\\Inbox\n"},
	    {"searched",
	        HEAD "'Operation':'SearchQueryInitiatedExchange',"
	             "'QueryText':'vpn password'}",
	        "search unlisted ada@corp.example vpn password "
	        "name=vpn password\n"},
	    {"a mailbox without an owner",
	        "{'Id':'1','RecordType':2,'Workload':'Exchange',"
	        "'CreationTime':'2026-04-01T10:00:00','UserId':'u@x',"
	        "'MailboxGuid':'ABCD','Operation':'Send','Item':" MESSAGE "}",
	        "sent named abcd <m@x> folder=\\Drafts name=Hi\n"},
	};

	(void)state;
	MADE_CASES(cases);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bind),
	    cmocka_unit_test(test_sync),
	    cmocka_unit_test(test_throttled_time),
	    cmocka_unit_test(test_app_only),
	    cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
