#include <string.h>

#include "rule_case.h"

/*
 * The tables that choose which rules are looked at (rule/plan.c).
 */

/* Each rule has a mapping, and so a route, of its own. */
#define ROUTES 150

static void
make_routes(struct rule_run *run, struct buf *rules, struct buf *mapping)
{
	for (int i = 0; i < ROUTES; i++) {
		buf_printf(rules,
		    "%stitle: t\nlogsource: {product: p, category: c%d}\n"
		    "detection: {s: {v: x, w|contains: text}, condition: s}\n",
		    i ? "---\n" : "", i);
		buf_printf(mapping,
		    "%slogsource: [{product: p, category: c%d}]\n"
		    "kinds: [unknown]\nwhen: {n: %d}\n",
		    i ? "---\n" : "", i, i);
	}
	buf_char(mapping, '\0');
	rule_run_load(run, buf_slice(rules), mapping->ptr, NULL);
	assert_int_equal(run->report.count, 0);
	assert_int_equal(rules_count(run->rules), ROUTES);
}

/* Routes 64 apart share a bit of every mask. */
static void
shared_mask_bits(void **state)
{
	struct buf rules = {0}, mapping = {0}, record = {0};
	struct rule_run run;
	const uint32_t *hits;

	(void)state;
	make_routes(&run, &rules, &mapping);
	for (uint32_t i = 0; i < ROUTES; i++) {
		buf_clear(&record);
		buf_printf(&record, "{\"n\":%u,\"v\":\"x\",\"w\":\"a text\"}",
		    (unsigned)i);
		assert_int_equal(rule_run_match(&run, buf_slice(&record),
		                     KIND_UNKNOWN, &hits),
		    1);
		assert_int_equal(hits[0], i);
	}
	assert_int_equal(
	    rule_run_match(&run,
	        SLICE("{\"n\":[131,3,2,500],\"v\":\"x\",\"w\":\"text\"}"),
	        KIND_UNKNOWN, &hits),
	    3);
	assert_int_equal(hits[0], 2);
	assert_int_equal(hits[1], 3);
	assert_int_equal(hits[2], 131);
	rule_run_free(&run);
	buf_release(&rules);
	buf_release(&mapping);
	buf_release(&record);
}

static void
double_under_a_gate(void **state)
{
	static const struct {
		const char *record;
		size_t matches;
	} cases[] = {
	    {"{'EventID':1,'v':2}", 1},
	    {"{'EventID':1.0,'v':2}", 1},
	    {"{'EventID':1.0,'v':2.0}", 1},
	    {"{'EventID':1e0,'v':20e-1}", 1},
	    {"{'EventID':'1','v':'2'}", 1},
	    {"{'EventID':-0.0,'v':2}", 1},
	    {"{'EventID':1e15,'v':2}", 1},
	    {"{'EventID':1,'w':1e16}", 1},
	    {"{'EventID':1,'w':9007199254740992.0}", 1},
	    {"{'EventID':1,'w':9007199254740994.0}", 0},
	    {"{'EventID':1.5,'v':2}", 0},
	    {"{'EventID':1.0,'v':2.5}", 0},
	    {"{'EventID':-1.0,'v':2}", 0},
	    {"{'EventID':'1.0','v':2}", 0},
	};
	struct rule_run run;
	const uint32_t *hits;

	(void)state;
	rule_run_load(&run,
	    SLICE("title: t\nlogsource: {product: p}\n"
	          "detection: {s: {v: 2}, condition: s or t,"
	          " t: {w: [10000000000000000, 9007199254740993]}}\n"),
	    "logsource: [{product: p}]\nkinds: [unknown]\n"
	    "when: {EventID: [1, 4688, 0, 1000000000000000]}\n",
	    NULL);
	assert_int_equal(run.report.count, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf json = {0};

		for (const char *p = cases[i].record; *p; p++)
			buf_char(&json, *p == '\'' ? '"' : *p);
		if (rule_run_match(&run, buf_slice(&json), KIND_UNKNOWN,
		        &hits) != cases[i].matches)
			fail_msg("%s", cases[i].record);
		buf_release(&json);
	}
	rule_run_free(&run);
}

/* What the first rule needs besides its witness, the others put in tables. */
static void
further_witnesses(void **state)
{
	static const struct {
		const char *record;
		size_t mask; /* of the rules */
	} cases[] = {
	    {"{'a':'first','b':'some other thing','c':1}", 1 | 2 | 4 | 8},
	    {"{'a':'first','b':'another','c':'x'}", 1 | 4 | 8},
	    {"{'a':'first','b':'a thing'}", 2},
	    {"{'a':'first','c':'a thing'}", 8},
	    {"{'a':'first'}", 0},
	    {"{'a':'FIRST','b':['no',['THING']],'c':null}", 1 | 2 | 8},
	    {"{'c':true,'b':'other','a':'first'}", 1 | 4 | 8},
	};
	struct rules_source any = {.any_logsource = true};
	struct rule_run run;
	const uint32_t *hits;

	(void)state;
	rule_run_load(&run,
	    SLICE("title: t\nlogsource: {product: p}\n"
	          "detection: {s: {a: first, b|contains: [thing, other],"
	          " c|exists: true}, condition: s}\n---\n"
	          "title: t\nlogsource: {product: p}\n"
	          "detection: {s: {b|contains: thing}, condition: s}\n---\n"
	          "title: t\nlogsource: {product: p}\n"
	          "detection: {s: {b|contains: other}, condition: s}\n---\n"
	          "title: t\nlogsource: {product: p}\n"
	          "detection: {s: {c|exists: true}, condition: s}\n"),
	    NULL, &any);
	assert_int_equal(run.report.count, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf json = {0};
		size_t n, mask = 0;

		for (const char *p = cases[i].record; *p; p++)
			buf_char(&json, *p == '\'' ? '"' : *p);
		n = rule_run_match(&run, buf_slice(&json), KIND_OKTA, &hits);
		for (size_t k = 0; k < n; k++)
			mask |= (size_t)1 << hits[k];
		if (mask != cases[i].mask)
			fail_msg("%s", cases[i].record);
		buf_release(&json);
	}
	rule_run_free(&run);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shared_mask_bits),
	    cmocka_unit_test(double_under_a_gate),
	    cmocka_unit_test(further_witnesses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
