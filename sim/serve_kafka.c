#include "serve_kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>

#include <librdkafka/rdkafka_mock.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "rng.h"
#include "json/build.h"
#include "json/json.h"

#define WAIT_MS     10000   /* for brokers, at the start and at the end */
#define RECORDS_MAX 20      /* in a message */
#define SPAN_US     1000000 /* a message's first record waits no longer */

/* A message that is being made. */
struct batch {
	struct buf text;
	unsigned records, full; /* so many are in it; are to be */
	int64_t first_us, last_us;
};

struct serve_kafka {
	struct serve *serve;
	rd_kafka_t *rk;
	rd_kafka_mock_cluster_t *mock; /* NULL: real brokers */
	const char *topic;
	struct batch *batches; /* owned; one a partition */
	uint32_t partitions;
	struct json_parser *parser;
	struct rng rng;
};

/* --- records as an Event Hub has them --- */

static void
copy(struct buf *out, const char *key, struct json value)
{
	if (!json_present(value))
		return;
	json_key(out, key);
	json_write(out, value);
}

static void
add_head(struct buf *out, const char *tenant, const char *category)
{
	json_key(out, "resourceId");
	buf_printf(out, "\"/tenants/%s/providers/Microsoft.aadiam\"", tenant);
	json_cstr(out, "operationVersion", "1.0");
	json_cstr(out, "category", category);
	json_cstr(out, "tenantId", tenant);
	json_cstr(out, "resultSignature", "None");
	json_u64(out, "durationMs", 0);
}

static void
wrap_signin(struct buf *out, const char *tenant, struct json signin)
{
	struct json status = JSON_GET(signin, "status");
	struct json location = JSON_GET(signin, "location");

	copy(out, "time", JSON_GET(signin, "createdDateTime"));
	json_cstr(out, "operationName", "Sign-in activity");
	add_head(out, tenant, "SignInLogs");
	/* a text here, a number in Graph */
	json_key(out, "resultType");
	buf_char(out, '"');
	json_write(out, JSON_GET(status, "errorCode"));
	buf_char(out, '"');
	copy(out, "resultDescription", JSON_GET(status, "failureReason"));
	copy(out, "callerIpAddress", JSON_GET(signin, "ipAddress"));
	copy(out, "correlationId", JSON_GET(signin, "correlationId"));
	copy(out, "identity", JSON_GET(signin, "userDisplayName"));
	json_u64(out, "Level", 4);
	copy(out, "location", JSON_GET(location, "countryOrRegion"));
}

static void
wrap_audit(struct buf *out, const char *tenant, struct json audit)
{
	copy(out, "time", JSON_GET(audit, "activityDateTime"));
	copy(out, "operationName", JSON_GET(audit, "activityDisplayName"));
	add_head(out, tenant, "AuditLogs");
	copy(out, "correlationId", JSON_GET(audit, "correlationId"));
	json_cstr(out, "level", "Informational");
}

/* What Graph hands out is under `properties` here; the rest is so already. */
static void
add_record(struct serve_kafka *kafka, struct buf *out, const char *tenant,
    const struct sim_record *record)
{
	struct buf text = {0};
	struct json root = {0};
	size_t object;

	if (record->stream != STREAM_SIGNIN &&
	    record->stream != STREAM_DIRECTORY) {
		json_key(out, NULL);
		buf_slice_add(out, record->bytes);
		return;
	}
	buf_slice_add(&text, record->bytes);
	memset(buf_reserve(&text, JSON_PADDING), 0, JSON_PADDING);
	(void)json_parse(kafka->parser, buf_slice(&text), &root, NULL);
	object = json_open(out, NULL, '{');
	if (record->stream == STREAM_SIGNIN)
		wrap_signin(out, tenant, root);
	else
		wrap_audit(out, tenant, root);
	json_key(out, "properties");
	buf_slice_add(out, record->bytes);
	json_close(out, object);
	buf_release(&text);
}

/* --- messages --- */

static void
give_up(const char *why)
{
	fprintf(stderr, "firn-sim: Kafka: %s\n", why);
	exit(2);
}

/* What a broker does not take would be in no truth. */
static void
delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
	(void)rk;
	(void)opaque;
	if (message->err)
		give_up(rd_kafka_err2str(message->err));
}

