/*
 * What a rule is true of: every modifier and every corner of docs/rules.md.
 */
#include "rule_case.h"

/* The detection is flow YAML; in records ' stands for ". */
struct match_case {
	const char *detection;
	const char *record;
	bool want;
};

static const struct match_case text_cases[] = {
    /* without case, whole value */
    {"{a: Foo}", "{'a':'fOO'}", true},
    {"{a: Foo}", "{'a':'food'}", false},
    {"{a: Foo}", "{'A':'foo'}", false},
    {"{a: 'ARRÊTÉ'}", "{'a':'arrêté'}", true},
    {"{a: 'straße'}", "{'a':'STRAẞE'}", true},
    {"{a: 'Δέλτα'}", "{'a':'δΈΛΤΑ'}", true},
    {"{a: kelvin}", "{'a':'\u212aelvin'}", true},
    {"{a|cased: Foo}", "{'a':'Foo'}", true},
    {"{a|cased: Foo}", "{'a':'foo'}", false},
    {"{a|contains|cased: oO}", "{'a':'FoObar'}", true},
    {"{a|contains|cased: oO}", "{'a':'foobar'}", false},
    /* wildcards */
    {"{a: f*o}", "{'a':'foo foo'}", true},
    {"{a: 'f?o'}", "{'a':'fÄo'}", true},
    {"{a: 'f?o'}", "{'a':'fo'}", false},
    {"{a: '*a*b*c'}", "{'a':'xxaxbxcxc'}", true},
    {"{a: '*a*b*c'}", "{'a':'xxaxbxcxd'}", false},
    {"{a: 'a*b?c'}", "{'a':'abxbyc'}", true},
    {"{a: '*'}", "{'a':''}", true},
    {"{a: '*'}", "{'a':null}", false},
    {"{a: '*'}", "{}", false},
    {"{a: '*'}", "{'a':{'b':1}}", true},
    {"{a|contains: ''}", "{'a':5}", true},
    {"{a: '?'}", "{'a':''}", false},
    /* escapes, from left to right */
    {"{a: '\\\\'}", "{'a':'\\\\'}", true},
    {"{a: '\\\\'}", "{'a':'\\\\\\\\'}", false},
    {"{a: 'c:\\x'}", "{'a':'C:\\\\X'}", true},
    {"{a: 'x\\'}", "{'a':'x\\\\'}", true},
    {"{a: '\\*'}", "{'a':'*'}", true},
    {"{a: '\\*'}", "{'a':'x'}", false},
    {"{a: '\\?m'}", "{'a':'?m'}", true},
    {"{a: '\\\\*'}", "{'a':'\\\\anything'}", true},
    {"{a: '\\\\*'}", "{'a':'*'}", false},
    {"{a: '\\\\\\*'}", "{'a':'\\\\*'}", true},
    {"{a: '\\\\\\\\\\*\\IPC$'}", "{'a':'\\\\\\\\*\\\\ipc$'}", true},
    {"{a|contains: 'near \"\\*\": error'}", "{'a':'x near \\'*\\': error'}",
        true},
    /* contains, startswith, endswith */
    {"{a|contains: oo}", "{'a':'FOOD'}", true},
    {"{a|contains: 'o*d'}", "{'a':'FooBarDo'}", true},
    {"{a|startswith: fo}", "{'a':'Foo'}", true},
    {"{a|startswith: oo}", "{'a':'Foo'}", false},
    {"{a|endswith: OO}", "{'a':'foo'}", true},
    {"{a|endswith: '1?'}", "{'a':'x12'}", true},
    {"{a|endswith: '1?'}", "{'a':'x123'}", false},
    {"{a|contains|all: [foo, bar]}", "{'a':'barfoo'}", true},
    {"{a|contains|all: [foo, bar]}", "{'a':'foo'}", false},
    {"{a|contains|all: [foo, bar]}", "{'a':['foo','bar']}", true},
    {"{a: [x, y]}", "{'a':'Y'}", true},
    {"{a: [x, y]}", "{'a':'z'}", false},
    /* neq */
    {"{a|neq: x}", "{'a':'y'}", true},
    {"{a|neq: x}", "{'a':'X'}", false},
    {"{a|neq: x}", "{}", true},
    {"{a|neq: [x, y]}", "{'a':['z','y']}", false},
    {"{a|contains|neq: x}", "{'a':'abxc'}", false},
};

