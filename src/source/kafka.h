#ifndef SOURCE_KAFKA_H
#define SOURCE_KAFKA_H

#include "source/source.h"

/*
 * kafka - records from topics of Event Hubs' Kafka endpoint, or of any Kafka.
 *
 * The position is in the ledger: each partition is read on from where the
 * ledger has it, whatever is committed to the group; that is done for others
 * to see, once it is durable.  The configuration is a struct kafka_config
 * (kafka_config.h), and its texts have to live as long as the source.
 *
 * Two threads: one reads messages, makes parcels (kafka_part.h) and may block
 * in hub_give(); the other one, run()'s, talks with the group, the ledger and
 * people meanwhile, so that a slow ledger does not cost us our partitions.
 */
extern const struct source_kind source_kafka;

#endif
