#include "ledger/known.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

#define EVENTS 200000

static struct identity
identity_of(uint64_t number, uint64_t told)
{
	struct identity identity;
	uint64_t id[2] = {hash64(slice_of(&number, 8), 1), number};

	memcpy(identity.id, id, sizeof(identity.id));
	memcpy(identity.told, &told, sizeof(identity.told));
	return identity;
}

/* Whether it is there, and what is told of it then. */
static bool
look(const struct known *known, uint64_t number, uint64_t *told)
{
	struct identity identity = identity_of(number, 0);
	bool there = known_find(known, &identity);

	memcpy(told, identity.told, sizeof(*told));
	return there;
}

static void
add(struct known *known, uint64_t number, uint64_t told)
{
	struct identity identity = identity_of(number, told);

	known_add(known, &identity);
}

static void
what_is_told_is_merged(void **state)
{
	/* Fields are bytes: 0 is absent. */
	static const struct {
		uint64_t told, all;
	} cases[] = {
	    {0x0011, 0x0011},
	    {0x0000, 0x0011},
	    {0x2200, 0x2211},
	    {0x2212, 0x2211}, /* what was first stays */
	    {0x4400330000002212, 0x4400330000002211},
	};
	struct known *known = known_new();
	uint64_t told;

	(void)state;
	assert_false(look(known, 1, &told));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		add(known, 1, cases[i].told);
		assert_true(look(known, 1, &told));
		assert_int_equal(told, cases[i].all);
	}
	assert_int_equal(known_count(known), 1);
	known_free(known);
}

static void
fill(struct known *known)
{
	struct identity zero = {.told = {1}};
	uint64_t told;

	assert_false(known_find(known, &zero));
	known_add(known, &zero);
	assert_true(known_find(known, &zero));
	for (uint64_t i = 0; i < EVENTS; i++) {
		assert_false(look(known, i, &told));
		add(known, i, i | 1);
	}
}

/* Also ids that differ in one bit, and the one that is all zero. */
static void
it_is_exact_and_small(void **state)
{
	struct known *known = known_new();
	uint64_t told;

	(void)state;
	fill(known);
	for (uint64_t i = 0; i < EVENTS; i++) {
		struct identity near = identity_of(i, 1);

		assert_true(look(known, i, &told));
		assert_int_equal(told, i | 1);
		assert_false(look(known, i + EVENTS, &told));
		near.id[i % 16] ^= (unsigned char)(1u << i / 16 % 8);
		assert_false(known_find(known, &near));
	}
	assert_int_equal(known_count(known), EVENTS + 1);
	assert_true(known_bytes(known) < (size_t)EVENTS * 32);
	known_free(known);
}

static bool
is_odd(void *ctx, const struct identity *identity)
{
	uint64_t number;

	(void)ctx;
	memcpy(&number, identity->id + 8, sizeof(number));
	return number % 2;
}

static void
it_forgets_what_it_is_told_to(void **state)
{
	struct known *known = known_new();
	uint64_t told;

	(void)state;
	fill(known);
	for (size_t part = 0; part < KNOWN_PARTS; part++)
		known_keep(known, part, is_odd, NULL);
	assert_int_equal(known_count(known), EVENTS / 2);
	for (uint64_t i = 0; i < EVENTS; i++) {
		assert_int_equal(look(known, i, &told), i % 2);
		if (i % 2)
			assert_int_equal(told, i | 1);
		add(known, i, 5);
	}
	assert_int_equal(known_count(known), EVENTS);
	assert_true(known_bytes(known) < (size_t)EVENTS * 32);
	known_free(known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_told_is_merged),
	    cmocka_unit_test(it_is_exact_and_small),
	    cmocka_unit_test(it_forgets_what_it_is_told_to),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