static const struct match_case value_cases[] = {
    /* null, empty, absent */
    {"{a: null}", "{}", true},
    {"{a: null}", "{'a':null}", true},
    {"{a: ~}", "{'a':''}", false},
    {"{a: }", "{'a':'x'}", false},
    {"{a: null}", "{'a':[]}", false},
    {"{a: null}", "{'a':['x',null]}", true},
    {"{a: 'null'}", "{'a':null}", false},
    {"{a: ''}", "{'a':''}", true},
    {"{a: ''}", "{}", false},
    {"{a: ''}", "{'a':null}", false},
    {"{a: [null, x]}", "{}", true},
    {"{a|neq: null}", "{'a':'x'}", true},
    {"{a|neq: null}", "{}", false},
    {"{a|exists: true}", "{'a':null}", true},
    {"{a|exists: true}", "{'b':1}", false},
    {"{a|exists: false}", "{'b':1}", true},
    {"{a|exists: false}", "{'a':''}", false},
    {"{a|exists: true}", "{'a':[]}", true},
    /* numbers, strings, booleans */
    {"{a: 4624}", "{'a':4624}", true},
    {"{a: 4624}", "{'a':'4624'}", true},
    {"{a: '4624'}", "{'a':4624}", true},
    {"{a: 4624}", "{'a':4624.0}", true},
    {"{a: -3}", "{'a':-3}", true},
    {"{a: 46}", "{'a':4624}", false},
    {"{a|startswith: 46}", "{'a':4624}", true},
    {"{a: 1.5}", "{'a':1.5}", true},
    {"{a: 007}", "{'a':7}", false},
    {"{a: 18446744073709551615}", "{'a':18446744073709551615}", true},
    {"{a: true}", "{'a':true}", true},
    {"{a: true}", "{'a':'True'}", true},
    {"{a: 'true'}", "{'a':true}", true},
    {"{a: false}", "{'a':true}", false},
    {"{a: yes}", "{'a':'yes'}", true},
    {"{a: yes}", "{'a':true}", false},
    {"{a: [0, 'DWORD (0x0)']}", "{'a':0}", true},
    {"{a|gt: 5}", "{'a':5}", false},
    {"{a|gte: 5}", "{'a':5}", true},
    {"{a|lt: 5.5}", "{'a':'5.4'}", true},
    {"{a|lte: 5}", "{'a':6}", false},
    {"{a|gt: -1}", "{'a':'x'}", false},
    {"{a|gt: 5}", "{}", false},
    {"{a|gt|neq: 5}", "{'a':4}", true},
    /* parts of a time */
    {"{a|hour|gte: 22}", "{'a':'2026-10-05T22:14:00Z'}", true},
    {"{a|hour: 22}", "{'a':'2026-10-05T21:14:00Z'}", false},
    {"{a|week: 53}", "{'a':'2021-01-03T00:00:00'}", true},
    {"{a|week: 1}", "{'a':'2021-01-04T00:00:00'}", true},
    {"{a|minute: 14}", "{'a':'2026-10-05T22:14:00Z'}", true},
    {"{a|day: 5}", "{'a':'2026-10-05'}", true},
    {"{a|month: 10}", "{'a':'2026-10-05'}", true},
    {"{a|year|lt: 2026}", "{'a':'2026-10-05'}", false},
    {"{a|year: 2026}", "{'a':'no time'}", false},
    /* networks */
    {"{a|cidr: 10.0.0.0/8}", "{'a':'10.1.2.3'}", true},
    {"{a|cidr: 10.0.0.0/8}", "{'a':'11.1.2.3'}", false},
    {"{a|cidr: 10.9.9.9/8}", "{'a':'10.1.2.3:443'}", true},
    {"{a|cidr: '2001:db8::/32'}", "{'a':'[2001:db8::1]:80'}", true},
    {"{a|cidr: 0.0.0.0/0}", "{'a':'2001:db8::1'}", false},
    {"{a|cidr: 192.168.0.1}", "{'a':'192.168.0.1'}", true},
    {"{a|cidr|neq: 10.0.0.0/8}", "{'a':'10.1.2.3'}", false},
    /* regular expressions: as they are, cased, anywhere */
    {"{a|re: 'b.d'}", "{'a':'abcde'}", true},
    {"{a|re: 'B.D'}", "{'a':'abcde'}", false},
    {"{a|re|i: 'B.D'}", "{'a':'abcde'}", true},
    {"{a|re: '^b'}", "{'a':'a\\nb'}", false},
    {"{a|re|m: '^b'}", "{'a':'a\\nb'}", true},
    {"{a|re: 'a.b'}", "{'a':'a\\nb'}", false},
    {"{a|re|s: 'a.b'}", "{'a':'a\\nb'}", true},
    {"{a|re: '\\d{3}$'}", "{'a':4624}", true},
    {"{a|re: 'x'}", "{'a':null}", false},
    {"{a|re: ''}", "{'a':''}", true},
    {"{a|re|neq: 'b'}", "{'a':'abc'}", false},
    {"{a|re: '^.$'}", "{'a':'ä'}", true},
};

