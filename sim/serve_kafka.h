#ifndef SIM_SERVE_KAFKA_H
#define SIM_SERVE_KAFKA_H

#include "serve.h"

/*
 * serve_kafka - the activity records of Entra and Graph in a Kafka topic, as
 * diagnostic settings stream them to an Event Hub: messages of one or more
 * records, those of one person in one partition.
 *
 * Brokers "mock": one of librdkafka's own, in this process and in memory, which
 * keeps the last 5 MiB of a partition; its address is told in `kafka` in the
 * folder that is served.
 */
struct serve_kafka;

/* By the plan; makes the topic if it is not there.  NULL on failure. */
struct serve_kafka *serve_kafka_new(struct serve *serve, struct err *err);

/* Sends what is left. */
void serve_kafka_free(struct serve_kafka *kafka);

#endif
