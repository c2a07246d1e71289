/*
 * Windows of time, answers and pages of Microsoft Graph; the source as a whole
 * is in tests/e2e/test_graph.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/time.h"
#include "source/graph_answer.h"
#include "source/graph_span.h"

#define HOUR_US (INT64_C(3600) * 1000000)

static int64_t
at(const char *text)
{
	int64_t time_us;

	assert_true(time_parse(slice_cstr(text), &time_us));
	return time_us;
}

static void
cuts_windows_at_the_same_places(void **state)
{
	struct graph_span rest = {
	    at("2026-10-05T03:10:00Z"), at("2026-10-05T12:30:00Z")};
	struct graph_span span;
	const char *ends[] = {"2026-10-05T06:00:00Z", "2026-10-05T12:00:00Z",
	    "2026-10-05T12:30:00Z"};
	int64_t from_us = rest.from_us;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(graph_span_cut(&rest, &span));
		assert_int_equal(span.from_us, from_us);
		assert_int_equal(span.to_us, at(ends[i]));
		from_us = span.to_us;
	}
	assert_false(graph_span_cut(&rest, &span));
	/* One that ends where a window does is not followed by an empty one. */
	rest = (struct graph_span){0, GRAPH_SPAN_US};
	assert_true(graph_span_cut(&rest, &span));
	assert_false(graph_span_cut(&rest, &span));
}

static void
asks_for_more_never_for_less(void **state)
{
	const struct graph_api *api =
	    graph_activity_find(SLICE("signins-noninteractive"));
	struct graph_span span = {
	    at("2026-10-05T03:10:00.9Z"), at("2026-10-05T03:11:00.000001Z")};
	struct buf url = {0};

	(void)state;
	graph_url_window(&url, "https://g.example", api, &span, 1000);
	assert_string_equal(url.ptr,
	    "https://g.example/beta/auditLogs/signIns?$filter="
	    "createdDateTime%20ge%202026-10-05T03%3A10%3A00Z%20and%20"
	    "createdDateTime%20le%202026-10-05T03%3A11%3A01Z%20and%20"
	    "signInEventTypes%2Fany%28t%3A%20t%20eq%20%27nonInteractiveUser%27"
	    "%29&$top=1000");
	buf_clear(&url);
	/* The largest page that the API has is not asked to be larger. */
	graph_url_window(&url, "https://g.example",
	    graph_activity_find(SLICE("risks")), &span, 1000);
	assert_non_null(strstr(url.ptr, "&$top=500"));
	buf_release(&url);
	assert_null(graph_activity_find(SLICE("nothing")));
}

static void
names_gaps_and_knows_them_again(void **state)
{
	struct graph_span span = {
	    at("2026-10-05T03:10:00.000001Z"), at("2026-10-05T06:00:00Z")};
	struct graph_span again;
	struct buf key = {0};

	(void)state;
	graph_gap_key(&key, "signins", &span);
	assert_true(graph_gap_span(slice_cstr(key.ptr), &again));
	assert_memory_equal(&span, &again, sizeof(span));
	assert_false(graph_gap_span(SLICE("signins"), &again));
	assert_false(graph_gap_span(SLICE("signins a/b"), &again));
	buf_release(&key);
}

static void
tells_who_has_outgrown_it(void **state)
{
	struct graph_span span = {0, HOUR_US};

	(void)state;
	assert_false(graph_outgrown(&span, HOUR_US / 2));
	assert_true(graph_outgrown(&span, HOUR_US + 1));
	/* A short one may take longer than it lasts. */
	span.to_us = 1000;
	assert_false(graph_outgrown(&span, 2000));
}

