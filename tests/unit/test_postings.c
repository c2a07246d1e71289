#include "store/postings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ledger/dir.h"

#define ROWS   ((uint64_t)5 * POSTINGS_ROWS / 2)
#define VALUES 300

static char path[512];
static const unsigned char columns[SHA256_LEN] = {1, 2, 3};
static bool blocks[POSTINGS_BLOCKS_MAX];

static int
new_path(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(path, sizeof(path), "%s/test.postings", tmp ? tmp : "/tmp");
	unlink(path);
	return 0;
}

static int
old_path(void **state)
{
	(void)state;
	return unlink(path);
}

static struct slice
value_of(char room[32], unsigned n)
{
	int len = snprintf(room, 32,
	    "Person%u@b\xc3\xbc"
	    "cher.example",
	    n);

	return slice_of(room, (size_t)len);
}

/* A value stands in a block if two of its bits say so: plain arithmetic. */
static bool
stands(unsigned n, unsigned block)
{
	return n % 7 != 0 && (n >> block) % 2;
}

static void
write_file(void)
{
	struct postings_writer *w = postings_writer_new(columns, ROWS);
	struct err err = {0};
	char room[32];

	for (unsigned block = 0; block < 3; block++)
		for (unsigned n = 0; n < VALUES; n++)
			for (unsigned i = 0; stands(n, block) && i < 2; i++)
				postings_add(w,
				    (uint64_t)block * POSTINGS_ROWS + n + i,
				    (enum postings_column)(n % 5),
				    value_of(room, n));
	if (postings_write(w, path, &err))
		fail_msg("%s", err.msg);
	postings_writer_free(w);
}

static bool
find(const struct postings *p, unsigned column, struct slice value)
{
	memset(blocks, 0, sizeof(blocks));
	return postings_find(p, (enum postings_column)column, value, blocks);
}

static void
test_each_value_in_its_blocks(void **state)
{
	struct postings *p;
	char room[32];

	(void)state;
	write_file();
	p = postings_open(path, columns, ROWS);
	assert_non_null(p);
	for (unsigned n = 0; n < VALUES; n++) {
		struct slice value = value_of(room, n);
		bool any = stands(n, 0) || stands(n, 1) || stands(n, 2);

		assert_int_equal(find(p, n % 5, value), any);
		for (unsigned block = 0; block < 3; block++)
			assert_int_equal(blocks[block], stands(n, block));
		assert_false(find(p, (n + 1) % 5, value));
	}
	postings_close(p);
}

/* As lower() and rtrim() leave it, and otherwise. */
static void
test_spellings(void **state)
{
	static const char *const same[] = {"Kim.Mueller@Example.ORG",
	    "kim.mueller@example.org", "KIM.MUELLER@EXAMPLE.ORG. ",
	    "\xe2\x84\xaa\xc4\xb0m.Mueller@example.org"};
	static const char *const others[] = {
	    "kim.muellen@example.org", "kim.mueller", "", "im@example.org"};
	struct postings_writer *w = postings_writer_new(columns, ROWS);
	struct postings *p;

	(void)state;
	postings_add(w, 0, POSTINGS_MAILBOX, slice_cstr(same[0]));
	assert_int_equal(postings_write(w, path, NULL), 0);
	postings_writer_free(w);
	p = postings_open(path, columns, ROWS);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(find(p, POSTINGS_MAILBOX, slice_cstr(same[i])));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(find(p, POSTINGS_MAILBOX, slice_cstr(others[i])));
	postings_close(p);
}

/* Long values that begin alike are one, and sources of one kind. */
static void
test_what_is_cut_off(void **state)
{
	struct postings_writer *w = postings_writer_new(columns, ROWS);
	struct postings *p;
	char a[200], b[200];

	(void)state;
	memset(a, 'x', sizeof(a));
	memset(b, 'x', sizeof(b));
	b[POSTINGS_TEXT] = 'y';
	postings_add(w, 0, POSTINGS_TARGET_NAME, slice_of(a, sizeof(a)));
	postings_add(w, 0, POSTINGS_SOURCE, SLICE("graph/state.users"));
	assert_int_equal(postings_write(w, path, NULL), 0);
	postings_writer_free(w);
	p = postings_open(path, columns, ROWS);
	assert_true(find(p, POSTINGS_TARGET_NAME, slice_of(b, sizeof(b))));
	b[POSTINGS_TEXT - 1] = 'y';
	assert_false(find(p, POSTINGS_TARGET_NAME, slice_of(b, sizeof(b))));
	assert_true(find(p, POSTINGS_SOURCE, SLICE("graph/state")));
	assert_true(find(p, POSTINGS_SOURCE, SLICE("graph/state.users")));
	assert_false(find(p, POSTINGS_SOURCE, SLICE("graph/signin")));
	postings_close(p);
}

static void
test_expressions(void **state)
{
	static const struct {
		const char *text;
		int column; /* -1: none */
	} cases[] = {
	    {"ip", POSTINGS_IP},
	    {"lower(target_name)", POSTINGS_TARGET_NAME},
	    {"rtrim(lower(operation), '. ')", POSTINGS_OPERATION},
	    {"split_part(source, '.', 1)", POSTINGS_SOURCE},
	    {"split_part(ip, '.', 1)", -1},
	    {"upper(ip)", -1},
	    {"time", -1},
	    {"lower(ip", -1},
	    {"", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum postings_column column;
		bool is = postings_of(slice_cstr(cases[i].text), &column);

		assert_int_equal(is, cases[i].column >= 0);
		if (is)
			assert_int_equal(column, cases[i].column);
	}
}

static void
put_file(struct slice bytes)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	fclose(file);
}

/* Only what is whole and of these columns is used. */
static void
test_what_is_none(void **state)
{
	unsigned char other[SHA256_LEN] = {1, 2, 4};
	struct buf bytes = {0};
	bool found;

	(void)state;
	assert_null(postings_open(path, columns, ROWS));
	write_file();
	assert_null(postings_open(path, other, ROWS));
	assert_null(postings_open(path, columns, ROWS + 1));
	assert_int_equal(dir_read(path, 1 << 20, &bytes, &found, NULL), 0);
	for (size_t len = 0; len < bytes.len; len += len < 200 ? 1 : 97) {
		put_file(slice_of(bytes.ptr, len));
		assert_null(postings_open(path, columns, ROWS));
	}
	buf_char(&bytes, '\0');
	put_file(buf_slice(&bytes));
	assert_null(postings_open(path, columns, ROWS));
	buf_release(&bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
	        test_each_value_in_its_blocks, new_path, old_path),
	    cmocka_unit_test_setup_teardown(test_spellings, new_path, old_path),
	    cmocka_unit_test_setup_teardown(
	        test_what_is_cut_off, new_path, old_path),
	    cmocka_unit_test(test_expressions),
	    cmocka_unit_test_setup_teardown(
	        test_what_is_none, new_path, old_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
