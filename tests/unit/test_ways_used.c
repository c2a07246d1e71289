#include "state_case.h"

#include "incident/ways.h"

/*
 * An account that was closed, and used again: times are seconds after the begin
 * of 5 October 2026, at 100 the password is set anew, at 200 sessions end.
 */
#define BEGIN_US INT64_C(1791158400000000)
#define AT(s)    (BEGIN_US + (int64_t)(s)*1000000)
#define BOB      "00000000-0000-4000-8000-000000000b0b"
#define TOKEN_S  5400 /* that an access token lives */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define CHANGE(w, v)                                                           \
	{                                                                      \
		.way = (w), .verb = (v), .object = SLICE_INIT(BOB),            \
		.until_us = EVENT_NO_TIME                                      \
	}

static const struct way_change reset[] = {CHANGE(WAY_PASSWORD, WAY_CLOSES)};
static const struct way_change revoke[] = {
    CHANGE(WAY_SESSION, WAY_CLOSES), CHANGE(WAY_REFRESH_TOKEN, WAY_CLOSES)};
static const struct way_change signin[] = {CHANGE(WAY_PASSWORD, WAY_USES)};

struct used {
	struct act acts[8];
	struct slice cols[8][EV_COLUMNS];
	size_t count;
	struct state *state;
	struct arena arena;
	const struct way_back *ways;
	size_t way_count;
};

static void
set_session(struct used *u, const struct act *act, const char *session)
{
	u->cols[act - u->acts][EV_SESSION] = slice_cstr(session);
}

static struct act *
add(struct used *u, int64_t seconds, enum certainty certainty,
    const struct way_change *changes, uint32_t count)
{
	struct act *act = &u->acts[u->count];

	*act = (struct act){.index = 100 + u->count,
	    .time_us = AT(seconds),
	    .kind = KIND_O365_AUDIT,
	    .outcome = OUTCOME_SUCCESS,
	    .col = u->cols[u->count],
	    .certainty = certainty,
	    .changes = changes,
	    .change_count = count,
	    .mark = NO_MARK};
	u->count++;
	if (certainty == NOT_INTRUDER) {
		act->account = SLICE("admin@a.example");
		return act;
	}
	act->account = SLICE("bob@a.example");
	act->account_id = SLICE(BOB);
	set_session(u, act, "session");
	return act;
}

static void
fold(struct used *u)
{
	struct ways_of of = {.acts = u->acts,
	    .act_count = u->count,
	    .state = u->state,
	    .as_of_us = AT(100000),
	    .arena = &u->arena};

	u->way_count = ways_find(&of, &u->ways);
}

static const struct way_back *
get(const struct used *u, enum way way)
{
	for (size_t i = 0; i < u->way_count; i++)
		if (u->ways[i].way == way &&
		    slice_eq(u->ways[i].object, SLICE(BOB)))
			return &u->ways[i];
	fail_msg("no %s", way_kinds[way].name);
	return NULL;
}

