/* What the intruder's acts reached, each thing once. */
#include "incident/items.h"
#include "incident_made.h"

#define HOUR MADE_HOUR_US
#define ADA  "ada@corp.example"

#define NAMED(k, i, at)                                                        \
	{                                                                      \
		.kind = (k), .how = REACH_NAMED, .place = SLICE_INIT(ADA),     \
		.id = SLICE_INIT(i), .size = -1, .from_us = (at),              \
		.to_us = (at)                                                  \
	}

static void
assert_items(const struct act *acts, size_t n, const char *want)
{
	const struct damage_item *items;
	struct arena arena = {0};
	struct buf text = {0};
	size_t count = items_find(acts, n, &items, &arena);

	for (size_t i = 0; i < count; i++) {
		buf_str(&text, items[i].certainty == DAMAGE_ACCESSED
		                   ? "accessed "
		                   : "possible ");
		made_add_reach(&text, &items[i].reach);
		buf_printf(&text, " acts=%llu index=%llu",
		    (unsigned long long)items[i].acts,
		    (unsigned long long)items[i].index);
		buf_printf(&text, " %lld-", (long long)items[i].reach.from_us);
		if (items[i].reach.to_us == EVENT_NO_TIME)
			buf_str(&text, "open\n");
		else
			buf_printf(
			    &text, "%lld\n", (long long)items[i].reach.to_us);
	}
	if (!slice_eq(buf_slice(&text), slice_cstr(want)))
		fail_msg("%.*s\nnot\n%s", (int)text.len, text.ptr, want);
	buf_release(&text);
	arena_release(&arena);
}

/* Both questions must be answered for a thing to be accessed. */
static void
test_certainty(void **state)
{
	static const struct reach named[] = {NAMED(REACH_MESSAGE, "<a@x>", 1)};
	static const struct reach synced[] = {{.kind = REACH_FOLDER,
	    .how = REACH_SYNCED,
	    .place = SLICE_INIT(ADA),
	    .id = SLICE_INIT("F"),
	    .size = -1,
	    .from_us = 1,
	    .to_us = 1}};
	struct act act = made_act(1, ADA, named, 1);

	(void)state;
	assert_items(&act, 1,
	    "accessed message named " ADA " <a@x> acts=1 index=1 1-1\n");
	act.certainty = LIKELY_INTRUDER;
	assert_items(&act, 1,
	    "possible message named " ADA " <a@x> acts=1 index=1 1-1\n");
	act.certainty = NOT_INTRUDER;
	assert_items(&act, 1, "");
	act = made_act(1, ADA, synced, 1);
	assert_items(
	    &act, 1, "possible folder synced " ADA " F acts=1 index=1 1-1\n");
	act.certainty = LIKELY_INTRUDER;
	assert_items(
	    &act, 1, "possible folder synced " ADA " F acts=1 index=1 1-1\n");
}

/* The strongest act says how; the times are of all. */
static void
test_strongest(void **state)
{
	static const struct reach first[] = {NAMED(REACH_MESSAGE, "<a@x>", 1)};
	static const struct reach second[] = {NAMED(REACH_MESSAGE, "<a@x>", 2)};
	static const struct reach third[] = {NAMED(REACH_MESSAGE, "<a@x>", 3)};
	struct act acts[] = {
	    made_act(1, ADA, first, 1),
	    made_act(2, ADA, second, 1),
	    made_act(3, ADA, third, 1),
	};

	(void)state;
	acts[0].certainty = LIKELY_INTRUDER;
	assert_items(acts, 3,
	    "accessed message named " ADA " <a@x> acts=3 index=2 1-3\n");
	acts[1].certainty = LIKELY_INTRUDER;
	assert_items(acts, 3,
	    "accessed message named " ADA " <a@x> acts=3 index=3 1-3\n");
	acts[2].certainty = NOT_INTRUDER;
	assert_items(acts, 3,
	    "possible message named " ADA " <a@x> acts=2 index=1 1-2\n");
}

/* Of a mailbox, each reason is an item; counts of one certainty are added. */
static void
test_covers(void **state)
{
	static const struct reach reaches[] = {
	    {.kind = REACH_MAILBOX,
	        .how = REACH_THROTTLED,
	        .place = SLICE_INIT(ADA),
	        .size = -1,
	        .from_us = 5,
	        .to_us = 5 + 24 * HOUR},
	    {.kind = REACH_MAILBOX,
	        .how = REACH_AGGREGATED,
	        .place = SLICE_INIT(ADA),
	        .more = 3,
	        .size = -1,
	        .from_us = 5,
	        .to_us = 5},
	};
	struct act acts[] = {
	    made_act(5, ADA, reaches, 2),
	    made_act(5, ADA, &reaches[1], 1),
	    made_act(5, ADA, &reaches[1], 1),
	};

	(void)state;
	acts[2].certainty = LIKELY_INTRUDER;
	assert_items(acts, 3,
	    "possible mailbox throttled " ADA "  acts=1 index=5 5-86400000005\n"
	    "possible mailbox aggregated " ADA "  more=6 acts=3 index=5 5-5\n");
}

