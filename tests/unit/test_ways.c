#include "state_case.h"

#include "incident/ways.h"

/*
 * Ways back, folded from acts made by hand: times are seconds after the begin
 * of 5 October 2026.
 */
#define BEGIN_US INT64_C(1791158400000000)
#define AT(s)    (BEGIN_US + (int64_t)(s)*1000000)

#define BOB      "00000000-0000-4000-8000-000000000b0b"

struct deed {
	int at;
	enum certainty certainty;
	struct way_change changes[3];
	const char *account; /* BOB's, unless said */
};

struct folding {
	struct arena arena;
	struct act acts[16];
	size_t count;
	struct state *state;
	struct damage_statement statements[4];
	size_t statement_count;
	int64_t as_of_us;
	const struct way_back *ways;
	size_t way_count;
};

static const struct slice columns[EV_COLUMNS] = {
    [EV_TENANT] = SLICE_INIT("t1")};

static void
add(struct folding *f, const struct deed *deed)
{
	struct act *act = &f->acts[f->count];
	struct slice account =
	    slice_cstr(deed->account ? deed->account : "bob@a.example");
	size_t n = 0;

	while (n < 3 && deed->changes[n].object.len)
		n++;
	*act = (struct act){.index = 100 + f->count,
	    .time_us = AT(deed->at),
	    .kind = KIND_O365_AUDIT,
	    .col = columns,
	    .certainty = deed->certainty,
	    .account = account,
	    .changes = deed->changes,
	    .change_count = (uint32_t)n,
	    .mark = NO_MARK};
	if (slice_eq(account, SLICE("bob@a.example")))
		act->account_id = SLICE(BOB);
	f->count++;
}

static void
fold(struct folding *f)
{
	struct ways_of of = {.acts = f->acts,
	    .act_count = f->count,
	    .state = f->state,
	    .statements = f->statements,
	    .statement_count = f->statement_count,
	    .as_of_us = f->as_of_us,
	    .arena = &f->arena};

	f->way_count = ways_find(&of, &f->ways);
}

static void
release(struct folding *f)
{
	arena_release(&f->arena);
	state_free(f->state);
}

static const struct way_back *
get(const struct folding *f, enum way way, const char *object)
{
	for (size_t i = 0; i < f->way_count; i++)
		if (f->ways[i].way == way &&
		    slice_eq(f->ways[i].object, slice_cstr(object)))
			return &f->ways[i];
	return NULL;
}

static void
is(const struct folding *f, enum way way, const char *object,
    enum way_state state)
{
	const struct way_back *back = get(f, way, object);

	if (!back) {
		fail_msg("no %s %s", way_kinds[way].name, object);
		return;
	}
	if (back->state != state)
		fail_msg("%s %s is %s (" SLICE_FMT "), not %s",
		    way_kinds[way].name, object, way_state_names[back->state],
		    SLICE_ARG(back->where), way_state_names[state]);
}

#define CHANGE(w, v, o)                                                        \
	{                                                                      \
		.way = (w), .verb = (v), .object = SLICE_INIT(o),              \
		.until_us = EVENT_NO_TIME                                      \
	}
#define CERTAIN CERTAINLY_INTRUDER
#define OTHER   NOT_INTRUDER
#define ADMIN   "admin@a.example"

static const struct deed opens_role = {
    10, CERTAIN, {CHANGE(WAY_DIRECTORY_ROLE, WAY_OPENS, "ga:u1")}, NULL};
static const struct deed closes_role = {
    100, OTHER, {CHANGE(WAY_DIRECTORY_ROLE, WAY_CLOSES, "ga:u1")}, ADMIN};

static void
role_list(struct folding *f, uint64_t at, const char *day, const char *record)
{
	if (!f->state)
		f->state = state_new();
	state_case_day(f->state, at, "state.roleAssignments", day, record);
	state_case_whole(f->state, at + 2, day);
}

