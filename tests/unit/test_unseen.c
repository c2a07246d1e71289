#include "unseen_case.h"

/* --- gaps --- */

static void
gap(void **state)
{
	struct unseen_case c;
	const struct unseen *unseen;

	(void)state;
	begin(&c);
	add_act(&c, "2026-10-05T12:00");
	gap_of(&c, GAP_EXPIRED, "Audit.Exchange", "2026-10-06", "2026-10-07");
	find(&c);
	unseen = one(&c, UNSEEN_GAP);
	/* Events are older than what brings them: an hour, as it was seen. */
	assert_true(
	    unseen->from_us <= cover_at("2026-10-06") - COVER_HOUR_US / 2);
	assert_true(unseen->from_us > cover_at("2026-10-05"));
	assert_true(unseen->to_us == cover_at("2026-10-07"));
	assert_place(unseen, "kim@contoso.example");
	assert_true(slice_eq(unseen->stream, SLICE("Audit.Exchange")));
	assert_true(strstr(unseen->detail.ptr, "a gap of mailboxes") != NULL);
	end(&c);
}

static void
no_gap(void **state)
{
	struct unseen_case c;

	(void)state;
	begin(&c);
	add_act(&c, "2026-10-05T12:00");
	/* Long before; of what shows no reading; told by another path. */
	gap_of(&c, GAP_EXPIRED, "Audit.Exchange", "2026-10-01", "2026-10-02");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_GAP), 0);
	gap_write_healed(&c.cover.text, "contoso", "k1");
	cover_apply(&c.cover, "firn/gap");
	gap_of(&c, GAP_EXPIRED, "Audit.AzureActiveDirectory", "2026-10-06",
	    "2026-10-07");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_GAP), 0);
	gap_write_healed(&c.cover.text, "contoso", "k1");
	cover_apply(&c.cover, "firn/gap");
	gap_of(&c, GAP_ONE_PATH, "Audit.Exchange", "2026-10-06", "2026-10-07");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_GAP), 0);
	gap_write_healed(&c.cover.text, "contoso", "k1");
	cover_apply(&c.cover, "firn/gap");
	gap_of(&c, GAP_EXPIRED, "Audit.Exchange", "2026-10-06", "2026-10-07");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_GAP), 1);
	gap_write_healed(&c.cover.text, "contoso", "k1");
	cover_apply(&c.cover, "firn/gap");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_GAP), 0);
	end(&c);
}

/* It may hide what came before the first act that is known. */
static void
gap_before(void **state)
{
	struct unseen_case c;

	(void)state;
	begin(&c);
	add_act(&c, "2026-10-05T12:00");
	gap_of(&c, GAP_SILENCE, "Audit.Exchange", "2026-10-04T20:00",
	    "2026-10-04T23:00");
	find(&c);
	assert_true(
	    one(&c, UNSEEN_GAP)->from_us == cover_at("2026-10-04T20:00"));
	assert_true(strstr(one(&c, UNSEEN_GAP)->detail.ptr, "suspected"));
	end(&c);
}

/* Without an act all that is in the data may be the intruder's time. */
static void
gap_without_acts(void **state)
{
	struct unseen_case c;

	(void)state;
	begin(&c);
	gap_of(&c, GAP_EXPIRED, "Audit.Exchange", "2026-10-01", "2026-10-02");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_GAP), 1);
	end(&c);
}

/* --- which mailboxes --- */

