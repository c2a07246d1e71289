#include "store/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct slice
list_at(const struct plan_list *list, size_t i)
{
	assert_true(i < list->count);
	return list->list[i];
}

#define assert_text(got, want)                                                 \
	do {                                                                   \
		struct slice s = (got);                                        \
		if (!slice_eq(s, slice_cstr(want)))                            \
			fail_msg(SLICE_FMT, SLICE_ARG(s));                     \
	} while (0)

static const struct query rows = {
    .all_tenants = true,
    .purpose = SLICE_INIT("a test"),
};

static void
rows_are_of_the_columns_asked_for(void **state)
{
	struct query query = rows;
	struct plan plan;

	(void)state;
	assert_int_equal(query_plan(&query, &plan, NULL), 0);
	assert_text(plan.order, "r.time ASC NULLS LAST, r.index");
	assert_true(plan.select.len > 40);
	assert_int_equal(plan.limit, 0);
	plan_release(&plan);
	query.all_columns = true;
	query.order = QUERY_INDEX_DOWN;
	query.limit = 10;
	query.has_from = query.has_to = true;
	query.from_us = -1;
	query.to_us = 2;
	query.where = SLICE("index < 9");
	query.words = SLICE("country:DE");
	assert_int_equal(query_plan(&query, &plan, NULL), 0);
	assert_text(plan.select, "epoch_us(r.time) AS key_time, r.index AS "
	                         "key_index, r.*");
	assert_text(plan.order, "r.index DESC");
	assert_int_equal(plan.limit, 10);
	assert_int_equal(plan.where.count, 4);
	assert_text(list_at(&plan.where, 1), "time >= make_timestamp(-1)");
	assert_text(list_at(&plan.where, 2), "time < make_timestamp(2)");
	assert_text(list_at(&plan.where, 3), "index < 9");
	plan_release(&plan);
}

static void
counts_have_no_order(void **state)
{
	struct query query = rows;
	struct plan plan;

	(void)state;
	query.what = QUERY_COUNT;
	assert_int_equal(query_plan(&query, &plan, NULL), 0);
	assert_text(plan.select, "count(*) AS count");
	assert_int_equal(plan.order.len + plan.behind.len, 0);
	plan_release(&plan);
	query.what = QUERY_HISTOGRAM;
	query.unit = QUERY_MONTH;
	assert_int_equal(query_plan(&query, &plan, NULL), 0);
	assert_text(plan.select, "date_trunc('month', time)::TIMESTAMP AS "
	                         "time, count(*) AS count");
	assert_text(plan.behind, "GROUP BY 1 ORDER BY 1");
	plan_release(&plan);
	query.what = QUERY_OWN;
	query.select = SLICE("a");
	query.behind = SLICE("b");
	assert_int_equal(query_plan(&query, &plan, NULL), 0);
	assert_text(plan.select, "a");
	assert_text(plan.behind, "b");
	plan_release(&plan);
}

