#include "store/query.h"

#include "base/bytes.h"
#include "base/sha256.h"
#include "ledger/leaf.h"
#include "store/search.h"

#define SQL_MAX ((size_t)1 << 20) /* bytes of a SELECT */

/* --- checking --- */

static int
add_tenants(struct plan *plan, const struct plan_list *tenants, struct err *err)
{
	for (size_t i = 0; i < tenants->count; i++) {
		if (!leaf_name_ok(tenants->list[i]))
			return err_set(err, ERR_USAGE,
			    "'" SLICE_FMT "' cannot be a tenant",
			    SLICE_ARG(tenants->list[i]));
		plan_add(&plan->arena, &plan->tenants, tenants->list[i]);
	}
	return 0;
}

static int
check_purpose(struct slice purpose, struct err *err)
{
	if (leaf_name_ok(purpose))
		return 0;
	return err_set(
	    err, ERR_USAGE, "a purpose is said in 1 to 512 bytes of text");
}

static int
check(const struct query *query, struct err *err)
{
	if (query->all_tenants == (query->tenants.count != 0))
		return err_set(err, ERR_USAGE,
		    "a query is over all tenants or over some, and says which");
	if (check_purpose(query->purpose, err))
		return -1;
	if (query->what != QUERY_ROWS &&
	    (query->limit || query->page.len || query->order != QUERY_TIME))
		return err_set(err, ERR_USAGE,
		    "order, limit and page are of records alone");
	if (query->limit > QUERY_LIMIT_MAX)
		return err_set(err, ERR_USAGE, "a limit of %ju is too high",
		    (uintmax_t)query->limit);
	if (query->page.len && !query->limit)
		return err_set(
		    err, ERR_USAGE, "a page has a limit: how long it is");
	return 0;
}

/* --- pages --- */

static void
hash_part(struct sha256 *sha, struct slice s)
{
	unsigned char len[8];

	put_le(len, sizeof(len), s.len);
	sha256_add(sha, len, sizeof(len));
	sha256_add(sha, s.ptr, s.len);
}

static void
hash_number(struct sha256 *sha, bool is, int64_t n)
{
	unsigned char bytes[8];

	put_le(bytes, sizeof(bytes), (uint64_t)n);
	hash_part(sha, slice_of(bytes, is ? sizeof(bytes) : 0));
}

/* What is asked for, and in which order: not how many, what for, or as what. */
static void
tell(const struct query *query, char out[PAGE_QUERY_LEN])
{
	static const char digits[] = "0123456789abcdef";
	struct sha256 *sha = sha256_new();
	unsigned char hash[SHA256_LEN];

	sha256_begin(sha);
	hash_part(sha, SLICE("firn-page/1"));
	hash_number(sha, true, (int64_t)query->order);
	hash_number(sha, true, (int64_t)query->tenants.count);
	for (size_t i = 0; i < query->tenants.count; i++)
		hash_part(sha, query->tenants.list[i]);
	hash_number(sha, query->has_from, query->from_us);
	hash_number(sha, query->has_to, query->to_us);
	hash_part(sha, query->where);
	hash_part(sha, query->words);
	sha256_end(sha, hash);
	sha256_free(sha);
	for (size_t i = 0; i < PAGE_QUERY_LEN; i++)
		out[i] = digits[hash[i / 2] >> (i % 2 ? 0 : 4) & 15];
}

static void
add_behind(struct buf *sql, enum query_order order, const struct page *page)
{
	bool down = order == QUERY_TIME_DOWN || order == QUERY_INDEX_DOWN;
	const char *behind = down ? "<" : ">";

	if (order == QUERY_INDEX || order == QUERY_INDEX_DOWN)
		buf_printf(sql, "index %s %ju", behind, (uintmax_t)page->index);
	else if (page->has_time)
		buf_printf(sql,
		    "time %s make_timestamp(%jd) OR time IS NULL OR "
		    "(time = make_timestamp(%jd) AND index %s %ju)",
		    behind, (intmax_t)page->time_us, (intmax_t)page->time_us,
		    behind, (uintmax_t)page->index);
	else
		buf_printf(sql, "time IS NULL AND index %s %ju", behind,
		    (uintmax_t)page->index);
}

