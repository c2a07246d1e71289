#include "ledger/segment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/dir.h"
#include "ledger/idx.h"
#include "ledger/raw.h"

#define COUNT 10

/* What is wrong with what is made. */
enum fault { NONE, LEAF, NO_EVENT, MORE_EVENTS, OTHER_RAW, OTHER_PARQUET };

static char *dir;

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	dir = dir_path(tmp ? tmp : "/tmp", "firn-segment-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
teardown(void **state)
{
	char command[600];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	free(dir);
	return system(command); /* NOLINT(cert-env33-c) */
}

/* From where it was made to where its hash says. */
static void
place(struct segment *segment, const char *folder, enum segment_file file)
{
	char *draft = segment_draft(folder, segment, file), *path;
	struct err err = {0};

	assert_int_equal(
	    sha256_file(draft, segment_hash(segment, file)->bytes, &err), 0);
	path = segment_path(dir, segment, file);
	assert_int_equal(rename(draft, path), 0);
	free(draft);
	free(path);
}

/* Records, their leaves in the log, and the files; one thing may be wrong. */
static struct hashes *
make(struct segment *segment, enum fault fault)
{
	struct idx_writer *idx = idx_writer_new(0, COUNT);
	struct sha256 *sha = sha256_new();
	struct stream stream = {SLICE("o365/Exchange"), SLICE("contoso")};
	char *folder = dir_path(dir, "segment/2026-01-31");
	char *paths[] = {segment_draft(folder, segment, SEGMENT_RAW),
	    segment_draft(folder, segment, SEGMENT_IDX)};
	struct merkle_hash leaves[COUNT];
	struct raw_writer *raw;
	struct hashes *hashes;
	struct buf text = {0};
	struct err err = {0};

	assert_int_equal(dir_make(folder, &err), 0);
	assert_int_equal(raw_create(&raw, paths[0], 0, COUNT, &err), 0);
	for (uint64_t i = 0; i < COUNT; i++) {
		struct frame frame = {.received_us = (int64_t)i,
		    .has_identity = true,
		    .raw = SLICE("{}")};

		frame.identity.id[0] = (unsigned char)i;
		buf_clear(&text);
		assert_int_equal(
		    frame_leaf(sha, &frame, &stream, &text, &leaves[i]), 0);
		leaves[i].bytes[31] ^= fault == LEAF && i == 7;
		frame.has_identity = fault != MORE_EVENTS || i != 7;
		assert_int_equal(raw_add(raw, &frame, &stream, &err), 0);
		frame.has_identity = fault != NO_EVENT || i != 7;
		idx_add(idx, i, &frame);
	}
	assert_int_equal(raw_finish(raw, &err), 0);
	assert_int_equal(idx_write(idx, paths[1], &err), 0);
	assert_int_equal(
	    dir_replace(folder,
	        "00000000000000000000-00000000000000000010.parquet",
	        SLICE("columns"), &err),
	    0);
	for (int i = 0; i < SEGMENT_FILES; i++)
		place(segment, folder, (enum segment_file)i);
	assert_int_equal(hashes_open(&hashes, dir, true, &err), 0);
	assert_int_equal(hashes_write(hashes, 0, leaves, COUNT, &err), 0);
	raw_writer_free(raw);
	idx_writer_free(idx);
	sha256_free(sha);
	buf_release(&text);
	free(folder);
	free(paths[0]);
	free(paths[1]);
	return hashes;
}

/* Puts other bytes in the place of a file. */
static void
replace(const struct segment *segment, enum segment_file file)
{
	char *path = segment_path(dir, segment, file);
	char *slash = strrchr(path, '/');
	struct err err = {0};

	*slash = '\0';
	assert_int_equal(dir_replace(path, slash + 1, SLICE("other"), &err), 0);
	free(path);
}

static int
check(enum fault fault, struct err *err)
{
	struct segment segment = {.end = COUNT, .day = "2026-01-31"};
	struct hashes *hashes = make(&segment, fault);
	struct segment_checker checker = {.hashes = hashes};
	int status;

	if (fault == OTHER_RAW)
		replace(&segment, SEGMENT_RAW);
	if (fault == OTHER_PARQUET)
		replace(&segment, SEGMENT_PARQUET);
	status = segment_check(&segment, dir, &checker, err);
	hashes_close(hashes);
	return status;
}

static void
is_fine(void **state)
{
	struct err err = {0};

	(void)state;
	if (check(NONE, &err))
		fail_msg("%s", err.msg);
}

static void
sees(enum fault fault, const char *why)
{
	struct err err = {0};

	assert_int_equal(check(fault, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	if (!strstr(err.msg, why))
		fail_msg("%s", err.msg);
}

static void
sees_another_leaf(void **state)
{
	(void)state;
	sees(LEAF, "record 7");
}

static void
sees_a_missing_event(void **state)
{
	(void)state;
	sees(NO_EVENT, "record 7");
}

static void
sees_an_event_that_no_record_tells(void **state)
{
	(void)state;
	sees(MORE_EVENTS, "no record tells");
}

static void
sees_another_raw(void **state)
{
	(void)state;
	sees(OTHER_RAW, ".raw' is not");
}

static void
sees_other_columns(void **state)
{
	(void)state;
	sees(OTHER_PARQUET, ".parquet' is not");
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(is_fine),
	    TEST(sees_another_leaf),
	    TEST(sees_a_missing_event),
	    TEST(sees_an_event_that_no_record_tells),
	    TEST(sees_another_raw),
	    TEST(sees_other_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
