#include "ledger/verify.h"

#include <fcntl.h>
#include <unistd.h>

#include "ledger_check_case.h"

#define RECORDS 40
#define WAL     "wal/00000000000000000000.wal"

/*
 * `count` records in commits of `run`, all but the last `behind` of which the
 * checkpoint signs for.
 */
static void
make_ledger(const char *dir, unsigned count, unsigned run, unsigned behind)
{
	struct ledger *ledger = case_open(dir, true);

	for (unsigned i = 0; i < count; i++) {
		if (behind && i == count - behind)
			assert_int_equal(ledger_checkpoint(ledger, NULL), 0);
		case_add(ledger, i);
		if (i % run == run - 1 || i + 1 == count - behind)
			assert_int_equal(ledger_commit(ledger, NULL), 0);
	}
	assert_int_equal(ledger_commit(ledger, NULL), 0);
	if (!behind)
		assert_int_equal(ledger_checkpoint(ledger, NULL), 0);
	ledger_close(ledger);
}

/* --- changing it --- */

static struct buf
contents(const char *path)
{
	struct buf bytes = {0};

	assert_int_equal(
	    dir_read(path, (size_t)1 << 20, &bytes, NULL, NULL), 0);
	return bytes;
}

static void
put(const char *path, struct slice bytes)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.ptr, bytes.len), bytes.len);
	close(fd);
}

static enum verify_verdict
verify(const char *dir, struct verify_report *report, struct err *err)
{
	const struct verify_options options = {0};

	return verify_ledger(dir, &options, report, err);
}

static struct verify_report
assert_fine(const char *dir)
{
	struct verify_report report;
	struct err err = {0};

	if (verify(dir, &report, &err) != VERIFY_FINE)
		fail_msg("%s", err.msg);
	return report;
}

/* That it is found, and that the message names the file. */
static void
assert_fault(const char *dir, const char *file, size_t at, const char *what)
{
	struct verify_report report;
	struct err err = {0};

	if (verify(dir, &report, &err) != VERIFY_FAULT)
		fail_msg(
		    "%s %s at %zu: not found (%s)", file, what, at, err.msg);
	if (!strstr(err.msg, file))
		fail_msg("%s %s at %zu: '%s' does not name it", file, what, at,
		    err.msg);
}

static void
set_byte(int fd, size_t at, char byte)
{
	assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
}

/* Every byte changed, and every length. */
static void
damage(const char *dir, const char *file)
{
	char *path = dir_path(dir, file);
	struct buf good = contents(path);
	int fd = open(path, O_RDWR);

	assert_true(good.len > 0 && fd >= 0);
	for (size_t i = 0; i < good.len; i++) {
		set_byte(fd, i, (char)(good.ptr[i] ^ 1 << i % 8));
		assert_fault(dir, file, i, "changed");
		set_byte(fd, i, good.ptr[i]);
	}
	for (size_t n = good.len; n--;) {
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		assert_fault(dir, file, n, "cut");
	}
	close(fd);
	put(path, buf_slice(&good));
	assert_fine(dir);
	buf_release(&good);
	free(path);
}

static void
finds_all_damage_of_what_is_signed(void **state)
{
	struct verify_report report;
	char *dir = case_path("small/l");

	(void)state;
	make_ledger(dir, RECORDS, 10, 0);
	report = assert_fine(dir);
	assert_string_equal(report.origin, "log.example/a");
	assert_int_equal(report.tree.size, RECORDS);
	assert_int_equal(report.compared, RECORDS);
	assert_int_equal(report.behind, 0);
	damage(dir, "checkpoint");
	damage(dir, "hash/0");
	damage(dir, WAL);
	free(dir);
}

static void
finds_damage_of_upper_hashes(void **state)
{
	char *dir = case_path("upper/l");

	(void)state;
	make_ledger(dir, 600, 600, 0);
	damage(dir, "hash/8");
	free(dir);
}

/*
 * What no checkpoint signs for proves nothing, so it may be anything that a
 * write leaves when it is cut off: the records of the last commit are then not
 * counted.  Damage that is no such end is still damage.
 */
static void
takes_what_is_behind_the_checkpoint(void **state)
{
	char *dir = case_path("behind/l"), *path;
	struct verify_report report;
	size_t harmless = 0, from;
	struct buf good;
	int fd;

	(void)state;
	make_ledger(dir, 20, 50, 5);
	report = assert_fine(dir);
	assert_int_equal(report.tree.size, 15);
	assert_int_equal(report.behind, 5);
	path = dir_path(dir, WAL);
	good = contents(path);
	for (from = good.len; memcmp(good.ptr + from - 4, "FWB1", 4) != 0;)
		from--;
	from -= 4;
	fd = open(path, O_RDWR);
	for (size_t i = from; i < good.len; i++) {
		struct err err = {0};

		set_byte(fd, i, (char)(good.ptr[i] ^ 1));
		if (verify(dir, &report, &err) == VERIFY_FINE) {
			assert_int_equal(report.behind, 0);
			assert_int_equal(report.torn_bytes, good.len - from);
			harmless++;
		} else {
			/* Its head alone says where it ends. */
			assert_true(i < from + 24);
			assert_non_null(strstr(err.msg, WAL));
		}
		set_byte(fd, i, good.ptr[i]);
	}
	assert_int_equal(harmless, good.len - from - 24);
	for (size_t n = good.len - 1; n > from; n--) {
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		report = assert_fine(dir);
		assert_int_equal(report.torn_bytes, n - from);
	}
	close(fd);
	buf_release(&good);
	free(path);
	free(dir);
}