static void
reads_answers(void **state)
{
	static const struct {
		uint64_t status;
		const char *code, *message;
		enum graph_answer answer;
	} cases[] = {
	    {429, "TooManyRequests", "", GRAPH_THROTTLED},
	    {401, "InvalidAuthenticationToken", "expired", GRAPH_TOKEN},
	    {401, "UnknownError",
	        "Neither tenant is B2C or tenant doesn't have premium license",
	        GRAPH_LICENCE},
	    {403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant", "",
	        GRAPH_LICENCE},
	    {403, "Authentication_MSGraphPermissionMissing",
	        "Calling principal does not have required MSGraph permissions "
	        "AuditLog.Read.All",
	        GRAPH_DENIED},
	    {403, "Authorization_RequestDenied", "Insufficient privileges",
	        GRAPH_DENIED},
	    {400, "", "Invalid Skip Token", GRAPH_STALE},
	    {400, "Directory_ExpiredPageToken", "", GRAPH_STALE},
	    {400, "BadRequest", "Invalid filter clause", GRAPH_AGAIN},
	    {410, "syncStateNotFound", "", GRAPH_STALE},
	    {404, "Request_ResourceNotFound", "", GRAPH_NONE},
	    {503, "ServiceNotAvailable", "", GRAPH_AGAIN},
	    {504, "UnknownError", "", GRAPH_AGAIN},
	};
	struct json_parser *parser = json_parser_new();
	char why[ERR_MSG_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_reply reply = {.status = (unsigned)cases[i].status};

		buf_printf(&reply.body,
		    "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}",
		    cases[i].code, cases[i].message);
		assert_int_equal(
		    graph_answer(parser, &reply, why), cases[i].answer);
		assert_non_null(strstr(why, cases[i].code));
		http_reply_release(&reply);
	}
	json_parser_free(parser);
}

static void
reads_pages(void **state)
{
	static const struct {
		const char *body, *items, *next;
		size_t count;
		bool page;
	} cases[] = {
	    {"{\"@odata.context\":\"c\",\"@odata.nextLink\":\"n\",\"value\":[ "
	     "{\"a\":1}, {\"a\":2} ]}",
	        "{\"a\":1}, {\"a\":2}", "n", 2, true},
	    {"{\"value\":[{\"a\":\"]\"}],\"@odata.nextLink\":\"n\"}",
	        "{\"a\":\"]\"}", "n", 1, true},
	    {"{\"value\":[]}", "", "", 0, true},
	    {" {\"id\":\"x\"} ", "{\"id\":\"x\"}", "", 1, true},
	    {"{\"value\":[{\"a\":1},", "", "", 0, false},
	    {"<html>", "", "", 0, false},
	    {"[]", "", "", 0, false},
	    {"", "", "", 0, false},
	};
	struct json_parser *parser = json_parser_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_reply reply = {.status = 200};
		struct graph_page page;

		buf_str(&reply.body, cases[i].body);
		assert_int_equal(
		    graph_page_read(parser, &reply, &page), cases[i].page);
		if (cases[i].page) {
			assert_int_equal(page.count, cases[i].count);
			assert_true(
			    slice_eq(page.items, slice_cstr(cases[i].items)));
			assert_true(
			    slice_eq(page.next, slice_cstr(cases[i].next)));
		}
		http_reply_release(&reply);
	}
	json_parser_free(parser);
}

static void
knows_how_near_the_limit_is(void **state)
{
	struct http_reply reply = {0};

	(void)state;
	assert_true(graph_nearness(&reply) == 0);
	buf_str(&reply.headers, "X-MS-Throttle-Limit-Percentage: 0.95\r\n");
	assert_true(graph_nearness(&reply) > 0.94);
	assert_true(graph_nearness(&reply) < 0.96);
	http_reply_release(&reply);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cuts_windows_at_the_same_places),
	    cmocka_unit_test(asks_for_more_never_for_less),
	    cmocka_unit_test(names_gaps_and_knows_them_again),
	    cmocka_unit_test(tells_who_has_outgrown_it),
	    cmocka_unit_test(reads_answers),
	    cmocka_unit_test(reads_pages),
	    cmocka_unit_test(knows_how_near_the_limit_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
