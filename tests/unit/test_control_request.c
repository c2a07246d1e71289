/* What goes over `control`: as bytes, and what it does to a ledger. */
#include "ledger/control_request.h"

#include "ledger_fill.h"

static const unsigned char name[16] = "the delivery....";

static struct control_request
request_of(enum control_verb verb)
{
	return (struct control_request){
	    .verb = verb, .name = verb < CONTROL_SIGN ? name : NULL};
}

static const struct identity identity = {{7, 8, 9}, {1, 0, 2}};

static const struct append_item items[] = {
    {.keep = true,
        .historic = true,
        .source = SLICE_INIT("file/o365.audit"),
        .tenant = SLICE_INIT("contoso"),
        .available_us = LEAF_NO_TIME,
        .since_us = -5,
        .identity = &identity,
        .raw = SLICE_INIT("{\"a\":1}")},
    {.keep = false},
    {.keep = true,
        .source = SLICE_INIT("m365/x"),
        .available_us = 1700000000000000,
        .since_us = INT64_MIN,
        .raw = SLICE_INIT("{}")},
};
#define ITEM_COUNT (sizeof(items) / sizeof(items[0]))

/* One request of each verb; the bytes of its items go into `room`. */
static size_t
make_all(struct control_request all[CONTROL_VERBS], struct buf *room)
{
	for (size_t i = 0; i < CONTROL_VERBS; i++) {
		all[i] = request_of((enum control_verb)(i + CONTROL_FIND));
		if (all[i].verb == CONTROL_BEGIN || all[i].verb == CONTROL_END)
			all[i].raw = SLICE("{\"by\":\"test\"}");
		if (all[i].verb == CONTROL_OWN) {
			all[i].stream = SLICE("read");
			all[i].tenant = SLICE("contoso");
		}
		if (all[i].verb != CONTROL_TAKE)
			continue;
		for (size_t k = 0; k < ITEM_COUNT; k++)
			control_item_add(room, &items[k]);
		all[i].first = 77;
		all[i].count = ITEM_COUNT;
		all[i].items = buf_slice(room);
	}
	return CONTROL_VERBS;
}

static void
every_request_has_one_form(void **state)
{
	struct control_request all[CONTROL_VERBS], got;
	struct buf room = {0}, bytes = {0}, again = {0};
	struct slice body;

	(void)state;
	for (size_t i = 0, n = make_all(all, &room); i < n; i++) {
		buf_clear(&bytes);
		buf_clear(&again);
		control_request_add(&bytes, &all[i]);
		body = slice_skip(buf_slice(&bytes), 4);
		assert_int_equal(control_request_read(body, &got), 0);
		assert_int_equal(got.verb, all[i].verb);
		assert_int_equal(got.first, all[i].first);
		assert_int_equal(got.count, all[i].count);
		assert_true(slice_eq(got.raw, all[i].raw));
		assert_true(slice_eq(got.tenant, all[i].tenant));
		assert_true(slice_eq(got.stream, all[i].stream));
		control_request_add(&again, &got);
		assert_true(slice_eq(buf_slice(&again), buf_slice(&bytes)));
	}
	buf_release(&room);
	buf_release(&bytes);
	buf_release(&again);
}

/* Cut at every length, with a byte behind it, and under other verbs. */
static void
what_is_not_whole_is_malformed(void **state)
{
	struct control_request all[CONTROL_VERBS], got;
	struct buf room = {0}, bytes = {0};
	struct slice body;

	(void)state;
	for (size_t i = 0, n = make_all(all, &room); i < n; i++) {
		buf_clear(&bytes);
		control_request_add(&bytes, &all[i]);
		buf_char(&bytes, 0);
		body = slice_skip(buf_slice(&bytes), 4);
		assert_int_equal(control_request_read(body, &got), -1);
		for (body.len--; body.len--;)
			assert_int_equal(control_request_read(body, &got), -1);
		bytes.ptr[4] = i % 2 ? 0 : CONTROL_VERBS + 1;
		body = slice_of(bytes.ptr + 4, bytes.len - 5);
		assert_int_equal(control_request_read(body, &got), -1);
	}
	buf_release(&room);
	buf_release(&bytes);
}

static void
items_are_read_as_they_were_written(void **state)
{
	struct buf bytes = {0};
	struct slice rest;

	(void)state;
	for (size_t i = 0; i < ITEM_COUNT; i++)
		control_item_add(&bytes, &items[i]);
	rest = buf_slice(&bytes);
	for (size_t i = 0; i < ITEM_COUNT; i++) {
		struct append_item item;
		struct identity room;

		assert_int_equal(control_item_read(&rest, &item, &room), 0);
		assert_int_equal(item.keep, items[i].keep);
		assert_int_equal(item.historic, items[i].historic);
		assert_int_equal(item.available_us, items[i].available_us);
		assert_int_equal(item.since_us, items[i].since_us);
		assert_true(slice_eq(item.source, items[i].source));
		assert_true(slice_eq(item.tenant, items[i].tenant));
		assert_true(slice_eq(item.raw, items[i].raw));
		assert_int_equal(!item.identity, !items[i].identity);
		if (item.identity)
			assert_memory_equal(
			    item.identity, items[i].identity, sizeof(room));
		assert_null(item.salt);
	}
	assert_int_equal(rest.len, 0);
	buf_release(&bytes);
}