static const struct match_case encoding_cases[] = {
    {"{a|base64: foo}", "{'a':'Zm9v'}", true},
    {"{a|base64: fo}", "{'a':'Zm8='}", true},
    {"{a|base64|contains: foo}", "{'a':'xZm9vx'}", true},
    {"{a|base64offset|contains: bar}", "{'a':'YmFy'}", true},
    {"{a|base64offset|contains: bar}", "{'a':'eGJhcg=='}", true},
    {"{a|base64offset|contains: bar}", "{'a':'eHhiYXI='}", true},
    {"{a|base64offset|contains: bar}", "{'a':'YmF6'}", false},
    {"{a|base64offset: foobar}", "{'a':'Zm9vYmFy'}", true},
    {"{a|base64offset|contains|all: [foo, bar]}", "{'a':'Zm9v YmFy'}", true},
    {"{a|base64offset|contains|all: [foo, bar]}", "{'a':'Zm9v'}", false},
    {"{a|wide|base64: ab}", "{'a':'YQBiAA=='}", true},
    {"{a|utf16le|base64: ab}", "{'a':'YQBiAA=='}", true},
    {"{a|utf16be|base64: ab}", "{'a':'AGEAYg=='}", true},
    {"{a|utf16|base64: ab}", "{'a':'//5hAGIA'}", true},
    {"{a|utf16le|base64: '😀'}", "{'a':'PdgA3g=='}", true},
    {"{a|wide|base64offset|contains: ab}", "{'a':'xxYQBiAxx'}", true},
    {"{a|windash: ' -x y'}", "{'a':' /x y'}", true},
    {"{a|windash|contains: ' /f'}", "{'a':'del –F'}", true},
    {"{a|windash|contains: ' –f'}", "{'a':'del -f'}", true},
    {"{a|windash|contains: a-b}", "{'a':'a/b'}", false},
    {"{a|windash|contains: '- '}", "{'a':'/ '}", false},
    {"{a|windash|contains|all: [' -a', ' -b']}", "{'a':'x /a ―b'}", true},
    {"{a|contains: '%x%'}", "{'a':'50%X%'}", true},
    {"{a|expand: 'plain'}", "{'a':'plain'}", true},
    {"{a|fieldref: b}", "{'a':'X','b':'x'}", true},
    {"{a|fieldref|cased: b}", "{'a':'X','b':'x'}", false},
    {"{a|fieldref: b}", "{}", false},
    {"{a|fieldref: b}", "{'a':null,'b':null}", false},
    {"{a|fieldref: b.c}", "{'a':'x','b':{'c':['y','x']}}", true},
    {"{a|fieldref|startswith: b}", "{'a':'foobar','b':'foo'}", true},
    {"{a|fieldref|endswith: b}", "{'a':'foobar','b':'foo'}", false},
    {"{a|fieldref|contains: b}", "{'a':'foobar','b':'oba'}", true},
    {"{a|fieldref|neq: b}", "{'a':'x','b':'y'}", true},
    {"{a|fieldref: [b, c]}", "{'a':1,'c':'1'}", true},
};