static rd_kafka_resp_err_t
produce(struct serve_kafka *kafka, uint32_t partition)
{
	struct batch *batch = &kafka->batches[partition];
	const rd_kafka_vu_t message[] = {
	    {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = kafka->topic},
	    {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = (int32_t)partition},
	    {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = batch->last_us / 1000},
	    {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
	    {.vtype = RD_KAFKA_VTYPE_VALUE,
	        .u.mem = {batch->text.ptr, batch->text.len}},
	};
	rd_kafka_error_t *error = rd_kafka_produceva(
	    kafka->rk, message, sizeof(message) / sizeof(message[0]));
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);

	rd_kafka_error_destroy(error);
	return code;
}

static void
send_batch(struct serve_kafka *kafka, uint32_t partition)
{
	struct batch *batch = &kafka->batches[partition];
	rd_kafka_resp_err_t code;

	if (!batch->records)
		return;
	buf_str(&batch->text, "]}");
	do {
		code = produce(kafka, partition);
		rd_kafka_poll(
		    kafka->rk, code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 100 : 0);
	} while (code == RD_KAFKA_RESP_ERR__QUEUE_FULL);
	if (code)
		give_up(rd_kafka_err2str(code));
	batch->records = 0;
	buf_clear(&batch->text);
}

static void
put(void *ctx, struct serve_tenant *tenant, const struct sim_record *record)
{
	struct serve_kafka *kafka = ctx;
	const char *id = serve_tenant_org(tenant)->tenant;
	struct slice key = record->user.len ? record->user : slice_cstr(id);
	uint32_t partition = (uint32_t)(hash64(key, 0) % kafka->partitions);
	struct batch *batch = &kafka->batches[partition];

	if (batch->records && record->available_us - batch->first_us > SPAN_US)
		send_batch(kafka, partition);
	if (!batch->records) {
		batch->first_us = record->available_us;
		batch->full = rng_range(&kafka->rng, 1, RECORDS_MAX);
		buf_str(&batch->text, "{\"records\":[");
	}
	batch->last_us = record->available_us;
	add_record(kafka, &batch->text, id, record);
	if (++batch->records >= batch->full)
		send_batch(kafka, partition);
}

static void
tick(void *ctx)
{
	struct serve_kafka *kafka = ctx;

	for (uint32_t i = 0; i < kafka->partitions; i++)
		send_batch(kafka, i);
	rd_kafka_poll(kafka->rk, 0);
}

/* --- life --- */

static int
open_producer(struct serve_kafka *kafka, const char *brokers, struct err *err)
{
	const char *const settings[][2] = {
	    /* of all codecs the one that Event Hubs know */
	    {"compression.codec", "gzip"}, {"linger.ms", "20"},
	    {"queue.buffering.max.messages", "1000000"}, {"log_level", "4"},
	    {"bootstrap.servers", brokers}};
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!settings[i][1] || !rd_kafka_conf_set(conf, settings[i][0],
		                           settings[i][1], why, sizeof(why)))
			continue;
		rd_kafka_conf_destroy(conf);
		return err_set(err, ERR_USAGE, "--kafka: %s", why);
	}
	rd_kafka_conf_set_dr_msg_cb(conf, delivered);
	kafka->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!kafka->rk) {
		rd_kafka_conf_destroy(conf);
		return err_set(err, ERR_SYSTEM, "--kafka: %s", why);
	}
	return 0;
}

static int
tell_address(
    const struct serve_kafka *kafka, const char *brokers, struct err *err)
{
	char *path;
	FILE *file;
	int status = 0;

	if (asprintf(&path, "%s/kafka", serve_dir(kafka->serve)) < 0)
		abort();
	file = fopen(path, "we");
	if (!file || fprintf(file, "%s\n", brokers) < 0)
		status = err_sys(err, "cannot write '%s'", path);
	if (file && fclose(file) && !status)
		status = err_sys(err, "cannot write '%s'", path);
	free(path);
	return status;
}

