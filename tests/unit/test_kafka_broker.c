/* The kafka source and brokers that go away, move or refuse. */
#include "kafka_run.h"

static void
test_broker_away(void **state)
{
	struct fixture *f = *state;

	rd_kafka_mock_broker_set_down(f->cluster, 1);
	start(f, SIZE_MAX);
	wait_said(f, HUB_TROUBLE, "no broker answers");
	rd_kafka_mock_broker_set_up(f->cluster, 1);
	produce_numbers(f, 0, 0, 10);
	wait_taken(f, 10);
	wait_said(f, HUB_WELL, "reads 2 partitions");
	rd_kafka_mock_broker_set_down(f->cluster, 1);
	wait_said(f, HUB_TROUBLE, "no broker answers");
	rd_kafka_mock_broker_set_up(f->cluster, 1);
	produce_numbers(f, 1, 10, 20);
	wait_taken(f, 20);
	stop(f);
	check_numbers(f, 20);
}

/* Partitions move from broker to broker, and one that led goes away. */
static void
test_other_leader(void **state)
{
	struct fixture *f = *state;
	int made = 0;

	close_cluster(f);
	open_brokers(f, 2);
	start(f, SIZE_MAX);
	for (int leader = 1; leader < 4; leader++) {
		int32_t broker = leader % 2 + 1;

		for (int32_t p = 0; p < 2; p++)
			rd_kafka_mock_partition_set_leader(
			    f->cluster, "activity", p, broker);
		rd_kafka_mock_broker_set_up(f->cluster, broker);
		rd_kafka_mock_broker_set_down(f->cluster, 3 - broker);
		produce_numbers(f, leader % 2, made, made + 20);
		made += 20;
		wait_taken(f, (size_t)made);
	}
	wait_said(f, HUB_WELL, " 0 messages behind");
	stop(f);
	check_numbers(f, made);
	assert_int_equal(coverage_gap_count(f->coverage), 0);
}

static void
test_no_topic(void **state)
{
	struct fixture *f = *state;

	rd_kafka_mock_topic_set_error(f->cluster, "activity",
	    RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	start(f, SIZE_MAX);
	wait_said(f, HUB_TROUBLE, "we may not read the topic");
	rd_kafka_mock_topic_set_error(
	    f->cluster, "activity", RD_KAFKA_RESP_ERR_NO_ERROR);
	produce_numbers(f, 0, 0, 10);
	wait_taken(f, 10);
	stop(f);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    CASE(test_broker_away),
	    CASE(test_other_leader),
	    CASE(test_no_topic),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