/* Hashes behind the checkpoint: a writer writes them anew from the WAL. */
static void
takes_hashes_that_nothing_signs_for(void **state)
{
	char *dir = case_path("hashes/l"), *path;

	(void)state;
	make_ledger(dir, 20, 50, 5);
	path = dir_path(dir, "hash/0");
	for (int n = 20 * 32 - 1; n >= 15 * 32; n--) {
		assert_int_equal(truncate(path, n), 0);
		assert_fine(dir);
	}
	assert_int_equal(truncate(path, 15 * 32 - 1), 0);
	assert_fault(dir, "hash/0", 15 * 32 - 1, "cut");
	free(path);
	free(dir);
}

static void
finds_a_file_that_is_gone(void **state)
{
	static const char *const files[] = {"hash/0", WAL, "keys.pub"};
	char *dir = case_path("gone/l");

	(void)state;
	make_ledger(dir, 20, 5, 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *path = dir_path(dir, files[i]), *away = case_path("away");
		struct verify_report report;
		struct err err = {0};

		assert_int_equal(rename(path, away), 0);
		assert_int_not_equal(verify(dir, &report, &err), VERIFY_FINE);
		assert_int_equal(rename(away, path), 0);
		assert_fine(dir);
		free(path);
		free(away);
	}
	free(dir);
}

/* --- what else was seen --- */

static enum verify_verdict
verify_seen(const char *dir, bool quick, struct err *err)
{
	struct verify_options options = {.quick = quick};
	struct verify_report report;
	char *seen = case_path("seen");
	enum verify_verdict verdict;

	options.seen = seen;
	verdict = verify_ledger(dir, &options, &report, err);
	free(seen);
	return verdict;
}

static void
remembers_what_it_saw(void **state)
{
	char *all = case_path("all/l"), *less = case_path("less/l");
	char *other = case_path("other/l");

	(void)state;
	make_ledger(all, 30, 7, 0);
	make_ledger(less, 20, 7, 0);
	make_ledger(other, 40, 7, 0); /* other salts, so another log */
	for (int quick = 0; quick < 2; quick++) {
		struct err err = {0};

		assert_int_equal(verify_seen(all, quick, &err), VERIFY_FINE);
		assert_int_equal(verify_seen(all, quick, &err), VERIFY_FINE);
		assert_int_equal(verify_seen(less, quick, &err), VERIFY_FAULT);
		assert_non_null(
		    strstr(err.msg, "is for 20 records; one for 30"));
		assert_int_equal(verify_seen(other, quick, &err), VERIFY_FAULT);
		assert_non_null(strstr(err.msg, "the log was rewritten"));
	}
	free(all);
	free(less);
	free(other);
}

static void
wants_the_key_that_is_given(void **state)
{
	const unsigned char seed[KEY_SEED_LEN] = {9};
	struct signer *stranger =
	    signer_new(SLICE("log.example/a"), KEY_ED25519, seed);
	struct key list[2] = {*signer_key(stranger)};
	struct keys keys = {list, 1};
	struct verify_options options = {.keys = &keys};
	struct verify_report report;
	char *dir = case_path("key-given/l"), *path = case_path("key");
	struct signer *own = signer_open(path, NULL);
	struct err err = {0};

	(void)state;
	make_ledger(dir, 10, 50, 0);
	assert_int_equal(
	    verify_ledger(dir, &options, &report, &err), VERIFY_FAULT);
	assert_non_null(strstr(err.msg, "is not signed by 'log.example/a+"));
	list[1] = *signer_key(own);
	keys.count = 2;
	assert_int_equal(
	    verify_ledger(dir, &options, &report, &err), VERIFY_FINE);
	assert_int_equal(report.signer.id, list[1].id);
	signer_free(own);
	signer_free(stranger);
	free(path);
	free(dir);
}

static void
says_that_it_is_no_ledger(void **state)
{
	struct verify_report report;
	struct err err = {0};

	(void)state;
	assert_int_equal(verify(case_root, &report, &err), VERIFY_NO_ANSWER);
	assert_non_null(strstr(err.msg, "is no ledger"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_all_damage_of_what_is_signed),
	    cmocka_unit_test(finds_damage_of_upper_hashes),
	    cmocka_unit_test(takes_what_is_behind_the_checkpoint),
	    cmocka_unit_test(takes_hashes_that_nothing_signs_for),
	    cmocka_unit_test(finds_a_file_that_is_gone),
	    cmocka_unit_test(remembers_what_it_saw),
	    cmocka_unit_test(wants_the_key_that_is_given),
	    cmocka_unit_test(says_that_it_is_no_ledger),
	};

	return cmocka_run_group_tests(tests, case_setup, case_teardown);
}