/* Each is wrong in one thing. */
static void
wrong_queries_are_refused(void **state)
{
	struct slice tenant = SLICE("t"), bad = SLICE("a\nb");
	struct query cases[12];
	size_t n = sizeof(cases) / sizeof(cases[0]);
	struct err err = {0};
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < n; i++)
		cases[i] = rows;
	cases[0].all_tenants = false;
	cases[1].tenants = (struct plan_list){&tenant, 1, 1};
	cases[2].all_tenants = false;
	cases[2].tenants = (struct plan_list){&bad, 1, 1};
	cases[3].purpose = SLICE("");
	cases[4].purpose = bad;
	cases[5].what = QUERY_COUNT;
	cases[5].limit = 1;
	cases[6].what = QUERY_HISTOGRAM;
	cases[6].order = QUERY_INDEX;
	cases[7].page = SLICE("0123456789abcdef.2.-.1");
	cases[8].limit = QUERY_LIMIT_MAX + 1;
	cases[9].limit = 1;
	cases[9].page = SLICE("x");
	cases[10].limit = 1;
	cases[10].page = SLICE("0123456789abcdef.2.-.1");
	cases[11].words = SLICE("usr:x");
	for (size_t i = 0; i < n; i++) {
		err = (struct err){0};
		assert_int_equal(query_plan(&cases[i], &plan, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		plan_release(&plan);
	}
	cases[2].tenants = (struct plan_list){&tenant, 1, 1};
	assert_int_equal(query_plan(&cases[2], &plan, NULL), 0);
	assert_text(list_at(&plan.tenants, 0), "t");
	plan_release(&plan);
}

static void
tell(const struct query *query, char told[PAGE_QUERY_LEN])
{
	struct plan plan;

	assert_int_equal(query_plan(query, &plan, NULL), 0);
	assert_int_equal(plan.query.len, PAGE_QUERY_LEN);
	memcpy(told, plan.query.ptr, PAGE_QUERY_LEN);
	plan_release(&plan);
}

static void
pages_go_on_with_their_own_query(void **state)
{
	struct slice tenant = SLICE("t");
	char told[8][PAGE_QUERY_LEN], again[PAGE_QUERY_LEN];
	struct query cases[8];

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		cases[i] = rows;
		cases[i].limit = 3;
	}
	cases[1].words = SLICE("a");
	cases[2].words = SLICE("a b");
	cases[3].order = QUERY_TIME_DOWN;
	cases[4].all_tenants = false;
	cases[4].tenants = (struct plan_list){&tenant, 1, 1};
	cases[5].has_from = true;
	cases[6].has_to = true;
	cases[7].where = SLICE("a");
	for (size_t i = 0; i < 8; i++) {
		tell(&cases[i], told[i]);
		for (size_t k = 0; k < i; k++)
			assert_memory_not_equal(
			    told[i], told[k], PAGE_QUERY_LEN);
	}
	/* How many are shown, as what and what for, is another matter. */
	cases[0].limit = 4;
	cases[0].all_columns = true;
	cases[0].purpose = SLICE("another");
	tell(&cases[0], again);
	assert_memory_equal(again, told[0], PAGE_QUERY_LEN);
}

static void
pages_begin_behind_the_last_row(void **state)
{
	static const struct {
		enum query_order order;
		const char *page, *where;
	} cases[] = {
	    {QUERY_TIME, "9.-5.7",
	        "time > make_timestamp(-5) OR time IS NULL OR (time = "
	        "make_timestamp(-5) AND index > 7)"},
	    {QUERY_TIME, "9.-.7", "time IS NULL AND index > 7"},
	    {QUERY_TIME_DOWN, "9.5.7",
	        "time < make_timestamp(5) OR time IS NULL OR (time = "
	        "make_timestamp(5) AND index < 7)"},
	    {QUERY_TIME_DOWN, "9.-.7", "time IS NULL AND index < 7"},
	    {QUERY_INDEX, "9.5.7", "index > 7"},
	    {QUERY_INDEX_DOWN, "9.-.7", "index < 7"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct query query = rows;
		struct buf token = {0};
		struct plan plan;
		char told[PAGE_QUERY_LEN];

		query.limit = 3;
		query.order = cases[i].order;
		tell(&query, told);
		buf_add(&token, told, sizeof(told));
		buf_printf(&token, ".%s", cases[i].page);
		query.page = buf_slice(&token);
		assert_int_equal(query_plan(&query, &plan, NULL), 0);
		assert_text(list_at(&plan.where, 0), cases[i].where);
		assert_int_equal(plan.below, 9);
		plan_release(&plan);
		buf_release(&token);
	}
}

static void
tokens_are_read_strictly(void **state)
{
	static const char *const bad[] = {
	    "",
	    "0123456789abcdef",
	    "0123456789abcdef.2.-",
	    "0123456789abcdef.2.-.",
	    "0123456789abcdef.2.-.2",
	    "0123456789abcdef.0.-.0",
	    "0123456789abcdef.2.-.01",
	    "0123456789abcdef.02.-.1",
	    "0123456789abcdef.2.-0.1",
	    "0123456789abcdef.2.--1.1",
	    "0123456789abcdef.2..1",
	    "0123456789abcdef.2.9223372036854775808.1",
	    "0123456789abcdef.2.1.1.",
	    "0123456789ABCDEF.2.1.1",
	    "0123456789abcde.2.1.1",
	    "0123456789abcdef.18446744073709551616.1.1",
	};
	static const char *const good[] = {
	    "0123456789abcdef.2.-.1",
	    "0123456789abcdef.18446744073709551615.9223372036854775807."
	    "18446744073709551614",
	    "0123456789abcdef.1.-9223372036854775807.0",
	};
	struct page page;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (page_parse(slice_cstr(bad[i]), &page))
			fail_msg("%s", bad[i]);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct buf out = {0};

		assert_true(page_parse(slice_cstr(good[i]), &page));
		page_print(&out, &page);
		assert_text(buf_slice(&out), good[i]);
		buf_release(&out);
	}
}

