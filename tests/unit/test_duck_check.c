#include <fcntl.h>

#include "duck_check.h"
#include "duck_files.h"
#include "duck_merge.h"
#include "ledger/dir.h"
#include "store/parquet.h"

static struct duck_case c;
static char *good, *other; /* files: of all records, and one to be broken */

static int
setup(void **state)
{
	(void)state;
	duck_case_make(&c);
	good = duck_file(&c, "good.parquet", 0, c.size);
	other = duck_path(&c, "other.parquet");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(good);
	free(other);
	duck_case_end(&c);
	return 0;
}

static int
check_part(const char *path, uint64_t first, uint64_t end, bool same_geography,
    struct err *err)
{
	struct segment segment = {.first = first, .end = end};
	struct columns_check args = {.view = c.view,
	    .segment = &segment,
	    .same_geography = same_geography,
	    .path = path};

	*err = (struct err){0};
	return columns_check(&args, err);
}

static void
expect_good(const char *path)
{
	struct err err;

	if (check_part(path, 0, c.size, true, &err))
		fail_msg("%s", err.msg);
}

static void
expect_bad(const char *path, const char *why)
{
	struct err err;

	if (!check_part(path, 0, c.size, true, &err))
		fail_msg("not found: %s", why);
	if (err.code != ERR_CORRUPT || !strstr(err.msg, why) ||
	    !strstr(err.msg, path))
		fail_msg("'%s' is not told in: %s", why, err.msg);
}

/* The good file as SQL makes it: other */
static void
change(const char *select)
{
	char sql[600];

	snprintf(sql, sizeof(sql), "COPY (%s) TO ? (FORMAT parquet)", select);
	duck_sql(&c, sql, good, other);
}

static void
test_what_was_made_is_right(void **state)
{
	struct err err;
	char *part = duck_file(&c, "part.parquet", 20, 300);

	(void)state;
	expect_good(good);
	assert_int_equal(check_part(part, 20, 300, true, &err), 0);
	change("FROM ? ORDER BY random()");
	expect_good(other);
	duck_sql(&c,
	    "COPY (FROM ?) TO ? (FORMAT parquet, ROW_GROUP_SIZE 100, "
	    "PARQUET_VERSION v2)",
	    good, other);
	expect_good(other);
	free(part);
}

