/* Several tellings of one event are one act, in whatever order they come. */
#include "incident_made.h"

#define AUDIT                                                                  \
	"{'Id':'1','RecordType':50,'Workload':'Exchange',"                     \
	"'Operation':'MailItemsAccessed','UserId':'Ada@corp.example',"         \
	"'MailboxOwnerUPN':'Ada@corp.example',"

static const char *const tellings[] = {
    /* the feed's, an export's without the session, Graph's query's */
    AUDIT "'CreationTime':'2026-04-01T10:00:00','SessionId':'s',"
          "'ClientInfoString':'Client=REST;;','OperationCount':3,"
          "'AppId':'b669c6ea-1adf-453f-b8bc-6d526592b419',"
          "'OperationProperties':[{'Name':'MailAccessType','Value':'Bind'}],"
          "'Folders':[{'Id':'F','Path':'\\\\Inbox','FolderItems':["
          "{'InternetMessageId':'<a@x>'},{'InternetMessageId':'<b@x>'}]}]}",
    AUDIT "'CreationTime':'2026-04-01T10:00:00.5',"
          "'AppId':'b669c6ea-1adf-453f-b8bc-6d526592b419',"
          "'OperationProperties':[{'Name':'MailAccessType','Value':'Bind'},"
          "{'Name':'IsThrottled','Value':'True'}],"
          "'Folders':[{'Id':'F','Path':'\\\\Inbox','FolderItems':["
          "{'InternetMessageId':'<b@x>','Subject':'B','SizeInBytes':4}]}]}",
    AUDIT "'CreationTime':'2026-04-01T10:00:00','ResultStatus':'Succeeded',"
          "'ClientIPAddress':'192.0.2.1',"
          "'OperationProperties':[{'Name':'MailAccessType','Value':'Bind'}],"
          "'Folders':[{'Id':'F','Path':'\\\\Inbox','FolderItems':["
          "{'InternetMessageId':'<c@x>','Subject':'C'}]}]}",
    AUDIT "'ClientIPAddress':'192.0.2.1','ResultStatus':'Failed'}",
};

#define TELLINGS (sizeof(tellings) / sizeof(tellings[0]))

/* --- an act as text, with all that there is in it --- */

static void
add_act(struct buf *out, const struct act *act)
{
	const struct slice texts[] = {act->event, act->credential, act->account,
	    act->account_id, act->ip, act->token, act->mailbox};

	buf_printf(out, "%llu %lld %d %d %d %d %d\n",
	    (unsigned long long)act->index, (long long)act->time_us, act->kind,
	    act->outcome, act->background, act->app_only, act->signin);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		buf_printf(out, SLICE_FMT "\n", SLICE_ARG(texts[i]));
	for (int i = 0; i < EV_COLUMNS; i++)
		buf_printf(out, SLICE_FMT "\n", SLICE_ARG(act->col[i]));
	made_text(out, act);
	for (size_t i = 0; i < act->reach_count; i++)
		buf_printf(out, "%lld %lld\n",
		    (long long)act->reaches[i].from_us,
		    (long long)act->reaches[i].to_us);
}

static struct buf
text_of(const struct act *act)
{
	struct buf out = {0};

	add_act(&out, act);
	return out;
}

static void
assert_same(const struct act *a, const struct act *b)
{
	struct buf left = text_of(a), right = text_of(b);

	if (!slice_eq(buf_slice(&left), buf_slice(&right)))
		fail_msg("%.*s\nis not\n%.*s", (int)left.len, left.ptr,
		    (int)right.len, right.ptr);
	buf_release(&left);
	buf_release(&right);
}

struct fixture {
	struct made made[TELLINGS];
	struct arena arena;
};

static void
read_all(struct fixture *all)
{
	memset(all, 0, sizeof(*all));
	for (size_t i = 0; i < TELLINGS; i++) {
		made_read(&all->made[i], tellings[i]);
		all->made[i].act.index = 7 + i;
	}
}

static void
release_all(struct fixture *all)
{
	for (size_t i = 0; i < TELLINGS; i++)
		made_release(&all->made[i]);
	arena_release(&all->arena);
}

