#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/damage_args.h"

static void
what_was_typed_can_be_read_again(void **state)
{
	static struct damage_args typed, again;
	char *argv[] = {(char[]){"damage"}, (char[]){"--ip"},
	    (char[]){"203.0.113.0/24"}, (char[]){"--cut"},
	    (char[]){"user:o'neil \\ x"}, (char[]){"--state"},
	    (char[]){"hidden inbox rules: none, by B"}, (char[]){"--finding"},
	    (char[]){"--ip 'x'"}, (char[]){"--from"}, (char[]){"2026-10-01"},
	    (char[]){"--by"}, (char[]){"A"}, NULL};
	struct err err = {0};

	(void)state;
	assert_int_equal(damage_args_read(&typed, 13, argv, &err), 13);
	assert_int_equal(
	    damage_args_again(&again, buf_slice(&typed.command), &err), 0);
	assert_int_equal(again.ask.given_count, 2);
	/* Its document may be gone. */
	assert_int_equal(typed.ask.statement_count, 1);
	assert_int_equal(again.ask.statement_count, 0);
	assert_true(again.given[1].cut);
	assert_true(slice_eq(again.given[1].value, SLICE("o'neil \\ x")));
	assert_string_equal(again.ask.finding, "--ip 'x'");
	assert_true(again.ask.from_us == typed.ask.from_us);
	assert_true(damage_args_given(&again));
	damage_args_release(&typed);
	damage_args_release(&again);
}

static void
what_is_no_command_is_refused(void **state)
{
	static const char *const wrong[] = {"ledger", "--ip", "--ip 'x'",
	    "--nothing 'x'", "--ip '192.0.2.1' more", "--help",
	    "--from '2026-10-01'", ""};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		static struct damage_args args;
		struct err err = {0};

		args = (struct damage_args){0};
		assert_int_equal(
		    damage_args_again(&args, slice_cstr(wrong[i]), &err), -1);
		damage_args_release(&args);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_typed_can_be_read_again),
	    cmocka_unit_test(what_is_no_command_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