static void
places(void **state)
{
	static const struct {
		const char *why;
		struct way_change change;
		bool app_only, failed, all;
	} cases[] = {
	    {"app-only", {.way = WAY_COUNT}, true, false, true},
	    {"app-only, refused", {.way = WAY_COUNT}, true, true, false},
	    {"mail for an app",
	        {.way = WAY_APP_ROLE, .detail = SLICE_INIT("Mail.Read")}, false,
	        false, true},
	    {"another right",
	        {.way = WAY_APP_ROLE, .detail = SLICE_INIT("Calendars.Read")},
	        false, false, false},
	    {"administrator", {.way = WAY_DIRECTORY_ROLE}, false, false, true},
	    {"a rule", {.way = WAY_INBOX_RULE}, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct unseen_case c;
		struct act *act;

		begin(&c);
		act = add_act(&c, "2026-10-05T12:00");
		act->app_only = cases[i].app_only;
		if (cases[i].failed)
			act->outcome = OUTCOME_FAILURE;
		if (cases[i].change.way != WAY_COUNT) {
			act->changes = &cases[i].change;
			act->change_count = 1;
		}
		gap_of(&c, GAP_EXPIRED, "Audit.Exchange", "2026-10-06",
		    "2026-10-07");
		find(&c);
		if (one(&c, UNSEEN_GAP)->place_count != !cases[i].all)
			fail_msg("%s", cases[i].why);
		end(&c);
	}
}

static void
other_mailbox(void **state)
{
	struct unseen_case c;
	struct act *act;
	const struct unseen *unseen;

	(void)state;
	begin(&c);
	act = add_act(&c, "2026-10-05T12:00");
	act->mailbox = SLICE("Ann@contoso.example");
	gap_of(&c, GAP_EXPIRED, "Audit.Exchange", "2026-10-06", "2026-10-07");
	find(&c);
	unseen = one(&c, UNSEEN_GAP);
	assert_int_equal(unseen->place_count, 2);
	assert_true(slice_eq(unseen->places[0], SLICE("ann@contoso.example")));
	c.marks[0].cut = true;
	act->account = SLICE("");
	find(&c);
	assert_place(one(&c, UNSEEN_GAP), "ann@contoso.example");
	end(&c);
}

/* --- what was switched off --- */

static void
blinds(void **state)
{
	static const struct {
		enum blind_cause cause;
		unsigned blind, ediscovery;
		enum certainty by;
		const char *place;
	} cases[] = {
	    {BLIND_LOG_OFF, 1, 0, NOT_INTRUDER, ""},
	    {BLIND_MAILBOX_OFF, 1, 0, NOT_INTRUDER, "kim@contoso.example"},
	    {BLIND_MAILBOX_OFF, 0, 0, NOT_INTRUDER, "ann@contoso.example"},
	    {BLIND_MAILBOX_OFF, 1, 0, CERTAINLY_INTRUDER,
	        "ann@contoso.example"},
	    {BLIND_BYPASS, 1, 0, LIKELY_INTRUDER, "kim@contoso.example"},
	    {BLIND_LICENCE, 1, 0, NOT_INTRUDER, "kim@contoso.example"},
	    {BLIND_THROTTLED, 1, 0, NOT_INTRUDER, "kim@contoso.example"},
	    {BLIND_THROTTLED, 0, 0, CERTAINLY_INTRUDER, "kim@contoso.example"},
	    {BLIND_EDISCOVERY, 0, 1, CERTAINLY_INTRUDER, "ann@contoso.example"},
	    {BLIND_EDISCOVERY, 0, 0, NOT_INTRUDER, "kim@contoso.example"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct unseen_case c;
		struct act *act;
		struct blind blind = {.cause = cases[i].cause,
		    .place = slice_cstr(cases[i].place),
		    .to_us = EVENT_NO_TIME};

		begin(&c);
		add_act(&c, "2026-10-05T12:00");
		act = add_act(&c, "2026-10-06T12:00");
		act->certainty = cases[i].by;
		act->blinds = &blind;
		act->blind_count = 1;
		find(&c);
		if (count(&c, UNSEEN_BLIND) != cases[i].blind ||
		    count(&c, UNSEEN_EDISCOVERY) != cases[i].ediscovery)
			fail_msg("case %zu", i);
		act->outcome = OUTCOME_FAILURE;
		find(&c);
		assert_int_equal(count(&c, UNSEEN_BLIND), 0);
		end(&c);
	}
}

static void
switched_on_again(void **state)
{
	struct blind off = {.cause = BLIND_LOG_OFF, .to_us = EVENT_NO_TIME};
	struct blind on = {
	    .cause = BLIND_LOG_OFF, .ends = true, .to_us = EVENT_NO_TIME};
	struct unseen_case c;
	const struct unseen *unseen;
	struct act *act, swap;

	(void)state;
	begin(&c);
	act = add_act(&c, "2026-10-05T12:00");
	act->blinds = &off;
	act->blind_count = 1;
	act = add_act(&c, "2026-10-06T12:00");
	act->blinds = &on;
	act->blind_count = 1;
	add_act(&c, "2026-10-07T12:00");
	for (int turn = 0; turn < 2; turn++) {
		find(&c);
		unseen = one(&c, UNSEEN_BLIND);
		assert_true(unseen->from_us == cover_at("2026-10-05T12:00"));
		assert_true(unseen->to_us == cover_at("2026-10-06T12:00"));
		assert_int_equal(unseen->place_count, 0);
		swap = c.acts[0];
		c.acts[0] = c.acts[1];
		c.acts[1] = swap;
	}
	/* Only that it was switched on: before, it may have been off. */
	c.acts[0].blind_count = 0;
	find(&c);
	unseen = one(&c, UNSEEN_BLIND);
	assert_true(unseen->from_us == EVENT_NO_TIME);
	assert_true(unseen->to_us == cover_at("2026-10-06T12:00"));
	end(&c);
}

/* --- forged --- */

static struct act *
add_signin(struct unseen_case *c, const char *when, const char *session)
{
	struct act *act = add_act(c, when);

	act->signin = true;
	act->certainty = NOT_INTRUDER;
	col_of(c, act)[EV_SESSION] = slice_cstr(session);
	return act;
}

static void
forged(void **state)
{
	struct unseen_case c;
	const struct unseen *unseen;

	(void)state;
	begin(&c);
	add_signin(&c, "2026-10-04T12:00", "S1");
	add_act(&c, "2026-10-05T12:00");
	c.cols[1][EV_SESSION] = SLICE("s1");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_FORGED), 0);
	c.cols[1][EV_SESSION] = SLICE("s2");
	find(&c);
	unseen = one(&c, UNSEEN_FORGED);
	assert_place(unseen, "kim@contoso.example");
	assert_true(unseen->from_us == c.acts[1].time_us);
	/* Not where no sign-ins of the account are, that week. */
	c.acts[0].time_us = cover_at("2026-09-20");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_FORGED), 0);
	c.acts[0].time_us = cover_at("2026-10-04");
	c.acts[0].account = SLICE("ann@contoso.example");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_FORGED), 0);
	/* Nor of a session that may be older than the data. */
	c.acts[0].account = c.acts[1].account;
	c.from = "2026-10-04T18:00";
	find(&c);
	assert_int_equal(count(&c, UNSEEN_FORGED), 0);
	c.from = "2026-09-01";
	c.acts[1].certainty = NOT_INTRUDER;
	find(&c);
	assert_int_equal(count(&c, UNSEEN_FORGED), 0);
	end(&c);
}

