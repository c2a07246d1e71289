/*
 * firn-query - finds records of a ledger:
 *
 *	firn-query LEDGER FORMAT <PLAN
 *
 * PLAN is what store/plan.h writes.  A child of firn, which has no key and can
 * write nothing (base/confine.h).  Where rows were cut short, it says on
 *standard error how to go on.
 */
#include <stdio.h>

#include "base/confine.h"
#include "query_find.h"
#include "query_guard.h"
#include "query_ip.h"
#include "query_raw.h"
#include "query_run.h"
#include "store/page.h"

#define CPU_SECONDS 600

struct query {
	struct plan plan;
	struct records records;
	struct query_raw raw;
	struct found found;
	enum print_format format;
};

static int
read_plan(struct plan *plan, struct err *err)
{
	struct buf text = {0};
	size_t n;
	int status;

	do {
		n = fread(buf_reserve(&text, 65536), 1, 65536, stdin);
		text.len += n;
	} while (n && text.len <= PLAN_MAX);
	if (ferror(stdin))
		status = err_sys(err, "cannot read the query");
	else
		status = plan_parse(buf_slice(&text), plan, err);
	buf_release(&text);
	return status;
}

/*
 * What SQL may open, and that SQL cannot change it.  Threads start only now,
 * when what confines this one holds for them, too.
 */
static int
lock(struct query *q, struct err *err)
{
	struct buf sql = {0};
	int status;

	buf_str(&sql, "SET threads = 2; SET parquet_metadata_cache = true; "
	              "SET allowed_directories = [");
	duck_quote(&sql, slice_cstr(q->records.dir));
	buf_str(&sql, "]; SET enable_external_access = false; "
	              "SET lock_configuration = true");
	buf_char(&sql, '\0');
	status = duck_run(&q->records.duck, sql.ptr, err);
	buf_release(&sql);
	return status;
}

static void
tell_more(const struct query *q, const struct query_cut *cut)
{
	struct page page = {.size = q->records.size,
	    .has_time = cut->has_first,
	    .time_us = cut->first,
	    .index = cut->second};
	struct buf token = {0};

	memcpy(page.query, q->plan.query.ptr, sizeof(page.query));
	page_print(&token, &page);
	fprintf(stderr, "more: --page " SLICE_FMT "\n",
	    SLICE_ARG(buf_slice(&token)));
	buf_release(&token);
}

static int
run_search(struct query *q, struct err *err)
{
	struct query_cut cut = {.limit = q->plan.limit};
	struct buf sql = {0}, shape = {0};
	int status;

	query_find_shape(&q->records, &q->plan, &shape);
	status = query_find(&q->records, &q->plan, &q->found, &sql, err);
	buf_char(&sql, '\0');
	buf_char(&shape, '\0');
	if (!status)
		status = query_run(&q->records.duck, sql.ptr, shape.ptr,
		    q->format, cut.limit ? &cut : NULL, err);
	if (!status && cut.more)
		tell_more(q, &cut);
	buf_release(&sql);
	buf_release(&shape);
	return status;
}

static int
run_sql(struct query *q, struct err *err)
{
	struct slice sql = q->plan.sql;

	if ((q->plan.tenants.count &&
	        query_guard(&q->records.duck, sql, err)) ||
	    query_raw_register(&q->raw, &q->records, err))
		return -1;
	/* The plan's arena put a NUL behind it. */
	return query_run(&q->records.duck, sql.ptr, NULL, q->format, NULL, err);
}

static int
run(struct query *q, const char *dir, struct err *err)
{
	if (records_open(&q->records, dir, err) ||
	    confine(q->records.dir, CPU_SECONDS, err) || lock(q, err) ||
	    read_plan(&q->plan, err) ||
	    query_ip_register(&q->records.duck, err) ||
	    records_load(&q->records, &q->plan, err))
		return -1;
	return q->plan.sql.len ? run_sql(q, err) : run_search(q, err);
}

int
main(int argc, char **argv)
{
	struct query q = {0};
	struct err err = {0};

	if (argc != 3 || !print_format_parse(argv[2], &q.format)) {
		fputs("usage: firn-query LEDGER table|csv|ndjson <PLAN\n",
		    stderr);
		return 2;
	}
	if (run(&q, argv[1], &err))
		fprintf(stderr, "firn: %s\n", err.msg);
	records_close(&q.records);
	found_release(&q.found);
	plan_release(&q.plan);
	return err.code ? 2 : 0;
}
