/* Facts: three values through conditions, and that no verdict gets lost. */
#include "event/fact.h"
#include "rule/explain.h"
#include "rule_case.h"

/* What the matcher says of the only rule. */
static enum verdict
matched(struct rule_run *run, const char *record, uint32_t *facts)
{
	const struct undecided *undecided;
	const uint32_t *hits;
	size_t n = rule_run_match(run, slice_cstr(record), KIND_UNKNOWN, &hits);

	*facts = 0;
	if (n)
		return VERDICT_TRUE;
	if (!matcher_undecided(run->matcher, &undecided))
		return VERDICT_FALSE;
	*facts = undecided[0].facts;
	return VERDICT_UNKNOWN;
}

static void
load(struct rule_run *run, const char *detection)
{
	struct buf rule = {0};

	buf_printf(&rule, "title: t\nlogsource: {product: p}\ndetection: %s\n",
	    detection);
	rule_run_load(run, buf_slice(&rule), NULL, NULL);
	if (run->report.count)
		fail_msg("%s: %s", detection, run->report.list[0].reason.ptr);
	buf_release(&rule);
}

/* --- truth tables --- */

#define RARE    (1u << FACT_APP_RARITY)
#define TRAVEL  (1u << FACT_TRAVEL_KMH)
#define COUNTRY (1u << FACT_COUNTRY)

/* t is true, f is false, u is unknown, v is unknown for another reason. */
static const struct {
	const char *condition;
	enum verdict want;
	uint32_t facts;
} tables[] = {
    {"t and t", VERDICT_TRUE, 0},
    {"t and u", VERDICT_UNKNOWN, RARE},
    {"u and t", VERDICT_UNKNOWN, RARE},
    {"f and u", VERDICT_FALSE, 0},
    {"u and f", VERDICT_FALSE, 0},
    {"u and v", VERDICT_UNKNOWN, RARE | TRAVEL},
    {"t or u", VERDICT_TRUE, 0},
    {"u or t", VERDICT_TRUE, 0},
    {"f or u", VERDICT_UNKNOWN, RARE},
    {"u or f", VERDICT_UNKNOWN, RARE},
    {"u or v", VERDICT_UNKNOWN, RARE | TRAVEL},
    {"not u", VERDICT_UNKNOWN, RARE},
    {"not (u and f)", VERDICT_TRUE, 0},
    {"not (u or t)", VERDICT_FALSE, 0},
    {"u or not u", VERDICT_UNKNOWN, RARE},
    {"(t or u) and v", VERDICT_UNKNOWN, TRAVEL},
    {"(f and u) or v", VERDICT_UNKNOWN, TRAVEL},
    {"1 of them", VERDICT_TRUE, 0},
    {"all of them", VERDICT_FALSE, 0},
    {"2 of them", VERDICT_UNKNOWN, RARE | TRAVEL},
    {"3 of them", VERDICT_UNKNOWN, RARE | TRAVEL},
    {"4 of them", VERDICT_FALSE, 0},
    {"all of u*", VERDICT_UNKNOWN, RARE},
    {"not 1 of u*", VERDICT_UNKNOWN, RARE},
};

static void
truth_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		struct rule_run run;
		struct buf detection = {0};
		uint32_t facts;
		enum verdict got;

		buf_printf(&detection,
		    "{t: {a: 1}, f: {a: 2}, u: {firn.app.rarity|lt: 0.1}, "
		    "v: {firn.travel_kmh|gt: 900}, condition: '%s'}%c",
		    tables[i].condition, '\0');
		load(&run, detection.ptr);
		got = matched(&run, "{\"a\": 1}", &facts);
		if (got != tables[i].want || facts != tables[i].facts)
			fail_msg("%s: %s, facts %x", tables[i].condition,
			    verdict_name(got), facts);
		rule_run_free(&run);
		buf_release(&detection);
	}
}

/* --- leaves --- */

