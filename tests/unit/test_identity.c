#include "event/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct event
an_event(void)
{
	struct event event = {.time_us = INT64_C(1790000000123456),
	    .class_uid = 6001,
	    .outcome = OUTCOME_SUCCESS,
	    .family = "o365.audit"};

	event.col[EV_TENANT] = SLICE("t");
	event.col[EV_ID] = SLICE("0001");
	event.col[EV_ACTOR_NAME] = SLICE("Ada@Contoso.example");
	event.col[EV_OPERATION] = SLICE("FileAccessed");
	event.col[EV_IP] = SLICE("192.0.2.1");
	event.col[EV_APP_ID] = SLICE("app");
	return event;
}

/* Ledgers hold these: a change here is a new format. */
static void
is_what_it_always_was(void **state)
{
	static const unsigned char id[EVENT_IDENTITY_LEN] = {0xef, 0x34, 0xc4,
	    0x36, 0xa5, 0x29, 0x4a, 0x74, 0x00, 0x62, 0x68, 0xc6, 0xed, 0x75,
	    0xba, 0xc1};
	static const unsigned char told[TOLD_FIELDS] = {
	    27, 81, 225, 1, 188, 0, 0, 111};
	unsigned char got_id[EVENT_IDENTITY_LEN], got_told[TOLD_FIELDS];
	struct sha256 *sha = sha256_new();
	struct event event = an_event();

	(void)state;
	assert_true(event_identity(sha, &event, got_id));
	event_told(&event, got_told);
	assert_memory_equal(got_id, id, sizeof(id));
	assert_memory_equal(got_told, told, sizeof(told));
	sha256_free(sha);
}

static void
depends_on_tenant_family_and_id(void **state)
{
	struct sha256 *sha = sha256_new();
	unsigned char id[4][EVENT_IDENTITY_LEN];
	struct event event = an_event();

	(void)state;
	assert_true(event_identity(sha, &event, id[0]));
	event.col[EV_TENANT] = SLICE("u");
	assert_true(event_identity(sha, &event, id[1]));
	/* The parts cannot run into each other. */
	event.col[EV_TENANT] = SLICE("to");
	event.family = "365.audit";
	assert_true(event_identity(sha, &event, id[2]));
	event.family = NULL;
	assert_false(event_identity(sha, &event, id[3]));
	assert_memory_not_equal(id[0], id[1], sizeof(id[0]));
	assert_memory_not_equal(id[0], id[2], sizeof(id[0]));
	sha256_free(sha);
}

static struct event
a_signin(enum event_kind kind)
{
	struct event event = an_event();

	event.class_uid = 3002;
	event.family = "entra.signin";
	event.kind = kind;
	return event;
}

/* Each of the logs that a sign-in is in is a telling of its own, once. */
static void
both_logs_of_a_signin_are_tellings(void **state)
{
	struct event audit = a_signin(KIND_O365_AUDIT);
	struct event signin = a_signin(KIND_SIGNIN);
	unsigned char told[TOLD_FIELDS], first[TOLD_FIELDS],
	    second[TOLD_FIELDS];
	unsigned differs;

	(void)state;
	event_told(&audit, first);
	event_told(&signin, second);
	memcpy(told, first, sizeof(told));
	assert_false(told_join(told, first, &differs));
	assert_true(told_join(told, second, &differs));
	assert_int_equal(differs, 0);
	assert_false(told_join(told, second, &differs));
	memcpy(told, second, sizeof(told));
	assert_true(told_join(told, first, &differs));
	assert_false(told_join(told, first, &differs));
	assert_int_equal(differs, 0);
	/* The outcome is compared all the same. */
	signin.outcome = OUTCOME_FAILURE;
	event_told(&signin, second);
	assert_false(told_join(told, second, &differs));
	assert_int_equal(differs, 1u << 3);
	/* In an older ledger nothing says which log it was. */
	first[3] &= 0x0f;
	event_told(&audit, second);
	assert_true(told_join(first, second, &differs));
	assert_int_equal(differs, 0);
}

static void
what_was_absent_is_filled_and_what_was_there_stays(void **state)
{
	struct event event = an_event();
	unsigned char told[TOLD_FIELDS], now[TOLD_FIELDS];
	unsigned differs;

	(void)state;
	event_told(&event, told);
	event.col[EV_SESSION] = SLICE("s");
	event_told(&event, now);
	assert_true(told_join(told, now, &differs));
	assert_int_equal(differs, 0);
	assert_memory_equal(told, now, sizeof(now));
	event.col[EV_IP] = SLICE("192.0.2.2");
	event_told(&event, now);
	assert_false(told_join(told, now, &differs));
	assert_int_equal(differs, 1u << 4);
	assert_int_not_equal(told[4], now[4]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_it_always_was),
	    cmocka_unit_test(depends_on_tenant_family_and_id),
	    cmocka_unit_test(both_logs_of_a_signin_are_tellings),
	    cmocka_unit_test(
	        what_was_absent_is_filled_and_what_was_there_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
