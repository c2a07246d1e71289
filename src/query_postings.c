#include "query_postings.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "store/postings.h"

/* Groups in the segments, one after the other. */
struct look {
	const struct records *records;
	const struct plan_groups *groups;
	enum postings_column *columns; /* owned: of each group */
	bool *hit;                     /* owned: groups that the segment has */
	bool *blocks;                  /* owned: in which they stand */
	struct buf others;             /* paths of segments without postings */
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

static bool
find(struct look *look, const struct postings *postings)
{
	bool any = false;

	memset(look->blocks, 0, POSTINGS_BLOCKS_MAX);
	for (size_t i = 0; i < look->groups->count; i++) {
		const struct plan_list *values = &look->groups->list[i].values;

		look->hit[i] = false;
		for (size_t k = 0; k < values->count; k++)
			if (postings_find(postings, look->columns[i],
			        values->list[k], look->blocks))
				look->hit[i] = any = true;
	}
	return any;
}

/* Row groups of other rows are passed over. */
static void
add_blocks(struct buf *sql, const bool *blocks, uint64_t rows)
{
	size_t count = (size_t)((rows + POSTINGS_ROWS - 1) / POSTINGS_ROWS);
	const char *before = " WHERE (";

	for (size_t i = 0, end; i < count; i = end + 1) {
		for (end = i; end < count && blocks[end];)
			end++;
		if (end == i)
			continue;
		buf_printf(sql, "%sfile_row_number BETWEEN %zu AND %zu", before,
		    i * POSTINGS_ROWS, end * POSTINGS_ROWS - 1);
		before = " OR ";
	}
	buf_char(sql, ')');
}

static void
add_groups(struct buf *sql, const struct plan_groups *groups, const bool *which)
{
	const char *before = "";

	for (size_t i = 0; i < groups->count; i++) {
		if (which && !which[i])
			continue;
		buf_str(sql, before);
		plan_any(sql, &groups->list[i]);
		before = " OR ";
	}
}

static void
add_segment(struct look *look, const struct segment *segment, struct buf *sql)
{
	const char *dir = look->records->dir;
	char *path = segment_path(dir, segment, SEGMENT_PARQUET);
	char *by = segment_path(dir, segment, SEGMENT_POSTINGS);
	struct postings *postings = postings_open(by, segment->parquet.bytes);

	if (!postings) {
		buf_str(&look->others, look->others.len ? ", " : "");
		duck_quote(&look->others, slice_cstr(path));
	} else if (find(look, postings)) {
		buf_str(sql, "SELECT * EXCLUDE (file_row_number) FROM "
		             "read_parquet(");
		duck_quote(sql, slice_cstr(path));
		buf_str(sql, ", hive_partitioning = false, "
		             "file_row_number = true)");
		add_blocks(sql, look->blocks, postings_rows(postings));
		buf_str(sql, " AND (");
		add_groups(sql, look->groups, look->hit);
		buf_char(sql, ')');
		records_limits(look->records, " AND ", sql);
		buf_str(sql, " UNION ALL ");
	}
	postings_close(postings);
	free(path);
	free(by);
}

static void
add_others(const struct look *look, struct buf *sql)
{
	if (!look->others.len)
		return;
	buf_printf(sql,
	    "SELECT * FROM read_parquet([" SLICE_FMT "], "
	    "hive_partitioning = false) WHERE (",
	    SLICE_ARG(buf_slice(&look->others)));
	add_groups(sql, look->groups, NULL);
	buf_char(sql, ')');
	records_limits(look->records, " AND ", sql);
	buf_str(sql, " UNION ALL ");
}

int
query_postings(const struct records *records, const struct plan_groups *groups,
    struct buf *sql, struct err *err)
{
	const struct manifest *manifest = view_manifest(records->view);
	struct look look = {.records = records,
	    .groups = groups,
	    .columns = xcalloc(groups->count + 1, sizeof(*look.columns)),
	    .hit = xcalloc(groups->count + 1, sizeof(*look.hit)),
	    .blocks = xcalloc(POSTINGS_BLOCKS_MAX, sizeof(*look.blocks))};
	int status = find_columns(&look, err);

	for (size_t i = 0; !status && groups->count && i < manifest->count; i++)
		if (manifest->list[i].first < records->size)
			add_segment(&look, &manifest->list[i], sql);
	if (!status)
		add_others(&look, sql);
	free(look.columns);
	free(look.hit);
	free(look.blocks);
	buf_release(&look.others);
	return status;
}
