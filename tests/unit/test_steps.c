/* The story of an intrusion. */
#include "incident/items.h"
#include "incident_made.h"

#define MINUTE (INT64_C(60) * 1000000)
#define ADA    "ada@corp.example"

static void
assert_steps(const struct act *acts, size_t n, const char *want)
{
	const struct damage_step *steps;
	struct arena arena = {0};
	struct buf text = {0};
	struct intruder *intruder = intruder_new();
	size_t count;

	intruder_give(intruder, MARK_IP, SLICE("192.0.2.1"), RULE_GIVEN);
	intruder_give(intruder, MARK_APP, SLICE("aaaa"), RULE_GIVEN);
	count = steps_find(acts, n, intruder, &steps, &arena);
	for (size_t i = 0; i < count; i++)
		buf_printf(&text,
		    "%lld+%lld " SLICE_FMT " by " SLICE_FMT ": " SLICE_FMT
		    "%s\n",
		    (long long)(steps[i].time_us / MINUTE),
		    (long long)((steps[i].last_us - steps[i].time_us) / MINUTE),
		    SLICE_ARG(steps[i].who), SLICE_ARG(steps[i].by),
		    SLICE_ARG(steps[i].what),
		    steps[i].certainty == CERTAINLY_INTRUDER ? ""
		                                             : " (likely)");
	if (!slice_eq(buf_slice(&text), slice_cstr(want)))
		fail_msg("%.*s\nnot\n%s", (int)text.len, text.ptr, want);
	buf_release(&text);
	arena_release(&arena);
	intruder_free(intruder);
}

#define MESSAGE(p, i)                                                          \
	{                                                                      \
		.kind = REACH_MESSAGE, .how = REACH_NAMED,                     \
		.place = SLICE_INIT(p), .id = SLICE_INIT(i), .size = -1        \
	}

static struct act
act_at(int64_t minute, const struct reach *reaches, uint32_t count)
{
	struct act act = made_act(minute * MINUTE, ADA, reaches, count);

	act.mark = 0;
	return act;
}

/* The same message again is no second one; an hour's rest is a new step. */
static void
test_reads(void **state)
{
	static const struct reach a[] = {
	    MESSAGE("a@x", "1"), MESSAGE("a@x", "2"), MESSAGE("b@x", "1")};
	static const struct reach b[] = {{.kind = REACH_FOLDER,
	    .how = REACH_SYNCED,
	    .place = SLICE_INIT("a@x"),
	    .id = SLICE_INIT("F")}};
	static const struct reach c[] = {{.kind = REACH_MAILBOX,
	    .how = REACH_AGGREGATED,
	    .place = SLICE_INIT("a@x"),
	    .more = 3}};
	struct act acts[] = {act_at(0, a, 3), act_at(30, &a[1], 1),
	    act_at(60, b, 1), act_at(61, c, 1), act_at(200, a, 1)};

	(void)state;
	assert_steps(acts, 5,
	    "0+61 " ADA " by ip 192.0.2.1: read 3 messages in 2 mailboxes, "
	    "synchronised 1 whole folder in 1 mailbox, read more than is "
	    "named in 1 place\n"
	    "200+0 " ADA " by ip 192.0.2.1: read 1 message in 1 mailbox\n");
	/* How sure it is keeps steps apart. */
	acts[1].certainty = LIKELY_INTRUDER;
	acts[2].certainty = NOT_INTRUDER;
	assert_steps(acts, 3,
	    "0+0 " ADA " by ip 192.0.2.1: read 3 messages in 2 mailboxes\n"
	    "30+0 " ADA
	    " by ip 192.0.2.1: read 1 message in 1 mailbox (likely)\n");
}

static void
test_words(void **state)
{
	static const struct reach search[] = {{.kind = REACH_SEARCH,
	    .how = REACH_UNLISTED,
	    .id = SLICE_INIT("vpn"),
	    .name = SLICE_INIT("vpn")}};
	static const struct way_change rule[] = {
	    {.way = WAY_INBOX_RULE, .name = SLICE_INIT("Money")}};
	struct slice rule_col[EV_COLUMNS] = {
	    [EV_OPERATION] = SLICE("New-InboxRule")};
	struct slice user_col[EV_COLUMNS] = {
	    [EV_OPERATION] = SLICE("Add user."),
	    [EV_TARGET_NAME] = SLICE("eve@corp.example"),
	    [EV_APP_NAME] = SLICE("Reader")};
	struct act acts[] = {act_at(0, NULL, 0), act_at(1, NULL, 0),
	    act_at(2, search, 1), act_at(3, search, 1), act_at(4, NULL, 0),
	    act_at(5, NULL, 0)};

	(void)state;
	acts[0].signin = acts[1].signin = true;
	acts[0].outcome = OUTCOME_FAILURE;
	acts[4].changes = rule;
	acts[4].change_count = 1;
	acts[4].col = rule_col;
	acts[5].col = user_col;
	acts[5].account = SLICE("");
	acts[5].mark = 1;
	assert_steps(acts, 6,
	    "0+0 " ADA " by ip 192.0.2.1: tried to sign in\n"
	    "1+0 " ADA " by ip 192.0.2.1: signed in\n"
	    "2+1 " ADA " by ip 192.0.2.1: searched 2 times: vpn\n"
	    "4+0 " ADA " by ip 192.0.2.1: New-InboxRule: Money\n"
	    "5+0 Reader by app aaaa: Add user: eve@corp.example\n");
}

/* No order of acts makes another story. */
static void
test_shuffled(void **state)
{
	static const struct reach a[] = {MESSAGE("a@x", "1")};
	struct act acts[] = {act_at(0, a, 1), act_at(5, a, 1), act_at(5, a, 1)};
	struct act mixed[] = {acts[2], acts[0], acts[1]};

	(void)state;
	assert_steps(acts, 3,
	    "0+5 " ADA " by ip 192.0.2.1: read 1 message in 1 mailbox\n");
	assert_steps(mixed, 3,
	    "0+5 " ADA " by ip 192.0.2.1: read 1 message in 1 mailbox\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reads),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_shuffled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
