/*
 * firn-query - finds records of a ledger:
 *
 *	firn-query LEDGER FORMAT <PLAN
 *	firn-query LEDGER session
 *
 * PLAN is what store/plan.h writes.  In a session, standard input and output
 * are a socket, by which one is asked after the other (cmd/child.h); before
 * each stands its format and a line feed.  A child of firn, which has no key
 * and can write nothing (base/confine.h).  Where rows were cut short, it says
 * on standard error how to go on.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/confine.h"
#include "base/whole.h"
#include "query_find.h"
#include "query_guard.h"
#include "query_ip.h"
#include "query_raw.h"
#include "query_run.h"
#include "store/page.h"

/* Of processor time; who asks in a session ends it before it comes to that. */
#define CPU_SECONDS     600
#define SESSION_SECONDS 1200

struct query {
	struct plan plan;
	struct records records;
	struct query_raw raw;
	struct found found;
	bool finds; /* `found` is registered */
	enum print_format format;
};

/* From standard input, as long as there is any. */
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
 * when what confines this one holds for them, too.  Where rows come in any
 * order, not one of them has to read all.
 */
static int
lock(struct query *q, bool any_order, struct err *err)
{
	struct buf sql = {0};
	int status;

	buf_str(&sql, "SET threads = 2; SET parquet_metadata_cache = true; ");
	if (any_order)
		buf_str(&sql, "SET preserve_insertion_order = false; ");
	buf_str(&sql, "SET allowed_directories = [");
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

	if (!q->finds && query_find_register(&q->records, &q->found, err))
		return -1;
	q->finds = true;
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
	    (!q->raw.records && query_raw_register(&q->raw, &q->records, err)))
		return -1;
	/* The plan's arena put a NUL behind it. */
	return query_run(&q->records.duck, sql.ptr, NULL, q->format, NULL, err);
}

static int
run_plan(struct query *q, struct err *err)
{
	if (records_load(&q->records, &q->plan, err))
		return -1;
	return q->plan.sql.len ? run_sql(q, err) : run_search(q, err);
}

/* --- a session --- */

#define FORMAT_MAX 16

/* False: there is no more, or what came is none. */
static bool
next_question(struct buf *text)
{
	unsigned char head[4];
	size_t n;

	buf_clear(text);
	if (!whole_read(STDIN_FILENO, head, sizeof(head)))
		return false;
	n = get_u32(head);
	if (n > PLAN_MAX + FORMAT_MAX ||
	    !whole_read(STDIN_FILENO, buf_reserve(text, n), n))
		return false;
	text->len = n;
	return true;
}

/* Of one without a text, to rest; false: it is none. */
static bool
answer(struct query *q, struct slice plan, struct err *err)
{
	char format[FORMAT_MAX] = {0};
	struct slice name;

	if (!plan.len) {
		records_rest(&q->records);
		return true;
	}
	name = slice_cut(&plan, '\n');
	if (name.len >= sizeof(format))
		return false;
	memcpy(format, name.ptr, name.len);
	if (!print_format_parse(format, &q->format))
		return false;
	if (!plan_parse(plan, &q->plan, err))
		run_plan(q, err);
	return true;
}

static void
answer_all(struct query *q)
{
	struct buf text = {0};
	struct err wrong = {0};

	while (next_question(&text) && answer(q, buf_slice(&text), &wrong)) {
		putchar('\0');
		if (wrong.code)
			fputs(wrong.msg, stdout);
		putchar('\0');
		if (fflush(stdout))
			break;
		plan_release(&q->plan);
		found_release(&q->found);
		wrong = (struct err){0};
	}
	buf_release(&text);
}

/* --- all --- */

static int
begin(struct query *q, const char *dir, bool session, struct err *err)
{
	unsigned cpu_seconds = session ? SESSION_SECONDS : CPU_SECONDS;

	return records_open(&q->records, dir, err) ||
	               confine(q->records.dir, cpu_seconds, err) ||
	               lock(q, session, err) ||
	               query_ip_register(&q->records.duck, err)
	           ? -1
	           : 0;
}

int
main(int argc, char **argv)
{
	struct query q = {0};
	struct err err = {0};
	bool session = argc == 3 && !strcmp(argv[2], "session");

	if (argc != 3 ||
	    (!session && !print_format_parse(argv[2], &q.format))) {
		fputs("usage: firn-query LEDGER table|csv|ndjson <PLAN\n"
		      "       firn-query LEDGER session\n",
		    stderr);
		return 2;
	}
	if (!begin(&q, argv[1], session, &err)) {
		if (session)
			answer_all(&q);
		else if (!read_plan(&q.plan, &err))
			run_plan(&q, &err);
	}
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	records_close(&q.records);
	found_release(&q.found);
	plan_release(&q.plan);
	return err.code ? 2 : 0;
}