static void
forged_token_of_app(void **state)
{
	struct unseen_case c;
	struct act *act;

	(void)state;
	begin(&c);
	act = add_signin(&c, "2026-10-04T12:00", "");
	act->kind = KIND_SIGNIN_SP;
	act->app_only = true;
	col_of(&c, act)[EV_APP_ID] = SLICE("app-1");
	act->token = SLICE("t1");
	act = add_act(&c, "2026-10-05T12:00");
	act->app_only = true;
	col_of(&c, act)[EV_APP_ID] = SLICE("app-1");
	act->token = SLICE("t1");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_FORGED), 0);
	act->token = SLICE("t2");
	find(&c);
	assert_int_equal(one(&c, UNSEEN_FORGED)->place_count, 0);
	end(&c);
}

/* --- how far the data reach --- */

static void
reach(void **state)
{
	struct unseen_case c;

	(void)state;
	begin(&c);
	add_act(&c, "2026-10-05T12:00");
	find(&c);
	assert_true(one(&c, UNSEEN_REACH)->from_us == cover_at("2026-10-20"));
	assert_true(one(&c, UNSEEN_REACH)->to_us == EVENT_NO_TIME);
	c.from = "2026-10-05T00:00";
	find(&c);
	assert_int_equal(count(&c, UNSEEN_REACH), 2);
	assert_true(c.found[0].from_us == EVENT_NO_TIME);
	assert_true(c.found[0].to_us == cover_at("2026-10-05"));
	end(&c);
}

