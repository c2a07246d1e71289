/*
 * Attribution: each rule alone, what it must not say, and that no order
 * matters.
 */
#include "incident/intruder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define MINUTE  INT64_C(60000000)
#define DAY     (1440 * MINUTE)

#define HOME    "198.51.100.7"
#define THEIRS  "203.0.113.66"
#define MOBILE  "192.0.2.200"
#define ANNA    "anna@example.com"
#define ANNA_ID "aaaaaaaa-0000-4000-8000-000000000001"

/* What a test says of an act; texts may be NULL. */
struct made {
	int64_t time_us;
	const char *who, *ip, *session, *token, *device, *app;
	const struct way_change *change;
	bool signin, background, app_only, failed;
};

static struct slice
text(const char *s)
{
	return s ? slice_cstr(s) : SLICE("");
}

static void
make(struct act *act, struct slice col[EV_COLUMNS], uint64_t index,
    const struct made *made)
{
	*act = (struct act){.index = index,
	    .time_us = made->time_us,
	    .kind = KIND_O365_AUDIT,
	    .outcome = made->failed ? OUTCOME_FAILURE : OUTCOME_SUCCESS,
	    .account = text(made->who),
	    .col = col,
	    .ip = text(made->ip),
	    .token = text(made->token),
	    .signin = made->signin,
	    .background = made->background,
	    .app_only = made->app_only,
	    .changes = made->change,
	    .change_count = made->change != NULL};
	col[EV_SESSION] = text(made->session);
	col[EV_DEVICE] = text(made->device);
	col[EV_APP_ID] = text(made->app);
	col[EV_ACTOR_TYPE] = made->app_only ? SLICE("app") : SLICE("user");
	if (made->who && !strcmp(made->who, ANNA))
		act->account_id = SLICE(ANNA_ID);
}

#define ACTS_MAX 16

struct attributed {
	struct act acts[ACTS_MAX];
	struct slice cols[ACTS_MAX][EV_COLUMNS];
	size_t count;
	struct intruder *intruder;
};

static void
begin(struct attributed *a, const struct made *made, size_t count)
{
	assert_true(count <= ACTS_MAX);
	*a = (struct attributed){.count = count};
	for (size_t i = 0; i < count; i++)
		make(&a->acts[i], a->cols[i], i, &made[i]);
	a->intruder = intruder_new();
}

static void
given(struct attributed *a, const char *mark)
{
	enum mark_kind kind;
	struct slice value;

	assert_true(intruder_mark_parse(slice_cstr(mark), &kind, &value));
	intruder_give(a->intruder, kind, value, RULE_GIVEN);
}

/* Addresses that are asked about are used by whoever acts from them. */
static void
spread(struct attributed *a)
{
	while (intruder_spread(a->intruder, a->acts, a->count)) {
		const struct slice *ips;
		size_t count = intruder_asks(a->intruder, &ips);

		for (size_t i = 0; i < count * a->count; i++) {
			const struct act *act = &a->acts[i % a->count];
			struct address_use use = {.ip = act->ip,
			    .account = act->app_only ? act->col[EV_APP_ID]
			                             : act->account,
			    .first_us = act->time_us,
			    .last_us = act->time_us};

			if (slice_eq(use.ip, ips[i / a->count]))
				intruder_used(a->intruder, &use);
		}
	}
}

/* "CLN": of each act whether it is certain, likely, or not the intruder's. */
static void
expect(struct attributed *a, const char *said)
{
	char got[ACTS_MAX + 1] = {0};

	for (size_t i = 0; i < a->count; i++)
		got[a->acts[i].index] = "NLC"[a->acts[i].certainty];
	assert_string_equal(got, said);
}

static void
end(struct attributed *a)
{
	intruder_free(a->intruder);
}

#define BEGIN(a, made) begin(a, made, sizeof(made) / sizeof((made)[0]))

/* --- own marks --- */

