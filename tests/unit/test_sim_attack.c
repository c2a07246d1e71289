/*
 * Scenarios: those of the program are good, what is drawn is in its range, and
 * every mistake in one is told with its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../sim/attack_deed.h"
#include "../../sim/attack_order.h"

#define SEEDS 200

static void
the_program_has_eight(void **state)
{
	size_t n = 0;

	(void)state;
	for (struct attack *attack; (attack = attack_builtin(n)); n++) {
		struct measure m = {0};

		assert_string_not_equal(attack->help, "");
		deed_measure(attack->steps, attack, NULL, &m);
		assert_null(m.over);
		assert_true(m.played > 5);
		for (unsigned i = WITH_COUNT; i < PARAMETERS_MAX; i++) {
			const struct attack_parameter *p =
			    &attack->parameters[i];

			if (!p->name)
				continue;
			assert_string_not_equal(p->help, "");
			assert_true(p->n_words || *p->source);
		}
		attack_free(attack);
	}
	assert_int_equal(n, 8);
}

/* Each is within its range, and all of the range is drawn from. */
static void
check_drawn(const struct attack_parameter *p, const uint32_t *drawn)
{
	uint32_t low = UINT32_MAX, high = 0;

	for (unsigned i = 0; i < SEEDS; i++) {
		low = drawn[i] < low ? drawn[i] : low;
		high = drawn[i] > high ? drawn[i] : high;
	}
	if (p->n_words) {
		assert_int_equal(low, 0);
		assert_int_equal(high, p->n_words - 1);
		return;
	}
	assert_in_range(low, p->from, p->from + (p->to - p->from) / 4);
	assert_in_range(high, p->to - (p->to - p->from) / 4, p->to);
}

static void
draws_within_the_ranges(void **state)
{
	struct attack_orders orders = {0};
	struct err err;

	(void)state;
	assert_int_equal(
	    attack_orders_add(&orders, SLICE("all:draw"), &err), 0);
	for (size_t i = 0; i < orders.n; i++) {
		const struct attack_order *order = &orders.list[i];
		static uint32_t drawn[PARAMETERS_MAX][SEEDS];

		for (unsigned seed = 0; seed < SEEDS; seed++) {
			struct attack_with with;

			attack_order_settle(order, seed + 1, &with);
			for (unsigned p = 0; p < PARAMETERS_MAX; p++)
				drawn[p][seed] = with.value[p];
		}
		for (unsigned p = 0; p < PARAMETERS_MAX; p++)
			if (order->attack->parameters[p].name)
				check_drawn(
				    &order->attack->parameters[p], drawn[p]);
	}
	attack_orders_release(&orders);
}

static void
plain_values_are_the_first(void **state)
{
	struct attack_orders orders = {0};
	struct attack_with with;

	(void)state;
	assert_int_equal(
	    attack_orders_add(
	        &orders, SLICE("bec midnight-blizzard bec:invoices=7"), NULL),
	    0);
	attack_order_settle(&orders.list[0], 5, &with);
	for (unsigned i = 0; i < WITH_COUNT; i++)
		assert_int_equal(with.value[i], 0);
	assert_int_equal(with.value[WITH_COUNT], 3);
	/* of this one variant any is plain */
	for (uint64_t seed = 4; seed < 6; seed++) {
		attack_order_settle(&orders.list[1], seed, &with);
		assert_int_equal(with.value[WITH_VARIANT], seed % 2);
		assert_int_equal(with.value[WITH_CONTAIN], CONTAIN_NONE);
	}
	attack_order_settle(&orders.list[2], 5, &with);
	assert_int_equal(with.value[WITH_COUNT + 1], 7);
	assert_int_equal(orders.list[2].number, 2);
	attack_orders_release(&orders);
}

/* --- mistakes --- */

#define HEAD    "name: x\nhelp: y\nperiod: {from: 1, to: 9}\n"
#define CAST    HEAD "cast: {v: {person: it}}\nsteps:\n"
#define NUMBERS HEAD "parameters:\n"
#define RANGE   ", plain: 2, help: h, source: s}\n"
#define INTRUDER                                                               \
	HEAD "cast: {v: {person: it}, i: {intruder: v, network: NG, "          \
	     "browser: edge}}\nsteps:\n"