static void
flags_that_mean_nothing_are_refused(void **state)
{
	struct buf bytes = {0};
	struct append_item item;
	struct identity room;

	(void)state;
	control_item_add(&bytes, &items[0]);
	for (unsigned flags = 0; flags < 256; flags++) {
		struct slice rest = buf_slice(&bytes);
		bool good = !flags || ((flags & 1) && flags < 8);

		bytes.ptr[0] = (char)flags;
		if (!good)
			assert_int_equal(
			    control_item_read(&rest, &item, &room), -1);
		else if (flags == 7 || !flags)
			assert_int_equal(
			    control_item_read(&rest, &item, &room), 0);
	}
	buf_release(&bytes);
}

static void
answers_are_read_as_they_were_written(void **state)
{
	unsigned char verdicts[ITEM_COUNT] = {
	    APPEND_NEW, APPEND_PASSED, APPEND_BEFORE};
	unsigned char room[ITEM_COUNT];
	struct control_request all[CONTROL_VERBS];
	struct buf bytes = {0}, unused = {0};

	(void)state;
	for (size_t i = 0, n = make_all(all, &unused); i < n; i++) {
		struct control_answer answer = {.found = true,
		    .delivery = {5, 6, true},
		    .number = 9,
		    .verdicts = verdicts};
		struct control_answer got = {.verdicts = room};
		struct slice body;

		buf_clear(&bytes);
		control_answer_add(&bytes, &all[i], &answer);
		body = slice_skip(buf_slice(&bytes), 4);
		assert_int_equal(control_answer_read(body, &all[i], &got), 0);
		assert_int_equal(got.err.code, 0);
		if (all[i].verb == CONTROL_TAKE)
			assert_memory_equal(room, verdicts, ITEM_COUNT);
		if (all[i].verb == CONTROL_FIND) {
			assert_true(got.found && got.delivery.closed);
			assert_int_equal(got.delivery.index, 5);
			assert_int_equal(got.delivery.consumed, 6);
		}
		if (all[i].verb >= CONTROL_OWN)
			assert_int_equal(got.number, 9);
		while (body.len--)
			assert_int_equal(
			    control_answer_read(body, &all[i], &got), -1);
	}
	buf_release(&bytes);
	buf_release(&unused);
}

static void
an_error_is_told(void **state)
{
	const struct control_request request = request_of(CONTROL_SIZE);
	struct control_answer answer = {0}, got = {0};
	struct buf bytes = {0};

	(void)state;
	err_set(&answer.err, ERR_LIMIT, "too much of '%s'", "it");
	control_answer_add(&bytes, &request, &answer);
	assert_int_equal(control_answer_read(
	                     slice_skip(buf_slice(&bytes), 4), &request, &got),
	    0);
	assert_int_equal(got.err.code, ERR_LIMIT);
	assert_string_equal(got.err.msg, "too much of 'it'");
	bytes.ptr[4] = ERR_LIMIT + 1;
	assert_int_equal(control_answer_read(
	                     slice_skip(buf_slice(&bytes), 4), &request, &got),
	    -1);
	buf_release(&bytes);
}

/* --- what it does --- */

static void
expect_verdicts(struct ledger *ledger, uint64_t first, size_t count,
    const char *want, enum err_code code)
{
	static const char letters[] = "NRTCPB";
	struct control_request request = request_of(CONTROL_TAKE);
	unsigned char verdicts[8] = {0};
	struct control_answer answer = {.verdicts = verdicts};

	request.first = first;
	request.count = count;
	request.list = items;
	control_apply(ledger, &request, &answer);
	assert_int_equal(answer.err.code, code);
	for (size_t i = 0; want[i]; i++)
		assert_int_equal(letters[verdicts[i]], want[i]);
}

