#include "store/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOT  "NOT coalesce(("
#define IS   "coalesce(("
#define ENDS "), false)"

/* The conditions of a plan, one a line. */
static void
show(struct buf *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->either.count; i++) {
		buf_str(out, i ? "\nor " : "either ");
		buf_slice_add(out, plan->either.list[i]);
	}
	for (size_t i = 0; i < plan->where.count; i++) {
		if (out->len)
			buf_char(out, '\n');
		buf_slice_add(out, plan->where.list[i]);
	}
}

static void
becomes_sql(void **state)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {" \t\n", ""},
	    {"op:Send", IS "lower(operation) = lower('Send')" ENDS},
	    {"-op:a,b", NOT "lower(operation) = lower('a') OR "
	                    "lower(operation) = lower('b')" ENDS},
	    {"op:a\tmailbox:b", IS "lower(operation) = lower('a')" ENDS "\n" IS
	                           "lower(mailbox) = lower('b')" ENDS},
	    {"country:\"a b\"", IS "lower(country) = lower('a b')" ENDS},
	    {"country:\"a\"\"b,\",c", IS "lower(country) = lower('a\"b,') OR "
	                                 "lower(country) = lower('c')" ENDS},
	    {"op:o'x", IS "lower(operation) = lower('o''x')" ENDS},
	    {"op:a*_%\\'",
	        IS "operation ILIKE 'a%\\_\\%\\\\''' ESCAPE '\\'" ENDS},
	    {"ip:10.0.0.0/8", IS "ip_in(ip, '10.0.0.0/8')" ENDS},
	    {"after:1970-01-02", "time >= make_timestamp(86400000000)"},
	    {"-after:1970-01-02",
	        NOT "time >= make_timestamp(86400000000)" ENDS},
	    {"before:1970-01-01T00:00:01Z", "time < make_timestamp(1000000)"},
	    /* Several columns: one place each, apart from each other. */
	    {"app:a", "either " IS "lower(app_name) = lower('a')" ENDS
	              "\nor " IS "app_id = 'a' OR app_id = 'A'" ENDS " AND " NOT
	              "lower(app_name) = lower('a')" ENDS},
	    {"-app:a", NOT "lower(app_name) = lower('a')" ENDS "\n" NOT
	                   "app_id = 'a' OR app_id = 'A'" ENDS},
	    /* A name stands where its first letter does. */
	    {"user:7", "either actor_name >= '7' AND actor_name < '8' AND "
	               "lower(actor_name) = lower('7')"
	               "\nor actor_id = '7' AND " NOT
	               "lower(actor_name) = lower('7')" ENDS},
	    {"user:7&b", "either actor_name >= '7&' AND actor_name < '7''' AND "
	                 "lower(actor_name) = lower('7&b')"
	                 "\nor actor_id = '7&b' AND " NOT
	                 "lower(actor_name) = lower('7&b')" ENDS
	                 "\nor actor_id = '7&B' AND " NOT
	                 "lower(actor_name) = lower('7&b')" ENDS},
	    {"session:aB", "either session = 'aB'\nor session = 'ab'"
	                   "\nor session = 'AB'"},
	    {"session:12,34", "either session = '12'\nor session = '34' AND "
	                      "NOT coalesce((session = '12'), false)"},
	    {"session:a*", "either " IS "session ILIKE 'a%' ESCAPE '\\'" ENDS},
	    {"-session:12", NOT "session = '12'" ENDS},
	    /* What leaves the fewest records is looked up. */
	    {"app:a session:1",
	        "either session = '1'\n(" IS "lower(app_name) = lower('a')" ENDS
	        " OR " IS "app_id = 'a' OR app_id = 'A'" ENDS ")"},
	    {"session:1 session:2",
	        "either session = '1'\n" IS "session = '2'" ENDS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan plan = {0};
		struct buf sql = {0};
		struct err err = {0};

		if (search_read(slice_cstr(cases[i][0]), &plan, &err))
			fail_msg("%s: %s", cases[i][0], err.msg);
		show(&sql, &plan);
		if (!slice_eq(buf_slice(&sql), slice_cstr(cases[i][1])))
			fail_msg("%s: " SLICE_FMT, cases[i][0],
			    SLICE_ARG(buf_slice(&sql)));
		buf_release(&sql);
		plan_release(&plan);
	}
}

