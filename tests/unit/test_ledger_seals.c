#include "ledger_seal.h"

#include <dirent.h>

#include "ledger/dir.h"
#include "ledger/verify.h"

/*
 * A ledger whose records leave the WAL: what it knows stays the same.
 */
static int
setup(void **state)
{
	struct ledger_case *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	case_create(c);
	*state = c;
	return 0;
}

static int
teardown(void **state)
{
	case_end(*state);
	free(*state);
	return 0;
}

static enum ledger_known
known(struct ledger *ledger, uint64_t number, unsigned char told)
{
	struct identity identity = {.told = {1, told}};

	case_name(identity.id, number);
	return ledger_known(ledger, &identity, INT64_MIN);
}

static size_t
count_files(const struct ledger_case *c, const char *folder)
{
	char *path = dir_path(c->dir, folder);
	DIR *stream = opendir(path);
	size_t count = 0;

	while (stream && readdir(stream))
		count++;
	if (stream)
		closedir(stream);
	free(path);
	return count - 2;
}

static void
expect_fine(const struct ledger_case *c)
{
	struct verify_options options = {0};
	struct verify_report report;
	struct err err = {0};
	struct view *view = case_view(c);

	case_verify(view);
	view_close(view);
	if (verify_ledger(c->dir, &options, &report, &err) != VERIFY_FINE)
		fail_msg("%s", err.msg);
	options.quick = true;
	if (verify_ledger(c->dir, &options, &report, &err) != VERIFY_FINE)
		fail_msg("%s", err.msg);
}

/* 101 records, one delivery of 100, which is open; all of it sealed. */
static void
fill_and_seal(struct ledger_case *c, uint64_t most)
{
	case_fill(c);
	case_seal(c, most);
}

static void
records_leave_the_wal(void **state)
{
	struct ledger_case *c = *state;
	struct ledger *ledger;

	fill_and_seal(c, 30);
	expect_fine(c);
	assert_int_equal(count_files(c, "wal"), 1);
	/* What is all sealed is left for another file. */
	ledger = case_open(c, NULL);
	assert_int_equal(count_files(c, "wal"), 2);
	case_seal(c, 30);
	assert_int_equal(count_files(c, "wal"), 1);
	expect_fine(c);
	case_add_many(ledger, 0, 100, 50);
	case_commit(ledger);
	case_sign(ledger);
	expect_fine(c);
	ledger_close(ledger);
	case_seal(c, 30);
	expect_fine(c);
	assert_int_equal(case_signed(c), 151);
}

/* Once everything was in the WAL, then nothing, then half of it. */
static void
events_are_known_wherever_they_are(void **state)
{
	struct ledger_case *c = *state;
	struct ledger *ledger;

	case_fill(c);
	for (int round = 0; round < 4; round++) {
		ledger = case_open(c, NULL);
		for (uint64_t i = 0; i < 100; i++) {
			assert_int_equal(known(ledger, i, 2), LEDGER_REPEAT);
			assert_int_equal(known(ledger, i, 0), LEDGER_REPEAT);
			assert_int_equal(known(ledger, i, 9), LEDGER_CONFLICT);
		}
		assert_int_equal(known(ledger, 1000, 2),
		    round < 3 ? LEDGER_NEW : LEDGER_REPEAT);
		if (round == 2)
			case_add_many(ledger, 0, 1000, 1);
		case_commit(ledger);
		case_sign(ledger);
		ledger_close(ledger);
		if (round < 2)
			case_seal(c, 30);
	}
}

/* What was received before the event happened is not looked at. */
static void
nothing_is_told_before_it_happens(void **state)
{
	struct ledger_case *c = *state;
	struct identity identity = {.told = {1, 2}};
	struct ledger *ledger;

	fill_and_seal(c, 1000);
	ledger = case_open(c, NULL);
	case_seal(c, 1000); /* the WAL's file goes */
	ledger_close(ledger);
	ledger = case_open(c, NULL);
	case_name(identity.id, 5);
	assert_int_equal(
	    ledger_known(ledger, &identity, c->now_us), LEDGER_REPEAT);
	assert_int_equal(
	    ledger_known(ledger, &identity, c->now_us + 1), LEDGER_NEW);
	ledger_close(ledger);
}

