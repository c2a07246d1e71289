#include "duck_files.h"
#include "duck_merge.h"
#include "ledger/dir.h"

#define ORDER " ORDER BY actor_name, mailbox, time, index"

static struct duck_case c;

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
same_files(const char *a, const char *b)
{
	struct buf x = {0}, y = {0};
	struct err err = {0};
	bool same;

	if (dir_read(a, 1 << 26, &x, NULL, &err) ||
	    dir_read(b, 1 << 26, &y, NULL, &err))
		fail_msg("%s", err.msg);
	same = slice_eq(buf_slice(&x), buf_slice(&y));
	buf_release(&x);
	buf_release(&y);
	return same;
}

static void
create_view(const struct columns *columns)
{
	char sql[100];

	snprintf(sql, sizeof(sql), "CREATE VIEW fresh AS FROM %s()",
	    columns_name(columns));
	duck_sql(&c, sql, NULL, NULL);
}

static void
test_rows_are_those_of_the_records(void **state)
{
	struct columns *columns = duck_columns(&c, 0, c.size, COLUMNS_MEMORY);
	char *path = duck_file(&c, "all.parquet", 0, c.size);
	static const char *const none[] = {
	    "SELECT count(*) - 401 FROM fresh",
	    "SELECT count(*) - 401 FROM fresh JOIN fresh f USING (index)",
	    "SELECT max(len(items)) - 3000 FROM fresh",
	    "SELECT count(DISTINCT i.id) - 3000 FROM (SELECT unnest(items) i "
	    "FROM fresh WHERE index = 7)",
	    "SELECT sum(i.size - 7 * (r - 1)) + count_if(i.parent <> "
	    "'\\Inbox') FROM (SELECT unnest(items) i, "
	    "generate_subscripts(items, 1) r FROM fresh WHERE index = 7)",
	    "SELECT 1000 - count(i.name) FROM (SELECT unnest(items) i FROM "
	    "fresh WHERE index = 7)",
	    "SELECT count(*) FROM fresh WHERE index = 13 AND NOT "
	    "(operation = 'MailItems\xef\xbf\xbd\xef\xbf\xbd broken')",
	    "SELECT count(*) - 24 FROM fresh WHERE kind IS NULL",
	    "SELECT count(*) FROM fresh WHERE id <> event_id[-len(id):]",
	};

	(void)state;
	create_view(columns);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (duck_number(&c, none[i], NULL, NULL))
			fail_msg("%s", none[i]);
	assert_int_equal(
	    duck_number(&c,
	        "SELECT count(*) FROM ((FROM ? EXCEPT ALL FROM fresh) UNION "
	        "ALL (FROM fresh EXCEPT ALL FROM ?))",
	        path, path),
	    0);
	assert_int_equal(
	    duck_number(&c,
	        "SELECT count(*) FROM (SELECT file_row_number n, row_number() "
	        "OVER (" ORDER ") - 1 r FROM read_parquet(?, "
	        "file_row_number = true)) WHERE n <> r",
	        path, path),
	    0);
	columns_free(columns);
	free(path);
}

static void
check_shown(const struct columns *columns, uint64_t first, uint64_t end)
{
	char sql[300];

	/* Of none, the smallest is null. */
	snprintf(sql, sizeof(sql),
	    "SELECT count(*) + 1000 * coalesce(min(a.index), 0) + 1000000 * "
	    "count(b.index) FROM %s() a LEFT JOIN %s() b USING (index)",
	    columns_name(columns), columns_name(columns));
	assert_int_equal(duck_number(&c, sql, NULL, NULL),
	    first < end ? (int64_t)(1000001 * (end - first) + 1000 * first)
	                : 0);
}

static void
test_some_are_shown(void **state)
{
	struct columns *columns = duck_columns(&c, 100, 300, COLUMNS_MEMORY);
	static const uint64_t cases[][4] = {{100, 300, 100, 300},
	    {150, 250, 150, 250}, {0, 101, 100, 101}, {299, 999, 299, 300},
	    {0, 100, 0, 0}, {300, 999, 0, 0}, {200, 200, 0, 0},
	    {250, 150, 0, 0}, {0, UINT64_MAX, 100, 300}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		columns_show(columns, cases[i][0], cases[i][1]);
		check_shown(columns, cases[i][2], cases[i][3]);
	}
	columns_clear(columns);
	check_shown(columns, 0, 0);
	columns_free(columns);
}