static struct act
merged(struct fixture *all, const size_t *order)
{
	struct act act = all->made[order[0]].act;

	for (size_t i = 1; i < TELLINGS; i++)
		act_merge(&act, &all->made[order[i]].act, &all->arena);
	return act;
}

/* --- tests --- */

static void
test_orders(void **state)
{
	size_t order[TELLINGS] = {0, 1, 2, 3};
	struct fixture all;
	struct act first;

	(void)state;
	read_all(&all);
	first = merged(&all, order);
	for (size_t n = 0; n < 24; n++) {
		size_t left[TELLINGS] = {0, 1, 2, 3}, code = n;
		struct act again;

		for (size_t i = 0; i < TELLINGS; i++) {
			size_t pick = code % (TELLINGS - i);

			code /= TELLINGS - i;
			order[i] = left[pick];
			left[pick] = left[TELLINGS - 1 - i];
		}
		again = merged(&all, order);
		assert_same(&first, &again);
	}
	release_all(&all);
}

/* (a + b) + (c + d) is what a + b + c + d is. */
static void
test_pairs(void **state)
{
	size_t order[TELLINGS] = {0, 1, 2, 3};
	struct act first, left, right;
	struct fixture all;

	(void)state;
	read_all(&all);
	first = merged(&all, order);
	left = all.made[0].act;
	right = all.made[2].act;
	act_merge(&left, &all.made[1].act, &all.arena);
	act_merge(&right, &all.made[3].act, &all.arena);
	act_merge(&left, &right, &all.arena);
	assert_same(&first, &left);
	/* What was told before adds nothing. */
	act_merge(&left, &all.made[1].act, &all.arena);
	act_merge(&left, &first, &all.arena);
	assert_same(&first, &left);
	release_all(&all);
}

static void
test_result(void **state)
{
	size_t order[TELLINGS] = {3, 1, 0, 2};
	struct buf text = {0};
	struct fixture all;
	struct act act;

	(void)state;
	read_all(&all);
	/* Without its session it looks like a service. */
	assert_true(all.made[1].act.background);
	act = merged(&all, order);
	assert_false(act.background);
	assert_int_equal(act.index, 7);
	assert_int_equal(act.time_us, all.made[0].act.time_us);
	assert_int_equal(act.outcome, OUTCOME_SUCCESS);
	made_text(&text, &act);
	buf_char(&text, '\0');
	assert_string_equal(text.ptr,
	    "message named ada@corp.example <a@x> folder=\\Inbox\n"
	    "message named ada@corp.example <b@x> folder=\\Inbox name=B "
	    "size=4\n"
	    "message named ada@corp.example <c@x> folder=\\Inbox name=C\n"
	    "mailbox throttled ada@corp.example \n"
	    "mailbox aggregated ada@corp.example  more=1\n"
	    "blind throttled ada@corp.example\n");
	buf_release(&text);
	release_all(&all);
}

/* A sign-in in the audit log and in the sign-in log. */
static void
test_signin(void **state)
{
	struct made audit, graph;
	struct act act;
	struct arena arena = {0};

	(void)state;
	made_read(&audit,
	    "{'Id':'i','RecordType':15,'Workload':'AzureActiveDirectory',"
	    "'CreationTime':'2026-04-01T10:00:00','UserId':'a@x.example',"
	    "'Operation':'UserLoggedIn','ErrorNumber':'0'}");
	made_read(&graph,
	    "{'id':'i','createdDateTime':'2026-04-01T10:00:00.7Z',"
	    "'userPrincipalName':'a@x.example','appDisplayName':'Mail',"
	    "'isInteractive':true,'uniqueTokenIdentifier':'u',"
	    "'status':{'errorCode':0}}");
	assert_true(slice_eq(audit.act.event, graph.act.event));
	act = audit.act;
	act_merge(&act, &graph.act, &arena);
	assert_true(act.signin);
	assert_true(slice_eq(act.token, SLICE("u")));
	assert_int_equal(act.time_us, audit.act.time_us);
	made_release(&audit);
	made_release(&graph);
	arena_release(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_orders),
	    cmocka_unit_test(test_pairs),
	    cmocka_unit_test(test_result),
	    cmocka_unit_test(test_signin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
