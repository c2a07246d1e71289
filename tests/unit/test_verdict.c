#include "verdict_case.h"

static void
assert_reason(const struct verdict_case *c, const char *part)
{
	for (size_t i = 0; i < c->got.reason_count; i++)
		if (memmem(c->got.reasons[i].ptr, c->got.reasons[i].len, part,
		        strlen(part)))
			return;
	for (size_t i = 0; i < c->got.reason_count; i++)
		print_message("%s\n", c->got.reasons[i].ptr);
	fail_msg("no reason has '%s'", part);
}

static void
none_seen(void **state)
{
	struct verdict_case c;

	(void)state;
	begin(&c);
	assert_int_equal(judge(&c), VERDICT_NONE_SEEN);
	assert_true(c.got.since_us == at("12:00"));
	assert_true(c.got.last_us == at("11:00"));
	assert_int_equal(c.got.last_index, 1001);
	assert_true(c.got.closed_us == at("12:00"));
	assert_true(c.got.tokens_us == at("13:30"));
	assert_true(c.got.complete_us == at("17:00"));
	assert_int_equal(c.got.settle_count, 0);
	assert_reason(&c,
	    "last use 2026-10-05 11:00:00 by kim@contoso.example; none since");
	assert_reason(&c, "complete to 2026-10-05 17:00:00");
	assert_reason(&c, "valid to 2026-10-05 13:30:00");
	assert_reason(&c, "stated by Ann");
	end(&c);
}

/* --- each condition alone --- */

static void
open_way(struct verdict_case *c)
{
	c->ways[RULE].state = WAY_OPEN;
	/* Long after the last use, or it would go on. */
	for (size_t i = 0; i < 4; i++)
		cover_clock(&c->cover, verdict_streams[i],
		    at("18:00") + 2 * COVER_DAY_US);
}

static void
shut_way(struct verdict_case *c)
{
	c->ways[RULE].state = WAY_SHUT;
}

static void
never_closed(struct verdict_case *c)
{
	c->ways[RULE].closed_us = EVENT_NO_TIME;
}

static void
unchecked_way(struct verdict_case *c)
{
	c->ways[HIDDEN].state = WAY_UNCHECKED;
}

static void
checked_early(struct verdict_case *c)
{
	c->said[0].at_us = at("10:30");
}

static void
checked_by_nobody(struct verdict_case *c)
{
	c->ways[HIDDEN].statement = NO_MARK;
}

static void
no_ways(struct verdict_case *c)
{
	c->way_count = 0;
}

static void
no_acts(struct verdict_case *c)
{
	c->act_count = 0;
}

/* By an export of hidden rules: no log would have shown one. */
static void
seen_at(struct verdict_case *c, const char *time)
{
	c->ways[HIDDEN].state = WAY_GONE;
	c->ways[HIDDEN].opened_us = EVENT_NO_TIME;
	c->ways[HIDDEN].opened_index = NO_ACT;
	c->ways[HIDDEN].seen_us = at(time);
	c->ways[HIDDEN].statement = NO_MARK;
	c->said_count = 0;
}

static void
seen_early(struct verdict_case *c)
{
	seen_at(c, "11:59");
}

static void
seen_late(struct verdict_case *c)
{
	seen_at(c, "12:01");
}

static void
act_without_time(struct verdict_case *c)
{
	c->acts[0].time_us = EVENT_NO_TIME;
}

/* Its clock is before the closing, the life of tokens and its delay. */
static void
late_stream(struct verdict_case *c)
{
	cover_release(&c->cover);
	cover_init(&c->cover, "2026-10-05T18:00");
	for (size_t i = 0; i < 4; i++)
		cover_clock(&c->cover, verdict_streams[i],
		    at(i == 1 ? "14:29" : "18:00"));
}

static void
no_coverage(struct verdict_case *c)
{
	cover_release(&c->cover);
	cover_init(&c->cover, "2026-10-05T18:00");
}

/* One that is followed, and of which nothing is known. */
static void
other_stream(struct verdict_case *c)
{
	cover_open(&c->cover, "topic/0", 7, at("18:00"));
}

