/* The kafka source against librdkafka's own mock brokers. */
#include "kafka_run.h"

static void
test_reads_and_goes_on(void **state)
{
	struct fixture *f = *state;

	produce_numbers(f, 0, 0, 50);
	produce_numbers(f, 1, 50, 80);
	start(f, SIZE_MAX);
	wait_taken(f, 80);
	produce_numbers(f, 1, 80, 90);
	wait_taken(f, 90);
	stop(f);
	check_next(f, "activity/1", "40");
	produce_numbers(f, 0, 90, 100);
	start(f, SIZE_MAX);
	wait_taken(f, 100);
	stop(f);
	check_numbers(f, 100);
	assert_int_equal(coverage_gap_count(f->coverage), 0);
}

/* The ledger dies in the middle of a range, again and again. */
static void
test_killed(void **state)
{
	struct fixture *f = *state;
	uint32_t draw = 1;
	int made = 0;

	f->config.batch_time = 4000;
	while (made < 3000) {
		produce_numbers(f, made % 2, made, made + 75);
		made += 75;
		draw = draw * 1664525 + 1013904223;
		start(f, (draw >> 16) % 150);
		if (draw >> 31) {
			produce_numbers(f, 1, made, made + 75);
			made += 75;
		}
		wait_some(f, (size_t)made);
		stop(f);
	}
	start(f, SIZE_MAX);
	wait_taken(f, (size_t)made);
	stop(f);
	check_numbers(f, made);
	assert_int_equal(coverage_gap_count(f->coverage), 0);
}

/* A range was cut off that is longer than the first one after it. */
static void
test_short(void **state)
{
	struct fixture *f = *state;

	produce_numbers(f, 0, 0, 1000);
	start(f, 700);
	wait_some(f, 1000);
	stop(f);
	assert_int_equal(f->line_count, 700);
	f->config.batch_size = 10;
	start(f, SIZE_MAX);
	wait_taken(f, 1000);
	stop(f);
	assert_true(f->short_count > 3);
	check_numbers(f, 1000);
}

static void
test_broken_messages(void **state)
{
	static const char list[] = "[\n{\"n\":4}\n]";
	struct fixture *f = *state;
	const struct gap_seen *gap;
	char *lines;

	produce_numbers(f, 0, 0, 2);
	produce(f, 0, "\0\xff no", 5);
	produce(f, 0, "", 0);
	produce(f, 0, "{\"n\":2}\n{\"n\":3}\n", 16);
	produce(f, 0, list, sizeof(list) - 1);
	produce_numbers(f, 0, 5, 7);
	start(f, SIZE_MAX);
	/* The list is three lines to this ledger. */
	wait_taken(f, 11);
	stop(f);
	check_numbers(f, 7);
	assert_int_equal(f->unread_count, 2);
	buf_char(&f->lines, '\0');
	lines = f->lines.ptr;
	assert_non_null(strstr(lines, "\"length\":5,\"base64\":\"AP8gbm8=\"}"));
	assert_non_null(strstr(lines, "\"length\":0,\"base64\":\"\"}"));
	f->lines.len--;
	assert_int_equal(coverage_gap_count(f->coverage), 2);
	gap = coverage_gap(f->coverage, 0);
	assert_string_equal(gap->gap.key, "activity/0/2");
	assert_int_equal(gap->gap.cause, GAP_UNREADABLE);
}

static void
test_large_messages(void **state)
{
	struct fixture *f = *state;
	size_t size = 4900000;
	char *text = xmalloc(size);

	memset(text, 'x', size);
	memcpy(text, "{\"n\":0,\"x\":\"", 12);
	memcpy(text + size - 2, "\"}", 2);
	produce(f, 0, text, size);
	produce_numbers(f, 1, 1, 3);
	start(f, SIZE_MAX);
	wait_taken(f, 3);
	stop(f);
	check_numbers(f, 3);
	assert_true(f->lines.len > size);
	free(text);
}

/* A broker of the mock keeps 5 MB of a partition. */
static void
test_expired(void **state)
{
	struct fixture *f = *state;
	const struct gap_seen *gap;
	char text[100000];

	produce_numbers(f, 0, 0, 10);
	start(f, SIZE_MAX);
	wait_taken(f, 10);
	wait_clock(f);
	stop(f);
	memset(text, ' ', sizeof(text));
	text[0] = '{';
	text[sizeof(text) - 1] = '}';
	for (int i = 0; i < 100; i++) {
		produce(f, 0, text, sizeof(text));
		rd_kafka_flush(f->producer, 60000);
	}
	produce_numbers(f, 0, 10, 20);
	start(f, SIZE_MAX);
	wait_said(f, HUB_WELL, " 0 messages behind");
	stop(f);
	check_numbers(f, 20);
	assert_in_range(f->line_count, 20 + 30, 20 + 60);
	assert_int_equal(coverage_gap_count(f->coverage), 1);
	gap = coverage_gap(f->coverage, 0);
	assert_string_equal(gap->gap.key, "activity/0/10");
	assert_int_equal(gap->gap.cause, GAP_EXPIRED);
	assert_true(gap->gap.from_us != EVENT_NO_TIME);
}