static void
test_rows_that_are_not_those_of_the_records(void **state)
{
	static const struct {
		const char *select, *why;
	} cases[] = {
	    {"FROM ? WHERE index <> 17", "record 17 has no row"},
	    {"FROM ? WHERE false", "record 0 has no row"},
	    {"SELECT * EXCLUDE n FROM (SELECT *, unnest(range(if(index = 17, "
	     "2, 1))) AS n FROM ?)",
	        "record 17 has more than one row"},
	    {"SELECT * REPLACE (if(index = 17, 18, index)::UBIGINT AS index) "
	     "FROM ?",
	        "record 18 has more than one row"},
	    {"SELECT * REPLACE (if(index = 17, 401, index)::UBIGINT AS index) "
	     "FROM ?",
	        "record 401, which is in another segment"},
	    {"SELECT * REPLACE (if(index = 17, NULL, index)::UBIGINT AS "
	     "index) FROM ?",
	        "a row is of no record"},
	    {"SELECT * REPLACE (CASE index WHEN 17 THEN 18 WHEN 18 THEN 17 "
	     "ELSE index END::UBIGINT AS index) FROM ?",
	        "record 17: column 'time'"},
	    {"SELECT 1 FROM ?", "other columns"},
	    {"SELECT * EXCLUDE kind FROM ?", "other columns"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		change(cases[i].select);
		expect_bad(other, cases[i].why);
	}
}

/* Text that is other, is not there, or is there where it should not be. */
static void
test_each_column_of_a_record(void **state)
{
	(void)state;
	for (unsigned column = 0; column < COLUMNS; column++) {
		const char *name = column_name(column);
		char why[100], select[400];

		if (!column_is_text(column))
			continue;
		/* Some are null in this record. */
		snprintf(select, sizeof(select),
		    "SELECT * REPLACE (if(index = 14, if(%s IS NULL, 'y', CASE "
		    "%u WHEN 0 THEN NULL WHEN 1 THEN concat(%s, 'x') WHEN 2 "
		    "THEN '' ELSE %s[2:] END), %s) AS %s) FROM ?",
		    name, column % 4, name, name, name, name);
		snprintf(
		    why, sizeof(why), "record 14: column '%s' is not", name);
		change(select);
		expect_bad(other, why);
	}
}

static void
test_columns_that_are_no_text(void **state)
{
	static const char *const cases[][2] = {
	    {"time", "time + INTERVAL 1 MICROSECOND"},
	    {"time", "NULL"},
	    {"received", "received - INTERVAL 1 MICROSECOND"},
	    {"received", "NULL"},
	    {"class_uid", "class_uid + 1"},
	    {"activity", "NULL"},
	    {"items", "NULL"},
	    {"items", "[]"},
	    {"items", "list_reverse(items)"},
	    {"items", "items[:-2]"},
	    {"items", "list_append(items, NULL)"},
	    {"items", "list_append(items, items[1])"},
	    {"items", "[{'id': i.id, 'parent': i.parent, 'name': i.name, "
	              "'size': -1} FOR i IN items]"},
	    {"items", "[{'id': i.id, 'parent': i.parent, 'name': '', 'size': "
	              "i.size} FOR i IN items]"},
	    {"items", "[{'id': i.id, 'parent': NULL, 'name': i.name, 'size': "
	              "i.size} FOR i IN items]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char why[100], select[500];

		snprintf(select, sizeof(select),
		    "SELECT * REPLACE (if(index = 15, %s, %s) AS %s) FROM ?",
		    cases[i][1], cases[i][0], cases[i][0]);
		snprintf(why, sizeof(why), "record 15: column '%s' is not",
		    cases[i][0]);
		change(select);
		expect_bad(other, why);
	}
	/* What is null in the record. */
	change("SELECT * REPLACE (if(index = 16, 0, class_uid)::UINTEGER AS "
	       "class_uid) FROM ?");
	expect_bad(other, "record 16: column 'class_uid' is not");
	change("SELECT * REPLACE (if(index = 16, make_timestamp(0), time) AS "
	       "time) FROM ?");
	expect_bad(other, "record 16: column 'time' is not");
}

static void
test_countries_of_another_table(void **state)
{
	struct err err;

	(void)state;
	change("SELECT * REPLACE ('XX' AS country) FROM ?");
	expect_bad(other, "record 0: column 'country' is not");
	assert_int_equal(check_part(other, 0, c.size, false, &err), 0);
	change("SELECT * REPLACE ('XX' AS country, 'AS1' AS asn) FROM ?");
	assert_int_equal(check_part(other, 0, c.size, false, &err), -1);
	assert_non_null(strstr(err.msg, "record 0: column 'asn' is not"));
}

/* --- bytes --- */

static void
write_other(struct slice bytes)
{
	struct err err = {0};

	if (dir_replace(c.ledger.root, "other.parquet", bytes, &err))
		fail_msg("%s", err.msg);
}

static void
read_good(struct buf *bytes)
{
	struct err err = {0};

	if (dir_read(good, 1 << 26, bytes, NULL, &err))
		fail_msg("%s", err.msg);
}

static void
test_cut_anywhere(void **state)
{
	struct buf bytes = {0};

	(void)state;
	read_good(&bytes);
	for (size_t n = 0; n < bytes.len; n += n < 20 ? 1 : 2999) {
		write_other(slice_of(bytes.ptr, n));
		expect_bad(other, "other.parquet': ");
	}
	for (size_t n = bytes.len - 20; n < bytes.len; n++) {
		write_other(slice_of(bytes.ptr, n));
		expect_bad(other, "other.parquet': ");
	}
	buf_release(&bytes);
}

/* What searches find: the same as long as the check passes. */
static int64_t
found(const char *path)
{
	return duck_number(&c,
	    "SELECT hash([(SELECT count(*) FROM ?), "
	    "(SELECT sum(index) FROM ? WHERE actor_name = "
	    "'person3@contoso.example'), "
	    "(SELECT sum(index) FROM ? WHERE mailbox > 'box2'), "
	    "(SELECT sum(index) FROM ? WHERE time < '2026-10-05'), "
	    "(SELECT sum(index) FROM ? WHERE time > '2026-10-05'), "
	    "(SELECT sum(index) FROM ? WHERE actor_id IS NULL), "
	    "(SELECT count(actor_id) FROM ?), "
	    "(SELECT sum(index) FROM ? WHERE kind = 'entra.signin'), "
	    "(SELECT sum(index) FROM ? WHERE ip IN ('192.0.2.17', "
	    "'2001:db8::4')), (SELECT max(index) FROM ? WHERE index < 300)"
	    "])::BIGINT & 2147483647",
	    path, path);
}

static void
test_a_byte_changed_anywhere(void **state)
{
	struct buf bytes = {0};
	int64_t want = found(good);
	size_t passed = 0, count = 0;
	struct err err;

	(void)state;
	read_good(&bytes);
	for (size_t i = 3; i < bytes.len; i += 997, count++) {
		bytes.ptr[i] = (char)(bytes.ptr[i] ^ (i % 3 ? 0xff : 1));
		write_other(buf_slice(&bytes));
		bytes.ptr[i] = (char)(bytes.ptr[i] ^ (i % 3 ? 0xff : 1));
		if (!check_part(other, 0, c.size, true, &err)) {
			assert_int_equal(found(other), want);
			passed++;
		} else if (err.code != ERR_CORRUPT) {
			fail_msg("byte %zu: %s", i, err.msg);
		}
	}
	assert_in_range(passed, 0, count / 5);
	buf_release(&bytes);
}

/* Where the footer begins. */
static size_t
footer_at(const struct buf *bytes, struct parquet *parquet)
{
	const unsigned char *end =
	    (const unsigned char *)bytes->ptr + bytes->len;
	size_t len = end[-8] | (size_t)end[-7] << 8 | (size_t)end[-6] << 16;
	size_t at = bytes->len - 8 - len;
	struct err err = {0};

	if (parquet_read(parquet, slice_of(bytes->ptr + at, len), &err))
		fail_msg("%s", err.msg);
	return at;
}

static void
test_bounds_that_hide_rows(void **state)
{
	struct slice min = SLICE("person0@contoso.example");
	struct buf bytes = {0};
	struct parquet parquet;
	size_t changed = 0;
	char *at, *end;

	(void)state;
	read_good(&bytes);
	at = bytes.ptr + footer_at(&bytes, &parquet);
	end = bytes.ptr + bytes.len;
	while ((at = memmem(at, (size_t)(end - at), min.ptr, min.len))) {
		at[6] = '1';
		changed++;
	}
	assert_int_not_equal(changed, 0);
	write_other(buf_slice(&bytes));
	expect_bad(other, "column 'actor_name': a value is outside the bounds");
	parquet_release(&parquet);
	buf_release(&bytes);
}

static void
test_filters_that_hide_rows(void **state)
{
	struct buf bytes = {0};
	struct parquet parquet;
	size_t filters = 0;

	(void)state;
	read_good(&bytes);
	footer_at(&bytes, &parquet);
	assert_int_equal(parquet.group_count, 1);
	assert_int_equal(parquet.rows, c.size);
	assert_int_equal(parquet.columns, COLUMNS + 3);
	for (size_t i = 0; i < parquet.columns; i++) {
		const struct parquet_chunk *chunk =
		    &parquet.groups[0].chunks[i];
		struct buf copy = {0};

		if (!chunk->has_filter)
			continue;
		buf_slice_add(&copy, buf_slice(&bytes));
		/* All of it but what stands before its blocks. */
		memset(copy.ptr + chunk->filter_at + chunk->filter_len % 32, 0,
		    chunk->filter_len - chunk->filter_len % 32);
		write_other(buf_slice(&copy));
		expect_bad(other, "a value is not in its own filter");
		buf_release(&copy);
		filters++;
	}
	assert_in_range(filters, 5, COLUMNS + 3);
	parquet_release(&parquet);
	buf_release(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_was_made_is_right),
	    cmocka_unit_test(test_rows_that_are_not_those_of_the_records),
	    cmocka_unit_test(test_each_column_of_a_record),
	    cmocka_unit_test(test_columns_that_are_no_text),
	    cmocka_unit_test(test_countries_of_another_table),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_a_byte_changed_anywhere),
	    cmocka_unit_test(test_bounds_that_hide_rows),
	    cmocka_unit_test(test_filters_that_hide_rows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