/* --- leaks --- */

static const struct reach leak[] = {{.kind = REACH_LEAK,
    .how = REACH_LEAKED,
    .place = SLICE_INIT(ADA),
    .id = SLICE_INIT("x@evil.example"),
    .size = -1,
    .from_us = 10,
    .to_us = EVENT_NO_TIME}};

static struct way_change
rule(enum way_verb verb, const char *object)
{
	return (struct way_change){.way = WAY_INBOX_RULE,
	    .verb = verb,
	    .object = slice_cstr(object),
	    .place = SLICE(ADA)};
}

static void
test_leak(void **state)
{
	const struct way_change opens = rule(WAY_OPENS, "r");
	const struct way_change closes = rule(WAY_CLOSES, "r");
	const struct way_change other = rule(WAY_CLOSES, "s");
	struct act acts[] = {
	    made_act(5, ADA, NULL, 0),
	    made_act(10, ADA, leak, 1),
	    made_act(20, "admin@corp.example", NULL, 0),
	    made_act(30, "admin@corp.example", NULL, 0),
	};

	(void)state;
	acts[1].changes = &opens;
	acts[1].change_count = 1;
	acts[2].certainty = acts[3].certainty = NOT_INTRUDER;
	assert_items(acts, 4,
	    "possible leak leaked " ADA
	    " x@evil.example acts=1 index=10 10-open\n");
	/* before it was opened, and of another rule */
	acts[0].changes = &closes;
	acts[2].changes = &other;
	acts[0].change_count = acts[2].change_count = 1;
	assert_items(acts, 4,
	    "possible leak leaked " ADA
	    " x@evil.example acts=1 index=10 10-open\n");
	/* by whoever */
	acts[3].changes = &closes;
	acts[3].change_count = 1;
	assert_items(acts, 4,
	    "possible leak leaked " ADA
	    " x@evil.example acts=1 index=10 10-30\n");
	acts[3].outcome = OUTCOME_FAILURE;
	assert_items(acts, 4,
	    "possible leak leaked " ADA
	    " x@evil.example acts=1 index=10 10-open\n");
}

/* By name and by id: each is enough.  Two addresses: both must go. */
static void
test_leak_of_two(void **state)
{
	struct way_change opens[] = {
	    rule(WAY_OPENS, "r"), rule(WAY_OPENS, "id")};
	struct way_change closes = rule(WAY_CLOSES, "id");
	struct act acts[] = {
	    made_act(10, ADA, leak, 1), made_act(30, ADA, NULL, 0)};

	(void)state;
	acts[0].changes = opens;
	acts[0].change_count = 2;
	acts[1].changes = &closes;
	acts[1].change_count = 1;
	assert_items(acts, 2,
	    "possible leak leaked " ADA
	    " x@evil.example acts=1 index=10 10-30\n");
	opens[0].way = opens[1].way = closes.way = WAY_FORWARDING;
	assert_items(acts, 2,
	    "possible leak leaked " ADA
	    " x@evil.example acts=1 index=10 10-open\n");
}

/* Graph has a mailbox by its owner's id, the mailbox log by name. */
static void
test_known_place(void **state)
{
	static const struct reach by_id[] = {{.kind = REACH_MESSAGE,
	    .how = REACH_NAMED,
	    .place = SLICE_INIT("id-of-ada"),
	    .id = SLICE_INIT("AAMk"),
	    .size = -1,
	    .from_us = 1,
	    .to_us = 1}};
	struct act acts[] = {
	    made_act(1, "", by_id, 1),
	    made_act(2, ADA, NULL, 0),
	};

	(void)state;
	assert_items(acts, 2,
	    "accessed message named id-of-ada AAMk acts=1 index=1 1-1\n");
	acts[1].account_id = SLICE("id-of-ada");
	acts[1].certainty = NOT_INTRUDER;
	assert_items(acts, 2,
	    "accessed message named " ADA " AAMk acts=1 index=1 1-1\n");
}

#define STORED(i, s)                                                           \
	{                                                                      \
		.kind = REACH_MESSAGE, .how = REACH_NAMED,                     \
		.place = SLICE_INIT(ADA), .id = SLICE_INIT(i), .store = {s},   \
		.size = -1, .from_us = 1, .to_us = 1                           \
	}

/* A record with both ids joins them, whoever did it; two that differ do not. */
static void
test_stored(void **state)
{
	static const struct reach graph[] = {STORED("AAMk1", 1)};
	static const struct reach item[] = {STORED("RgAA1", 1)};
	static const struct reach both[] = {STORED("<a@x>", 1)};
	static const struct reach other[] = {STORED("<b@x>", 1)};
	struct act acts[] = {
	    made_act(1, ADA, graph, 1),
	    made_act(2, ADA, item, 1),
	    made_act(3, ADA, both, 1),
	    made_act(4, ADA, other, 1),
	};

	(void)state;
	acts[2].certainty = acts[3].certainty = NOT_INTRUDER;
	assert_items(acts, 2,
	    "accessed message named " ADA " AAMk1 acts=2 index=1 1-1\n");
	assert_items(acts, 3,
	    "accessed message named " ADA " <a@x> acts=2 index=1 1-1\n");
	assert_items(acts, 4,
	    "accessed message named " ADA " AAMk1 acts=1 index=1 1-1\n"
	    "accessed message named " ADA " RgAA1 acts=1 index=2 1-1\n");
	acts[2].certainty = CERTAINLY_INTRUDER;
	acts[0].certainty = LIKELY_INTRUDER;
	assert_items(acts, 3,
	    "accessed message named " ADA " <a@x> acts=3 index=2 1-1\n");
}

