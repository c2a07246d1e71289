#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline_watch.h"

#define SEED 7

static uint64_t
touches(const struct watch *watch, enum event_column column, const char *text)
{
	struct event event = {0};

	event.col[column] = slice_cstr(text);
	return watch_test(watch, &event);
}

static void
names_are_found_whatever_their_case(void **state)
{
	struct watch *watch = watch_new(SEED);

	(void)state;
	watch_name(watch, 0, SLICE("kim@contoso.example"));
	watch_name(watch, 63, SLICE("Kim@Contoso.Example"));
	watch_name(watch, 1, SLICE("\xc3\x84nne")); /* Änne */
	assert_int_equal(touches(watch, EV_ACTOR_NAME, "KIM@contoso.example"),
	    UINT64_C(1) << 63 | 1);
	assert_int_equal(touches(watch, EV_MAILBOX, "\xc3\xa4nne"), 2);
	assert_int_equal(touches(watch, EV_ACTOR_NAME, "kim@contoso"), 0);
	assert_int_equal(touches(watch, EV_ACTOR_NAME, ""), 0);
	/* A column that names nobody. */
	assert_int_equal(
	    touches(watch, EV_USER_AGENT, "kim@contoso.example"), 0);
	watch_clear(watch);
	assert_int_equal(touches(watch, EV_MAILBOX, "\xc3\xa4nne"), 0);
	watch_free(watch);
}

static void
networks_and_operations(void **state)
{
	struct watch *watch = watch_new(SEED);

	(void)state;
	watch_name(watch, 2, SLICE("203.0.113.0/24"));
	watch_name(watch, 3, SLICE("203.0.113.66"));
	watch_name(watch, 4, SLICE("a/b"));
	watch_operation(watch, 5, SLICE("add policy"));
	assert_int_equal(touches(watch, EV_IP, "203.0.113.66"), 4 | 8);
	assert_int_equal(touches(watch, EV_IP, "203.0.114.66"), 0);
	assert_int_equal(touches(watch, EV_IP, "no address"), 0);
	assert_int_equal(touches(watch, EV_TARGET_NAME, "a/b"), 16);
	assert_int_equal(touches(watch, EV_OPERATION, "Add policy. "), 32);
	/* Nobody is called as an operation is. */
	assert_int_equal(touches(watch, EV_TARGET_NAME, "add policy"), 0);
	assert_int_equal(touches(watch, EV_OPERATION, "203.0.113.66"), 0);
	watch_free(watch);
}

static void
many_and_long(void **state)
{
	struct watch *watch = watch_new(SEED);
	char longer[2000], text[32];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	watch_name(watch, 0, slice_cstr(longer));
	assert_int_equal(touches(watch, EV_SESSION, longer), 0);
	for (unsigned i = 0; i < 10000; i++) {
		(void)snprintf(text, sizeof(text), "session-%u", i);
		watch_name(watch, i % WATCH_MAX, slice_cstr(text));
	}
	for (unsigned i = 0; i < 10000; i++) {
		(void)snprintf(text, sizeof(text), "SESSION-%u", i);
		assert_int_equal(touches(watch, EV_SESSION, text),
		    UINT64_C(1) << (i % WATCH_MAX));
	}
	assert_int_equal(touches(watch, EV_SESSION, "session-10000"), 0);
	watch_free(watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_are_found_whatever_their_case),
	    cmocka_unit_test(networks_and_operations),
	    cmocka_unit_test(many_and_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
