/* What answers of the Activity API mean. */
#include "source/m365_answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum m365_answer
judge(unsigned status, struct slice body, char why[M365_WHY_MAX])
{
	struct json_parser *parser = json_parser_new();
	struct http_reply reply = {.status = status};
	enum m365_answer answer;

	buf_slice_add(&reply.body, body);
	answer = m365_answer(parser, &reply, why);
	assert_true(slice_eq(buf_slice(&reply.body), body));
	http_reply_release(&reply);
	json_parser_free(parser);
	return answer;
}

static void
test_codes(void **state)
{
	static const struct {
		uint64_t status;
		const char *code;
		enum m365_answer answer;
	} cases[] = {
	    /* A start of what is on, as it is seen on the wire. */
	    {400, "AF20024", ANSWER_WELL},
	    {403, "AF429", ANSWER_THROTTLED},
	    {429, "AF429", ANSWER_THROTTLED},
	    {400, "AF20022", ANSWER_OFF},
	    {400, "AF20023", ANSWER_OFF},
	    {403, "AF20023", ANSWER_OFF},
	    {400, "AF20051", ANSWER_EXPIRED},
	    {404, "AF20051", ANSWER_EXPIRED},
	    /* Nothing else stops a collector: it is asked for again. */
	    {400, "AF20050", ANSWER_AGAIN},
	    {400, "AF20052", ANSWER_AGAIN},
	    {400, "AF20055", ANSWER_AGAIN},
	    {400, "AF20030", ANSWER_AGAIN},
	    {400, "AF20031", ANSWER_AGAIN},
	    {400, "AF20010", ANSWER_AGAIN},
	    {403, "AF10001", ANSWER_AGAIN},
	    {500, "AF50000", ANSWER_AGAIN},
	    {503, "AF50005", ANSWER_AGAIN},
	    {418, "XX1", ANSWER_AGAIN},
	};
	char body[200], why[M365_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(body, sizeof(body),
		    "{\"error\":{\"code\":\"%s\",\"message\":\"told so\"}}",
		    cases[i].code);
		if (judge((unsigned)cases[i].status, slice_cstr(body), why) !=
		    cases[i].answer)
			fail_msg("%s", why);
		assert_non_null(strstr(why, cases[i].code));
		assert_non_null(strstr(why, "told so"));
	}
}

static void
test_without_a_code(void **state)
{
	static const struct {
		uint64_t status;
		const char *body;
		enum m365_answer answer;
	} cases[] = {
	    {200, "[]", ANSWER_WELL},
	    {200, "<html>", ANSWER_WELL}, /* who asked looks at the body */
	    {401,
	        "{\"Message\":\"Authorization has been denied for this "
	        "request.\"}",
	        ANSWER_TOKEN},
	    {401, "", ANSWER_TOKEN},
	    {403, "{}", ANSWER_AGAIN},
	    {404, "not found", ANSWER_AGAIN},
	    {408, "", ANSWER_AGAIN},
	    {429, "", ANSWER_THROTTLED},
	    {429, "slow down", ANSWER_THROTTLED},
	    {500, "", ANSWER_AGAIN},
	    {502, "<html>bad gateway", ANSWER_AGAIN},
	    {503, "{\"error\":\"AF429\"}", ANSWER_AGAIN},
	    {503, "{\"error\":{\"code\":429}}", ANSWER_AGAIN},
	    {302, "", ANSWER_AGAIN},
	    {204, "", ANSWER_AGAIN},
	    {0, "", ANSWER_AGAIN},
	};
	char why[M365_WHY_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (judge((unsigned)cases[i].status, slice_cstr(cases[i].body),
		        why) != cases[i].answer)
			fail_msg("%u %s: %s", (unsigned)cases[i].status,
			    cases[i].body, why);
	judge(502, SLICE("<html>bad gateway"), why);
	assert_string_equal(why, "status 502  <html>bad gateway");
	judge(200, SLICE("anything"), why);
	assert_string_equal(why, "");
}

/* Neither long answers nor odd ones are a problem. */
static void
test_long_answers(void **state)
{
	static char body[100000];
	char why[M365_WHY_MAX];

	(void)state;
	memset(body, 'x', sizeof(body));
	assert_int_equal(
	    judge(500, slice_of(body, sizeof(body)), why), ANSWER_AGAIN);
	assert_true(strlen(why) < 200);
	memcpy(body, "{\"error\":{\"code\":\"AF429\",\"message\":\"", 37);
	memcpy(body + 60000, "\"}}", 3);
	assert_int_equal(
	    judge(403, slice_of(body, 60003), why), ANSWER_THROTTLED);
	assert_true(strlen(why) < 300);
	assert_int_equal(judge(403, slice_of(body, 30000), why), ANSWER_AGAIN);
}

static void
test_subscriptions(void **state)
{
	static const struct {
		const char *item;
		bool on;
	} cases[] = {
	    {"{\"contentType\":\"Audit.General\",\"status\":\"enabled\"}",
	        true},
	    {"{\"contentType\":\"Audit.General\"}", true},
	    {"{\"contentType\":\"Audit.General\",\"status\":\"disabled\"}",
	        false},
	    {"{\"contentType\":\"Audit.Exchange\",\"status\":\"enabled\"}",
	        false},
	    {"{\"status\":\"enabled\"}", false},
	    {"\"Audit.General\"", false},
	    {"null", false},
	};
	struct json_parser *parser = json_parser_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_reply reply = {0};
		struct json item;

		buf_str(&reply.body, cases[i].item);
		assert_true(reply_parse(parser, &reply, &item));
		assert_int_equal(
		    m365_is_on(item, "Audit.General"), cases[i].on);
		http_reply_release(&reply);
	}
	json_parser_free(parser);
}