/* The writer goes on while another process seals, and forgets what is sealed.
 */
static void
a_writer_that_is_open_follows(void **state)
{
	struct ledger_case *c = *state;
	struct ledger *ledger = case_open(c, NULL);
	uint64_t delivery = case_delivery(ledger, 1);
	uint64_t next = 0;

	for (int round = 0; round < 5; round++) {
		case_add_many(ledger, delivery, next, 20);
		next += 20;
		ledger_mark(ledger, delivery, next);
		assert_int_equal(ledger_roll(ledger, NULL), 0);
		case_seal(c, 7);
		for (size_t i = 0; i < 300; i++)
			case_commit(ledger);
		assert_int_equal(count_files(c, "wal"), 1);
		for (uint64_t i = 0; i < next; i++)
			assert_int_equal(known(ledger, i, 2), LEDGER_REPEAT);
		assert_int_equal(known(ledger, next, 2), LEDGER_NEW);
		case_expect_delivery(ledger, 1, next, false);
	}
	assert_int_equal(ledger_close_delivery(
	                     ledger, delivery, SLICE(""), SLICE("{}"), NULL),
	    0);
	assert_int_equal(ledger_roll(ledger, NULL), 0);
	case_seal(c, 7);
	for (size_t i = 0; i < 300; i++)
		case_commit(ledger);
	case_expect_delivery(ledger, 1, 0, true);
	ledger_close(ledger);
	expect_fine(c);
}

/* A delivery that was opened in a file of the WAL that is gone. */
static void
open_deliveries_go_on(void **state)
{
	struct ledger_case *c = *state;
	struct ledger *ledger = case_open(c, NULL);
	uint64_t first = case_delivery(ledger, 1), second, third;

	case_add_many(ledger, first, 0, 5);
	ledger_mark(ledger, first, 7);
	second = case_delivery(ledger, 2);
	third = case_delivery(ledger, 3);
	assert_int_equal(
	    ledger_close_delivery(ledger, second, SLICE(""), SLICE("{}"), NULL),
	    0);
	assert_int_equal(ledger_roll(ledger, NULL), 0);
	ledger_close(ledger);
	case_seal(c, 100);
	assert_int_equal(count_files(c, "wal"), 1);
	for (int round = 0; round < 3; round++) {
		ledger = case_open(c, NULL);
		case_expect_delivery(ledger, 1, 7, false);
		case_expect_delivery(ledger, 2, 0, true);
		case_expect_delivery(ledger, 3, 0, false);
		ledger_close(ledger);
		case_seal(c, 100);
	}
	ledger = case_open(c, NULL);
	case_add_many(ledger, third, 50, 1);
	ledger_mark(ledger, third, 1);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
	ledger = case_open(c, NULL);
	case_expect_delivery(ledger, 3, 1, false);
	ledger_close(ledger);
}

/* A new file of the WAL begins with what was durable, and no more. */
static void
marks_are_no_further_than_records(void **state)
{
	struct ledger_case *c = *state;
	struct ledger_found found;
	struct ledger *ledger;
	uint64_t delivery;

	c->options.wal_bytes = 1;
	ledger = case_open(c, NULL);
	delivery = case_delivery(ledger, 1);
	case_commit(ledger);
	case_add_many(ledger, delivery, 0, 10);
	ledger_mark(ledger, delivery, 10);
	case_commit(ledger); /* in a new file */
	ledger_close(ledger);
	/* The second batch of the last file never came to the disk. */
	case_shell(c, "cd ledger/wal && f=$(ls | tail -1) && "
	              "truncate -s $((24 + 24 + 4 + 4 + 16 + 32 + 10)) $f && "
	              "rm ../hash/*");
	ledger = case_open(c, &found);
	assert_int_equal(found.size, 1);
	assert_int_equal(found.cut_bytes, 10);
	case_expect_delivery(ledger, 1, 0, false);
	ledger_close(ledger);
}

