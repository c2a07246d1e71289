#include "ledger/verify.h"

#include <fcntl.h>
#include <unistd.h>

#include "ledger/dir.h"
#include "ledger_case.h"

#define RECORDS 40
#define WAL     "wal/00000000000000000000.wal"

/* Record `number`; the first of all opens a delivery. */
static void
add_record(struct ledger *ledger, unsigned number)
{
	unsigned char name[16];
	uint64_t index;

	case_name(name, 1);
	if (number)
		assert_int_equal(case_add(ledger, 0, number, NULL), 0);
	else
		assert_int_equal(ledger_open_delivery(ledger, name, SLICE(""),
		                     SLICE("{}"), &index, NULL),
		    0);
	ledger_mark(ledger, 0, number);
}

/*
 * `count` records in commits of `run`, all but the last `behind` of which the
 * checkpoint signs for.
 */
static void
make_ledger(
    struct ledger_case *c, unsigned count, unsigned run, unsigned behind)
{
	struct ledger_found found;
	struct ledger *ledger;

	case_create(c);
	ledger = case_open(c, &found);
	for (unsigned i = 0; i < count; i++) {
		add_record(ledger, i);
		if (i % run == run - 1 || i + 1 == count - behind)
			assert_int_equal(ledger_commit(ledger, NULL), 0);
		if (i + 1 == count - behind)
			assert_int_equal(ledger_checkpoint(ledger, NULL), 0);
	}
	assert_int_equal(ledger_commit(ledger, NULL), 0);
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
	struct ledger_case c;
	const char *dir = c.dir;

	(void)state;
	make_ledger(&c, RECORDS, 10, 0);
	report = assert_fine(dir);
	assert_string_equal(report.origin, "log.example/test");
	assert_int_equal(report.tree.size, RECORDS);
	assert_int_equal(report.compared, RECORDS);
	assert_int_equal(report.behind, 0);
	damage(dir, "checkpoint");
	damage(dir, "hash/0");
	damage(dir, WAL);
	case_end(&c);
}

static void
finds_damage_of_upper_hashes(void **state)
{
	struct ledger_case c;
	const char *dir = c.dir;

	(void)state;
	make_ledger(&c, 600, 600, 0);
	damage(dir, "hash/8");
	case_end(&c);
}

/* Of all but the last batch, which is one that was torn for all it knows. */
static void
says_which_record_was_changed(void **state)
{
	struct verify_report report;
	struct ledger_case c;
	struct buf good;
	char *path;
	int fd;

	(void)state;
	make_ledger(&c, 40, 10, 0);
	path = dir_path(c.dir, WAL);
	good = contents(path);
	fd = open(path, O_RDWR);
	for (unsigned i = 1; i < 30; i++) {
		char id[32], want[64];
		struct err err = {0};
		const char *at;
		int len = snprintf(id, sizeof(id), "\"Id\":\"%u\"", i);

		at = memmem(good.ptr, good.len, id, (size_t)len);
		assert_non_null(at);
		set_byte(fd, (size_t)(at - good.ptr) + 6, 'x');
		snprintf(want, sizeof(want), "record %u is damaged", i);
		assert_int_equal(verify(c.dir, &report, &err), VERIFY_FAULT);
		if (!strstr(err.msg, want))
			fail_msg("%s", err.msg);
		set_byte(fd, (size_t)(at - good.ptr) + 6, at[6]);
	}
	assert_fine(c.dir);
	close(fd);
	buf_release(&good);
	free(path);
	case_end(&c);
}

/* Where the last batch begins. */
static size_t
last_batch(const struct buf *wal)
{
	size_t at = wal->len - 4;

	while (memcmp(wal->ptr + at, "FWB1", 4) != 0)
		at--;
	return at;
}

/*
 * Behind the checkpoint: what the hash files know of was acknowledged, so it
 * must be there, although nobody signed for it.
 */
static void
finds_damage_behind_the_checkpoint(void **state)
{
	struct verify_report report;
	struct ledger_case c;

	(void)state;
	make_ledger(&c, 20, 50, 5);
	report = assert_fine(c.dir);
	assert_int_equal(report.tree.size, 15);
	assert_int_equal(report.compared, 15);
	assert_int_equal(report.behind, 5);
	damage(c.dir, WAL);
	case_end(&c);
}

/*
 * Harmless: the last batch, when neither checkpoint nor hashes know of it.  So
 * a write looks that was cut off, and nobody was told that it was done.  Only
 * its head must be right, or cut off: what is changed there is damage, for it
 * says where the batch ends.
 */
static void
takes_a_write_that_was_cut_off(void **state)
{
	struct verify_report report;
	struct ledger_case c;
	size_t harmless = 0, from;
	struct buf good;
	char *path;
	int fd;

	(void)state;
	make_ledger(&c, 20, 50, 5);
	case_shell(&c, "truncate -s 480 ledger/hash/0");
	path = dir_path(c.dir, WAL);
	good = contents(path);
	from = last_batch(&good);
	fd = open(path, O_RDWR);
	for (size_t i = from; i < good.len; i++) {
		struct err err = {0};

		set_byte(fd, i, (char)(good.ptr[i] ^ 1));
		if (verify(c.dir, &report, &err) == VERIFY_FINE) {
			assert_int_equal(report.behind, 0);
			assert_int_equal(report.torn_bytes, good.len - from);
			harmless++;
		} else {
			assert_true(i < from + 24);
			assert_non_null(strstr(err.msg, WAL));
		}
		set_byte(fd, i, good.ptr[i]);
	}
	assert_int_equal(harmless, good.len - from - 24);
	for (size_t n = good.len - 1; n > from; n--) {
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		report = assert_fine(c.dir);
		assert_int_equal(report.torn_bytes, n - from);
	}
	close(fd);
	buf_release(&good);
	free(path);
	case_end(&c);
}

