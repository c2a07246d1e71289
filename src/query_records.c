#include "query_records.h"

#include <malloc.h>
#include <stdlib.h>

#include "duck_columns.h"
#include "event/read.h"

#define MEMORY_MIB  2048 /* of DuckDB */
#define TAIL_MEMORY (2 * COLUMNS_MEMORY)

int
records_open(struct records *r, const char *dir, struct err *err)
{
	char *geo = geo_shipped();
	int status;

	r->dir = realpath(dir, NULL);
	if (!r->dir)
		status = err_sys(err, "cannot open '%s'", dir);
	else
		status = view_open(&r->view, r->dir, err) ||
		         (geo && geo_open(&r->geo, geo, err)) ||
		         duck_open(&r->duck, MEMORY_MIB, NULL, err);
	free(geo);
	return status ? -1 : 0;
}

void
records_rest(struct records *r)
{
	view_close(r->view);
	r->view = NULL;
}

void
records_close(struct records *r)
{
	duck_close(&r->duck);
	columns_free(r->tail);
	columns_free(r->few);
	columns_free(r->spare);
	buf_release(&r->sealed);
	buf_release(&r->unsealed);
	view_close(r->view);
	geo_close(r->geo);
	free(r->dir);
}

bool
records_has_tenant(const struct records *r, struct slice tenant)
{
	for (size_t i = 0; i < r->tenants->count; i++)
		if (slice_eq(r->tenants->list[i], tenant))
			return true;
	return r->tenants->count == 0;
}

/* --- records that are read again --- */

/* Adds those from `first` on that are in the set; NULL: all. */
static int
fill(struct records *r, struct columns *to, uint64_t first,
    const struct set *set, struct err *err)
{
	struct reread *reread = reread_new(r->view, r->geo);
	struct reread_record record;
	int status = 0;

	for (uint64_t i = first; !status; i++) {
		if ((set && !set_next(set, &i)) || i >= r->size)
			break;
		status = reread_record(reread, i, &record, err);
		if (!status && records_has_tenant(r, record.tenant))
			status = columns_add(to, i, &record, err);
	}
	reread_free(reread);
	return status;
}

/* Empty ones: DuckDB forgets no function, so those that are there are taken. */
static int
begin_columns(struct records *r, struct columns **columns, struct err *err)
{
	if (!*columns)
		return columns_new(columns, &r->duck, TAIL_MEMORY, NULL, err);
	columns_clear(*columns);
	return 0;
}

static int
fill_few(struct records *r, const struct set *set, struct err *err)
{
	if (begin_columns(r, &r->spare, err))
		return -1;
	r->few = r->spare;
	r->spare = NULL;
	return fill(r, r->few, 0, set, err);
}

/* --- the tail --- */

/*
 * Whether the tail can go on: with more records, or with fewer, and without
 * those that were sealed since, unless that are most of it.
 */
static bool
goes_on(const struct records *r, uint64_t sealed)
{
	uint64_t stale = sealed - r->tail_first;

	return r->tail && r->of_all && !r->tenants->count &&
	       r->tail_first <= sealed && sealed <= r->tail_end &&
	       r->tail_end <= view_tree(r->view)->size &&
	       stale <= r->tail_end - sealed;
}

static int
begin_tail(struct records *r, uint64_t sealed, struct err *err)
{
	r->tail_first = r->tail_end = sealed;
	r->of_all = !r->tenants->count;
	r->whole = false;
	if (begin_columns(r, &r->tail, err))
		return -1;
	/* Rows were small pieces: without this, they stay ours. */
	malloc_trim(0);
	return 0;
}

static int
extend_tail(struct records *r, uint64_t sealed, struct err *err)
{
	if (fill(r, r->tail, r->tail_end, NULL, err))
		return -1;
	if (r->tail_end < r->size)
		r->tail_end = r->size;
	columns_show(r->tail, sealed, r->size);
	return 0;
}

/* What is stale may be what there is no room for. */
static int
load_tail(struct records *r, struct err *err)
{
	uint64_t sealed = manifest_end(view_manifest(r->view));
	bool on = goes_on(r, sealed);
	struct err why = {0};

	if (on && !extend_tail(r, sealed, &why))
		return 0;
	if (!begin_tail(r, sealed, err) && !extend_tail(r, sealed, err))
		return 0;
	columns_free(r->tail);
	r->tail = NULL;
	if (err->code == ERR_LIMIT)
		err_set(err, ERR_LIMIT,
		    "too many records are not sealed yet: 'firn ledger seal' "
		    "seals them");
	return -1;
}

static bool
has_any(const struct set *set, const struct segment *segment)
{
	uint64_t index = segment->first;

	return !set || (set_next(set, &index) && index < segment->end);
}

static void
add_files(struct buf *sql, const struct records *r, const struct set *set)
{
	const struct manifest *manifest = view_manifest(r->view);
	const char *between = "SELECT * FROM read_parquet([";

	for (size_t i = 0; i < manifest->count; i++) {
		const struct segment *segment = &manifest->list[i];
		char *path;

		if (segment->first >= r->size || !has_any(set, segment))
			continue;
		path = segment_path(r->dir, segment, SEGMENT_PARQUET);
		buf_str(sql, between);
		duck_quote(sql, slice_cstr(path));
		between = ", ";
		free(path);
	}
	/* A folder `a=b` on the way to the ledger is no column. */
	if (between[0] == ',')
		buf_str(sql, "], hive_partitioning = false)");
}