static void
what_is_read_is_not_removed(void **state)
{
	struct ledger_case *c = *state;
	struct seals *seals;
	struct ledger *ledger;
	struct view *view;
	struct err err = {0};
	bool left;

	fill_and_seal(c, 30);
	ledger = case_open(c, NULL); /* begins another file */
	ledger_close(ledger);
	view = case_view(c);
	seals = case_seals(c);
	assert_int_equal(seals_sweep(seals, &left, &err), 0);
	assert_true(left);
	assert_int_equal(count_files(c, "wal"), 2);
	case_verify(view);
	view_close(view);
	assert_int_equal(seals_sweep(seals, &left, &err), 0);
	assert_false(left);
	assert_int_equal(count_files(c, "wal"), 1);
	seals_close(seals);
}

/* The writer stops, and says why; what it had open is closed. */
static void
a_broken_manifest_stops_the_writer(void **state)
{
	struct ledger_case *c = *state;
	struct ledger *ledger;
	struct err err = {0};

	fill_and_seal(c, 30);
	ledger = case_open(c, NULL);
	case_shell(c, "echo broken >>ledger/manifest");
	assert_int_equal(ledger_commit(ledger, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_non_null(strstr(err.msg, "not a manifest"));
	assert_int_equal(ledger_commit(ledger, &err), -1);
	ledger_close(ledger);
}

static void
one_seals_at_a_time(void **state)
{
	struct ledger_case *c = *state;
	struct seals *seals = case_seals(c), *other = NULL;
	struct err err = {0};

	assert_int_equal(seals_open(&other, c->dir, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	seals_close(seals);
}

/* Files that are not those of the records are not put into the manifest. */
static void
wrong_segments_are_refused(void **state)
{
	struct ledger_case *c = *state;
	struct seals *seals;
	struct segment next;
	struct err err = {0};
	bool left;

	case_fill(c);
	seals = case_seals(c);
	assert_int_equal(seals_next(seals, 50, &next, &err), 0);
	next.first++;
	case_make_segment(c, seals_folder(seals), &next);
	assert_int_equal(seals_add(seals, &next, &err), -1);
	next.first--;
	case_make_segment(c, seals_folder(seals), &next);
	next.idx.bytes[0] ^= 1;
	assert_int_equal(seals_add(seals, &next, &err), -1);
	assert_int_equal(seals_manifest(seals)->count, 0);
	/* What was refused is cleared away, folder and all. */
	assert_int_equal(seals_sweep(seals, &left, &err), 0);
	assert_int_equal(count_files(c, "segment"), 1);
	seals_close(seals);
	expect_fine(c);
}

/* Lost files are missed, by the writer and by who verifies. */
static void
lost_files_are_missed(void **state)
{
	struct ledger_case *c = *state;
	struct verify_options options = {0};
	struct verify_report report;
	struct ledger *ledger;
	struct err err = {0};

	fill_and_seal(c, 30);
	ledger = case_open(c, NULL);
	case_seal(c, 30);
	case_add_many(ledger, 0, 100, 5);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
	case_shell(c, "cp -r ledger kept && rm ledger/wal/*");
	case_refused(c, ERR_CORRUPT, "lost");
	assert_int_equal(
	    verify_ledger(c->dir, &options, &report, &err), VERIFY_FAULT);
	case_shell(c, "rm -r ledger && cp -r kept ledger && "
	              "rm ledger/manifest");
	case_refused(c, ERR_CORRUPT, "missing");
	assert_int_equal(
	    verify_ledger(c->dir, &options, &report, &err), VERIFY_FAULT);
	case_shell(c, "rm -r ledger && cp -r kept ledger && "
	              "rm ledger/segment/*/*.raw");
	assert_int_not_equal(
	    verify_ledger(c->dir, &options, &report, &err), VERIFY_FINE);
	case_shell(c, "rm -r ledger && cp -r kept ledger && "
	              "rm ledger/segment/*/*.idx");
	case_refused(c, ERR_SYSTEM, ".idx");
	case_shell(c, "rm -r ledger && mv kept ledger");
	expect_fine(c);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(records_leave_the_wal),
	    TEST(events_are_known_wherever_they_are),
	    TEST(nothing_is_told_before_it_happens),
	    TEST(a_writer_that_is_open_follows),
	    TEST(open_deliveries_go_on),
	    TEST(marks_are_no_further_than_records),
	    TEST(what_is_read_is_not_removed),
	    TEST(a_broken_manifest_stops_the_writer),
	    TEST(one_seals_at_a_time),
	    TEST(wrong_segments_are_refused),
	    TEST(lost_files_are_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