static const struct {
	const char *text, *said;
} mistakes[] = {
    {"", "f.yaml:1:1: is empty"},
    {"- a", "f.yaml:1:1: a map is wanted"},
    {"name: [", "f.yaml:2:1: flow sequence without"},
    {HEAD, "f.yaml:1:1: an attack wants 'steps'"},
    {HEAD "steps: []\nmore: 1\n", "f.yaml:5:1: an attack has no 'more'"},
    {HEAD "steps: []\n---\nname: z\n", "f.yaml:6:1: one attack a file"},
    {"name: all\nhelp: y\nperiod: {from: 1, to: 9}\nsteps: []",
        "f.yaml:1:7: an attack is not called 'all'"},
    {"name: x\nhelp: y\nperiod: {from: 9, to: 9}\nsteps: []",
        "f.yaml:3:9: the period is empty"},
    {"name: x\nhelp: y\nperiod: {from: 9, to: 101}\nsteps: []",
        "f.yaml:3:23: a number from 0 to 100 is wanted"},

    /* parameters */
    {NUMBERS " n: {from: 5, to: 2" RANGE "steps: []",
        "f.yaml:5:5: the range is empty"},
    {NUMBERS " n: {from: 3, to: 9" RANGE "steps: []",
        "f.yaml:5:29: a number from 3 to 9 is wanted"},
    {NUMBERS " n: {from: 3, to: 9, plain: 4}\nsteps: []",
        "f.yaml:5:5: a range wants 'to', 'plain' and 'source'"},
    {NUMBERS " n: {from: 1, to: 9, top: 8" RANGE "steps: []",
        "f.yaml:5:22: a parameter has no 'top'"},
    {NUMBERS " w: {a: 50, b: 40}\nsteps: []",
        "f.yaml:5:5: the shares come to 90, not to 100"},
    {NUMBERS " owner: {busy: 50, quiet: 50}\nsteps: []",
        "f.yaml:5:9: the words of 'owner' are quiet, busy, in this order"},
    {NUMBERS " Seed: {a: 50, b: 50}\nsteps: []",
        "f.yaml:5:2: a parameter is not called 'Seed'"},

    /* deeds and their arguments */
    {CAST " - {dance: v}", "f.yaml:6:5: there is no deed 'dance'"},
    {CAST " - wait", "f.yaml:6:4: a deed is wanted, such as {wait: 60}"},
    {CAST " - {wait: 5, long: 1}", "f.yaml:6:14: 'wait' has no 'long'"},
    {CAST " - {wait: soon}",
        "f.yaml:6:11: a number from 0 to 864000 is wanted"},
    {CAST " - {wait: {from: 9, to: 8}}", "f.yaml:6:11: the range is empty"},
    {CAST " - {wait: {from: 9}}", "f.yaml:6:11: 'wait' is a number, {from: "
                                  "N, to: N} or $PARAMETER"},
    {CAST " - {wait: $n}", "f.yaml:6:11: there is no parameter 'n'"},
    {CAST " - {wait: []}", "f.yaml:6:11: a list of 'wait' has 1 to 64"},
    {CAST " - {got-session: v}",
        "f.yaml:6:18: 'v' is of another kind than 'got-session' takes"},
    {CAST " - {got-password: u}", "f.yaml:6:19: 'u' is not in the cast so far"},
    {CAST " - {app: desk, as: d}", "f.yaml:6:5: 'app' belongs into the cast"},
    {HEAD "cast: {v: {wait: 5}}\nsteps: []",
        "f.yaml:4:12: 'wait' belongs into the steps"},
    {HEAD "cast: {v: {person: cooks}}\nsteps: []",
        "f.yaml:4:20: 'person' does not take 'cooks'"},
    {HEAD "cast: {graph: {person: it}}\nsteps: []",
        "f.yaml:4:8: a role is not called 'graph'"},
    {CAST " - {intruder: v, as: v, network: NG, browser: edge}",
        "f.yaml:6:22: 'v' is cast as another kind already"},
    {INTRUDER " - {read: i}", "f.yaml:6:4: 'read' wants 'messages'"},
    {INTRUDER " - {sign-in: i, app: word, to: graph}",
        "f.yaml:6:22: 'word' is not in the cast so far"},
    {INTRUDER " - {search: i, for: \"${each}\"}",
        "f.yaml:6:21: nothing is known to fill in for '${each}'"},
    {INTRUDER " - {search: i, for: \"${i.user}\"}",
        "f.yaml:6:21: nothing is known to fill in for '${i.user}'"},
    {INTRUDER " - {search: i, for: 'a\"b'}",
        "f.yaml:6:21: 'for' may have no quotes, backslashes and line ends"},
    {HEAD "parameters: {w: {a: 50, b: 50}}\nsteps:\n"
          " - {when: {w: c}, do: []}",
        "f.yaml:6:15: 'w' is never 'c'"},
    {HEAD "parameters: {w: {a: 50, b: 50}}\nsteps:\n - {wait: $w}",
        "f.yaml:6:11: 'wait' wants a number, which parameter 'w' is not"},
    {HEAD "parameters: {w: {a: 50, b: 50}}\nsteps:\n - when: {w: a}\n"
          "   do: [{person: it, as: p}]",
        "f.yaml:7:26: 'p' may never be cast: not under 'when'"},
    {HEAD "cast: {d: {app: desk}}\nsteps:\n - {app-sign-in: d, to: graph}",
        "f.yaml:6:18: app 'd' has no address yet to act from"},

    /* ways to come back */
    {CAST " - {wait: 5}\ncomebacks: [{kinds: [luck], do: []}]",
        "f.yaml:7:22: there is no such kind of way back"},
    {CAST " - {wait: 5}\ncomebacks: [{kinds: [password]}]",
        "f.yaml:7:13: a comeback has a list 'kinds', and 'do'"},

    /* too much */
    {CAST " - {repeat: 5000, do: [{repeat: 5000, do: [{wait: 1}]}]}",
        "f.yaml:6:24: too much: 20000 deeds and 32 people are the most"},
    {CAST " - {repeat: 33, do: [{person: it, as: v}]}",
        "f.yaml:6:22: too much"},
    {CAST " - {repeat: 0, do: []}",
        "f.yaml:6:13: a number from 1 to 5000 is wanted"},
};