static void
plans_come_back_as_they_were(void **state)
{
	struct query query = rows;
	struct slice tenants[] = {SLICE("a b"), SLICE("c")};
	struct buf first = {0}, second = {0};
	struct plan plan, again;

	(void)state;
	query.all_tenants = false;
	query.tenants = (struct plan_list){tenants, 2, 2};
	query.limit = 5;
	query.words = SLICE("user:a,b -id:x,y text,\"or \" -c op:or session:1");
	assert_int_equal(query_plan(&query, &plan, NULL), 0);
	plan.below = 7;
	plan_print(&first, &plan);
	assert_int_equal(plan_parse(buf_slice(&first), &again, NULL), 0);
	assert_int_equal(again.tenants.count, 2);
	assert_int_equal(again.below, 7);
	assert_int_equal(again.texts.count, 2);
	assert_true(again.texts.list[1].none);
	assert_text(list_at(&again.texts.list[0].values, 1), "or ");
	plan_print(&second, &again);
	assert_true(slice_eq(buf_slice(&first), buf_slice(&second)));
	plan_release(&again);
	/* Only between parts it may have ended. */
	for (size_t cut = 0; cut < first.len; cut++) {
		if (!plan_parse(slice_of(first.ptr, cut), &again, NULL))
			assert_true(first.ptr[cut - 1] == '\0');
		plan_release(&again);
	}
	plan_release(&plan);
	buf_release(&first);
	buf_release(&second);
}

static void
selects_of_users_are_plans(void **state)
{
	struct slice tenant = SLICE("t"), none = SLICE("");
	struct plan_list some = {&tenant, 1, 1}, wrong = {&none, 1, 1};
	struct buf out = {0};
	struct plan plan;

	(void)state;
	assert_int_equal(query_plan_sql(SLICE("SELECT 1"), &some,
	                     SLICE("a test"), &plan, NULL),
	    0);
	plan_print(&out, &plan);
	assert_true(
	    slice_eq(buf_slice(&out), SLICE("tenant t\0sql SELECT 1\0")));
	plan_release(&plan);
	buf_release(&out);
	assert_int_equal(
	    query_plan_sql(SLICE(""), &some, SLICE("p"), &plan, NULL), -1);
	plan_release(&plan);
	assert_int_equal(
	    query_plan_sql(SLICE("a\0b"), &some, SLICE("p"), &plan, NULL), -1);
	plan_release(&plan);
	assert_int_equal(
	    query_plan_sql(SLICE("a"), &wrong, SLICE("p"), &plan, NULL), -1);
	plan_release(&plan);
	assert_int_equal(
	    query_plan_sql(SLICE("a"), &some, SLICE(""), &plan, NULL), -1);
	plan_release(&plan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_are_of_the_columns_asked_for),
	    cmocka_unit_test(counts_have_no_order),
	    cmocka_unit_test(wrong_queries_are_refused),
	    cmocka_unit_test(pages_go_on_with_their_own_query),
	    cmocka_unit_test(pages_begin_behind_the_last_row),
	    cmocka_unit_test(tokens_are_read_strictly),
	    cmocka_unit_test(plans_come_back_as_they_were),
	    cmocka_unit_test(selects_of_users_are_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
