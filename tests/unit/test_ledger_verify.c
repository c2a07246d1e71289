#include "ledger/verify.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "ledger/dir.h"
#include "ledger/ledger.h"

#define RECORDS 40
#define WAL     "wal/00000000000000000000.wal"

/* --- a ledger --- */

static char *root; /* of all that a test writes */

static char *
in_root(const char *name)
{
	return dir_path(root, name);
}

static int
make_root(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct err err = {0};
	struct key key;
	char *path;

	(void)state;
	root = dir_path(tmp ? tmp : "/tmp", "firn-verify-XXXXXX");
	assert_non_null(mkdtemp(root));
	path = in_root("key");
	if (signer_create(
	        path, SLICE("log.example/a"), KEY_ED25519, &key, &err))
		fail_msg("%s", err.msg);
	free(path);
	return 0;
}

static int
remove_root(void **state)
{
	struct buf command = {0};
	int status;

	(void)state;
	buf_printf(&command, "rm -r '%s'", root);
	buf_char(&command, '\0');
	status = system(command.ptr);
	buf_release(&command);
	free(root);
	return status;
}

/* Stands still, so that a commit does not bring a checkpoint. */
static int64_t
still(void *ctx)
{
	(void)ctx;
	return 1764000000000000;
}

static void
add_record(struct ledger *ledger, uint64_t delivery, unsigned i)
{
	struct identity identity = {{(unsigned char)i, 1}, {1, 2, 3}};
	char raw[64];
	int len = snprintf(raw, sizeof(raw), "{\"n\":%u}", i);
	struct ledger_add add = {.source = SLICE("o365/Exchange"),
	    .tenant = i % 3 ? SLICE("t1") : SLICE(""),
	    .available_us = LEAF_NO_TIME,
	    .delivery = delivery,
	    .identity = i % 2 ? &identity : NULL,
	    .raw = slice_of(raw, (size_t)len)};
	uint64_t index;

	assert_int_equal(ledger_add(ledger, &add, &index, NULL), 0);
}

/*
 * `count` records in commits of `run`, all but the last `behind` of which the
 * checkpoint signs for.  The first opens the delivery.
 */
static void
make_ledger(const char *dir, unsigned count, unsigned run, unsigned behind)
{
	char *key = in_root("key"), *state = dir_path(dir, "../state");
	struct ledger_options options = {
	    .key = key, .state = state, .now_us = still};
	const unsigned char name[16] = {1};
	struct ledger_found found;
	struct ledger *ledger;
	struct err err = {0};
	uint64_t delivery;

	if (ledger_create(dir, &options, &err) ||
	    ledger_open(&ledger, dir, &options, &found, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(ledger_open_delivery(ledger, name, SLICE(""),
	                     SLICE("{}"), &delivery, NULL),
	    0);
	for (unsigned i = 1; i < count; i++) {
		if (i == count - behind) {
			assert_int_equal(ledger_commit(ledger, NULL), 0);
			assert_int_equal(ledger_checkpoint(ledger, NULL), 0);
		}
		add_record(ledger, delivery, i);
		ledger_mark(ledger, delivery, i);
		if (i % run == 0)
			assert_int_equal(ledger_commit(ledger, NULL), 0);
	}
	assert_int_equal(ledger_commit(ledger, NULL), 0);
	if (!behind)
		assert_int_equal(ledger_checkpoint(ledger, NULL), 0);
	ledger_close(ledger);
	free(key);
	free(state);
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
	char *dir = in_root("small/l");

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
	char *dir = in_root("upper/l");

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
	char *dir = in_root("behind/l"), *path;
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
	char *dir = in_root("hashes/l"), *path;

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
	char *dir = in_root("gone/l");

	(void)state;
	make_ledger(dir, 20, 5, 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *path = dir_path(dir, files[i]), *away = in_root("away");
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
	char *seen = in_root("seen");
	enum verify_verdict verdict;

	options.seen = seen;
	verdict = verify_ledger(dir, &options, &report, err);
	free(seen);
	return verdict;
}

static void
remembers_what_it_saw(void **state)
{
	char *all = in_root("all/l"), *less = in_root("less/l");
	char *other = in_root("other/l");

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
	char *dir = in_root("key-given/l"), *path = in_root("key");
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
	assert_int_equal(verify(root, &report, &err), VERIFY_NO_ANSWER);
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

	return cmocka_run_group_tests(tests, make_root, remove_root);
}