static void
test_what_is_spilled_comes_back(void **state)
{
	char *all = duck_file(&c, "all.parquet", 0, c.size);
	char *path = duck_path(&c, "spilled.parquet");
	struct columns *columns;
	struct err err = {0};

	(void)state;
	columns = duck_columns(&c, 0, c.size, 40000);
	assert_int_equal(columns_write(columns, path, &err), 0);
	assert_true(same_files(all, path));
	columns_free(columns);
	case_shell(&c.ledger, "rmdir spill");
	free(all);
	free(path);
}

static void
test_too_much_is_told(void **state)
{
	struct reread *reread = reread_new(c.view, NULL);
	struct reread_record record;
	struct columns *columns;
	struct err err = {0};
	uint64_t i;

	(void)state;
	assert_int_equal(columns_new(&columns, &c.duck, 10000, NULL, &err), 0);
	for (i = 0; !err.code && i < c.size; i++) {
		assert_int_equal(reread_record(reread, i, &record, &err), 0);
		columns_add(columns, i, &record, &err);
	}
	assert_int_equal(err.code, ERR_LIMIT);
	assert_in_range(i, 5, 40);
	columns_free(columns);
	reread_free(reread);
}

/* 160 MB of them, each with its own. */
static void
add_long_texts(struct ledger_case *ledger_case)
{
	struct ledger *ledger = case_open(ledger_case, NULL);
	struct ledger_add add = {.source = SLICE("o365/Exchange"),
	    .tenant = SLICE("contoso"),
	    .available_us = LEAF_NO_TIME,
	    .delivery = case_delivery(ledger, 1)};
	struct buf raw = {0};
	struct err err = {0};
	uint64_t index;

	for (unsigned i = 0; i < 160; i++) {
		buf_clear(&raw);
		buf_printf(&raw,
		    "{\"Id\":\"%u\",\"Operation\":\"Send\",\"RecordType\":2,"
		    "\"Workload\":\"Exchange\",\"UserAgent\":\"%u",
		    i, i);
		memset(buf_reserve(&raw, 1000000), 'x', 1000000);
		raw.len += 1000000;
		buf_str(&raw, "\"}");
		add.raw = buf_slice(&raw);
		if (ledger_add(ledger, &add, &index, &err))
			fail_msg("%s", err.msg);
		if (i % 4 == 3)
			case_commit(ledger);
	}
	case_sign(ledger);
	ledger_close(ledger);
	buf_release(&raw);
}