/* --- order, and more evidence --- */

#define MANY 60

static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 16;
}

static struct reach
any_reach(uint32_t *seed)
{
	static const struct slice ids[] = {
	    SLICE_INIT(""), SLICE_INIT("a"), SLICE_INIT("b"), SLICE_INIT("c")};
	static const struct slice places[] = {
	    SLICE_INIT("p@x"), SLICE_INIT("q@x")};
	int64_t at = next_random(seed) % 50;

	return (struct reach){
	    .kind = next_random(seed) % REACH_KINDS,
	    .how = next_random(seed) % REACH_HOWS,
	    .place = places[next_random(seed) % 2],
	    .id = ids[next_random(seed) % 4],
	    .name = ids[next_random(seed) % 4],
	    .more = next_random(seed) % 3,
	    .size = -1,
	    .from_us = at,
	    .to_us = at + 1,
	};
}

static bool
is_in(const struct damage_item *item, const struct damage_item *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (item->reach.kind == list[i].reach.kind &&
		    slice_eq(item->reach.place, list[i].reach.place) &&
		    slice_eq(item->reach.id, list[i].reach.id) &&
		    (item->reach.id.len > 0 ||
		        slice_eq(item->reach.name, list[i].reach.name)) &&
		    list[i].certainty >= item->certainty &&
		    list[i].intruder >= item->intruder)
			return true;
	return false;
}

static void
test_shuffled(void **state)
{
	static struct reach reaches[MANY];
	static struct act acts[MANY], mixed[MANY];
	const struct damage_item *items, *again;
	struct arena arena = {0};

	(void)state;
	for (uint32_t round = 0; round < 200; round++) {
		uint32_t seed = round;
		size_t n, m;

		for (size_t i = 0; i < MANY; i++) {
			reaches[i] = any_reach(&seed);
			acts[i] = made_act(
			    next_random(&seed) % 50, "p@x", &reaches[i], 1);
			acts[i].index = i;
			acts[i].certainty = next_random(&seed) % 3;
			mixed[i] = acts[i];
		}
		for (size_t i = MANY - 1; i > 0; i--) {
			size_t j = next_random(&seed) % (i + 1);
			struct act swap = mixed[i];

			mixed[i] = mixed[j];
			mixed[j] = swap;
		}
		n = items_find(acts, MANY, &items, &arena);
		m = items_find(mixed, MANY, &again, &arena);
		assert_int_equal(n, m);
		for (size_t i = 0; i < n; i++)
			assert_memory_equal(
			    &items[i], &again[i], sizeof(items[i]));
		/* What half of the acts say, all of them say at least. */
		m = items_find(mixed, MANY / 2, &again, &arena);
		for (size_t i = 0; i < m; i++)
			assert_true(is_in(&again[i], items, n));
		arena_reset(&arena);
	}
	arena_release(&arena);
}

/* --- secrets --- */

static void
test_secrets(void **state)
{
	static const struct {
		const char *name, *folder, *label;
		uint32_t want;
	} cases[] = {
	    {"Minutes of Tuesday", "\\Inbox", "", 0},
	    {"Passwords.xlsx", "Docs", "", 3},
	    {"RE: VPN access", "\\Inbox", "", 2},
	    {"prod.kdbx", "", "", 3},
	    {".env", "", "", 3},
	    {"id_rsa", "", "", 3},
	    {"Environment", "", "", 0},
	    {"monkeys", "", "", 0},
	    {"notes", "Secrets/Keys", "", 2},
	    {"notes", "", "Confidential", 2},
	    {"notes", "", "Highly Confidential - Secret", 3},
	    {"Password reset", "Credentials", "Confidential", 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct damage_item item = {
		    .reach = {.kind = REACH_FILE,
		        .name = slice_cstr(cases[i].name),
		        .folder = slice_cstr(cases[i].folder),
		        .label = slice_cstr(cases[i].label)}};
		uint32_t got = items_secrets(&item);

		if (got != cases[i].want)
			fail_msg("%s: %u, not %u", cases[i].name, got,
			    cases[i].want);
		item.reach.kind = REACH_SEARCH;
		assert_int_equal(items_secrets(&item), 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_certainty),
	    cmocka_unit_test(test_strongest),
	    cmocka_unit_test(test_covers),
	    cmocka_unit_test(test_leak),
	    cmocka_unit_test(test_leak_of_two),
	    cmocka_unit_test(test_known_place),
	    cmocka_unit_test(test_stored),
	    cmocka_unit_test(test_shuffled),
	    cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
