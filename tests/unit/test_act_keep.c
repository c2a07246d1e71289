/* What is kept of an act says the same as the act did. */
#include "incident/act_keep.h"
#include "incident_made.h"

#define BIND(id, mailbox)                                                      \
	"{'Id':'" id "','RecordType':50,'Workload':'Exchange',"                \
	"'CreationTime':'2026-04-01T10:00:00','UserId':'ada@corp.example',"    \
	"'Operation':'MailItemsAccessed','MailboxOwnerUPN':'" mailbox "',"     \
	"'SessionId':'s','ClientIPAddress':'192.0.2.1',"                       \
	"'OperationProperties':[{'Name':'MailAccessType','Value':'Bind'}],"    \
	"'Folders':[{'Id':'F','Path':'\\\\Inbox','FolderItems':["              \
	"{'InternetMessageId':'<a@x>','Subject':'A'},"                         \
	"{'InternetMessageId':'<b@x>'}]}]}"

#define RULE                                                                   \
	"{'Id':'3','RecordType':1,'Workload':'Exchange',"                      \
	"'CreationTime':'2026-04-01T10:00:00','UserId':'ada@corp.example',"    \
	"'Operation':'New-InboxRule','ObjectId':'corp/ada/Money',"             \
	"'ResultStatus':'True','Parameters':[{'Name':'Name','Value':'Money'}," \
	"{'Name':'ForwardTo','Value':'eve@evil.example'}]}"

#define BYPASS                                                                 \
	"{'Id':'4','RecordType':1,'Workload':'Exchange',"                      \
	"'CreationTime':'2026-04-01T10:00:00','UserId':'ada@corp.example',"    \
	"'Operation':'Set-MailboxAuditBypassAssociation',"                     \
	"'ResultStatus':'True','Parameters':["                                 \
	"{'Name':'Identity','Value':'bob@corp.example'},"                      \
	"{'Name':'AuditBypassEnabled','Value':'True'}]}"

static const char *const records[] = {
    BIND("1", "ada@corp.example"), BIND("2", "bob@corp.example"), RULE, BYPASS};

#define RECORDS (sizeof(records) / sizeof(records[0]))

/* Those that no one asks an act for are left out. */
static const enum event_column columns[] = {EV_TENANT, EV_OPERATION,
    EV_ACTOR_ID, EV_ACTOR_NAME, EV_ACTOR_TYPE, EV_SESSION, EV_APP_ID,
    EV_APP_NAME, EV_CLIENT, EV_USER_AGENT, EV_DEVICE};

static void
add_change(struct buf *out, const struct way_change *change)
{
	const struct slice texts[] = {change->object, change->name,
	    change->holder, change->holder_name, change->place, change->detail,
	    change->to, change->also};

	buf_printf(out, "%d %d %lld", change->way, change->verb,
	    (long long)change->until_us);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		buf_printf(out, " " SLICE_FMT, SLICE_ARG(texts[i]));
	buf_char(out, '\n');
}

static struct buf
text_of(const struct act *act)
{
	const struct slice texts[] = {act->event, act->credential, act->account,
	    act->account_id, act->ip, act->token, act->mailbox};
	struct buf out = {0};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		buf_printf(&out, SLICE_FMT "\n", SLICE_ARG(texts[i]));
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		buf_printf(
		    &out, SLICE_FMT "\n", SLICE_ARG(act->col[columns[i]]));
	/* What an act came to is told by its target. */
	if (act->change_count)
		buf_printf(&out, SLICE_FMT " " SLICE_FMT "\n",
		    SLICE_ARG(act->col[EV_TARGET_ID]),
		    SLICE_ARG(act->col[EV_TARGET_NAME]));
	made_text(&out, act);
	for (size_t i = 0; i < act->change_count; i++)
		add_change(&out, &act->changes[i]);
	return out;
}

static void
test_same(void **state)
{
	struct act_keeper keeper = {0};
	struct act acts[RECORDS];
	struct buf texts[RECORDS];
	struct arena kept = {0};

	(void)state;
	for (size_t i = 0; i < RECORDS; i++) {
		struct made made;

		made_read(&made, records[i]);
		texts[i] = text_of(&made.act);
		acts[i] = made.act;
		act_keep(&keeper, &acts[i], &made.arena);
		made_release(&made);
	}
	assert_int_equal(acts[0].reach_count, 2);
	assert_int_equal(acts[2].change_count, 1);
	assert_int_equal(acts[3].blind_count, 1);
	for (size_t i = 0; i < RECORDS; i++) {
		struct buf again = text_of(&acts[i]);

		assert_true(slice_eq(buf_slice(&again), buf_slice(&texts[i])));
		buf_release(&again);
		buf_release(&texts[i]);
	}
	act_keeper_release(&keeper, &kept);
	assert_true(slice_eq(acts[0].account, SLICE("ada@corp.example")));
	arena_release(&kept);
}

/* A hundred thousand of a session take little more than what they read. */
static void
test_small(void **state)
{
	struct act_keeper keeper = {0};
	struct arena kept = {0};
	struct made made;
	size_t before;

	(void)state;
	made_read(&made, records[0]);
	for (int i = 0; i < 1001; i++) {
		struct act act = made.act;

		act_keep(&keeper, &act, &made.arena);
		if (i == 0)
			before = act_keeper_bytes(&keeper);
	}
	assert_true(act_keeper_bytes(&keeper) - before <
	            1000 * (2 * sizeof(struct reach) + 64));
	made_release(&made);
	act_keeper_release(&keeper, &kept);
	arena_release(&kept);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_same),
	    cmocka_unit_test(test_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