static void
test_address(void **state)
{
	const struct made made[] = {
	    {.time_us = DAY, .who = ANNA, .ip = THEIRS},
	    {.time_us = DAY, .who = ANNA, .ip = THEIRS, .background = true},
	    {.time_us = DAY, .who = ANNA, .ip = "203.0.113.67"},
	    {.time_us = DAY, .who = "bob@example.com", .ip = HOME},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "ip:" THEIRS);
	spread(&a);
	/* the third: the account is taken, and the address is new to it */
	expect(&a, "CCLN");
	end(&a);
	BEGIN(&a, made);
	given(&a, "ip:203.0.113.64/30");
	spread(&a);
	expect(&a, "CCCN");
	end(&a);
}

static void
test_within(void **state)
{
	const struct made made[] = {
	    {.time_us = DAY - 1, .who = ANNA, .ip = THEIRS},
	    {.time_us = DAY, .who = ANNA, .ip = THEIRS},
	    {.time_us = 2 * DAY, .who = ANNA, .ip = THEIRS},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	intruder_within(a.intruder, DAY, 2 * DAY);
	given(&a, "ip:" THEIRS);
	spread(&a);
	expect(&a, "NCN");
	end(&a);
}

/* --- a session that its owner is in, too --- */

static const struct made stolen[] = {
    {.time_us = DAY, .who = ANNA, .ip = HOME, .session = "old"},
    {.time_us = 2 * DAY, .who = ANNA, .ip = HOME, .session = "s"},
    {.time_us = 2 * DAY + 1, .who = ANNA, .ip = THEIRS, .session = "s"},
    {.time_us = 2 * DAY + 2, .who = ANNA, .ip = HOME, .session = "s"},
    {.time_us = 2 * DAY + 3, .who = ANNA, .ip = MOBILE, .session = "s"},
    {.time_us = 2 * DAY + 4, .who = ANNA, .background = true},
    {.time_us = 2 * DAY + 5, .who = ANNA, .ip = THEIRS},
};

static void
test_session_given(void **state)
{
	struct attributed a;

	(void)state;
	BEGIN(&a, stolen);
	given(&a, "session:s");
	spread(&a);
	/* never certain: the owner's new telephone looks the same */
	expect(&a, "NNLNLNL");
	assert_int_equal(a.acts[3].why, NOT_KNOWN_PLACE);
	assert_int_equal(a.acts[5].why, NOT_BACKGROUND);
	end(&a);
}

static void
test_session_followed(void **state)
{
	struct attributed a;

	(void)state;
	BEGIN(&a, stolen);
	given(&a, "ip:" THEIRS);
	spread(&a);
	expect(&a, "NNCNLNC");
	end(&a);
}

static void
test_cut(void **state)
{
	struct attributed a;

	(void)state;
	BEGIN(&a, stolen);
	intruder_cut(a.intruder, MARK_IP, SLICE(MOBILE));
	intruder_cut(a.intruder, MARK_RECORD, SLICE("2"));
	given(&a, "ip:" THEIRS);
	spread(&a);
	expect(&a, "NNNNNNC");
	assert_int_equal(a.acts[2].why, NOT_CUT);
	assert_int_equal(a.acts[4].why, NOT_CUT);
	end(&a);
}

/* --- an account --- */

static void
test_account_given_alone(void **state)
{
	const struct made made[] = {
	    {.time_us = DAY, .who = ANNA, .ip = HOME},
	    {.time_us = 2 * DAY, .who = "Anna@Example.com", .ip = MOBILE},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "user:Anna@example.com");
	spread(&a);
	/* nothing says since when: all of it may be the intruder's */
	expect(&a, "LL");
	end(&a);
	BEGIN(&a, made);
	intruder_within(a.intruder, 2 * DAY, INT64_MAX);
	given(&a, "user:" ANNA_ID);
	spread(&a);
	expect(&a, "NL");
	end(&a);
}

static void
test_account_given_back(void **state)
{
	const struct way_change reset = {.way = WAY_PASSWORD,
	    .verb = WAY_CLOSES,
	    .object = SLICE(ANNA_ID),
	    .holder = SLICE(ANNA_ID)};
	const struct made made[] = {
	    {.time_us = DAY, .who = ANNA, .ip = THEIRS, .session = "s"},
	    {.time_us = 2 * DAY, .who = ANNA, .ip = MOBILE},
	    {.time_us = 3 * DAY, .who = "admin@example.com", .change = &reset},
	    {.time_us = 4 * DAY, .who = ANNA, .ip = MOBILE},
	    {.time_us = 5 * DAY, .who = ANNA, .ip = THEIRS},
	    {.time_us = 6 * DAY, .who = ANNA, .ip = MOBILE},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "ip:" THEIRS);
	spread(&a);
	/* the intruder came back: from then on it is taken again */
	expect(&a, "CLNNCL");
	assert_int_equal(a.acts[3].why, NOT_BEFORE);
	end(&a);
}

/* --- what follows from an act --- */

static void
test_follows(void **state)
{
	const struct way_change device = {.way = WAY_DEVICE,
	    .verb = WAY_OPENS,
	    .object = SLICE("device-1"),
	    .name = SLICE("DESKTOP-1"),
	    .holder = SLICE(ANNA_ID)};
	const struct way_change account = {.way = WAY_ACCOUNT,
	    .verb = WAY_OPENS,
	    .object = SLICE("new-id"),
	    .name = SLICE("new@example.com"),
	    .holder = SLICE("new-id")};
	const struct way_change app = {.way = WAY_APP,
	    .verb = WAY_OPENS,
	    .object = SLICE("app-1"),
	    .holder = SLICE("sp-1")};
	const struct made made[] = {
	    {.time_us = DAY,
	        .who = ANNA,
	        .ip = THEIRS,
	        .token = "Tok",
	        .signin = true},
	    {.time_us = DAY + 1, .who = ANNA, .ip = MOBILE, .token = "Tok"},
	    {.time_us = DAY + 2,
	        .who = ANNA,
	        .ip = "192.0.2.77",
	        .token = "tok"},
	    {.time_us = DAY + 3, .who = ANNA, .ip = THEIRS, .change = &device},
	    {.time_us = DAY + 4,
	        .who = "bob@example.com",
	        .ip = MOBILE,
	        .device = "DESKTOP-1"},
	    {.time_us = DAY + 5, .who = ANNA, .ip = THEIRS, .change = &account},
	    {.time_us = DAY + 6, .who = "NEW@example.com", .ip = MOBILE},
	    {.time_us = DAY + 7,
	        .who = "new@example.com",
	        .ip = MOBILE,
	        .change = &app},
	    {.time_us = DAY + 8,
	        .ip = "192.0.2.9",
	        .app = "app-1",
	        .app_only = true},
	    {.time_us = DAY + 9, .who = "eve@example.com", .ip = "192.0.2.9"},
	    /* the victim's sign-in to the app is the victim's */
	    {.time_us = DAY + 10,
	        .who = "carl@example.com",
	        .ip = HOME,
	        .app = "app-1",
	        .signin = true},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "ip:" THEIRS);
	spread(&a);
	expect(&a, "CCLCCCCCCNN");
	end(&a);
}

static void
test_address_alone(void **state)
{
	const struct made made[] = {
	    {.time_us = DAY, .ip = "192.0.2.9", .app = "a", .app_only = true},
	    {.time_us = DAY + 1, .who = "bob@example.com", .ip = "192.0.2.10"},
	    {.time_us = DAY + 2,
	        .ip = "192.0.2.10",
	        .app = "a",
	        .app_only = true},
	    {.time_us = DAY + 3,
	        .ip = "192.0.2.9",
	        .app = "b",
	        .app_only = true},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "app:a");
	spread(&a);
	/* 192.0.2.9 is used by app b, 192.0.2.10 by bob: neither is alone */
	expect(&a, "CNCN");
	end(&a);
	begin(&a, made, 3);
	given(&a, "app:a");
	spread(&a);
	expect(&a, "CNC");
	assert_int_equal(intruder_mark_count(a.intruder), 2);
	assert_int_equal(intruder_mark(a.intruder, 1)->rule, RULE_ADDRESS);
	end(&a);
}

static void
test_credential(void **state)
{
	const struct way_change credential = {.way = WAY_APP_CREDENTIAL,
	    .verb = WAY_OPENS,
	    .object = SLICE("key-1"),
	    .holder = SLICE("sp-7")};
	const struct made made[] = {
	    {.time_us = DAY, .ip = HOME, .app = "sp-7", .app_only = true},
	    {.time_us = 2 * DAY,
	        .who = ANNA,
	        .ip = THEIRS,
	        .change = &credential},
	    {.time_us = 3 * DAY, .ip = HOME, .app = "sp-7", .app_only = true},
	    {.time_us = 3 * DAY, .ip = MOBILE, .app = "sp-7", .app_only = true},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "ip:" THEIRS);
	spread(&a);
	expect(&a, "NCNL");
	end(&a);
	BEGIN(&a, made);
	a.acts[3].credential = SLICE("KEY-1");
	given(&a, "ip:" THEIRS);
	spread(&a);
	expect(&a, "NCNC");
	end(&a);
}

static void
test_record(void **state)
{
	const struct way_change consent = {.way = WAY_CONSENT,
	    .verb = WAY_OPENS,
	    .object = SLICE("grant"),
	    .holder = SLICE("sp-9")};
	const struct made made[] = {
	    {.time_us = DAY, .who = ANNA, .ip = HOME, .change = &consent},
	    {.time_us = DAY + 1, .ip = MOBILE, .app = "sp-9", .app_only = true},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "record:0");
	spread(&a);
	expect(&a, "CC");
	end(&a);
}

/* What is noticed is seldom the first that was done. */
static void
test_record_of_account(void **state)
{
	const struct made made[] = {
	    {.time_us = DAY, .who = ANNA, .ip = HOME},
	    {.time_us = 2 * DAY, .who = ANNA, .ip = THEIRS},
	    {.time_us = 3 * DAY, .who = ANNA, .ip = THEIRS, .session = "s"},
	    {.time_us = 4 * DAY, .who = ANNA, .ip = HOME},
	    {.time_us = 5 * DAY, .who = ANNA, .ip = MOBILE},
	};
	const struct made nowhere[] = {
	    {.time_us = DAY, .who = ANNA, .ip = HOME},
	    {.time_us = 2 * DAY, .who = ANNA},
	};
	struct attributed a;

	(void)state;
	BEGIN(&a, made);
	given(&a, "record:2");
	spread(&a);
	/* its address may be its owner's, too: the second is only likely */
	expect(&a, "NLCNL");
	assert_int_equal(a.acts[3].why, NOT_KNOWN_PLACE);
	end(&a);
	BEGIN(&a, nowhere);
	given(&a, "record:1");
	spread(&a);
	/* nothing says since when */
	expect(&a, "LC");
	end(&a);
}

/* --- order --- */

static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void
shuffle(struct act *acts, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t k = draw((uint32_t)i);
		struct act one = acts[i - 1];

		acts[i - 1] = acts[k];
		acts[k] = one;
	}
}