/* Where a segment ends behind the last record that is shown. */
static bool
is_cut(const struct records *r)
{
	const struct manifest *manifest = view_manifest(r->view);

	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->list[i].first < r->size &&
		    manifest->list[i].end > r->size)
			return true;
	return false;
}

/*
 * In coalesce() a list is looked at while the column is read; a bare IN would
 * be looked at behind the reading of all columns.
 */
void
records_limits(const struct records *r, const char *before, struct buf *sql)
{
	if (is_cut(r)) {
		buf_printf(sql, "%sindex < %ju", before, (uintmax_t)r->size);
		before = " AND ";
	}
	for (size_t i = 0; i < r->tenants->count; i++) {
		buf_printf(sql, "%s", i ? ", " : before);
		buf_str(sql, i ? "" : "coalesce(tenant IN (");
		duck_quote(sql, r->tenants->list[i]);
	}
	if (r->tenants->count)
		buf_str(sql, "), false)");
}

/*
 * To read one row of a segment, a hundred thousand are unpacked; to read a
 * record again, some hundred.  But columns by other readers are shown as they
 * are looked for.
 */
#define FEW 100

static bool
are_few(const struct records *r, const struct set *set)
{
	const struct manifest *manifest = view_manifest(r->view);

	if (!set || set->count > FEW)
		return false;
	for (size_t i = 0; i < manifest->count; i++)
		if (manifest->list[i].reader != EVENT_READERS &&
		    has_any(set, &manifest->list[i]))
			return false;
	return true;
}

static int
make_view(struct records *r, const struct set *set, struct err *err)
{
	struct buf sql = {0};
	int status;

	buf_clear(&r->sealed);
	buf_clear(&r->unsealed);
	if (!r->few)
		add_files(&r->sealed, r, set);
	if (r->sealed.len)
		records_limits(r, " WHERE ", &r->sealed);
	buf_printf(&r->unsealed, "SELECT * FROM %s()",
	    columns_name(r->few ? r->few : r->tail));
	records_limits(r, " WHERE ", &r->unsealed);
	buf_str(&sql, "CREATE OR REPLACE TEMP VIEW records AS ");
	buf_slice_add(&sql, buf_slice(&r->unsealed));
	if (r->sealed.len)
		buf_str(&sql, " UNION ALL ");
	buf_slice_add(&sql, buf_slice(&r->sealed));
	buf_char(&sql, '\0');
	r->whole = !set;
	status = duck_run(&r->duck, sql.ptr, err);
	buf_release(&sql);
	return status;
}

int
records_narrow(struct records *r, const struct set *set, struct err *err)
{
	/* They can only become fewer. */
	if (r->few)
		return 0;
	if (are_few(r, set) && fill_few(r, set, err))
		return -1;
	return make_view(r, set, err);
}

/* A view that has so many records, if there are as many. */
static int
see(struct records *r, uint64_t below, struct err *err)
{
	if (r->view && below <= view_tree(r->view)->size)
		return 0;
	records_rest(r);
	r->whole = false;
	return view_open(&r->view, r->dir, err);
}

static int
set_size(struct records *r, uint64_t below, struct err *err)
{
	uint64_t size = view_tree(r->view)->size;

	if (below > size)
		return err_set(err, ERR_USAGE,
		    "the page is one of %ju records: this ledger has %ju",
		    (uintmax_t)below, (uintmax_t)size);
	if (below)
		size = below;
	r->whole &= size == r->size;
	r->size = size;
	return 0;
}

int
records_load(struct records *r, const struct plan *plan, struct err *err)
{
	r->tenants = &plan->tenants;
	if (r->few)
		r->spare = r->few;
	r->few = NULL;
	if (see(r, plan->below, err) || set_size(r, plan->below, err) ||
	    load_tail(r, err))
		return -1;
	return r->whole ? 0 : make_view(r, NULL, err);
}

int
records_add(struct set *set, uint64_t index, struct err *err)
{
	if (set_add(set, index))
		return 0;
	return err_set(err, ERR_LIMIT,
	    "too many records to look at: ask for a shorter time");
}

static int
take_chunk(duckdb_data_chunk chunk, struct set *set, struct err *err)
{
	const uint64_t *list =
	    duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
	idx_t rows = duckdb_data_chunk_get_size(chunk);

	for (idx_t i = 0; i < rows; i++)
		if (records_add(set, list[i], err))
			return -1;
	return 0;
}

int
records_fetch(
    struct records *r, struct buf *sql, struct set *set, struct err *err)
{
	duckdb_prepared_statement statement = NULL;
	duckdb_result result = {0};
	duckdb_data_chunk chunk;
	const char *why = NULL;
	int status = 0;

	buf_char(sql, '\0');
	if (duckdb_prepare(r->duck.connection, sql->ptr, &statement) !=
	    DuckDBSuccess)
		why = duckdb_prepare_error(statement);
	else if (duckdb_execute_prepared_streaming(statement, &result) !=
	         DuckDBSuccess)
		why = duckdb_result_error(&result);
	while (!why && !status && (chunk = duckdb_fetch_chunk(result))) {
		status = take_chunk(chunk, set, err);
		duckdb_destroy_data_chunk(&chunk);
	}
	if (!why && !status)
		why = duckdb_result_error(&result);
	if (why)
		status = err_set(err, ERR_USAGE, "%s", why);
	duckdb_destroy_result(&result);
	duckdb_destroy_prepare(&statement);
	return status;
}
