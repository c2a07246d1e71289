#ifndef TESTS_KAFKA_MOCK_H
#define TESTS_KAFKA_MOCK_H

/* Brokers of librdkafka's own, and who writes to them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <pthread.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/event.h"
#include "source/kafka.h"
#include "source/kafka_config.h"

/* What a delivery has given so far. */
struct delivery {
	unsigned char name[16];
	size_t items;
	bool whole;
};

struct fixture {
	/* The brokers, and who writes to them. */
	rd_kafka_t *producer;
	rd_kafka_mock_cluster_t *cluster;
	struct kafka_config config;
	const char *brokers[1], *topics[1];

	/* The ledger: it outlives a run. */
	struct told {
		char *source;
		struct buf raw;
	} * told; /* records of its own */
	size_t told_count;
	struct delivery *deliveries;
	size_t delivery_count;
	struct buf lines; /* of all records, in order */
	size_t line_count, unread_count;

	/* A run; its coverage is good for a look behind stop(). */
	struct coverage *coverage;
	struct hub *hub;
	struct source *source;
	pthread_t loop, thread;
	atomic_size_t left; /* items until the ledger dies */
	atomic_size_t taken;
	atomic_bool dead;
	bool runs;
	size_t short_count;
	size_t waiting_max; /* bytes in the hub */
	unsigned slow_us;   /* the ledger takes so long for a parcel */
};

/* --- brokers --- */

static inline void
no_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	(void)rk;
	(void)level;
	(void)facility;
	(void)text;
}

static inline rd_kafka_t *
client(rd_kafka_type_t type, const char *const (*settings)[2], size_t n)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	rd_kafka_t *rk;

	for (size_t i = 0; i < n; i++)
		if (rd_kafka_conf_set(
		        conf, settings[i][0], settings[i][1], why, sizeof(why)))
			fail_msg("%s", why);
	rd_kafka_conf_set_log_cb(conf, no_log);
	rk = rd_kafka_new(type, conf, why, sizeof(why));
	assert_non_null(rk);
	return rk;
}

static inline void
open_brokers(struct fixture *f, int count)
{
	static const char *const settings[][2] = {
	    {"linger.ms", "0"}, {"message.max.bytes", "8000000"}};

	f->producer = client(RD_KAFKA_PRODUCER, settings, 2);
	f->cluster = rd_kafka_mock_cluster_new(f->producer, count);
	f->brokers[0] = rd_kafka_mock_cluster_bootstraps(f->cluster);
	f->topics[0] = "activity";
	rd_kafka_mock_topic_create(f->cluster, "activity", 2, 1);
	rd_kafka_brokers_add(f->producer, f->brokers[0]);
}

static inline void
open_cluster(struct fixture *f)
{
	open_brokers(f, 1);
}

static inline void
close_cluster(struct fixture *f)
{
	rd_kafka_mock_cluster_destroy(f->cluster);
	rd_kafka_destroy(f->producer);
}

static inline int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	open_cluster(f);
	f->config = (struct kafka_config){.brokers = {f->brokers, 1},
	    .topics = {f->topics, 1},
	    .group = "firn",
	    .start = "earliest",
	    .batch_time = 20000,
	    .batch_size = 1 << 20,
	    .queue_size = 32 << 20};
	f->waiting_max = 8 << 20;
	*state = f;
	return 0;
}

static inline void
produce(struct fixture *f, int32_t partition, const void *text, size_t len)
{
	char *copy = xmalloc(len + 1);
	rd_kafka_resp_err_t code;

	memcpy(copy, text, len);
	code = rd_kafka_producev(f->producer, RD_KAFKA_V_TOPIC("activity"),
	    RD_KAFKA_V_PARTITION(partition),
	    RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_FREE),
	    RD_KAFKA_V_VALUE(copy, len), RD_KAFKA_V_END);

	assert_int_equal(code, 0);
}

#endif