static const struct match_case path_cases[] = {
    {"{a.b: x}", "{'a':{'b':'x'}}", true},
    {"{a.b: x}", "{'a.b':'x'}", true},
    {"{a.b: x}", "{'a.b':'y','a':{'b':'x'}}", false},
    {"{a.b.c: x}", "{'a':{'b.c':'x'}}", true},
    {"{a.b.c: x}", "{'a.b':{'c':'x'},'a':{'b':{'c':'y'}}}", true},
    {"{a.b: x}", "{'a':[{'b':'y'},{'b':'x'}]}", true},
    {"{a.b: x}", "{'a':[{'b':['y','x']}]}", true},
    {"{a.b: x}", "{'a':'b'}", false},
    {"{a: x}", "{'a':'y','a':'x'}", false},
    /* a dot at the end */
    {"{a.: x}", "{'a.':'x'}", true},
    {"{a.: x}", "{'a':{'':'x'}}", true},
    {"{a.: x}", "{'a':'x'}", false},
    {"{'a[*].': x}", "{'a':[{'':'x'}]}", true},
    /* objects and arrays under text conditions */
    {"{a|contains: '\"b\":1'}", "{'a':{'b' : 1}}", true},
    {"{a|contains: 'x'}", "{'a':[{'b':'x'}]}", true},
    {"{a|re: 'b.:1'}", "{'a':{'b':1}}", true},
    {"{a: '{\"b\":1}'}", "{'a':{'b':1}}", false},
    {"{a: x}", "{'a':[['x']]}", true},
    /* JSON in strings is opened when the path goes on */
    {"{a.b: x}", "{'a':'{`b`:`x`}'}", true},
    {"{a.b: x}", "{'a':' [{`b`:`y`},{`b`:`x`}]'}", true},
    {"{a.b.c: x}", "{'a':{'b':'{`c`:`x`}'}}", true},
    {"{a.b: x}", "{'a':'{broken'}", false},
    {"{a|contains: b}", "{'a':'{`b`:1}'}", true},
    /* array access */
    {"{'P[Name=To].Value': x}",
        "{'P':[{'Name':'From','Value':'y'},{'Name':'to','Value':'x'}]}", true},
    {"{'P[Name=To].Value': x}",
        "{'P':[{'Name':'From','Value':'x'},{'Name':'To','Value':'y'}]}", false},
    {"{'P[Name=To].Value': x}", "{'P':{'To':'x','Cc':'y'}}", true},
    {"{'P[Name=To].Value': x}", "{'P':{'Cc':'x'}}", false},
    {"{'P[Name=To].Value': x}", "{'P':{'To':{'Value':'x'}}}", true},
    {"{'P[Name=To].Value': x}", "{'P':'[{`Name`:`To`,`Value`:`x`}]'}", true},
    {"{'P[Name=To].Value': x}", "{'P':{'Name':'To','Value':'x'}}", true},
    {"{'P[Name=a.b].Value': x}", "{'P':[{'Name':'A.B','Value':'x'}]}", true},
    {"{'P[Name=To].Value.Q': x}", "{'P':[{'Name':'To','Value':'{`Q`:`x`}'}]}",
        true},
    {"{'P[*].V': x}", "{'P':[{'V':'y'},{'V':'x'}]}", true},
    {"{'P[*].Q[*].V': x}", "{'P':[{'Q':[{'V':'x'}]}]}", true},
    {"{'P[*].V': x}", "{'P':{'V':'x'}}", true},
    {"{'P[0]': x}", "{'P[0]':'x'}", true},
    {"{'P[0]': x}", "{'P':['x']}", false},
    {"{cs-uri-query: x}", "{'cs-uri-query':'x'}", true},
    {"{Threat Name: x}", "{'Threat Name':'x'}", true},
};