static void
tells_mistakes_with_their_place(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		const char *said = mistakes[i].said;
		struct err err = {0};

		assert_null(
		    attack_read(slice_cstr(mistakes[i].text), "f.yaml", &err));
		if (!strncmp(err.msg, said, strlen(said)))
			continue;
		print_error("said: %s\nnot:  %s\n", err.msg, said);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static void
deep_and_long_ones_are_refused(void **state)
{
	char text[80000], *at = text;
	struct err err = {0};

	(void)state;
	at += snprintf(at, sizeof(text), "%s", CAST " - ");
	for (int i = 0; i < 10; i++)
		at += snprintf(at, 32, "{repeat: 1, do: [");
	at += snprintf(at, 32, "{wait: 1}");
	for (int i = 0; i < 10; i++)
		at += snprintf(at, 4, "]}");
	assert_null(attack_read(slice_cstr(text), "f.yaml", &err));
	assert_non_null(strstr(err.msg, "more than 8 levels of deeds"));
	memset(text, '#', sizeof(text));
	assert_null(attack_read(slice_of(text, sizeof(text)), "f.yaml", &err));
	assert_non_null(strstr(err.msg, "longer than 65536 bytes"));
	at = text + snprintf(text, sizeof(text), "%s", CAST);
	for (int i = 0; i < 1001; i++)
		at += snprintf(at, 16, " - {wait: 1}\n");
	assert_null(attack_read(slice_cstr(text), "f.yaml", &err));
	assert_string_equal(err.msg, "f.yaml:1005:4: more than 1000 deeds");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_program_has_eight),
	    cmocka_unit_test(draws_within_the_ranges),
	    cmocka_unit_test(plain_values_are_the_first),
	    cmocka_unit_test(tells_mistakes_with_their_place),
	    cmocka_unit_test(deep_and_long_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