static void
test_bodies_that_are_no_json(void **state)
{
	static const char *const texts[] = {"", " ", "<html>", "[1,",
	    "{\"a\":}", "[{\"contentId\":\"a", "\xff\xfe"};
	struct json_parser *parser = json_parser_new();

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct http_reply reply = {0};
		struct json out;

		buf_str(&reply.body, texts[i]);
		if (reply_parse(parser, &reply, &out))
			fail_msg("'%s' is JSON", texts[i]);
		http_reply_release(&reply);
	}
	json_parser_free(parser);
}

static void
test_dates(void **state)
{
	static const char *const wrong[] = {"", "Sun, 06 Nov 1994 08:49:37",
	    "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
	    "1994-11-06T08:49:37Z", "Sun, 06 Nov 1994 08:49:37 GMT and more",
	    "Sun, 06 Nov 1994 08:49:37 CET",
	    "Sun, 06 Nov 1994 08:49:37 GMT                         ."};
	int64_t time_us = -1;

	(void)state;
	assert_true(
	    reply_date(SLICE("Sun, 06 Nov 1994 08:49:37 GMT"), &time_us));
	assert_int_equal(time_us, INT64_C(784111777000000));
	assert_true(
	    reply_date(SLICE("Thu, 29 Feb 2024 23:59:59 GMT"), &time_us));
	assert_int_equal(time_us, INT64_C(1709251199000000));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (reply_date(slice_cstr(wrong[i]), &time_us))
			fail_msg("'%s' is a date", wrong[i]);
	assert_int_equal(time_us, INT64_C(1709251199000000));
}

static void
test_retry_after(void **state)
{
	static const struct {
		const char *headers;
		int64_t us;
	} cases[] = {
	    {"", 0},
	    {"HTTP/1.1 429 Too Many\r\nRetry-After: 30\r\n", 30000000},
	    {"HTTP/1.1 429 Too Many\r\nretry-after:  7 \r\n", 7000000},
	    {"Retry-After: 0\r\n", 0},
	    {"Retry-After: -5\r\n", 0},
	    {"Retry-After: 1.5\r\n", 0},
	    {"Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", 0},
	    /* Nobody makes us wait for days. */
	    {"Retry-After: 999999\r\n", INT64_C(3600000000)},
	    {"Retry-After: 99999999999999999999\r\n", 0},
	    {"X-Retry-After: 30\r\n", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_reply reply = {0};

		buf_str(&reply.headers, cases[i].headers);
		assert_int_equal(reply_retry_after_us(&reply), cases[i].us);
		http_reply_release(&reply);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_codes),
	    cmocka_unit_test(test_without_a_code),
	    cmocka_unit_test(test_long_answers),
	    cmocka_unit_test(test_subscriptions),
	    cmocka_unit_test(test_bodies_that_are_no_json),
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_retry_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
