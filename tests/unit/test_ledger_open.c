#include "ledger/ledger.h"

#include "ledger_fill.h"

static void
files_of_the_wal_follow_each_other(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	struct ledger_found found;
	struct view *view;
	struct err err = {0};
	uint64_t delivery;

	(void)state;
	case_create(&c);
	c.options.wal_bytes = 2000;
	ledger = case_open(&c, NULL);
	delivery = case_delivery(ledger, 1);
	for (uint64_t i = 0; i < 40; i++) {
		case_add_many(ledger, delivery, i * 7, 7);
		ledger_mark(ledger, delivery, i * 7 + 7);
		case_commit(ledger);
		ledger_mark(ledger, delivery, i * 7 + 8);
		case_commit(ledger); /* no record: no second file of its name */
	}
	case_sign(ledger);
	ledger_close(ledger);
	case_shell(&c, "test \"$(ls ledger/wal | wc -l)\" -gt 3");
	ledger = case_open(&c, &found);
	assert_int_equal(found.size, 281);
	case_expect_delivery(ledger, 1, 281, false);
	ledger_close(ledger);
	view = case_view(&c);
	case_verify(view);
	view_close(view);
	/* One in the middle is gone. */
	case_shell(&c, "rm ledger/wal/\"$(ls ledger/wal | sed -n 2p)\"");
	case_refused(&c, ERR_CORRUPT, "missing");
	assert_int_equal(view_open(&view, c.dir, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	case_end(&c);
}

static void
wal_path(const struct ledger_case *c, char path[512])
{
	snprintf(path, 512, "%s/wal/%020d.wal", c->dir, 0);
}

static void
a_torn_write_is_cut_and_told(void **state)
{
	struct ledger_case c;
	struct ledger_found found;
	char path[512];
	FILE *file;

	(void)state;
	case_create(&c);
	case_fill(&c);
	wal_path(&c, path);
	file = fopen(path, "ab");
	assert_non_null(file);
	fputs("FWB1 and not", file);
	fclose(file);
	ledger_close(case_open(&c, &found));
	assert_int_equal(found.size, 101);
	assert_int_equal(found.cut_bytes, 12);
	ledger_close(case_open(&c, &found));
	assert_int_equal(found.cut_bytes, 0);
	case_end(&c);
}

/* A file of the WAL whose head was not written whole is begun anew. */
static void
a_torn_head_is_made_again(void **state)
{
	struct ledger_case c;
	struct ledger_found found;
	struct ledger *ledger;
	char path[512];
	FILE *file;

	(void)state;
	case_create(&c);
	case_fill(&c);
	snprintf(path, sizeof(path), "%s/wal/%020d.wal", c.dir, 101);
	file = fopen(path, "wb");
	assert_non_null(file);
	fputs("firn", file);
	fclose(file);
	ledger = case_open(&c, &found);
	assert_int_equal(found.size, 101);
	assert_int_equal(found.cut_bytes, 4);
	case_add_many(ledger, 0, 500, 3);
	case_commit(ledger);
	ledger_close(ledger);
	ledger_close(case_open(&c, &found));
	assert_int_equal(found.size, 104);
	case_end(&c);
}

static void
acknowledged_records_cannot_go_unnoticed(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	struct stat before, after;
	char path[512];

	(void)state;
	case_create(&c);
	case_fill(&c);
	ledger = case_open(&c, NULL);
	case_add_many(ledger, 0, 100, 3);
	case_commit(ledger); /* no checkpoint is over these */
	ledger_close(ledger);
	assert_int_equal(case_signed(&c), 101);
	wal_path(&c, path);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(truncate(path, before.st_size - 1), 0);
	case_refused(&c, ERR_CORRUPT, "hashes of 104");
	/* It was left as it was found. */
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size - 1);
	/* Behind the checkpoint. */
	assert_int_equal(truncate(path, before.st_size / 2), 0);
	case_refused(&c, ERR_CORRUPT, "was signed");
	case_end(&c);
}

/* Adds three records, first, first + 1 and the next, and signs for them. */
static void
go_on(struct ledger_case *c, uint64_t first)
{
	struct ledger *ledger = case_open(c, NULL);

	case_add_many(ledger, 0, first, 3);
	case_commit(ledger);
	case_sign(ledger);
	ledger_close(ledger);
}

static void
an_older_copy_is_refused(void **state)
{
	struct ledger_case c;

	(void)state;
	case_create(&c);
	case_fill(&c);
	case_shell(&c, "cp -a ledger ledger.old");
	go_on(&c, 100);
	case_shell(&c, "rm -rf ledger && mv ledger.old ledger");
	case_refused(&c, ERR_CORRUPT, "older copy");
	case_end(&c);
}

/* Two ledgers go on from the same place; one of them is remembered. */
static void
another_tree_is_refused(void **state)
{
	struct ledger_case c;

	(void)state;
	case_create(&c);
	case_fill(&c);
	case_shell(&c, "cp -a ledger ledger.old");
	case_shell(&c, "cp -a state state.old");
	go_on(&c, 100);
	case_shell(&c, "mv state state.new && mv state.old state");
	case_shell(&c, "mv ledger ledger.new && mv ledger.old ledger");
	go_on(&c, 200);
	case_shell(&c, "mv state state.mine && mv state.new state");
	case_refused(&c, ERR_CORRUPT, "are not those");
	case_end(&c);
}

static void
another_key_is_refused(void **state)
{
	struct ledger_case c;
	struct key key;
	struct err err = {0};

	(void)state;
	case_create(&c);
	assert_int_equal(unlink(c.key), 0);
	assert_int_equal(signer_create(c.key, SLICE("log.example/test"),
	                     KEY_ED25519, &key, &err),
	    0);
	case_refused(&c, ERR_USAGE, "is not the one that signs");
	case_end(&c);
}

static void
nothing_is_made_over_something(void **state)
{
	struct ledger_case c;
	struct err err = {0};
	char dir[512];

	(void)state;
	case_create(&c);
	case_fill(&c);
	assert_int_equal(ledger_create(c.dir, &c.options, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_non_null(strstr(err.msg, "not empty"));
	/* The same log elsewhere would sign for other records. */
	snprintf(dir, sizeof(dir), "%s/second", c.root);
	assert_int_equal(ledger_create(dir, &c.options, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	assert_int_equal(access(dir, F_OK), -1);
	case_end(&c);
}

static void
a_folder_without_a_ledger_is_named(void **state)
{
	struct ledger_case c;
	struct view *view = NULL;
	struct err err = {0};
	char lock[512];

	(void)state;
	case_make(&c);
	assert_int_equal(mkdir(c.dir, 0700), 0);
	case_refused(&c, ERR_INPUT, "is no ledger");
	assert_int_equal(view_open(&view, c.dir, &err), -1);
	assert_non_null(strstr(err.msg, "is no ledger"));
	snprintf(lock, sizeof(lock), "%s/lock", c.dir);
	assert_int_equal(access(lock, F_OK), -1);
	case_end(&c);
}

static void
a_view_stands_still(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	struct view *view;
	struct frame frame;
	struct stream stream;
	struct err err = {0};

	(void)state;
	case_create(&c);
	case_fill(&c);
	ledger = case_open(&c, NULL);
	view = case_view(&c);
	case_add_many(ledger, 0, 100, 50);
	case_commit(ledger);
	case_sign(ledger);
	case_verify(view);
	assert_int_equal(view_tree(view)->size, 101);
	assert_int_equal(view_record(view, 101, &frame, &stream, &err), -1);
	view_close(view);
	view = case_view(&c);
	assert_int_equal(view_tree(view)->size, 151);
	case_verify(view);
	view_close(view);
	ledger_close(ledger);
	case_end(&c);
}

static void
a_view_believes_only_what_is_signed(void **state)
{
	struct ledger_case c;
	struct view *view = NULL;
	struct err err = {0};

	(void)state;
	case_create(&c);
	case_fill(&c);
	case_shell(&c, "sed -i '2s/101/100/' ledger/checkpoint");
	assert_int_equal(view_open(&view, c.dir, &err), -1);
	assert_non_null(strstr(err.msg, "not signed"));
	case_refused(&c, ERR_CORRUPT, "not signed");
	case_end(&c);
}

static void
a_view_finds_a_changed_record(void **state)
{
	struct ledger_case c;
	struct view *view;
	struct frame frame;
	struct stream stream;
	struct err err = {0};

	(void)state;
	case_create(&c);
	case_fill(&c);
	/* Record 70 is in the second batch. */
	case_shell(&c, "sed -i 's/\"Id\":\"70\"/\"Id\":\"71\"/' "
	               "ledger/wal/00000000000000000000.wal");
	view = case_view(&c);
	assert_int_equal(view_record(view, 5, &frame, &stream, &err), 0);
	assert_int_equal(view_record(view, 90, &frame, &stream, &err), -1);
	assert_int_equal(err.code, ERR_CORRUPT);
	view_close(view);
	case_refused(&c, ERR_CORRUPT, "");
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_of_the_wal_follow_each_other),
	    cmocka_unit_test(a_torn_write_is_cut_and_told),
	    cmocka_unit_test(a_torn_head_is_made_again),
	    cmocka_unit_test(acknowledged_records_cannot_go_unnoticed),
	    cmocka_unit_test(an_older_copy_is_refused),
	    cmocka_unit_test(another_tree_is_refused),
	    cmocka_unit_test(another_key_is_refused),
	    cmocka_unit_test(nothing_is_made_over_something),
	    cmocka_unit_test(a_folder_without_a_ledger_is_named),
	    cmocka_unit_test(a_view_stands_still),
	    cmocka_unit_test(a_view_believes_only_what_is_signed),
	    cmocka_unit_test(a_view_finds_a_changed_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
