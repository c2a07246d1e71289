#include "event/seen.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct event
sample(const char *id)
{
	struct event event = {.kind = KIND_O365_AUDIT,
	    .time_us = 1700000000000000,
	    .family = "o365.audit"};

	event.col[EV_TENANT] = SLICE("t1");
	event.col[EV_ID] = slice_cstr(id);
	event.col[EV_ACTOR_NAME] = SLICE("Ann@contoso.example");
	event.col[EV_OPERATION] = SLICE("Send");
	return event;
}

static enum seen_result
tell(struct seen *seen, const struct event *event, unsigned *differs)
{
	struct seen_event told;

	seen_prepare(seen_seed(seen), event, &told);
	return seen_add(seen, &told, differs);
}

static void
tells_repeats_from_tellings_and_conflicts(void **state)
{
	struct seen *seen = seen_new();
	struct event event = sample("a");
	unsigned differs;

	(void)state;
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	assert_int_equal(tell(seen, &event, &differs), SEEN_REPEAT);
	/* people are the same in any case, times to the second */
	event.col[EV_ACTOR_NAME] = SLICE("ANN@contoso.example");
	event.time_us += 999;
	assert_int_equal(tell(seen, &event, &differs), SEEN_REPEAT);
	/* absent is not different */
	event.col[EV_OPERATION] = SLICE("");
	assert_int_equal(tell(seen, &event, &differs), SEEN_REPEAT);
	event.col[EV_IP] = SLICE("192.0.2.1");
	assert_int_equal(tell(seen, &event, &differs), SEEN_TELLING);
	assert_int_equal(tell(seen, &event, &differs), SEEN_REPEAT);
	event.col[EV_IP] = SLICE("192.0.2.2");
	assert_int_equal(tell(seen, &event, &differs), SEEN_CONFLICT);
	for (size_t i = 0; i < TOLD_FIELDS; i++)
		assert_int_equal(differs >> i & 1,
		    slice_eq(slice_cstr(told_field_name(i)), SLICE("address")));
	seen_free(seen);
}

static void
keeps_tenants_families_and_the_nameless_apart(void **state)
{
	struct seen *seen = seen_new();
	struct event event = sample("a");
	unsigned differs;

	(void)state;
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	event.col[EV_TENANT] = SLICE("t2");
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	event.family = "entra.signin";
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	event.family = NULL;
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	event.family = "o365.audit";
	event.col[EV_ID] = SLICE("");
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	assert_int_equal(tell(seen, &event, &differs), SEEN_NEW);
	seen_free(seen);
}

/* Exact over many ids, and within the memory that the header promises. */
static void
is_exact_and_small(void **state)
{
	enum { N = 300000 };
	struct seen *seen = seen_new();
	unsigned differs;
	char id[32];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < N; i++) {
			struct event event;

			snprintf(id, sizeof(id), "id-%d", i);
			event = sample(id);
			assert_int_equal(tell(seen, &event, &differs),
			    round ? SEEN_REPEAT : SEEN_NEW);
		}
	}
	assert_true(seen_bytes(seen) < (size_t)N * 24 + 400000);
	seen_free(seen);
}

/* Texts made to begin alike, by someone who wants one place to run over. */
static void
spreads_texts_that_are_alike(void **state)
{
	struct seen *seen = seen_new();
	unsigned differs;
	char text[64];

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct seen_event key = {0};

		snprintf(text, sizeof(text), "ffffffffffffffffffffffff%08x", i);
		seen_key(seen_seed(seen), slice_cstr(text), &key);
		assert_int_equal(seen_add(seen, &key, &differs), SEEN_NEW);
		assert_int_not_equal(seen_add(seen, &key, &differs), SEEN_NEW);
	}
	seen_free(seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tells_repeats_from_tellings_and_conflicts),
	    cmocka_unit_test(keeps_tenants_families_and_the_nameless_apart),
	    cmocka_unit_test(is_exact_and_small),
	    cmocka_unit_test(spreads_texts_that_are_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