static void
open_gap(struct verdict_case *c, const char *stream, const char *from,
    const char *to)
{
	gap_write(&c->cover.text, &(struct gap){.source = "contoso",
	                              .stream = stream,
	                              .key = "k",
	                              .cause = GAP_SILENCE,
	                              .from_us = at(from),
	                              .to_us = at(to),
	                              .heals_until_us = at("23:00")});
	cover_apply(&c->cover, "firn/gap");
}

static void
later_gap(struct verdict_case *c)
{
	open_gap(c, "Audit.Exchange", "14:00", "15:00");
}

/* In it a way back may have been opened. */
static void
earlier_gap(struct verdict_case *c)
{
	open_gap(c, "Audit.AzureActiveDirectory", "10:10", "10:20");
}

static struct unseen *
add_unseen(struct verdict_case *c, enum unseen_cause cause)
{
	struct unseen *unseen = &c->unseen[c->unseen_count++];

	*unseen = (struct unseen){.cause = cause,
	    .from_us = at("10:00"),
	    .to_us = EVENT_NO_TIME,
	    .detail = SLICE("it is so"),
	    .heals_until_us = EVENT_NO_TIME,
	    .index = NO_ACT};
	return unseen;
}

static void
is_blind(struct verdict_case *c)
{
	static const struct slice place = SLICE_INIT("kim@contoso.example");
	struct unseen *unseen = add_unseen(c, UNSEEN_BLIND);

	unseen->places = &place;
	unseen->place_count = 1;
}

static void
log_was_off(struct verdict_case *c)
{
	add_unseen(c, UNSEEN_BLIND)->to_us = at("10:30");
}

static void
is_forged(struct verdict_case *c)
{
	add_unseen(c, UNSEEN_FORGED)->to_us = at("10:30");
}

static void
is_erased(struct verdict_case *c)
{
	add_unseen(c, UNSEEN_ERASED)->to_us = at("10:30");
}

static void
is_older(struct verdict_case *c)
{
	add_unseen(c, UNSEEN_REACH)->from_us = EVENT_NO_TIME;
}

static const struct {
	const char *name;
	void (*change)(struct verdict_case *c);
	const char *reason;
} against[] = {
    {"open way", open_way, "inbox rule 'kim-1' of kim@contoso.example is open"},
    {"shut way", shut_way, "no later state shows that it is gone"},
    {"never closed", never_closed, "nothing in the log closed it"},
    {"unchecked way", unchecked_way,
        "way back by hidden inbox rule: kim@contoso.example"},
    {"checked early", checked_early, "before the intruder was last there"},
    {"seen early", seen_early, "nothing in the log closed it"},
    {"checked by nobody", checked_by_nobody, "an unknown time"},
    {"no ways", no_ways, "no way back was looked for"},
    {"no acts", no_acts, "no act in the data"},
    {"act without time", act_without_time, "have no time"},
    {"late stream", late_stream,
        "contoso/Audit.SharePoint (files and sites) is complete to "},
    {"no coverage", no_coverage, "no source that is followed shows mailboxes"},
    {"other stream", other_stream, "contoso/topic/0"},
    {"later gap", later_gap, "a suspected gap of mailboxes"},
    {"earlier gap", earlier_gap, "a suspected gap of sign-ins"},
    {"blind", is_blind, "it is so"},
    {"log was off", log_was_off, "it is so"},
    {"forged", is_forged, "it is so"},
    {"older", is_older, "it is so"},
    {"erased", is_erased, "it is so"},
};

#define AGAINST (sizeof(against) / sizeof(against[0]))

static void
each_against(void **state)
{
	(void)state;
	for (size_t i = 0; i < AGAINST; i++) {
		struct verdict_case c;

		begin(&c);
		against[i].change(&c);
		if (judge(&c) != VERDICT_NOT_ESTABLISHED)
			fail_msg("%s: %s", against[i].name,
			    damage_verdict_name(c.got.verdict));
		assert_true(c.got.since_us == EVENT_NO_TIME);
		assert_reason(&c, against[i].reason);
		end(&c);
	}
}

