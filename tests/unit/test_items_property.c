/*
 * More evidence never lowers a certainty: whatever acts there are, what some of
 * them say is said by all of them at least as surely, in any order.
 */
#include "incident/items.h"
#include "incident_made.h"

#define ACTS   24
#define ROUNDS 400

static const char *const places[] = {"ada@corp.example", "bob@corp.example"};
static const char *const names[] = {"<1@x>", "<2@x>", "<3@x>"};

static uint32_t seed;

static uint32_t
draw(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

static void
make(struct act acts[ACTS], struct reach reaches[ACTS])
{
	for (size_t i = 0; i < ACTS; i++) {
		int64_t at = (int64_t)i * MADE_HOUR_US / 4;
		bool named = draw(3) != 0;

		reaches[i] = (struct reach){
		    .kind = named ? REACH_MESSAGE : REACH_MAILBOX,
		    .how = named ? REACH_NAMED : REACH_THROTTLED,
		    .place = slice_cstr(places[draw(2)]),
		    .id = named ? slice_cstr(names[draw(3)]) : SLICE(""),
		    .size = -1,
		    .from_us = at,
		    .to_us = named ? at : at + 24 * MADE_HOUR_US};
		acts[i] = made_act(at, places[draw(2)], &reaches[i], 1);
		acts[i].certainty = (enum certainty)draw(3);
	}
}

static const struct damage_item *
find(const struct damage_item *items, size_t count,
    const struct damage_item *like)
{
	for (size_t i = 0; i < count; i++)
		if (items[i].reach.kind == like->reach.kind &&
		    items[i].reach.how == like->reach.how &&
		    slice_eq(items[i].reach.place, like->reach.place) &&
		    slice_eq(items[i].reach.id, like->reach.id))
			return &items[i];
	return NULL;
}

/* That all of `few` is in `many`, as surely, and over as much time. */
static void
assert_covered(const struct act *few, size_t few_count, const struct act *many,
    size_t many_count)
{
	struct arena arena = {0};
	const struct damage_item *some, *all;
	size_t n = items_find(few, few_count, &some, &arena);
	size_t m = items_find(many, many_count, &all, &arena);

	for (size_t i = 0; i < n; i++) {
		const struct damage_item *is = find(all, m, &some[i]);

		assert_non_null(is);
		assert_true(is->certainty >= some[i].certainty);
		assert_true(is->intruder >= some[i].intruder);
		assert_true(is->reach.from_us <= some[i].reach.from_us);
		assert_true(is->reach.to_us >= some[i].reach.to_us);
	}
	arena_release(&arena);
}

static void
test_more_evidence(void **state)
{
	struct reach reaches[ACTS];
	struct act acts[ACTS], some[ACTS];

	(void)state;
	seed = 6;
	for (int round = 0; round < ROUNDS; round++) {
		size_t count = 0;

		make(acts, reaches);
		for (size_t i = 0; i < ACTS; i++)
			if (draw(2))
				some[count++] = acts[i];
		assert_covered(some, count, acts, ACTS);
	}
}

static void
test_surer_acts(void **state)
{
	struct reach reaches[ACTS];
	struct act acts[ACTS], surer[ACTS];

	(void)state;
	seed = 7;
	for (int round = 0; round < ROUNDS; round++) {
		make(acts, reaches);
		memcpy(surer, acts, sizeof(surer));
		for (size_t i = 0; i < ACTS; i++)
			if (surer[i].certainty < CERTAINLY_INTRUDER && draw(2))
				surer[i].certainty++;
		assert_covered(acts, ACTS, surer, ACTS);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_more_evidence),
	    cmocka_unit_test(test_surer_acts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