/* The same topic anew, with `last` messages where ten were read of it. */
static void
check_made_anew(struct fixture *f, int last, const char *expected)
{
	produce_numbers(f, 0, 0, 10);
	start(f, SIZE_MAX);
	wait_taken(f, 10);
	stop(f);
	close_cluster(f);
	open_cluster(f);
	produce_numbers(f, 0, 10, last);
	start(f, SIZE_MAX);
	wait_taken(f, (size_t)last);
	stop(f);
	assert_int_equal(coverage_gap_count(f->coverage), 1);
	assert_string_equal(
	    coverage_gap(f->coverage, 0)->gap.key, "activity/0/10");
	check_next(f, "activity/0", expected);
	produce_numbers(f, 0, last, last + 5);
	start(f, SIZE_MAX);
	wait_taken(f, (size_t)last + 5);
	stop(f);
	check_numbers(f, last + 5);
	assert_int_equal(coverage_gap_count(f->coverage), 1);
}

static void
test_made_anew(void **state)
{
	check_made_anew(*state, 15, "5@1");
}

static void
test_made_anew_and_grown(void **state)
{
	check_made_anew(*state, 40, "30@1");
}

static void
test_start(void **state)
{
	struct fixture *f = *state;
	struct slice next;
	int64_t before_us = time_now_us();

	produce_numbers(f, 0, 100, 110);
	f->config.start = "latest";
	start(f, SIZE_MAX);
	wait_said(f, HUB_WELL, " 0 messages behind");
	stop(f);
	assert_int_equal(f->line_count, 0);
	/* The ledger knows where it begins, also without a message. */
	assert_true(coverage_clock(f->coverage, "hub", "activity/0", &next) >=
	            before_us);
	check_next(f, "activity/0", "10");
	produce_numbers(f, 0, 0, 5);
	start(f, SIZE_MAX);
	wait_taken(f, 5);
	stop(f);
	check_numbers(f, 5);
}

static int64_t
committed(const struct fixture *f, int32_t partition)
{
	const char *const settings[][2] = {
	    {"group.id", "firn"}, {"bootstrap.servers", f->brokers[0]}};
	rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, settings, 2);
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);
	int64_t offset;

	rd_kafka_topic_partition_list_add(list, "activity", partition);
	assert_int_equal(rd_kafka_committed(rk, list, 60000), 0);
	offset = list->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_destroy(rk);
	return offset;
}

/* What is durable is committed, and used where the ledger knows nothing. */
static void
test_group(void **state)
{
	struct fixture *f = *state;

	produce_numbers(f, 0, 0, 20);
	produce_numbers(f, 1, 20, 50);
	start(f, 35);
	wait_some(f, 50);
	stop(f);
	assert_true(committed(f, 0) + committed(f, 1) < 35);
	start(f, SIZE_MAX);
	wait_taken(f, 50);
	stop(f);
	check_numbers(f, 50);
	assert_int_equal(committed(f, 0), 20);
	assert_int_equal(committed(f, 1), 30);
	/* Another ledger. */
	for (size_t i = 0; i < f->told_count; i++)
		buf_clear(&f->told[i].raw);
	f->delivery_count = 0;
	produce_numbers(f, 1, 50, 55);
	start(f, SIZE_MAX);
	wait_taken(f, 55);
	stop(f);
	check_numbers(f, 55);
}

/* Another member takes a partition for a while, and commits nothing. */
static void
test_rebalance(void **state)
{
	struct fixture *f = *state;
	const char *const settings[][2] = {{"group.id", "firn"},
	    {"bootstrap.servers", f->brokers[0]},
	    {"enable.auto.commit", "false"}};
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(1);
	rd_kafka_t *other;

	f->config.partitions = KAFKA_SHARED;
	produce_numbers(f, 0, 0, 10);
	produce_numbers(f, 1, 10, 20);
	start(f, SIZE_MAX);
	wait_taken(f, 20);
	other = client(RD_KAFKA_CONSUMER, settings, 3);
	rd_kafka_topic_partition_list_add(
	    list, "activity", RD_KAFKA_PARTITION_UA);
	rd_kafka_subscribe(other, list);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_poll_set_consumer(other);
	for (int i = 0; !i || !list->cnt; i++) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(other, 100);

		if (m)
			rd_kafka_message_destroy(m);
		if (i)
			rd_kafka_topic_partition_list_destroy(list);
		rd_kafka_assignment(other, &list);
		assert_true(i < 600);
	}
	assert_int_equal(list->cnt, 1);
	rd_kafka_topic_partition_list_destroy(list);
	wait_said(f, HUB_WELL, "reads 1 partition,");
	produce_numbers(f, 0, 20, 30);
	produce_numbers(f, 1, 30, 40);
	wait_taken(f, 30);
	rd_kafka_consumer_close(other);
	rd_kafka_destroy(other);
	wait_taken(f, 40);
	stop(f);
	check_numbers(f, 40);
}

/* The ledger is slow, and little may wait. */
static void
test_slow_ledger(void **state)
{
	struct fixture *f = *state;

	f->config.batch_size = 100;
	f->config.queue_size = 1 << 20;
	f->waiting_max = 1000;
	f->slow_us = 2000;
	produce_numbers(f, 0, 0, 2000);
	produce_numbers(f, 1, 2000, 4000);
	start(f, SIZE_MAX);
	wait_taken(f, 4000);
	stop(f);
	check_numbers(f, 4000);
}

int
main(int argc, char **argv)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    CASE(test_reads_and_goes_on),
	    CASE(test_killed),
	    CASE(test_short),
	    CASE(test_broken_messages),
	    CASE(test_large_messages),
	    CASE(test_expired),
	    CASE(test_made_anew),
	    CASE(test_made_anew_and_grown),
	    CASE(test_start),
	    CASE(test_group),
	    CASE(test_rebalance),
	    CASE(test_slow_ledger),
	};
#undef CASE

	/* test_kafka test_killed: that one alone. */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
