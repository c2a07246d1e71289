#ifndef TESTS_UNIT_FINDING_CASE_H
#define TESTS_UNIT_FINDING_CASE_H

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/time.h"
#include "finding/finding.h"
#include "json/json.h"

/*
 * finding_case - a rule, an event and a finding to begin a test with.
 */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What a record may hold to act on whoever reads the report. */
#define HOSTILE                                                                \
	"\033[31m\r\n\"><script>alert(1)</"                                    \
	"script>&amp;\xe2\x80\xae\xe2\x80\xac"                                 \
	"\xe6\xbc\xa2\xe5\xad\x97\xff,;'=`"

static inline struct rule_meta
case_rule(void)
{
	static const struct slice techniques[] = {
	    SLICE_INIT("T1114.003"), SLICE_INIT("T1098")};
	static const struct slice tactics[] = {SLICE_INIT("collection")};
	static const struct slice references[] = {
	    SLICE_INIT("https://example.com/a?b=1&c=2"),
	    SLICE_INIT("javascript:alert(1)")};
	static const struct slice false_positives[] = {
	    SLICE_INIT("A <known> migration")};

	return (struct rule_meta){.id = SLICE("rule-1"),
	    .title = SLICE("Mailbox forwards mail outside"),
	    .description = SLICE("First line.\nSecond line."),
	    .path = SLICE("rules/x.yml"),
	    .level = LEVEL_HIGH,
	    .references = {references, COUNT(references)},
	    .falsepositives = {false_positives, COUNT(false_positives)},
	    .techniques = {techniques, COUNT(techniques)},
	    .tactics = {tactics, COUNT(tactics)}};
}

static inline struct event
case_event(const char *time)
{
	struct event event = {.kind = KIND_O365_AUDIT,
	    .time_us = EVENT_NO_TIME,
	    .class_uid = 6003,
	    .activity = 3,
	    .outcome = OUTCOME_SUCCESS,
	    .family = "o365.audit"};

	if (time)
		assert_true(time_parse(slice_cstr(time), &event.time_us));
	event.col[EV_SOURCE] = SLICE("o365/Exchange");
	event.col[EV_TENANT] = SLICE("t1");
	event.col[EV_ID] = SLICE("id-1");
	event.col[EV_OPERATION] = SLICE("Set-Mailbox");
	event.col[EV_ACTOR_ID] = SLICE("u1");
	event.col[EV_ACTOR_NAME] = SLICE("alice@example.com");
	event.col[EV_ACTOR_TYPE] = SLICE("admin");
	event.col[EV_IP] = SLICE("203.0.113.5");
	event.col[EV_COUNTRY] = SLICE("NL");
	event.col[EV_TARGET_NAME] = SLICE("bob@example.com");
	return event;
}

static inline struct finding
case_finding(const struct rule_meta *rule, const struct event *event)
{
	static const struct rule_reason why[] = {
	    {SLICE_INIT("selection"), SLICE_INIT("Parameters[Name=ForwardTo]"),
	        SLICE_INIT("smtp:x@example.org")},
	    {SLICE_INIT("keywords"), SLICE_INIT(""), SLICE_INIT("forward")},
	};
	struct finding finding = {.rule = rule,
	    .event = event,
	    .position = {.file = "audit.ndjson", .line = 12},
	    .why = why,
	    .why_count = COUNT(why)};

	finding_identify(&finding);
	return finding;
}

static inline void
assert_text(struct json object, const char *key, const char *want)
{
	struct slice s = json_str(json_get(object, slice_cstr(key)));

	assert_int_equal(s.len, strlen(want));
	assert_memory_equal(s.ptr, want, s.len);
}

static inline void
assert_number(struct json object, const char *key, int64_t want)
{
	int64_t have;

	assert_true(json_to_i64(json_get(object, slice_cstr(key)), &have));
	assert_int_equal(have, want);
}

#endif
