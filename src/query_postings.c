#include "query_postings.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/postings.h"

/*
 * To begin with a few rows in the middle of a file costs DuckDB as much as to
 * read a short column of some row groups.
 */
#define MANY(count, of) ((count)*8 > (of))

/* Groups in the segments, one after the other. */
struct look {
	const struct records *records;
	const struct plan_groups *groups;
	enum postings_column *columns; /* owned: of each group */
	bool *few;                     /* owned: it stands in few blocks */
	bool *blocks;                  /* owned: in which one of these stands */
	bool *some;                    /* owned: blocks of one group */
	struct buf *whole; /* owned: of each group, the paths of files that are
	                      looked at as a whole */
};

static int
find_columns(struct look *look, struct err *err)
{
	for (size_t i = 0; i < look->groups->count; i++) {
		struct slice of = look->groups->list[i].of;

		if (!postings_of(of, &look->columns[i]))
			return err_set(err, ERR_USAGE,
			    "values of '" SLICE_FMT "' cannot be looked up",
			    SLICE_ARG(of));
	}
	return 0;
}

static void
add_path(struct buf *paths, const char *path)
{
	buf_str(paths, paths->len ? ", " : "");
	duck_quote(paths, slice_cstr(path));
}

/* In how many blocks one of the values may stand; they are in look->some. */
static size_t
find(struct look *look, const struct postings *postings, size_t group,
    size_t blocks)
{
	const struct plan_list *values = &look->groups->list[group].values;
	size_t count = 0;

	memset(look->some, 0, blocks);
	for (size_t i = 0; i < values->count; i++)
		postings_find(postings, look->columns[group], values->list[i],
		    look->some);
	for (size_t i = 0; i < blocks; i++)
		count += look->some[i];
	return count;
}

/* Rows in a row of blocks, of few groups. */
static void
add_run(const struct look *look, const char *path, size_t from, size_t end,
    struct buf *sql)
{
	const char *before = "";

	buf_str(sql, "SELECT * FROM read_parquet(");
	duck_quote(sql, slice_cstr(path));
	buf_printf(sql,
	    ", hive_partitioning = false) WHERE file_row_number BETWEEN %zu "
	    "AND %zu AND (",
	    from * POSTINGS_ROWS, end * POSTINGS_ROWS - 1);
	for (size_t i = 0; i < look->groups->count; i++) {
		if (!look->few[i])
			continue;
		buf_str(sql, before);
		plan_any(sql, &look->groups->list[i]);
		before = " OR ";
	}
	buf_char(sql, ')');
	records_limits(look->records, " AND ", sql);
	buf_str(sql, " UNION ALL ");
}

static void
look_in(struct look *look, const struct postings *postings, uint64_t rows,
    const char *path, struct buf *sql)
{
	size_t blocks = (size_t)((rows + POSTINGS_ROWS - 1) / POSTINGS_ROWS);

	memset(look->blocks, 0, blocks);
	for (size_t i = 0; i < look->groups->count; i++) {
		size_t count = find(look, postings, i, blocks);

		look->few[i] = count && !MANY(count, blocks);
		if (count && !look->few[i])
			add_path(&look->whole[i], path);
		for (size_t k = 0; look->few[i] && k < blocks; k++)
			look->blocks[k] |= look->some[k];
	}
	for (size_t from = 0, end; from < blocks; from = end + 1) {
		for (end = from; end < blocks && look->blocks[end];)
			end++;
		if (end > from)
			add_run(look, path, from, end, sql);
	}
}

static void
add_segment(struct look *look, const struct segment *segment, struct buf *sql)
{
	const char *dir = look->records->dir;
	char *path = segment_path(dir, segment, SEGMENT_PARQUET);
	char *by = segment_path(dir, segment, SEGMENT_POSTINGS);
	uint64_t rows = segment->end - segment->first;
	struct postings *postings =
	    postings_open(by, segment->parquet.bytes, rows);

	if (postings)
		look_in(look, postings, rows, path, sql);
	for (size_t i = 0; !postings && i < look->groups->count; i++)
		add_path(&look->whole[i], path);
	postings_close(postings);
	free(path);
	free(by);
}

/* Column by column: each is looked at while it is read. */
static void
add_whole(const struct look *look, size_t group, struct buf *sql)
{
	if (!look->whole[group].len)
		return;
	buf_str(sql, "SELECT * FROM read_parquet([");
	buf_slice_add(sql, buf_slice(&look->whole[group]));
	buf_str(sql, "], hive_partitioning = false) WHERE ");
	plan_any(sql, &look->groups->list[group]);
	records_limits(look->records, " AND ", sql);
	buf_str(sql, " UNION ALL ");
}

int
query_postings(const struct records *records, const struct plan_groups *groups,
    struct buf *sql, struct err *err)
{
	const struct manifest *manifest = view_manifest(records->view);
	size_t room = groups->count + 1;
	struct look look = {.records = records,
	    .groups = groups,
	    .columns = xcalloc(room, sizeof(*look.columns)),
	    .few = xcalloc(room, sizeof(*look.few)),
	    .blocks = xcalloc(POSTINGS_BLOCKS_MAX, sizeof(*look.blocks)),
	    .some = xcalloc(POSTINGS_BLOCKS_MAX, sizeof(*look.some)),
	    .whole = xcalloc(room, sizeof(*look.whole))};
	int status = find_columns(&look, err);

	for (size_t i = 0; !status && groups->count && i < manifest->count; i++)
		if (manifest->list[i].first < records->size)
			add_segment(&look, &manifest->list[i], sql);
	for (size_t i = 0; i < groups->count; i++) {
		if (!status)
			add_whole(&look, i, sql);
		buf_release(&look.whole[i]);
	}
	free(look.columns);
	free(look.few);
	free(look.blocks);
	free(look.some);
	free(look.whole);
	return status;
}