static size_t
places(const char *query)
{
	struct plan plan = {0};
	size_t count;

	assert_int_equal(search_read(slice_cstr(query), &plan, NULL), 0);
	count = plan.either.count;
	plan_release(&plan);
	return count;
}

static void
names_stand_in_as_many_places_as_letters(void **state)
{
	(void)state;
	assert_int_equal(places("user:anna"), 4 + 2);
	assert_int_equal(places("user:Anna"), 4 + 3);
	assert_int_equal(places("user:a"), 2 + 2);
	assert_int_equal(places("user:a\u00fc"), 2 + 2);
	assert_int_equal(places("user:a.b"), 2 + 2);
	assert_int_equal(places("user:akim"), 2 + 2);
	assert_int_equal(places("user:kim"), 3 + 2);
	assert_int_equal(places("user:Ivo"), 3 + 3);
	assert_int_equal(places("user:\u00fcmit"), 1 + 2);
	assert_int_equal(places("user:a*"), 1 + 1);
	assert_int_equal(places("user:a,b"), 4 + 4);
	/* Too many to look in each. */
	assert_int_equal(places("user:a,b,c,d,e"), 1 + 1);
	assert_int_equal(places("session:a1,b1,c1,d1"), 8);
	assert_int_equal(places("session:a1,b1,c1,d1,1"), 1);
	assert_int_equal(places("item:a"), 3);
	assert_int_equal(places("op:a"), 0);
	assert_int_equal(places("-user:a"), 0);
}

static void
texts_and_ids_are_groups(void **state)
{
	struct plan plan = {0};

	(void)state;
	assert_int_equal(
	    search_read(
	        SLICE("Wire -a,\"b c\" -id:x,y:z id:1 'q op:u"), &plan, NULL),
	    0);
	assert_int_equal(plan.texts.count, 3);
	assert_false(plan.texts.list[0].none);
	assert_true(slice_eq(plan.texts.list[0].values.list[0], SLICE("Wire")));
	assert_true(plan.texts.list[1].none);
	assert_int_equal(plan.texts.list[1].values.count, 2);
	assert_true(slice_eq(plan.texts.list[1].values.list[1], SLICE("b c")));
	assert_true(slice_eq(plan.texts.list[2].values.list[0], SLICE("'q")));
	assert_int_equal(plan.ids.count, 2);
	assert_true(plan.ids.list[0].none);
	assert_true(slice_eq(plan.ids.list[0].values.list[1], SLICE("y:z")));
	assert_false(plan.ids.list[1].none);
	assert_int_equal(plan.where.count, 1);
	plan_release(&plan);
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
	    {"-ip:x", "query:5: no address"},
	    {"outcome:ok", "query:9: an outcome is"},
	    {"after:tomorrow", "query:7: no time"},
	    {"op:\xff", "query: not UTF-8"},
	};
	char word[300];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct plan plan = {0};
		struct err err = {0};

		assert_int_equal(
		    search_read(slice_cstr(cases[i][0]), &plan, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		if (strncmp(err.msg, cases[i][1], strlen(cases[i][1])) != 0)
			fail_msg("%s: %s", cases[i][0], err.msg);
		plan_release(&plan);
	}
	memset(word, 'x', sizeof(word));
	for (size_t len = 256; len <= 257; len++) {
		struct plan plan = {0};

		assert_int_equal(search_read(slice_of(word, len), &plan, NULL),
		    len == 256 ? 0 : -1);
		plan_release(&plan);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(becomes_sql),
	    cmocka_unit_test(names_stand_in_as_many_places_as_letters),
	    cmocka_unit_test(texts_and_ids_are_groups),
	    cmocka_unit_test(says_what_is_wrong_and_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