/* --- what does not stand against it --- */

static void
mailbox_was_off(struct verdict_case *c)
{
	is_blind(c);
	c->unseen[0].to_us = at("11:00");
}

static void
data_end(struct verdict_case *c)
{
	add_unseen(c, UNSEEN_REACH)->from_us = at("18:00");
}

static void
healed_gap(struct verdict_case *c)
{
	later_gap(c);
	gap_write_healed(&c->cover.text, "contoso", "k");
	cover_apply(&c->cover, "firn/gap");
}

static void
state_stream(struct verdict_case *c)
{
	cover_open(&c->cover, "state.users", 7, at("18:00"));
}

static void
failed_signin(struct verdict_case *c)
{
	add_act(c, "16:00", CERTAINLY_INTRUDER)->outcome = OUTCOME_FAILURE;
}

static void
owner_again(struct verdict_case *c)
{
	add_act(c, "15:00", LIKELY_INTRUDER);
	c->cols[2][EV_SESSION] = SLICE("new");
	add_act(c, "16:00", LIKELY_INTRUDER);
	c->cols[3][EV_SESSION] = SLICE("");
}

static void
stated_instead(struct verdict_case *c)
{
	no_coverage(c);
	c->said[c->said_count++] =
	    (struct damage_statement){.kind = STATEMENT_STATE,
	        .way = WAY_COUNT,
	        .source = SLICE("o365"),
	        .by = SLICE("Ann"),
	        .until_us = at("17:00"),
	        .at_us = at("18:00")};
}

static void
none_against(void **state)
{
	static void (*const changes[])(struct verdict_case * c) = {
	    mailbox_was_off, data_end, healed_gap, state_stream, failed_signin,
	    owner_again, stated_instead, seen_late};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		struct verdict_case c;

		begin(&c);
		changes[i](&c);
		if (judge(&c) != VERDICT_NONE_SEEN)
			fail_msg("case %zu: %s", i, c.got.reasons[1].ptr);
		assert_true(c.got.since_us == at("12:00"));
		end(&c);
	}
}

/* --- it goes on --- */

static void
goes_on(void **state)
{
	struct verdict_case c;

	(void)state;
	begin(&c);
	add_act(&c, "16:00", CERTAINLY_INTRUDER);
	assert_int_equal(judge(&c), VERDICT_CONTINUES);
	assert_reason(&c, "last use 2026-10-05 16:00:00");
	assert_reason(&c, "after the last closing at 2026-10-05 12:00:00");
	/* Only likely, but by a mark of the intruder's own. */
	c.acts[2].certainty = LIKELY_INTRUDER;
	assert_int_equal(judge(&c), VERDICT_CONTINUES);
	/* By a shared mark, in a session that was to be dead. */
	c.acts[2].mark = 1;
	assert_int_equal(judge(&c), VERDICT_CONTINUES);
	c.cols[2][EV_SESSION] = SLICE("new");
	assert_int_equal(judge(&c), VERDICT_NONE_SEEN);
	/* Whose sessions are open needs no new one. */
	c.ways[SESSION].state = WAY_OPEN;
	assert_int_equal(judge(&c), VERDICT_CONTINUES);
	end(&c);
}

/* What was given out before the closing was good a little longer. */
static void
tokens_end(void **state)
{
	struct verdict_case c;

	(void)state;
	begin(&c);
	add_act(&c, "13:00", CERTAINLY_INTRUDER);
	assert_int_equal(judge(&c), VERDICT_NONE_SEEN);
	assert_true(c.got.since_us == at("13:00"));
	late_stream(&c);
	assert_int_equal(judge(&c), VERDICT_CONTINUES);
	end(&c);
}

static void
open_until_now(void **state)
{
	struct verdict_case c;

	(void)state;
	begin(&c);
	for (size_t i = 0; i < c.way_count; i++) {
		c.ways[i].state = WAY_OPEN;
		c.ways[i].closed_us = EVENT_NO_TIME;
	}
	assert_int_equal(judge(&c), VERDICT_CONTINUES);
	assert_reason(&c, "no way back was closed");
	open_way(&c);
	assert_int_equal(judge(&c), VERDICT_NOT_ESTABLISHED);
	assert_true(c.got.settle_count > 0);
	end(&c);
}

