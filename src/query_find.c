#include "query_find.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "duck_columns.h"
#include "query_function.h"
#include "query_ids.h"
#include "query_postings.h"
#include "store/text.h"

struct find {
	struct records *records;
	const struct plan *plan;
	struct found *found;
};

void
found_release(struct found *found)
{
	set_release(&found->in);
	set_release(&found->out);
	*found = (struct found){0};
}

/* Only those of `set` from now on, which is emptied. */
static int
narrow(struct find *f, struct set *set, struct err *err)
{
	set_release(&f->found->in);
	f->found->in = *set;
	f->found->narrowed = true;
	*set = (struct set){0};
	return records_narrow(f->records, &f->found->in, err);
}

/* --- found(index) --- */

static void
run_found(
    duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output)
{
	const struct found *found = duckdb_scalar_function_get_extra_info(info);
	duckdb_vector indexes = duckdb_data_chunk_get_vector(input, 0);
	const uint64_t *list = duckdb_vector_get_data(indexes);
	bool *out = duckdb_vector_get_data(output);
	idx_t rows = duckdb_data_chunk_get_size(input);

	for (idx_t i = 0; i < rows; i++)
		out[i] = (!found->narrowed || set_has(&found->in, list[i])) &&
		         !set_has(&found->out, list[i]);
}

int
query_find_register(
    struct records *records, struct found *found, struct err *err)
{
	const struct query_function function = {
	    .name = "found",
	    .takes = {DUCKDB_TYPE_UBIGINT},
	    .gives = DUCKDB_TYPE_BOOLEAN,
	    .run = run_found,
	    .extra = found,
	};

	return query_function(&records->duck, &function, err);
}

/* --- statements --- */

/* What is sealed is looked up, a condition at a time; the rest read once. */
static int
add_either(struct buf *sql, const struct find *f, struct err *err)
{
	const struct plan_list *either = &f->plan->either;
	const struct plan_groups *any = &f->plan->any;
	const struct records *r = f->records;
	const char *before = ") WHERE (";

	if (r->sealed.len && query_postings(r, any, sql, err))
		return -1;
	for (size_t i = 0; r->sealed.len && i < either->count; i++) {
		buf_str(sql, "SELECT * FROM (");
		buf_slice_add(sql, buf_slice(&r->sealed));
		buf_str(sql, ") WHERE ");
		buf_slice_add(sql, either->list[i]);
		buf_str(sql, " UNION ALL ");
	}
	buf_str(sql, "SELECT * FROM (");
	buf_slice_add(sql, buf_slice(&r->unsealed));
	for (size_t i = 0; i < any->count; i++, before = ") OR (") {
		buf_str(sql, before);
		plan_any(sql, &any->list[i]);
	}
	for (size_t i = 0; i < either->count; i++, before = ") OR (") {
		buf_str(sql, before);
		buf_slice_add(sql, either->list[i]);
	}
	buf_char(sql, ')');
	return 0;
}

static bool
has_either(const struct find *f)
{
	return f->plan->either.count || f->plan->any.count;
}

/*
 * What postings name is few: other conditions are looked at behind it, or
 * DuckDB would read their columns of all rows.  No condition passes an OFFSET.
 */
static int
add_from(struct buf *sql, const struct find *f, struct err *err)
{
	bool apart = f->plan->any.count && f->plan->where.count;
	int status;

	if (f->found->settled || !has_either(f)) {
		buf_str(sql, " FROM records AS r");
		return 0;
	}
	buf_str(sql, apart ? " FROM (SELECT * FROM (" : " FROM (");
	status = add_either(sql, f, err);
	buf_str(sql, apart ? ") OFFSET 0) AS r" : ") AS r");
	return status;
}

static void
add_where(struct buf *sql, const struct find *f)
{
	const struct plan_list *where = &f->plan->where;
	const struct found *found = f->found;

	buf_str(sql, " WHERE true");
	for (size_t i = 0; !found->settled && i < where->count; i++) {
		buf_str(sql, " AND (");
		buf_slice_add(sql, where->list[i]);
		buf_char(sql, ')');
	}
	if (found->narrowed)
		buf_printf(sql, " AND r.index BETWEEN %ju AND %ju",
		    (uintmax_t)found->in.first, (uintmax_t)found->in.last);
	if (found->narrowed || found->out.count)
		buf_str(sql, " AND found(r.index)");
}

static void
add_end(struct buf *sql, const struct find *f)
{
	const struct plan *plan = f->plan;

	if (plan->order.len) {
		buf_str(sql, " ORDER BY ");
		buf_slice_add(sql, plan->order);
	}
	/* One more shows whether there is more. */
	if (plan->limit)
		buf_printf(sql, " LIMIT %ju", (uintmax_t)plan->limit + 1);
}

/* --- ids --- */

/* Of two sets, the records in both. */
static int
intersect(
    const struct set *a, const struct set *b, struct set *both, struct err *err)
{
	for (uint64_t i = a->first; set_next(a, &i); i++)
		if (set_has(b, i) && records_add(both, i, err))
			return -1;
	return 0;
}

static int
find_ids(struct find *f, const struct plan_group *group, struct err *err)
{
	struct set set = {0}, both = {0};
	int status;

	if (group->none)
		return query_ids(
		    f->records, &group->values, &f->found->out, err);
	status = query_ids(f->records, &group->values, &set, err);
	if (!status && f->found->narrowed)
		status = intersect(&set, &f->found->in, &both, err) ||
		         narrow(f, &both, err);
	else if (!status)
		status = narrow(f, &set, err);
	set_release(&set);
	set_release(&both);
	return status ? -1 : 0;
}