static const struct {
	const char *detection, *record;
	enum verdict unknown, absent, ch; /* with firn.country so */
} leaves[] = {
    {"{s: {firn.country: CH}}", "{}", VERDICT_UNKNOWN, VERDICT_FALSE,
        VERDICT_TRUE},
    {"{s: {firn.country: [DE, FR]}}", "{}", VERDICT_UNKNOWN, VERDICT_FALSE,
        VERDICT_FALSE},
    {"{s: {firn.country: '*'}}", "{}", VERDICT_UNKNOWN, VERDICT_FALSE,
        VERDICT_TRUE},
    {"{s: {firn.country|neq: DE}}", "{}", VERDICT_UNKNOWN, VERDICT_TRUE,
        VERDICT_TRUE},
    {"{s: {firn.country: null}}", "{}", VERDICT_UNKNOWN, VERDICT_TRUE,
        VERDICT_FALSE},
    {"{s: {firn.country: [null, CH]}}", "{}", VERDICT_UNKNOWN, VERDICT_TRUE,
        VERDICT_TRUE},
    {"{s: {firn.country|exists: true}}", "{}", VERDICT_UNKNOWN, VERDICT_FALSE,
        VERDICT_TRUE},
    {"{s: {firn.country|exists: false}}", "{}", VERDICT_UNKNOWN, VERDICT_TRUE,
        VERDICT_FALSE},
    {"{s: {f|fieldref: firn.country}}", "{\"f\": \"ch\"}", VERDICT_UNKNOWN,
        VERDICT_FALSE, VERDICT_TRUE},
    {"{s: {f|fieldref: firn.country}}", "{}", VERDICT_FALSE, VERDICT_FALSE,
        VERDICT_FALSE},
    {"{s: {firn.country|re: '^C'}}", "{}", VERDICT_UNKNOWN, VERDICT_FALSE,
        VERDICT_TRUE},
    {"{s: [{f: x}, {firn.country: CH}]}", "{\"f\": \"x\"}", VERDICT_TRUE,
        VERDICT_TRUE, VERDICT_TRUE},
    /* a fact is no word of the record */
    {"{s: [CH]}", "{}", VERDICT_FALSE, VERDICT_FALSE, VERDICT_FALSE},
};

static void
every_test(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		const enum verdict want[] = {
		    leaves[i].unknown, leaves[i].absent, leaves[i].ch};
		struct rule_run run;

		load(&run, leaves[i].detection);
		for (unsigned way = 0; way < 3; way++) {
			struct event_facts given = {0};
			uint32_t facts;
			enum verdict got;

			given.list[FACT_COUNTRY].state = (enum fact_state)way;
			given.list[FACT_COUNTRY].value = SLICE("CH");
			/* There is an address, so that it has a country. */
			run.event.col[EV_IP] = SLICE("192.0.2.1");
			run.event.facts = &given;
			got = matched(&run, leaves[i].record, &facts);
			if (got != want[way])
				fail_msg("%s, country %u: %s",
				    leaves[i].detection, way,
				    verdict_name(got));
			assert_int_equal(
			    facts, got == VERDICT_UNKNOWN ? COUNTRY : 0);
		}
		rule_run_free(&run);
	}
}

/* A field that a mapping finds in two places. */
static void
either_place(void **state)
{
	static const char rule[] = "title: t\nlogsource: {product: p}\n"
	                           "detection: {s: {where: CH}}\n";
	static const char mapping[] =
	    "title: m\nlogsource: [{product: p}]\nkinds: [unknown]\n"
	    "when: {firn.travel_kmh|gt: 1}\n"
	    "fields: {where: [place, firn.country]}\n";
	struct rule_run run;
	uint32_t facts;

	(void)state;
	rule_run_load(&run, slice_cstr(rule), mapping, NULL);
	if (run.report.count)
		fail_msg("%s", run.report.list[0].reason.ptr);
	run.event.col[EV_IP] = SLICE("192.0.2.1");
	assert_int_equal(
	    matched(&run, "{\"place\": \"CH\"}", &facts), VERDICT_UNKNOWN);
	assert_int_equal(facts, TRAVEL);
	assert_int_equal(
	    matched(&run, "{\"place\": \"DE\"}", &facts), VERDICT_UNKNOWN);
	assert_int_equal(facts, TRAVEL | COUNTRY);
	rule_run_free(&run);
}

/* What columns say of an address; what an event without one has. */
static void
columns(void **state)
{
	struct event event = {0};

	(void)state;
	assert_int_equal(event_fact(&event, FACT_ASN).state, FACT_ABSENT);
	assert_int_equal(
	    event_fact(&event, FACT_TRAVEL_KMH).state, FACT_UNKNOWN);
	event.col[EV_IP] = SLICE("192.0.2.1");
	assert_int_equal(event_fact(&event, FACT_ASN).state, FACT_UNKNOWN);
	event.col[EV_ASN] = SLICE("64496");
	assert_int_equal(event_fact(&event, FACT_ASN).state, FACT_KNOWN);
}

/* --- conditions at random --- */

static uint64_t random_state = 7;

static unsigned
below(unsigned n)
{
	random_state =
	    random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % n;
}