/* Each state of a way. */
static void
test_states(void **unused)
{
	static const char there[] =
	    "{'principalId':'u1','roleDefinitionId':'ga'}";
	struct folding f = {0};
	const struct way_back *back;

	(void)unused;
	add(&f, &opens_role);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_OPEN);
	back = get(&f, WAY_DIRECTORY_ROLE, "ga:u1");
	assert_int_equal(back->opened_us, AT(10));
	assert_int_equal(back->opened_index, 100);
	assert_int_equal(back->intruder, CERTAIN);
	assert_true(slice_eq(back->where, SLICE("the log")));
	/* A list from before says nothing. */
	role_list(&f, 10, "2026-10-05", NULL);
	add(&f, &closes_role);
	f.acts[0].time_us = AT(4000);
	f.acts[1].time_us = AT(5000);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_SHUT);
	/* A later one shows that it is gone. */
	role_list(&f, 20, "2026-10-06", NULL);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_GONE);
	back = get(&f, WAY_DIRECTORY_ROLE, "ga:u1");
	assert_int_equal(back->closed_index, 101);
	assert_true(
	    slice_eq(back->where, SLICE("the log, and state.roleAssignments")));
	/* One that still has it is believed more than the log. */
	role_list(&f, 30, "2026-10-07", there);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_OPEN);
	assert_int_equal(f.ways[0].way, WAY_PASSWORD);
	assert_true(get(&f, WAY_DIRECTORY_ROLE, "ga:u1")->seen_present);
	/* Absent, and no record of who closed it. */
	role_list(&f, 40, "2026-10-08", NULL);
	f.count = 1;
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_SHUT);
	release(&f);
}

/* A statement counts for what is closed but not seen, if it is newer. */
static void
test_statements(void **unused)
{
	static const struct deed device = {
	    10, CERTAIN, {CHANGE(WAY_DEVICE, WAY_OPENS, "d1")}, NULL};
	struct folding f = {0};

	(void)unused;
	add(&f, &opens_role);
	add(&f, &device);
	f.statements[0] = (struct damage_statement){.kind = STATEMENT_STATE,
	    .way = WAY_DIRECTORY_ROLE,
	    .by = SLICE("Kim"),
	    .at_us = AT(200)};
	f.statements[1] = f.statements[0];
	f.statements[1].way = WAY_DEVICE;
	f.statement_count = 2;
	fold(&f);
	/* A list could show it. */
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_OPEN);
	/* Nothing could. */
	is(&f, WAY_DEVICE, "d1", WAY_STATED);
	add(&f, &closes_role);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_STATED);
	assert_true(slice_eq(get(&f, WAY_DIRECTORY_ROLE, "ga:u1")->where,
	    SLICE("stated by Kim")));
	f.statements[0].at_us = AT(50);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_SHUT);
	release(&f);
}

/* Opened again, by whomever, it is open. */
static void
test_again(void **unused)
{
	static const struct deed again = {200, OTHER,
	    {CHANGE(WAY_DIRECTORY_ROLE, WAY_OPENS, "ga:u1")}, ADMIN};
	static const struct deed others = {
	    5, OTHER, {CHANGE(WAY_DIRECTORY_ROLE, WAY_OPENS, "ga:u2")}, ADMIN};
	struct folding f = {0};

	(void)unused;
	add(&f, &opens_role);
	add(&f, &closes_role);
	add(&f, &others);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_SHUT);
	/* What others opened is no way of the intruder's. */
	assert_null(get(&f, WAY_DIRECTORY_ROLE, "ga:u2"));
	add(&f, &again);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_OPEN);
	release(&f);
}

/* With the account go all that it holds, and come again with it. */
static void
test_held(void **unused)
{
	static const struct deed role = {10, CERTAIN,
	    {{.way = WAY_DIRECTORY_ROLE,
	        .verb = WAY_OPENS,
	        .object = SLICE_INIT("ga:u1"),
	        .holder = SLICE_INIT("u1"),
	        .until_us = EVENT_NO_TIME}},
	    NULL};
	static const struct deed off = {
	    20, OTHER, {CHANGE(WAY_ACCOUNT, WAY_CLOSES, "u1")}, ADMIN};
	static const struct deed on = {
	    30, OTHER, {CHANGE(WAY_ACCOUNT, WAY_OPENS, "u1")}, ADMIN};
	static const struct deed bob_off = {
	    40, OTHER, {CHANGE(WAY_ACCOUNT, WAY_CLOSES, BOB)}, ADMIN};
	struct folding f = {0};

	(void)unused;
	add(&f, &role);
	add(&f, &off);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_SHUT);
	is(&f, WAY_PASSWORD, BOB, WAY_OPEN);
	add(&f, &on);
	add(&f, &bob_off);
	fold(&f);
	is(&f, WAY_DIRECTORY_ROLE, "ga:u1", WAY_OPEN);
	is(&f, WAY_PASSWORD, BOB, WAY_SHUT);
	is(&f, WAY_SESSION, BOB, WAY_SHUT);
	release(&f);
}