static int
open_mock(struct serve_kafka *kafka, struct err *err)
{
	const struct serve_plan *plan = serve_plan(kafka->serve);
	const char *brokers;

	if (open_producer(kafka, NULL, err))
		return -1;
	kafka->mock = rd_kafka_mock_cluster_new(kafka->rk, 1);
	if (!kafka->mock)
		return err_set(err, ERR_SYSTEM, "no broker can be made");
	brokers = rd_kafka_mock_cluster_bootstraps(kafka->mock);
	rd_kafka_brokers_add(kafka->rk, brokers);
	rd_kafka_mock_topic_create(
	    kafka->mock, kafka->topic, (int)plan->kafka_partitions, 1);
	kafka->partitions = plan->kafka_partitions;
	return tell_address(kafka, brokers, err);
}

/* Refused, too, if it is there: what counts is whether it is. */
static void
make_topic(const struct serve_kafka *kafka)
{
	const struct serve_plan *plan = serve_plan(kafka->serve);
	char why[256];
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(
	    kafka->topic, (int)plan->kafka_partitions, -1, why, sizeof(why));
	rd_kafka_queue_t *queue = rd_kafka_queue_new(kafka->rk);
	rd_kafka_event_t *event;

	if (topic) {
		rd_kafka_CreateTopics(kafka->rk, &topic, 1, NULL, queue);
		event = rd_kafka_queue_poll(queue, WAIT_MS);
		if (event)
			rd_kafka_event_destroy(event);
		rd_kafka_NewTopic_destroy(topic);
	}
	rd_kafka_queue_destroy(queue);
}

static int
count_partitions(struct serve_kafka *kafka, struct err *err)
{
	rd_kafka_topic_t *topic =
	    rd_kafka_topic_new(kafka->rk, kafka->topic, NULL);
	const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_resp_err_t code;

	if (!topic)
		return err_set(err, ERR_USAGE, "--kafka-topic: no such topic");
	code = rd_kafka_metadata(kafka->rk, 0, topic, &metadata, WAIT_MS);
	if (!code) {
		code = metadata->topics[0].err;
		kafka->partitions = (uint32_t)metadata->topics[0].partition_cnt;
		rd_kafka_metadata_destroy(metadata);
	}
	rd_kafka_topic_destroy(topic);
	if (!code && !kafka->partitions)
		code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	if (!code)
		return 0;
	return err_set(err, ERR_SYSTEM, "topic '%s' at '%s': %s", kafka->topic,
	    serve_plan(kafka->serve)->kafka, rd_kafka_err2str(code));
}

static int
open_real(struct serve_kafka *kafka, struct err *err)
{
	if (open_producer(kafka, serve_plan(kafka->serve)->kafka, err))
		return -1;
	make_topic(kafka);
	return count_partitions(kafka, err);
}

struct serve_kafka *
serve_kafka_new(struct serve *serve, struct err *err)
{
	const struct serve_plan *plan = serve_plan(serve);
	struct serve_kafka *kafka = xcalloc(1, sizeof(*kafka));

	kafka->serve = serve;
	kafka->topic = plan->kafka_topic;
	kafka->rng.state = rng_mix(plan->seed, 0x6b61666b61);
	kafka->parser = json_parser_new();
	if (strcmp(plan->kafka, "mock") == 0 ? open_mock(kafka, err)
	                                     : open_real(kafka, err)) {
		serve_kafka_free(kafka);
		return NULL;
	}
	kafka->batches = xcalloc(kafka->partitions, sizeof(*kafka->batches));
	serve_add_path(serve,
	    &(struct serve_path){.name = "eventhub",
	        .streams = 1u << STREAM_SIGNIN | 1u << STREAM_SIGNIN_SILENT |
	                   1u << STREAM_SIGNIN_SERVICE |
	                   1u << STREAM_DIRECTORY | 1u << STREAM_GRAPH,
	        .delay = DELAY_HUB,
	        .put = put,
	        .ctx = kafka});
	serve_add_tick(serve, tick, kafka);
	return kafka;
}

void
serve_kafka_free(struct serve_kafka *kafka)
{
	if (!kafka)
		return;
	for (uint32_t i = 0; kafka->batches && i < kafka->partitions; i++) {
		send_batch(kafka, i);
		buf_release(&kafka->batches[i].text);
	}
	if (kafka->rk)
		rd_kafka_flush(kafka->rk, WAIT_MS);
	if (kafka->mock)
		rd_kafka_mock_cluster_destroy(kafka->mock);
	if (kafka->rk)
		rd_kafka_destroy(kafka->rk);
	free(kafka->batches);
	json_parser_free(kafka->parser);
	free(kafka);
}