#define IDENTS                                                                 \
	"s1: {f: x}, s2: {firn.travel_kmh|gt: 900}, "                          \
	"s3: {firn.country: [CH, DE]}, s4: {firn.country|exists: true}, "      \
	"r1: {firn.app.rarity: null}, r2: {g|fieldref: firn.country}, "        \
	"r3: {f: x, firn.travel_kmh|lt: 5}, "                                  \
	"r4: [{g: y}, {firn.as_org|contains: evil}], "                         \
	"r5: {firn.country|neq: CH}, r6: {g|contains: c, f|exists: false}"

static void
add_condition(struct buf *out, unsigned depth)
{
	static const char *const leaves_of[] = {"s1", "s2", "s3", "s4", "r1",
	    "r2", "r3", "r4", "r5", "r6", "1 of s*", "all of s*", "2 of r*",
	    "3 of them"};

	if (!depth || !below(4)) {
		buf_str(out,
		    leaves_of[below(sizeof(leaves_of) / sizeof(leaves_of[0]))]);
		return;
	}
	if (!below(3)) {
		buf_str(out, "not (");
		add_condition(out, depth - 1);
		buf_char(out, ')');
		return;
	}
	buf_char(out, '(');
	add_condition(out, depth - 1);
	buf_str(out, below(2) ? " and " : " or ");
	add_condition(out, depth - 1);
	buf_char(out, ')');
}

static const struct slice country_values[] = {
    SLICE_INIT("CH"), SLICE_INIT("FR")};
static const struct slice travel_values[] = {
    SLICE_INIT("1000"), SLICE_INIT("3")};
static const struct slice rarity_values[] = {
    SLICE_INIT("0.5"), SLICE_INIT("1")};
static const struct slice org_values[] = {
    SLICE_INIT("Evil Corp"), SLICE_INIT("Good Corp")};

static const struct {
	enum event_fact fact;
	const struct slice *values;
} chosen[] = {
    {FACT_COUNTRY, country_values},
    {FACT_TRAVEL_KMH, travel_values},
    {FACT_APP_RARITY, rarity_values},
    {FACT_AS_ORG, org_values},
};

/* Gives a state to each fact that has none yet: 0 leaves it unknown. */
static void
choose_facts(struct event_facts *facts, unsigned from)
{
	for (size_t i = 0; i < sizeof(chosen) / sizeof(chosen[0]); i++) {
		struct fact *fact = &facts->list[chosen[i].fact];

		if (fact->state != FACT_UNKNOWN)
			continue;
		fact->state = (enum fact_state)(from + below(3 - from));
		fact->value = chosen[i].values[below(2)];
	}
}

/* The matcher, explain and a richer knowledge, on one record. */
static void
check(struct rule_run *run, const char *text, const char *record)
{
	struct event_facts given = {0};
	struct arena arena = {0};
	uint32_t facts, again;
	enum verdict got, later;

	choose_facts(&given, 0);
	run->event.facts = &given;
	run->event.col[EV_IP] = SLICE("192.0.2.1");
	got = matched(run, record, &facts);
	if (explain_rule(run->matcher, 0, &arena)->verdict != got)
		fail_msg(
		    "%s of %s: matcher %s", text, record, verdict_name(got));
	assert_int_equal(matcher_verdict(run->matcher, 0, &again), got);
	assert_int_equal(again, facts);
	assert_int_equal(facts != 0, got == VERDICT_UNKNOWN);
	for (int i = 0; i < FACT_COUNT; i++)
		if (facts >> i & 1)
			assert_int_equal(given.list[i].state, FACT_UNKNOWN);
	choose_facts(&given, 1);
	later = matched(run, record, &facts);
	if (later == VERDICT_UNKNOWN ||
	    (got != VERDICT_UNKNOWN && got != later))
		fail_msg("%s of %s: %s, then %s", text, record,
		    verdict_name(got), verdict_name(later));
	arena_release(&arena);
}

static void
at_random(void **state)
{
	static const char *const records[] = {"{}", "{\"f\": \"x\"}",
	    "{\"g\": \"y\"}", "{\"g\": \"CH\", \"f\": \"x\"}",
	    "{\"g\": \"fr\"}", "{\"f\": 1, \"g\": \"c\"}"};

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		struct rule_run run;
		struct buf text = {0};

		buf_str(&text, "{" IDENTS ", condition: '");
		add_condition(&text, 3);
		buf_str(&text, "'}");
		buf_char(&text, '\0');
		load(&run, text.ptr);
		for (unsigned k = 0; k < 20; k++)
			check(&run, text.ptr, records[below(6)]);
		rule_run_free(&run);
		buf_release(&text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(truth_tables),
	    cmocka_unit_test(every_test),
	    cmocka_unit_test(either_place),
	    cmocka_unit_test(columns),
	    cmocka_unit_test(at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