/* Of a person as whom the intruder acted. */
static void
test_taken(void **unused)
{
	static const struct deed act = {10, LIKELY_INTRUDER, {{0}}, NULL};
	static const struct deed reset = {100, OTHER,
	    {CHANGE(WAY_PASSWORD, WAY_CLOSES, BOB),
	        CHANGE(WAY_PASSWORD, WAY_OPENS, BOB)},
	    ADMIN};
	static const struct deed revoke = {110, OTHER,
	    {CHANGE(WAY_SESSION, WAY_CLOSES, BOB),
	        CHANGE(WAY_REFRESH_TOKEN, WAY_CLOSES, BOB)},
	    ADMIN};
	static const struct deed again = {120, CERTAIN,
	    {CHANGE(WAY_PASSWORD, WAY_CLOSES, BOB),
	        CHANGE(WAY_PASSWORD, WAY_OPENS, BOB)},
	    NULL};
	struct folding f = {0};

	(void)unused;
	add(&f, &act);
	fold(&f);
	is(&f, WAY_PASSWORD, BOB, WAY_OPEN);
	is(&f, WAY_REFRESH_TOKEN, BOB, WAY_OPEN);
	is(&f, WAY_HIDDEN_RULE, "bob", WAY_UNCHECKED);
	is(&f, WAY_SUBSCRIPTION, "", WAY_UNCHECKED);
	assert_int_equal(get(&f, WAY_PASSWORD, BOB)->intruder, LIKELY_INTRUDER);
	add(&f, &reset);
	add(&f, &revoke);
	fold(&f);
	is(&f, WAY_PASSWORD, BOB, WAY_SHUT);
	is(&f, WAY_SESSION, BOB, WAY_SHUT);
	/* The list says when they were set last. */
	f.state = state_new();
	state_case_day(f.state, 10, "state.users", "2026-10-06",
	    "{'id':'" BOB "','userPrincipalName':'bob@a.example',"
	    "'lastPasswordChangeDateTime':'2026-10-05T00:01:40Z',"
	    "'signInSessionsValidFromDateTime':'2026-10-01T00:00:00Z'}");
	state_case_whole(f.state, 12, "2026-10-06");
	fold(&f);
	is(&f, WAY_PASSWORD, BOB, WAY_GONE);
	is(&f, WAY_SESSION, BOB, WAY_OPEN);
	add(&f, &again);
	fold(&f);
	is(&f, WAY_PASSWORD, BOB, WAY_OPEN);
	release(&f);
}

static void
test_marked(void **unused)
{
	const struct mark mark = {.kind = MARK_USER,
	    .rule = RULE_GIVEN,
	    .certainty = LIKELY_INTRUDER,
	    .value = SLICE("bob@a.example")};
	struct mark marks[] = {mark, mark};
	struct ways_of of = {.marks = marks, .mark_count = 2};
	struct folding f = {0};

	(void)unused;
	marks[1].value = SLICE("ann@a.example");
	marks[1].cut = true;
	of.arena = &f.arena;
	f.way_count = ways_find(&of, &f.ways);
	is(&f, WAY_PASSWORD, "bob@a.example", WAY_OPEN);
	assert_null(get(&f, WAY_PASSWORD, "ann@a.example"));
	release(&f);
}

static void
test_app(void **unused)
{
	static const struct deed act = {10, CERTAIN, {{0}}, NULL};
	static const struct deed off = {
	    20, OTHER, {CHANGE(WAY_APP, WAY_CLOSES, BOB)}, ADMIN};
	struct folding f = {0};

	(void)unused;
	add(&f, &act);
	f.acts[0].app_only = true;
	f.acts[0].credential = SLICE("K1");
	add(&f, &act);
	f.acts[1].app_only = true;
	fold(&f);
	is(&f, WAY_APP_CREDENTIAL, "k1", WAY_OPEN);
	assert_null(get(&f, WAY_APP_CREDENTIAL, "any:" BOB));
	assert_null(get(&f, WAY_PASSWORD, BOB));
	f.acts[0].credential = SLICE("");
	add(&f, &off);
	fold(&f);
	is(&f, WAY_APP_CREDENTIAL, "any:" BOB, WAY_SHUT);
	release(&f);
}

