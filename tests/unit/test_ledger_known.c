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

static enum ledger_known
look(const struct known *known, uint64_t number, uint64_t told)
{
	struct identity identity = identity_of(number, told);

	return known_look(known, &identity);
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
		uint64_t told;
		enum ledger_known is;
	} cases[] = {
	    {0x0011, LEDGER_NEW}, {0x0011, LEDGER_REPEAT},
	    {0x0000, LEDGER_REPEAT}, {0x2200, LEDGER_TELLING},
	    {0x2211, LEDGER_REPEAT}, {0x2212, LEDGER_CONFLICT},
	    {0x2211, LEDGER_REPEAT}, /* what was first stays */
	    {0x4400330000002212, LEDGER_CONFLICT},
	    {0x4400330000002211, LEDGER_REPEAT}, /* what was absent is filled */
	};
	struct known *known = known_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(look(known, 1, cases[i].told), cases[i].is);
		add(known, 1, cases[i].told);
	}
	assert_int_equal(known_count(known), 1);
	known_free(known);
}

/* Also ids that differ in one bit, and the one that is all zero. */
static void
it_is_exact_and_small(void **state)
{
	struct known *known = known_new();
	struct identity zero = {.told = {1}};

	(void)state;
	assert_int_equal(known_look(known, &zero), LEDGER_NEW);
	known_add(known, &zero);
	assert_int_equal(known_look(known, &zero), LEDGER_REPEAT);
	for (uint64_t i = 0; i < EVENTS; i++) {
		assert_int_equal(look(known, i, i | 1), LEDGER_NEW);
		add(known, i, i | 1);
		assert_int_equal(look(known, i, i | 1), LEDGER_REPEAT);
	}
	for (uint64_t i = 0; i < EVENTS; i++) {
		struct identity near = identity_of(i, 1);

		assert_int_equal(look(known, i, i | 1), LEDGER_REPEAT);
		assert_int_equal(look(known, i + EVENTS, 1), LEDGER_NEW);
		near.id[i % 16] ^= (unsigned char)(1u << i / 16 % 8);
		assert_int_equal(known_look(known, &near), LEDGER_NEW);
	}
	assert_int_equal(known_count(known), EVENTS + 1);
	assert_true(known_bytes(known) < (size_t)EVENTS * 32);
	known_free(known);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_told_is_merged),
	    cmocka_unit_test(it_is_exact_and_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