static void
used_again(void **state)
{
	static const struct {
		const char *name;
		int64_t at;
		enum certainty certainty;
		enum event_outcome outcome;
		const char *account, *session;
		bool not_reset, password, revoked_again;
		enum way_state sessions, passwords;
	} cases[] = {
	    {"by a token from before", 200 + TOKEN_S, CERTAINLY_INTRUDER,
	        OUTCOME_SUCCESS, BOB, "s", false, false, false, WAY_SHUT,
	        WAY_SHUT},
	    {"in another session", 201 + TOKEN_S, CERTAINLY_INTRUDER,
	        OUTCOME_SUCCESS, BOB, "s", false, false, false, WAY_OPEN,
	        WAY_SHUT},
	    {"known by the address alone", 201 + TOKEN_S, CERTAINLY_INTRUDER,
	        OUTCOME_SUCCESS, BOB, "", false, false, false, WAY_SHUT,
	        WAY_SHUT},
	    {"by the new password", 201 + TOKEN_S, CERTAINLY_INTRUDER,
	        OUTCOME_SUCCESS, BOB, "s", false, true, false, WAY_OPEN,
	        WAY_OPEN},
	    {"in vain", 201 + TOKEN_S, CERTAINLY_INTRUDER, OUTCOME_FAILURE, BOB,
	        "s", false, true, false, WAY_SHUT, WAY_SHUT},
	    {"by the owner", 201 + TOKEN_S, LIKELY_INTRUDER, OUTCOME_SUCCESS,
	        BOB, "s", false, true, false, WAY_SHUT, WAY_SHUT},
	    {"by whoever has the password", 201 + TOKEN_S, LIKELY_INTRUDER,
	        OUTCOME_SUCCESS, BOB, "s", true, false, false, WAY_OPEN,
	        WAY_OPEN},
	    {"and closed again", 201 + TOKEN_S, CERTAINLY_INTRUDER,
	        OUTCOME_SUCCESS, BOB, "s", false, false, true, WAY_SHUT,
	        WAY_SHUT},
	    {"in another account", 201 + TOKEN_S, CERTAINLY_INTRUDER,
	        OUTCOME_SUCCESS, "00000000-0000-4000-8000-00000000a11ce", "s",
	        false, false, false, WAY_SHUT, WAY_SHUT},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct used u = {0};
		struct act *act;

		add(&u, 10, LIKELY_INTRUDER, NULL, 0);
		if (!cases[i].not_reset)
			add(&u, 100, NOT_INTRUDER, reset, 1);
		add(&u, 200, NOT_INTRUDER, revoke, 2);
		act = add(&u, cases[i].at, cases[i].certainty, signin,
		    cases[i].password);
		act->outcome = cases[i].outcome;
		act->account_id = slice_cstr(cases[i].account);
		if (!slice_eq(act->account_id, SLICE(BOB)))
			act->account = SLICE("ann@a.example");
		set_session(&u, act, cases[i].session);
		if (cases[i].revoked_again)
			add(&u, 9000, NOT_INTRUDER, revoke, 2);
		fold(&u);
		if (get(&u, WAY_SESSION)->state != cases[i].sessions ||
		    get(&u, WAY_REFRESH_TOKEN)->state != cases[i].sessions ||
		    get(&u, WAY_PASSWORD)->state != cases[i].passwords)
			fail_msg("%s", cases[i].name);
		arena_release(&u.arena);
	}
}

/* A list of sessions that ended before that use has the same session still. */
static void
used_after_the_list_says(void **state)
{
	struct used u = {0};

	(void)state;
	u.state = state_new();
	add(&u, 10, LIKELY_INTRUDER, NULL, 0);
	add(&u, 100, NOT_INTRUDER, reset, 1);
	add(&u, 200, NOT_INTRUDER, revoke, 2);
	state_case_day(u.state, 10, "state.users", "2026-10-06",
	    "{'id':'" BOB "','userPrincipalName':'bob@a.example',"
	    "'lastPasswordChangeDateTime':'2026-10-05T00:01:40Z',"
	    "'signInSessionsValidFromDateTime':'2026-10-05T00:03:20Z'}");
	state_case_whole(u.state, 12, "2026-10-06");
	fold(&u);
	assert_int_equal(get(&u, WAY_SESSION)->state, WAY_GONE);
	add(&u, 201 + TOKEN_S, CERTAINLY_INTRUDER, NULL, 0);
	fold(&u);
	assert_int_equal(get(&u, WAY_SESSION)->state, WAY_OPEN);
	assert_int_equal(get(&u, WAY_PASSWORD)->state, WAY_GONE);
	state_free(u.state);
	arena_release(&u.arena);
}

/* What is said of a way is good as long as the arena, not as the lists. */
static void
outlives_the_lists(void **state)
{
	struct used u = {0};

	(void)state;
	u.state = state_new();
	add(&u, 10, LIKELY_INTRUDER, NULL, 0)->account_id = SLICE("");
	state_case_day(u.state, 10, "state.users", "2026-10-06",
	    "{'id':'" BOB "','userPrincipalName':'bob@a.example',"
	    "'lastPasswordChangeDateTime':'2026-10-05T00:01:40Z',"
	    "'signInSessionsValidFromDateTime':'2026-10-05T00:03:20Z'}");
	state_case_whole(u.state, 12, "2026-10-06");
	fold(&u);
	state_free(u.state);
	assert_true(
	    slice_eq(get(&u, WAY_PASSWORD)->where, SLICE("state.users")));
	arena_release(&u.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(used_again),
	    cmocka_unit_test(used_after_the_list_says),
	    cmocka_unit_test(outlives_the_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