/* Of one person some records have the id alone. */
static void
test_person_named(void **unused)
{
	static const struct deed act = {10, CERTAIN, {{0}}, NULL};
	struct folding f = {0};

	(void)unused;
	add(&f, &act);
	add(&f, &act);
	f.acts[0].account = SLICE("");
	f.acts[1].account = SLICE("bob@a.example");
	fold(&f);
	is(&f, WAY_PASSWORD, BOB, WAY_OPEN);
	assert_true(
	    slice_eq(get(&f, WAY_PASSWORD, BOB)->name, SLICE("bob@a.example")));
	release(&f);
}

/* Who wrote down that a device was registered is not the intruder. */
static void
test_service(void **unused)
{
	static const struct deed act = {
	    10, CERTAIN, {CHANGE(WAY_DEVICE, WAY_OPENS, "d1")}, NULL};
	struct folding f = {0};

	(void)unused;
	add(&f, &act);
	f.acts[0].app_only = true;
	fold(&f);
	is(&f, WAY_DEVICE, "d1", WAY_OPEN);
	assert_null(get(&f, WAY_APP_CREDENTIAL, "any:" BOB));
	release(&f);
}

/* Whose consent is taken away may be unknown: then it must be the only one. */
static void
test_consents(void **unused)
{
#define CONSENT(v, who)                                                        \
	{                                                                      \
		.way = WAY_CONSENT, .verb = (v), .object = SLICE_INIT("c:r"),  \
		.place = SLICE_INIT(who), .until_us = EVENT_NO_TIME            \
	}
	static const struct deed one = {
	    10, CERTAIN, {CONSENT(WAY_OPENS, "u1")}, NULL};
	static const struct deed two = {
	    11, CERTAIN, {CONSENT(WAY_OPENS, "u2")}, NULL};
	static const struct deed off = {
	    20, OTHER, {CONSENT(WAY_CLOSES, "")}, ADMIN};
	struct folding f = {0};

	(void)unused;
	add(&f, &one);
	add(&f, &off);
	fold(&f);
	is(&f, WAY_CONSENT, "c:r", WAY_SHUT);
	add(&f, &two);
	fold(&f);
	is(&f, WAY_CONSENT, "c:r", WAY_OPEN);
	release(&f);
}

/* A rule that no record tells of is listed if it leads outside, or deletes. */
static void
test_present(void **unused)
{
	static const struct deed act = {10, CERTAIN, {{0}}, NULL};
	struct folding f = {.state = state_new()};

	(void)unused;
	add(&f, &act);
	state_case_export(f.state, 10, "2026-10-06T08:00:00Z",
	    "{'RuleIdentity':'5','MailboxOwnerId':'bob','Name':'fwd',"
	    "'Enabled':'True','ForwardTo':'x@e.example'}");
	state_case_export(f.state, 20, "2026-10-06T08:00:00Z",
	    "{'RuleIdentity':'6','MailboxOwnerId':'bob','Name':'news',"
	    "'Enabled':'True','ForwardTo':'ann@a.example'}");
	fold(&f);
	is(&f, WAY_INBOX_RULE, "bob:fwd", WAY_OPEN);
	assert_int_equal(
	    get(&f, WAY_INBOX_RULE, "bob:fwd")->intruder, NOT_INTRUDER);
	assert_null(get(&f, WAY_INBOX_RULE, "bob:news"));
	release(&f);
}

static void
test_ends(void **unused)
{
	static struct deed link = {
	    10, CERTAIN, {CHANGE(WAY_SHARING_LINK, WAY_OPENS, "l1")}, NULL};
	struct folding f = {.as_of_us = AT(400)};

	(void)unused;
	link.changes[0].until_us = AT(500);
	add(&f, &link);
	fold(&f);
	is(&f, WAY_SHARING_LINK, "l1", WAY_OPEN);
	f.as_of_us = AT(600);
	fold(&f);
	is(&f, WAY_SHARING_LINK, "l1", WAY_SHUT);
	release(&f);
}

