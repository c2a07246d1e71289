#include "duck_postings.h"

#include "duck_files.h"
#include "store/postings.h"

static struct duck_case c;
static bool blocks[POSTINGS_BLOCKS_MAX];

static int
setup(void **state)
{
	(void)state;
	duck_case_make(&c);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	duck_case_end(&c);
	return 0;
}

static bool
find(const struct postings *p, enum postings_column column, struct slice value)
{
	return postings_find(p, column, value, blocks);
}

/* Each text in a column of what the statement gives; returns how many. */
static uint64_t
each_text(const char *sql, idx_t column,
    void (*take)(void *ctx, struct slice text), void *ctx)
{
	duckdb_data_chunk chunk;
	duckdb_result result;
	uint64_t rows = 0;

	if (duckdb_query(c.duck.connection, sql, &result) != DuckDBSuccess)
		fail_msg("%s", duckdb_result_error(&result));
	while ((chunk = duckdb_fetch_chunk(result))) {
		duckdb_string_t *texts = duckdb_vector_get_data(
		    duckdb_data_chunk_get_vector(chunk, column));
		idx_t size = duckdb_data_chunk_get_size(chunk);

		for (idx_t i = 0; i < size; i++)
			take(ctx, slice_of(duckdb_string_t_data(&texts[i]),
			              duckdb_string_t_length(texts[i])));
		rows += size;
		duckdb_destroy_data_chunk(&chunk);
	}
	duckdb_destroy_result(&result);
	return rows;
}

static void
add_text(void *ctx, struct slice text)
{
	postings_add(ctx, 0, POSTINGS_DEVICE, text);
}

static void
has_text(void *ctx, struct slice text)
{
	if (!find(ctx, POSTINGS_DEVICE, text))
		fail_msg(SLICE_FMT, SLICE_ARG(text));
}

/* What the statement gives, a row a pair of texts, is one value to postings. */
static void
same_to_postings(const char *sql)
{
	unsigned char columns[SHA256_LEN] = {0};
	char *path = duck_path(&c, "pairs.postings");
	struct postings_writer *w = postings_writer_new(columns, 1);
	struct err err = {0};
	struct postings *p;

	assert_true(each_text(sql, 0, add_text, w) > 2);
	if (postings_write(w, path, &err))
		fail_msg("%s", err.msg);
	p = postings_open(path, columns, 1);
	assert_non_null(p);
	each_text(sql, 1, has_text, p);
	postings_close(p);
	postings_writer_free(w);
	unlink(path);
	free(path);
}

/* Whatever DuckDB's Unicode makes of a letter. */
static void
test_lower_case_is_the_same_to_postings(void **state)
{
	(void)state;
	same_to_postings(
	    "SELECT t, lower(t) FROM (SELECT 'a' || chr(n::INTEGER) || 'Z' AS t"
	    " FROM range(1, 1114112) AS r(n) WHERE n NOT BETWEEN 55296 AND "
	    "57343)");
	same_to_postings("SELECT t, rtrim(lower(t), '. ') FROM (VALUES "
	                 "('Update user.'), ('X . .'), ('Change user "
	                 "license. ')) AS v(t)");
}

/* Each value of a column stands where SQL sees it, and no other there. */
struct checking {
	const struct postings *postings;
	enum postings_column column;
};

static void
check_value(void *ctx, struct slice value)
{
	const struct checking *of = ctx;
	char room[300];

	memset(blocks, 0, sizeof(blocks));
	assert_true(find(of->postings, of->column, value));
	assert_true(blocks[0]);
	assert_false(blocks[1]);
	/* Behind what is cut off it could not be told. */
	if (of->column == POSTINGS_SOURCE || value.len >= POSTINGS_TEXT)
		return;
	snprintf(room, sizeof(room), SLICE_FMT "no", SLICE_ARG(value));
	assert_false(find(of->postings, of->column, slice_cstr(room)));
}

static uint64_t
check_column(
    const struct postings *p, enum postings_column column, const char *path)
{
	struct checking of = {p, column};
	const char *name = postings_name(column);
	char sql[900];

	snprintf(sql, sizeof(sql),
	    "SELECT DISTINCT %s FROM read_parquet('%s') WHERE %s IS NOT NULL",
	    name, path, name);
	return each_text(sql, 0, check_value, &of);
}

static void
test_all_values_of_a_file(void **state)
{
	struct segment segment = {.first = 0, .end = c.size};
	char *path = duck_file(&c, "all.parquet", 0, c.size);
	char *out = duck_path(&c, "all.postings");
	char *again = duck_path(&c, "again.postings");
	struct err err = {0};
	struct postings *p;
	uint64_t seen = 0;

	(void)state;
	if (sha256_file(path, segment.parquet.bytes, &err) ||
	    postings_make(&c.duck, path, &segment, out, &err) ||
	    postings_check(&c.duck, path, &segment, out, again, &err))
		fail_msg("%s", err.msg);
	p = postings_open(out, segment.parquet.bytes, c.size);
	assert_non_null(p);
	for (int column = 0; column < POSTINGS_COLUMNS; column++)
		seen += check_column(p, (enum postings_column)column, path);
	assert_true(seen > 100);
	postings_close(p);
	free(path);
	free(out);
	free(again);
}

/* Rows of other records, or none of a file: not what the segment has. */
static void
test_what_is_not_of_the_segment(void **state)
{
	struct segment segment = {.first = 0, .end = c.size + 1};
	char *path = duck_file(&c, "less.parquet", 0, c.size);
	char *out = duck_path(&c, "less.postings");
	struct err err = {0};

	(void)state;
	assert_int_equal(postings_make(&c.duck, path, &segment, out, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	free(path);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lower_case_is_the_same_to_postings),
	    cmocka_unit_test(test_all_values_of_a_file),
	    cmocka_unit_test(test_what_is_not_of_the_segment),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