static void
incomplete(void **state)
{
	struct unseen_case c;
	const struct unseen *unseen;

	(void)state;
	begin(&c);
	add_act(&c, "2026-10-05T12:00");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_INCOMPLETE), 0);
	add_act(&c, "2026-10-18T23:30");
	find(&c);
	/* Less than its delay is left of Exchange and of all others. */
	assert_int_equal(count(&c, UNSEEN_INCOMPLETE), 3);
	cover_clock(&c.cover, "Audit.Exchange", cover_at("2026-10-20"));
	cover_clock(&c.cover, "Audit.General", cover_at("2026-10-20"));
	find(&c);
	unseen = one(&c, UNSEEN_INCOMPLETE);
	assert_true(slice_eq(unseen->stream, SLICE("Audit.SharePoint")));
	c.said[c.said_count++] =
	    (struct damage_statement){.kind = STATEMENT_STATE,
	        .way = WAY_COUNT,
	        .source = SLICE("contoso"),
	        .until_us = cover_at("2026-10-19"),
	        .at_us = cover_at("2026-10-19T12:00")};
	find(&c);
	assert_int_equal(count(&c, UNSEEN_INCOMPLETE), 0);
	/* Nobody knows what comes later than he says it. */
	c.said[0].at_us = cover_at("2026-10-18");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_INCOMPLETE), 1);
	end(&c);
}

static void
imported(void **state)
{
	struct unseen_case c;

	(void)state;
	begin(&c);
	cover_release(&c.cover);
	cover_init(&c.cover, "2026-10-20");
	add_act(&c, "2026-10-05T12:00");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_INCOMPLETE), 3);
	c.said[c.said_count++] =
	    (struct damage_statement){.kind = STATEMENT_STATE,
	        .way = WAY_COUNT,
	        .source = SLICE("o365"),
	        .until_us = cover_at("2026-10-19"),
	        .at_us = cover_at("2026-10-19")};
	find(&c);
	assert_int_equal(count(&c, UNSEEN_INCOMPLETE), 0);
	end(&c);
}

/* Of them it is known when they were received, and nothing else. */
static void
erased(void **state)
{
	struct unseen_case c;
	const struct unseen *unseen;

	(void)state;
	begin(&c);
	add_act(&c, "2026-10-05T12:00");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_ERASED), 0);
	c.erased = (struct unseen_erased){.count = 12,
	    .first_us = cover_at("2026-10-05T12:30"),
	    .last_us = cover_at("2026-10-09"),
	    .index = 77};
	find(&c);
	unseen = one(&c, UNSEEN_ERASED);
	assert_true(unseen->from_us == cover_at("2026-10-05T12:00"));
	assert_true(unseen->to_us == cover_at("2026-10-09"));
	assert_int_equal(unseen->place_count, 0);
	assert_int_equal(unseen->index, 77);
	assert_true(strstr(unseen->detail.ptr, "12 records, received"));
	end(&c);
}

/* What is so in several tenants is said once. */
static void
imported_of_two_tenants(void **state)
{
	struct unseen_case c;

	(void)state;
	begin(&c);
	cover_release(&c.cover);
	cover_init(&c.cover, "2026-10-20");
	col_of(&c, add_act(&c, "2026-10-05T12:00"))[EV_TENANT] =
	    SLICE("7f3c6a52-1111-4222-8333-444455556666");
	col_of(&c, add_act(&c, "2026-10-05T13:00"))[EV_TENANT] =
	    SLICE("7f3c6a52-1111-4222-8333-444455557777");
	find(&c);
	assert_int_equal(count(&c, UNSEEN_INCOMPLETE), 3);
	end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gap),
	    cmocka_unit_test(no_gap),
	    cmocka_unit_test(gap_before),
	    cmocka_unit_test(gap_without_acts),
	    cmocka_unit_test(places),
	    cmocka_unit_test(other_mailbox),
	    cmocka_unit_test(blinds),
	    cmocka_unit_test(switched_on_again),
	    cmocka_unit_test(forged),
	    cmocka_unit_test(forged_token_of_app),
	    cmocka_unit_test(reach),
	    cmocka_unit_test(imported),
	    cmocka_unit_test(imported_of_two_tenants),
	    cmocka_unit_test(erased),
	    cmocka_unit_test(incomplete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