static void
attempt(void **state)
{
	struct verdict_case c;

	(void)state;
	begin(&c);
	failed_signin(&c);
	judge(&c);
	assert_reason(&c, "last attempt that failed 2026-10-05 16:00:00");
	end(&c);
}

/* --- properties --- */

static uint64_t
next(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Some of what stands against it, and some acts and states by chance. */
static void
make(struct verdict_case *c, uint64_t *seed)
{
	begin(c);
	for (size_t i = 0; i < AGAINST; i++)
		if (next(seed) % 12 == 0 && c->unseen_count < 3 &&
		    against[i].change != later_gap)
			against[i].change(c);
	for (size_t i = 0; i < c->way_count; i++)
		if (next(seed) % 8 == 0)
			c->ways[i].state =
			    (enum way_state)(next(seed) % WAY_STATES);
	while (next(seed) % 2 && c->act_count < ACTS_MAX) {
		char time[8];

		snprintf(time, sizeof(time), "%02u:%02u",
		    (unsigned)(9 + next(seed) % 9),
		    (unsigned)(next(seed) % 60));
		add_act(c, time, (enum certainty)(next(seed) % 3));
	}
}

static void
reopen(struct way_back *way)
{
	way->closed_us = EVENT_NO_TIME;
	if (way->state != WAY_UNCHECKED)
		way->state = WAY_OPEN;
}

static void
less_is_never_more(void **state)
{
	uint64_t seed = 7;
	size_t seen = 0;

	(void)state;
	for (int turn = 0; turn < 400; turn++) {
		struct verdict_case c;
		enum verdict before;
		struct way_back kept;

		make(&c, &seed);
		before = judge(&c);
		seen += before == VERDICT_NONE_SEEN;
		for (size_t i = 0; i < c.way_count; i++) {
			kept = c.ways[i];
			reopen(&c.ways[i]);
			assert_int_not_equal(judge(&c), VERDICT_NONE_SEEN);
			c.ways[i] = kept;
		}
		later_gap(&c);
		assert_int_not_equal(judge(&c), VERDICT_NONE_SEEN);
		end(&c);
	}
	/* Or it would say nothing. */
	assert_true(seen > 10);
}

static void
swap(void *a, void *b, size_t size)
{
	char room[sizeof(struct act) + sizeof(struct way_back)];

	memcpy(room, a, size);
	memmove(a, b, size);
	memcpy(b, room, size);
}

static void
any_order(void **state)
{
	uint64_t seed = 11;

	(void)state;
	for (int turn = 0; turn < 200; turn++) {
		struct verdict_case c;
		struct damage_verdict first;

		make(&c, &seed);
		judge(&c);
		first = c.got;
		for (size_t i = 1; i < c.act_count; i++)
			swap(&c.acts[i], &c.acts[next(&seed) % (i + 1)],
			    sizeof(c.acts[0]));
		for (size_t i = 1; i < c.way_count; i++)
			swap(&c.ways[i], &c.ways[next(&seed) % (i + 1)],
			    sizeof(c.ways[0]));
		judge(&c);
		assert_int_equal(c.got.verdict, first.verdict);
		assert_true(c.got.since_us == first.since_us);
		assert_true(c.got.last_us == first.last_us);
		assert_int_equal(c.got.last_index, first.last_index);
		assert_true(c.got.closed_us == first.closed_us);
		assert_true(c.got.complete_us == first.complete_us);
		assert_true(slice_eq(c.got.reasons[0], first.reasons[0]));
		assert_int_equal(c.got.reason_count, first.reason_count);
		end(&c);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(none_seen),
	    cmocka_unit_test(each_against),
	    cmocka_unit_test(none_against),
	    cmocka_unit_test(goes_on),
	    cmocka_unit_test(tokens_end),
	    cmocka_unit_test(open_until_now),
	    cmocka_unit_test(attempt),
	    cmocka_unit_test(less_is_never_more),
	    cmocka_unit_test(any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