static void
items_are_taken_once_and_in_their_order(void **state)
{
	struct control_request begin = request_of(CONTROL_BEGIN);
	struct control_request end = request_of(CONTROL_END);
	struct control_answer answer = {0};
	struct ledger_case c;
	struct ledger *ledger;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	begin.raw = end.raw = SLICE("{}");
	expect_verdicts(ledger, 0, 1, "", ERR_USAGE); /* there is none yet */
	control_apply(ledger, &begin, &answer);
	assert_int_equal(answer.err.code, 0);
	expect_verdicts(ledger, 0, 2, "NP", 0);
	expect_verdicts(ledger, 0, 3, "BBN", 0);
	expect_verdicts(ledger, 4, 1, "", ERR_USAGE); /* a gap */
	expect_verdicts(ledger, 3, 3, "RPN", 0);
	control_apply(ledger, &begin, &answer);
	assert_true(answer.found && !answer.delivery.closed);
	assert_int_equal(answer.delivery.consumed, 6);
	control_apply(ledger, &end, &answer);
	control_apply(ledger, &end, &answer);
	assert_int_equal(answer.err.code, 0);
	expect_verdicts(ledger, 9, 3, "BBB", 0); /* closed: taken whole */
	assert_int_equal(ledger_size(ledger), 5);
	case_commit(ledger);
	ledger_close(ledger);
	case_end(&c);
}

/* What was done before the item that cannot be is done, and marked. */
static void
a_source_of_the_ledger_cannot_be_forged(void **state)
{
	struct append_item bad[] = {items[0], items[0]};
	struct control_request request = request_of(CONTROL_BEGIN);
	unsigned char verdicts[2];
	struct control_answer answer = {.verdicts = verdicts};
	struct ledger_case c;
	struct ledger *ledger;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	control_apply(ledger, &request, &answer);
	bad[1].identity = NULL;
	bad[1].source = SLICE("firn/read");
	request.verb = CONTROL_TAKE;
	request.list = bad;
	request.count = 2;
	control_apply(ledger, &request, &answer);
	assert_int_equal(answer.err.code, ERR_USAGE);
	assert_non_null(strstr(answer.err.msg, "firn's own"));
	assert_int_equal(ledger_size(ledger), 2);
	request.verb = CONTROL_FIND;
	control_apply(ledger, &request, &answer);
	assert_int_equal(answer.err.code, 0);
	assert_int_equal(answer.delivery.consumed, 1);
	ledger_close(ledger);
	case_end(&c);
}

static void
records_of_firns_own_are_added_once(void **state)
{
	static const char *const refused[] = {"", "delivery", "delivered",
	    "key", "succession", "a/b", "Read", "a b",
	    "123456789012345678901234567890123"};
	struct control_request request = request_of(CONTROL_OWN);
	struct control_answer answer = {0};
	struct ledger_case c;
	struct ledger *ledger;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		request.stream = slice_cstr(refused[i]);
		control_apply(ledger, &request, &answer);
		assert_int_equal(answer.err.code, ERR_USAGE);
	}
	request.stream = SLICE("read");
	request.raw = SLICE("{\"n\":1}");
	control_apply(ledger, &request, &answer);
	assert_int_equal(answer.err.code, 0);
	assert_int_equal(answer.number, 0);
	case_commit(ledger);
	control_apply(ledger, &request, &answer);
	assert_true(answer.number == OWN_THERE);
	ledger_close(ledger);
	/* Also by another writer. */
	ledger = case_open(&c, NULL);
	control_apply(ledger, &request, &answer);
	assert_int_equal(answer.err.code, 0);
	assert_true(answer.number == OWN_THERE);
	assert_int_equal(ledger_size(ledger), 1);
	ledger_close(ledger);
	case_end(&c);
}

/* A batch holds so many streams: what is added is committed in between. */
static void
too_many_streams_are_committed_in_between(void **state)
{
	struct control_request request = request_of(CONTROL_BEGIN);
	struct control_answer answer = {0};
	struct ledger_case c;
	struct ledger *ledger;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, NULL);
	answer.verdicts = malloc(1);
	assert_non_null(answer.verdicts);
	control_apply(ledger, &request, &answer);
	request.verb = CONTROL_TAKE;
	request.count = 1;
	for (unsigned i = 0; i < WAL_STREAMS_MAX + 10; i++) {
		struct append_item item = items[2];
		char tenant[24];

		snprintf(tenant, sizeof(tenant), "tenant %u", i);
		item.tenant = slice_cstr(tenant);
		request.list = &item;
		request.first = i;
		control_apply(ledger, &request, &answer);
		assert_int_equal(answer.err.code, 0);
	}
	request.verb = CONTROL_END;
	control_apply(ledger, &request, &answer);
	assert_int_equal(answer.err.code, 0);
	free(answer.verdicts);
	ledger_close(ledger);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_request_has_one_form),
	    cmocka_unit_test(what_is_not_whole_is_malformed),
	    cmocka_unit_test(items_are_read_as_they_were_written),
	    cmocka_unit_test(flags_that_mean_nothing_are_refused),
	    cmocka_unit_test(answers_are_read_as_they_were_written),
	    cmocka_unit_test(an_error_is_told),
	    cmocka_unit_test(items_are_taken_once_and_in_their_order),
	    cmocka_unit_test(a_source_of_the_ledger_cannot_be_forged),
	    cmocka_unit_test(records_of_firns_own_are_added_once),
	    cmocka_unit_test(too_many_streams_are_committed_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