static const struct match_case search_cases[] = {
    {"{a: x, b: y}", "{'a':'x','b':'y'}", true},
    {"{a: x, b: y}", "{'a':'x'}", false},
    {"[{a: x}, {b: y}]", "{'b':'y'}", true},
    {"[{a: x}, {b: y}]", "{'b':'x'}", false},
    {"{a|startswith: x, a|endswith: y}", "{'a':'xay'}", true},
    {"{a|startswith: x, a|endswith: y}", "{'a':'xa'}", false},
    /* keywords: a part of any value, not of a name */
    {"[foo, bar]", "{'a':{'b':['x','a FOO b']}}", true},
    {"[foo]", "{'foo':'x'}", false},
    {"['f*o']", "{'a':'xfizzo'}", true},
    {"[200]", "{'a':1200}", true},
    {"[true]", "{'a':true}", true},
    {"{'|all': [foo, 200]}", "{'a':'foo','b':200}", true},
    {"{'|all': [foo, 200]}", "{'a':'foo'}", false},
    {"{'|re': 'f.o'}", "{'a':'xfoox'}", true},
    {"[foo, {a: x}]", "{'a':'x'}", true},
    {"foo", "{'a':'xfoox'}", true},
};

static struct slice
record_text(struct arena *arena, const char *text)
{
	struct buf out = {0};
	struct slice copy;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] == '\'') {
			buf_str(&out, "\\\"");
			text++;
		} else if (*text == '`') {
			buf_str(&out, "\\\"");
		} else {
			buf_char(&out, *text == '\'' ? '"' : *text);
		}
	}
	copy = arena_copy(arena, buf_slice(&out));
	buf_release(&out);
	return copy;
}

static struct slice
rule_text(struct arena *arena, const char *detection, const char *condition)
{
	return arena_printf(arena,
	    "title: t\nlogsource: {product: p}\n"
	    "detection:\n  s: %s\n  condition: %s\n",
	    detection, condition);
}

/* Also under `not`, so that what announces a rule cannot hide a mistake. */
static void
run_cases(const struct match_case *cases, size_t count)
{
	static const char *const conditions[] = {"s", "not s"};
	struct rules_source any = {.any_logsource = true};
	size_t wrong = 0;

	for (size_t i = 0; i < count * 2; i++) {
		const struct match_case *c = &cases[i / 2];
		struct arena arena = {0};
		const uint32_t *hits;
		struct rule_run run;
		size_t n;

		rule_run_load(&run,
		    rule_text(&arena, c->detection, conditions[i % 2]), NULL,
		    &any);
		if (run.report.count)
			print_message("refused: %s: %s\n", c->detection,
			    run.report.list[0].reason.ptr);
		n = rule_run_match(
		    &run, record_text(&arena, c->record), KIND_OKTA, &hits);
		if (run.report.count || n != (c->want == !(i % 2))) {
			print_message("%s: %s of %s\n", conditions[i % 2],
			    c->detection, c->record);
			wrong++;
		}
		rule_run_free(&run);
		arena_release(&arena);
	}
	assert_int_equal(wrong, 0);
}

#define RUN_CASES(cases) run_cases(cases, sizeof(cases) / sizeof((cases)[0]))

static void
text(void **state)
{
	(void)state;
	RUN_CASES(text_cases);
}

static void
values(void **state)
{
	(void)state;
	RUN_CASES(value_cases);
}

static void
encodings(void **state)
{
	(void)state;
	RUN_CASES(encoding_cases);
}

static void
paths(void **state)
{
	(void)state;
	RUN_CASES(path_cases);
}

