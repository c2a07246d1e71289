#include "state_case.h"

#include "incident/intruder.h"

static struct state_seen
ask(const struct state *state, enum way way, const char *object)
{
	return state_ask(state,
	    &(struct state_question){.way = way, .object = slice_cstr(object)});
}

/* Each list shows what it has, and its absence once it is whole. */
static void
test_lists(void **unused)
{
	static const struct {
		const char *stream, *record;
		enum way way;
		const char *present, *absent;
	} cases[] = {
	    {"state.users", "{'id':'U1','userPrincipalName':'bob@a.example'}",
	        WAY_ACCOUNT, "u1", "u2"},
	    {"state.users", "{'id':'U1','userType':'Guest'}", WAY_GUEST, "u1",
	        "u2"},
	    {"state.oauth2PermissionGrants",
	        "{'clientId':'C','resourceId':'R','consentType':"
	        "'AllPrincipals'}",
	        WAY_PERMISSION, "c:r", "c:x"},
	    {"state.roleAssignments",
	        "{'principalId':'U1','roleDefinitionId':'GA'}",
	        WAY_DIRECTORY_ROLE, "ga:u1", "ga:u2"},
	    {"state.roleEligibility",
	        "{'principalId':'U1','roleDefinitionId':'GA'}",
	        WAY_ELIGIBLE_ROLE, "ga:u1", "ga:u2"},
	    {"state.domains",
	        "{'id':'A.example','authenticationType':'Federated'}",
	        WAY_FEDERATION, "a.example", "added:e.example"},
	    {"state.crossTenantPartners", "{'tenantId':'T2'}", WAY_CROSS_TENANT,
	        "t2", "t3"},
	    {"state.crossTenantDefault", "{'isServiceDefault':false}",
	        WAY_CROSS_TENANT, "default", NULL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct state *state = state_new();
		struct state_seen seen;

		state_case_day(
		    state, 10, cases[i].stream, "2026-10-05", cases[i].record);
		seen = ask(state, cases[i].way, cases[i].present);
		assert_true(seen.known && seen.present);
		assert_int_equal(seen.index, 11);
		assert_int_equal(
		    seen.seen_us, state_case_time("2026-10-05T01:00:00Z"));
		if (cases[i].absent)
			assert_false(
			    ask(state, cases[i].way, cases[i].absent).known);
		state_case_whole(state, 12, "2026-10-05");
		assert_true(ask(state, cases[i].way, cases[i].present).present);
		if (cases[i].absent) {
			seen = ask(state, cases[i].way, cases[i].absent);
			assert_true(seen.known && !seen.present);
			assert_int_equal(seen.index, NO_ACT);
			assert_true(
			    slice_eq(seen.where, slice_cstr(cases[i].stream)));
		}
		state_free(state);
	}
}

/* What was there and is in no later whole list is gone; an empty one counts. */
static void
test_days(void **unused)
{
	struct state *state = state_new();

	(void)unused;
	state_case_day(state, 10, "state.roleAssignments", "2026-10-05",
	    "{'principalId':'U1','roleDefinitionId':'GA'}");
	state_case_whole(state, 12, "2026-10-05");
	state_case_day(state, 20, "state.roleAssignments", "2026-10-06", NULL);
	assert_true(ask(state, WAY_DIRECTORY_ROLE, "ga:u1").present);
	state_case_whole(state, 22, "2026-10-06");
	assert_false(ask(state, WAY_DIRECTORY_ROLE, "ga:u1").present);
	assert_true(ask(state, WAY_DIRECTORY_ROLE, "ga:u1").known);
	state_free(state);
}

/* A key may be an application's or a principal's: both lists are needed. */
static void
test_apps(void **unused)
{
	struct state *state = state_new();
	struct state_seen seen;

	(void)unused;
	state_case_day(state, 10, "state.applications", "2026-10-05",
	    "{'id':'O','appId':'I','passwordCredentials':[{'keyId':'K1',"
	    "'startDateTime':'2026-10-01T00:00:00Z'}],'owners':[{'id':'U1'}]}");
	state_case_whole(state, 12, "2026-10-05");
	assert_false(ask(state, WAY_APP_CREDENTIAL, "k2").known);
	state_case_day(state, 13, "state.servicePrincipals", "2026-10-05",
	    "{'id':'S','appId':'00000003-0000-0000-c000-000000000000'}");
	state_case_day(state, 15, "state.appRoles.graph", "2026-10-05", NULL);
	state_case_whole(state, 17, "2026-10-05");
	assert_true(ask(state, WAY_APP_CREDENTIAL, "k2").known);
	seen = ask(state, WAY_APP_CREDENTIAL, "k1");
	assert_true(seen.present);
	assert_int_equal(seen.made_us, state_case_time("2026-10-01T00:00:00Z"));
	assert_true(ask(state, WAY_APP_OWNER, "o:u1").present);
	assert_true(ask(state, WAY_APP_OWNER, "o:u2").known);
	assert_false(ask(state, WAY_APP_CREDENTIAL, "o:federated:x").known);
	assert_true(slice_eq(state_app_id(state, SLICE("o")), SLICE("I")));
	/* Whose roles a list has follows from the resource's app id. */
	assert_true(ask(state, WAY_APP_ROLE, "x:s:r").known);
	assert_false(ask(state, WAY_APP_ROLE, "x:other:r").known);
	state_free(state);
}

static void
test_people(void **unused)
{
	struct state *state = state_new();
	struct state_seen seen;

	(void)unused;
	state_case_day(state, 10, "state.users", "2026-10-05",
	    "{'id':'U1','userPrincipalName':'Bob@a.example','usageLocation':"
	    "'NO','accountEnabled':true,'lastPasswordChangeDateTime':"
	    "'2026-10-04T10:00:00Z'}");
	state_case_day(state, 12, "state.authenticationMethods", "2026-10-05",
	    "{'id':'U1','methodsRegistered':['mobilePhone']}");
	state_case_whole(state, 14, "2026-10-05");
	seen = ask(state, WAY_PASSWORD, "u1");
	assert_int_equal(seen.made_us, state_case_time("2026-10-04T10:00:00Z"));
	assert_true(slice_eq(
	    state_country(state, SLICE("bob@A.example")), SLICE("NO")));
	assert_true(slice_eq(
	    state_person_id(state, SLICE("bob@a.example")), SLICE("u1")));
	/* A phone may be the owner's own; that there is no app is certain. */
	assert_false(ask(state, WAY_MFA_METHOD, "u1:phone:+47").known);
	assert_true(ask(state, WAY_MFA_METHOD, "u1:app:x").known);
	assert_false(ask(state, WAY_MFA_METHOD, "u1:method").known);
	/* A disabled account lets nobody in. */
	state_case_day(state, 20, "state.users", "2026-10-06",
	    "{'id':'U1','accountEnabled':false}");
	state_case_whole(state, 22, "2026-10-06");
	assert_false(ask(state, WAY_PASSWORD, "u1").present);
	assert_true(ask(state, WAY_ACCOUNT, "u1").known);
	state_free(state);
}

static void
test_tenants(void **unused)
{
	struct state *state = state_new();
	struct state_question question = {.way = WAY_DIRECTORY_ROLE,
	    .object = SLICE("ga:u1"),
	    .tenant = SLICE("t2")};

	(void)unused;
	state_case_day(state, 10, "state.roleAssignments", "2026-10-05", NULL);
	state_case_whole(state, 12, "2026-10-05");
	assert_false(state_ask(state, &question).known);
	question.tenant = SLICE("t1");
	assert_true(state_ask(state, &question).known);
	state_free(state);
}

/* Rules of one person, by Graph and by an export, which may be a selection. */
static void
test_rules(void **unused)
{
	static const char who[] =
	    "{'by':'graph','name':'00000000000000000000000000000010','path':"
	    "'graph','source':'entra','stream':'state.inboxRules','tenant':"
	    "'t1','asked':'2026-10-05T01:00:00Z','day':'2026-10-05','of':"
	    "'bob@a.example'}";
	struct state *state = state_new();
	const struct state_way *list;
	struct state_seen seen;

	(void)unused;
	state_case_take(state, 10, 0, "firn/delivery", who);
	state_case_take(state, 11, 10, "graph/state.inboxRules",
	    "{'id':'R1','displayName':'.','isEnabled':true,'actions':{"
	    "'forwardTo':[{'emailAddress':{'address':'x@e.example'}}]}}");
	state_case_whole(state, 12, "2026-10-05");
	assert_true(ask(state, WAY_INBOX_RULE, "bob:.").present);
	assert_true(ask(state, WAY_INBOX_RULE, "bob:r1").present);
	assert_true(ask(state, WAY_INBOX_RULE, "bob:other").known);
	assert_false(ask(state, WAY_INBOX_RULE, "ann:other").known);
	assert_false(ask(state, WAY_HIDDEN_RULE, "bob").known);
	assert_int_equal(
	    state_of(state, WAY_INBOX_RULE, SLICE("bob@a.example"), &list), 1);
	assert_true(slice_eq(list[0].to, SLICE("x@e.example")));
	state_case_export(state, 20, "2026-10-06T08:00:00Z",
	    "{'RuleIdentity':'5','MailboxOwnerId':'Bob','Identity':'Bob\\\\5',"
	    "'Name':'Junk E-mail Rule','Enabled':'True'}");
	seen = ask(state, WAY_INBOX_RULE, "bob:.");
	assert_true(seen.known && !seen.present);
	assert_true(slice_eq(seen.where, SLICE("export Get-InboxRule")));
	assert_true(ask(state, WAY_HIDDEN_RULE, "bob").known);
	assert_int_equal(
	    state_of(state, WAY_INBOX_RULE, SLICE("bob@a.example"), &list), 0);
	state_free(state);
}

static void
test_exports(void **unused)
{
	static const struct {
		const char *record;
		enum way way;
		const char *present, *absent;
	} cases[] = {
	    {"{'Identity':'Bob','Alias':'bob','PrimarySmtpAddress':"
	     "'b.b@a.example','ForwardingSmtpAddress':'smtp:x@e.example'}",
	        WAY_FORWARDING, "b.b:smtp", "bob:address"},
	    {"{'Identity':'bob','User':'ann@a.example','AccessRights':"
	     "'{FullAccess, ReadPermission}','Deny':'False'}",
	        WAY_MAILBOX_PERMISSION, "bob:ann:readpermission",
	        "bob:eve:fullaccess"},
	    {"{'Identity':'bob','Trustee':'ann','AccessRights':['SendAs']}",
	        WAY_MAILBOX_PERMISSION, "bob:ann:sendas", "bob:eve:sendas"},
	    {"{'Identity':'bob:\\\\Inbox','FolderName':'Inbox','User':{"
	     "'Name':'Default'},'AccessRights':'Reviewer'}",
	        WAY_FOLDER_PERMISSION, "bob:inbox:default", "bob:inbox:ann"},
	    {"{'Name':'T','State':'Enabled','Mode':'Enforce','Priority':0,"
	     "'BlindCopyTo':['x@e.example']}",
	        WAY_TRANSPORT_RULE, "t", "u"},
	    {"{'Name':'J','JournalEmailAddress':'x@e.example','Enabled':true}",
	        WAY_JOURNAL_RULE, "j", "k"},
	    {"{'Name':'C','ConnectorType':'OnPremises','SenderDomains':'*'}",
	        WAY_CONNECTOR, "inbound:c", "inbound:d"},
	    {"{'Name':'C','ConnectorType':'OnPremises','SmartHosts':'h'}",
	        WAY_CONNECTOR, "outbound:c", "outbound:d"},
	    {"{'Identity':'bob','Name':'bob','AuditBypassEnabled':'True'}",
	        WAY_AUDIT_BYPASS, "bob", "ann"},
	    {"{'RoleGroup':'eDiscoveryManager','Name':'Bob B',"
	     "'PrimarySmtpAddress':'bob@a.example'}",
	        WAY_EDISCOVERY_ROLE, "ediscoverymanager:bob",
	        "ediscoverymanager:eve"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct state *state = state_new();
		struct state_seen seen;

		state_case_export(
		    state, 10, "2026-10-06T08:00:00Z", cases[i].record);
		seen = ask(state, cases[i].way, cases[i].present);
		assert_true(seen.known && seen.present);
		assert_int_equal(
		    seen.seen_us, state_case_time("2026-10-06T08:00:00Z"));
		seen = ask(state, cases[i].way, cases[i].absent);
		assert_true(seen.known && !seen.present);
		state_free(state);
	}
}

/* A row of CSV has no members for its empty cells. */
static void
test_header(void **unused)
{
	struct state *state = state_new();

	(void)unused;
	state_case_take(state, 10, 0, "firn/delivery",
	    "{'by':'file','name':'f.csv','modified':'2026-10-06T08:00:00Z',"
	    "'form':'rows','header':'`Identity`,`ForwardingSmtpAddress`\\r\\n'"
	    "}");
	state_case_take(state, 11, 10, "unknown", "{'Identity':'bob'}");
	state_case_take(state, 12, 0, "firn/delivered", "{'delivery':10}");
	assert_true(ask(state, WAY_FORWARDING, "bob:smtp").known);
	assert_false(ask(state, WAY_FORWARDING, "bob:smtp").present);
	state_free(state);
}

/* Records that were left out may be what is asked for. */
static void
test_not_whole(void **unused)
{
	struct state *state = state_new();

	(void)unused;
	state_case_export(state, 10, "2026-10-06T08:00:00Z",
	    "{'Name':'T','State':'Enabled','Mode':'Enforce','Priority':0}");
	assert_true(ask(state, WAY_TRANSPORT_RULE, "u").known);
	state_case_take(state, 20, 0, "firn/delivered",
	    "{'delivery':10,'items':2,'unreadable':1,'not_kept':1}");
	assert_false(ask(state, WAY_TRANSPORT_RULE, "u").known);
	state_free(state);
}

/* So many that rows are sorted and joined meanwhile. */
static void
test_many(void **unused)
{
	struct state *state = state_new();
	struct buf text = {0};

	(void)unused;
	for (unsigned day = 5; day < 7; day++) {
		buf_clear(&text);
		buf_printf(&text, "2026-10-%02u%c", day, 0);
		for (unsigned i = 0; i < 6000; i++) {
			struct buf user = {0};

			buf_printf(&user,
			    "{'id':'U%u','userPrincipalName':'u%u@a.example'}"
			    "%c",
			    i, i, 0);
			if (i)
				state_case_take(state,
				    day * UINT64_C(10000) + i,
				    day * UINT64_C(10000), "graph/state.users",
				    user.ptr);
			else
				state_case_day(state, day * UINT64_C(10000),
				    "state.users", text.ptr, NULL);
			buf_release(&user);
		}
		state_case_whole(state, day * UINT64_C(10000) + 7000, text.ptr);
	}
	for (int i = 1; i < 6000; i += 97) {
		buf_clear(&text);
		buf_printf(&text, "u%d%c", i, 0);
		assert_int_equal(
		    ask(state, WAY_ACCOUNT, text.ptr).index, 60000 + i);
	}
	assert_false(ask(state, WAY_ACCOUNT, "u0").present);
	buf_release(&text);
	state_free(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_days),
	    cmocka_unit_test(test_apps),
	    cmocka_unit_test(test_people),
	    cmocka_unit_test(test_tenants),
	    cmocka_unit_test(test_rules),
	    cmocka_unit_test(test_exports),
	    cmocka_unit_test(test_header),
	    cmocka_unit_test(test_not_whole),
	    cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