/*
 * Not verify's to find: hashes behind the checkpoint that are missing or
 * others. Who opens the ledger for writing fills in the former and refuses the
 * latter.
 */
static void
takes_hashes_that_nothing_signs_for(void **state)
{
	struct ledger_case c;
	struct buf good;
	char *path;
	int fd;

	(void)state;
	make_ledger(&c, 20, 50, 5);
	path = dir_path(c.dir, "hash/0");
	good = contents(path);
	fd = open(path, O_RDWR);
	for (size_t i = good.len; i-- > (size_t)15 * SHA256_LEN;) {
		set_byte(fd, i, (char)(good.ptr[i] ^ 1));
		assert_fine(c.dir);
		assert_int_equal(ftruncate(fd, (off_t)i), 0);
		assert_fine(c.dir);
	}
	close(fd);
	buf_release(&good);
	free(path);
	case_end(&c);
}

static void
finds_a_file_that_is_gone(void **state)
{
	static const char *const files[] = {"hash/0", WAL, "keys.pub"};
	struct ledger_case c;
	const char *dir = c.dir;

	(void)state;
	make_ledger(&c, 20, 5, 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char *path = dir_path(dir, files[i]),
		     *away = dir_path(c.root, "away");
		struct verify_report report;
		struct err err = {0};

		assert_int_equal(rename(path, away), 0);
		assert_int_not_equal(verify(dir, &report, &err), VERIFY_FINE);
		assert_int_equal(rename(away, path), 0);
		assert_fine(dir);
		free(path);
		free(away);
	}
	case_end(&c);
}

/* --- what else was seen --- */

static enum verify_verdict
verify_seen(
    const struct ledger_case *c, const char *seen, bool quick, struct err *err)
{
	struct verify_options options = {.quick = quick, .seen = seen};
	struct verify_report report;

	return verify_ledger(c->dir, &options, &report, err);
}

static void
remembers_what_it_saw(void **state)
{
	struct ledger_case all, less, other;
	char *seen;

	(void)state;
	make_ledger(&all, 30, 7, 0);
	make_ledger(&less, 20, 7, 0);
	make_ledger(&other, 40, 7, 0); /* other salts, so another log */
	seen = dir_path(all.root, "seen");
	for (int quick = 0; quick < 2; quick++) {
		struct err err = {0};

		assert_int_equal(
		    verify_seen(&all, seen, quick, &err), VERIFY_FINE);
		assert_int_equal(
		    verify_seen(&all, seen, quick, &err), VERIFY_FINE);
		assert_int_equal(
		    verify_seen(&less, seen, quick, &err), VERIFY_FAULT);
		assert_non_null(
		    strstr(err.msg, "is for 20 records; one for 30"));
		assert_int_equal(
		    verify_seen(&other, seen, quick, &err), VERIFY_FAULT);
		assert_non_null(strstr(err.msg, "the log was rewritten"));
	}
	free(seen);
	case_end(&all);
	case_end(&less);
	case_end(&other);
}

static void
wants_the_key_that_is_given(void **state)
{
	const unsigned char seed[KEY_SEED_LEN] = {9};
	struct signer *stranger =
	    signer_new(SLICE("log.example/test"), KEY_ED25519, seed);
	struct key list[2] = {*signer_key(stranger)};
	struct keys keys = {list, 1};
	struct verify_options options = {.keys = &keys};
	struct verify_report report;
	struct err err = {0};
	struct ledger_case c;
	struct signer *own;

	(void)state;
	make_ledger(&c, 10, 50, 0);
	assert_int_equal(
	    verify_ledger(c.dir, &options, &report, &err), VERIFY_FAULT);
	assert_non_null(strstr(err.msg, "is not signed by 'log.example/test+"));
	own = signer_open(c.key, NULL);
	list[1] = *signer_key(own);
	keys.count = 2;
	assert_int_equal(
	    verify_ledger(c.dir, &options, &report, &err), VERIFY_FINE);
	assert_int_equal(report.signer.id, list[1].id);
	signer_free(own);
	signer_free(stranger);
	case_end(&c);
}

static void
says_that_it_is_no_ledger(void **state)
{
	struct verify_report report;
	struct err err = {0};

	(void)state;
	assert_int_equal(verify("/", &report, &err), VERIFY_NO_ANSWER);
	assert_non_null(strstr(err.msg, "is no ledger"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_all_damage_of_what_is_signed),
	    cmocka_unit_test(says_which_record_was_changed),
	    cmocka_unit_test(finds_damage_of_upper_hashes),
	    cmocka_unit_test(finds_damage_behind_the_checkpoint),
	    cmocka_unit_test(takes_a_write_that_was_cut_off),
	    cmocka_unit_test(takes_hashes_that_nothing_signs_for),
	    cmocka_unit_test(finds_a_file_that_is_gone),
	    cmocka_unit_test(remembers_what_it_saw),
	    cmocka_unit_test(wants_the_key_that_is_given),
	    cmocka_unit_test(says_that_it_is_no_ledger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