static void
searches(void **state)
{
	(void)state;
	RUN_CASES(search_cases);
}

/* --- conditions --- */

/* Every identifier x is true if the record's x is 1. */
static void
conditions(void **state)
{
	static const struct {
		const char *condition, *record;
		bool want;
	} cases[] = {
	    {"a and b or c", "{'c':1}", true},
	    {"a or b and c", "{'b':1}", false},
	    {"not a and b", "{'b':1}", true},
	    {"not a and b", "{'a':1,'b':1}", false},
	    {"not (a or b)", "{'b':1}", false},
	    {"not not a", "{'a':1}", true},
	    {"A AND B", "{}", false},
	    {"a AND NOT b", "{'a':1}", true},
	    {"1 of them", "{'c':1}", true},
	    {"1 of them", "{'_h':1}", false},
	    {"any of them", "{}", false},
	    {"all of them", "{'a':1,'b':1,'c':1,'d_1':1,'d_2':1}", true},
	    {"all of them", "{'a':1,'b':1,'c':1,'d_1':1}", false},
	    {"all of d_*", "{'d_1':1,'d_2':1}", true},
	    {"all of d_*", "{'d_1':1}", false},
	    {"1 of *_2", "{'d_2':1}", true},
	    {"1 of _*", "{'_h':1}", true},
	    {"2 of them", "{'a':1,'d_1':1}", true},
	    {"2 of them", "{'a':1}", false},
	    {"not 1 of d_*", "{'a':1}", true},
	    {"not all of d_*", "{'d_1':1}", true},
	    {"a and not 1 of d_* and not c", "{'a':1}", true},
	    {"1 of a", "{'a':1}", true},
	    {"[a, b]", "{'b':1}", true},
	};
	struct rules_source any = {.any_logsource = true};
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena = {0};
		struct rule_run run;
		const uint32_t *hits;
		struct slice rule = arena_printf(&arena,
		    "title: t\nlogsource: {product: p}\ndetection:\n"
		    "  a: {a: 1}\n  b: {b: 1}\n  c: {c: 1}\n  _h: {_h: 1}\n"
		    "  d_1: {d_1: 1}\n  d_2: {d_2: 1}\n"
		    "%s%s  condition: %s\n",
		    strstr(cases[i].condition, "A AND") ? "  A: {a: 1}\n" : "",
		    strstr(cases[i].condition, "AND B") ? "  B: {b: 1}\n" : "",
		    cases[i].condition);

		rule_run_load(&run, rule, NULL, &any);
		if (run.report.count ||
		    rule_run_match(&run, record_text(&arena, cases[i].record),
		        KIND_OKTA, &hits) != cases[i].want) {
			print_message("%s of %s: %s\n", cases[i].condition,
			    cases[i].record,
			    run.report.count ? run.report.list[0].reason.ptr
			                     : "");
			wrong++;
		}
		rule_run_free(&run);
		arena_release(&arena);
	}
	assert_int_equal(wrong, 0);
}

/* --- the event's columns, reasons, limits --- */

static void
columns(void **state)
{
	struct arena arena = {0};
	struct rule_run run;
	const uint32_t *hits;
	struct rules_source any = {.any_logsource = true};

	(void)state;
	rule_run_load(&run,
	    rule_text(&arena,
	        "{firn.operation: New-InboxRule, firn.country: null, "
	        "firn.kind: o365.audit, firn.outcome: success}",
	        "s"),
	    NULL, &any);
	run.event.col[EV_OPERATION] = SLICE("new-inboxrule");
	run.event.outcome = OUTCOME_SUCCESS;
	assert_int_equal(
	    rule_run_match(&run, SLICE("{}"), KIND_O365_AUDIT, &hits), 1);
	assert_int_equal(
	    rule_run_match(&run, SLICE("{}"), KIND_OKTA, &hits), 0);
	run.event.col[EV_COUNTRY] = SLICE("CH");
	assert_int_equal(
	    rule_run_match(&run, SLICE("{}"), KIND_O365_AUDIT, &hits), 0);
	rule_run_free(&run);
	arena_release(&arena);
}