static void
test_any_order(void **state)
{
	struct attributed a;

	(void)state;
	seed = 1;
	for (int i = 0; i < 50; i++) {
		BEGIN(&a, stolen);
		shuffle(a.acts, a.count);
		given(&a, "ip:" THEIRS);
		spread(&a);
		expect(&a, "NNCNLNC");
		end(&a);
	}
}

static void
test_parse(void **state)
{
	enum mark_kind kind;
	struct slice value;

	(void)state;
	assert_true(intruder_mark_parse(SLICE("ip:::1"), &kind, &value));
	assert_true(kind == MARK_IP && slice_eq(value, SLICE("::1")));
	assert_false(intruder_mark_parse(SLICE("ip:"), &kind, &value));
	assert_false(intruder_mark_parse(SLICE("ipx:1"), &kind, &value));
	assert_false(intruder_mark_parse(SLICE(""), &kind, &value));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_address),
	    cmocka_unit_test(test_within),
	    cmocka_unit_test(test_session_given),
	    cmocka_unit_test(test_session_followed),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_account_given_alone),
	    cmocka_unit_test(test_account_given_back),
	    cmocka_unit_test(test_follows),
	    cmocka_unit_test(test_address_alone),
	    cmocka_unit_test(test_credential),
	    cmocka_unit_test(test_record),
	    cmocka_unit_test(test_record_of_account),
	    cmocka_unit_test(test_any_order),
	    cmocka_unit_test(test_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