/* A rule's number in one record, its name in another. */
static void
test_also(void **unused)
{
	static const struct deed opens = {10, CERTAIN,
	    {{.way = WAY_INBOX_RULE,
	        .verb = WAY_OPENS,
	        .object = SLICE_INIT("bob:."),
	        .also = SLICE_INIT("bob:77"),
	        .until_us = EVENT_NO_TIME}},
	    NULL};
	static const struct deed closes = {
	    20, OTHER, {CHANGE(WAY_INBOX_RULE, WAY_CLOSES, "bob:77")}, ADMIN};
	struct folding f = {0};

	(void)unused;
	add(&f, &opens);
	add(&f, &closes);
	fold(&f);
	is(&f, WAY_INBOX_RULE, "bob:.", WAY_SHUT);
	release(&f);
}

/* The order in which acts of one time stand makes no difference. */
static void
test_order(void **unused)
{
	static const struct deed deeds[] = {
	    {10, CERTAIN, {CHANGE(WAY_INBOX_RULE, WAY_OPENS, "bob:.")}, NULL},
	    {10, OTHER, {CHANGE(WAY_INBOX_RULE, WAY_CLOSES, "bob:.")}, ADMIN},
	    {10, LIKELY_INTRUDER, {CHANGE(WAY_DEVICE, WAY_OPENS, "d")}, NULL},
	    {10, CERTAIN, {CHANGE(WAY_DEVICE, WAY_USES, "d")}, "eve@a.example"},
	    {10, OTHER, {CHANGE(WAY_ACCOUNT, WAY_CLOSES, BOB)}, ADMIN},
	    {10, CERTAIN, {CHANGE(WAY_DEVICE, WAY_OPENS, "d")}, NULL},
	};
	struct folding first = {0};

	(void)unused;
	for (int round = 0; round < 50; round++) {
		struct folding f = {0};
		size_t n = sizeof(deeds) / sizeof(deeds[0]);

		for (size_t i = 0; i < n; i++) {
			add(&f, &deeds[i]);
			f.acts[i].index = 100 + i;
		}
		for (size_t i = n - 1; round && i > 0; i--) {
			size_t k = (size_t)(round * 7919) % (i + 1);
			struct act act = f.acts[i];

			f.acts[i] = f.acts[k];
			f.acts[k] = act;
		}
		fold(&f);
		if (!round) {
			first = f;
			continue;
		}
		assert_int_equal(f.way_count, first.way_count);
		for (size_t i = 0; i < f.way_count; i++) {
			const struct way_back *a = &f.ways[i];
			const struct way_back *b = &first.ways[i];

			assert_true(slice_eq(a->object, b->object));
			assert_int_equal(a->state, b->state);
			assert_int_equal(a->opened_index, b->opened_index);
			assert_int_equal(a->used_index, b->used_index);
			assert_int_equal(a->closed_index, b->closed_index);
			assert_int_equal(a->intruder, b->intruder);
		}
		release(&f);
	}
	release(&first);
}

static void
test_names(void **unused)
{
	enum way way;

	(void)unused;
	for (int i = 0; i < WAY_COUNT; i++) {
		assert_true(way_parse(slice_cstr(way_kinds[i].name), &way));
		assert_int_equal(way, i);
		assert_true(way_parse(slice_cstr(way_kinds[i].words), &way));
		assert_int_equal(way, i);
	}
	assert_true(way_parse(SLICE("Hidden inbox rules"), &way));
	assert_int_equal(way, WAY_HIDDEN_RULE);
	assert_false(way_parse(SLICE(""), &way));
	assert_false(way_parse(SLICE("door"), &way));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_states),
	    cmocka_unit_test(test_statements),
	    cmocka_unit_test(test_again),
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_taken),
	    cmocka_unit_test(test_marked),
	    cmocka_unit_test(test_app),
	    cmocka_unit_test(test_person_named),
	    cmocka_unit_test(test_service),
	    cmocka_unit_test(test_consents),
	    cmocka_unit_test(test_present),
	    cmocka_unit_test(test_ends),
	    cmocka_unit_test(test_also),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