static void
reasons(void **state)
{
	struct arena arena = {0};
	struct rule_run run;
	const uint32_t *hits;
	const struct rule_reason *why;
	static const char *const want[] = {
	    "sel/op/New", "sel/p.v/a fwd", "sel/n/", "kw//a needle"};
	bool found[4] = {false};
	size_t n;
	struct rules_source any = {.any_logsource = true};

	(void)state;
	rule_run_load(&run,
	    SLICE("title: t\nlogsource: {product: p}\ndetection:\n"
	          "  sel: {op: [New, Set], 'p.v|contains': fwd, n: null}\n"
	          "  kw: [needle]\n  not_me: {op: Get}\n"
	          "  condition: (sel or kw) and not not_me\n"),
	    NULL, &any);
	assert_int_equal(
	    rule_run_match(&run,
	        SLICE("{\"op\":\"New\",\"p\":[{\"v\":\"x\"},{\"v\":\"a fwd\"}],"
	              "\"z\":\"a needle\"}"),
	        KIND_OKTA, &hits),
	    1);
	n = matcher_why(run.matcher, hits[0], &arena, &why);
	assert_int_equal(n, 4);
	/* In no promised order. */
	for (size_t i = 0; i < n; i++) {
		struct slice got = arena_printf(&arena, "%s/%s/%s",
		    why[i].identifier.ptr, why[i].field.ptr, why[i].value.ptr);

		for (size_t k = 0; k < 4; k++)
			found[k] |= slice_eq(got, slice_cstr(want[k]));
	}
	for (size_t k = 0; k < 4; k++)
		assert_true(found[k]);
	rule_run_free(&run);
	arena_release(&arena);
}

/* A regular expression that would take ages is given up, and counted. */
static void
regex_limit(void **state)
{
	struct arena arena = {0};
	struct rule_run run;
	const uint32_t *hits;
	struct rules_source any = {.any_logsource = true};

	(void)state;
	rule_run_load(
	    &run, rule_text(&arena, "{a|re: '^(a+)+$'}", "s"), NULL, &any);
	assert_int_equal(
	    rule_run_match(&run,
	        SLICE(
	            "{\"a\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"}"),
	        KIND_OKTA, &hits),
	    0);
	assert_int_equal(matcher_regex_limited(run.matcher), 1);
	rule_run_free(&run);
	arena_release(&arena);
}

/* Many rules at once: numbers ascend, and each is there once. */
static void
many_rules(void **state)
{
	struct buf text = {0};
	struct rule_run run;
	const uint32_t *hits;
	struct rules_source any = {.any_logsource = true};

	(void)state;
	for (int i = 0; i < 500; i++)
		buf_printf(&text,
		    "---\ntitle: t\nlogsource: {product: p}\n"
		    "detection: {s: {a: [x%d, all, all], b: %d}}\n",
		    i, i % 2);
	rule_run_load(&run, buf_slice(&text), NULL, &any);
	assert_int_equal(rules_count(run.rules), 500);
	assert_int_equal(rule_run_match(&run, SLICE("{\"a\":\"all\",\"b\":1}"),
	                     KIND_OKTA, &hits),
	    250);
	for (uint32_t i = 0; i < 250; i++)
		assert_int_equal(hits[i], i * 2 + 1);
	assert_int_equal(
	    rule_run_match(&run, SLICE("{\"a\":[\"x7\",\"X8\"],\"b\":1}"),
	        KIND_OKTA, &hits),
	    1);
	assert_int_equal(hits[0], 7);
	rule_run_free(&run);
	buf_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(text),
	    cmocka_unit_test(values),
	    cmocka_unit_test(encodings),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(searches),
	    cmocka_unit_test(conditions),
	    cmocka_unit_test(columns),
	    cmocka_unit_test(reasons),
	    cmocka_unit_test(regex_limit),
	    cmocka_unit_test(many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