static int
add_page(const struct query *query, struct plan *plan, struct buf *sql,
    struct err *err)
{
	char told[PAGE_QUERY_LEN];
	struct page page;

	tell(query, told);
	plan->limit = query->limit;
	plan->query = arena_copy(&plan->arena, slice_of(told, sizeof(told)));
	if (!query->page.len)
		return 0;
	if (!page_parse(query->page, &page))
		return err_set(err, ERR_USAGE,
		    "'" SLICE_FMT "' is no token of a page",
		    SLICE_ARG(query->page));
	if (memcmp(page.query, told, sizeof(told)) != 0)
		return err_set(err, ERR_USAGE,
		    "the page is one of another query, or in another order");
	plan->below = page.size;
	buf_clear(sql);
	add_behind(sql, query->order, &page);
	plan_add(&plan->arena, &plan->where, buf_slice(sql));
	return 0;
}

/* --- what is shown --- */

static void
add_time(struct plan *plan, struct buf *sql, const char *order, int64_t time_us)
{
	buf_clear(sql);
	buf_printf(
	    sql, "time %s make_timestamp(%jd)", order, (intmax_t)time_us);
	plan_add(&plan->arena, &plan->where, buf_slice(sql));
}

static void
add_rows(const struct query *query, struct plan *plan, struct buf *sql)
{
	static const char *const orders[] = {
	    [QUERY_TIME] = "r.time ASC NULLS LAST, r.index",
	    [QUERY_TIME_DOWN] = "r.time DESC NULLS LAST, r.index DESC",
	    [QUERY_INDEX] = "r.index",
	    [QUERY_INDEX_DOWN] = "r.index DESC",
	};

	buf_clear(sql);
	if (query->limit)
		buf_str(sql, "epoch_us(r.time) AS key_time, r.index AS "
		             "key_index, ");
	buf_str(sql, query->all_columns
	                 ? "r.*"
	                 : "r.index, time, operation, outcome, actor_name, ip, "
	                   "country, app_name, "
	                   "coalesce(target_name, mailbox) AS target");
	plan->select = arena_copy(&plan->arena, buf_slice(sql));
	plan->order = slice_cstr(orders[query->order]);
}

static void
add_other(const struct query *query, struct plan *plan)
{
	static const char *const units[] = {"hour", "day", "month"};

	if (query->what == QUERY_COUNT) {
		plan->select = SLICE("count(*) AS count");
	} else if (query->what == QUERY_HISTOGRAM) {
		plan->select = arena_printf(&plan->arena,
		    "date_trunc('%s', time)::TIMESTAMP AS time, "
		    "count(*) AS count",
		    units[query->unit]);
		plan->behind = SLICE("GROUP BY 1 ORDER BY 1");
	} else {
		plan->select = arena_copy(&plan->arena, query->select);
		plan->behind = arena_copy(&plan->arena, query->behind);
	}
}

int
query_plan(const struct query *query, struct plan *plan, struct err *err)
{
	struct buf sql = {0};
	int status;

	*plan = (struct plan){0};
	status = check(query, err) || add_tenants(plan, &query->tenants, err) ||
	         search_read(query->words, plan, err);
	if (!status && query->limit)
		status = add_page(query, plan, &sql, err);
	if (!status && query->has_from)
		add_time(plan, &sql, ">=", query->from_us);
	if (!status && query->has_to)
		add_time(plan, &sql, "<", query->to_us);
	if (!status && query->where.len)
		plan_add(&plan->arena, &plan->where, query->where);
	if (!status && query->what == QUERY_ROWS)
		add_rows(query, plan, &sql);
	else if (!status)
		add_other(query, plan);
	buf_release(&sql);
	return status ? -1 : 0;
}

int
query_plan_sql(struct slice sql, const struct plan_list *tenants,
    struct slice purpose, struct plan *plan, struct err *err)
{
	*plan = (struct plan){0};
	if (!sql.len || sql.len > SQL_MAX || memchr(sql.ptr, '\0', sql.len))
		return err_set(err, ERR_USAGE,
		    "a SELECT is 1 byte to 1 MiB of text without NUL");
	plan->sql = arena_copy(&plan->arena, sql);
	return check_purpose(purpose, err) || add_tenants(plan, tenants, err)
	           ? -1
	           : 0;
}
