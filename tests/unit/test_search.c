#include "store/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOT  "NOT coalesce(("
#define IS   "coalesce(("
#define ENDS "), false)"

static void
becomes_sql(void **state)
{
	static const char *const cases[][2] = {
	    {"", "true"},
	    {" \t\n", "true"},
	    {"op:Send", IS "lower(operation) = lower('Send')" ENDS},
	    {"-op:a,b", NOT "lower(operation) = lower('a') OR "
	                    "lower(operation) = lower('b')" ENDS},
	    {"op:a\tmailbox:b",
	        IS "lower(operation) = lower('a')" ENDS " AND " IS
	           "lower(mailbox) = lower('b')" ENDS},
	    {"session:\"a b\"", IS "lower(session) = lower('a b')" ENDS},
	    {"session:\"a\"\"b,\",c", IS "lower(session) = lower('a\"b,') OR "
	                                 "lower(session) = lower('c')" ENDS},
	    {"op:o'x", IS "lower(operation) = lower('o''x')" ENDS},
	    {"op:a*_%\\'",
	        IS "operation ILIKE 'a%\\_\\%\\\\''' ESCAPE '\\'" ENDS},
	    {"ip:10.0.0.0/8", IS "ip_in(ip, '10.0.0.0/8')" ENDS},
	    {"after:1970-01-02", IS "time >= make_timestamp(86400000000)" ENDS},
	    {"before:1970-01-01T00:00:01Z",
	        IS "time < make_timestamp(1000000)" ENDS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf sql = {0};
		struct err err = {0};

		if (search_condition(slice_cstr(cases[i][0]), &sql, &err))
			fail_msg("%s: %s", cases[i][0], err.msg);
		if (!slice_eq(buf_slice(&sql), slice_cstr(cases[i][1])))
			fail_msg("%s: " SLICE_FMT, cases[i][0],
			    SLICE_ARG(buf_slice(&sql)));
		buf_release(&sql);
	}
}

static void
says_what_is_wrong_and_where(void **state)
{
	static const char *const cases[][2] = {
	    {"op:a usr:b", "query:6: no such word"},
	    {"-", "query:2: a value is missing"},
	    {"op:", "query:4: a value is missing"},
	    {"op:a,", "query:6: a value is missing"},
	    {"op:,a", "query:4: a value is missing"},
	    {"op:\"a", "query:4: a quote without its end"},
	    {"op:\"a\"b", "query:7: a blank or a comma"},
	    {"op:\"\"", "query:4: a value is missing"},
	    {"ip:10.0.0.0/33", "query:4: no address"},
	    {"ip:10.0.0.1,x", "query:13: no address"},
	    {"outcome:ok", "query:9: an outcome is"},
	    {"after:tomorrow", "query:7: no time"},
	    {"op:\xff", "query: not UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf sql = {0};
		struct err err = {0};

		buf_str(&sql, "before");
		assert_int_equal(
		    search_condition(slice_cstr(cases[i][0]), &sql, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		if (strncmp(err.msg, cases[i][1], strlen(cases[i][1])) != 0)
			fail_msg("%s: %s", cases[i][0], err.msg);
		assert_true(slice_eq(buf_slice(&sql), SLICE("before")));
		buf_release(&sql);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(becomes_sql),
	    cmocka_unit_test(says_what_is_wrong_and_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
