#ifndef SOURCE_KAFKA_CONFIG_H
#define SOURCE_KAFKA_CONFIG_H

#include <librdkafka/rdkafka.h>

#include "text/config.h"

/*
 * kafka_config - how a kafka source is configured, and librdkafka with it.
 */
enum kafka_security { KAFKA_NONE, KAFKA_TLS, KAFKA_SASL, KAFKA_SASL_TLS };

enum kafka_mechanism {
	KAFKA_PLAIN,
	KAFKA_OAUTHBEARER,
	KAFKA_SCRAM_256,
	KAFKA_SCRAM_512,
};

enum kafka_partitions { KAFKA_ALL, KAFKA_SHARED };

struct kafka_config {
	struct config_texts brokers, topics;
	struct config_secret connection;
	const char *group;
	unsigned partitions; /* enum kafka_partitions */
	const char *instance;
	unsigned security;  /* enum kafka_security */
	unsigned mechanism; /* enum kafka_mechanism */
	const char *user;
	struct config_secret password;
	const char *ca;
	const char *token_url, *token_client, *token_scope, *token_ca;
	struct config_secret token_secret;
	const char *start;
	int64_t batch_time, batch_size, queue_size;
};

extern const struct config_table kafka_table;

/* Whether `security` is with a login. */
bool kafka_has_login(const struct kafka_config *config);

/* What the table cannot check; reads no secret. */
int kafka_config_check(const struct kafka_config *config, struct err *err);

enum kafka_start { KAFKA_EARLIEST, KAFKA_LATEST, KAFKA_TIME };
enum kafka_start
kafka_config_start(const struct kafka_config *config, int64_t *time_us);

/*
 * An Event Hubs connection string: what librdkafka is told of it.  Slices of
 * the text; no hub: the string is that of a namespace.
 */
struct kafka_connection {
	struct slice host, hub;
};

int kafka_connection_read(
    struct slice text, struct kafka_connection *out, struct err *err);

/*
 * Settings for a consumer, with secrets read anew; callbacks are the caller's.
 * *topic is that of the connection string, empty if it names none.
 */
int kafka_config_make(rd_kafka_conf_t **out, struct buf *topic,
    const struct kafka_config *config, struct err *err);

/* Overwrites what was secret, and releases it. */
void kafka_secret_release(struct buf *secret);

#endif