/* --- texts --- */

struct texts {
	const struct plan_groups *groups;
	struct text *list; /* owned: the values of all groups */
};

static struct texts
texts_of(const struct plan_groups *groups)
{
	struct texts texts = {.groups = groups};
	size_t count = 0;

	for (size_t i = 0; i < groups->count; i++)
		count += groups->list[i].values.count;
	texts.list = xcalloc(count + 1, sizeof(*texts.list));
	count = 0;
	for (size_t i = 0; i < groups->count; i++) {
		const struct plan_list *values = &groups->list[i].values;

		for (size_t k = 0; k < values->count; k++)
			text_init(&texts.list[count++], values->list[k]);
	}
	return texts;
}

/*
 * A record that was erased has no bytes.  One of who read the ledger has what
 * was asked for: who looks for a text would find all who did so before, and
 * himself.
 */
static bool
fits(const struct texts *texts, const struct frame *frame,
    const struct stream *stream)
{
	bool none =
	    frame->erased || slice_eq(stream->source, SLICE("firn/read"));
	struct slice raw = none ? SLICE("") : frame->raw;
	const struct text *text = texts->list;

	for (size_t i = 0; i < texts->groups->count; i++) {
		const struct plan_group *group = &texts->groups->list[i];
		bool is = false;

		for (size_t k = 0; k < group->values.count && !is; k++)
			is = text_is_in(&text[k], raw);
		if (is == group->none)
			return false;
		text += group->values.count;
	}
	return true;
}

static int
look(struct find *f, const struct texts *texts, uint64_t index, struct set *set,
    struct err *err)
{
	struct records *r = f->records;
	struct stream stream;
	struct frame frame;

	if (view_record(r->view, index, &frame, &stream, err))
		return -1;
	if (records_has_tenant(r, stream.tenant) &&
	    fits(texts, &frame, &stream))
		return records_add(set, index, err);
	return 0;
}

/* With no condition over columns there is nothing to ask DuckDB. */
static int
look_at_all(
    struct find *f, const struct texts *texts, struct set *set, struct err *err)
{
	for (uint64_t i = 0; i < f->records->size; i++)
		if (look(f, texts, i, set, err))
			return -1;
	return 0;
}

static int
look_at_some(
    struct find *f, const struct texts *texts, struct set *set, struct err *err)
{
	struct buf sql = {0};
	struct set some = {0};
	int status;

	buf_str(&sql, "SELECT r.index");
	status = add_from(&sql, f, err);
	add_where(&sql, f);
	if (!status)
		status = records_fetch(f->records, &sql, &some, err);
	for (uint64_t i = 0; !status && set_next(&some, &i); i++)
		status = look(f, texts, i, set, err);
	set_release(&some);
	buf_release(&sql);
	return status;
}

static int
find_texts(struct find *f, struct err *err)
{
	struct texts texts = texts_of(&f->plan->texts);
	struct set set = {0};
	int status;

	if (has_either(f) || f->plan->where.count || f->found->narrowed ||
	    f->found->out.count)
		status = look_at_some(f, &texts, &set, err);
	else
		status = look_at_all(f, &texts, &set, err);
	if (!status) {
		status = narrow(f, &set, err);
		f->found->settled = true;
	}
	set_release(&set);
	free(texts.list);
	return status;
}

/* --- rows --- */

/* Counts need no more columns than conditions do. */
static bool
is_worth_it(const struct find *f)
{
	const struct plan *plan = f->plan;

	return plan->limit || (plan->order.len && !f->found->settled &&
	                          (has_either(f) || plan->where.count));
}

static int
find_rows(struct find *f, struct err *err)
{
	struct buf sql = {0};
	struct set set = {0};
	int status;

	buf_str(&sql, "SELECT r.index");
	status = add_from(&sql, f, err);
	add_where(&sql, f);
	if (f->plan->limit)
		add_end(&sql, f);
	if (!status)
		status = records_fetch(f->records, &sql, &set, err);
	if (!status) {
		status = narrow(f, &set, err);
		f->found->settled = true;
	}
	set_release(&set);
	buf_release(&sql);
	return status;
}

void
query_find_shape(
    const struct records *records, const struct plan *plan, struct buf *sql)
{
	buf_str(sql, "SELECT ");
	buf_slice_add(sql, plan->select);
	buf_printf(sql, " FROM %s() AS r ", columns_name(records->tail));
	buf_slice_add(sql, plan->behind);
}

int
query_find(struct records *records, const struct plan *plan,
    struct found *found, struct buf *sql, struct err *err)
{
	struct find f = {records, plan, found};

	for (size_t i = 0; i < plan->ids.count; i++)
		if (find_ids(&f, &plan->ids.list[i], err))
			return -1;
	if (plan->texts.count && find_texts(&f, err))
		return -1;
	if (is_worth_it(&f) && find_rows(&f, err))
		return -1;
	buf_str(sql, "SELECT ");
	buf_slice_add(sql, plan->select);
	if (add_from(sql, &f, err))
		return -1;
	add_where(sql, &f);
	buf_char(sql, ' ');
	buf_slice_add(sql, plan->behind);
	add_end(sql, &f);
	return 0;
}