/* DuckDB has less memory than a row group of them would take. */
static void
test_very_long_texts(void **state)
{
	struct duck_case l = {0};
	struct err err = {0};
	char *path, *merged;

	(void)state;
	case_create(&l.ledger);
	add_long_texts(&l.ledger);
	l.view = case_view(&l.ledger);
	if (duck_open(&l.duck, 400, NULL, &err))
		fail_msg("%s", err.msg);
	path = duck_file(&l, "long.parquet", 0, 161);
	merged = duck_path(&l, "merged.parquet");
	if (columns_merge(
	        &l.duck, (const char *const[]){path}, 1, merged, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(
	    duck_number(&l, "SELECT sum(len(user_agent)) FROM ?", merged, NULL),
	    160 * 1000000 + 10 + 2 * 90 + 3 * 60);
	free(path);
	free(merged);
	duck_case_end(&l);
}

static void
test_merged_is_as_written_at_once(void **state)
{
	char *all = duck_file(&c, "all.parquet", 0, c.size);
	char *out = duck_path(&c, "merged.parquet");
	char *parts[] = {
	    duck_file(&c, "a.parquet", 0, 7),
	    duck_file(&c, "b.parquet", 7, 8),
	    duck_file(&c, "c.parquet", 8, 300),
	    duck_file(&c, "d.parquet", 300, 300),
	    duck_file(&c, "e.parquet", 300, c.size),
	};
	const char *const order[] = {
	    parts[4], parts[1], parts[3], parts[0], parts[2]};
	struct err err = {0};

	(void)state;
	if (columns_merge(&c.duck, order, 5, out, &err))
		fail_msg("%s", err.msg);
	assert_true(same_files(all, out));
	for (size_t i = 0; i < 5; i++)
		free(parts[i]);
	free(all);
	free(out);
}

static void
test_only_our_columns_are_merged(void **state)
{
	static const char *const others[] = {
	    "SELECT * EXCLUDE mailbox FROM ?",
	    "SELECT *, 1 AS more FROM ?",
	    "SELECT * REPLACE (index::BIGINT AS index) FROM ?",
	    "SELECT * REPLACE ([i.id FOR i IN items] AS items) FROM ?",
	    "SELECT * RENAME (tenant AS tennant) FROM ?",
	};
	char *all = duck_file(&c, "all.parquet", 0, c.size);
	char *other = duck_path(&c, "other.parquet");
	char *out = duck_path(&c, "merged.parquet");
	const char *const paths[] = {all, other};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct err err = {0};
		char sql[200];

		snprintf(sql, sizeof(sql), "COPY (%s) TO ? (FORMAT parquet)",
		    others[i]);
		duck_sql(&c, sql, all, other);
		assert_int_equal(
		    columns_merge(&c.duck, paths, 2, out, &err), -1);
		assert_int_equal(err.code, ERR_CORRUPT);
		assert_non_null(strstr(err.msg, "other.parquet': "));
	}
	free(all);
	free(other);
	free(out);
}

/* What SQL makes of a file when it takes records out. */
static void
erase_by_sql(const char *path, const char *out, const char *erased)
{
	struct buf sql = {0};

	buf_str(&sql, "COPY (SELECT ");
	for (unsigned i = 0; i < COLUMNS; i++) {
		const char *name = column_name(i);

		if (i == COLUMN_INDEX || i == COLUMN_RECEIVED ||
		    i == COLUMN_SOURCE || i == COLUMN_TENANT)
			buf_printf(&sql, "%s, ", name);
		else
			buf_printf(&sql,
			    "if(list_contains([%s], index), %s, %s) AS %s, ",
			    erased,
			    i == COLUMN_KIND ? "'" ROW_ERASED "'" : "NULL",
			    name, name);
	}
	buf_str(&sql, "FROM ?" ORDER ") TO ? (FORMAT parquet, "
	              "COMPRESSION zstd, COMPRESSION_LEVEL 1, "
	              "DICTIONARY_SIZE_LIMIT 30720)");
	buf_char(&sql, '\0');
	duck_sql(&c, sql.ptr, path, out);
	buf_release(&sql);
}

/* Whoever wrote the file never saw what is gone: it is nowhere in it. */
static void
test_erased_is_nowhere(void **state)
{
	uint64_t indexes[] = {0, 1, 7, 12, 13, 14, 16, 100, 101, 399, 500};
	struct erasure erasure = {indexes, 11};
	char *all = duck_file(&c, "all.parquet", 0, c.size);
	char *want = duck_path(&c, "want.parquet");
	char *out = duck_path(&c, "erased.parquet");
	struct err err = {0};

	(void)state;
	erase_by_sql(all, want, "0, 1, 7, 12, 13, 14, 16, 100, 101, 399, 500");
	if (columns_erase(&c.duck, all, &erasure, out, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(
	    duck_number(&c,
	        "SELECT count(*) FROM ? WHERE index IN (1, 7, 399) AND items "
	        "IS NULL AND kind = 'erased' AND actor_name IS NULL AND tenant "
	        "= "
	        "'contoso' AND received IS NOT NULL",
	        out, NULL),
	    3);
	assert_true(same_files(want, out));
	assert_int_equal(
	    columns_erase(&c.duck, out, &(struct erasure){0}, want, &err), 0);
	assert_true(same_files(want, out));
	free(all);
	free(want);
	free(out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows_are_those_of_the_records),
	    cmocka_unit_test(test_some_are_shown),
	    cmocka_unit_test(test_what_is_spilled_comes_back),
	    cmocka_unit_test(test_too_much_is_told),
	    cmocka_unit_test(test_very_long_texts),
	    cmocka_unit_test(test_merged_is_as_written_at_once),
	    cmocka_unit_test(test_only_our_columns_are_merged),
	    cmocka_unit_test(test_erased_is_nowhere),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
