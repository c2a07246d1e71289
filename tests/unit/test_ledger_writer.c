#include "ledger/ledger.h"

#include <sys/wait.h>

#include "ledger_fill.h"

static void
an_empty_ledger_is_signed(void **state)
{
	struct ledger_case c;
	struct ledger_found found;
	struct ledger *ledger;
	struct view *view;
	size_t keys;

	(void)state;
	case_create(&c);
	view = case_view(&c);
	assert_int_equal(view_tree(view)->size, 0);
	assert_true(slice_eq(view_origin(view), SLICE("log.example/test")));
	assert_string_equal(view_keys(view, &keys)->name, "log.example/test");
	assert_int_equal(keys, 1);
	case_verify(view);
	view_close(view);
	ledger = case_open(&c, &found);
	assert_int_equal(found.size, 0);
	assert_int_equal(found.cut_bytes, 0);
	assert_int_equal(ledger_size(ledger), 0);
	assert_string_equal(ledger_key(ledger)->name, "log.example/test");
	ledger_close(ledger);
	case_end(&c);
}

static void
what_was_committed_is_read_again(void **state)
{
	struct ledger_case c;
	struct ledger_found found;
	struct view *view;
	struct frame frame;
	struct stream stream;
	struct err err = {0};
	char room[128];

	(void)state;
	case_create(&c);
	case_fill(&c);
	ledger_close(case_open(&c, &found));
	assert_int_equal(found.size, 101);
	view = case_view(&c);
	assert_int_equal(view_tree(view)->size, 101);
	case_verify(view);
	/* There and back, over the border of the batches. */
	for (uint64_t n = 0; n < 100; n++) {
		uint64_t i = n * 37 % 100;

		assert_int_equal(
		    view_record(view, 1 + i, &frame, &stream, &err), 0);
		assert_true(
		    slice_eq(frame.raw, case_raw(room, sizeof(room), i)));
		assert_true(slice_eq(stream.source, SLICE("file/o365.audit")));
		assert_true(slice_eq(stream.tenant, SLICE("contoso")));
		assert_int_equal(frame.delivery, 0);
		assert_int_equal(frame.received_us, c.now_us);
		assert_int_equal(frame.available_us, LEAF_NO_TIME);
		assert_true(frame.has_identity);
	}
	assert_int_equal(view_record(view, 101, &frame, &stream, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	view_close(view);
	case_end(&c);
}

static void
what_was_not_committed_is_gone(void **state)
{
	struct ledger_case c;
	struct ledger_found found;
	struct ledger *ledger;

	(void)state;
	case_create(&c);
	case_fill(&c);
	ledger = case_open(&c, NULL);
	case_add_many(ledger, 0, 1000, 5);
	assert_int_equal(ledger_size(ledger), 106);
	assert_true(ledger_pending(ledger) > 160);
	ledger_close(ledger);
	ledger_close(case_open(&c, &found));
	assert_int_equal(found.size, 101);
	case_end(&c);
}

static enum ledger_known
look(struct ledger *ledger, uint64_t number, unsigned char a, unsigned char b,
    unsigned char c)
{
	struct identity identity = {.told = {a, b, c}};

	case_name(identity.id, number);
	return ledger_known(ledger, &identity, INT64_MIN);
}

static void
check_known(struct ledger *ledger)
{
	/* case_add() tells {1, 2}. */
	assert_int_equal(look(ledger, 7, 1, 2, 0), LEDGER_REPEAT);
	assert_int_equal(look(ledger, 7, 1, 0, 0), LEDGER_REPEAT);
	assert_int_equal(look(ledger, 7, 1, 2, 3), LEDGER_TELLING);
	assert_int_equal(look(ledger, 7, 1, 3, 3), LEDGER_CONFLICT);
	assert_int_equal(look(ledger, 7777, 1, 2, 0), LEDGER_NEW);
}

static void
events_are_known(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	struct identity third = {.told = {0, 0, 3}};
	struct ledger_add add_third = {.source = SLICE("file/x"),
	    .available_us = 5,
	    .identity = &third,
	    .raw = SLICE("{}")};
	uint64_t index;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	case_add_many(ledger, case_delivery(ledger, 1), 0, 50);
	check_known(ledger); /* not committed */
	case_commit(ledger);
	check_known(ledger);
	ledger_close(ledger);
	ledger = case_open(&c, NULL);
	check_known(ledger);
	case_name(third.id, 7);
	assert_int_equal(ledger_add(ledger, &add_third, &index, NULL), 0);
	assert_int_equal(look(ledger, 7, 1, 2, 3), LEDGER_REPEAT);
	case_commit(ledger);
	ledger_close(ledger);
	ledger = case_open(&c, NULL);
	assert_int_equal(look(ledger, 7, 1, 2, 3), LEDGER_REPEAT);
	assert_int_equal(look(ledger, 7, 0, 0, 4), LEDGER_CONFLICT);
	/* The name of a delivery is no event. */
	assert_int_equal(look(ledger, 1000001, 0, 0, 0), LEDGER_NEW);
	ledger_close(ledger);
	case_end(&c);
}

static void
deliveries_go_on_where_they_were(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	struct ledger_delivery delivery;
	unsigned char name[16];
	uint64_t first, second;
	struct err err = {0};

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	first = case_delivery(ledger, 1);
	second = case_delivery(ledger, 2);
	assert_int_equal(second, first + 1);
	case_add_many(ledger, first, 0, 10);
	ledger_mark(ledger, first, 10);
	case_commit(ledger);
	/* Nothing new in it: only how far it came is written. */
	ledger_mark(ledger, second, 33);
	case_commit(ledger);
	assert_int_equal(ledger_close_delivery(ledger, first, SLICE("contoso"),
	                     SLICE("{}"), &err),
	    0);
	ledger_mark(ledger, second, 34);
	case_commit(ledger);
	ledger_mark(ledger, second, 99);
	ledger_close(ledger);
	ledger = case_open(&c, NULL);
	case_expect_delivery(ledger, 1, 10, true);
	case_expect_delivery(ledger, 2, 34, false);
	case_name(name, 3);
	assert_false(ledger_find_delivery(ledger, name, &delivery));
	/* What cannot be. */
	case_name(name, 2);
	assert_int_equal(ledger_open_delivery(ledger, name, SLICE(""),
	                     SLICE("{}"), &second, &err),
	    -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_int_equal(case_add(ledger, first, 5000, &err), -1);
	assert_int_equal(case_add(ledger, 3, 5000, &err), -1);
	assert_int_equal(
	    ledger_close_delivery(ledger, first, SLICE(""), SLICE("{}"), &err),
	    -1);
	assert_int_equal(ledger_size(ledger), 13);
	ledger_close(ledger);
	case_end(&c);
}

static void
a_record_that_cannot_be_is_refused(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	struct ledger_add one = {
	    .available_us = LEAF_NO_TIME, .raw = SLICE("{}")};
	static const struct {
		struct slice source, tenant;
	} bad[] = {{SLICE_INIT(""), SLICE_INIT("t")},
	    {SLICE_INIT("a\nb"), SLICE_INIT("t")},
	    {SLICE_INIT("file/x"), SLICE_INIT("-")},
	    {SLICE_INIT("file/x"), SLICE_INIT("\xff")},
	    {SLICE_INIT("firn/x"), SLICE_INIT("t")}};
	struct err err = {0};
	uint64_t index;
	char *large = calloc(FRAME_RAW_MAX + 1, 1);

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	one.delivery = case_delivery(ledger, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		one.source = bad[i].source;
		one.tenant = bad[i].tenant;
		assert_int_equal(ledger_add(ledger, &one, &index, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
	}
	one.source = SLICE("file/x");
	one.tenant = SLICE("");
	one.raw = slice_of(large, FRAME_RAW_MAX + 1);
	assert_int_equal(ledger_add(ledger, &one, &index, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	one.raw.len--;
	assert_int_equal(ledger_add(ledger, &one, &index, &err), 0);
	assert_int_equal(ledger_add(ledger, &one, &index, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	case_commit(ledger);
	assert_int_equal(ledger_size(ledger), 2);
	ledger_close(ledger);
	free(large);
	case_end(&c);
}

static void
a_worker_may_bring_salt_and_commitment(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	unsigned char salt[LEAF_SALT_LEN] = "fifteen letters";
	struct merkle_hash made;
	struct sha256 *sha = sha256_new();
	struct ledger_add one = {.source = SLICE("file/x"),
	    .available_us = 17,
	    .historic = true,
	    .raw = SLICE("{\"a\":1}"),
	    .salt = salt,
	    .commit = &made};
	struct view *view;
	struct frame frame;
	struct stream stream;
	uint64_t index;

	(void)state;
	case_create(&c);
	leaf_commit(sha, salt, one.raw, &made);
	ledger = case_open(&c, NULL);
	one.delivery = case_delivery(ledger, 1);
	c.now_us += 7000000;
	assert_int_equal(ledger_add(ledger, &one, &index, NULL), 0);
	c.now_us += 1;
	case_commit(ledger); /* its last checkpoint is old enough */
	view = case_view(&c);
	assert_int_equal(view_record(view, index, &frame, &stream, NULL), 0);
	assert_memory_equal(frame.salt, salt, sizeof(salt));
	assert_true(frame.historic);
	assert_false(frame.has_identity);
	assert_int_equal(frame.received_us, c.now_us - 1);
	assert_int_equal(frame.available_us, 17);
	case_verify(view);
	view_close(view);
	ledger_close(ledger);
	sha256_free(sha);
	case_end(&c);
}

static void
checkpoints_come_four_times_a_second(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	uint64_t delivery;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	delivery = case_delivery(ledger, 1);
	case_commit(ledger);
	assert_int_equal(case_signed(&c), 0);
	c.now_us += 250000;
	case_add_many(ledger, delivery, 0, 1);
	case_commit(ledger);
	assert_int_equal(case_signed(&c), 2);
	c.now_us += 249999;
	case_add_many(ledger, delivery, 1, 1);
	case_commit(ledger);
	assert_int_equal(case_signed(&c), 2);
	c.now_us += 1;
	case_commit(ledger); /* nothing new, but due */
	assert_int_equal(case_signed(&c), 3);
	case_add_many(ledger, delivery, 2, 1);
	c.now_us -= 3600000000; /* set back */
	case_commit(ledger);
	assert_int_equal(case_signed(&c), 4);
	case_add_many(ledger, delivery, 3, 1);
	case_commit(ledger);
	assert_int_equal(case_signed(&c), 4);
	/* The rest is signed when it is opened next. */
	ledger_close(ledger);
	ledger_close(case_open(&c, NULL));
	assert_int_equal(case_signed(&c), 5);
	case_end(&c);
}

static void
one_process_writes(void **state)
{
	struct ledger_case c;
	struct ledger *ledger;
	int status = 0;
	pid_t child;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	case_refused(&c, ERR_LIMIT, "another process");
	child = fork();
	if (!child) {
		struct ledger *second = NULL;
		struct err err = {0};

		_exit(!(ledger_open(&second, c.dir, &c.options, NULL, &err) &&
		        err.code == ERR_LIMIT));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	ledger_close(ledger);
	ledger_close(case_open(&c, NULL));
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_ledger_is_signed),
	    cmocka_unit_test(what_was_committed_is_read_again),
	    cmocka_unit_test(what_was_not_committed_is_gone),
	    cmocka_unit_test(events_are_known),
	    cmocka_unit_test(deliveries_go_on_where_they_were),
	    cmocka_unit_test(a_record_that_cannot_be_is_refused),
	    cmocka_unit_test(a_worker_may_bring_salt_and_commitment),
	    cmocka_unit_test(checkpoints_come_four_times_a_second),
	    cmocka_unit_test(one_process_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
